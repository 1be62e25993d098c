"""The outbox (transactional): verbs write letters, a background worker sends them.

Delivery is at least once. The rows are the task queue: whenever a letter's `due_at` is
set, a task for that moment is enqueued in the same transaction, only to wake a worker. A
worker takes a lease on a letter; one killed between the mail server's answer and our
commit has it sent again when the lease ends, with the same Message-ID.

A letter goes by one channel, which `reach` chooses when it is written. E-mail and SMS a
worker sends; one on paper waits until somebody prints it (`printing`), which is its
sending.
"""

import logging
from collections import Counter
from datetime import datetime, timedelta
from enum import StrEnum
from smtplib import SMTPRecipientsRefused, SMTPResponseException

from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.crypto import salted_hmac

from consultations.intake import people_search
from consultations.letters import sms, wording
from consultations.letters.reach import Reach
from consultations.letters.wording import Fault, Unsayable
from consultations.locking import NotAllowed, locked_intake
from consultations.models import (
    ConsentPurpose,
    Intake,
    Letter,
    LetterKind,
    SecondAccess,
    Way,
)
from consultations.models.letters import LetterQuerySet
from consultations.review.call_list import day_of_call, list_for_call
from scarclinic.staff import ledger
from scarclinic.staff.background import background_task
from scarclinic.staff.models import User

logger = logging.getLogger("django.scarclinic")

BACK_OFF = [timedelta(minutes=each) for each in (1, 5, 30, 120, 360, 720, 1440)]
"""How long to wait after each failure. One failure more, and a letter is given up."""
LEASE = timedelta(minutes=10)
"""Lease on a letter: longer than a slow mail server takes."""
DAY = timedelta(days=1)
LETTERS_A_DAY = 10
"""So many letters one address or number gets in 24 hours; what is more waits.

Those from the clinic are counted by themselves: whatever a stranger has sent to an
address, the letter of a plan comes.
"""
FROM_THE_CLINIC = (LetterKind.QUESTION, LetterKind.PLAN, LetterKind.MESSAGE)
"""What only staff cause. Of the rest, anybody who types an address can cause some."""

NEED_CONSENT = (LetterKind.RECEIVED, *FROM_THE_CLINIC)
"""What the consent to reminders is about."""
CURABLE = (Fault.NO_WORDS, Fault.NO_SITE)
"""What an administrator may have put right by the next attempt."""
AGAIN = "~"
"""In the key of a letter that goes by another way, before the way."""
UNREACHED = (
    *(Fault.NO_ADDRESS, Fault.BAD_ADDRESS, Fault.BAD_NUMBER),
    *(Fault.REFUSED, Fault.REFUSED_NUMBER),
)
"""For these a letter goes by the next way that the patient lets us use."""


class Outcome(StrEnum):
    SENT = "sent"
    FAILED = "failed"
    GIVEN_UP = "given up"
    HELD_BACK = "held back"


# Write


@transaction.atomic
def write(
    intake: Intake,
    kind: str,
    *,
    key: str,
    due_at: datetime | None = None,
    second: SecondAccess | None = None,
    way: Way | None = None,
) -> Letter | None:
    """Put a letter into the outbox, in the caller's transaction; return the `Letter`.

    Returns None, and writes nothing, if there is no address, the reader does not wish
    it, or a letter of this key exists. Of an intake that is suspected not to be from a
    person it waits until somebody has looked: see `release`. With `second` it goes to the
    other one of patient and guardian. `way` is asked for, and taken if it is open.
    """
    channel = _channel(intake, second, way)
    if channel is None or _obstacle(intake, kind, second):
        return None
    return _put(intake, kind, channel, key, due_at=due_at, second=second)


def _put(
    intake: Intake,
    kind: str,
    channel: Way,
    key: str,
    *,
    due_at: datetime | None = None,
    second: SecondAccess | None = None,
) -> Letter | None:
    due_at = due_at or timezone.now()
    letter, is_new = Letter.objects.get_or_create(
        key=key,
        defaults={
            "intake": intake,
            "second": second,
            "kind": kind,
            "channel": channel,
            "due_at": due_at,
        },
    )
    if not is_new:
        return None
    if channel != Way.LETTER:
        _enqueue(due_at)
    return letter


