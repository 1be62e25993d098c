"""Workflow before signing: a first impression, decisions on the cards, words."""

import datetime
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields, replace
from decimal import Decimal

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from consultations.locking import NotAllowed, locked_plan
from consultations.models import INCLUDED, Card, Decision, Photo, Plan
from consultations.review.workflow.claiming import refuse_anothers
from scarclinic.staff import ledger
from scarclinic.staff.models import User


@transaction.atomic
def first_look(plan: Plan, text: str, *, by: User) -> Plan:
    """Save a clinician's first impression, before the cards open. Once for each plan."""
    plan = locked_plan(plan)
    refuse_anothers(plan, by)
    if plan.first_look_at:
        raise NotAllowed(_("The first impression of this plan is written already."))
    if not text.strip():
        raise NotAllowed(_("Write your first impression in a few words."))
    plan.first_look = text
    plan.first_look_at = timezone.now()
    plan.first_look_by = by
    plan.save(update_fields=["first_look", "first_look_at", "first_look_by"])
    ledger.record(ledger.Action.FIRST_LOOK_NOTED, plan, by=by)
    return plan


# What is decided


@dataclass(frozen=True)
class Decided:
    """A clinician's decision on one card. `seconds` is how long it took, if known."""

    choice: str = ""
    reason: str = ""
    override_reason: str = ""
    patient_words: str = ""
    area: str = ""
    device_settings: str = ""
    sessions: int | None = None
    weeks_apart: int | None = None
    before: str = ""
    measure: str = ""
    dose: Decimal | None = None
    second_dose: Decimal | None = None
    position: int | None = None
    not_before: datetime.date | None = None
    seconds: int | None = None


WORDS = ("note", "home_care", "sun_protection", "departure")
OPEN = Decided()
FIELDS = [each.name for each in fields(Decided)]


def decided_of(decision: Decision) -> Decided:
    """Return what a `Decision` holds now."""
    return Decided(**{name: getattr(decision, name) for name in FIELDS})


def _is_changed(decision: Decision, decided: Decided) -> bool:
    """Return whether a decision says something new; that it took longer is nothing new."""
    return replace(decided_of(decision), seconds=None) != replace(decided, seconds=None)


def unchanged(plan: Plan, seen_edits: int) -> Plan:
    """Return the plan if its `edits` are still `seen_edits`, else raise `NotAllowed`."""
    if plan.edits != seen_edits:
        raise NotAllowed(
            _(
                "This plan was changed while you were deciding, by a colleague or by an "
                "answer."
            )
        )
    return plan


@transaction.atomic
def decide(
    plan: Plan,
    decided: Mapping[int, Decided],
    *,
    note: str,
    seen_edits: int,
    by: User,
    home_care: str = "",
    sun_protection: str = "",
    departure: str = "",
    departures_seen: Sequence[str] = (),
    is_desk: bool = True,
) -> Plan:
    """Save the desk: decisions, {card's pk: `Decided`}, and texts for the patient.

    A card that is not named is open again. `departures_seen` are the sentences of
    `plan_rules.departures` that `departure` is the reason for. `seen_edits` is the plan's `edits` as the
    clinician saw it. Without `is_desk` it was not the desk that they saw, and what the
    patient has sent since is still to be read. Raises `NotAllowed` when the plan is signed,
    somebody else has saved it since, or a colleague has claimed it.
    """
    plan = unchanged(locked_plan(plan), seen_edits)
    refuse_anothers(plan, by)
    if plan.intake.is_withdrawn:
        raise NotAllowed(_("The patient has withdrawn this intake."))
    if is_desk and (plan.has_answer or plan.has_correction or plan.has_photos):
        plan.has_answer = plan.has_correction = plan.has_photos = False
        plan.save(update_fields=["has_answer", "has_correction", "has_photos"])
        # Who adds one makes an edit: those that there are stood on this desk.
        Photo.objects.filter(scar__intake=plan.intake_id).update(is_seen=True)
    now = timezone.now()
    changed = []
    for decision in plan.decisions.current():
        said = decided.get(decision.card_id, OPEN)
        if not _is_changed(decision, said):
            continue
        for name, value in asdict(said).items():
            setattr(decision, name, value)
        decision.decided_by = by if said.choice else None
        decision.decided_at = now if said.choice else None
        changed.append(decision)
    words = dict(zip(WORDS, (note, home_care, sun_protection, departure), strict=True))
    seen = list(departures_seen) if departure.strip() else []
    is_said = words == {name: getattr(plan, name) for name in WORDS}
    if not changed and is_said and seen == plan.departures_seen:
        return plan
    Decision.objects.bulk_update(changed, [*FIELDS, "decided_by", "decided_at"])
    for name, text in words.items():
        setattr(plan, name, text)
    plan.departures_seen = seen
    plan.edits += 1
    withdraw_signature(plan)
    plan.save(update_fields=[*WORDS, "departures_seen", "edits", *FIRST_SIGNATURE])
    ledger.record(ledger.Action.PLAN_DECIDED, plan, by=by)
    return plan


FIRST_SIGNATURE = ("first_signed_by", "first_signed_at", "first_signed_name")


def withdraw_signature(plan: Plan) -> None:
    """Take back a signature that waits for a doctor's: what it stood for has changed."""
    plan.first_signed_by, plan.first_signed_at, plan.first_signed_name = None, None, ""


def needs_reason(card: Card, choice: str) -> bool:
    """Return whether this choice goes against the card."""
    return choice in INCLUDED and not card.is_offered
