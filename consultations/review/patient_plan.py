"""A plan as the patient reads it, and what it may cost."""

from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal

from consultations.models import INCLUDED, Choice, Plan
from consultations.review import pathways, plan_facts, recalls
from methods.protocol import entries
from methods.protocol.cards import (
    NEEDS_KIND,
    REFER_KIND,
    SOFT_WAIT_KIND,
    WAIT_KIND,
)
from methods.protocol.coded_findings import RedFlagCode
from methods.protocol.vocabulary import BodySite, CriterionKind
from methods.publishing import editions

# What a patient is told of a card depends on what was decided: reasons for what is
# planned, reasons to wait for what is not now, reasons against what is not in the plan.
_AGAINST = {
    CriterionKind.CONTRAINDICATION,
    CriterionKind.DEFERRAL,
    NEEDS_KIND,
    WAIT_KIND,
}
"""Of what is planned all the same: what speaks against it. A warning is never left out."""
_PLANNED = _AGAINST | {
    CriterionKind.INDICATION,
    CriterionKind.PRECAUTION,
    REFER_KIND,
    SOFT_WAIT_KIND,
}
_SHOWN_KINDS = {
    Choice.INCLUDE: _PLANNED,
    Choice.CHANGED: _PLANNED,
    Choice.NOT_NOW: {CriterionKind.DEFERRAL, WAIT_KIND},
    Choice.NOT_INCLUDED: {
        CriterionKind.CONTRAINDICATION,
        CriterionKind.DEFERRAL,
        CriterionKind.NOT_RECOMMENDED,
    },
}
WITHOUT_SUN_CREAM = {
    BodySite.EYELID,
    BodySite.LIP,
    BodySite.NIPPLE,
    BodySite.GENITAL,
}
OF_AGE = frozenset({RedFlagCode.CHILD, RedFlagCode.MINOR})
"""The red flags that tell a guardian nothing they do not know."""
LAST = 10_000
"""Where a treatment without a place in the order stands."""


@dataclass(frozen=True)
class Item:
    """One treatment of a plan, in the words published then; `url` is "" if gone since."""

    title: str
    url: str
    summary: str
    reasons: list
    scar: str
    against: tuple = ()
    """Those of `reasons` that speak against what is planned all the same."""
    words: str = ""
    """Why it is planned all the same, from the clinician."""
    position: int | None = None
    area: str = ""
    sessions: int | None = None
    weeks_apart: int | None = None
    before: str = ""
    measure: str = ""
    until: str = ""
    until_date: date | None = None
    asked_back_on: date | None = None
    """When the clinic gets back to the patient about it."""
    facts: tuple = ()
    """[(label, words)] of what is planned: sessions, days off, price, who does it."""


@dataclass(frozen=True)
class ScarPlan:
    """The decisions on one scar, as the patient reads them."""

    title: str
    included: list
    not_now: list
    asked_but_not: list


@dataclass(frozen=True)
class Estimate:
    """Estimated cost of the planned sessions, in the clinic's currency.

    `without_price` names the treatments that have none and are not in it.
    """

    low: Decimal
    high: Decimal
    currency: str
    without_price: list


@dataclass(frozen=True)
class PatientPlan:
    """All that a patient sees of a plan."""

    plan: Plan
    scars: list
    in_order: list
    red_flags: list
    estimate: Estimate | None
    is_preview: bool = False
    of_child: bool = False
    """Whether it speaks of a child to a guardian, and not to the patient."""
    without_sun_cream: bool = False
    """A scar is where nobody puts sun cream unasked."""

    @property
    def has_steps(self):
        """Return whether a treatment is planned, so that a visit is to be arranged."""
        return any(item.facts for scar in self.scars for item in scar.included)


def _item(decision, facts=()):
    card, choice = decision.card, decision.choice
    content, method = card.revision.content, card.revision.subject
    reasons = [
        reason["for_patient"]
        for reason in card.reasons
        if reason["kind"] in _SHOWN_KINDS[choice]
    ]
    against = [
        reason["for_patient"]
        for reason in card.reasons
        if choice in INCLUDED and reason["kind"] in _AGAINST
    ]
    waits = choice == Choice.NOT_NOW
    return Item(
        title=content["title"],
        url=method.get_absolute_url() if method.live_revision_id else "",
        summary=content["summary"],
        reasons=list(dict.fromkeys(reasons)),
        against=tuple(dict.fromkeys(against)),
        words=decision.patient_words if choice in INCLUDED else "",
        scar=str(card.assessment),
        position=decision.position,
        area=decision.area,
        sessions=decision.sessions,
        weeks_apart=decision.weeks_apart,
        before="" if waits else decision.before,
        measure=""
        if waits
        else pathways.measured_within(decision.measure, decision.sessions),
        until=card.until if waits else "",
        until_date=(decision.not_before or card.until_date) if waits else None,
        facts=tuple(facts),
    )


