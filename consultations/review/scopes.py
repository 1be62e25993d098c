"""Who may sign what alone, and what of a plan only a doctor signs."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from consultations.models import Card, Decision, Plan, Scope
from consultations.review import plan_rules
from methods.models import Method
from methods.protocol.cards import LEVELS
from methods.protocol.vocabulary import Level, MethodGroup
from scarclinic.staff import accounts
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
        return _of_profession(user)
    methods = frozenset(method.pk for method in scope.methods.all())
    level = Level.TEST if scope.is_beyond_profession else scope.level
    return Reach(level, methods or None)


def _of_profession(user: User) -> Reach:
    is_doctor = user.profession == Profession.DOCTOR
    return Reach(Level.DOCTOR if is_doctor else Level.TEST)


def widens(user: User, level: str, methods: Iterable[int]) -> bool:
    """Return whether a scope lets a user sign anything alone that they do not now."""
    return _is_wider(Reach(level, frozenset(methods) or None), reach_of(user))


def would_widen_if_deleted(scope: Scope) -> bool:
    """Return whether its owner signs more alone without this scope."""
    return _is_wider(_of_profession(scope.user), reach_of(scope.user))


def _is_wider(then: Reach, now: Reach) -> bool:
    if LEVELS[then.level] > LEVELS[now.level]:
        return True
    if now.methods is None:
        return False
    return then.methods is None or not then.methods <= now.methods


def in_an_account_change(level: str, methods: Iterable[int]) -> dict[str, Any]:
    """Return a scope as an `AccountChange` holds it until somebody confirms it."""
    return {"level": str(level), "methods": sorted(methods)}


@transaction.atomic
def give(user: User, wanted: dict[str, Any]) -> None:
    """Give a user a scope that two administrators agreed on; raises `NotAllowed`."""
    methods = Method.objects.filter(pk__in=wanted["methods"])
    if len(methods) < len(wanted["methods"]):
        # Of none would be of all.
        raise accounts.NotAllowed(_("A treatment of this scope is deleted: ask anew."))
    scope, _made = Scope.objects.update_or_create(
        user=user, defaults={"level": wanted["level"]}
    )
    scope.methods.set(methods)


def in_words_of_each(every: list[dict[str, Any]]) -> list[str]:
    """Return what each of several scopes lets somebody sign. One query."""
    keys = {key for wanted in every for key in wanted["methods"]}
    titles = dict(Method.objects.filter(pk__in=keys).values_list("pk", "title"))
    return [
        _("signs alone up to “%(level)s”: %(methods)s")
        % {
            "level": Level(wanted["level"]).label,
            "methods": ", ".join(
                titles.get(key, _("deleted")) for key in wanted["methods"]
            )
            or _("all treatments"),
        }
        for wanted in every
    ]


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