def _channel(
    intake: Intake, second: SecondAccess | None, way: Way | None
) -> Way | None:
    """Return the `Way` by which a letter goes; to the second reader only an e-mail."""
    if second:
        return Way.EMAIL if second.email else None
    reach = Reach(intake)
    return way if way in reach.written else reach.channel


def write_link(intake: Intake, way: Way | None = None) -> None:
    """Write the private link to whoever has just asked for it: pressed twice, once.

    An address that was put right within the minute is another one, and so is a new link.
    Of letters on paper one waits at a time: it says the link of the day it is printed.
    `way` is that by which it was asked for.
    """
    its = intake.letters.waiting().filter(kind=LetterKind.LINK, channel=Way.LETTER)
    if Reach(intake).channel == Way.LETTER and its.exists():
        return
    address = salted_hmac(
        "consultations.letters.outbox",
        f"{intake.email}{intake.telephone}".casefold(),
        algorithm="sha256",
    ).hexdigest()
    minute = f"{timezone.now():%Y%m%d%H%M}"
    which = f"{minute}-{address[:16]}-{intake.token_hash[:16]}"
    write(intake, LetterKind.LINK, key=f"link-{intake.pk}-{which}", way=way)


@transaction.atomic
def release(intake: Intake) -> None:
    """Send what has waited until somebody has looked; the caller says that it may."""
    if intake.letters.waiting().exists():
        _enqueue(timezone.now())


@transaction.atomic
def write_moved(intake: Intake, former_email: str, *, has_agreed: bool = False) -> None:
    """Tell an address that the patient has replaced that it gets no more letters.

    Whoever did not mean that learns of it. Once a day at most, however often an address
    is replaced; never about an intake that is suspected not to be from a person, and only
    where a letter went to it: else anybody could have us mail any address. A second
    person who `has_agreed` did so by the link in theirs.
    """
    if intake.is_suspected or not former_email:
        return
    if not (has_agreed or _was_written_to(intake)):
        return
    address = salted_hmac(
        "consultations.letters.outbox", former_email.casefold(), algorithm="sha256"
    ).hexdigest()
    now = timezone.now()
    _letter, is_new = Letter.objects.get_or_create(
        key=f"moved-{intake.pk}-{now:%Y%m%d}-{address[:16]}",
        defaults={
            "intake": intake,
            "kind": LetterKind.MOVED,
            "former_email": former_email,
            "due_at": now,
        },
    )
    if is_new:
        _enqueue(now)


def _was_written_to(intake: Intake) -> bool:
    """Return whether an e-mail went to the address before it was replaced.

    Each address that one went to is told, so what was sent since the last was told went
    to this one.
    """
    sent = intake.letters.filter(
        sent_at__isnull=False, channel=Way.EMAIL, second=None
    ).exclude(kind=LetterKind.MOVED)
    told = intake.letters.filter(kind=LetterKind.MOVED).order_by("-created_at").first()
    return (sent.filter(sent_at__gt=told.created_at) if told else sent).exists()


@transaction.atomic
def follow(intake: Intake) -> None:
    """Send what waits by the way that a patient has chosen since.

    Where none is left, somebody calls. The caller has locked the intake.
    """
    reach = Reach(intake)
    closed = (
        intake.letters.waiting()
        .filter(second=None)
        .exclude(Q(kind=LetterKind.MOVED) | Q(channel__in=reach.ways))
    )
    if reach.channel is None:
        reason = Fault.NO_ADDRESS.value
        if closed.update(given_up_at=timezone.now(), error=reason):
            list_for_call(intake, day_of_call(), is_unreached=True)
        return
    if closed.update(channel=reach.channel) and reach.channel != Way.LETTER:
        _enqueue(timezone.now())


