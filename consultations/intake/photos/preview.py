"""A kept photo as small as a page of its patient shows it.

A telephone at night need not load what the clinician looks into. Nothing is stored: the
file is our own JPEG, which a decoder halves and halves while it reads.
"""

from io import BytesIO

SIDE = 480
"""In pixels, the longer one: twice as many as the page has."""
QUALITY = 80


def small(file):
    """Return the bytes of a small JPEG of an opened photo. Raises OSError if it is none."""
    # Pillow takes time and memory to load: only who shows a photo does.
    from PIL import Image

    with Image.open(file, formats=["JPEG"]) as image:
        image.draft(image.mode, (SIDE, SIDE))
        image.thumbnail((SIDE, SIDE), reducing_gap=2)
        buffer = BytesIO()
        image.save(buffer, "JPEG", quality=QUALITY)
    return buffer.getvalue()
