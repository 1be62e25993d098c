"""List a patient for a call: the newest plan then stands under "To be called"."""

from datetime import date

from consultations.models import Intake


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
