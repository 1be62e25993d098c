"""The ledger, an append-only audit log: one `Event` a thing read or done.

Verbs and the admin's views write it with `record`; nothing changes or deletes a row. Who
edited a row in the admin is in Django's own `LogEntry`.
"""

from django.db.models import Model

from scarclinic.staff.models import Action, Event, User

__all__ = ["Action", "record"]


def record(action: Action, subject: Model | None, by: User | None = None) -> Event:
    """Add an `Event` in the caller's transaction; `by` is None for a patient or the system."""
    return Event.objects.create(
        action=action,
        subject_model=subject._meta.label_lower if subject else "",
        subject_id=subject.pk if subject else None,
        by=by,
    )
