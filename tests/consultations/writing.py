"""Patients who may be written to, and the outbox as a sender finds it."""

import itertools
from io import StringIO

from django.core.management import call_command
from django.utils import timezone

from consultations.intake import consents, people_search
from consultations.models import (
    ConsentPurpose,
    DecidedBy,
    Intake,
    IntakeStatus,
    Letter,
)

ADDRESS = "ada@example.org"
numbers = itertools.count()


def make_intake(*, reminders=None, **fields):
    """Make a draft with an e-mail address, by the fields given.

    `reminders` is what the patient decided of e-mails, None if they were not asked.
    """
    intake, _token = Intake.objects.begin()
    for name, value in ({"email": ADDRESS} | fields).items():
        setattr(intake, name, value)
    intake.save()
    people_search.index(intake)
    if reminders is not None:
        decided = {ConsentPurpose.REMINDERS: reminders}
        consents.decide(intake, decided, by=DecidedBy.PATIENT)
    return intake


def make_sent(*, reminders=True, **fields):
    """Make an intake that the clinic has got, without a plan."""
    sent = {
        "status": IntakeStatus.SUBMITTED,
        "reference": f"REF-{next(numbers)}",
        "submitted_at": timezone.now(),
    }
    return make_intake(reminders=reminders, **sent | fields)


def run(command, *arguments):
    """Run a command; return the lines that it prints."""
    out = StringIO()
    call_command(command, *arguments, stdout=out)
    return out.getvalue().splitlines()


def make_due(letter):
    """Let the time come when a letter is sent."""
    Letter.objects.filter(pk=letter.pk).update(due_at=timezone.now())
