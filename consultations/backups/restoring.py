"""Restore a backup into an empty place, and prove it before anybody is served."""

import io
import json
import os
import shutil
import sqlite3
import tarfile
import tempfile
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Any, BinaryIO

from django.conf import settings
from django.contrib.sessions.models import Session
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.core.management import call_command
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.utils.translation import gettext as _

from consultations import doctor, tombstones
from consultations.backups import DATABASE, END, FORMAT, MANIFEST, MEDIA
from consultations.backups.snapshots import program
from consultations.backups.taking import Tell
from consultations.intake.photos import folder as media_folder
from consultations.models import MediaFolder, Photo
from scarclinic.staff.encryption import age, checking, keys
from scarclinic.staff.ledger import verification
from scarclinic.staff.models import Heartbeat

UNFINISHED = media_folder.UNFINISHED
AT_ONCE = 500
LONG_AGO = datetime(2000, 1, 1, tzinfo=UTC)


class NotRestored(Exception):
    """Nothing was restored, or what was is not proved. Says why in a sentence."""


@dataclass
class Proof:
    """What was restored, and what was found wrong with it, a line per fault."""

    begun: str
    rows: int
    photos: int = 0
    erased_again: int = 0
    faults: list[str] = field(default_factory=list)


def restore(archive: BinaryIO, secret: Any, tell: Tell) -> Proof:
    """Fill an empty database and an empty media folder; return the `Proof`.

    A restore that was cut short is simply run again.
    """
    os.makedirs(settings.MEDIA_ROOT, 0o700, exist_ok=True)
    _be_empty()
    default_storage.save(UNFINISHED, ContentFile(b""))
    try:
        manifest, end = _unpack(archive, secret, tell)
    except (age.Unreadable, tarfile.TarError, KeyError, ValueError) as error:
        _empty_media()
        raise NotRestored(
            _("%(error)s Nothing was restored.") % {"error": error}
        ) from error
    except BaseException:
        _empty_media()
        raise
    proof = _prove(manifest, end, tell)
    if not proof.faults:
        proof.erased_again = tombstones.erase_again()
        # Who was logged in then is not now; what has run then has not run here.
        Session.objects.all().delete()
        Heartbeat.objects.all().delete()
        default_storage.delete(UNFINISHED)
    return proof


# The empty place


def _be_empty() -> None:
    name = connection.settings_dict["NAME"]
    if connection.vendor == "sqlite" and any(
        os.path.exists(f"{name}{suffix}") and os.path.getsize(f"{name}{suffix}")
        for suffix in ("", "-wal")
    ):
        raise NotRestored(_("The database is not empty. Nothing was restored."))
    if connection.vendor != "sqlite" and connection.introspection.table_names():
        raise NotRestored(_("The database is not empty. Nothing was restored."))
    if default_storage.exists(UNFINISHED):
        # Of a restore that was cut short, and its database is empty.
        _empty_media()
    if any(default_storage.listdir("")):
        raise NotRestored(_("The media folder is not empty. Nothing was restored."))


def _empty_media() -> None:
    root = Path(settings.MEDIA_ROOT)
    for path in root.iterdir():
        if path.is_dir():
            shutil.rmtree(path)
        elif path.name != UNFINISHED:
            path.unlink()
    # Last: without it, whatever is left there is somebody's.
    (root / UNFINISHED).unlink(missing_ok=True)


# Unpack


def _unpack(archive: BinaryIO, secret: Any, tell: Tell) -> tuple[Any, Any]:
    """Write the media, then the database; return the manifest and what the end says."""
    with tempfile.TemporaryFile(dir=settings.MEDIA_ROOT) as database:
        with (
            age.decrypted(archive, secret) as plain,
            tarfile.open(fileobj=plain, mode="r|") as tar,
        ):
            members = _members(tar)
            manifest = json.load(_next(members, MANIFEST))
            _check(manifest)
            shutil.copyfileobj(_next(members, DATABASE), database)
            end = None
            for number, (name, file) in enumerate(members, 1):
                if name == END:
                    end = json.load(file)
                else:
                    _keep(name, file.read())
                    tell(_("Files"), number, 0)
            while plain.read(age.CHUNK):
                # Only the end of the archive proves that nothing is missing.
                pass
            if end is None:
                raise ValueError("The archive was cut short.")
        _load(database)
    return manifest, end


def _members(tar: tarfile.TarFile) -> Iterator[tuple[str, IO[bytes]]]:
    for member in tar:
        yield member.name, tar.extractfile(member) or io.BytesIO()


