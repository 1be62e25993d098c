"""What nobody finished is deleted in time, with all that it left; a count stays."""

import os
import re
import sqlite3
import subprocess
import sys
from contextlib import closing
from datetime import timedelta
from io import BytesIO
from pathlib import Path

import pytest
from django.conf import settings as configured
from django.core import mail
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.core.management import CommandError, call_command
from django.db import connection
from django.utils import timezone
from django_tasks_db.models import DBTaskResult
from PIL import Image

from consultations import retention
from consultations.letters import outbox
from consultations.models import (
    Intake,
    Letter,
    LetterKind,
    MediaFolder,
    Photo,
    Plan,
    Reading,
    StepTally,
)
from scarclinic.staff.ledger import retention as ledger_retention
from tests.consultations.factories import make_clinician
from tests.consultations.photos.files import put_photo
from tests.consultations.writing import make_intake, make_sent, run

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)
HOUR = timedelta(hours=1)


@pytest.fixture(autouse=True)
def clinic(settings, tmp_path, monkeypatch):
    settings.MEDIA_ROOT = tmp_path
    # SQLite moves no log inside a transaction, and here a test is one. The last test of
    # this file runs the command in a process of its own.
    monkeypatch.setattr(retention, "wipe", lambda **_how: True)
    settings.SITE_URL = "https://clinic.example"
    settings.DRAFT_WARNING_DAYS, settings.DRAFT_DAYS = 10, 14


def prune(**counts):
    """Run the command; return whether it told just these counts, of all that it tells."""
    told = {
        "again": "Erased again",
        "overdue": "E-mails overdue",
        "warned": "Warned of drafts that will be deleted",
        "drafts": "Drafts deleted",
        "cases": "Cases deleted",
        "merged": "Counts of pages merged",
        "files": "Files without a photo deleted",
        "letters": "E-mails deleted",
        "limits": "Rate limits deleted",
        "sessions": "Sessions deleted",
        "readings": "Notes of who read a plan deleted",
        "tasks": "Background tasks deleted",
        "events": "Old events removed",
    }
    lines = run("prune")[1:]
    assert lines == [f"{told[each]}: {counts.get(each, 0)}" for each in told]


def ago(age):
    return timezone.now() - age


def put_file(path, age):
    """Keep a small picture in the storage, so old."""
    body = BytesIO()
    Image.new("RGB", (2, 2)).save(body, "JPEG")
    default_storage.save(path, ContentFile(body.getvalue()))
    make_older(path, age)


def make_older(path, age):
    moment = ago(age).timestamp()
    os.utime(default_storage.path(path), (moment, moment))


def add_photo(intake, age=HOUR):
    photo = put_photo(intake.scars.get())
    make_older(photo.path, age)
    return photo


def files():
    return sorted(default_storage.listdir(Photo.FOLDER)[1])


# Drafts


def test_a_draft_goes_after_its_days_and_not_before():
    make_intake(touched_at=ago(14 * DAY), email="")
    kept = make_intake(touched_at=ago(14 * DAY - HOUR), email="")
    make_intake(touched_at=ago(15 * DAY), warned_at=ago(5 * DAY))
    prune(drafts=2)
    assert list(Intake.objects.all()) == [kept]
    prune()


def test_what_was_sent_stays():
    sent = make_sent(touched_at=ago(400 * DAY))
    prune()
    assert list(Intake.objects.all()) == [sent]


def test_a_draft_goes_with_its_photos_their_files_and_its_letters(
    django_capture_on_commit_callbacks,
):
    intake, other = make_intake(touched_at=ago(15 * DAY)), make_intake()
    add_photo(intake)
    kept = add_photo(other)
    outbox.write(intake, LetterKind.LINK, key="link")
    with django_capture_on_commit_callbacks(execute=True):
        prune(drafts=1)
    assert list(Photo.objects.all()) == [kept]
    assert files() == [f"{kept.name}.{kept.sealed_with}"]
    assert Letter.objects.count() == 0


def test_a_count_of_where_it_stood_stays():
    visits = {"you": [1_800_000_000, None, 0], "skin": [1_800_000_100, None, 0]}
    make_intake(touched_at=ago(15 * DAY), visits=visits)
    prune(drafts=1)
    assert set(StepTally.objects.filter(left=1).values_list("step")) == {("skin",)}


