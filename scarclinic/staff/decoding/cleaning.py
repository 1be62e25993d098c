"""Turn what somebody uploads into a picture that can be kept, or say what to do instead.

Nothing is decoded here: that happens in a process of its own, two at a time on a machine.
"""

import logging
import subprocess
from dataclasses import dataclass

from django.utils.translation import gettext_lazy as _

from scarclinic.staff import confined
from scarclinic.staff.decoding import jpeg
from scarclinic.staff.decoding.limits import MAX_BYTES, SECONDS, Refusal

logger = logging.getLogger("django.scarclinic")

DECODER = confined.Work(
    name="decoder",
    module="scarclinic.staff.decoding.decoder",
    places=2,
    patience=5.0,
    seconds=SECONDS,
)

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
    """A file cannot be kept as a photo. The message says what to do, for the patient.

    `refusal` is why, a `Refusal`, None if nobody knows or another try may do.
    """

    def __init__(self, message, refusal=None):
        super().__init__(message)
        self.refusal = refusal


@dataclass(frozen=True, slots=True)
class Photo:
    """A JPEG that holds a picture and nothing else: its bytes, and its size in pixels."""

    body: bytes
    width: int
    height: int


def _failed(how):
    logger.warning("A photo could not be decoded: %s.", how)
    return Unsuitable(UNREADABLE)


def _decoded(upload, who):
    """Return what the decoder makes of the bytes of an upload."""
    try:
        done = confined.run(DECODER, upload, who=who)
    except confined.NoPlace:
        raise Unsuitable(NO_PLACE) from None
    except subprocess.TimeoutExpired:
        raise _failed(f"it took longer than {DECODER.seconds} s") from None
    if done.returncode in MESSAGES:
        raise Unsuitable(MESSAGES[done.returncode], Refusal(done.returncode))
    if done.returncode == Refusal.DAMAGED:
        raise Unsuitable(UNREADABLE, Refusal.DAMAGED)
    if done.returncode == Refusal.MEMORY:
        raise _failed("it needed too much memory")
    if done.returncode:
        # A negative one is the signal that ended it.
        raise _failed(f"the decoder ended with status {done.returncode}")
    return done.stdout


def clean(file, *, who):
    """Return the picture of an uploaded file as a `Photo`; the file itself can go.

    `who` is whose it is, one at a time. Takes a second or two, and never more than a
    place and the decoder may take together. Raises Unsuitable.
    """
    if file.size > MAX_BYTES:
        raise Unsuitable(TOO_MANY_BYTES, Refusal.BYTES)
    file.seek(0)
    body = _decoded(file.read(), who)
    try:
        width, height = jpeg.size_of(body)
    except jpeg.NotBare as found:
        raise _failed(f"the decoder answered with something else, {found}") from None
    return Photo(body, width, height)
