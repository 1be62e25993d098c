"""Anonymous funnel statistics of the intake: views, completions, errors, times by page.

A page is named by its key, as in `Intake.done`; all scars of a kind count as one page.
A draft keeps its own counts, {key: [reached at, answered at, errors]} in Unix time, in
its row, which is saved anyway. `fold` adds them to the rows of all, once, when the draft
is sent or deleted; until then `since` reads them where they are. No lock is shared.
"""

import math
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from time import time
from typing import Any

from django.db import transaction
from django.db.models import Count
from django.utils import timezone

from consultations.models import Intake, StepTally

GROWTH = 1.5
"""Each bucket of seconds is this much wider than the one before."""
CHECK = "check"
"""Where somebody stands who has answered every page and not sent them."""
COUNTS = ("reached", "completed", "errors", "left")


# Count, in the draft's row. The caller saves `visits`.


def reached(intake: Intake, key: str) -> None:
    """Note that a patient was led to a page, once for each draft."""
    visit = intake.visits.setdefault(key, [None, None, 0])
    if visit[:2] == [None, None]:
        visit[0] = int(time())


def completed(intake: Intake, key: str) -> None:
    """Note that a page was answered, once for each draft."""
    visit = intake.visits.setdefault(key, [None, None, 0])
    if visit[1] is None:
        visit[1] = int(time())


def failed(intake: Intake, key: str) -> None:
    """Note that answers to a page came back with errors."""
    intake.visits.setdefault(key, [None, None, 0])[2] += 1


# Fold


@dataclass
class Sum:
    """Counts of one page over some days."""

    reached: int = 0
    completed: int = 0
    errors: int = 0
    left: int = 0
    seconds: Counter[str] = field(default_factory=Counter)

    @property
    def median(self) -> int | None:
        return median_of(self.seconds)

    def add(self, other: "Sum | StepTally") -> None:
        """Add what another one, or a `StepTally`, has counted."""
        for name in COUNTS:
            setattr(self, name, getattr(self, name) + getattr(other, name))
        self.seconds.update(other.seconds)


def _day(seconds: float) -> date:
    return datetime.fromtimestamp(seconds, timezone.get_current_timezone()).date()


def _sums(visits: Mapping[str, Any]) -> dict[tuple[str, date], Sum]:
    """Return {(page, day): `Sum`} of what one draft has counted."""
    sums: dict[tuple[str, date], Sum] = {}
    for key, (reached_at, answered_at, errors) in visits.items():
        page = key.partition("/")[0]

        def on(at: float | None, page: str = page) -> Sum:
            day = timezone.localdate() if at is None else _day(at)
            return sums.setdefault((page, day), Sum())

        # Who went by the address was not led there, and took nobody knows how long.
        came_at = answered_at if reached_at is None else reached_at
        on(came_at).reached += came_at is not None
        on(came_at).errors += errors
        if answered_at is not None:
            on(answered_at).completed += 1
            if reached_at is not None:
                bucket = str(bucket_of(answered_at - reached_at))
                on(answered_at).seconds[bucket] += 1
    return sums


def fold(intake: Intake, *, is_left: bool = False) -> None:
    """Add a draft's counts to those of all, at its end; rows are only added.

    `is_left` counts where it stood that was never sent.
    """
    sums = _sums(intake.visits)
    came = {key: visit for key, visit in intake.visits.items() if any(visit[:2])}
    if is_left and came:
        still_open = {key: visit[0] for key, visit in came.items() if not visit[1]}
        page = max(still_open, key=still_open.__getitem__, default=CHECK).partition(
            "/"
        )[0]
        sums.setdefault((page, timezone.localdate()), Sum()).left += 1
    StepTally.objects.bulk_create(
        StepTally(step=page, day=day, **vars(its)) for (page, day), its in sums.items()
    )
    intake.visits = {}


def merge(today: date) -> int:
    """Make one row of all that a page counted on a day before today; return how many.

    A row of one draft alone would show which way one patient went.
    """
    several = list(
        StepTally.objects.filter(day__lt=today)
        .values("step", "day")
        .annotate(rows=Count("pk"))
        .filter(rows__gt=1)
        .order_by("day", "step")
        .values_list("step", "day")
    )
    for page, day in several:
        _merge_rows(page, day)
    return len(several)


@transaction.atomic
def _merge_rows(page: str, day: date) -> None:
    rows = list(StepTally.objects.select_for_update().filter(step=page, day=day))
    whole = Sum()
    for row in rows:
        whole.add(row)
    StepTally.objects.filter(pk__in=[row.pk for row in rows]).delete()
    StepTally.objects.create(step=page, day=day, **vars(whole))


# Seconds


def bucket_of(seconds: float) -> int:
    """Return which bucket seconds fall into; what is under one, or before, counts as one."""
    return int(math.log(max(seconds, 1), GROWTH))


def median_of(buckets: Mapping[str, int]) -> int | None:
    """Return the median of {bucket: how many} in seconds, None of nothing.

    Within its bucket it is reckoned, so it may be wrong by half of itself.
    """
    total, below = sum(buckets.values()), 0
    for bucket in sorted(buckets, key=int):
        count = buckets[bucket]
        if count and (below + count) * 2 >= total:
            share = (total / 2 - below) / count
            return round(GROWTH ** (int(bucket) + share))
        below += count
    return None


# Read


def since(day: date) -> dict[str, Sum]:
    """Return {page: `Sum`} of all days from one on, open drafts included. Two queries."""
    sums: dict[str, Sum] = {}
    for row in StepTally.objects.filter(day__gte=day):
        sums.setdefault(row.step, Sum()).add(row)
    for visits in Intake.objects.drafts().values_list("visits", flat=True):
        for (page, its_day), its in _sums(visits).items():
            if its_day >= day:
                sums.setdefault(page, Sum()).add(its)
    return sums