def test_a_draft_that_its_patient_opens_meanwhile_stays(monkeypatch):
    first, second = (make_intake(touched_at=ago(15 * DAY)) for _ in range(2))
    fold = retention.statistics.fold

    def touch_the_other(draft, **how):
        Intake.objects.exclude(pk=draft.pk).update(touched_at=timezone.now())
        fold(draft, **how)

    monkeypatch.setattr(retention.statistics, "fold", touch_the_other)
    prune(drafts=1)
    assert set(Intake.objects.all()) < {first, second}
    assert Intake.objects.count() == 1


# Warnings


def test_who_left_an_address_is_warned_once(settings):
    intake = make_intake(touched_at=ago(10 * DAY))
    make_intake(touched_at=ago(10 * DAY), email="")
    make_intake(touched_at=ago(10 * DAY), reminders=False)
    make_intake(touched_at=ago(10 * DAY - HOUR))
    prune(warned=1)
    # Nor is the one who wished no e-mails looked at every day.
    assert Intake.objects.filter(warned_at__isnull=False).count() == 2
    prune()
    run("send_letters")
    assert [(each.to, each.subject) for each in mail.outbox] == [
        ([intake.email], "Not finished yet")
    ]
    until = timezone.localdate(intake.touched_at + 14 * DAY)
    assert mail.outbox[0].body.splitlines()[2] == (
        "you began to write to us, and you have not sent it yet. We keep it until "
        f"{until:%-d %b %Y}. Then we delete it."
    )


def test_who_came_back_and_left_again_is_warned_again():
    make_intake(touched_at=ago(11 * DAY))
    prune(warned=1)
    Intake.objects.update(touched_at=ago(10 * DAY), warned_at=ago(20 * DAY))
    prune(warned=1)
    prune()
    assert Letter.objects.count() == 2


def test_nobody_is_warned_of_what_is_deleted_in_the_same_breath():
    make_intake(touched_at=ago(15 * DAY))
    prune(drafts=1)


# Files, letters, readings


def test_a_file_without_a_photo_goes_after_a_day():
    kept = add_photo(make_intake(), age=30 * DAY)
    put_file("photos/lost.jpg", 2 * DAY)
    put_file("photos/odd", 2 * DAY)
    put_file("photos/fresh.jpg", HOUR)
    put_file("pictures/of-the-clinic.jpg", 30 * DAY)
    prune(files=2)
    assert files() == sorted([f"{kept.name}.{kept.sealed_with}", "fresh.jpg"])
    assert default_storage.exists("pictures/of-the-clinic.jpg")


# The folder of another database


def refused():
    """Run the command, which refuses; return what it says."""
    with pytest.raises(CommandError) as error:
        run("prune")
    assert error.value.returncode == 1
    return str(error.value)


BIND = "If it is this database's: manage.py prune --bind"
IS_ANOTHERS = f"The media folder is another database's. Nothing was deleted. {BIND}"
NOBODY_KNOWS = (
    "The media folder holds photos and no database-code.txt, so nobody can tell whether "
    f"they are this database's. Nothing was deleted. {BIND}"
)


def code_of_folder():
    with default_storage.open("database-code.txt") as file:
        return file.read().decode().strip()


def bind_to_another():
    """Let the folder be of a database whose photos nobody here knows."""
    put_file("photos/theirs.0001", 30 * DAY)
    default_storage.save("database-code.txt", ContentFile(b"5" * 32 + b"\n"))


def test_the_first_run_binds_the_folder_and_the_database_to_each_other():
    photo = add_photo(make_intake(), age=30 * DAY)
    put_file("photos/lost.0001", 30 * DAY)
    prune(files=1)
    code = code_of_folder()
    assert MediaFolder.objects.get().code == code
    assert len(code) == 32
    assert os.stat(default_storage.path("database-code.txt")).st_mode & 0o777 == 0o600
    prune()
    assert files() == [f"{photo.name}.{photo.sealed_with}"]


def test_nothing_is_deleted_of_a_folder_that_is_bound_to_another_database():
    make_intake(touched_at=ago(15 * DAY))
    bind_to_another()
    assert refused() == IS_ANOTHERS
    MediaFolder.objects.create(pk=1, code="6" * 32)
    assert refused() == IS_ANOTHERS
    assert (files(), Intake.objects.count()) == (["theirs.0001"], 1)


def test_nothing_is_deleted_of_photos_of_which_no_row_knows_one():
    put_file("photos/theirs.0001", 30 * DAY)
    assert refused() == NOBODY_KNOWS
    assert files() == ["theirs.0001"]


