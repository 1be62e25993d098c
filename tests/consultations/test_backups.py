"""A backup holds all that was acknowledged; restored, it is proved, and nobody erased is back."""

import io
import json
import os
import sqlite3
import tarfile
import threading
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace

import pytest
from django.core.files.storage import default_storage
from django.core.management import CommandError
from django.db import connection, connections
from django.test import override_settings
from django.utils import timezone

from consultations.backups import restoring, snapshots, taking
from consultations.intake.photos import folder as media_folder
from consultations.models import Intake, MediaFolder, Photo
from consultations.review import erasure
from scarclinic.staff.encryption import age, checking
from scarclinic.staff.ledger import chain
from scarclinic.staff.models import DataKey, Heartbeat, TokenBucket
from tests.consultations.deciding import make_plan
from tests.consultations.factories import make_clinician
from tests.consultations.photos.files import put_photo
from tests.consultations.writing import run

IDENTITY, PUBLIC = age.new_identity()


@pytest.fixture
def clinic(settings, tmp_path):
    """Let the site have folders of its own, and a public key."""
    settings.MEDIA_ROOT = tmp_path / "media"
    settings.TOMBSTONES = tmp_path / "tombstones"
    settings.BACKUP_KEY = PUBLIC
    for name in ("media", "backups"):
        (tmp_path / name).mkdir()
    (tmp_path / "identity").write_text(f"# a comment\n{IDENTITY}\n")
    return tmp_path


@contextmanager
def other_database(folder):
    """Let the site have an empty database for a while."""
    here, there = connections["default"], connections["default"].copy()
    if here.vendor == "sqlite":
        name = str(folder / "restored.sqlite3")
    else:
        name = f"{here.settings_dict['NAME']}_restored"
        with here.cursor() as cursor:
            cursor.execute(f"CREATE DATABASE {name}")
    there.settings_dict = here.settings_dict | {"NAME": name}
    connections["default"] = there
    try:
        yield
    finally:
        there.close()
        connections["default"] = here
        if here.vendor != "sqlite":
            with here.cursor() as cursor:
                cursor.execute(f"DROP DATABASE {name}")


@contextmanager
def elsewhere(settings, folder):
    """Be another machine: nothing in the database, nothing in the media folder."""
    before = settings.MEDIA_ROOT
    settings.MEDIA_ROOT = folder / "restored"
    settings.MEDIA_ROOT.mkdir(exist_ok=True)
    try:
        with other_database(folder):
            yield
    finally:
        settings.MEDIA_ROOT = before


def back_up(folder):
    """Run the command; return the archive's path."""
    [line] = run("clinic", "backup", str(folder / "backups"))
    return Path(line.partition(" (")[0])


def restore(folder, archive):
    return run(
        "clinic", "restore", str(archive), "--identity", str(folder / "identity")
    )


def members(path):
    """Return {name: body} of an archive."""
    with (
        path.open("rb") as file,
        age.decrypted(file, age.identity(IDENTITY)) as plain,
        tarfile.open(fileobj=plain, mode="r|") as tar,
    ):
        return {each.name: tar.extractfile(each).read() for each in tar}


# There and back


@pytest.mark.django_db(transaction=True)
def test_what_is_restored_is_all_there_and_nobody_who_was_erased(clinic, settings):
    kept, erased = make_plan(), make_plan()
    photo = put_photo(kept.intake.scars.get(), b"\xff\xd8 of the kept")
    put_photo(erased.intake.scars.get())
    default_storage.save("pictures/door.jpg", io.BytesIO(b"a door"))
    chain.Writer().extend(timezone.now())
    archive = back_up(clinic)
    # Afterwards: one is erased, and one more writes.
    erasure.ask(erased.intake)
    erasure.erase(erased.intake, by=make_clinician("eve"))
    make_plan()
    with elsewhere(settings, clinic):
        [line] = restore(clinic, archive)
        assert list(Intake.objects.all()) == [kept.intake]
        assert Photo.objects.get().open().read() == b"\xff\xd8 of the kept"
        with default_storage.open("pictures/door.jpg") as file:
            assert file.read() == b"a door"
        media_folder.check()
        assert not default_storage.exists(media_folder.UNFINISHED)
        modes = {
            path.stat().st_mode & 0o777
            for path in [*settings.MEDIA_ROOT.rglob("*"), *clinic.glob("*.sqlite3")]
            if path.is_file()
        }
        assert modes == {0o600}
        with pytest.raises(CommandError, match="database is not empty"):
            restore(clinic, archive)
    assert line.startswith("Restored as of ")
    assert line.endswith(
        "2 photos that open, the ledger whole. Erased again: 1. "
        "Next: manage.py clinic doctor"
    )
    assert Photo.objects.get() == photo


