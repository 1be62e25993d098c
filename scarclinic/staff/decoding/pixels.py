"""How the pixels of an uploaded photo are read.

Imports no Django: a photo is decoded in a process that has none.
"""

from contextlib import suppress
from io import BytesIO

import pillow_heif

# Each plugin that `Image.open` may use is loaded by name: by itself it loads all forty.
# The decoder opens no file after its start, so what others load when they need it, as
# JPEG does for Exif and for a second picture, is loaded here too.
from PIL import (
    ExifTags,
    Image,
    ImageCms,
    JpegImagePlugin,  # noqa: F401
    MpoImagePlugin,  # noqa: F401
    PngImagePlugin,  # noqa: F401
    TiffImagePlugin,  # noqa: F401
    WebPImagePlugin,  # noqa: F401
)

Image.preinit()
# A thumbnail inside the file is another picture, and may show something else.
pillow_heif.register_heif_opener(thumbnails=False, depth_images=False, aux_images=False)

READ = ("JPEG", "PNG", "WEBP", "HEIF")
"""With "MPO", which a JPEG of two pictures is, Pillow 13.0.0 raises KeyError."""
GREY = ("1", "L", "LA", "La")
TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
"""By Exif's orientation: what sets a photo upright."""


def _turn(image):
    # Exif that cannot be read says nothing about the picture.
    with suppress(Exception):
        return TURNS.get(image.getexif().get(ExifTags.Base.Orientation))
    return None


def _with_full_channels(image):
    """Return an image with a byte for each colour of a pixel, so that it can be reduced."""
    if image.mode.startswith("I"):
        # Sixteen bits of grey. `convert` alone would make the upper 99 % of them white.
        return image.point(lambda value: value / 256).convert("L")
    mode = image.mode
    if image.has_transparency_data:
        mode = "LA" if mode in GREY else "RGBA"
    elif mode in ("1", "P"):
        mode = "RGB"
    # Even where nothing is to be done, `convert` makes a copy.
    return image if image.mode == mode else image.convert(mode)


def _on_white(image):
    if image.mode not in ("LA", "RGBA"):
        return image
    paper = Image.new(image.mode[:-1], image.size, "white")
    paper.paste(image, mask=image)
    return paper


def _in_srgb(image, profile):
    """Return an RGB image in the colours that browsers assume: red must stay as red."""
    if profile:
        # A profile that does not fit its image says nothing.
        with suppress(ImageCms.PyCMSError, OSError, ValueError):
            source = ImageCms.ImageCmsProfile(BytesIO(profile))
            target = ImageCms.createProfile("sRGB")
            return ImageCms.profileToProfile(image, source, target, outputMode="RGB")
    return image.convert("RGB")


def fresh(image, at_least):
    """Return an upright sRGB image with the pixels and nothing else of an opened one.

    A copy would keep what `info` holds, and a file saved from it the place where the
    photo was taken. To save memory it is reduced by a whole number, to no less than
    `at_least` pixels wide and high as the file has them. Raises what Pillow's decoders
    meet: any Exception.
    """
    # A JPEG is decoded at a half, a quarter or an eighth where that is enough.
    image.draft("RGB", at_least)
    image.load()
    turn, profile = _turn(image), image.info.get("icc_profile")
    image = _with_full_channels(image)
    # Before all else that copies it: a full copy of what a telephone takes fills 150 MB.
    times = min(has // needs for has, needs in zip(image.size, at_least, strict=True))
    image = image.reduce(max(1, times))
    image = _in_srgb(_on_white(image), profile)
    if turn is not None:
        image = image.transpose(turn)
    bare = Image.new("RGB", image.size)
    bare.paste(image)
    return bare
