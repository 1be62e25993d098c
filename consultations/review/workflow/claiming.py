"""Whose a plan is: claim, release, assign, take over, hand over."""

from django.db import transaction
from django.utils.translation import gettext as _

from consultations.locking import NotAllowed, locked_plan
from consultations.models import HandOver, Plan
from scarclinic.staff import ledger
from scarclinic.staff.models import User


def refuse_anothers(plan: Plan, by: User) -> None:
    """Raise `NotAllowed` if a colleague has claimed a plan: a claim holds."""
    if plan.claimed_by not in (None, by):
        raise NotAllowed(claimed_in_words(plan))


def claimed_in_words(plan: Plan) -> str:
    """Return who has claimed a plan, for who may not work on it."""
    name = plan.claimed_by.display_name if plan.claimed_by else ""
    return _("%(name)s has claimed this plan.") % {"name": name}


def _refuse_who_may_not_decide(to: User) -> None:
    if not (to.is_active and to.has_perm("consultations.change_plan")):
        raise NotAllowed(
            _("%(name)s may not decide on plans.") % {"name": to.display_name}
        )


def _give(plan: Plan, to: User | None) -> None:
    plan.claimed_by = to
    plan.save(update_fields=["claimed_by"])


@transaction.atomic
def claim(plan: Plan, *, by: User) -> Plan:
    """Assign a plan to oneself; raises `NotAllowed` if a colleague has it."""
    plan = locked_plan(plan)
    refuse_anothers(plan, by)
    _give(plan, by)
    ledger.record(ledger.Action.PLAN_CLAIMED, plan, by=by)
    return plan


@transaction.atomic
def release(plan: Plan, *, by: User) -> Plan:
    """Give a plan back to all; another's only with the right to assign."""
    return _assign(plan, None, by=by)


@transaction.atomic
def assign(plan: Plan, to: User, *, by: User) -> Plan:
    """Give a plan to a clinician; another's only with the right to assign."""
    _refuse_who_may_not_decide(to)
    return _assign(plan, to, by=by)


def _assign(plan: Plan, to: User | None, *, by: User) -> Plan:
    plan = locked_plan(plan)
    if not by.has_perm("consultations.assign_plan"):
        refuse_anothers(plan, by)
    _give(plan, to)
    action = ledger.Action.PLAN_ASSIGNED if to else ledger.Action.PLAN_RELEASED
    ledger.record(action, plan, by=by)
    return plan


@transaction.atomic
def take_over(plan: Plan, *, by: User) -> Plan:
    """Assign to oneself what a colleague has claimed, who reads at the desk that it was."""
    plan = locked_plan(plan)
    _refuse_who_may_not_decide(by)
    if plan.claimed_by in (None, by):
        return claim(plan, by=by)
    HandOver.objects.create(plan=plan, before=plan.claimed_by, by=by, to=by)
    _give(plan, by)
    ledger.record(ledger.Action.PLAN_TAKEN_OVER, plan, by=by)
    return plan


@transaction.atomic
def hand_over(plan: Plan, to: User, text: str, *, by: User) -> Plan:
    """Give a plan to a colleague with a note, which no patient sees.

    Raises `NotAllowed` without words, to oneself, or if another colleague has the plan.
    """
    plan = locked_plan(plan)
    refuse_anothers(plan, by)
    _refuse_who_may_not_decide(to)
    if to == by:
        raise NotAllowed(_("Choose a colleague."))
    if not text.strip():
        raise NotAllowed(_("Write a few words to your colleague."))
    HandOver.objects.create(plan=plan, text=text, before=plan.claimed_by, by=by, to=to)
    _give(plan, to)
    ledger.record(ledger.Action.PLAN_HANDED_OVER, plan, by=by)
    return plan
