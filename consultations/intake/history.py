"""The intakes of one person: matched by name and contact, linked or parted by hand."""

from collections.abc import Collection, Iterable, Sequence
from typing import Any

from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet, Subquery
from django.utils.translation import gettext as _

from consultations.intake import people_search
from consultations.locking import NotAllowed, locked_intake
from consultations.models import Intake, Plan, SamePerson
from scarclinic.staff import ledger
from scarclinic.staff.models import User
from scarclinic.staff.text.folding import words

Pair = frozenset[int]


def history_of(intake: Intake) -> list[Intake]:
    """Return what else the same person has sent, as far as is known, the newest first.

    Each has `latest_plan`, a primary key. What staff have said of two intakes stands above
    what matches: who was parted by hand stays apart, and a link by hand joins two
    histories. One query where nobody has said anything, else four at the most. Never
    shown to a patient.
    """
    found: dict[int, Any] = {each.pk: each for each in _near([intake], ())}
    if any(each.is_stated for each in found.values()):
        found = _by_hand(intake, found)
    return sorted(
        found.values(), key=lambda each: (each.submitted_at, each.pk), reverse=True
    )


def _near(intakes: Sequence[Intake], known: Collection[int]) -> QuerySet[Any]:
    """Return what matches one of some intakes or is linked with it by hand."""
    pks = [each.pk for each in intakes]
    ones, others = (
        SamePerson.objects.order_by().filter(**{f"{side}__in": pks})
        for side in ("other", "one")
    )
    # A union and not a choice of three: of that PostgreSQL would read the whole table.
    near = people_search.of_same_person(intakes).union(
        ones.filter(is_same=True).values("one"),
        others.filter(is_same=True).values("other"),
    )
    latest = Plan.objects.filter(intake=OuterRef("pk")).order_by("-version")
    return (
        Intake.objects.sent()
        .filter(pk__in=near)
        .exclude(pk__in=[*pks, *known])
        .annotate(
            latest_plan=Subquery(latest.values("pk")[:1]),
            is_stated=Exists(SamePerson.objects.filter(one=OuterRef("pk")))
            | Exists(SamePerson.objects.filter(other=OuterRef("pk"))),
        )
    )


def _said_of(pks: Collection[int]) -> dict[Pair, bool]:
    said = SamePerson.objects.touching(pks).values_list("one", "other", "is_same")
    return {frozenset((one, other)): is_same for one, other, is_same in said}


def _by_hand(intake: Intake, found: dict[int, Any]) -> dict[int, Any]:
    """Return what matches, by what staff have said of it, and what they have linked.

    One step from what is linked is enough, to what was sent since: `link` links all of two
    histories.
    """
    said = _said_of([intake.pk, *found])
    history = _unparted(intake, [intake.pk], found, said)
    linked = {pk for pair, is_same in said.items() if is_same for pk in pair}
    further = [history[pk] for pk in history.keys() & linked]
    seen = {intake.pk, *found}
    more = {each.pk: each for each in _near(further, seen)} if further else {}
    if any(each.is_stated for each in more.values()):
        said |= _said_of(more)
    return history | _unparted(intake, [intake.pk, *history], more, said)


def _unparted(
    intake: Intake,
    theirs: Sequence[int],
    found: dict[int, Intake],
    said: dict[Pair, bool],
) -> dict[int, Intake]:
    """Return those of `found` that nobody has parted from what surely is the person's.

    Surest is what was linked by hand, then the same name and birthday; two that a shared
    telephone alone brings here, and that are of two persons, both stay: nobody knows.
    """
    sure, kept = list(theirs), dict[int, Intake]()
    ranked: list[list[int]] = [[], [], []]
    for pk, each in found.items():
        is_linked = any(said.get(frozenset((pk, known))) for known in theirs)
        rank = 0 if is_linked else 1 if _has_same_name(intake, each) else 2
        ranked[rank].append(pk)
    for pks in ranked:
        unparted = [
            pk
            for pk in pks
            if all(said.get(frozenset((pk, known))) is not False for known in sure)
        ]
        kept |= {pk: found[pk] for pk in unparted}
        sure += unparted
    return kept


def _has_same_name(one: Intake, other: Intake) -> bool:
    return (
        one.date_of_birth is not None
        and one.date_of_birth == other.date_of_birth
        and sorted(words(one.name)) == sorted(words(other.name))
    )


# By hand


def _locked(intakes: Iterable[Intake]) -> list[Intake]:
    """Return intakes under lock, in one order for everybody."""
    return [locked_intake(each) for each in sorted(intakes, key=lambda each: each.pk)]


def _say(one: Intake, other: Intake, *, is_same: bool, reason: str, by: User) -> None:
    lower, higher = sorted((one, other), key=lambda each: each.pk)
    row = SamePerson.objects.filter(one=lower, other=higher).first()
    row = row or SamePerson(one=lower, other=higher)
    row.is_same, row.reason, row.said_by = is_same, reason, by
    row.save()


@transaction.atomic
def link(intake: Intake, other: Intake, reason: str, *, by: User) -> None:
    """Join the histories of two intakes, for a reason; what parted them before is over.

    Raises `NotAllowed` if they are one history already, one is a draft, or without words.
    """
    if intake.pk == other.pk:
        raise NotAllowed(_("This is the same intake."))
    if not reason.strip():
        raise NotAllowed(_("Write how you know that it is the same person."))
    _locked([intake, other])
    if intake.is_draft or other.is_draft:
        raise NotAllowed(_("Nobody has sent this yet."))
    ours = [intake, *history_of(intake)]
    if other in ours:
        raise NotAllowed(_("They are one history already."))
    theirs = [other, *history_of(other)]
    for own in ours:
        for their in theirs:
            _say(own, their, is_same=True, reason=reason, by=by)
    for each in (intake, other):
        ledger.record(ledger.Action.HISTORY_LINKED, each, by=by)


@transaction.atomic
def part(intake: Intake, others: Collection[Intake], reason: str, *, by: User) -> None:
    """Take intakes of somebody else out of a history, for a reason; it is remembered.

    Also of what is left in the history: all of that is of one person. Raises `NotAllowed`
    if one is no part of it, without any, or without words.
    """
    if not others:
        raise NotAllowed(_("Tick what somebody else has sent."))
    if not reason.strip():
        raise NotAllowed(_("Write how you know that it is somebody else."))
    _locked([intake, *others])
    history = history_of(intake)
    if any(each not in history for each in others):
        raise NotAllowed(_("This is no part of the history any more."))
    theirs = [intake, *(each for each in history if each not in others)]
    for each in others:
        for own in theirs:
            _say(own, each, is_same=False, reason=reason, by=by)
        ledger.record(ledger.Action.HISTORY_PARTED, each, by=by)
    ledger.record(ledger.Action.HISTORY_PARTED, intake, by=by)
