"""The chain over the ledger: one writer binds each event to all that were before it.

Requests only insert events and wait for nobody. The worker (`manage.py db_worker`) chains
what is new every few seconds; several may run, a lock lets one at a time.
"""

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import QuerySet

from scarclinic.staff.ledger import sealing
from scarclinic.staff.models import ChainHead, ChainLink, Checkpoint, Event

AT_ONCE = 500
EVERY = 15
"""Seconds between two looks for what is new: well within the minute that is promised."""
OVERLAP = int(timedelta(days=1).total_seconds()) * 1_000_000 << 11
"""How far back to look for what committed late, as a difference of numbers of events."""


class ChainBroken(Exception):
    """The end of the chain is not as it was written. `clinic verify-ledger` says more."""


class Writer:
    """A writer of the chain. It remembers how far it was, and so notices a cut."""

    def __init__(self) -> None:
        self.sequence = 0
        self.hash = ""
        self.is_first = True

    def extend(self, now: datetime) -> int:
        """Chain what is new, some in a transaction; return how many.

        Raises `ChainBroken` instead of going on over a gap.
        """
        count = 0
        while added := self._extend_once(now):
            count += added
            if added < AT_ONCE:
                break
        self.is_first = False
        return count

    @transaction.atomic
    def _extend_once(self, now: datetime) -> int:
        head = _locked_head(now)
        if head is None:
            return 0
        self._check(head)
        links = []
        for event_id, mac in self._unchained(head)[:AT_ONCE]:
            head.sequence += 1
            link = ChainLink(sequence=head.sequence, event_id=event_id, at=now)
            link.hash = sealing.seal(ChainLink, *link.sealed, mac, head.hash)
            head.hash = link.hash
            links.append(link)
        ChainLink.objects.bulk_create(links)
        # Also if there was nothing new: whoever verifies sees that somebody looked.
        head.at = now
        head.mac = sealing.seal(ChainHead, *head.sealed)
        head.save()
        self.sequence, self.hash = head.sequence, head.hash
        return len(links)

    def _check(self, head: ChainHead) -> None:
        """Raise `ChainBroken` unless the chain ends as it was left."""
        is_whole = sealing.is_genuine(head.mac, ChainHead, *head.sealed)
        if not is_whole or end() != (head.sequence, head.hash):
            raise ChainBroken
        if self.sequence and _hash_at(self.sequence) not in (None, self.hash):
            raise ChainBroken

    def _unchained(self, head: ChainHead) -> QuerySet[Event, tuple[int, str]]:
        events = Event.objects.filter(link__isnull=True).order_by("pk")
        newest = ChainLink.objects.order_by("-sequence").first()
        if newest and not self.is_first:
            events = events.filter(pk__gt=newest.event_id - OVERLAP)
        return events.values_list("pk", "mac")


def _locked_head(now: datetime) -> ChainHead | None:
    """Return the head, locked until the transaction ends; None while another holds it."""
    heads = ChainHead.objects.select_for_update(skip_locked=True)
    if head := heads.filter(pk=ChainHead.ONLY).first():
        return head
    if ChainHead.objects.exists():
        return None
    if end() != (0, ""):
        raise ChainBroken
    # Of two who begin at once, one waits here for the other, and then leaves it to them.
    head = ChainHead(pk=ChainHead.ONLY, sequence=0, hash="", at=now)
    head.mac = sealing.seal(ChainHead, *head.sealed)
    _head, is_new = ChainHead.objects.get_or_create(
        pk=head.pk,
        defaults={"sequence": 0, "hash": "", "at": now, "mac": head.mac},
    )
    return heads.filter(pk=head.pk).first() if is_new else None


def _hash_at(sequence: int) -> str | None:
    """Return the hash of a link, None if it was removed in time."""
    if sequence <= start()[0]:
        return None
    link = ChainLink.objects.filter(sequence=sequence).first()
    return link.hash if link else ""


def start() -> tuple[int, str]:
    """Return the sequence and hash after which the links begin."""
    newest = Checkpoint.objects.order_by("-sequence").first()
    return (newest.sequence, newest.hash) if newest else (0, "")


def end() -> tuple[int, str]:
    """Return the sequence and hash of the last link."""
    newest = ChainLink.objects.order_by("-sequence").first()
    return (newest.sequence, newest.hash) if newest else start()
