"""Compare an open plan with the live protocol; deal its cards anew where they differ."""

from typing import Any

from django.db import transaction

from consultations.locking import NotAllowed, locked_intake, locked_plan
from consultations.models import Card, Plan
from consultations.review.workflow.assessing import (
    CARD_FIELDS,
    card_fields,
    dealt_by,
    of_round,
)
from consultations.review.workflow.redealing import reassess
from methods.protocol import RULES_VERSION
from methods.publishing import live, protocol_versions
from scarclinic.staff import ledger
from scarclinic.staff.models import User


def live_number() -> int:
    """Return the number of the live protocol, 0 before the first. One query."""
    version = protocol_versions.current()
    return version.number if version else 0


def _is_of_today(plan: Plan) -> bool:
    """Return whether its cards stand as those of the live protocol and rules. One query."""
    return plan.rules_version == RULES_VERSION and plan.protocol_number == live_number()


def is_current(plan: Plan) -> bool:
    """Return whether the live protocol would deal a plan's cards as they stand.

    One query while the protocol's number and the rules are those of its cards.
    """
    if _is_of_today(plan):
        return True
    kept = of_round(plan.intake, plan.round)
    answers = dealt_by(live.protocol(), kept)
    return answers is not None and all(
        each.red_flags == [flag.code for flag in answer.red_flags]
        and {card.revision.content["slug"]: _said(card) for card in each.cards.all()}
        == {card.method: card_fields(card) for card in answer.cards}
        for each, answer in zip(kept, answers, strict=True)
    )


def _said(card: Card) -> dict[str, Any]:
    return {name: getattr(card, name) for name in CARD_FIELDS}


@transaction.atomic
def renew(plan: Plan, *, by: User) -> Plan:
    """Deal an open plan's cards anew if the live protocol would deal others.

    Returns the fresh plan; a plan that is signed, withdrawn or current stays as it is.
    """
    if plan.is_signed or _is_of_today(plan):
        return plan
    try:
        intake = locked_intake(plan.intake)
        plan = locked_plan(plan)
    except NotAllowed:
        # It was signed or erased a moment ago: whoever asked will see it.
        return plan
    if intake.is_withdrawn:
        return plan
    if is_current(plan):
        # The rules that dealt its cards stay noted with them, for `replay`.
        plan.protocol_number, plan.rules_version = live_number(), RULES_VERSION
        plan.save(update_fields=["protocol_number", "rules_version"])
        return plan
    reassess(intake, by=by)
    ledger.record(ledger.Action.CARDS_REDEALT, plan, by=by)
    return Plan.objects.get(pk=plan.pk)
