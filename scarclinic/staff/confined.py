"""Run what is heavy, or reads what strangers send, in a process of its own.

It is no sandbox: the process has the same user, so it may read the `.env`, the photos and
a SQLite database as the site may. What it lacks is the site's environment, memory and
connections; its program limits its own memory and time. The decoder of photos, the one
that reads strangers' files, forbids itself to open any file (`scarclinic.staff.decoding.decoder`); what
makes PDFs reads only what our own templates say, and needs fonts.

So many at a time on a machine, however many workers and threads the site has, and one at a
time for one person, so that four windows of one leave the other places to everybody else. A place is
a locked file: whoever ends, or is killed, gives it back.
"""

import fcntl
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from hashlib import sha256

from django.conf import settings

PAUSE = 0.05
PERSONS = 64
"""Files for persons, however many there are: two may have to wait for each other."""


class NoPlace(Exception):
    """Raised when no place became free in time."""


@dataclass(frozen=True, slots=True)
class Work:
    """A program that reads standard input and writes standard output.

    Seconds to wait for a place, and for the program, stay together below the 30 after
    which gunicorn ends a worker.
    """

    name: str
    module: str
    places: int
    patience: float
    seconds: float

    @property
    def command(self) -> list[str]:
        """Return the command: of the environment and the user's folders it gets nothing."""
        return [sys.executable, "-EsBm", self.module]


def _taken(name: str) -> int | None:
    """Return a descriptor that holds a place, None if somebody else does."""
    # By user: in a folder that all may write to, nobody can open another's file.
    path = os.path.join(tempfile.gettempdir(), f"scarclinic-{os.getuid()}-{name}")
    file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o600)
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(file)
        return None
    return file


@contextmanager
def _one_of(names: list[str], until: float) -> Iterator[int]:
    """Hold one of these places; raises NoPlace when none gets free."""
    while True:
        for name in names:
            if (file := _taken(name)) is not None:
                try:
                    yield file
                finally:
                    os.close(file)
                return
        if time.monotonic() > until:
            raise NoPlace
        time.sleep(PAUSE)


@contextmanager
def place(work: Work, who: str) -> Iterator[list[int]]:
    """Hold the place of a person and one of the machine's, as descriptors."""
    until = time.monotonic() + work.patience
    person = int(sha256(f"{work.name} {who}".encode()).hexdigest(), 16) % PERSONS
    places = [f"{work.name}-{number}" for number in range(work.places)]
    with ExitStack() as stack:
        own = stack.enter_context(_one_of([f"{work.name}-of-{person}"], until))
        yield [own, stack.enter_context(_one_of(places, until))]


def run(work: Work, given: bytes, *, who: str) -> subprocess.CompletedProcess[bytes]:
    """Return what a program makes of some bytes for a person, its exit status with it.

    Raises NoPlace, or `subprocess.TimeoutExpired`.
    """
    with place(work, who) as held:
        return subprocess.run(  # noqa: S603  our own words only
            work.command,
            input=given,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            cwd=settings.BASE_DIR,
            env={},
            # Should this worker end first, the places stay taken until that one has.
            pass_fds=held,
            timeout=work.seconds,
            check=False,
        )
