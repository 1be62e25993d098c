"""How patients fare with each page of the intake, counted without knowing whose.

A page is named by its key, as in `Intake.done`; all scars of a kind count as one page.
The verbs write in the caller's transaction, which holds the draft's row, and cost the
same whatever the draft holds.
"""

import math
from collections import Counter
from dataclasses import dataclass, field
from time import time

from django.db import connection, transaction
from django.utils import timezone

from consultations.models import StepTally

GROWTH = 1.5
"""Each bucket of seconds is this much wider than the one before."""
CHECK = "check"
"""Where somebody stands who has answered every page and not sent them."""
GATE = 7_461_706
"""Any number, as long as no other advisory lock has it."""


# Count


def _count(key, *, seconds=None, **counts):
    """Add to what today's row of a page counts."""
    # One request may count at two pages, and another at the same two the other way
    # round: all pass one gate first, or each would wait for the row that the other holds.
    # SQLite lets only one write at a time as it is.
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [GATE])
    tally, _made = StepTally.objects.get_or_create(
        step=key.partition("/")[0], day=timezone.localdate()
    )
    for name, count in counts.items():
        setattr(tally, name, getattr(tally, name) + count)
    if seconds is not None:
        bucket = str(bucket_of(seconds))
        tally.seconds[bucket] = tally.seconds.get(bucket, 0) + 1
    tally.save()


@transaction.atomic
def reached(intake, key):
    """Count that a patient was led to a page, once for each draft."""
    if key not in intake.reached:
        intake.reached[key] = int(time())
        intake.save(update_fields=["reached"])
        _count(key, reached=1)


@transaction.atomic
def completed(intake, key):
    """Count that a page was answered, once for each draft, and in how many seconds."""
    began = intake.reached.get(key)
    if key in intake.reached and began is None:
        return
    intake.reached[key] = None
    intake.save(update_fields=["reached"])
    if began is None:
        # Nobody led there: the patient went by the address.
        _count(key, reached=1, completed=1)
    else:
        _count(key, completed=1, seconds=time() - began)


@transaction.atomic
def failed(key):
    """Count that answers to a page came back with errors."""
    _count(key, errors=1)


@transaction.atomic
def left(intake):
    """Count where a draft stood that will never be sent. Keep one draft a transaction."""
    if intake.reached:
        open_pages = {k: at for k, at in intake.reached.items() if at is not None}
        _count(max(open_pages, key=open_pages.get, default=CHECK), left=1)


# Seconds


def bucket_of(seconds):
    """Return which bucket seconds fall into; what is under one, or before, counts as one."""
    return int(math.log(max(seconds, 1), GROWTH))


def median_of(buckets):
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


@dataclass
class Sum:
    """What happened at one page over some days."""

    reached: int = 0
    completed: int = 0
    errors: int = 0
    left: int = 0
    seconds: Counter = field(default_factory=Counter)

    @property
    def median(self):
        return median_of(self.seconds)


def since(day):
    """Return {page: `Sum`} of all days from one on. One query."""
    sums = {}
    for row in StepTally.objects.filter(day__gte=day):
        its = sums.setdefault(row.step, Sum())
        for name in ("reached", "completed", "errors", "left"):
            setattr(its, name, getattr(its, name) + getattr(row, name))
        its.seconds.update(row.seconds)
    return sums
