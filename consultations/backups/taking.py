"""Take a backup: everything acknowledged before it began is in it.

The photos are listed after the database was copied, so none that it names is missing; one
that is deleted or sealed anew meanwhile is told, and restoring knows.
"""

import io
import json
import os
import tarfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any, BinaryIO

from django.conf import settings
from django.core.files.storage import default_storage
from django.db import connection
from django.utils import timezone
from django.utils.translation import gettext as _

from consultations.backups import DATABASE, END, FORMAT, MANIFEST, MEDIA
from consultations.backups.snapshots import NotTaken, Snapshot, snapshot
from consultations.intake.photos import folder as media_folder
from consultations.models import MediaFolder, Photo
from scarclinic.staff import heartbeats
from scarclinic.staff.encryption import age
from scarclinic.staff.models import DataKey

SUFFIX = ".tar.age"
PART = ".part"
PASSES = 5
"""So often photos are looked for again that were sealed anew meanwhile."""

Tell = Callable[[str, int, int], None]
"""Show progress: what, how many, of how many."""


def take(folder: Path, tell: Tell) -> tuple[Path, list[str]]:
    """Write an archive into a folder; return its path, and the photos that have no file.

    Raises `NotTaken`, and `media_folder.NotBound` where the photos are another database's.
    """
    now = timezone.now()
    public = _public_key()
    _be_apart(folder)
    media_folder.check()
    for left in folder.glob(f"*{SUFFIX}{PART}"):
        left.unlink()
    path = folder / f"scarclinic-{now:%Y%m%dT%H%M%SZ}{SUFFIX}"
    with (
        snapshot(folder) as found,
        _whole_or_not_at_all(path) as file,
        age.encrypted(file, public) as plain,
        tarfile.open(fileobj=plain, mode="w|") as tar,
    ):
        lost = _fill(tar, found, now, tell)
    heartbeats.beat(heartbeats.BACKUP, now)
    return path, lost


def delete_older(folder: Path, before: datetime) -> int:
    """Delete the archives that were begun before a moment; return how many."""
    count = 0
    for path in folder.glob(f"scarclinic-*{SUFFIX}"):
        moment = path.name.removeprefix("scarclinic-").removesuffix(SUFFIX)
        if moment < f"{before:%Y%m%dT%H%M%SZ}":
            path.unlink()
            count += 1
    return count


def _public_key() -> Any:
    if not settings.BACKUP_KEY:
        raise NotTaken(
            _("BACKUP_KEY is missing: manage.py clinic new-backup-key makes one.")
        )
    try:
        return age.public_key(settings.BACKUP_KEY)
    except ValueError:
        raise NotTaken(_("BACKUP_KEY is no public key: age1….")) from None


def _be_apart(folder: Path) -> None:
    if not folder.is_dir() or not os.access(folder, os.W_OK):
        raise NotTaken(_("%(path)s is no folder to write into.") % {"path": folder})
    if folder.resolve().is_relative_to(Path(settings.MEDIA_ROOT).resolve()):
        raise NotTaken(_("Backups do not belong into the media folder."))


@contextmanager
def _whole_or_not_at_all(path: Path) -> Iterator[BinaryIO]:
    """Yield a file that gets its name once it is whole and on the disk."""
    part = path.with_name(path.name + PART)
    descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with open(descriptor, "wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        os.rename(part, path)
    except BaseException:
        part.unlink(missing_ok=True)
        raise
    directory = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(directory)
    finally:
        os.close(directory)


def _add(tar: tarfile.TarFile, name: str, file: BinaryIO, size: int) -> None:
    info = tarfile.TarInfo(name)
    info.size, info.mode, info.mtime = size, 0o600, int(time.time())
    tar.addfile(info, file)


def _add_json(tar: tarfile.TarFile, name: str, told: dict[str, Any]) -> None:
    body = json.dumps(told, indent=1).encode()
    _add(tar, name, io.BytesIO(body), len(body))


def _fill(
    tar: tarfile.TarFile, found: Snapshot, now: datetime, tell: Tell
) -> list[str]:
    size = os.fstat(found.file.fileno()).st_size
    _add_json(
        tar,
        MANIFEST,
        {
            "format": FORMAT,
            "version": settings.VERSION,
            "begun": now.isoformat(),
            "vendor": connection.vendor,
            "folder": MediaFolder.objects.get(pk=MediaFolder.ONLY).code,
            "keys": sorted(DataKey.objects.values_list("key_id", flat=True)),
            "migrations": found.migrations,
            "counts": found.counts,
        },
    )
    _add(tar, DATABASE, found.file, size)
    tell(_("Database, in MB"), size >> 20, size >> 20)
    return _add_media(tar, found.photos, tell)


def _add_media(tar: tarfile.TarFile, photos: set[str], tell: Tell) -> list[str]:
    """Put the media folder's files into the archive; return the photos without one."""
    added: set[str] = set()
    for _pass in range(PASSES):
        new = sorted(set(_files()) - added)
        for number, name in enumerate(new, 1):
            if _add_file(tar, name):
                added.add(name)
            tell(_("Files"), number, len(new))
        kept = {
            path.partition("/")[2].partition(".")[0]
            for path in added
            if path.startswith(f"{Photo.FOLDER}/")
        }
        without = photos - kept
        # Those whose row is gone as well were deleted meanwhile.
        lost = set(
            Photo.objects.filter(name__in=without).values_list("name", flat=True)
        )
        if not lost:
            break
    _add_json(
        tar,
        END,
        {"files": len(added), "gone": sorted(without - lost), "lost": sorted(lost)},
    )
    return sorted(lost)


def _add_file(tar: tarfile.TarFile, name: str) -> bool:
    try:
        with default_storage.open(name) as file:
            body = file.read()
    except FileNotFoundError:
        return False
    _add(tar, MEDIA + name, io.BytesIO(body), len(body))
    return True


def _files(folder: str = "") -> Iterator[str]:
    """Yield the names of all files of the media folder."""
    try:
        folders, names = default_storage.listdir(folder)
    except FileNotFoundError:
        return
    prefix = f"{folder}/" if folder else ""
    yield from (prefix + name for name in names)
    for each in folders:
        yield from _files(prefix + each)
