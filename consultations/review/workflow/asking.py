"""Ask the patient a question; reassess the intake with the answer."""

from collections.abc import Iterable, Mapping
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from consultations.intake import steps
from consultations.letters import outbox
from consultations.locking import (
    NotAllowed,
    locked_intake,
    locked_plan,
)
from consultations.models import (
    Card,
    Decision,
    Intake,
    LetterKind,
    Plan,
    Question,
)
from consultations.models.decisions import DecisionQuerySet
from consultations.review.workflow.assessing import assess
from consultations.review.workflow.deciding import FIELDS
from methods.models import MethodRevision
from methods.protocol.entries import Content
from scarclinic.staff import ledger
from scarclinic.staff.models import User

Key = tuple[int, int]
"""Primary keys of a scar and a method: they identify a card across rounds."""


@transaction.atomic
def ask(plan: Plan, text: str, findings: Iterable[str], *, by: User) -> Question:
    """Ask a patient something; the plan waits for the answer. Returns the `Question`.

    `findings` are the codes of what is not known: their own questions are put again.
    """
    intake = locked_intake(plan.intake)
    plan = locked_plan(plan)
    if intake.is_withdrawn:
        raise NotAllowed(_("The patient has withdrawn this intake."))
    if not text.strip():
        raise NotAllowed(_("Write your question in words."))
    question = Question.objects.create(
        intake=intake, text=text, findings=list(findings), asked_by=by
    )
    plan.is_asking = True
    plan.save(update_fields=["is_asking"])
    outbox.write(intake, LetterKind.QUESTION, key=f"question-{question.pk}")
    ledger.record(ledger.Action.QUESTION_ASKED, question, by=by)
    return question


@transaction.atomic
def answer(question: Question, text: str) -> Question:
    """Save a patient's answer and reassess the intake; returns the `Question`.

    What the patient answered anew on pages of the intake is saved before. Raises
    `NotAllowed` if the question is answered already, or the intake is withdrawn.
    """
    intake = locked_intake(question.intake)
    question = Question.objects.select_for_update().get(pk=question.pk)
    if intake.is_withdrawn:
        raise NotAllowed(_("This intake is withdrawn."))
    if question.answered_at:
        raise NotAllowed(_("This question is answered already."))
    question.answer = text
    question.answered_at = timezone.now()
    question.changed = reassess(intake)
    question.save(update_fields=["answer", "answered_at", "changed"])
    intake.plans.unsigned().update(
        is_asking=intake.questions.filter(answered_at=None).exists(),
        has_answer=True,
        waiting_since=question.answered_at,
    )
    ledger.record(ledger.Action.QUESTION_ANSWERED, question)
    return question


@transaction.atomic
def reassess(intake: Intake) -> list[dict[str, Any]]:
    """Recompute the cards of the open plan; return the changes, dicts of two shapes.

    {"scar": number, "method": slug, "title", "before", "after"} is a verdict that is
    another, "" where there was no card, or is none; {"flag": code, "is_new": bool} a red
    flag that is raised or cleared. A decision stays where its card says the same; else
    the card is open, and what was decided stays with the card of before.
    """
    intake = locked_intake(intake)
    plan = Plan.objects.select_for_update().filter(intake=intake).unsigned().first()
    if plan is None:
        raise NotAllowed(_("There is no open plan of this intake."))
    before = list(_current(plan))
    latest = intake.assessments.latest("round").round
    route, today = steps.Route(intake), timezone.localdate()
    plan.round = latest + 1
    cards, plan.is_flagged = assess(intake, route, plan.round, today)
    plan.edits += 1
    plan.save(update_fields=["round", "is_flagged", "edits"])
    decided = {_key_of(each.card): each for each in before}
    contents = dict(
        MethodRevision.objects.filter(
            pk__in={card.revision_id for card in cards}
        ).values_list("pk", "content")
    )
    Decision.objects.bulk_create(
        _carried(plan, card, decided.get(_key_of(card)), contents) for card in cards
    )
    after = [each.card for each in _current(plan)]
    return _changes([each.card for each in before], after)


def _current(plan: Plan) -> DecisionQuerySet:
    return plan.decisions.current().select_related(
        "card__revision", "card__assessment__scar"
    )


def _key_of(card: Card) -> Key:
    """Return the key of a card's scar and method, the same in every round."""
    return card.assessment.scar_id, card.revision.subject_id


def _basis_of(card: Card, content: Content) -> tuple[object, ...]:
    """Return what a decision rests on: the card's verdict, and the text patients read."""
    words = [content[name] for name in ("title", "summary", "measures", "price")]
    return card.verdict, card.line, card.until, card.reasons, card.ask, words


def _carried(
    plan: Plan, card: Card, before: Decision | None, contents: Mapping[int, Content]
) -> Decision:
    """Return the new card's decision: a copy of the earlier one if its basis is unchanged."""
    if before is None or not before.choice:
        return Decision(plan=plan, card=card)
    basis = _basis_of(before.card, before.card.revision.content)
    if basis != _basis_of(card, contents[card.revision_id]):
        return Decision(plan=plan, card=card)
    return copied(before, plan=plan, card=card)


def copied(decision: Decision, **onto: Any) -> Decision:
    """Return a new `Decision` that says the same, of the same clinician and time."""
    names = [*FIELDS, "decided_by", "decided_at"]
    return Decision(**{name: getattr(decision, name) for name in names}, **onto)


def _flags(cards: Iterable[Card]) -> set[str]:
    return {code for card in cards for code in card.assessment.red_flags}


def _changes(before: list[Card], after: list[Card]) -> list[dict[str, Any]]:
    was = {_key_of(card): card for card in before}
    now = {_key_of(card): card for card in after}
    changes = [
        {"flag": code, "is_new": code in _flags(after)}
        for code in sorted(_flags(before) ^ _flags(after))
    ]
    for key in dict.fromkeys([*now, *was]):
        old, new = was.get(key), now.get(key)
        verdicts = [card.verdict if card else "" for card in (old, new)]
        if verdicts[0] != verdicts[1]:
            card = now.get(key) or was[key]
            changes.append(
                {
                    "scar": card.assessment.scar.number,
                    "method": card.revision.content["slug"],
                    "title": card.title,
                    "before": verdicts[0],
                    "after": verdicts[1],
                }
            )
    return changes
