"""A patient comes back: the newest plan is on the queue again, with a day for the answer."""

from datetime import date

from django.conf import settings
from django.utils import timezone

from consultations.intake import crisis
from consultations.models import Intake, Plan
from consultations.review import business_hours


def day_of_answer(texts: list[str] | None = None) -> date:
    """Return by when an answer is promised; sooner where a text sounds like a crisis."""
    is_crisis = bool(crisis.passages(texts or []))
    within = crisis.WITHIN_DAYS if is_crisis else settings.ANSWER_WITHIN_DAYS
    hours = business_hours.current()
    return hours.working_day_after(timezone.localdate(), within)


def is_asking(intake: Intake) -> bool:
    """Return whether the clinic waits for the patient, and not they for the clinic."""
    return (
        not intake.messages.waiting().exists()
        and intake.questions.filter(answered_at=None).exists()
    )


def put_back(intake: Intake, due_on: date, *, has_response: bool = False) -> None:
    """Have the newest plan wait for the clinic. The caller has locked the intake.

    What waits already keeps its place; what did not waits from now.
    """
    plan = newest(intake)
    if (plan.is_signed and plan.due_on is None) or plan.is_asking:
        plan.waiting_since = timezone.now()
    plan.is_asking = is_asking(intake) and not plan.is_signed
    plan.has_message = intake.messages.waiting().exists()
    plan.has_response = plan.has_response or has_response
    plan.due_on = min(due_on, plan.due_on or due_on)
    plan.save(update_fields=FIELDS)


def take_off(intake: Intake, *, responses: bool = False) -> None:
    """Have the newest plan wait no more for what is settled. The caller has locked."""
    plan = newest(intake)
    left = intake.messages.waiting().order_by("due_on").first()
    plan.has_message = left is not None
    plan.has_response = plan.has_response and not responses
    if left:
        plan.due_on = left.due_on
    elif not plan.has_response:
        plan.due_on = None
    plan.is_asking = is_asking(intake) and not plan.is_signed
    plan.save(update_fields=FIELDS)


def newest(intake: Intake) -> Plan:
    """Return the newest version of the plan, locked."""
    return intake.plans.select_for_update().latest("version")


FIELDS = ["waiting_since", "is_asking", "has_message", "has_response", "due_on"]
