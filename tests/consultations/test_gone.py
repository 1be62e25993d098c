"""Nothing of a patient is left anywhere, once it is erased or its time is over.

Traces are what rows and files of patients have and nothing else does: sealed texts, keyed
hashes, random names. They are taken before, and looked for afterwards in every table, every
file of the database and every file beside it, but for the ledger's and the tombstones'.
"""

import json
import os
import re
import shutil
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace

import pytest
from django.apps import apps
from django.conf import settings as configured
from django.core.management import call_command
from django.db import connection
from django.utils import timezone

from consultations import retention
from consultations.models import Intake, Photo
from consultations.review import erasure
from scarclinic.staff.ledger import chain
from scarclinic.staff.models import Event
from tests.consultations.factories import make_clinician
from tests.consultations.queueing import make_waiting
from tests.consultations.test_at_rest import files_of, make_everything, tables

TRACE = re.compile(rb"sc1[0-9a-f]{8}[A-Za-z0-9+/=]{20,}|[0-9a-f]{32,}")
OF_CLINIC = {"consenttext", "consentversion", "lettertemplate", "messagetemplate"}
FAR = timedelta(days=4000)
NS_A_DAY = 86_400 * 10**9


def traces():
    """Return the traces of all patients that the database has now."""
    of_patients = {
        model._meta.db_table
        for model in apps.get_app_config("consultations").get_models()
        if model._meta.model_name not in {*OF_CLINIC, "mediafolder", "tombstone"}
    }
    found = {
        trace
        for table, body in tables().items()
        if table in of_patients
        for trace in TRACE.findall(body)
    }
    # A trace that the clinic's own rows have, too, is none: digests of consents, editions.
    others = b"".join(
        body for table, body in tables().items() if table not in of_patients
    )
    return {trace for trace in found if trace not in others}


def left(marks, parts):
    """Return [(where, trace)] of what is left in {where: bytes}."""
    return sorted(
        (where, trace)
        for where, body in parts.items()
        for trace in marks
        if trace in body
    )


def erase_all():
    """Erase every intake there is on request, as an administrator does."""
    admin = make_clinician("admin")
    for intake in Intake.objects.all():
        erasure.ask(intake)
        erasure.erase(intake, by=admin)
    retention.wipe_soon()


def let_time_pass(monkeypatch):
    """Let eleven years pass, and run what runs every night."""
    chain.Writer().extend(timezone.now())
    now, count = timezone.now, time.time_ns
    monkeypatch.setattr(timezone, "now", lambda: now() + FAR)
    monkeypatch.setattr(time, "time_ns", lambda: count() + FAR.days * NS_A_DAY)
    # As the worker does all the time.
    chain.Writer().extend(timezone.now())
    call_command("prune", stdout=sys.stderr)


