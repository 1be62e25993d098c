"""Let Lighthouse mark a page of each kind, as a phone on a slow network.

Prints the four marks of each page, and the largest paint as Lighthouse simulates it; exit
status 1 if a mark falls short. `budgets.py` measures the paint.
Performance moves from run to run: it is the median of RUNS.
"""

import json
import os
import re
import statistics
import subprocess
import sys
from http.client import HTTPConnection
from urllib.parse import urlencode, urlsplit
from urllib.request import urlopen

from budgets import KINDS
from serving import HERE, chromium, site

PAGES = [*KINDS, "/after/acne/", "/search/?q=keloid", "/consultation/"]
FIRST = "/consultation/you/"
"""The first page of the intake: it opens with the cookie of a draft alone."""
NOT_INDEXED = ("/search/", "/consultation/")
"""Search engines are kept from these: that this is so costs no mark."""
TOKEN = re.compile(r'name="csrfmiddlewaretoken" value="([^"]+)"')
RUNS = 3
TRIES = 3
LEAST = {"performance": 99, "accessibility": 100, "best-practices": 100, "seo": 100}


def begin(url):
    """Begin an intake; return the Cookie header by which its pages open."""
    with urlopen(f"{url}/consultation/") as response:
        csrf = response.headers["Set-Cookie"].partition(";")[0]
        token = TOKEN.search(response.read().decode())[1]
    typed = urlencode({"csrfmiddlewaretoken": token}).encode()
    host = urlsplit(url)
    connection = HTTPConnection(host.hostname, host.port)
    headers = {"Cookie": csrf, "Content-Type": "application/x-www-form-urlencoded"}
    connection.request("POST", "/consultation/", typed, headers)
    kept = connection.getresponse().headers.get_all("Set-Cookie")
    return "; ".join([csrf, *(each.partition(";")[0] for each in kept)])


def look(url, cookie=""):
    """Return what Lighthouse found out about an address in one run, with a cookie or not.

    Now and then it misses the start of the page in the browser's trace (NO_NAVSTART), and
    asks to be run again.
    """
    for _try in range(TRIES):
        done = subprocess.run(
            [
                *(HERE / "node_modules" / ".bin" / "lighthouse", url, "--quiet"),
                *("--output=json", f"--only-categories={','.join(LEAST)}"),
                *(["--extra-headers", json.dumps({"Cookie": cookie})] * bool(cookie)),
                *(["--skip-audits=is-crawlable"] * any(p in url for p in NOT_INDEXED)),
                *("--no-enable-error-reporting", "--disable-full-page-screenshot"),
                "--chrome-flags=--headless --no-sandbox --disable-gpu",
            ],
            env=os.environ | {"CHROME_PATH": chromium()},
            capture_output=True,
            text=True,
        )
        if done.returncode == 0:
            return json.loads(done.stdout)
    raise RuntimeError(done.stderr)


def marks(runs):
    """Return {category: median mark, 0 to 100} of several runs."""
    return {
        name: round(
            100 * statistics.median(run["categories"][name]["score"] for run in runs)
        )
        for name in LEAST
    }


def shortcomings(run, name):
    """Return the titles of the audits that cost a category its full mark."""
    audits = [
        run["audits"][each["id"]]
        for each in run["categories"][name]["auditRefs"]
        if each["weight"]
    ]
    return [
        each["title"]
        for each in audits
        if each["score"] is not None and each["score"] < 0.9
    ]


def main():
    lines = []
    print(f"{'':52}" + "".join(f"{name:>16}" for name in LEAST) + "   largest paint")
    with site() as url:
        cookie = begin(url)
        for path in sys.argv[1:] or [*PAGES, FIRST]:
            of_draft = cookie if path == FIRST else ""
            runs = [look(url + path, of_draft) for _ in range(RUNS)]
            reached = marks(runs)
            paint = statistics.median(
                run["audits"]["largest-contentful-paint"]["numericValue"] / 1000
                for run in runs
            )
            row = "".join(f"{mark:16}" for mark in reached.values())
            print(f"{path:52}{row}{paint:14.2f} s", flush=True)
            lines += [
                f"{name}: {mark} on {path}, at least {LEAST[name]}: "
                + "; ".join(shortcomings(runs[0], name))
                for name, mark in reached.items()
                if mark < LEAST[name]
            ]
    for line in lines:
        print("BROKEN", line)
    return 1 if lines else 0


if __name__ == "__main__":
    sys.exit(main())
