"""Tell every process of every host that another edition is out, within two seconds.

The publishing transaction sends a NOTIFY on PostgreSQL, and its own process hears of it
at commit. In each other process one daemon thread hears the notification (LISTEN); on
SQLite, which is on one machine, it reads the digest every second. No request waits for
that thread: where the database is away or hangs, pages stay as they are.
"""

import logging
from functools import partial
from threading import Lock, Thread
from time import sleep

from django.db import connection, transaction
from django.utils import timezone

from methods.models import Edition

logger = logging.getLogger("django.scarclinic")

CHANNEL = "scarclinic_edition"
LOOK_EVERY = 1
"""Seconds between two reads of the digest where nothing notifies."""
HEARTBEAT = 10
"""Seconds without a notification after which it is read all the same."""

_lock = Lock()
_thread = None
_listener = None
_heard = None, None


def current_digest() -> str:
    """Return which edition is out, "" if none is. One query."""
    return Edition.objects.values_list("digest", flat=True).first() or ""


def announce(digest: str) -> None:
    """Tell all processes at commit which edition is out. Call it in the transaction."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_notify(%s, %s)", [CHANNEL, digest])
    transaction.on_commit(partial(_hear, digest))


def start(listener) -> None:
    """Call `listener` with the digest of each new edition, from a thread of this process.

    The thread of a forked process starts with its own first call; further calls only
    replace the listener.
    """
    global _thread, _listener
    _listener = listener
    if _thread is None or not _thread.is_alive():
        with _lock:
            if _thread is None or not _thread.is_alive():
                _thread = Thread(target=_run, name="edition-watch", daemon=True)
                _thread.start()


def heard():
    """Return which edition this process has heard of last, and when; (None, None) at first.

    The one that it began with was not heard of: when is None.
    """
    return _heard


def _hear(digest):
    global _heard
    if digest != _heard[0]:
        _heard = digest, timezone.now() if _heard[0] is not None else None
    if _listener:
        _listener(digest)


def _looks():
    """Yield whenever the digest may have changed."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute(f"LISTEN {CHANNEL}")
        while True:
            yield
            for _ in connection.connection.notifies(timeout=HEARTBEAT, stop_after=1):
                pass
    while True:
        yield
        # A restored backup is another file.
        connection.close()
        sleep(LOOK_EVERY)


def _run():
    digest, is_away = None, False
    while True:
        try:
            for _ in _looks():
                if (new := current_digest()) != digest:
                    digest = new
                    _hear(digest)
                is_away = False
        except Exception:
            if not is_away:
                logger.warning(
                    "The database is away; stored pages are served as they are.",
                    exc_info=True,
                )
            is_away = True
            connection.close()
            sleep(LOOK_EVERY)
