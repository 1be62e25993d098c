"""Turn what a patient uploads into a picture that can be kept, or say what to do instead.

Nothing is decoded here: that happens in a process of its own, two at a time on a machine
however many workers the site has.
"""

import fcntl
import logging
import os
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager
from dataclasses import dataclass

from django.conf import settings
from django.utils.translation import gettext_lazy as _

from consultations.intake.photos import jpeg
from consultations.intake.photos.limits import MAX_BYTES, SECONDS, Refusal

logger = logging.getLogger("django.scarclinic")

# No variable of the environment, no folder of the user's: only Python, Pillow and us.
DECODER = [sys.executable, "-EsBm", "consultations.intake.photos.decoder"]
PLACES = 2
PATIENCE = 5.0
"""In seconds. With `SECONDS` it stays below the 30 after which gunicorn ends a worker."""
PAUSE = 0.05

TOO_MANY_BYTES = _(
    "The photo is larger than 20 MB. Take a screenshot of it, and send the screenshot."
)
NO_PLACE = _("We are reading other photos right now. Try again in a moment.")
UNREADABLE = _(
    "We could not read this photo. Take a screenshot of it and send that, or send it as "
    "JPEG."
)
MESSAGES = {
    Refusal.FOREIGN: _(
        "This is not a photo that we can read. Send it as JPEG, PNG, WebP or HEIC, or take "
        "a screenshot of it and send that."
    ),
    Refusal.PIXELS: _(
        "The photo has more than 60 million pixels. Take a screenshot of it, and send the "
        "screenshot."
    ),
}


class Unsuitable(Exception):
    """A file cannot be kept as a photo. The message says what to do, for the patient."""


@dataclass(frozen=True, slots=True)
class Photo:
    """A JPEG that holds a picture and nothing else: its bytes, and its size in pixels."""

    body: bytes
    width: int
    height: int


def _held(number):
    """Return a file that holds one place of the machine's, or None if it is taken."""
    # By user: in a folder that all may write to, nobody can open another's file.
    name = f"scarclinic-decoder-{os.getuid()}-{number}"
    path = os.path.join(tempfile.gettempdir(), name)
    file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o600)
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(file)
        return None
    return file


@contextmanager
def _place():
    """Wait for a place to decode in; raises Unsuitable when none gets free."""
    until = time.monotonic() + PATIENCE
    while True:
        for number in range(PLACES):
            if (file := _held(number)) is not None:
                try:
                    yield file
                finally:
                    os.close(file)
                return
        if time.monotonic() > until:
            raise Unsuitable(NO_PLACE)
        time.sleep(PAUSE)


def _failed(how):
    logger.warning("A photo could not be decoded: %s.", how)
    return Unsuitable(UNREADABLE)


def _decoded(upload):
    """Return what the decoder makes of the bytes of an upload."""
    with _place() as place:
        try:
            done = subprocess.run(  # noqa: S603  our own words only
                DECODER,
                input=upload,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                cwd=settings.BASE_DIR,
                env={},
                # Should this worker end first, the place stays taken until that one has.
                pass_fds=[place],
                timeout=SECONDS,
            )
        except subprocess.TimeoutExpired:
            raise _failed(f"it took longer than {SECONDS} s") from None
    if done.returncode in MESSAGES:
        raise Unsuitable(MESSAGES[done.returncode])
    if done.returncode == Refusal.DAMAGED:
        raise Unsuitable(UNREADABLE)
    if done.returncode == Refusal.MEMORY:
        raise _failed("it needed too much memory")
    if done.returncode:
        # A negative one is the signal that ended it.
        raise _failed(f"the decoder ended with status {done.returncode}")
    return done.stdout


def clean(file):
    """Return the picture of an uploaded file as a `Photo`; the file itself can go.

    Takes a second or two, and never more than `PATIENCE` and `SECONDS`. Raises Unsuitable.
    """
    if file.size > MAX_BYTES:
        raise Unsuitable(TOO_MANY_BYTES)
    file.seek(0)
    body = _decoded(file.read())
    try:
        width, height = jpeg.size_of(body)
    except jpeg.NotBare as found:
        raise _failed(f"the decoder answered with something else, {found}") from None
    return Photo(body, width, height)
