"""What no reason sets aside in a plan, and where a plan departs from the protocol.

Relations and ceilings are read from the revisions that the cards were dealt from.
"""

import math
import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import timedelta
from decimal import Decimal
from typing import NamedTuple

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from consultations.intake.history import history_of
from consultations.models import Assessment, Card, Decision, OverrideReason, Plan
from methods.protocol import entries, relations
from methods.protocol import findings as find
from methods.protocol.coded_findings import RedFlagCode
from methods.protocol.entries import Ceiling, Protocol, Relation
from methods.protocol.facts import Facts, WrongFacts, read
from methods.protocol.findings import Findings
from methods.protocol.vocabulary import (
    CriterionKind,
    MethodGroup,
    RelationKind,
    Verdict,
)

OF_AGE_FLAGS = {RedFlagCode.CHILD, RedFlagCode.MINOR}
"""No doctor clears these on the desk: a minor is no one's card to overrule."""
NEVER_WITH_5FU = {"pregnant", "brivudine"}
FIVE_FU = re.compile(r"(?<!\d)5[\W_]*fu(?![a-z])")
"""Short enough to stand in other words: "595 full face" names none."""
FIVE_FU_NAMES = ("fluorouracil", "fluoruracil", "efudix", "efudex")
BETWEEN_LETTERS = re.compile(r"[\W_]+")


class Dose(NamedTuple):
    """The sum of one drug in one visit, over all scars, and its ceiling."""

    substance: str
    amount: Decimal
    ceiling: Ceiling

    @property
    def key(self) -> tuple[str, str]:
        return self.substance.lower(), self.ceiling.unit


def included(plan: Plan) -> list[Decision]:
    """Return the decisions that include something. Reads `decisions`."""
    return [each for each in plan.current_decisions if each.is_included]


# Never, whatever the reason


def never(plan: Plan) -> list[str]:
    """Return what keeps a plan from being signed whatever the reason, a sentence each."""
    found = (sentence for each in included(plan) for sentence in _never(plan, each))
    return [*unreadable(plan), *dict.fromkeys(found)] + [
        _(
            "%(substance)s: %(amount)s %(unit)s in one visit is more than %(most)s, "
            "which nobody signs."
        )
        % _amounts(dose, dose.ceiling.refuse_above)
        for dose in doses(plan)
        if dose.ceiling.refuse_above is not None
        and dose.amount > dose.ceiling.refuse_above
    ]


def unreadable(plan: Plan) -> list[str]:
    """Return of which scars nobody can check the plan any more, a sentence each."""
    return [
        _(
            "The rules of today cannot read what was answered (%(scar)s), and nobody can "
            "check the plan. Note what you see, or ask the patient: the cards are dealt "
            "anew then."
        )
        % {"scar": assessment}
        for assessment, decisions in plan.by_assessment()
        if facts_of(assessment, decisions) is None
    ]


NO_WISH = gettext_lazy(
    "%(method)s: a wish is no reason against “not suitable”. Choose another, or leave it "
    "out."
)


def is_against_a_wish(card: Card, override_reason: str) -> bool:
    """Return whether nothing but a wish speaks for what is not suitable."""
    return (
        card.verdict == Verdict.CONTRAINDICATED
        and override_reason == OverrideReason.WISH
    )


def _never(plan: Plan, decision: Decision) -> Iterator[str]:
    card = decision.card
    values = {"method": card.title}
    if card.is_treatment and OF_AGE_FLAGS & standing_flags(plan):
        yield _("No treatment is planned for a minor: refer, and give advice.")
    if card.is_treatment and card.verdict == Verdict.UNDETERMINED:
        yield (
            _(
                "%(method)s: it is not known whether it is suitable. Ask the patient, or "
                "note what you have seen or asked."
            )
            % values
        )
    if is_against_a_wish(card, decision.override_reason):
        yield NO_WISH % values
    if is_5fu(card.revision.content) and _is_never_with_5fu(plan, card):
        yield _("%(method)s: never in pregnancy, and never after brivudine.") % values


def _is_never_with_5fu(plan: Plan, card: Card) -> bool:
    """Return whether it is known that nobody gives 5-FU here: by the card, or the facts."""
    if any(
        NEVER_WITH_5FU.intersection(reason["findings"])
        for reason in card.reasons
        if reason["kind"] in (CriterionKind.CONTRAINDICATION, CriterionKind.DEFERRAL)
    ):
        return True
    # A card that a red flag stops names nothing else.
    return any(
        findings.get(code)
        for assessment, decisions in plan.by_assessment()
        if (known := established(assessment, decisions))
        for findings in known[1:]
        for code in NEVER_WITH_5FU
    )


