"""What is kept of a patient holds a picture and nothing else: the last look at it."""

import pytest

from scarclinic.staff.decoding import jpeg
from tests.consultations.photos import files
from tests.tables import for_each

BARE = files.saved(files.drawn())


def with_part(marker, content):
    """Return the picture with one more part at its beginning."""
    part = bytes([0xFF, marker]) + (len(content) + 2).to_bytes(2, "big") + content
    return BARE[:2] + part + BARE[2:]


def test_a_bare_picture_tells_its_size():
    assert jpeg.size_of(BARE) == (160, 120)


@for_each(
    "body",
    [
        files.saved(files.drawn(), exif=files.exif()),
        files.saved(files.drawn(), xmp=files.XMP),
        files.saved(files.drawn(), icc_profile=files.profile()),
        files.saved(files.drawn(), comment=files.SECRET),
        files.saved(files.drawn(), "MPO", save_all=True, append_images=[files.drawn()]),
        files.saved(files.drawn(), progressive=True),
        with_part(0xE0, b"JFXX\0\x13" + b"\0" * 20),
        with_part(0xED, b"Photoshop 3.0\0"),
        with_part(0xEF, files.SECRET),
        BARE + b"x",
        BARE + BARE,
        files.zipped(BARE),
        b"x" + BARE[1:],
        BARE[:-1],
        BARE[: len(BARE) // 2],
        BARE[:100],
        BARE[:3],
        b"",
        files.saved(files.drawn(), "PNG"),
    ],
)
def test_what_is_more_or_less_than_a_picture_is_not_bare(body):
    with pytest.raises(jpeg.NotBare):
        jpeg.size_of(body)
