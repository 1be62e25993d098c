"""How long each kind of intake is kept: drafts, withdrawn, sent without a plan, closed.

The days are settings, and count from the last thing that happened with an intake.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from django.conf import settings
from django.db.models import (
    DateTimeField,
    Exists,
    F,
    Max,
    Min,
    Model,
    OuterRef,
    QuerySet,
    Subquery,
)
from django.db.models.functions import Coalesce, Greatest
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as lazy

from consultations.models import (
    Call,
    ConsentDecision,
    Correction,
    Decision,
    Examination,
    Intake,
    IntakeStatus,
    Message,
    Photo,
    Plan,
    Question,
    Recall,
    Response,
)
from scarclinic.staff.models import Event

HAPPENINGS: list[tuple[type[Model], str, str]] = [
    (Plan, "intake", "waiting_since"),
    (Plan, "intake", "signed_at"),
    (Decision, "plan__intake", "decided_at"),
    (Recall, "plan__intake", "due_at"),
    (Recall, "plan__intake", "done_at"),
    (Examination, "intake", "seen_at"),
    (Question, "intake", "asked_at"),
    (Question, "intake", "answered_at"),
    (Message, "intake", "sent_at"),
    (Response, "decision__plan__intake", "said_at"),
    (ConsentDecision, "intake", "decided_at"),
    (Correction, "intake", "corrected_at"),
    (Call, "intake", "called_at"),
    (Photo, "scar__intake", "created_at"),
]
"""What keeps an intake for longer, besides its sending: (model, path to it, when)."""


def _newest(model: type[Model], path: str, at: str) -> Coalesce:
    own = model._default_manager.order_by().filter(**{path: OuterRef("pk")})
    newest = own.values(path).annotate(newest=Max(at)).values("newest")
    found = Subquery(newest, output_field=DateTimeField())
    # SQLite's greatest of something and null is null.
    return Coalesce(found, F("submitted_at"))


def _sent() -> QuerySet[Any]:
    """Return what was sent, with `last_at` and `is_signed`."""
    happenings = [_newest(*each) for each in HAPPENINGS]
    return Intake.objects.sent().annotate(
        last_at=Greatest("submitted_at", "touched_at", *happenings),
        is_signed=Exists(Plan.objects.signed().filter(intake=OuterRef("pk"))),
    )


def _drafts() -> QuerySet[Any]:
    return Intake.objects.drafts().annotate(last_at=F("touched_at"))


def _without_plan(status: str) -> Callable[[], QuerySet[Any]]:
    return lambda: _sent().filter(status=status, is_signed=False)


@dataclass(frozen=True)
class Period:
    """One kind of intake; `setting` names the days for which it is kept.

    `rows` returns them with `last_at`, when something last happened.
    """

    label: Promise
    setting: str
    rows: Callable[[], QuerySet[Any]]

    @property
    def length(self) -> timedelta:
        return timedelta(days=getattr(settings, self.setting))

    def over(self, now: datetime) -> QuerySet[Any]:
        """Return what is kept no longer."""
        return self.rows().filter(last_at__lte=now - self.length)


DRAFTS = Period(lazy("Drafts"), "DRAFT_DAYS", _drafts)
CASES = [
    Period(
        lazy("Withdrawn without a signed plan"),
        "WITHDRAWN_DAYS",
        _without_plan(IntakeStatus.WITHDRAWN),
    ),
    Period(
        lazy("Sent, without a signed plan"),
        "SENT_DAYS",
        _without_plan(IntakeStatus.SUBMITTED),
    ),
    Period(
        lazy("Cases with a signed plan"),
        "CLOSED_DAYS",
        lambda: _sent().filter(is_signed=True),
    ),
]


def kept_until(intake: Intake) -> date | None:
    """Return the day until which an intake is kept if nothing more happens."""
    for period in [DRAFTS, *CASES]:
        last_at = period.rows().filter(pk=intake.pk).values_list("last_at", flat=True)
        if found := last_at.first():
            return timezone.localdate(found + period.length)
    return None


# What `prune --preview` tells


@dataclass(frozen=True)
class Forecast:
    """How many rows would go now, and how many go next, and when."""

    due: int
    next_count: int
    next_on: date | None


def forecast(
    rows: QuerySet[Any], at: str, length: timedelta, now: datetime
) -> Forecast:
    """Return the `Forecast` of rows that are kept for so long from their moment `at`."""
    cutoff = now - length
    later = rows.filter(**{f"{at}__gt": cutoff})
    first: datetime | None = later.aggregate(first=Min(at))["first"]
    due = rows.filter(**{f"{at}__lte": cutoff}).count()
    if first is None:
        return Forecast(due, 0, None)
    next_on = timezone.localdate(first + length)
    midnight = timezone.make_aware(datetime.combine(next_on + timedelta(1), time()))
    same_day = later.filter(**{f"{at}__lt": midnight - length})
    return Forecast(due, same_day.count(), next_on)


def forecasts(now: datetime) -> list[tuple[Promise, Forecast]]:
    """Return [(what, `Forecast`)] of all kinds of intakes, and of the ledger."""
    intakes = [
        (period.label, forecast(period.rows(), "last_at", period.length, now))
        for period in [DRAFTS, *CASES]
    ]
    length = timedelta(days=settings.LEDGER_DAYS)
    events = forecast(Event.objects.all(), "at", length, now)
    return [*intakes, (lazy("Events of the ledger"), events)]
