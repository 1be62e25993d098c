"""Print a letter on paper: its sending, by a person who may read the answers anyway."""

from dataclasses import dataclass

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from consultations.letters import outbox, wording
from consultations.letters.wording import Unsayable
from consultations.locking import NotAllowed
from consultations.models import Intake, Letter, Way
from scarclinic.staff import ledger
from scarclinic.staff.models import User


@dataclass(frozen=True)
class Printed:
    """What stands on the sheet; `link` is the short address, with the scheme."""

    intake: Intake
    text: str
    link: str


@transaction.atomic
def _print(letter: Letter, *, by: User) -> Printed:
    letter = Letter.objects.select_for_update().get(pk=letter.pk)
    if letter.channel != Way.LETTER or letter.given_up_at:
        raise NotAllowed(_("This is no letter to print."))
    if letter.intake.is_suspected:
        raise NotAllowed(_("Perhaps a robot has sent this: look at it first."))
    if fault := outbox.obstacle(letter):
        raise Unsayable(fault)
    _subject, text, link = wording.on_paper(letter)
    letter.attempts += 1
    letter.sent_at = letter.sent_at or timezone.now()
    letter.error = ""
    letter.save(update_fields=["attempts", "sent_at", "error"])
    ledger.record(ledger.Action.LETTER_PRINTED, letter, by=by)
    return Printed(letter.intake, text, link)


def print_letter(letter: Letter, *, by: User) -> Printed:
    """Return what a letter says, and count it as sent; it may be printed again.

    Raises `NotAllowed` if it must not go any more: then it is given up, as an e-mail is.
    """
    try:
        return _print(letter, by=by)
    except Unsayable as unsayable:
        fault = unsayable.fault
        waiting = Letter.objects.waiting().filter(pk=letter.pk)
        if fault in outbox.CURABLE:
            waiting.update(error=fault.value)
        elif waiting.update(error=fault.value, given_up_at=timezone.now()):
            outbox.fall_back(letter, fault.value)
        raise NotAllowed(fault.label) from None
