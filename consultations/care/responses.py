"""Respond: what a patient says to the treatments of the newest signed plan."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from consultations.care import coming_back, messages
from consultations.locking import NotAllowed, locked_intake
from consultations.models import Decision, Message, Plan, Response
from scarclinic.staff import ledger


@dataclass(frozen=True)
class Said:
    """A `Response.Answer` to one treatment, and the words of a question."""

    answer: str
    question: str = ""


def asked_of(plan: Plan) -> list[Decision]:
    """Return the decisions that a patient answers, in the plan's order. Reads `decisions`."""
    asked = [
        each
        for each in plan.current_decisions
        if each.is_included and each.card.is_treatment
    ]
    return sorted(asked, key=lambda each: each.position or len(asked))


def response_to(decision: Decision) -> Response | None:
    """Return what was said, None if nothing. Reads `response`, loaded by `for_desk`."""
    return getattr(decision, "response", None)


@transaction.atomic
def respond(plan: Plan, said: Mapping[int, Said], *, key: str) -> bool:
    """Keep what a patient says, {decision's pk: `Said`}; return whether any is new.

    A question becomes a message, once for each `key` of a form. Raises `NotAllowed` if
    there is a later signed version, which asks anew, or the intake is withdrawn.
    """
    intake = locked_intake(plan.intake)
    if intake.is_withdrawn:
        raise NotAllowed(_("You have withdrawn what you sent."))
    if intake.plans.signed().latest("version").pk != plan.pk:
        raise NotAllowed(_("There is a new version of your plan."))
    plan = Plan.objects.for_desk().get(pk=plan.pk)
    changed = [
        _changed(decision, said[decision.pk], key)
        for decision in asked_of(plan)
        if decision.pk in said and said[decision.pk].answer
    ]
    if not any(changed):
        return False
    due_on = coming_back.day_of_answer([])
    coming_back.put_back(intake, due_on, has_response=True)
    ledger.record(ledger.Action.PLAN_RESPONDED, plan)
    return True


def _changed(decision: Decision, said: Said, key: str) -> bool:
    """Keep one answer; return whether it is another than before."""
    before = response_to(decision)
    is_new = before is None or before.answer != said.answer
    if is_new:
        Response.objects.update_or_create(
            decision=decision,
            defaults={"answer": said.answer, "said_at": timezone.now()},
        )
    asked = None
    if said.answer == Response.Answer.QUESTION and said.question.strip():
        asked = _ask(decision, said.question, key)
    return is_new or asked is not None


def _ask(decision: Decision, text: str, key: str) -> Message | None:
    own = hashlib.sha256(f"{key} {decision.pk}".encode()).hexdigest()[:32]
    about = decision.card.title[:200]
    return messages.write(decision.plan.intake, text, key=own, about=about)