def is_5fu(content: entries.Content) -> bool:
    """Return whether a treatment holds 5-FU: by any name of its, or of its ceilings."""
    names = [content["slug"], content["title"]]
    names += [each["substance"] for each in content["ceilings"]]
    folded = [unicodedata.normalize("NFKC", each).casefold() for each in names]
    return any(
        FIVE_FU.search(each)
        or any(name in BETWEEN_LETTERS.sub("", each) for name in FIVE_FU_NAMES)
        for each in folded
    )


def standing_flags(plan: Plan) -> set[str]:
    return {flag["code"] for flag in plan.flags()}


# Ceilings


DOSES = ("dose", "second_dose")
"""The fields of a plan's line, in the order of the ceilings that they are for."""


def ceilings_of(content: entries.Content) -> dict[str, Ceiling]:
    """Return the ceilings of a revision by the field of a plan's line for their dose.

    Raises ValueError for more of them than fields: publishing refuses such content.
    """
    ceilings = [entries.ceiling(each) for each in content["ceilings"]]
    return dict(zip(DOSES[: len(ceilings)], ceilings, strict=True))


def _dosed(decision: Decision) -> list[tuple[Ceiling, Decimal | None]]:
    return [
        (ceiling, getattr(decision, name))
        for name, ceiling in ceilings_of(decision.card.revision.content).items()
    ]


def doses(plan: Plan) -> list[Dose]:
    """Return what one visit holds of each drug, summed over all scars."""
    sums: dict[tuple[str, str], Decimal] = defaultdict(Decimal)
    strictest: dict[tuple[str, str], Ceiling] = {}
    for decision in included(plan):
        for ceiling, amount in _dosed(decision):
            key = ceiling.substance.lower(), ceiling.unit
            sums[key] += amount or 0
            known = strictest.setdefault(key, ceiling)
            strictest[key] = min(known, ceiling, key=_most)
    return [
        Dose(ceiling.substance, sums[key], ceiling)
        for key, ceiling in strictest.items()
    ]


def _most(ceiling: Ceiling) -> tuple[float, Decimal]:
    refuse = ceiling.refuse_above
    return math.inf if refuse is None else float(refuse), ceiling.reason_above


def _amounts(dose: Dose, most: Decimal | None) -> dict[str, object]:
    return {
        "substance": dose.substance,
        "amount": f"{dose.amount.normalize():f}",
        "unit": dose.ceiling.unit,
        "most": "" if most is None else f"{most.normalize():f}",
    }


def high_doses(plan: Plan) -> list[str]:
    """Return the sums above which a doctor gives a reason, a sentence each."""
    return [
        _("%(substance)s: %(amount)s %(unit)s in one visit is more than %(most)s.")
        % _amounts(dose, dose.ceiling.reason_above)
        for dose in doses(plan)
        if dose.amount > dose.ceiling.reason_above
    ]


def missing_doses(plan: Plan) -> list[str]:
    """Return which doses are not written though a ceiling holds, a sentence each."""
    return [
        _(
            "%(method)s (%(scar)s): write the dose of %(substance)s in one visit, in "
            "%(unit)s; 0 for none."
        )
        % {
            "method": decision.card.title,
            "scar": decision.card.assessment,
            "substance": ceiling.substance,
            "unit": ceiling.unit,
        }
        for decision in included(plan)
        for ceiling, amount in _dosed(decision)
        if amount is None
    ]


def departures(plan: Plan) -> list[str]:
    """Return where a plan departs from the protocol, a sentence each: it needs a reason."""
    return [*broken(plan), *high_doses(plan), *recent_doses(plan)]


def unexplained(plan: Plan) -> list[str]:
    """Return the departures that the plan's reason was not written for."""
    seen = plan.departures_seen if plan.departure.strip() else ()
    return [each for each in departures(plan) if each not in seen]


LOOK_BACK_DAYS = 28


def recent_doses(plan: Plan) -> list[str]:
    """Return which sums are high together with a plan of the last weeks, a sentence each.

    Of what the same person, as far as is known, was given in plans of other intakes. An
    earlier version of this plan is what this one continues.
    """
    planned = [dose for dose in doses(plan) if dose.amount]
    if not planned:
        return []
    since = timezone.now() - timedelta(days=LOOK_BACK_DAYS)
    others = Plan.objects.for_desk().filter(
        intake__in=history_of(plan.intake),
        signed_at__gt=since,
    )
    newest = {other.intake_id: other for other in others.order_by("version")}
    before: dict[tuple[str, str], Decimal] = defaultdict(Decimal)
    for other in newest.values():
        for dose in doses(other):
            before[dose.key] += dose.amount
    return [
        _(
            "%(substance)s: %(before)s %(unit)s of another plan of the last 28 days and "
            "%(amount)s %(unit)s of this one are more than %(most)s together."
        )
        % {
            **_amounts(dose, _most_in_weeks(dose.ceiling)),
            "before": f"{before[dose.key].normalize():f}",
        }
        for dose in planned
        if before[dose.key]
        and before[dose.key] + dose.amount > _most_in_weeks(dose.ceiling)
    ]