@pytest.mark.django_db(transaction=True)
def test_photos_deleted_and_sealed_anew_meanwhile_are_no_loss(
    clinic, settings, monkeypatch
):
    scars = [make_plan().intake.scars.get() for _each in range(3)]
    deleted, moved, lost = (put_photo(each, b"\xff\xd8 one") for each in scars)
    default_storage.delete(lost.path)
    files, former = taking._files, settings.DATA_KEYS
    chain.Writer().extend(timezone.now())

    def change(folder=""):
        found = list(files(folder))
        if not folder and Photo.objects.filter(pk=deleted.pk).exists():
            default_storage.delete(deleted.path)
            Photo.objects.filter(pk=deleted.pk).delete()
            before = moved.path
            settings.DATA_KEYS = [
                "another key of the ring for this test 12345678",
                *former,
            ]
            default_storage.save(
                f"photos/{moved.name}.{restoring.keys.newest().id}",
                io.BytesIO(moved.seal(b"\xff\xd8 one")),
            )
            moved.save()
            default_storage.delete(before)
        return iter(found)

    monkeypatch.setattr(taking, "_files", change)
    archive, told = taking.take(clinic / "backups", lambda *_: None)
    assert told == [lost.name]
    with elsewhere(settings, clinic):
        [line] = restore(clinic, archive)
        assert {each.name for each in Photo.objects.all()} == {moved.name, lost.name}
        assert Photo.objects.get(name=moved.name).open().read() == b"\xff\xd8 one"
    assert "1 photos that open" in line


@pytest.mark.skipif(connection.vendor != "sqlite", reason="PostgreSQL has snapshots")
@pytest.mark.django_db
def test_what_is_counted_is_what_is_copied_while_others_write(clinic):
    database = clinic / "restored.sqlite3"
    database.write_bytes(connection.connection.serialize())
    acknowledged, stop = [0], threading.Event()

    def write():
        writer = sqlite3.connect(database, timeout=20)
        writer.execute("PRAGMA journal_mode = WAL")
        while not stop.is_set():
            with writer:
                writer.execute(
                    "INSERT INTO staff_tokenbucket VALUES (?, 0)", [acknowledged[0]]
                )
            acknowledged[0] += 1
        writer.close()

    with other_database(clinic):
        patient = threading.Thread(target=write)
        patient.start()
        try:
            while acknowledged[0] < 50:
                pass
            before = acknowledged[0]
            with snapshots.snapshot(clinic) as found:
                counted = found.counts[TokenBucket._meta.db_table]
                (clinic / "copy").write_bytes(found.file.read())
        finally:
            stop.set()
            patient.join()
    copied = sqlite3.connect(clinic / "copy")
    rows = copied.execute("SELECT count(*) FROM staff_tokenbucket").fetchone()[0]
    copied.close()
    assert before <= counted == rows <= acknowledged[0]


# What is refused


@pytest.fixture(scope="module")
def archive(tmp_path_factory, django_db_setup, django_db_blocker):
    """Return the bytes of a backup of the clinic as it opens."""
    folder = tmp_path_factory.mktemp("archive")
    for name in ("media", "backups"):
        (folder / name).mkdir()
    (folder / "media" / "door.jpg").write_bytes(b"a door" * 30_000)
    own = {"MEDIA_ROOT": folder / "media", "BACKUP_KEY": PUBLIC}
    seen = []

    def look(tar, name, file, size):
        # Whoever is killed here leaves these.
        seen.extend(path.read_bytes() for path in folder.glob("backups/*"))
        add(tar, name, file, size)

    add = taking._add
    with (
        django_db_blocker.unblock(),
        override_settings(**own),
        pytest.MonkeyPatch.context() as patch,
    ):
        patch.setattr(taking, "_add", look)
        connection.ensure_connection()
        checking.enter()
        path, _lost = taking.take(folder / "backups", lambda *_: None)
        beats = list(Heartbeat.objects.values_list("name", flat=True))
        code = MediaFolder.objects.get().code
        for model in (MediaFolder, Heartbeat, DataKey):
            model.objects.all().delete()
        if connection.vendor != "sqlite":
            connection.close()
    return SimpleNamespace(path=path, seen=seen, beats=beats, code=code)


DATABASES = (b"SQLite format 3", b"PGDMP")
"""What a database begins with, in clear."""


