"""Remember what was erased, so that a restored backup loses it again.

A tombstone is a keyed hash: whoever has the database or the file learns nothing from it. A
restored database has lost the newest rows, so each stands in the file `TOMBSTONES` as well,
outside of the database. `erase_again`, which `prune` calls, makes the two alike.
"""

import logging
import os
import re
from collections.abc import Iterable
from datetime import date
from functools import partial
from pathlib import Path

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from consultations import removal
from consultations.models import Intake, Tombstone
from scarclinic.staff import ledger
from scarclinic.staff.encryption import keys

logger = logging.getLogger("django.scarclinic")

LINE = re.compile(r"([0-9a-f]{32}) ([0-9a-f]{8}) ([a-z]{1,10}) (\d{4}-\d\d-\d\d)")


class LacksKey(Exception):
    """The file names what was erased under a key that `DATA_KEYS` lacks."""


def _digest(key: keys.Key, row_key: str) -> str:
    return keys.index_hash(key, "tombstone", row_key)


@transaction.atomic
def enter(intake: Intake, kind: str) -> None:
    """Remember an intake that the caller erases in this transaction.

    The file gets its line once it is erased for good; what a crash prevents there, the
    next `prune` makes up for.
    """
    key = keys.newest()
    row = Tombstone.objects.create(
        digest=_digest(key, intake.row_key),
        key_id=key.id,
        kind=kind,
        on=timezone.localdate(),
    )
    transaction.on_commit(partial(_note, row), robust=True)


# The file


def _note(row: Tombstone) -> None:
    try:
        _append([row])
    except OSError:
        logger.exception("No tombstone could be written: `prune` tries again.")


def _append(rows: Iterable[Tombstone]) -> None:
    path = Path(settings.TOMBSTONES)
    text = "".join(f"{row.digest} {row.key_id} {row.kind} {row.on}\n" for row in rows)
    # Whoever was killed here before may have left half a line.
    start = b"" if _ends_well(path) else b"\n"
    file = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    try:
        os.write(file, start + text.encode())
        os.fsync(file)
    finally:
        os.close(file)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def _text(path: Path) -> str:
    try:
        return path.read_text("ascii", "replace")
    except FileNotFoundError:
        return ""


def _ends_well(path: Path) -> bool:
    return _text(path)[-1:] in ("", "\n")


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def _in_file() -> dict[str, Tombstone]:
    """Return the file's tombstones by digest. What is no line of ours is passed over."""
    found = {}
    for line in _text(Path(settings.TOMBSTONES)).splitlines():
        match = LINE.fullmatch(line)
        if match and (on := _day(match[4])) and match[3] in Tombstone.Kind.values:
            digest, key_id, kind = match[1], match[2], match[3]
            found[digest] = Tombstone(digest=digest, key_id=key_id, kind=kind, on=on)
    return found


# After a backup was restored


def erase_again() -> int:
    """Erase whatever a tombstone names; return how many intakes.

    Raises `LacksKey` if a restored database has not heard of some, and no key of the ring
    tells whom they name: those that can be told are erased before.
    """
    noted = {row.digest: row for row in Tombstone.objects.all()}
    in_file = _in_file()
    new = [row for digest, row in in_file.items() if digest not in noted]
    ring = keys.ring()
    Tombstone.objects.bulk_create(
        [row for row in new if row.key_id in ring], ignore_conflicts=True
    )
    if missing := [row for digest, row in noted.items() if digest not in in_file]:
        _append(missing)
    named = in_file.keys() | noted.keys()
    count = sum(map(_erase, _named_by(named) if named else []))
    if any(row.key_id not in ring for row in new):
        raise LacksKey
    return count


def _named_by(digests: Iterable[str]) -> list[int]:
    """Return the numbers of the intakes that these tombstones name."""
    wanted, ring = set(digests), list(keys.ring().values())
    return [
        pk
        for pk, row_key in Intake.objects.values_list("pk", "row_key").iterator()
        if any(_digest(key, row_key) in wanted for key in ring)
    ]


@transaction.atomic
def _erase(pk: int) -> bool:
    intake = Intake.objects.select_for_update().filter(pk=pk).first()
    if intake is None:
        return False
    ledger.record(ledger.Action.ERASED_AGAIN, intake)
    removal.remove(intake)
    return True
