"""Put an intake on top of the queue where the patient's words sound like a crisis."""

from collections.abc import Iterable

from django.utils import timezone

from consultations.intake import crisis
from consultations.models import Intake
from consultations.review import business_hours


def hurry_if_in_crisis(intake: Intake, texts: Iterable[str]) -> None:
    """Mark the open plan, and promise an answer within a working day.

    The caller has locked the intake.
    """
    if not crisis.passages(texts):
        return
    intake.plans.unsigned().update(has_crisis_words=True)
    day = business_hours.current().working_day_after(
        timezone.localdate(), crisis.WITHIN_DAYS
    )
    intake.promised_on = min(day, intake.promised_on or day)
    intake.save(update_fields=["promised_on"])
