"""Calls: check who calls by the date of birth, and note what came of a call."""

from datetime import date, timedelta

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from consultations.locking import NotAllowed, locked_intake
from consultations.models import Call, Intake
from scarclinic.staff import ledger, throttle
from scarclinic.staff.models import Event, User
from scarclinic.staff.text.dates import read_date

CHECKED_FOR = timedelta(minutes=30)
"""How long who has said the right date of birth is taken for the patient, by one user."""
LIMIT = "birth date of caller"


def check(intake: Intake, text: str, *, by: User) -> bool:
    """Return whether a caller said the right date of birth; either leaves a line.

    Call it outside a transaction. Raises `ValidationError` for what is no date, and
    `NotAllowed` after too many wrong ones, or where no date is known.
    """
    day = read_date(text)
    if intake.date_of_birth is None:
        raise NotAllowed(_("No date of birth is known."))
    if wait := throttle.spend(LIMIT, str(intake.pk)):
        raise NotAllowed(
            _("Too many wrong dates: try again in %(count)d minutes.")
            % {"count": -(-wait // throttle.MINUTE)}
        )
    is_right = day == intake.date_of_birth
    if is_right:
        throttle.refund(LIMIT, str(intake.pk))
    action = ledger.Action.CALLER_CHECKED if is_right else ledger.Action.CALLER_REFUSED
    ledger.record(action, intake, by=by)
    return is_right


def checked_at(intake: Intake, by: User) -> Event | None:
    """Return the line of a caller whom somebody has checked just now, or None. One query."""
    since = timezone.now() - CHECKED_FOR
    return (
        Event.objects.filter(
            case_id=intake.pk, action=ledger.Action.CALLER_CHECKED, by=by, at__gt=since
        )
        .order_by("-pk")
        .first()
    )


@transaction.atomic
def note(
    intake: Intake, result: str, words: str, call_back_on: date | None, *, by: User
) -> Call:
    """Keep what came of a call; it settles when to call back, which may be never.

    Raises `NotAllowed` for a day that is over.
    """
    intake = locked_intake(intake)
    if call_back_on and call_back_on < timezone.localdate():
        raise NotAllowed(_("Call back today or later."))
    call = Call.objects.create(
        intake=intake,
        result=result,
        note=words,
        call_back_on=call_back_on,
        is_of_reader=by.has_perm("consultations.read_answers"),
        called_by=by,
    )
    intake.call_back_on = call_back_on
    intake.save(update_fields=["call_back_on"])
    ledger.record(ledger.Action.CALL_NOTED, call, by=by)
    return call
