"""The ledger, an append-only audit log: one `Event` a thing read or done.

Verbs and the views of the admin write it with `record`, in the transaction of what they
record: if the row cannot be written, nothing is read or done. Triggers refuse to change or
delete a row (`triggers`), its MAC shows whether somebody did (`sealing`), one writer chains
the rows (`chain`), and `manage.py clinic verify-ledger` holds all of it (`verification`).

Who edited a row in the admin is in Django's own `LogEntry`.
"""

import secrets
import time
from collections.abc import Callable
from threading import Lock
from typing import Any

from django.db.models import Model
from django.utils import timezone

from scarclinic.staff.ledger import sealing
from scarclinic.staff.models import Action, Event, User

__all__ = ["Action", "case_finders", "record", "record_list"]

case_finders: list[Callable[[str], int | None]] = []
"""What finds a case by words, such as its reference: apps that have cases add theirs."""

_lock = Lock()
_newest = 0


def new_number() -> int:
    """Return a number for a row: Unix time in microseconds, and 11 random bits.

    The database cannot give it: the MAC holds it, and no row is ever updated. In one
    process each is higher than the one before.
    """
    global _newest
    with _lock:
        number = (time.time_ns() // 1000 << 11) + secrets.randbelow(1 << 11)
        _newest = max(number, _newest + 1)
        return _newest


def record(action: Action, subject: Model | None, by: User | None = None) -> Event:
    """Add an `Event` in the caller's transaction; `by` is None for a patient or the system.

    One query. A subject that belongs to a patient has a `case_number`: the number of the
    intake, by which all events of one patient are found.
    """
    return _add(
        by=by,
        action=action,
        subject_model=subject._meta.label_lower if subject else "",
        subject_id=subject.pk if subject else None,
        case_id=getattr(subject, "case_number", None),
    )


def record_list(model: type[Model], rows: int, by: User) -> Event:
    """Add an `Event` of a list of patients that was read: which, how many rows. One query."""
    label = model._meta.label_lower
    return _add(by=by, action=Action.LIST_READ, subject_model=label, row_count=rows)


def _add(**columns: Any) -> Event:
    event = Event(pk=new_number(), at=timezone.now(), **columns)
    event.mac = sealing.seal(Event, *event.sealed)
    event.save(force_insert=True)
    return event
