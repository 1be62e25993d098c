"""How long the database may take, in this process or for a moment.

A web server ends a question after seconds: whoever waits longer has gone, and each thread
that waits serves nobody. A command (`migrate`, `prune`) may take its time.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from time import monotonic

SECONDS_TO_CONNECT = 3
LEAST_TO_CONNECT = 2
"""Of PostgreSQL's library: less is taken for this."""
SECONDS_OF_A_REQUEST = 15
SECONDS_OF_A_COMMAND = 3600
SECONDS_FOR_A_LOCK = 10
SECONDS_IDLE_IN_TRANSACTION = 60
GRACE = 3
"""Seconds after which the server's own limit must have come."""

_process = SECONDS_OF_A_COMMAND
_deadline: ContextVar[float | None] = ContextVar("deadline", default=None)


def serve() -> None:
    """Let this process be a web server."""
    global _process
    _process = SECONDS_OF_A_REQUEST


def of_server() -> dict[str, int]:
    """Return PostgreSQL's own limits for a new connection, in milliseconds."""
    return {
        "statement_timeout": _process * 1000,
        "lock_timeout": SECONDS_FOR_A_LOCK * 1000,
        "idle_in_transaction_session_timeout": SECONDS_IDLE_IN_TRANSACTION * 1000,
    }


def of_client() -> float | None:
    """Return after how many seconds without an answer a connection is given up."""
    if (deadline := _deadline.get()) is not None:
        return max(0.0, deadline - monotonic())
    # A command waits for as long as its server lives.
    return _process + GRACE if _process == SECONDS_OF_A_REQUEST else None


@contextmanager
def within(seconds: float) -> Iterator[None]:
    """Give up all questions together after so many seconds, whatever the server does."""
    token = _deadline.set(monotonic() + seconds)
    try:
        yield
    finally:
        _deadline.reset(token)