def _obstacle(
    intake: Intake, kind: str, second: SecondAccess | None = None
) -> Fault | None:
    """Return the `Fault` for which a reader is not written to, or None."""
    if intake.is_draft and intake.is_suspected:
        # Nobody looks at drafts: it would wait for ever.
        return Fault.NOT_A_PERSON
    if kind == LetterKind.MOVED:
        # It guards the patient, whatever they agreed to.
        return None
    if kind == LetterKind.LINK:
        # The patient has asked for it just now.
        return None
    if intake.is_withdrawn:
        return Fault.WITHDRAWN
    if second and second.is_link_over:
        # A guardian's ends when the patient is of age.
        return Fault.NO_ADDRESS
    if kind == LetterKind.SECOND:
        # It asks whether they agree.
        return None
    decision = intake.consents.in_force(second).get(ConsentPurpose.REMINDERS)
    # A draft is warned before it comes to the page that asks for consent, but not after
    # a "no" on that page.
    is_agreed = decision.is_given if decision else kind not in NEED_CONSENT
    return None if is_agreed else Fault.NO_CONSENT


# Send


@background_task
def send_letters() -> None:
    """Send the letters due, in a worker (`manage.py db_worker`). Several may run at once."""
    send_due(timezone.now())


def _enqueue(due_at: datetime) -> None:
    """Enqueue a task for the moment when a letter is due."""
    send_letters.using(run_after=due_at).enqueue()


def enqueue_overdue(now: datetime) -> int:
    """Enqueue a task if letters have been due for longer than a lease; return how many.

    Either no worker runs, or their tasks were lost.
    """
    if count := Letter.objects.due(now - LEASE).count():
        _enqueue(now)
    return count


def send_due(now: datetime) -> Counter[Outcome]:
    """Send what is due; return how many had which `Outcome`."""
    return Counter(iter(lambda: send_next(now), None))


def send_next(now: datetime) -> Outcome | None:
    """Send the letter that is due the longest; return its `Outcome`, None if none is."""
    # A look without a lock: on SQLite a transaction would hold up every writer.
    if not Letter.objects.due(now).exists():
        return None
    letter, outcome = _claim(now)
    if letter is None:
        return outcome
    try:
        _send(letter)
    except Exception as error:  # a fault of one letter holds up no other
        return _note_failure(letter, error, now)
    _open(letter).update(sent_at=now, error="")
    return Outcome.SENT


@transaction.atomic
def _claim(now: datetime) -> tuple[Letter | None, Outcome | None]:
    """Take a lease on the next letter; return it, or None and why not.

    Nothing is locked while we talk to the mail server. If we do not come back, the
    letter is due again when the lease ends.
    """
    letter = (
        Letter.objects.due(now)
        .select_related("intake", "second")
        .select_for_update(skip_locked=True, of=("self",))
        .first()
    )
    if letter is None:
        return None, None
    if (free_at := _free_at(letter, now)) > now:
        _open(letter).update(due_at=free_at)
        _enqueue(free_at)
        return None, Outcome.HELD_BACK
    letter.attempts += 1
    letter.due_at = now + LEASE
    letter.error = ""
    letter.save(update_fields=["attempts", "due_at", "error"])
    _enqueue(letter.due_at)
    # Before it is sent, so that none goes out unrecorded.
    ledger.record(ledger.Action.LETTER_SENT, letter)
    return letter, None


def _free_at(letter: Letter, now: datetime) -> datetime:
    """Return when the address or number of a letter may get one more of its sort."""
    if letter.channel == Way.SMS:
        same = people_search.with_telephone(letter.to)
    else:
        same = people_search.with_mailbox(letter.to)
    lately = Letter.objects.filter(
        sent_at__gt=now - DAY, channel=letter.channel, intake__in=same
    )
    if letter.kind in FROM_THE_CLINIC:
        lately = lately.filter(kind__in=FROM_THE_CLINIC)
    else:
        lately = lately.exclude(kind__in=FROM_THE_CLINIC)
    times = lately.order_by("-sent_at").values_list("sent_at", flat=True)
    oldest = next(iter(times[LETTERS_A_DAY - 1 : LETTERS_A_DAY]), None)
    return oldest + DAY if oldest else now


