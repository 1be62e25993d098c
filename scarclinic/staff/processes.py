"""Long work shared out over processes, one a core, with its results in order."""

import multiprocessing
import os
from collections.abc import Callable, Iterator, Sequence
from multiprocessing.connection import Connection
from typing import Any

from django.db import connections

MOST = 4
"""On a machine of many cores a command is not alone."""

Work = Callable[[Sequence[Any]], Iterator[Any]]
"""Yields one result for each piece."""


def in_processes(work: Work, pieces: Sequence[Any]) -> Iterator[Any]:
    """Yield what `work` yields for each piece, from as many processes as there are cores.

    Each is forked, so that it knows what this one knows, takes every so many pieces and
    has a database connection of its own. A single piece is done here. Results are pickled;
    what one raises is raised here in its turn.
    """
    count = min(MOST, os.cpu_count() or 1, len(pieces))
    if count < 2:
        yield from work(pieces)
        return
    # Two processes on one connection would read each other's rows.
    connections.close_all()
    fork = multiprocessing.get_context("fork")
    results = []
    for number in range(count):
        here, there = fork.Pipe(duplex=False)
        share = pieces[number::count]
        fork.Process(target=_send, args=(there, work, share), daemon=True).start()
        there.close()
        results.append(here)
    for number in range(len(pieces)):
        result = results[number % count].recv()
        if isinstance(result, Exception):
            raise result
        yield result


def _send(there: Connection, work: Work, share: Sequence[Any]) -> None:
    """Send the result of each piece, as the target of a process."""
    try:
        for result in work(share):
            there.send(result)
    except Exception as error:
        there.send(error)