@pytest.fixture
def site(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path / "media"
    settings.TOMBSTONES = tmp_path / "tombstones"
    return tmp_path


@pytest.mark.django_db
@pytest.mark.parametrize("way", ["erased", "in time"])
def test_no_table_and_no_file_of_a_photo_has_a_trace(
    way, site, monkeypatch, django_capture_on_commit_callbacks
):
    monkeypatch.setattr(retention, "wipe", lambda **_how: True)
    with django_capture_on_commit_callbacks(execute=True):
        make_everything(pages=())
    marks = traces()
    assert len(marks) > 100
    assert left(marks, tables()) != []
    assert len(files_of(site / "media" / Photo.FOLDER)) == 2
    with django_capture_on_commit_callbacks(execute=True):
        erase_all() if way == "erased" else let_time_pass(monkeypatch)
    assert left(marks, tables()) == []
    assert left(marks, files_of(site)) == []
    assert files_of(site / "media").keys() <= {"database-code.txt"}
    assert not Intake.objects.exists()
    if way == "in time":
        # The ledger's time is over, too: what is left is of that night.
        assert set(Event.objects.values_list("action", flat=True)) == {
            "intake_expired",
            "ledger_shortened",
        }


# In the files of SQLite, by a process that commits

PROCESS = """
import json, os, sys
import django
django.setup()
from django.core.management import call_command
from django.test.utils import setup_test_environment
setup_test_environment()
from consultations.intake.photos import folder
from tests.consultations import test_gone
act = sys.argv[1]
if act == "make":
    test_gone.make_everything(pages=())
    folder.bind()
    print(json.dumps([trace.decode() for trace in test_gone.traces()]))
elif act == "erase":
    test_gone.erase_all()
elif act == "prune":
    call_command("prune")
else:
    import pytest
    test_gone.let_time_pass(pytest.MonkeyPatch())
sys.stdout.flush()
# Nothing is tidied up: the write-ahead log stays as it is.
os._exit(0)
"""


def site_in(folder):
    """Return a site of its own, in a folder: `run` acts in another process."""
    database = folder / "clinic.sqlite3"
    env = os.environ | {
        "DATABASE_URL": f"sqlite:///{database}",
        "DEBUG": "on",
        "DJANGO_SETTINGS_MODULE": "scarclinic.settings",
        "MEDIA_ROOT": str(folder / "media"),
        "TOMBSTONES": f"{folder}-tombstones",
    }

    def run(act):
        done = subprocess.run(
            [sys.executable, "-c", PROCESS, act],
            cwd=configured.BASE_DIR,
            env=env,
            capture_output=True,
            text=True,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    return SimpleNamespace(run=run, folder=folder, database=database)


@pytest.fixture(scope="module")
def made(tmp_path_factory, django_db_setup, django_db_blocker):
    """Return a site with patients, and their traces: made once, and copied."""
    folder = tmp_path_factory.mktemp("made") / "site"
    folder.mkdir()
    site = site_in(folder)
    with django_db_blocker.unblock():
        connection.ensure_connection()
        site.database.write_bytes(connection.connection.serialize())
    lines = site.run("make").splitlines()
    return folder, {trace.encode() for trace in json.loads(lines[-1])}


@pytest.mark.django_db
@pytest.mark.skipif(connection.vendor != "sqlite", reason="looks into SQLite's files")
@pytest.mark.parametrize("way", ["erase", "wait"])
def test_no_file_has_a_trace_and_a_restored_backup_has_none_again(way, made, tmp_path):
    folder, marks = made
    clinic = site_in(shutil.copytree(folder, tmp_path / "site"))
    before = {
        Path(where).name for where, _trace in left(marks, files_of(clinic.folder))
    }
    assert {"clinic.sqlite3-wal"} <= before
    backup = tmp_path / "backup"
    with (
        closing(sqlite3.connect(clinic.database)) as live,
        closing(sqlite3.connect(tmp_path / "copy.sqlite3")) as copy,
    ):
        live.backup(copy)
    shutil.copytree(clinic.folder / "media", backup)

    # A server that runs on: SQLite itself empties the log only when the last one ends.
    with closing(sqlite3.connect(clinic.database)) as server:
        server.execute("SELECT count(*) FROM consultations_intake").fetchone()
        clinic.run(way)
        assert left(marks, files_of(clinic.folder)) == []

    for name in ("", "-wal", "-shm"):
        Path(f"{clinic.database}{name}").unlink(missing_ok=True)
    shutil.copy(tmp_path / "copy.sqlite3", clinic.database)
    shutil.copytree(backup, clinic.folder / "media", dirs_exist_ok=True)
    assert left(marks, files_of(clinic.folder)) != []
    said = clinic.run("prune" if way == "erase" else "wait")
    assert left(marks, files_of(clinic.folder)) == []
    photos = files_of(clinic.folder / "media" / Photo.FOLDER)
    assert photos == {}
    if way == "erase":
        with closing(sqlite3.connect(tmp_path / "copy.sqlite3")) as copy:
            everybody = copy.execute("SELECT count(*) FROM consultations_intake")
            assert f"Erased again: {everybody.fetchone()[0]}\n" in said


# In the files of PostgreSQL


def file_of_intakes():
    """Return the bytes of the table's file, as they are on the disk; None if we may not."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT usesuper FROM pg_user WHERE usename = current_user")
        if not cursor.fetchone()[0]:
            return None
        cursor.execute("CHECKPOINT")
        cursor.execute(
            "SELECT pg_read_binary_file(pg_relation_filepath('consultations_intake'))"
        )
        return bytes(cursor.fetchone()[0])


@pytest.mark.django_db(transaction=True)
@pytest.mark.skipif(
    connection.vendor != "postgresql", reason="looks into the files of PostgreSQL"
)
def test_no_byte_is_left_in_a_table_that_is_written_anew(site):
    if file_of_intakes() is None:
        pytest.skip("only a superuser reads the files of PostgreSQL")
    plans = [make_waiting() for _each in range(30)]
    marks = [plan.intake.row_key.encode() for plan in plans]
    assert all(mark in file_of_intakes() for mark in marks)
    admin = make_clinician("admin")
    for plan in plans[::2]:
        erasure.ask(plan.intake)
        erasure.erase(plan.intake, by=admin)
    # What a transaction that was open meanwhile could still see goes the next time.
    for _time in range(20):
        retention.wipe(rewrite=True)
        there = [mark in file_of_intakes() for mark in marks]
        if there == [False, True] * 15:
            return
    raise AssertionError(there)
