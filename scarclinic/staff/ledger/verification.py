"""Verify the ledger: every MAC, every link of the chain, its beginning and its end."""

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from typing import TypeGuard

from django.core.exceptions import ValidationError
from django.db import DatabaseError, connection
from django.utils.translation import gettext as _

from scarclinic.staff.ledger import chain, sealing, triggers
from scarclinic.staff.models import ChainHead, ChainLink, Checkpoint, Event, User

AT_ONCE = 1000
UNREADABLE = (ValueError, TypeError, ValidationError, DatabaseError)
"""What a column raises that holds something else than it can hold."""
WITHIN = timedelta(minutes=1)
"""By then an event is chained, and the writer has looked again."""


def faults(now: datetime, noted: tuple[int, str] | None = None) -> Iterator[str]:
    """Yield what is wrong with the ledger, a sentence each; nothing if it is whole.

    `noted` is the end of the chain as somebody wrote it down outside the database:
    sequence and hash. It is not whole any more if that link is gone or another.
    """
    for name in triggers.missing(connection):
        yield _("The trigger %(name)s is missing: rows could be changed.") % {
            "name": name
        }
    links, before = _Links(), _head()
    for what, part in [
        (_("checkpoints"), _faults_of_checkpoints()),
        (_("links of the chain"), links.faults()),
        (_("events that are not chained"), _faults_of_unchained(now)),
        (_("end of the chain"), _faults_of_the_end(now, before, links)),
        (_("link that was written down"), _faults_of_note(noted)),
    ]:
        try:
            yield from part
        except UNREADABLE:
            yield _("A row cannot be read: %(what)s.") % {"what": what}
    if not Event.objects.exists() and User.objects.filter(last_login__isnull=False):
        yield _("The ledger is empty, although people have logged in.")


def _head() -> ChainHead | None:
    try:
        return ChainHead.objects.filter(pk=ChainHead.ONLY).first()
    except UNREADABLE:
        # It is read once more after the links, and told then.
        return None


def end_in_words() -> str:
    """Return the end of the chain, to be written down outside the database."""
    return "{}:{}".format(*chain.end())


# Rows


def _rows(numbers: Iterable[int]) -> dict[int, Event | None]:
    """Return {number: event}, None for one that cannot be read."""
    numbers = list(numbers)
    try:
        return dict(Event.objects.in_bulk(numbers))
    except UNREADABLE:
        # One of them holds what its column cannot: look which.
        return {number: row for number in numbers for row in _row(number)}


def _row(number: int) -> list[Event | None]:
    try:
        return list(Event.objects.filter(pk=number))
    except UNREADABLE:
        return [None]


def _is_genuine(event: Event | None) -> TypeGuard[Event]:
    return event is not None and sealing.is_genuine(event.mac, Event, *event.sealed)


def _where(event: Event | None) -> str:
    if event is None:
        return _("nothing in it can be read")
    return _("it says: %(at)s, %(action)s, by %(by)s, of %(subject)s") % {
        "at": event.at,
        "action": event.action,
        "by": event.by_id or "-",
        "subject": event.subject or "-",
    }


# The chain


