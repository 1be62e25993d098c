"""Decode one photo, in a process of its own: standard input to standard output.

`cleaning` starts it. A decoder that a hostile file confuses can neither fill the machine
nor open a file, to read or to write, or a connection; it finds no setting and no secret
in its environment.
"""

import os
import resource
import sys
from io import BytesIO

from PIL import Image, UnidentifiedImageError

from scarclinic.staff.decoding import pixels
from scarclinic.staff.decoding.limits import (
    MAX_PIXELS,
    MAX_SIDE,
    MEMORY,
    SECONDS,
    Refusal,
)

LIMITS = {
    # Private memory; then addresses, which threads reserve without filling them.
    resource.RLIMIT_DATA: MEMORY,
    resource.RLIMIT_AS: 2 * MEMORY,
    # The site ends a decoder that is late. This ends one whose site is gone.
    resource.RLIMIT_CPU: 2 * SECONDS,
    resource.RLIMIT_FSIZE: 0,
    # What a crash leaves behind would hold the photo.
    resource.RLIMIT_CORE: 0,
    # What is open stays so; it opens nothing more, not even what its user may read.
    resource.RLIMIT_NOFILE: 0,
}
QUALITY = 90


class Refused(Exception):
    """The file becomes no picture. Holds a `Refusal`."""


def limit_resources():
    """Set this process's resource limits (memory, CPU time, files), irrevocably."""
    for what, limit in LIMITS.items():
        resource.setrlimit(what, (limit, limit))
    # Whoever reads a page comes first.
    os.nice(10)


def _opened(upload):
    # Twice as many Pillow refuses to open, and before any room is made for them.
    Image.MAX_IMAGE_PIXELS = MAX_PIXELS // 2
    try:
        return Image.open(BytesIO(upload), formats=pixels.READ)
    except UnidentifiedImageError:
        raise Refused(Refusal.FOREIGN) from None
    except Image.DecompressionBombError:
        raise Refused(Refusal.PIXELS) from None


def _saved(image, quality):
    buffer = BytesIO()
    image.save(buffer, "JPEG", quality=quality, optimize=True)
    return buffer.getvalue()


def clean(upload):
    """Return the bytes of a JPEG with the picture of an upload, and nothing else of it.

    Raises Refused, or what Pillow's decoders meet: any Exception.
    """
    image = _opened(upload)
    longest = max(image.size)
    wanted = [max(1, side * MAX_SIDE // longest) for side in image.size]
    image = pixels.fresh(image, wanted)
    image.thumbnail((MAX_SIDE, MAX_SIDE), Image.Resampling.LANCZOS)
    body = _saved(image, QUALITY)
    # A photo of ours that comes back may be written just as it came.
    return body if body != upload else _saved(image, QUALITY - 1)


def main():
    """Write the picture to standard output, or exit with a `Refusal`."""
    limit_resources()
    try:
        picture = clean(sys.stdin.buffer.read())
    except Refused as refused:
        return refused.args[0]
    except MemoryError:
        return Refusal.MEMORY
    except Exception:
        return Refusal.DAMAGED
    sys.stdout.buffer.write(picture)
    return 0


if __name__ == "__main__":
    sys.exit(main())
