"""Make a PDF, in a process of its own: standard input to standard output.

`documents` starts it. Pages and WeasyPrint take seconds and memory; here they take neither
from whoever reads a page. Imports no Django, and finds no setting and no secret.

Standard input: a line of JSON, {"static": the address of static files, "folders": [where
they are]}, then the page as HTML.
"""

import json
import mimetypes
import os
import resource
import sys
from pathlib import Path
from urllib.parse import unquote, urlsplit

NO_LIBRARY = 10
"""Exit status: the system lacks Pango."""
NOWHERE = "https://document.invalid"
"""What addresses in a document are relative to: only our static files are read."""
LIMITS = {
    resource.RLIMIT_AS: 2 * 2**30,
    resource.RLIMIT_CPU: 30,
    # WeasyPrint lays fonts, and nothing else, into a folder of its own.
    resource.RLIMIT_FSIZE: 32 * 2**20,
    resource.RLIMIT_CORE: 0,
}


def static_file(url: str, static: str, folders: list[str]) -> Path:
    """Return the path of a static file of ours; raises ValueError for all else."""
    if not url.startswith(NOWHERE + static):
        raise ValueError(url)
    name = unquote(urlsplit(url).path).removeprefix(static)
    for folder in map(Path, folders):
        path = (folder / name).resolve()
        if path.is_relative_to(folder.resolve()) and path.is_file():
            return path
    raise ValueError(url)


def make(html: str, static: str, folders: list[str]) -> bytes:
    """Return the bytes of a PDF; raises OSError where the system lacks Pango."""
    import weasyprint

    class OurFiles(weasyprint.urls.URLFetcher):
        def fetch(self, url, headers=None):
            path = static_file(url, static, folders)
            kind, _encoding = mimetypes.guess_type(path.name)
            headers = {"Content-Type": kind or "application/octet-stream"}
            return weasyprint.urls.URLFetcherResponse(url, path.open("rb"), headers)

    page = weasyprint.HTML(string=html, base_url=NOWHERE + "/", url_fetcher=OurFiles())
    return page.write_pdf()


def main() -> int:
    """Write the PDF to standard output; return the exit status."""
    for what, limit in LIMITS.items():
        resource.setrlimit(what, (limit, limit))
    os.nice(10)
    told = json.loads(sys.stdin.buffer.readline())
    html = sys.stdin.buffer.read().decode()
    try:
        import weasyprint  # noqa: F401
    except OSError:
        return NO_LIBRARY
    sys.stdout.buffer.write(make(html, told["static"], told["folders"]))
    return 0


if __name__ == "__main__":
    sys.exit(main())
