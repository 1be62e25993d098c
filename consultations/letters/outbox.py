"""The outbox: e-mails are written in a transaction, and sent by a command afterwards.

A letter is sent at least once. Only a sender that is killed between the mail server's
yes and our own note of it sends one again, with the same Message-ID.
"""

import logging
from collections import Counter
from datetime import timedelta
from enum import StrEnum
from smtplib import SMTPRecipientsRefused, SMTPResponseException

from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.crypto import salted_hmac

from consultations.letters import wording
from consultations.letters.wording import Fault, Unsayable
from consultations.models import ConsentPurpose, Letter, LetterKind
from scarclinic.staff.throttle import LETTERS_A_DAY

logger = logging.getLogger("django.scarclinic")

PAUSES = [timedelta(minutes=each) for each in (1, 5, 30, 120, 360, 720, 1440)]
"""How long to wait after each failure. One failure more, and a letter is given up."""
CLAIM = timedelta(minutes=10)
"""So long a letter is one sender's: longer than a slow mail server keeps it."""
DAY = timedelta(days=1)

NEED_CONSENT = (LetterKind.RECEIVED, LetterKind.QUESTION, LetterKind.PLAN)
"""What the consent to reminders is about."""
CURABLE = (Fault.NO_WORDS, Fault.NO_SITE)
"""What an administrator may have put right by the next attempt."""


class Outcome(StrEnum):
    SENT = "sent"
    FAILED = "failed"
    GIVEN_UP = "given up"
    HELD_BACK = "held back"


# Write


def write(intake, kind, *, key, due_at=None):
    """Put an e-mail into the outbox, in the caller's transaction; return the `Letter`.

    Returns None, and writes nothing, if there is no address, the intake is suspected not
    to be from a person, the patient does not wish it, or a letter of this key exists.
    """
    if not intake.email or intake.is_suspected or _obstacle(intake, kind):
        return None
    letter, is_new = Letter.objects.get_or_create(
        key=key,
        defaults={"intake": intake, "kind": kind, "due_at": due_at or timezone.now()},
    )
    return letter if is_new else None


def write_link(intake):
    """Write the private link to whoever has just asked for it: pressed twice, once.

    An address that was put right within the minute is another one.
    """
    address = salted_hmac(
        "consultations.letters.outbox", intake.email.casefold()
    ).hexdigest()
    minute = f"{timezone.now():%Y%m%d%H%M}"
    write(intake, LetterKind.LINK, key=f"link-{intake.pk}-{minute}-{address[:16]}")


def _obstacle(intake, kind):
    """Return the `Fault` for which a patient is not written to, or None."""
    if kind == LetterKind.LINK:
        # The patient has asked for it just now.
        return None
    if intake.is_withdrawn:
        return Fault.WITHDRAWN
    decision = intake.consents.in_force().get(ConsentPurpose.REMINDERS)
    # A draft is warned before it comes to the page that asks for consent, but not after
    # a "no" on that page.
    is_agreed = decision.is_given if decision else kind not in NEED_CONSENT
    return None if is_agreed else Fault.NO_CONSENT


# Send


def send_due(now):
    """Send what is due; return how many had which `Outcome`, a Counter."""
    return Counter(iter(lambda: send_next(now), None))


def send_next(now):
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
def _claim(now):
    """Put the next letter out of other senders' reach; return it, or None and why not.

    Nothing is locked while we talk to the mail server. If we do not come back, the
    letter is due again when the claim ends.
    """
    letter = (
        Letter.objects.due(now)
        .select_related("intake")
        .select_for_update(skip_locked=True, of=("self",))
        .first()
    )
    if letter is None:
        return None, None
    if (free_at := _free_at(letter.intake.email, now)) > now:
        _open(letter).update(due_at=free_at)
        return None, Outcome.HELD_BACK
    letter.attempts += 1
    letter.due_at = now + CLAIM
    letter.error = ""
    letter.save(update_fields=["attempts", "due_at", "error"])
    return letter, None


def _free_at(email, now):
    """Return when an address may get one more letter."""
    lately = Letter.objects.filter(sent_at__gt=now - DAY, intake__email__iexact=email)
    times = lately.order_by("-sent_at").values_list("sent_at", flat=True)
    times = times[:LETTERS_A_DAY]
    return times[LETTERS_A_DAY - 1] + DAY if len(times) == LETTERS_A_DAY else now


def _open(letter):
    return Letter.objects.waiting().filter(pk=letter.pk)


def _send(letter):
    intake = letter.intake
    if fault := _obstacle(intake, letter.kind):
        raise Unsayable(fault)
    if letter.kind == LetterKind.WARNING and (
        not intake.is_draft or intake.touched_at > letter.created_at
    ):
        raise Unsayable(Fault.OVERTAKEN)
    wording.message(letter).send()


def _note_failure(letter, error, now):
    told, is_final = _reading_of(error)
    is_final = is_final or letter.attempts > len(PAUSES)
    change = (
        {"given_up_at": now}
        if is_final
        else {"due_at": now + PAUSES[letter.attempts - 1]}
    )
    # Whoever has claimed it since counts one attempt more, and decides.
    _open(letter).filter(attempts=letter.attempts).update(error=told, **change)
    outcome = Outcome.GIVEN_UP if is_final else Outcome.FAILED
    logger.warning("E-mail %d: %s (%s).", letter.pk, outcome, told)
    return outcome


def _reading_of(error):
    """Return what is kept of an error, and whether another attempt is in vain.

    Only its class, and the server's number: its words quote the address.
    """
    if isinstance(error, Unsayable):
        return error.fault.value, error.fault not in CURABLE
    name = type(error).__name__
    if isinstance(error, SMTPRecipientsRefused):
        codes = [code for code, _words in error.recipients.values()]
        if all(500 <= code < 600 for code in codes):
            return Fault.REFUSED.value, True
        return f"{name} {max(codes)}", False
    if isinstance(error, SMTPResponseException):
        return f"{name} {error.smtp_code}", False
    return name, False


def try_again(letters, now):
    """Let letters of a queryset that failed be sent now; return how many.

    What is on its way, or sent, is left alone.
    """
    failed = letters.filter(Q(given_up_at__isnull=False) | ~Q(error=""))
    return failed.filter(sent_at__isnull=True).update(
        due_at=now, attempts=0, given_up_at=None, error=""
    )
