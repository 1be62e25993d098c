"""`NotAllowed`, with which a verb refuses in words, and the row locks verbs begin with."""

from typing import TypeVar

from django.utils.translation import gettext as _

from consultations.models import Intake, Plan, SecondAccess

Row = TypeVar("Row", Intake, Plan, SecondAccess)


class NotAllowed(Exception):
    """Raised by a verb that cannot act now. `faults` are the reasons, a sentence each."""

    def __init__(self, *faults: str):
        super().__init__(" ".join(str(fault) for fault in faults))
        self.faults = faults


def _locked(row: Row) -> Row:
    locked = type(row).objects.select_for_update().filter(pk=row.pk).first()
    if locked is None:
        raise NotAllowed(_("This was erased."))
    return locked


def locked_intake(intake: Intake) -> Intake:
    """Return an intake re-read under a row lock, held until the transaction ends.

    Raises `NotAllowed` if it was erased.
    """
    return _locked(intake)


def locked_access(access: SecondAccess) -> SecondAccess:
    """Return a second access re-read under a lock, its intake locked before it.

    Raises `NotAllowed` if it was erased.
    """
    intake = locked_intake(access.intake)
    access = _locked(access)
    access.intake = intake
    return access


def locked_plan(plan: Plan) -> Plan:
    """Return a plan as it is now, locked; raises `NotAllowed` if it is signed or erased."""
    plan = _locked(plan)
    if plan.is_signed:
        raise NotAllowed(_("This plan is signed and cannot change."))
    return plan
