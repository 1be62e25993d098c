"""What stands beside a plan: readers, versions, other intakes, templates, currency."""

from contextlib import suppress
from datetime import datetime
from typing import NamedTuple

from django.db import IntegrityError
from django.db.models import (
    CharField,
    DateTimeField,
    F,
    IntegerField,
    OuterRef,
    Subquery,
    TextField,
    Value,
)
from django.db.models.functions import Cast
from django.utils import timezone

from consultations.intake import same_person
from consultations.models import MessageTemplate, Plan, Reading
from methods.models import Clinic

NEVER = Cast(Value(None), DateTimeField())


class Beside(NamedTuple):
    """A colleague's name, a version, an intake with its plan, a template, a currency."""

    what: str
    pk: int
    label: str
    at: datetime | None
    use: str
    text: str
    position: int


def _columns(what, pk, label, at=NEVER, use="", text="", position=0):
    def words(value):
        return F(value) if value else Value("", CharField())

    return [
        Value(what, CharField()),
        pk,
        F(label),
        at,
        words(use),
        Cast(words(text), TextField()),
        F(position) if position else Value(0, IntegerField()),
    ]


class Surroundings:
    """Who else reads a plan, its other versions, what else its patient sent, templates.

    And the clinic's currency. One query, not five: the page has a budget of twelve.
    """

    def __init__(self, plan, user):
        self.plan, self.user = plan, user
        found = {
            each: [] for each in ("reading", "version", "other", "template", "clinic")
        }
        readings, *more = _rows(plan)
        for row in map(Beside._make, readings.union(*more, all=True)):
            found[row.what].append(row)
        self.mine = [row for row in found["reading"] if row.text == str(user.pk)]
        others = [row for row in found["reading"] if row not in self.mine]
        since = timezone.now() - Reading.COUNTS_FOR
        self.readers = [row for row in others if row.at > since]
        self.versions = sorted(found["version"], key=lambda row: row.position)
        self.others = sorted(found["other"], key=lambda row: row.at, reverse=True)
        self.currency = found["clinic"][0].label if found["clinic"] else ""
        self.templates = {}
        for row in sorted(found["template"], key=lambda row: (row.position, row.label)):
            self.templates.setdefault(row.use, []).append(row)

    def note_reading(self):
        """Let colleagues see that the user has the plan open, with one statement."""
        now = timezone.now()
        if self.mine:
            Reading.objects.filter(pk=self.mine[0].pk).update(seen_at=now)
            return
        # Two windows of one user that open at once: one note is enough.
        with suppress(IntegrityError):
            Reading.objects.create(plan=self.plan, user=self.user, seen_at=now)


def _rows(plan):
    yield plan.readings.order_by().values_list(
        *_columns("reading", F("pk"), "user__username", F("seen_at"), text="user_id")
    )
    versions = Plan.objects.filter(intake=plan.intake).exclude(pk=plan.pk)
    yield versions.order_by().values_list(
        *_columns("version", F("pk"), "signed_name", F("signed_at"), position="version")
    )
    latest = Plan.objects.filter(intake=OuterRef("pk")).order_by("-version")
    others = same_person.others_of(plan.intake).order_by()
    yield others.values_list(
        *_columns(
            "other",
            Subquery(latest.values("pk")[:1]),
            "reference",
            F("submitted_at"),
        )
    )
    yield MessageTemplate.objects.order_by().values_list(
        *_columns("template", F("pk"), "title", NEVER, "use", "text", "position")
    )
    yield Clinic.objects.order_by().values_list(
        *_columns("clinic", F("pk"), "currency")
    )
