"""Find signed plans that the protocol of today would refuse, so that somebody calls."""

from collections.abc import Iterator, Sequence
from contextlib import suppress
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from consultations.locking import NotAllowed, locked_intake
from consultations.models import Assessment, IntakeStatus, Photo, Plan
from consultations.review.call_list import day_of_call
from consultations.review.workflow.assessing import dealt_by, of_round
from methods.protocol.cards import Answer
from methods.protocol.entries import Protocol
from methods.protocol.vocabulary import OPTIONS
from methods.publishing import live
from scarclinic.staff import ledger
from scarclinic.staff.background import background_task
from scarclinic.staff.models import User

UNREADABLE = {"unreadable": True}
"""In `Plan.call_for`: the rules of today cannot read the answers, and refuse nothing."""


def compare_all() -> int:
    """List every latest signed plan that would be refused now; return how many wait.

    Of what a plan includes and was an option then, the live protocol makes none, or it
    cannot read the answers any more. What has been called about already is listed again
    only for something else.
    """
    protocol = live.protocol()
    newest = Plan.objects.signed().filter(intake__status=IntakeStatus.SUBMITTED)
    newest = newest.select_related("intake").order_by("pk")
    for plan in newest.iterator(chunk_size=100):
        # Whoever was erased since the list was read is called no more.
        with suppress(NotAllowed):
            _compare(plan, protocol)
    return Plan.objects.to_call().count()


@transaction.atomic
def _compare(plan: Plan, protocol: Protocol) -> None:
    intake = locked_intake(plan.intake)
    plan = Plan.objects.select_for_update().get(pk=plan.pk)
    later = intake.plans.signed().filter(version__gt=plan.version)
    is_over = intake.is_withdrawn or later.exists()
    refused = [] if is_over else _refused(plan, protocol)
    if refused == plan.call_for:
        return
    if any(each not in plan.call_for for each in refused):
        plan.is_to_call = True
        plan.call_by = plan.call_by or day_of_call()
    elif not (refused or plan.is_called_about_more):
        plan.is_to_call, plan.call_by = False, None
    plan.call_for = refused
    plan.save(update_fields=["is_to_call", "call_by", "call_for"])


def _refused(plan: Plan, protocol: Protocol) -> list[dict[str, Any]]:
    """Return the included treatments that are no option any more, as `reassess` does.

    Whatever was refused before still is, where the answers cannot be read any more.
    """
    kept = of_round(plan.intake, plan.round)
    included = {
        decision.card_id
        for decision in plan.decisions.current()
        if decision.is_included
    }
    if not kept or not included:
        return []
    answers = dealt_by(protocol, kept)
    if answers is None:
        return [each for each in plan.call_for if each != UNREADABLE] + [UNREADABLE]
    return list(_no_options(kept, answers, included))


def _no_options(
    kept: Sequence[Assessment], answers: Sequence[Answer], included: set[int]
) -> Iterator[dict[str, Any]]:
    for each, answer in zip(kept, answers, strict=True):
        now = {card.method: card.verdict for card in answer.cards}
        for card in each.cards.all():
            slug = card.revision.content["slug"]
            if card.pk not in included or not card.is_option:
                continue
            if now.get(slug) not in OPTIONS:
                yield {
                    "scar": each.scar.number,
                    "method": slug,
                    "title": card.title,
                    "before": card.verdict,
                    "after": now.get(slug, ""),
                }


@transaction.atomic
def called(plan: Plan, *, by: User) -> Plan:
    """Note that somebody has called the patient of a plan; raises `NotAllowed` if none is due."""
    locked_intake(plan.intake)
    plan = Plan.objects.select_for_update().get(pk=plan.pk)
    if not plan.is_to_call:
        raise NotAllowed(_("Somebody has called already."))
    if plan.is_signed and plan.has_photos:
        Photo.objects.filter(scar__intake=plan.intake_id).update(is_seen=True)
        plan.has_photos = False
    plan.is_to_call, plan.call_by, plan.is_unreached = False, None, False
    plan.save(update_fields=["is_to_call", "call_by", "has_photos", "is_unreached"])
    ledger.record(ledger.Action.PLAN_RECALLED, plan, by=by)
    return plan


@background_task
def compare_signed_plans() -> None:
    """Run `compare_all` in the background, after a publication."""
    compare_all()


def begin() -> None:
    """Enqueue `compare_signed_plans` if there is a signed plan; see
    `protocol_versions.when_renewed`."""
    if Plan.objects.signed().exists():
        compare_signed_plans.enqueue()
