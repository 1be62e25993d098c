"""A photo as the site shows it: small fresh copies that hold nothing but the picture.

Touches no database and no storage. What an editor sends is decoded in the same confined process
as a patient's photo; only that clean picture is opened here. Pillow takes time and memory to load, so what
makes pictures imports this module only when it does.
"""

from dataclasses import dataclass
from io import BytesIO

from django.utils.translation import gettext_lazy as _
from PIL import (
    AvifImagePlugin,  # noqa: F401  loaded by name, as in pixels.py
    Image,
)

from scarclinic.staff.decoding import cleaning
from scarclinic.staff.decoding.limits import Refusal

WIDTHS = (320, 640, 960, 1280)
LEAST_WIDTH = 320
FALLBACK_WIDTH = 640
"""For browsers that know only JPEG: old telephones with narrow screens."""
# The same error in all three, 44 to 45 dB on a textured sample. At the encoders' own
# settings the smallest file was the one that smoothed the skin most, and a scar must not
# look better than it is.
ENCODERS = {
    "avif": {"quality": 70, "speed": 8},
    "webp": {"quality": 90, "method": 4},
    "jpeg": {"quality": 82, "optimize": True, "progressive": True},
}


WORDS = {
    Refusal.FOREIGN: _(
        "This is no photo that we can read. Save it as JPEG, then try again."
    ),
    Refusal.PIXELS: _(
        "The photo has more than 60 million pixels. Save it smaller, then try again."
    ),
    Refusal.DAMAGED: _(
        "The photo is damaged. Export it again as JPEG, then try again."
    ),
    Refusal.BYTES: _(
        "The file is larger than 20 MB. Save the photo smaller, then try again."
    ),
}
"""What an editor, who has the file at hand, does about it."""


class Unsuitable(Exception):
    """A file cannot be shown as a photo. The message says what to do, for the editor."""


@dataclass(frozen=True, slots=True)
class Encoded:
    """One copy: pixels wide and high, its format ("avif", "webp", "jpeg"), its bytes."""

    width: int
    height: int
    format: str
    body: bytes


def _encode(image, name):
    buffer = BytesIO()
    image.save(buffer, name, **ENCODERS[name])
    return Encoded(*image.size, format=name, body=buffer.getvalue())


def _cleaned(file, who):
    """Return a clean picture, opened; raises Unsuitable."""
    try:
        body = cleaning.clean(file, who=who).body
    except cleaning.Unsuitable as found:
        raise Unsuitable(WORDS.get(found.refusal, found.args[0])) from None
    return Image.open(BytesIO(body), formats=["JPEG"])


def encode(file, *, who):
    """Return (renditions, fallback) of an uploaded photo, each an `Encoded`.

    The renditions are the smallest file of each width, narrowest first and never wider
    than the photo; the fallback is a JPEG. `who` sends it. Takes about two seconds.
    Raises Unsuitable.
    """
    image = _cleaned(file, who)
    if image.width < LEAST_WIDTH:
        raise Unsuitable(
            _("The photo is less than 320 pixels wide. Choose a larger one.")
        )
    renditions = []
    widest = min(image.width, max(WIDTHS))
    for width in [*(width for width in WIDTHS if width < widest), widest]:
        height = max(1, round(image.height * width / image.width))
        resized = image.resize(
            (width, height), Image.Resampling.LANCZOS, reducing_gap=3
        )
        made = [_encode(resized, name) for name in ENCODERS]
        renditions.append(min(made, key=lambda each: len(each.body)))
        if width <= FALLBACK_WIDTH:
            fallback = next(each for each in made if each.format == "jpeg")
    return renditions, fallback
