"""Read the outline of a JPEG, without decoding it."""

import re
import struct

START, END = b"\xff\xd8", b"\xff\xd9"
JFIF, TABLES, FRAME, SCAN = 0xFFE0, {0xFFDB, 0xFFC4}, 0xFFC0, 0xFFDA
WITHOUT_THUMBNAIL = 16
MARKER = re.compile(rb"\xff[^\x00]")
"""Within a scan 0xFF is always followed by 0."""


class NotBare(Exception):
    """Raised for a file that is no JPEG, or that holds metadata."""


def _parts(body):
    """Yield (marker, length, position) of what comes before the scan, and of the scan."""
    at, marker = len(START), None
    while marker != SCAN:
        marker, length = struct.unpack_from(">HH", body, at)
        yield marker, length, at
        at += 2 + length


def size_of(body):
    """Return (width, height) of a JPEG that holds one picture and nothing else.

    No Exif, comment, profile or second picture, and nothing behind the end. Knows what
    Pillow writes, not all that the format allows. Raises NotBare.
    """
    size = None
    try:
        for marker, length, at in _parts(body):
            if marker == FRAME:
                size = struct.unpack_from(">HH", body, at + 5)[::-1]
            elif marker == JFIF and length == WITHOUT_THUMBNAIL:
                continue
            elif marker not in TABLES | {SCAN}:
                raise NotBare(hex(marker))
    except struct.error:
        raise NotBare("cut off") from None
    end = MARKER.search(body, at + 2 + length)
    if size is None or not end or not body.startswith(START):
        raise NotBare("no picture")
    if body[end.start() :] != END:
        raise NotBare("more than a picture")
    return size
