"""Retention: warn of and delete old drafts, cases, letters, tasks, files without a row.

Every verb that warns or deletes works in small transactions, so that nobody waits for it,
and returns how many.
"""

import logging
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.apps import apps
from django.conf import settings
from django.core.files.storage import default_storage
from django.db import OperationalError, connection, transaction
from django.db.models import F, Q, QuerySet
from django.utils import timezone
from django_tasks_db.models import DBTaskResult

from consultations import periods, removal
from consultations.intake import statistics
from consultations.intake.photos import folder
from consultations.letters import outbox
from consultations.models import (
    Intake,
    Letter,
    LetterKind,
    Photo,
    Reading,
)
from scarclinic.staff import ledger, session_list, throttle
from scarclinic.staff.background import background_task

logger = logging.getLogger("django.scarclinic")

AT_ONCE = 500
LETTERS_ARE_KEPT = timedelta(days=90)
READINGS_ARE_KEPT = timedelta(days=1)
TASKS_ARE_KEPT = timedelta(days=7)
LEFT_BEHIND_AFTER = timedelta(days=1)
"""By then no upload is still on its way."""
FEW_FILES = 20
"""So many photos may go in a run, whatever share they are of a small clinic's."""


def _each(intakes: QuerySet[Intake], act: Callable[[Intake], bool]) -> int:
    """Call `act` with each intake, locked, in a transaction of its own.

    Return how often it said True. One with which something has happened meanwhile is left
    out.
    """
    count = 0
    for pk in list(intakes.values_list("pk", flat=True)):
        with transaction.atomic():
            # Locked first and asked then: what happened beside its own row counts, too.
            locked = Intake.objects.select_for_update().filter(pk=pk).first()
            if locked and intakes.filter(pk=pk).exists():
                count += act(locked)
    return count


def warn_of_deletion(now: datetime) -> int:
    """Write to whoever left an e-mail address with a draft that will be deleted.

    Once, and once more when they have come back and left it again.
    """
    not_warned = Q(warned_at__isnull=True) | Q(warned_at__lt=F("touched_at"))
    drafts = Intake.objects.drafts().filter(
        not_warned,
        touched_at__lte=now - timedelta(days=settings.DRAFT_WARNING_DAYS),
        touched_at__gt=now - timedelta(days=settings.DRAFT_DAYS),
    )

    def warn(draft: Intake) -> bool:
        key = f"warning-{draft.pk}-{draft.touched_at:%Y%m%d%H%M%S}"
        letter = outbox.write(draft, LetterKind.WARNING, key=key)
        draft.warned_at = now
        draft.save(update_fields=["warned_at"])
        return letter is not None

    return _each(drafts.exclude(email="", telephone=""), warn)


def delete_drafts(now: datetime) -> int:
    """Delete abandoned drafts with their photos and e-mails; statistics keep a count."""

    def delete(draft: Intake) -> bool:
        statistics.fold(draft, is_left=True)
        removal.remove(draft)
        return True

    return _each(periods.DRAFTS.over(now), delete)


def delete_cases(now: datetime) -> int:
    """Delete what was sent and is kept no longer; a line in the ledger says when."""

    def delete(intake: Intake) -> bool:
        ledger.record(ledger.Action.INTAKE_EXPIRED, intake)
        removal.remove(intake)
        return True

    return sum(_each(period.over(now), delete) for period in periods.CASES)


def merge_counts(now: datetime) -> int:
    """Merge what each draft has counted of the intake's pages, a day before today."""
    return statistics.merge(timezone.localdate(now))


