"""Number and count requests, in front of everything (WSGI).

Each process counts in a file of its own, which its siblings read: whichever of them is
asked for `/metrics` adds all up. The files lie in the temporary folder, and end with it.
"""

import mmap
import os
import re
import secrets
import struct
import tempfile
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from threading import Lock
from time import monotonic
from typing import Any

from django.conf import settings

from scarclinic import logs

KINDS = {
    "probe": ("/livez", "/readyz", "/metrics"),
    "static": ("/static/",),
    "admin": ("/admin/",),
    "intake": ("/consultation/",),
    "private": ("/status/", "/go/", "/photo/"),
    "page": ("/",),
}
"""Beginnings of addresses, of which the first that fits counts."""
STATUSES = ("1xx", "2xx", "3xx", "4xx", "5xx")
BUCKETS = (0.1, 0.5, 2.0, 10.0)
"""Upper bounds of how long a request takes, in seconds."""
COLUMNS = [*STATUSES, *map(str, BUCKETS), "seconds"]
ID = re.compile(r"[0-9a-fA-F-]{8,64}")
NUMBER = struct.Struct("d")
SIZE = NUMBER.size * len(KINDS) * len(COLUMNS)

Application = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]


def kind_of(path: str) -> str:
    """Return what sort of address a path is; `page` if nobody knows."""
    found = (kind for kind, heads in KINDS.items() if path.startswith(heads))
    return next(found, "page")


class Counts:
    """Numbers by kind and column, in a file that other processes of this server read."""

    def __init__(self, folder: Path | None) -> None:
        self._lock = Lock()
        self._folder = folder
        self._numbers: Any = bytearray(SIZE)
        if folder is None:
            return
        file = os.open(folder / str(os.getpid()), os.O_RDWR | os.O_CREAT, 0o600)
        try:
            os.ftruncate(file, SIZE)
            self._numbers = mmap.mmap(file, SIZE)
        finally:
            os.close(file)

    def add(self, kind: str, status: str, seconds: float) -> None:
        columns = [(f"{status[0]}xx", 1.0), ("seconds", seconds)]
        columns += [(str(each), 1.0) for each in BUCKETS if seconds <= each]
        with self._lock:
            for column, number in columns:
                at = self._place(kind, column)
                [before] = NUMBER.unpack_from(self._numbers, at)
                NUMBER.pack_into(self._numbers, at, before + number)

    def total(self) -> Iterator[tuple[str, dict[str, float]]]:
        """Yield each kind with its columns, of all processes together."""
        bodies = [bytes(self._numbers)]
        if self._folder:
            own = str(os.getpid())
            bodies += [
                body
                for path in self._folder.iterdir()
                if path.name != own and len(body := path.read_bytes()) == SIZE
            ]
        for kind in KINDS:
            yield (
                kind,
                {
                    column: sum(
                        NUMBER.unpack_from(body, self._place(kind, column))[0]
                        for body in bodies
                    )
                    for column in COLUMNS
                },
            )

    @staticmethod
    def _place(kind: str, column: str) -> int:
        row = list(KINDS).index(kind)
        return NUMBER.size * (row * len(COLUMNS) + COLUMNS.index(column))


def shared_folder() -> Path | None:
    """Return the folder of this server's processes, None if it is not ours alone."""
    folder = Path(tempfile.gettempdir()) / f"scarclinic-counts-{os.getppid()}"
    try:
        folder.mkdir(mode=0o700, exist_ok=True)
        found = folder.lstat()
    except OSError:
        return None
    is_ours = found.st_uid == os.getuid() and not found.st_mode & 0o077
    return folder if is_ours and not folder.is_symlink() else None


_counts: Counts | None = None
_of_process = 0


def counts() -> Counts:
    """Return the counts of this process; a forked one has its own."""
    global _counts, _of_process
    if _counts is None or _of_process != os.getpid():
        try:
            _counts = Counts(shared_folder())
        except OSError:
            # A full disk stops no request.
            _counts = Counts(None)
        _of_process = os.getpid()
    return _counts


class Counted:
    """Give each request a number for the log, and count it."""

    def __init__(self, application: Application) -> None:
        self._application = application

    def __call__(
        self, environ: dict[str, Any], start_response: Callable[..., Any]
    ) -> Iterable[bytes]:
        began, kind = monotonic(), kind_of(environ.get("PATH_INFO", ""))
        given = environ.get("HTTP_X_REQUEST_ID", "")
        # A visitor's own number is worth nothing.
        is_known = settings.BEHIND_PROXY and ID.fullmatch(given)
        logs.request_id.set(given if is_known else secrets.token_hex(8))
        status = "500"

        def start(line: str, *rest: Any) -> Any:
            nonlocal status
            status = line
            return start_response(line, *rest)

        try:
            return self._application(environ, start)
        finally:
            counts().add(kind, status, monotonic() - began)
