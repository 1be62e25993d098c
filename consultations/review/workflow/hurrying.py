"""Put an intake on top of the queue where the patient's words sound like a crisis."""

from collections.abc import Iterable
from datetime import date

from django.utils import timezone

from consultations.intake import crisis
from consultations.models import Intake, Redeal
from consultations.review import business_hours
from consultations.review.call_list import list_for_call


def hurry_if_in_crisis(intake: Intake, texts: Iterable[str]) -> None:
    """Mark the open plan, and promise an answer within a working day.

    Where no plan is open, the newest is listed for a call by then. The caller has locked
    the intake.
    """
    if not crisis.passages(texts):
        return
    if intake.plans.unsigned().update(has_crisis_words=True):
        _promise(intake)
        return
    list_for_call(intake, _day(), has_crisis_words=True)


def hurry_if_flagged(intake: Intake, redeals: Iterable[Redeal]) -> None:
    """Promise an answer within a working day where a new red flag says so to the patient.

    The caller has locked the intake.
    """
    raised = {
        change["flag"]
        for redeal in redeals
        for change in redeal.changed
        if change.get("is_new")
    }
    if raised & crisis.SUPPORTIVE:
        _promise(intake)


def _day() -> date:
    return business_hours.current().working_day_after(
        timezone.localdate(), crisis.WITHIN_DAYS
    )


def _promise(intake: Intake) -> None:
    intake.promised_on = min(_day(), intake.promised_on or _day())
    intake.save(update_fields=["promised_on"])
