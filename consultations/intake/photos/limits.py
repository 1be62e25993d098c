"""What the site and the process that decodes agree on. Imports nothing of either."""

from enum import IntEnum

MAX_BYTES = 20 * 2**20
MAX_PIXELS = 60_000_000
"""What the largest telephones take is 50 million. A small file can claim far more."""
MAX_SIDE = 2400
"""Of what is kept, in pixels."""
SECONDS = 8
"""For one photo. What a telephone takes needs one or two; a camera's HEIC can need six."""
MEMORY = 640 * 2**20
"""For one photo. With the programs' own code, which is not counted, below 700 MB."""


class Refusal(IntEnum):
    """Why there is no picture: the exit status of the decoder."""

    FOREIGN = 10
    PIXELS = 11
    DAMAGED = 12
    MEMORY = 13
