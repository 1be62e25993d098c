"""Write, answer, settle and read messages between a patient and the clinic.

Each form has a `key`: what is posted twice with it is one message. Both sides say what
they have seen, the number of the newest message on their page, so that nobody settles or
answers what came meanwhile.
"""

from collections.abc import Iterable

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from consultations.care import coming_back
from consultations.letters import outbox
from consultations.locking import NotAllowed, locked_intake
from consultations.models import (
    Intake,
    LetterKind,
    Message,
    Photo,
    SecondAccess,
)
from consultations.review.workflow.hurrying import hurry_if_in_crisis
from scarclinic.staff import ledger
from scarclinic.staff.models import User


def _open(intake: Intake) -> Intake:
    """Return the intake, locked; raises `NotAllowed` if nobody works on it any more."""
    intake = locked_intake(intake)
    if intake.is_draft or intake.is_withdrawn:
        raise NotAllowed(_("This was withdrawn: nobody reads messages about it."))
    return intake


@transaction.atomic
def write(
    intake: Intake,
    text: str,
    *,
    key: str,
    second: SecondAccess | None = None,
    about: str = "",
    photo: Photo | None = None,
) -> Message | None:
    """Send the clinic a patient's message, once for each `key`; return the `Message`.

    None if it was sent before. The plan waits for an answer, on top of the queue where
    the words sound like a crisis. `second` is the access of the other one of patient and
    guardian. Raises `NotAllowed` if the intake is withdrawn.
    """
    intake = _open(intake)
    if intake.messages.filter(key=key).exists():
        return None
    due_on = coming_back.day_of_answer([text])
    message = Message.objects.create(
        intake=intake,
        second=second,
        key=key,
        text=text,
        about=about,
        photo=photo,
        due_on=due_on,
    )
    coming_back.put_back(intake, due_on)
    hurry_if_in_crisis(intake, [text])
    ledger.record(ledger.Action.MESSAGE_SENT, message)
    return message


@transaction.atomic
def answer(
    intake: Intake,
    text: str,
    *,
    key: str,
    seen: int,
    by: User,
    second: SecondAccess | None = None,
) -> Message | None:
    """Send a patient a message of the clinic's, and settle what it answers.

    `seen` is the number of the newest message that its writer has read. None if it was
    sent before. Raises `NotAllowed` if a colleague has answered meanwhile, the text is
    empty, or the intake is withdrawn.
    """
    intake = _open(intake)
    if intake.messages.filter(key=key).exists():
        return None
    if not text.strip():
        raise NotAllowed(_("Write your message in words."))
    if len(text) > Message.MOST_LETTERS:
        raise NotAllowed(
            _("The message is too long: %(most)d characters at most.")
            % {"most": Message.MOST_LETTERS}
        )
    if second and second.is_link_over:
        raise NotAllowed(_("This link is over: nobody would read your message."))
    thread = intake.messages.of(second)
    if thread.from_clinic().filter(pk__gt=seen).exists():
        raise NotAllowed(
            _("A colleague has written meanwhile: read it, then send yours if need be.")
        )
    message = Message.objects.create(
        intake=intake, second=second, key=key, text=text, by=by
    )
    _settle(thread.waiting().filter(pk__lte=seen), by)
    coming_back.take_off(intake)
    _write_to(message)
    ledger.record(ledger.Action.MESSAGE_ANSWERED, message, by=by)
    return message


def _settle(messages: Iterable[Message], by: User) -> bool:
    """Settle messages; return whether there were any. Their photos count as seen."""
    found = list(messages)
    Photo.objects.filter(message__in=found).update(is_seen=True)
    for each in found:
        each.settled_at, each.settled_by = timezone.now(), by
        each.save(update_fields=["settled_at", "settled_by"])
    return bool(found)


def _write_to(message: Message) -> None:
    """Tell who reads it that there is a message, and nothing of what it says."""
    key = f"message-{message.pk}"
    outbox.write(message.intake, LetterKind.MESSAGE, key=key, second=message.second)


@transaction.atomic
def note(intake: Intake, *, seen: int, by: User) -> bool:
    """Settle without an answer what a patient wrote, or said to the plan.

    Up to the message of the number `seen`, of both links. Returns whether there was any.
    """
    intake = _open(intake)
    settled = _settle(intake.messages.waiting().filter(pk__lte=seen), by)
    had_response = coming_back.newest(intake).has_response
    if not (settled or had_response):
        return False
    coming_back.take_off(intake, responses=True)
    ledger.record(ledger.Action.MESSAGES_NOTED, intake, by=by)
    return True


@transaction.atomic
def read(intake: Intake, *, seen: int, second: SecondAccess | None = None) -> bool:
    """Note that who holds a link has read what the clinic wrote, up to number `seen`."""
    intake = locked_intake(intake)
    unread = intake.messages.of(second).unread().filter(pk__lte=seen)
    count = unread.update(read_at=timezone.now())
    if count:
        ledger.record(ledger.Action.MESSAGES_READ, second or intake)
    return bool(count)
