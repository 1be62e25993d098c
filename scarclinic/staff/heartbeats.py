"""Heartbeats: what has to run again and again says that it did, and the doctor looks."""

from datetime import datetime, timedelta

from scarclinic.staff.models import Heartbeat

WORKER, PRUNE, BACKUP = "worker", "prune", "backup"
LATE_AFTER = {
    WORKER: timedelta(minutes=5),
    PRUNE: timedelta(hours=30),
    BACKUP: timedelta(hours=30),
}
"""A run a night, and some hours for one that takes long or begins later."""


def beat(name: str, now: datetime) -> None:
    """Note that something runs, or has run to its end."""
    Heartbeat.objects.update_or_create(name=name, defaults={"at": now})


def late(now: datetime) -> dict[str, timedelta | None]:
    """Return what has not run in time: for how long, None for never. One query."""
    seen = dict(Heartbeat.objects.values_list("name", "at"))
    ages = {name: now - seen[name] if name in seen else None for name in LATE_AFTER}
    return {
        name: age for name, age in ages.items() if age is None or age > LATE_AFTER[name]
    }