def test_nothing_is_deleted_of_a_folder_that_has_lost_its_code():
    add_photo(make_intake(), age=30 * DAY)
    prune()
    default_storage.delete("database-code.txt")
    put_file("photos/lost.0001", 30 * DAY)
    assert refused() == NOBODY_KNOWS
    assert len(files()) == 2


def test_an_empty_folder_in_the_place_of_one_that_was_lost_is_bound():
    MediaFolder.objects.create(pk=1, code="6" * 32)
    prune()
    assert code_of_folder() == "6" * 32


def test_somebody_who_knows_can_say_that_the_folder_is_this_database_s():
    bind_to_another()
    call_command("prune", "--bind")
    assert files() == ["theirs.0001"]
    prune(files=1)


def lose(count):
    for number in range(count):
        put_file(f"photos/lost-{number}.0001", 2 * DAY)


def test_an_odd_share_of_the_photos_is_refused_unless_told(monkeypatch):
    monkeypatch.setattr(retention, "FEW_FILES", 3)
    # A clock that is a month ahead, or another database: whichever photos would go count.
    kept, due = make_intake(), make_intake(touched_at=ago(15 * DAY))
    add_photo(kept), add_photo(due)
    lose(3)
    assert refused() == (
        "Photos that go: 4 of 5 (80 %). That is more than time explains: is the clock "
        "right, and is the database as new as the folder? Nothing was deleted. If it is "
        "meant: manage.py prune --share 80"
    )
    assert (len(files()), Intake.objects.count()) == (5, 2)
    with pytest.raises(CommandError):
        run("prune", "--share", "79")
    assert run("prune", "--share", "80")[0] == "Photos that go: 4 of 5 (80 %)"
    assert Intake.objects.get() == kept


def test_a_few_photos_go_whatever_share_they_are(monkeypatch):
    monkeypatch.setattr(retention, "FEW_FILES", 3)
    lose(3)
    add_photo(make_intake())
    prune(files=3)


@pytest.mark.parametrize("option", ["--dry-run", "--preview"])
def test_a_dry_run_says_the_share_and_deletes_nothing(option):
    add_photo(make_intake(touched_at=ago(15 * DAY)))
    lose(2)
    lines = run("prune", option)
    assert lines[0] == "Drafts: 1 now"
    assert lines[-1] == "Photos that go: 3 of 3 (100 %)"
    assert (len(files()), Intake.objects.count()) == (3, 1)
    assert not MediaFolder.objects.exists()
    bind_to_another()
    with pytest.raises(CommandError, match="another database"):
        run("prune", option)


def test_many_files_are_looked_up_a_batch_at_a_time(monkeypatch):
    monkeypatch.setattr(retention, "AT_ONCE", 2)
    kept = add_photo(make_intake(), age=30 * DAY)
    for number in range(5):
        put_file(f"photos/lost-{number}.jpg", 2 * DAY)
    prune(files=5)
    assert files() == [f"{kept.name}.{kept.sealed_with}"]


def test_letters_go_ninety_days_after_they_were_sent_or_given_up(monkeypatch):
    monkeypatch.setattr(retention, "AT_ONCE", 2)
    intake, old, young = make_sent(), ago(91 * DAY), ago(89 * DAY)
    Letter.objects.bulk_create(
        Letter(intake=intake, kind="plan", key=key, due_at=old, **fields)
        for key, fields in {
            "a": {"sent_at": old},
            "b": {"sent_at": old},
            "c": {"given_up_at": old},
            "sent": {"sent_at": young},
            "waiting": {},
        }.items()
    )
    prune(letters=3, overdue=1)
    assert sorted(Letter.objects.values_list("key", flat=True)) == ["sent", "waiting"]


def test_who_read_a_plan_is_forgotten_after_a_day():
    plan = Plan.objects.create(intake=make_sent(), is_flagged=False)
    users = [make_clinician("one"), make_clinician("two")]
    for user, age in zip(users, (2 * DAY, HOUR), strict=True):
        Reading.objects.create(plan=plan, user=user, seen_at=ago(age))
    prune(readings=1)
    assert [each.user for each in Reading.objects.all()] == [users[1]]


# Background tasks


