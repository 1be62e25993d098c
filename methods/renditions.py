"""A photo as the site shows it: small fresh copies that hold nothing but the picture.

Pure: bytes in, bytes out. Pillow and its decoders take time and memory to load, so what
makes pictures imports this module only when it does.
"""

from contextlib import suppress
from dataclasses import dataclass
from io import BytesIO

import pillow_heif
from django.utils.translation import gettext as _

# Each plugin that `Image.open` may use is loaded by name: by itself it loads all forty.
from PIL import (
    AvifImagePlugin,  # noqa: F401
    Image,
    ImageCms,
    ImageOps,
    JpegImagePlugin,  # noqa: F401
    PngImagePlugin,  # noqa: F401
    WebPImagePlugin,  # noqa: F401
)

pillow_heif.register_heif_opener()

MAX_BYTES = 20 * 2**20
MAX_PIXELS = 50_000_000
"""What the largest telephones take is 48 million. A small file can claim far more."""
READ = ("JPEG", "PNG", "WEBP", "HEIF")
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


class Unsuitable(Exception):
    """A file cannot be shown as a photo. The message says what to do, for the editor."""


@dataclass(frozen=True, slots=True)
class Encoded:
    """One copy: pixels wide and high, its format ("avif", "webp", "jpeg"), its bytes."""

    width: int
    height: int
    format: str
    body: bytes


def _opened(file):
    """Return an opened image whose pixels are not read yet; raises Unsuitable."""
    if file.size > MAX_BYTES:
        raise Unsuitable(
            _("The file is larger than 20 MB. Save the photo smaller, then try again.")
        )
    too_large = _(
        "The photo has more than 50 million pixels. Save it smaller, then try again."
    )
    try:
        image = Image.open(file, formats=READ)
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise Unsuitable(too_large) from None
    # Pillow's decoders raise whatever they meet, SyntaxError and struct.error included.
    except Exception:
        raise Unsuitable(
            _("This is no photo that we can read. Save it as JPEG, then try again.")
        ) from None
    if image.width * image.height > MAX_PIXELS:
        raise Unsuitable(too_large)
    return image


def _in_srgb(image):
    """Return an RGB image in the colours that browsers assume: red must stay as red."""
    if profile := image.info.get("icc_profile"):
        # A profile that does not fit its image says nothing.
        with suppress(ImageCms.PyCMSError, OSError, ValueError):
            source = ImageCms.ImageCmsProfile(BytesIO(profile))
            target = ImageCms.createProfile("sRGB")
            return ImageCms.profileToProfile(image, source, target, outputMode="RGB")
    return image if image.mode == "RGB" else image.convert("RGB")


def _fresh(image):
    """Return an upright RGB image with the pixels and nothing else of another.

    A copy would keep what `info` holds, and a file saved from it the place where the
    photo was taken.
    """
    # A JPEG is decoded at a half, a quarter or an eighth where that is enough.
    image.draft("RGB", (max(WIDTHS), max(WIDTHS)))
    ImageOps.exif_transpose(image, in_place=True)
    is_clear = image.has_transparency_data
    image = image.convert("RGBA") if is_clear else _in_srgb(image)
    # Before it is copied: a full copy of what a telephone takes fills 150 MB.
    image = image.reduce(max(1, min(image.size) // max(WIDTHS)))
    fresh = Image.new("RGB", image.size, "white")
    fresh.paste(image, mask=image if is_clear else None)
    return fresh


def _encode(image, name):
    buffer = BytesIO()
    image.save(buffer, name, **ENCODERS[name])
    return Encoded(*image.size, format=name, body=buffer.getvalue())


def encode(file):
    """Return (renditions, fallback) of an uploaded photo, each an `Encoded`.

    The renditions are the smallest file of each width, narrowest first and never wider
    than the photo; the fallback is a JPEG. Takes about a second. Raises Unsuitable.
    """
    image = _opened(file)
    try:
        image = _fresh(image)
    except Exception:
        raise Unsuitable(
            _("The photo is damaged. Export it again as JPEG, then try again.")
        ) from None
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
