"""Fewer garbage collections, for a command that makes many objects and no circles."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager

OFTEN_ENOUGH = 200_000


@contextmanager
def collected_rarely() -> Iterator[None]:
    """Look for circles after 200,000 new objects, where Python would after 700.

    What the engine answers holds none: a seventh of the time went into looking.
    """
    before = gc.get_threshold()
    gc.set_threshold(OFTEN_ENOUGH, *before[1:])
    try:
        yield
    finally:
        gc.set_threshold(*before)
