"""Deal an intake's cards anew, and say what changed them, one cause at a time."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from django.db import transaction
from django.db.models import prefetch_related_objects
from django.utils import timezone
from django.utils.translation import gettext as _

from consultations.intake import steps
from consultations.locking import NotAllowed, locked_intake
from consultations.models import (
    Assessment,
    Card,
    Cause,
    Decision,
    Intake,
    Plan,
    Redeal,
)
from consultations.models.decisions import DecisionQuerySet
from consultations.review.examined import seen_of
from consultations.review.workflow.assessing import (
    Dealt,
    Protocols,
    deal,
    facts_by_scar,
    keep,
    of_round,
)
from consultations.review.workflow.deciding import FIELDS, withdraw_signature
from consultations.review.workflow.hurrying import hurry_if_flagged
from methods.protocol import RULES_VERSION
from methods.protocol.entries import Content
from methods.protocol.facts import WrongFacts
from methods.publishing import live
from scarclinic.staff.models import User

Key = tuple[int, int]
"""Primary keys of a scar and a method: they identify a card across rounds."""
Change = dict[str, Any]
Verdicts = dict[tuple[int, str], tuple[str, str]]
"""{(scar's number, slug): (title, verdict)}, in the order of the desk."""


@transaction.atomic
def reassess(intake: Intake, *, by: User | None = None) -> list[Redeal]:
    """Recompute the cards of the open plan; return a `Redeal` for each cause at work.

    A `Redeal.changed` has dicts of two shapes. {"scar": number, "method": slug, "title",
    "before", "after"} is a verdict that is another, "" where there was no card, or is
    none; {"flag": code, "is_new": bool} a red flag that is raised or cleared. A decision
    stays where its card says the same; else the card is open, and what was decided stays
    with the card of before. A signature that waits for a doctor's is taken back. A red
    flag for a kind word, whatever raised it, is promised an answer within a working day.
    Raises `NotAllowed` without an open plan.
    """
    intake = locked_intake(intake)
    plan = Plan.objects.select_for_update().filter(intake=intake).unsigned().first()
    if plan is None:
        raise NotAllowed(_("There is no open plan of this intake."))
    before = list(_current(plan))
    kept = of_round(intake, plan.round)
    route, today = steps.Route(intake), timezone.localdate()
    result = deal(
        facts_by_scar(route, today),
        seen_of(intake, route.scars),
        live.protocol(),
    )
    latest = intake.assessments.latest("round").round
    plan.round = latest + 1
    cards, plan.is_flagged = keep(intake, route, plan.round, today, result)
    plan.protocol_number = result.protocol.number
    plan.rules_version = RULES_VERSION
    plan.edits += 1
    withdraw_signature(plan)
    plan.save()
    decided = {_key_of(each.card): each for each in before}
    # One query for all of them.
    prefetch_related_objects(cards, "revision")
    Decision.objects.bulk_create(
        _carried(plan, card, decided.get(_key_of(card))) for card in cards
    )
    redeals = Redeal.objects.bulk_create(
        Redeal(
            intake=intake,
            round=plan.round,
            order=order,
            cause=cause,
            protocol_number=result.protocol.number,
            changed=changed,
            by=by,
        )
        for order, (cause, changed) in enumerate(_by_cause(kept, route, result))
        if changed
    )
    hurry_if_flagged(intake, redeals)
    return redeals


def _current(plan: Plan) -> DecisionQuerySet:
    return plan.decisions.current().select_related(
        "card__revision", "card__assessment__scar"
    )


# One cause at a time, the others held as they were


def _by_cause(
    kept: Sequence[Assessment], route: steps.Route, result: Dealt
) -> Iterator[tuple[Cause, list[Change]]]:
    """Yield each cause with what it alone changed: answers, examination, time, protocol."""
    stored, flags = _stored(kept), {code for each in kept for code in each.red_flags}
    numbers = [scar.number for scar in route.scars]
    now = _verdicts(result, numbers)
    if [each.scar.number for each in kept] != numbers or not kept[0].cards.all():
        # Nothing was live then: there is no protocol of before to hold.
        yield Cause.PROTOCOL, _changes(stored, now, flags, result.red_flags)
        return
    old, day = Protocols().of(kept[0]), kept[0].assessed_on
    then, today = (facts_by_scar(route, each) for each in (day, timezone.localdate()))
    try:
        again, answered, examined, later = (
            deal(facts, seen, old)
            for facts, seen in (
                ([each.facts for each in kept], [{} for _each in kept]),
                (then, [each.seen for each in kept]),
                (then, result.seen),
                (today, result.seen),
            )
        )
    except WrongFacts:
        # The rules of today cannot read what was kept long ago.
        yield Cause.PROTOCOL, _changes(stored, now, flags, result.red_flags)
        return
    for cause, before, after in (
        (Cause.ANSWER, again, answered),
        (Cause.EXAMINATION, answered, examined),
        (Cause.TIME, examined, later),
    ):
        yield (
            cause,
            _changes(
                _verdicts(before, numbers),
                _verdicts(after, numbers),
                before.red_flags,
                after.red_flags,
            ),
        )
    # Our own rules are a part of the protocol: what they changed comes with it.
    by_rules = _changes(stored, _verdicts(again, numbers), flags, again.red_flags)
    by_content = _changes(
        _verdicts(later, numbers), now, later.red_flags, result.red_flags
    )
    yield Cause.PROTOCOL, by_rules + by_content


def _stored(kept: Sequence[Assessment]) -> Verdicts:
    return {
        (each.scar.number, card.revision.content["slug"]): (card.title, card.verdict)
        for each in kept
        for card in each.cards.all()
    }


def _verdicts(result: Dealt, numbers: Sequence[int]) -> Verdicts:
    return {
        (number, card.method): (card.title, card.verdict)
        for number, answer in zip(numbers, result.answers, strict=True)
        for card in answer.cards
    }


def _changes(
    was: Verdicts, now: Verdicts, flags: Iterable[str], flags_now: Iterable[str]
) -> list[Change]:
    flags, flags_now = set(flags), set(flags_now)
    changes: list[Change] = [
        {"flag": code, "is_new": code in flags_now}
        for code in sorted(flags ^ flags_now)
    ]
    for key in dict.fromkeys([*now, *was]):
        title = (now.get(key) or was[key])[0]
        before, after = (each[key][1] if key in each else "" for each in (was, now))
        if before != after:
            changes.append(
                {
                    "scar": key[0],
                    "method": key[1],
                    "title": title,
                    "before": before,
                    "after": after,
                }
            )
    return changes


# What was decided


def _key_of(card: Card) -> Key:
    """Return the key of a card's scar and method, the same in every round."""
    return card.assessment.scar_id, card.revision.subject_id


def _basis_of(card: Card) -> tuple[object, ...]:
    """Return what a decision rests on: what the card says, the text patients read, and
    the drug that each of its doses is of."""
    content: Content = card.revision.content
    words = [content[name] for name in ("title", "summary", "measures", "price")]
    drugs = [(each["substance"], each["unit"]) for each in content["ceilings"]]
    said = (card.verdict, card.line, card.until, card.reasons, card.ask)
    return *said, card.level, card.together, card.after, words, drugs


def _carried(plan: Plan, card: Card, before: Decision | None) -> Decision:
    """Return the new card's decision: a copy of the earlier one if its basis is unchanged."""
    if before is None or not before.choice:
        return Decision(plan=plan, card=card)
    if _basis_of(before.card) != _basis_of(card):
        return Decision(plan=plan, card=card)
    return copied(before, plan=plan, card=card)


def copied(decision: Decision, **onto: Any) -> Decision:
    """Return a new `Decision` that says the same, of the same clinician and time."""
    names = [*FIELDS, "decided_by", "decided_at"]
    return Decision(**{name: getattr(decision, name) for name in names}, **onto)
