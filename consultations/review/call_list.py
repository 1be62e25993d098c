"""List a patient for a call: the newest plan then stands under "To be called".

For one whom the protocol of today would refuse something: see `consultations.review.workflow.recalling`.
"""

from datetime import date

from django.utils import timezone

from consultations.models import Intake
from consultations.review import business_hours

CALL_WITHIN_DAYS = 1
"""Within so many of the clinic's days somebody calls."""


def day_of_call() -> date:
    """Return the day by which somebody calls who is listed today."""
    return business_hours.current().working_day_after(
        timezone.localdate(), CALL_WITHIN_DAYS
    )


def list_for_call(intake: Intake, day: date, **why: bool) -> None:
    """List the newest plan of an intake for a call by a day; sooner stays sooner.

    `why` are columns of the plan that say for what, such as `has_photos`. The caller has
    locked the intake.
    """
    newest = intake.plans.order_by("version").last()
    if newest is None:
        return
    for name, value in why.items():
        setattr(newest, name, value)
    newest.is_to_call = True
    newest.call_by = min(day, newest.call_by or day)
    newest.save(update_fields=["is_to_call", "call_by", *why])
