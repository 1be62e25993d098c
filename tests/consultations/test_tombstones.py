"""What was erased goes again, when an older backup of the database is restored."""

import os
from pathlib import Path

import pytest
from django.core.files.storage import default_storage
from django.core.management import CommandError
from django.db import transaction

from consultations import retention, tombstones
from consultations.intake.photos import folder
from consultations.models import Intake, Photo, Plan, Tombstone
from consultations.review import erasure
from scarclinic.staff.models import Event
from tests.consultations.deciding import make_plan
from tests.consultations.factories import make_clinician
from tests.consultations.photos.files import put_photo
from tests.consultations.queueing import make_waiting
from tests.consultations.writing import run

pytestmark = pytest.mark.django_db
OTHER_KEY = "the next key of the ring, long enough for a test of it, 123456789"


@pytest.fixture(autouse=True)
def clinic(settings, tmp_path, monkeypatch):
    settings.MEDIA_ROOT = tmp_path / "media"
    settings.TOMBSTONES = tmp_path / "tombstones"
    monkeypatch.setattr(retention, "wipe", lambda **_how: True)


@pytest.fixture
def commit(django_capture_on_commit_callbacks):
    """Return a function that calls another, and what waits for its commit."""

    def call(act, *args, **kwargs):
        with django_capture_on_commit_callbacks(execute=True):
            return act(*args, **kwargs)

    return call


def erase(intake):
    erasure.ask(intake)
    erasure.erase(intake, by=make_clinician(f"clara{Event.objects.count()}"))


def lines(settings):
    return Path(settings.TOMBSTONES).read_text().splitlines()


class Backup:
    """A backup of the database, as a savepoint, and of the photos' files."""

    def __init__(self):
        self.files = {
            name: Path(default_storage.path(f"{Photo.FOLDER}/{name}")).read_bytes()
            for name in folder.names()
        }
        self.savepoint = transaction.savepoint()

    def restore(self):
        transaction.savepoint_rollback(self.savepoint)
        for name, body in self.files.items():
            Path(default_storage.path(f"{Photo.FOLDER}/{name}")).write_bytes(body)


def test_a_restored_backup_loses_again_what_was_erased(settings, commit):
    plan, kept = make_plan(), make_plan()
    put_photo(plan.intake.scars.get())
    photo = put_photo(kept.intake.scars.get())
    backup = Backup()
    commit(erase, plan.intake)
    backup.restore()
    assert Intake.objects.count() == 2
    assert not Tombstone.objects.exists()
    assert "Erased again: 1" in commit(run, "prune")
    assert list(Intake.objects.all()) == [kept.intake]
    assert folder.names() == [f"{photo.name}.{photo.sealed_with}"]
    event = Event.objects.get(action="erased_again")
    assert (event.case_id, event.by) == (plan.intake_id, None)
    assert Tombstone.objects.get().kind == "erased"
    assert "Erased again: 0" in commit(run, "prune")
    assert len(lines(settings)) == 1


def test_a_tombstone_names_nobody_and_is_the_site_s_alone(settings, commit):
    plan = make_plan()
    row_key = plan.intake.row_key
    commit(erase, plan.intake)
    (line,) = lines(settings)
    stone = Tombstone.objects.get()
    assert line == f"{stone.digest} {stone.key_id} erased {stone.on}"
    assert row_key not in line
    assert os.stat(settings.TOMBSTONES).st_mode & 0o777 == 0o600


def test_what_was_not_erased_in_the_end_has_no_tombstone_and_stays(settings, commit):
    plan = make_waiting()

    @transaction.atomic
    def fail():
        erase(plan.intake)
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        commit(fail)
    assert not Path(settings.TOMBSTONES).exists()
    run("prune")
    assert Plan.objects.get() == plan


def test_what_a_crash_kept_from_the_file_is_written_there_by_the_next_run(settings):
    # Erased, and killed before the file was written.
    erase(make_waiting().intake)
    assert not Path(settings.TOMBSTONES).exists()
    run("prune")
    assert [line.split()[0] for line in lines(settings)] == [
        Tombstone.objects.get().digest
    ]


def test_half_a_line_spoils_no_other(settings, commit):
    path, plan = Path(settings.TOMBSTONES), make_waiting()
    path.write_text("0123 half a li")
    backup = Backup()
    commit(erase, plan.intake)
    backup.restore()
    assert "Erased again: 1" in run("prune")


def test_tombstones_of_another_clinic_name_nobody_here(settings):
    plan = make_waiting()
    key = tombstones.keys.newest().id
    Path(settings.TOMBSTONES).write_text(f"{'0' * 32} {key} erased 2026-01-02\n")
    assert "Erased again: 0" in run("prune")
    assert Plan.objects.get() == plan


def test_a_backup_of_before_the_key_was_changed_loses_it_too(settings, commit):
    plan, former = make_waiting(), settings.DATA_KEYS
    backup = Backup()
    settings.DATA_KEYS = [OTHER_KEY, *former]
    commit(erase, plan.intake)
    backup.restore()
    # The backup's own environment does not know the key: nobody can tell whom it names.
    settings.DATA_KEYS = former
    with pytest.raises(CommandError, match="under a key that DATA_KEYS lacks: add it"):
        run("prune")
    assert Plan.objects.get() == plan
    settings.DATA_KEYS = [OTHER_KEY, *former]
    assert "Erased again: 1" in run("prune")
    assert not Intake.objects.exists()


def test_what_the_database_has_heard_of_may_be_under_a_key_that_is_gone(
    settings, commit
):
    former = settings.DATA_KEYS
    settings.DATA_KEYS = [OTHER_KEY, *former]
    commit(erase, make_waiting().intake)
    settings.DATA_KEYS = former
    assert "Erased again: 0" in run("prune")


def test_a_file_that_cannot_be_written_is_told(settings, tmp_path, commit):
    settings.TOMBSTONES = tmp_path / "lost" / "tombstones"
    commit(erase, make_waiting().intake)
    assert not Intake.objects.exists()
    with pytest.raises(
        CommandError, match=r"cannot be used \(No such file or directory"
    ):
        run("prune")
