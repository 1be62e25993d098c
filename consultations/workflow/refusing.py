"""What every verb begins with: its subject under lock, or words why not."""

from django.utils.translation import gettext as _

from consultations.models import Intake, Plan


class NotAllowed(Exception):
    """The step cannot be taken now. `faults` says why, a sentence each."""

    def __init__(self, *faults):
        super().__init__(" ".join(str(fault) for fault in faults))
        self.faults = faults


def locked_intake(intake):
    """Return an intake as it is now; nobody else changes it in this transaction."""
    return Intake.objects.select_for_update().get(pk=intake.pk)


def locked_plan(plan):
    """Return a plan as it is now, locked; raises `NotAllowed` if it is signed."""
    plan = Plan.objects.select_for_update().get(pk=plan.pk)
    if plan.is_signed:
        raise NotAllowed(_("This plan is signed and cannot change."))
    return plan


def name_of(user):
    """Return what colleagues call somebody."""
    return user.get_full_name() or user.get_username()
