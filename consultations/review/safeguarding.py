"""Safeguarding: note a worry about somebody's safety, and read what colleagues noted."""

from django.db import transaction
from django.utils.translation import gettext as _

from consultations.locking import NotAllowed, locked_intake
from consultations.models import Intake, SafeguardingNote
from scarclinic.staff import ledger
from scarclinic.staff.models import User


@transaction.atomic
def note(intake: Intake, text: str, *, by: User) -> SafeguardingNote:
    """Keep a worry about the safety of a patient; return the note.

    Also of what is signed or withdrawn. Raises `NotAllowed` without words.
    """
    intake = locked_intake(intake)
    if not text.strip():
        raise NotAllowed(_("Write what worries you."))
    written = SafeguardingNote.objects.create(intake=intake, text=text, written_by=by)
    ledger.record(ledger.Action.WORRY_NOTED, written, by=by)
    return written


@transaction.atomic
def read(intake: Intake, *, by: User) -> list[SafeguardingNote]:
    """Return the notes on an intake, the first first; that they were read is recorded."""
    ledger.record(ledger.Action.WORRY_READ, intake, by=by)
    return list(intake.safeguarding_notes.select_related("written_by"))
