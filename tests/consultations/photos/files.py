"""Files as patients send them, and as nobody should. All are made here; none is stored."""

import struct
import zipfile
import zlib
from functools import cache
from io import BytesIO

import pillow_heif
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image, ImageCms

from consultations.models import Photo

pillow_heif.register_heif_opener()

SECRET = b"<?php echo 'Camera of Ada'; ?>"
XMP = b"<x:xmpmeta xmlns:x='adobe:ns:meta/'>Camera of Ada</x:xmpmeta>"
GPS = 0x8825


def upload(body, name="IMG_0001.jpg"):
    return SimpleUploadedFile(name, body)


def put_photo(scar, body=b"\xff\xd8 a photo", slot="side", width=1, height=1):
    """Keep a file as a photo, without the decoder; return its row."""
    photo = Photo(scar=scar, slot=slot, width=width, height=height)
    sealed = photo.seal(body)
    default_storage.save(photo.path, ContentFile(sealed))
    photo.save()
    return photo


def drawn(width=160, height=120):
    """Return an image of four fields: red and green above, blue and grey below."""
    image = Image.new("RGB", (width, height), "red")
    image.paste("lime", (width // 2, 0, width, height))
    image.paste("blue", (0, height // 2, width, height))
    image.paste("grey", (width // 2, height // 2, width, height))
    return image


def saved(image, kind="JPEG", **options):
    buffer = BytesIO()
    image.save(buffer, kind, **options)
    return buffer.getvalue()


def corners(body):
    """Name the colours of a picture's corners: of the two above, then of those below."""
    named = {(255, 0, 0): "R", (0, 255, 0): "G", (0, 0, 255): "B", (128, 128, 128): "-"}
    image = Image.open(BytesIO(body))
    right, bottom = image.width - 3, image.height - 3
    found = ""
    for place in ((2, 2), (right, 2), (2, bottom), (right, bottom)):
        pixel = image.getpixel(place)
        apart = {
            name: sum(abs(a - b) for a, b in zip(colour, pixel, strict=True))
            for colour, name in named.items()
        }
        nearest = min(apart, key=apart.get)
        found += nearest if apart[nearest] < 60 else "?"
    return found


def exif(orientation=1):
    """Return Exif that tells of a camera, its place and how it was held."""
    made = Image.Exif()
    made[0x0112] = orientation
    made[0x010F] = "Camera of Ada"
    made.get_ifd(GPS).update({1: "N", 2: (48.0, 12.0, 30.0)})
    return made


@cache
def profile():
    """Return a colour profile in which red and blue have changed places."""
    srgb = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    swapped = srgb.replace(b"rXYZ", b"----").replace(b"bXYZ", b"rXYZ")
    return swapped.replace(b"----", b"bXYZ")


def zipped(before=b""):
    """Return a zip archive that begins with what stands before it, as a self-extractor."""
    buffer = BytesIO(before)
    buffer.seek(0, 2)
    with zipfile.ZipFile(buffer, "a") as archive:
        # With a date of its own, not of now: tests are named by these bytes.
        archive.writestr(zipfile.ZipInfo("index.php"), SECRET)
    return buffer.getvalue()


def chunk(kind, content):
    return (
        struct.pack(">I", len(content))
        + kind
        + content
        + struct.pack(">I", zlib.crc32(kind + content))
    )


def png(width, height, depth, colour, rows):
    """Return a PNG written by hand: Pillow saves no colours of sixteen bits."""
    head = struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", head)
        + chunk(b"IDAT", zlib.compress(rows, 1))
        + chunk(b"IEND", b"")
    )


def bomb(side):
    """Return a small PNG that claims a million pixels or hundreds."""
    return png(side, side, 1, 0, b"")


def jpeg_of(width, height):
    """Return a small JPEG that claims another size than it has."""
    body = saved(drawn())
    at = body.index(b"\xff\xc0") + 5
    return body[:at] + struct.pack(">HH", height, width) + body[at + 4 :]
