"""Delete what no person has sent."""

from django.db import transaction
from django.utils.translation import gettext as _

from consultations import removal, tombstones
from consultations.letters import outbox
from consultations.locking import NotAllowed, locked_intake
from consultations.models import Intake, Tombstone
from scarclinic.staff import ledger
from scarclinic.staff.models import User


@transaction.atomic
def clear(intake: Intake, *, by: User) -> None:
    """Note that a person has sent an intake, and send what has waited for that.

    Raises `NotAllowed` if nobody doubts it.
    """
    intake = locked_intake(intake)
    if intake.is_draft or not intake.is_suspected:
        raise NotAllowed(_("Nobody doubts that a person sent this."))
    intake.is_suspected = False
    intake.save(update_fields=["is_suspected"])
    outbox.release(intake)
    ledger.record(ledger.Action.PERSON_CONFIRMED, intake, by=by)


@transaction.atomic
def delete(intake: Intake, *, by: User) -> None:
    """Delete a sent intake that is suspected, for good, with all that hangs on it.

    Raises `NotAllowed` for any other, once somebody has worked on it, and where it may
    be about somebody's safety.
    """
    intake = locked_intake(intake)
    if intake.is_draft or not intake.is_suspected:
        raise NotAllowed(_("Only what is perhaps not from a person can be deleted."))
    for plan in intake.plans.select_for_update():
        if plan.signed_at or plan.first_signed_at:
            raise NotAllowed(_("A plan is signed: this was sent by a person."))
        if plan.claimed_by:
            raise NotAllowed(
                _("%(name)s has claimed this plan.")
                % {"name": plan.claimed_by.display_name}
            )
        # The same words for all three: they tell nobody which, nor that there is a note.
        if (
            plan.has_crisis_words
            or plan.is_flagged
            or intake.safeguarding_notes.exists()
        ):
            raise NotAllowed(
                _("Somebody may need us: say first that a person sent it, or claim it.")
            )
    tombstones.enter(intake, Tombstone.Kind.SPAM)
    ledger.record(ledger.Action.SPAM_DELETED, intake, by=by)
    removal.remove(intake)