def _without_answers(item):
    """Return an item without what it says of the patient: reasons, waits, words."""
    return replace(item, reasons=[], against=(), words="", until="")


def _by_position(items):
    """Sort items as the clinician ordered them; those without a place come last."""
    return sorted(items, key=lambda item: item.position or LAST)


def _in_steps(decisions, site, currency):
    """Return the items of included treatments as steps: what comes before stands before.

    The clinician's order counts; where there is none, the pathway's, and the cards'
    `after`.
    """
    left = sorted(
        decisions,
        key=lambda each: (each.position or LAST, each.card.step.get("number", LAST)),
    )
    steps, numbers = [], {}
    while left:
        waiting = {each.card.revision.content["slug"] for each in left}
        free = [each for each in left if each.position or not _first_of(each, waiting)]
        # Of a circle, the clinic's own order.
        step = (free or left)[0]
        left.remove(step)
        steps.append(_item(step, plan_facts.of(step, numbers, site, currency)))
        numbers[step.card.revision.content["slug"]] = len(steps)
    return steps


def _first_of(decision, slugs):
    """Return those of `slugs` that come before a decision."""
    slug = decision.card.revision.content["slug"]
    return {each["method"] for each in decision.card.after} & (slugs - {slug})


def for_patient(plan, *, preview=False, of_child=None):
    """Return a plan as its patient reads it.

    `of_child` is said of the second reader: whether it speaks of a child to a guardian.
    Not said, it is as the intake was written. A guardian who has not written the answers
    reads none: no red flag, nothing that was asked for, and no reason, which tells of a
    pregnancy as well as of a scar.
    Raises ValueError for an unsigned one, unless it is a preview for a clinician.
    """
    if not (plan.is_signed or preview):
        raise ValueError("An unsigned plan is never shown.")
    plan = Plan.objects.for_desk().get(pk=plan.pk)
    scars, site = [], editions.current().site
    asked_back = recalls.days_of(plan)
    currency = plan.currency or site.clinic.currency
    shown = _without_answers if of_child else lambda item: item
    for assessment, decisions in plan.by_assessment():
        decided = {choice: [] for choice in Choice.values}
        planned = []
        wants = assessment.facts.get("wants") or ()
        for decision in decisions:
            choice, content = decision.choice, decision.card.revision.content
            is_wanted = content["slug"] in wants
            if choice in INCLUDED:
                planned.append(decision)
            elif choice and (choice != Choice.NOT_INCLUDED or is_wanted):
                item = _item(decision)
                day = asked_back.get(decision.pk)
                decided[choice].append(shown(replace(item, asked_back_on=day)))
        scars.append(
            ScarPlan(
                title=str(assessment),
                included=[shown(each) for each in _in_steps(planned, site, currency)],
                not_now=decided[Choice.NOT_NOW],
                asked_but_not=[] if of_child else decided[Choice.NOT_INCLUDED],
            )
        )
    ordered = [item for scar in scars for item in scar.included if item.position]
    return PatientPlan(
        of_child=plan.intake.is_for_child if of_child is None else of_child,
        plan=plan,
        scars=scars,
        in_order=_by_position(ordered) if len(ordered) > 1 else [],
        red_flags=[
            each
            for each in plan.flags(of_child=of_child)
            if not of_child or each["code"] in OF_AGE
        ],
        estimate=estimate(plan, currency),
        is_preview=not plan.is_signed,
        without_sun_cream=any(
            assessment.facts.get("body_site") in WITHOUT_SUN_CREAM
            for assessment, _decisions in plan.by_assessment()
        ),
    )


def _sessions(decision) -> tuple[int, int]:
    """Return the fewest and the most sessions: as decided, else as usual, at least 1."""
    if decision.sessions:
        return decision.sessions, decision.sessions
    measures = decision.card.revision.content["measures"]
    fewest = measures["sessions_from"] or 1
    return fewest, max(fewest, entries.most(measures, "sessions") or 1)


def estimate(plan: Plan, currency: str = "") -> Estimate | None:
    """Return what the included treatments may cost, from their prices a session.

    None while nothing is included that has a price. Reads `decisions`, and the edition
    where the clinic's currency is not given.
    """
    low = high = Decimal(0)
    priced, without = False, []
    for decision in plan.current_decisions:
        if decision.choice not in INCLUDED or not decision.card.is_treatment:
            continue
        price = entries.price(decision.card.revision.content["price"])
        if price.low is None:
            without.append(decision.card.title)
            continue
        priced = True
        fewest, most = _sessions(decision)
        low, high = low + price.low * fewest, high + price.high * most
    if not priced:
        return None
    currency = currency or editions.current().site.clinic.currency
    return Estimate(low, high, currency, list(dict.fromkeys(without)))
