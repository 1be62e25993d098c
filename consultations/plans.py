"""A signed plan as the patient reads it."""

from dataclasses import dataclass
from datetime import date

from consultations.models import Choice, Plan
from methods.vocabulary import CriterionKind

# What a patient is told of a card depends on what was decided: reasons for what is
# planned, reasons to wait for what is not now, reasons against what is not in the plan.
_TOLD = {
    Choice.INCLUDE: {CriterionKind.INDICATION, CriterionKind.PRECAUTION},
    Choice.CHANGED: {CriterionKind.INDICATION, CriterionKind.PRECAUTION},
    Choice.NOT_NOW: {CriterionKind.DEFERRAL},
    Choice.NOT_INCLUDED: {
        CriterionKind.CONTRAINDICATION,
        CriterionKind.DEFERRAL,
        CriterionKind.NOT_RECOMMENDED,
    },
}


@dataclass(frozen=True)
class Item:
    """One treatment of a plan, in the words published then; `url` is "" if gone since."""

    title: str
    url: str
    summary: str
    reasons: list
    until: str = ""
    until_date: date | None = None


@dataclass(frozen=True)
class ScarPlan:
    """What was decided for one scar."""

    title: str
    included: list
    not_now: list
    asked_but_not: list


@dataclass(frozen=True)
class SignedPlan:
    """All that a patient sees of a signed plan."""

    plan: Plan
    scars: list
    red_flags: list


def _item(decision):
    card, choice = decision.card, decision.choice
    content, method = card.revision.content, card.revision.subject
    reasons = [
        reason["for_patient"]
        for reason in card.reasons
        if reason["kind"] in _TOLD[choice]
    ]
    waits = choice == Choice.NOT_NOW
    return Item(
        title=content["title"],
        url=method.get_absolute_url() if method.live_revision_id else "",
        summary=content["summary"],
        reasons=list(dict.fromkeys(reasons)),
        until=card.until if waits else "",
        until_date=card.until_date if waits else None,
    )


def for_patient(plan):
    """Return a signed plan as its patient reads it; raises ValueError if unsigned."""
    if not plan.is_signed:
        raise ValueError("An unsigned plan is never shown.")
    plan = Plan.objects.for_desk().get(pk=plan.pk)
    scars = []
    for assessment, decisions in plan.by_assessment():
        decided = {choice: [] for choice in Choice.values}
        for decision in decisions:
            choice, content = decision.choice, decision.card.revision.content
            is_wanted = content["slug"] in plan.intake.wants
            if choice and (choice != Choice.NOT_INCLUDED or is_wanted):
                decided[choice].append(_item(decision))
        scars.append(
            ScarPlan(
                title=str(assessment.scar),
                included=decided[Choice.INCLUDE] + decided[Choice.CHANGED],
                not_now=decided[Choice.NOT_NOW],
                asked_but_not=decided[Choice.NOT_INCLUDED],
            )
        )
    return SignedPlan(plan=plan, scars=scars, red_flags=plan.flags())