def _most_in_weeks(ceiling: Ceiling) -> Decimal:
    """Return what nobody gives in one visit, for it is the most within 28 days as well."""
    most = ceiling.refuse_above
    return ceiling.reason_above if most is None else most


# Relations


def broken(plan: Plan) -> list[str]:
    """Return which relations between treatments a plan breaks, a sentence each."""
    found: list[str] = []
    for assessment, decisions in plan.by_assessment():
        given = {
            each.card.revision.content["slug"]
            for each in decisions
            if each.card.group == MethodGroup.ADVICE
        }
        its = [each for each in decisions if each.is_included]
        titles = {
            each.card.revision.content["slug"]: each.card.title for each in decisions
        }
        if not any(each.card.revision.content.get("relations") for each in its):
            continue
        known = established(assessment, decisions)
        if known is None:
            # `never` says so.
            continue
        for decision in its:
            found += _broken(decision, its, *known, titles, given)
    return list(dict.fromkeys(found))


def facts_of(assessment: Assessment, decisions: Sequence[Decision]) -> Facts | None:
    """Return the facts that one scar's cards were dealt from.

    None if the rules of today cannot read them.
    """
    protocol = Protocol(
        methods=tuple(
            entries.Method(each.card.revision.content["slug"], each.card.title)
            for each in decisions
        ),
        questions=frozenset(assessment.questions),
    )
    try:
        return read(assessment.facts, protocol)
    except WrongFacts:
        return None


def established(
    assessment: Assessment, decisions: Sequence[Decision]
) -> tuple[Facts, Findings] | None:
    """Return `facts_of` one scar and the findings they establish, or None."""
    facts = facts_of(assessment, decisions)
    if facts is None:
        return None
    return facts, find.establish(facts, frozenset(assessment.questions))


def _broken(
    decision: Decision,
    its: Sequence[Decision],
    facts: Facts,
    findings: Findings,
    titles: dict[str, str],
    given: set[str],
) -> Iterator[str]:
    slug = decision.card.revision.content["slug"]
    planned = {each.card.revision.content["slug"]: each for each in its}
    for row in decision.card.revision.content.get("relations", ()):
        relation = entries.relation(row)
        if not _holds(relation, decision, findings):
            continue
        if given.intersection(relation.methods):
            # Every plan gives the advice that the clinic has for everyone.
            continue
        values = {
            "method": decision.card.title,
            "others": _(" or ").join(
                titles.get(each, each) for each in relation.methods
            ),
        }
        partners = [planned[each] for each in relation.methods if each in planned]
        if relation.kind == RelationKind.NEEDS and not partners:
            yield _("%(method)s goes only together with %(others)s.") % values
        elif relation.kind == RelationKind.AFTER:
            is_done = relations.is_done(relation, facts)
            if not is_done and not any(_is_before(each, decision) for each in partners):
                yield _("%(method)s comes only after %(others)s.") % values
        elif relation.kind == RelationKind.NOT_WITH:
            weeks = relations.weeks_between(relation, findings)
            if any(
                _is_too_close(decision, other, weeks, is_itself=name == slug)
                for name, other in planned.items()
                if name in relation.methods
            ):
                yield _(
                    "%(method)s: at least %(weeks)s weeks between it and %(others)s."
                ) % {**values, "weeks": f"{weeks:g}"}


def _holds(relation: Relation, decision: Decision, findings: Findings) -> bool:
    """Return whether a relation concerns this line; if that is not known, a hard one does."""
    is_about = relations.is_about(relation, findings)
    is_in_line = _is_in_line(relation, decision.card)
    return is_in_line and (relation.is_hard if is_about is None else is_about)


def _is_in_line(relation: Relation, card: Card) -> bool:
    """Return whether a card stands in the line that a relation is about, for its scars.

    Silicone may be first for a raised scar whose edges nobody knows, and alone: that it
    needs steroid is said of a keloid.
    """
    if not relation.line or not relation.scars:
        return relation.line in ("", card.line)
    return relation.line == card.line and any(
        each["kind"] == CriterionKind.INDICATION
        and each["line"] == relation.line
        and not set(relation.scars).isdisjoint(each["findings"])
        for each in card.reasons
    )


def _is_before(first: Decision, then: Decision) -> bool:
    """Return whether a line does not stand after another: without places it may come first."""
    if first.position is None or then.position is None:
        return True
    return first.position < then.position


def _is_too_close(
    decision: Decision, other: Decision, weeks: float, *, is_itself: bool
) -> bool:
    """Return whether what was decided puts two lines, or two sessions, closer than that."""
    if is_itself:
        return decision.weeks_apart is not None and decision.weeks_apart < weeks
    if decision.not_before and other.not_before:
        return abs((decision.not_before - other.not_before).days) < weeks * 7
    return decision.position is not None and decision.position == other.position
