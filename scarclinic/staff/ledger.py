"""The ledger: an `Event` for what is read and done, written by verbs and only added to."""

from django.db.models import Model

from scarclinic.staff.models import Action, Event, User

__all__ = ["Action", "record"]


def record(action: Action, subject: Model | None, by: User | None = None) -> Event:
    """Add one row, in the caller's transaction. `by` None is a patient or the system."""
    return Event.objects.create(
        action=action,
        subject_model=subject._meta.label_lower if subject else "",
        subject_id=subject.pk if subject else None,
        by=by,
    )