def test_an_archive_is_the_site_s_alone_and_nothing_in_clear_lies_beside_it(archive):
    inside = members(archive.path)
    assert inside["database"].startswith(DATABASES)
    assert not any(each in body for body in archive.seen for each in DATABASES)
    assert archive.path.stat().st_mode & 0o777 == 0o600
    assert os.listdir(archive.path.parent) == [archive.path.name]
    assert archive.beats == ["backup"]
    # Neither the keys nor what opens it are in it.
    manifest = json.loads(inside["manifest.json"])
    assert set(manifest) == set(
        "format version begun vendor folder keys migrations counts".split()  # noqa: SIM905
    )
    assert manifest["folder"] == archive.code


def refusal(settings, clinic, body):
    """Return why an archive is not restored; the place is empty afterwards."""
    (clinic / "archive").write_bytes(body)
    settings.MEDIA_ROOT.mkdir(exist_ok=True)
    with pytest.raises(CommandError) as refused:
        restore(clinic, clinic / "archive")
    assert list(settings.MEDIA_ROOT.iterdir()) == []
    assert not list(clinic.glob("*.sqlite3*"))
    return str(refused.value)


def test_what_was_changed_cut_short_or_is_for_others_leaves_an_empty_place(
    archive, clinic, settings, django_db_blocker
):
    archive = archive.path.read_bytes()
    middle = len(archive) // 2
    changed = archive[:middle] + bytes([archive[middle] ^ 1]) + archive[middle + 1 :]
    with django_db_blocker.unblock(), elsewhere(settings, clinic):
        told = [
            refusal(settings, clinic, body)
            for body in (
                changed,
                archive[:-1],
                archive[: -age.CHUNK - 16],
                archive[: archive.index(b"\n", archive.index(b"--- ")) + 17],
                b"not an archive",
            )
        ]
        assert set(told) == {
            "This is no archive, or it was changed or cut short. Nothing was restored."
        }
        (clinic / "identity").write_text(age.new_identity()[0])
        assert refusal(settings, clinic, archive) == (
            "The archive is for another key. Nothing was restored."
        )
        (clinic / "identity").write_text(IDENTITY)
        settings.DATA_KEYS = ["a key that has sealed nothing of all this 123456789"]
        assert "DATA_KEYS lacks the key" in refusal(settings, clinic, archive)
        (clinic / "restored" / "photos").mkdir()
        (clinic / "restored" / "photos" / "theirs").touch()
        with pytest.raises(CommandError, match="media folder is not empty"):
            restore(clinic, clinic / "archive")
        assert (clinic / "restored" / "photos" / "theirs").exists()


def test_a_restore_that_was_cut_short_is_run_again(
    archive, clinic, settings, django_db_blocker
):
    with django_db_blocker.unblock(), elsewhere(settings, clinic):
        for name in (media_folder.UNFINISHED, "half-a-photo"):
            (settings.MEDIA_ROOT / name).touch()
        restore(clinic, archive.path)
        assert sorted(os.listdir(settings.MEDIA_ROOT)) == [
            "database-code.txt",
            "door.jpg",
        ]


@pytest.mark.parametrize("fault", ["no key", "no folder", "in media", "another's"])
@pytest.mark.django_db
def test_no_backup_is_made_of_nonsense(clinic, settings, fault):
    folder = clinic / "backups"
    if fault == "no key":
        settings.BACKUP_KEY = ""
    if fault == "no folder":
        folder = clinic / "nowhere"
    if fault == "in media":
        folder = settings.MEDIA_ROOT
    if fault == "another's":
        default_storage.save(media_folder.FILE, io.BytesIO(b"5" * 32))
    told = {
        "no key": "BACKUP_KEY is missing",
        "no folder": "is no folder to write into",
        "in media": "do not belong into the media folder",
        "another's": "is another database's",
    }
    with pytest.raises(CommandError, match=told[fault]):
        run("clinic", "backup", str(folder))
    assert not list(clinic.glob("**/*.age*"))


def test_older_backups_go_and_nothing_else(tmp_path):
    for name in (
        "scarclinic-20260101T031700Z.tar.age",
        "scarclinic-20260301T031700Z.tar.age",
        "notes.txt",
    ):
        (tmp_path / name).touch()
    assert taking.delete_older(tmp_path, datetime(2026, 2, 1, tzinfo=UTC)) == 1
    assert sorted(os.listdir(tmp_path)) == [
        "notes.txt",
        "scarclinic-20260301T031700Z.tar.age",
    ]