def _open(letter: Letter) -> LetterQuerySet:
    return Letter.objects.waiting().filter(pk=letter.pk)


def obstacle(letter: Letter) -> Fault | None:
    """Return the `Fault` for which a letter must not go any more, or None."""
    intake = letter.intake
    if fault := _obstacle(intake, letter.kind, letter.second):
        return fault
    if letter.kind == LetterKind.WARNING and (
        not intake.is_draft or intake.touched_at > letter.created_at
    ):
        return Fault.OVERTAKEN
    is_open = (
        letter.second or letter.former_email or letter.channel in Reach(intake).ways
    )
    return None if is_open else Fault.NO_ADDRESS


def _send(letter: Letter) -> None:
    if fault := obstacle(letter):
        raise Unsayable(fault)
    if letter.channel == Way.SMS:
        sms.adapter().send(*wording.text_message(letter))
    else:
        wording.message(letter).send()


@transaction.atomic
def _note_failure(letter: Letter, error: Exception, now: datetime) -> Outcome:
    reason, is_final = _reading_of(error)
    # Whoever has taken the lease since counts one attempt more, and decides.
    ours = _open(letter).filter(attempts=letter.attempts)
    if is_final or letter.attempts > len(BACK_OFF):
        outcome = Outcome.GIVEN_UP
        if ours.update(error=reason, given_up_at=now):
            fall_back(letter, reason)
    else:
        outcome = Outcome.FAILED
        due_at = now + BACK_OFF[letter.attempts - 1]
        ours.update(error=reason, due_at=due_at)
        _enqueue(due_at)
    what = "SMS" if letter.channel == Way.SMS else "E-mail"
    logger.warning("%s %d: %s (%s).", what, letter.pk, outcome, reason)
    return outcome


@transaction.atomic
def fall_back(letter: Letter, reason: str) -> None:
    """Send what was given up by the patient's next way, once each, else have them called.

    `reason` is what is kept of the error: a `Fault` that no other way cures ends it.
    """
    is_of_address = reason in UNREACHED or reason not in Fault.values
    if letter.second_id or letter.kind == LetterKind.MOVED or not is_of_address:
        return
    try:
        intake = locked_intake(letter.intake)
    except NotAllowed:
        # It was erased meanwhile.
        return
    key = letter.key.partition(AGAIN)[0]
    same = Q(key=key) | Q(key__startswith=f"{key}{AGAIN}")
    tried = set(intake.letters.filter(same).values_list("channel", flat=True))
    way = next((each for each in Reach(intake).written if each not in tried), None)
    if way:
        _put(intake, letter.kind, way, f"{key}{AGAIN}{way}")
    elif not intake.is_withdrawn:
        list_for_call(intake, day_of_call(), is_unreached=True)


def _reading_of(error: Exception) -> tuple[str, bool]:
    """Return what is kept of an error, and whether another attempt is in vain.

    Only its class, and the server's number: its words quote the address.
    """
    if isinstance(error, Unsayable):
        return error.fault.value, error.fault not in CURABLE
    if isinstance(error, sms.NoSuchNumber):
        return Fault.REFUSED_NUMBER.value, True
    name = type(error).__name__
    if isinstance(error, SMTPRecipientsRefused):
        codes = [code for code, _words in error.recipients.values()]
        if all(500 <= code < 600 for code in codes):
            return Fault.REFUSED.value, True
        return f"{name} {max(codes)}", False
    if isinstance(error, SMTPResponseException):
        return f"{name} {error.smtp_code}", False
    return name, False


@transaction.atomic
def try_again(letters: LetterQuerySet, now: datetime, *, by: User) -> int:
    """Make the failed letters of a queryset due now; return how many.

    What is on its way, or sent, is left alone.
    """
    failed = letters.filter(Q(given_up_at__isnull=False) | ~Q(error=""))
    count = failed.filter(sent_at__isnull=True).update(
        due_at=now, attempts=0, given_up_at=None, error=""
    )
    if count:
        _enqueue(now)
        ledger.record(ledger.Action.LETTERS_RETRIED, None, by=by)
    return count
