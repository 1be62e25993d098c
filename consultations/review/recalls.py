"""Recalls: bring patients back when what their plan puts off is over."""

from datetime import date, datetime, time, timedelta

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from consultations.locking import NotAllowed, locked_intake
from consultations.models import Choice, Decision, Intake, Plan, Recall
from methods.protocol.vocabulary import Verdict
from scarclinic.staff import ledger
from scarclinic.staff.models import User

WITHOUT_DATE = timedelta(weeks=12)
"""After so long somebody asks, where nobody knows when a deferral ends."""
LATER = (4, 12)
"""By so many weeks a recall is moved in one press."""


def day_of(decision: Decision, signed_on: date) -> date | None:
    """Return the day on which the patient of a decision is asked back, None for never.

    Of what is not now: the clinician's own day, else the end of the card's deferral.
    """
    card = decision.card
    is_put_off = card.verdict == Verdict.DEFERRED or decision.not_before
    if decision.choice != Choice.NOT_NOW or not is_put_off:
        return None
    return decision.not_before or card.until_date or signed_on + WITHOUT_DATE


def days_of(plan: Plan) -> dict[int, date]:
    """Return {decision's pk: day} of all that a plan asks back about, as it stands.

    Reads `decisions` of an unsigned plan.
    """
    if plan.is_signed:
        pending = Recall.objects.pending().filter(plan=plan)
        return {each.decision_id: each.due_on for each in pending}
    today = timezone.localdate()
    days = {each.pk: day_of(each, today) for each in plan.current_decisions}
    return {pk: day for pk, day in days.items() if day}


def _beginning(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, time()))


def make(plan: Plan, *, by: User) -> None:
    """Make the recalls of a plan that is just signed, in place of those of a former one.

    Inside the transaction that signs; reads `decisions`.
    """
    _drop(plan.intake, by=by)
    signed_on = timezone.localdate(plan.signed_at)
    made = Recall.objects.bulk_create(
        Recall(plan=plan, decision=decision, due_at=_beginning(day))
        for decision in plan.current_decisions
        if (day := day_of(decision, signed_on))
    )
    if made:
        ledger.record(ledger.Action.RECALL_SET, plan, by=by)


def _drop(intake: Intake, *, by: User | None) -> None:
    pending = Recall.objects.pending().filter(plan__intake=intake)
    if pending.delete()[0]:
        ledger.record(ledger.Action.RECALL_WITHDRAWN, intake, by=by)


def withdraw(intake: Intake) -> None:
    """Ask nobody back who has withdrawn. Inside that transaction."""
    _drop(intake, by=None)


def _of_day(plan: Plan, day: date) -> list[Recall]:
    locked_intake(plan.intake)
    pending = Recall.objects.pending().filter(plan=plan).select_for_update()
    found = [each for each in pending if each.due_on == day]
    if not found:
        raise NotAllowed(_("Somebody has settled this recall already."))
    return found


@transaction.atomic
def done(plan: Plan, day: date, *, by: User) -> None:
    """Note that a patient was asked back for a day; raises `NotAllowed` if none is open."""
    found = _of_day(plan, day)
    Recall.objects.filter(pk__in=[each.pk for each in found]).update(
        done_at=timezone.now(), done_by=by
    )
    ledger.record(ledger.Action.RECALL_DONE, plan, by=by)


@transaction.atomic
def move(plan: Plan, day: date, weeks: int, *, by: User) -> date:
    """Ask back so many weeks later than a day, or than today; return the new day.

    Raises `NotAllowed` if no recall is open for that day.
    """
    found = _of_day(plan, day)
    later = max(day, timezone.localdate()) + timedelta(weeks=weeks)
    Recall.objects.filter(pk__in=[each.pk for each in found]).update(
        due_at=_beginning(later)
    )
    ledger.record(ledger.Action.RECALL_MOVED, plan, by=by)
    return later
