"""Who may sign what alone, and what of a plan only a doctor signs."""

from collections.abc import Iterator
from dataclasses import dataclass

from django.utils.translation import gettext as _

from consultations.models import Card, Decision, Plan, Scope
from consultations.review import plan_rules
from methods.protocol.cards import LEVELS
from methods.protocol.vocabulary import Level, MethodGroup
from scarclinic.staff.models import Profession, User

PRESCRIPTION_TRAIT = "systemic_drug"
"""The trait of treatments with a medicine on prescription."""


@dataclass(frozen=True)
class Reach:
    """What somebody signs alone: precautions up to a level, of these methods (None: all)."""

    level: str
    methods: frozenset[int] | None = None

    @property
    def is_doctor(self) -> bool:
        return self.level == Level.DOCTOR


def reach_of(user: User) -> Reach:
    """Return what a user signs alone: their `Scope`, else that of their profession.

    An account without a profession reaches no further than a cosmetologist, and nobody
    reaches as far as a doctor who is none, whatever their scope says. Two queries.
    """
    scope = (
        Scope.objects.select_related("user")
        .prefetch_related("methods")
        .filter(user=user)
        .first()
    )
    if scope is None:
        is_doctor = user.profession == Profession.DOCTOR
        return Reach(Level.DOCTOR if is_doctor else Level.TEST)
    methods = frozenset(method.pk for method in scope.methods.all())
    level = Level.TEST if scope.is_beyond_profession else scope.level
    return Reach(level, methods or None)


def is_prescription(card: Card) -> bool:
    """Return whether a treatment needs a medicine on prescription. Reads `revision`."""
    content = card.revision.content
    return (
        PRESCRIPTION_TRAIT in content["traits"]
        or content["group"] == MethodGroup.TOPICAL
    )


def beyond(plan: Plan, reach: Reach) -> list[str]:
    """Return why a doctor has to sign a plan too, or somebody of wider scope.

    A sentence each; the desk shows what `sign` goes by.
    """
    found = [
        sentence
        for decision in plan.current_decisions
        if decision.is_included
        for sentence in _beyond(plan, decision, reach)
    ]
    if not reach.is_doctor and any(
        assessment.cleared for assessment, _decisions in plan.by_assessment()
    ):
        found.append(
            _(
                "What was seen or asked takes back a red flag, or a “yes” of the answers."
            )
        )
    if not reach.is_doctor:
        found += plan_rules.high_doses(plan) + plan_rules.recent_doses(plan)
    return list(dict.fromkeys(found))


def _beyond(plan: Plan, decision: Decision, reach: Reach) -> Iterator[str]:
    card = decision.card
    values = {"method": card.title}
    if not card.is_treatment:
        return
    if reach.methods is not None and card.revision.subject_id not in reach.methods:
        yield _("%(method)s is not in your scope.") % values
    if reach.is_doctor:
        return
    if is_prescription(card):
        yield _("%(method)s needs a medicine on prescription.") % values
    if not card.is_offered:
        yield _("%(method)s is included against its card.") % values
    if plan.is_flagged:
        yield _("%(method)s is included although a red flag was raised.") % values
    if LEVELS.get(card.level, 0) > LEVELS[reach.level]:
        level = Level(card.level).label
        yield f"{card.title}: {level}."
