"""Plans that only wait: without cards, so that a long queue is made quickly."""

import re
from datetime import timedelta
from html import unescape

from django.utils import timezone

from consultations.models import (
    Assessment,
    Card,
    Decision,
    IntakeStatus,
    Plan,
    Recall,
)
from methods.models import MethodRevision
from tests.consultations.deciding import QUEUE
from tests.consultations.writing import make_sent

CELL = re.compile(r'<t[dh] class="field-(\w+)[^"]*">(.*?)</t[dh]>', re.S)
TAG = re.compile(r"<[^>]+>")


def make_waiting(hours=1, *, intake=None, **fields):
    """Make a plan whose patient has waited for so many hours; `intake` are its fields."""
    since = timezone.now() - timedelta(hours=hours)
    sent = make_sent(reminders=None, **intake or {})
    return Plan.objects.create(
        intake=sent, **{"is_flagged": False, "waiting_since": since} | fields
    )


def make_signed(by, *, days_ago=0, **more):
    """Make a plan that somebody has signed."""
    signed = {
        "signed_at": timezone.now() - timedelta(days=days_ago),
        "signed_by": by,
        "signed_name": "Clara Weiss",
        "registration_number": "REG-0042",
    }
    return make_waiting(**signed | more)


def make_recalled(by):
    """Make a signed plan whose patient is asked back now, about its one card."""
    plan, now = make_signed(by), timezone.now()
    assessment = Assessment.objects.create(
        intake=plan.intake,
        scar=plan.intake.scars.get(),
        assessed_on=timezone.localdate(),
        **{"facts": {}, "questions": [], "red_flag_words": [], "rules_version": "1"},
        **{"types": [], "red_flags": []},
    )
    card = Card.objects.create(
        assessment=assessment,
        revision=MethodRevision.objects.first(),
        **{"place": 1, "verdict": "deferred", "reasons": [], "ask": []},
    )
    decision = Decision.objects.create(
        plan=plan, card=card, choice="not_now", decided_by=by, decided_at=now
    )
    Recall.objects.create(plan=plan, decision=decision, due_at=now)
    return plan


def make_withdrawn(**more):
    """Make a plan whose patient has withdrawn the intake."""
    return make_waiting(intake={"status": IntakeStatus.WITHDRAWN}, **more)


def promised_in(days):
    """Return the fields of an intake whose answer is promised for a day from today on."""
    return {"promised_on": timezone.localdate() + timedelta(days=days)}


def queue_of(client, **query):
    """Return the plans that the queue lists, in its order."""
    response = client.get(QUEUE, query)
    assert response.status_code == 200
    return list(response.context["cl"].result_list)


def rows_of(client, **query):
    """Return what each row of the queue says, {column: words}."""
    html = client.get(QUEUE, query).content.decode()
    rows = []
    for name, cell in CELL.findall(html):
        if name == "reference":
            rows.append({})
        rows[-1][name] = unescape(TAG.sub("", cell)).strip()
    return rows


def column_of(client, name, **query):
    """Return one column of the queue."""
    return [row[name] for row in rows_of(client, **query)]