@dataclass(frozen=True)
class Share:
    """How many photos' files would go, and of how many."""

    going: int
    total: int

    @property
    def percent(self) -> int:
        """Return it in per cent, rounded up: 0 only if none goes."""
        return min(100, -(-100 * self.going // self.total)) if self.total else 0

    def is_within(self, percent: int) -> bool:
        """Return whether so few go that nothing but time explains it."""
        return self.going <= FEW_FILES or self.percent <= percent


def photos_going(now: datetime) -> Share:
    """Return the share of photos that `prune` would delete. `folder.check` first.

    A clock that is wrong, periods cut too short and a database older than its folder all
    show here.
    """
    names = folder.names()
    of_rows = sum(
        Photo.objects.filter(scar__intake__in=period.over(now).values("pk")).count()
        for period in [periods.DRAFTS, *periods.CASES]
    )
    left_behind = sum(1 for _path in _left_behind(names, now))
    return Share(going=of_rows + left_behind, total=len(names))


def delete_files_left_behind(now: datetime) -> int:
    """Delete files in the photos' folder that no photo has: an upload was cut short.

    `folder.check` first.
    """
    count = 0
    for path in _left_behind(folder.names(), now):
        try:
            default_storage.delete(path)
            count += 1
        except OSError:
            # Another run may have it by now. The next one tries again.
            logger.exception("A file that no photo has cannot be deleted.")
    return count


def _left_behind(names: list[str], now: datetime) -> Iterator[str]:
    """Yield the files that no photo has, and no upload is still writing."""
    for at in range(0, len(names), AT_ONCE):
        some = names[at : at + AT_ONCE]
        photos = Photo.objects.filter(
            name__in=[each.partition(".")[0] for each in some]
        )
        known = {photo.path for photo in photos}
        for path in sorted({f"{Photo.FOLDER}/{name}" for name in some} - known):
            with suppress(FileNotFoundError):
                if default_storage.get_modified_time(path) <= now - LEFT_BEHIND_AFTER:
                    yield path


def _delete_rows(rows: QuerySet[Any]) -> int:
    """Delete what a queryset has, some at a time; return how many."""
    count = 0
    while pks := list(rows.values_list("pk", flat=True)[:AT_ONCE]):
        count += rows.model.objects.filter(pk__in=pks).delete()[0]
    return count


def delete_letters(now: datetime) -> int:
    """Delete e-mails that were sent, or given up, long ago."""
    before = now - LETTERS_ARE_KEPT
    return _delete_rows(
        Letter.objects.filter(Q(sent_at__lt=before) | Q(given_up_at__lt=before))
    )


def delete_readings(now: datetime) -> int:
    """Delete the records of who had which plan open."""
    return _delete_rows(Reading.objects.filter(seen_at__lt=now - READINGS_ARE_KEPT))


def delete_tasks(now: datetime) -> int:
    """Delete background tasks that have ended, or whose worker was killed."""
    return _delete_rows(
        DBTaskResult.objects.filter(started_at__lt=now - TASKS_ARE_KEPT)
    )


def delete_full_buckets(_now: datetime) -> int:
    """Delete rate limits whose token bucket is full again."""
    return throttle.delete_full()


def delete_sessions(_now: datetime) -> int:
    """Delete the sessions of staff that have ended."""
    return session_list.forget()


def wipe_soon() -> None:
    """Have what this transaction deletes leave the files of the database, too."""
    if connection.vendor == "sqlite":
        transaction.on_commit(wipe, robust=True)
    else:
        wipe_later.enqueue()


@background_task
def wipe_later() -> None:
    """Call `wipe` in a worker (`manage.py db_worker`)."""
    wipe()


def _vacuum(cursor: Any, how: str) -> bool:
    """Vacuum each table of patients; return False if one is in use for too long."""
    # Whoever comes later waits behind a lock that itself waits.
    cursor.execute("SET lock_timeout = '5s'")
    try:
        for model in apps.get_app_config("consultations").get_models():
            table = connection.ops.quote_name(model._meta.db_table)
            cursor.execute(f"VACUUM {how} {table}")
    except OperationalError:
        return False
    finally:
        cursor.execute("RESET lock_timeout")
    return True


def wipe(*, rewrite: bool = False) -> bool:
    """Have deleted rows leave the database's files; return whether it worked.

    Not within a transaction. SQLite has overwritten them in its file (`secure_delete`), and
    truncates its write-ahead log; while somebody reads an older state, the log must stay.
    PostgreSQL gives their space free (VACUUM), in which some of their bytes remain; with
    `rewrite` it writes each table anew, and nobody reads that table meanwhile.
    """
    with connection.cursor() as cursor:
        if connection.vendor != "sqlite":
            return _vacuum(cursor, "(FULL)" if rewrite else "")
        cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        is_busy, _pages, _moved = cursor.fetchone()
    return not is_busy
