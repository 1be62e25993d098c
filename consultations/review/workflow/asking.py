"""Ask the patient a question; reassess the intake with the answer."""

from collections.abc import Iterable

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from consultations.letters import outbox
from consultations.locking import (
    NotAllowed,
    locked_intake,
    locked_plan,
)
from consultations.models import Cause, LetterKind, Plan, Question
from consultations.review.workflow.claiming import refuse_anothers
from consultations.review.workflow.hurrying import hurry_if_in_crisis
from consultations.review.workflow.redealing import reassess
from scarclinic.staff import ledger
from scarclinic.staff.models import User

MOST_CHARACTERS = 1000
"""As the form's field and the model's say."""


@transaction.atomic
def ask(plan: Plan, text: str, findings: Iterable[str], *, by: User) -> Question:
    """Ask a patient something; the plan waits for the answer. Returns the `Question`.

    `findings` are the codes of what is not known: their own questions are put again.
    """
    intake = locked_intake(plan.intake)
    plan = locked_plan(plan)
    refuse_anothers(plan, by)
    if intake.is_withdrawn:
        raise NotAllowed(_("The patient has withdrawn this intake."))
    # A browser counts a line's end once, and sends it as two.
    text = text.replace("\r\n", "\n").strip()
    if not text:
        raise NotAllowed(_("Write your question in words."))
    if len(text) > MOST_CHARACTERS:
        raise NotAllowed(
            _(
                "Shorten your question to %(most)d characters: it has %(count)d. It is "
                "not sent."
            )
            % {"most": MOST_CHARACTERS, "count": len(text)}
        )
    question = Question.objects.create(
        intake=intake, text=text, findings=list(findings), asked_by=by
    )
    # What the patient wrote is answered first.
    plan.is_asking = not plan.has_message
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
    redeals = reassess(intake)
    question.changed = [
        change
        for redeal in redeals
        if redeal.cause == Cause.ANSWER
        for change in redeal.changed
    ]
    question.save(update_fields=["answer", "answered_at", "changed"])
    is_asking = intake.questions.filter(answered_at=None).exists()
    intake.plans.unsigned().update(
        is_asking=is_asking and not intake.messages.waiting().exists(),
        has_answer=True,
        waiting_since=question.answered_at,
    )
    hurry_if_in_crisis(intake, [text])
    ledger.record(ledger.Action.QUESTION_ANSWERED, question)
    return question