def _next(members: Iterator[tuple[str, IO[bytes]]], wanted: str) -> IO[bytes]:
    name, file = next(members, ("", io.BytesIO()))
    if name != wanted:
        raise ValueError("This is no backup of this program.")
    return file


def _check(manifest: Any) -> None:
    """Refuse an archive that this program, database or key ring is not for."""
    if manifest["format"] != FORMAT:
        raise ValueError(f"The archive has format {manifest['format']}, not {FORMAT}.")
    if manifest["vendor"] != connection.vendor:
        raise ValueError(
            f"The archive is of {manifest['vendor']}, and DATABASE_URL is not."
        )
    if lacking := set(manifest["keys"]) - set(keys.ring()):
        raise ValueError(f"DATA_KEYS lacks the key {', '.join(sorted(lacking))}.")
    known = {f"{app}.{name}" for app, name in _loader().disk_migrations}
    if unknown := set(manifest["migrations"]) - known:
        raise ValueError(
            f"The archive is of a newer version: {sorted(unknown)[0]} is unknown here."
        )


def _loader() -> Any:
    return MigrationExecutor(None).loader


def _keep(name: str, body: bytes) -> None:
    if not name.startswith(MEDIA):
        raise ValueError(f"The archive has something unknown: {name}.")
    path = name.removeprefix(MEDIA)
    # A storage refuses a path that leads out of it.
    if default_storage.save(path, ContentFile(body)) != path:
        raise ValueError(f"The archive has {name} twice.")


def _load(database: IO[bytes]) -> None:
    database.seek(0)
    if connection.vendor != "sqlite":
        program(
            "pg_restore",
            "--single-transaction",
            "--exit-on-error",
            "--no-owner",
            "--no-privileges",
            stdin=database,
        )
        return
    connection.close()
    path = Path(connection.settings_dict["NAME"])
    part = path.with_name(f"{path.name}.restoring")
    # Of a restore that was killed.
    part.unlink(missing_ok=True)
    try:
        descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with open(descriptor, "wb") as file:
            shutil.copyfileobj(database, file)
            file.flush()
            os.fsync(file.fileno())
        os.replace(part, path)
    except BaseException:
        part.unlink(missing_ok=True)
        raise


# Prove


def _prove(manifest: Any, end: Any, tell: Tell) -> Proof:
    proof = Proof(manifest["begun"], sum(manifest["counts"].values()))
    proof.faults += _faults_of_rows(manifest["counts"])
    if connection.vendor == "sqlite":
        proof.faults += _faults_of_file()
    if not proof.faults:
        if not doctor.is_migrated():
            call_command("migrate", verbosity=0)
        proof.faults += checking.faults()
        row = MediaFolder.objects.filter(pk=MediaFolder.ONLY).first()
        if row is None or row.code != manifest["folder"]:
            proof.faults.append(_("Database and media folder do not fit."))
        proof.photos = _prove_photos(end, proof.faults, tell)
        # What had no link of the chain then, as no worker ran, gets one now.
        proof.faults += verification.faults(LONG_AGO)
    return proof


def _faults_of_rows(counts: dict[str, int]) -> Iterator[str]:
    with connection.cursor() as cursor:
        there = set(connection.introspection.table_names(cursor))
        for table, count in counts.items():
            found = None
            if table in there:
                quoted = connection.ops.quote_name(table)
                cursor.execute(f"SELECT count(*) FROM {quoted}")  # noqa: S608
                [found] = cursor.fetchone()
            if found != count:
                yield f"{table}: {found} rows of {count}."


def _faults_of_file() -> Iterator[str]:
    with closing(sqlite3.connect(connection.settings_dict["NAME"])) as file:
        [first] = file.execute("PRAGMA integrity_check(1)").fetchone()
    if first != "ok":
        yield _("The database's file is damaged.")


def _prove_photos(end: Any, faults: list[str], tell: Tell) -> int:
    """Open every photo; return how many opened. Follow those that were sealed anew."""
    files = {name.partition(".")[0]: name for name in media_folder.names()}
    # Their patients deleted them while the backup was made.
    Photo.objects.filter(name__in=end["gone"]).delete()
    total, count, lost = Photo.objects.count(), 0, set(end["lost"])
    for number, photo in enumerate(Photo.objects.iterator(AT_ONCE), 1):
        tell(_("Photos"), number, total)
        name = files.get(photo.name)
        if name and name != f"{photo.name}.{photo.sealed_with}":
            photo.sealed_with = name.partition(".")[2]
            photo.save(update_fields=["sealed_with"])
        try:
            photo.open()
            count += 1
        except (OSError, keys.Unreadable):
            if photo.name not in lost:
                faults.append(
                    _("The photo %(name)s does not open.") % {"name": photo.name}
                )
    return count
