"""Withdraw: stop all work on an intake, as its patient wishes."""

from django.db import transaction
from django.utils import timezone

from consultations.locking import locked_intake
from consultations.models import Intake, IntakeStatus
from consultations.review import recalls
from consultations.review.call_list import day_of_call, list_for_call
from scarclinic.staff import ledger


@transaction.atomic
def withdraw(intake: Intake) -> Intake:
    """Stop all work on an intake, as its patient wishes. A draft stays a draft.

    Nothing more is signed, and no e-mail that waits is sent; what was signed stays. Words
    that sound like a crisis are answered all the same: somebody calls.
    """
    intake = locked_intake(intake)
    if intake.status == IntakeStatus.SUBMITTED:
        intake.status = IntakeStatus.WITHDRAWN
        # From now it is kept for `WITHDRAWN_DAYS`.
        intake.touched_at = timezone.now()
        intake.save(update_fields=["status", "touched_at"])
        in_crisis = intake.plans.unsigned().filter(has_crisis_words=True).exists()
        intake.plans.unsigned().update(is_asking=False)
        intake.plans.to_call().filter(has_crisis_words=False).update(
            is_to_call=False, call_by=None
        )
        if in_crisis:
            list_for_call(intake, day_of_call())
        recalls.withdraw(intake)
        intake.letters.filter(sent_at=None, given_up_at=None).update(
            given_up_at=timezone.now(), error="withdrawn"
        )
        ledger.record(ledger.Action.INTAKE_WITHDRAWN, intake)
    return intake