class _Links:
    """Walk the chain from its beginning, with where it has come to."""

    def __init__(self) -> None:
        self.sequence, self.hash = 0, ""

    def faults(self) -> Iterator[str]:
        self.sequence, self.hash = chain.start()
        while links := self._next():
            events = _rows(link.event_id for link in links)
            for link in links:
                yield from self._faults_of(link, events)
                self.sequence, self.hash = link.sequence, link.hash

    def _next(self) -> list[ChainLink]:
        links = ChainLink.objects.filter(sequence__gt=self.sequence)
        return list(links.order_by("sequence")[:AT_ONCE])

    def _faults_of(
        self, link: ChainLink, events: dict[int, Event | None]
    ) -> Iterator[str]:
        names = {"link": link.sequence, "number": link.event_id, "at": link.at}
        is_next = link.sequence == self.sequence + 1
        if not is_next:
            yield _("Links %(first)d to %(last)d of the chain were deleted.") % {
                "first": self.sequence + 1,
                "last": link.sequence - 1,
            }
        if link.event_id not in events:
            yield (
                _(
                    "Event %(number)s was deleted, or its link %(link)s changed: it was "
                    "chained on %(at)s."
                )
                % names
            )
            return
        event = events[link.event_id]
        if not _is_genuine(event):
            yield (
                _("Event %(number)s was changed (link %(link)s)") % names
                + f"; {_where(event)}."
            )
            return
        whole = (*link.sealed, event.mac, self.hash)
        if is_next and not sealing.is_genuine(link.hash, ChainLink, *whole):
            yield (
                _("Link %(link)s of the chain, of event %(number)s, was changed.")
                % names
            )


def _faults_of_checkpoints() -> Iterator[str]:
    for point in Checkpoint.objects.order_by("sequence"):
        if not sealing.is_genuine(point.mac, Checkpoint, *point.sealed):
            yield _("Checkpoint %(sequence)s was put in or changed.") % {
                "sequence": point.sequence
            }
    if ChainLink.objects.filter(sequence__lte=chain.start()[0]).exists():
        yield _("Links that a checkpoint covers are still there.")


def _faults_of_unchained(now: datetime) -> Iterator[str]:
    """Yield what is wrong with events that no link binds: late, changed or put in."""
    waiting, last = 0, None
    events = Event.objects.filter(link__isnull=True).order_by("pk")
    while numbers := list(
        (events.filter(pk__gt=last) if last is not None else events).values_list(
            "pk", flat=True
        )[:AT_ONCE]
    ):
        last = numbers[-1]
        for number, event in _rows(numbers).items():
            if not _is_genuine(event):
                yield (
                    _("Event %(number)s was put in or changed") % {"number": number}
                    + f"; {_where(event)}."
                )
            elif event.at < now - WITHIN:
                waiting += 1
    if waiting:
        yield (
            _(
                "Events older than a minute that are not chained: %(count)d. Either no "
                "worker runs (manage.py db_worker), or links were deleted."
            )
            % {"count": waiting}
        )


def _faults_of_the_end(
    now: datetime, before: ChainHead | None, links: _Links
) -> Iterator[str]:
    """Yield what is wrong with the head, as it was before all links were read, and is."""
    head = ChainHead.objects.filter(pk=ChainHead.ONLY).first()
    if head is None:
        if links.sequence:
            yield _("The row that says where the chain ends was deleted.")
        return
    if not sealing.is_genuine(head.mac, ChainHead, *head.sealed):
        yield _("The row that says where the chain ends was changed.")
        return
    # The writer may go on meanwhile, but never back.
    had = before or head
    if not _has_link(had.sequence, had.hash) or head.sequence < links.sequence:
        yield (
            _(
                "The end was cut off or changed: the chain had %(had)d links on %(at)s, "
                "and ends at %(has)d."
            )
            % {"had": had.sequence, "at": had.at, "has": links.sequence}
        )
    if head.at < now - WITHIN:
        yield (
            _(
                "Nothing was chained since %(at)s, the last of it link %(sequence)d. "
                "Either no worker runs (manage.py db_worker), or the end was cut off."
            )
            % {"at": head.at, "sequence": head.sequence}
        )


def _has_link(sequence: int, hash_known: str) -> bool:
    """Return whether a link is as it was known to be, or was removed in time."""
    first = chain.start()
    if sequence <= first[0]:
        return sequence < first[0] or hash_known == first[1]
    return ChainLink.objects.filter(sequence=sequence, hash=hash_known).exists()


def _faults_of_note(noted: tuple[int, str] | None) -> Iterator[str]:
    if noted is not None and not _has_link(*noted):
        yield (
            _("Link %(sequence)d is not the one that was written down.")
            % {"sequence": noted[0]}
        )
