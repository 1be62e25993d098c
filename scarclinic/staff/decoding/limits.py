"""Constants shared by the site and the decoder process; imports nothing of either."""

from enum import IntEnum

MAX_BYTES = 20 * 2**20
MAX_PIXELS = 60_000_000
"""The largest telephone cameras have 50 million. A small file can claim far more."""
MAX_SIDE = 2400
"""Longest side of a stored photo, in pixels."""
SECONDS = 8
"""Timeout for one photo. A telephone's needs one or two; a camera's HEIC can need six."""
MEMORY = 640 * 2**20
"""For one photo. With the programs' own code, which is not counted, below 700 MB."""


class Refusal(IntEnum):
    """Why there is no picture: exit status of the decoder, or BYTES before it starts."""

    FOREIGN = 10
    PIXELS = 11
    DAMAGED = 12
    MEMORY = 13
    BYTES = 14