def test_a_letter_whose_task_was_lost_gets_another():
    for key, due_at in (("old", ago(HOUR)), ("new", ago(0 * HOUR))):
        outbox.write(make_sent(), LetterKind.RECEIVED, key=key, due_at=due_at)
    DBTaskResult.objects.all().delete()
    prune(overdue=1)
    assert DBTaskResult.objects.ready().count() == 1


def test_tasks_go_a_week_after_they_began_and_those_that_wait_stay():
    old, young = ago(7 * DAY + HOUR), ago(6 * DAY)
    for started_at, fields in [
        (old, {"status": "SUCCESSFUL", "finished_at": old}),
        (old, {"status": "FAILED", "finished_at": old}),
        # Its worker was killed.
        (old, {"status": "RUNNING"}),
        (young, {"status": "SUCCESSFUL", "finished_at": young}),
        (None, {"status": "READY"}),
    ]:
        result = outbox.send_letters.using(run_after=old).enqueue()
        DBTaskResult.objects.filter(pk=result.id).update(
            started_at=started_at, enqueued_at=old, **fields
        )
    prune(tasks=3)
    kept = DBTaskResult.objects.values_list("status", flat=True)
    assert sorted(kept) == ["READY", "SUCCESSFUL"]


# Nothing is left in the files of the database

WORDS = "Zebrafinchington"
OPENING = """
import os, sqlite3, sys
import django
django.setup()
from datetime import timedelta
from django.core.management import call_command
from django.db import connection
from django.utils import timezone
from consultations.models import Intake

connection.ensure_connection()
if sys.argv[1] == "write":
    intake, _token = Intake.objects.begin()
    intake.done = ["{words}"] * 500
    intake.touched_at = timezone.now() - timedelta(days=20)
    intake.save()
    # Nothing is tidied up: the log stays as it is.
    os._exit(0)
"""


def cron_line():
    """Return what README.md has cron run, for the folder that this site is in."""
    text = (Path(configured.BASE_DIR) / "README.md").read_text()
    [command] = re.findall(r"^17 3 \* \* \* (.*?)(?:  +#.*)?$", text, re.MULTILINE)
    return command.replace("/srv/scarclinic", str(configured.BASE_DIR))


def test_a_ledger_that_is_not_whole_fails_the_command_that_still_does_all_else(
    monkeypatch, capsys
):
    def refuse(now):
        raise ledger_retention.NotWhole

    monkeypatch.setattr(ledger_retention, "shorten", refuse)
    emptied = []
    monkeypatch.setattr(retention, "wipe", lambda **_how: emptied.append(1) or True)
    with pytest.raises(SystemExit) as ended:
        run("prune")
    assert (ended.value.code, emptied) == (1, [1])
    assert "the ledger is not whole" in capsys.readouterr().err


@pytest.mark.skipif(
    connection.vendor != "sqlite", reason="looks into the files of SQLite"
)
def test_the_line_for_cron_runs_and_what_it_deletes_is_nowhere_in_the_database_s_files(
    tmp_path,
):
    database = tmp_path / "clinic.sqlite3"
    connection.ensure_connection()
    database.write_bytes(connection.connection.serialize())
    env = {
        "DATABASE_URL": f"sqlite:///{database}",
        "DEBUG": "on",
        "MEDIA_ROOT": str(tmp_path / "media"),
    }

    def write():
        subprocess.run(
            [sys.executable, "-c", OPENING.format(words=WORDS), "write"],
            cwd=configured.BASE_DIR,
            env=os.environ | env | {"DJANGO_SETTINGS_MODULE": "scarclinic.settings"},
            check=True,
        )

    def cron():
        # It begins in the home folder, and knows nothing of anybody's shell.
        done = subprocess.run(
            ["/bin/sh", "-c", cron_line()],
            cwd="/",
            env={"PATH": "/usr/bin:/bin", "HOME": "/"} | env,
            capture_output=True,
            text=True,
        )
        assert (done.stderr, done.returncode) == ("", 0)
        return done.stdout

    def holds_the_words():
        parts = [each for each in tmp_path.iterdir() if each.is_file()]
        return any(WORDS.encode() in each.read_bytes() for each in parts)

    write()
    # A server that runs on: SQLite itself empties the log only when the last one ends.
    with closing(sqlite3.connect(database)) as server:
        server.execute("SELECT count(*) FROM consultations_intake").fetchone()
        assert holds_the_words()
        assert "Drafts deleted: 1\n" in cron()
        assert not holds_the_words()
