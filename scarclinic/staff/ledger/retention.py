"""Remove events that are older than `LEDGER_DAYS`, behind a checkpoint that is sealed."""

from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from scarclinic.staff import ledger
from scarclinic.staff.ledger import chain, sealing, verification
from scarclinic.staff.models import Action, ChainHead, ChainLink, Checkpoint, Event

AT_ONCE = 5000


class NotWhole(Exception):
    """What is not whole stays: it is evidence."""


def shorten(now: datetime) -> int:
    """Remove what is too old, some in a transaction; return how many events.

    Only from the beginning of the chain, and only if the ledger is whole, else raises
    `NotWhole`. An event tells of it.
    """
    count = 0
    while through := _through(now):
        if not count and any(verification.faults(timezone.now())):
            raise NotWhole
        count += _remove(through, now)
    return count


def _through(now: datetime) -> ChainLink | None:
    """Return the last link to remove, None if there is none."""
    cutoff = now - timedelta(days=settings.LEDGER_DAYS)
    links = ChainLink.objects.order_by("sequence")
    kept = links.filter(event__at__gte=cutoff).first()
    if kept:
        links = links.filter(sequence__lt=kept.sequence)
    return next(reversed(links[:AT_ONCE]), None)


@transaction.atomic
def _remove(through: ChainLink, now: datetime) -> int:
    # Nobody writes the chain meanwhile.
    ChainHead.objects.select_for_update().get(pk=ChainHead.ONLY)
    point = Checkpoint(sequence=through.sequence, hash=through.hash, at=now)
    if point.sequence <= chain.start()[0]:
        # Another run was quicker.
        return 0
    point.mac = sealing.seal(Checkpoint, *point.sealed)
    point.save(force_insert=True)
    old = ChainLink.objects.filter(sequence__lte=point.sequence)
    numbers = old.values("event_id")
    count = Event.objects.filter(pk__in=numbers)._raw_delete(old.db)
    old._raw_delete(old.db)
    ledger.record(Action.LEDGER_SHORTENED, None)
    return count
