"""A new key takes over while the site runs, and the former one can go."""

from contextlib import nullcontext
from io import StringIO

import pytest
from allauth.mfa.adapter import get_adapter
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import TOTP
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.core.management import call_command

from consultations.intake.people_search import matching
from consultations.intake.photos import keeping
from consultations.models import Intake, Photo, Plan
from scarclinic.staff.encryption import checking, keys, rotation
from scarclinic.staff.models import DataKey, User
from tests.consultations.deciding import make_plan, sign_off
from tests.consultations.factories import make_clinician
from tests.consultations.photos.files import put_photo
from tests.consultations.writing import make_sent

NEW = "new key " * 10
SECRET = "JBSWY3DPEHPK3PXP"
pytestmark = pytest.mark.django_db


@pytest.fixture
def plan(settings, tmp_path):
    """Return a signed plan of before, with a photo; a new key is in front since."""
    settings.MEDIA_ROOT = tmp_path
    checking.begin()
    plan = make_plan(wish="Smoother cheeks")
    sign_off(plan, make_clinician(), note="Rest well.", subcision="include")
    put_photo(plan.intake.scars.get(), b"pixels")
    TOTP.activate(User.objects.get(username="clara"), SECRET)
    settings.DATA_KEYS = [NEW, *settings.DATA_KEYS]
    return plan


def rotate(*, status=0, **options):
    """Return what the command says, and what it complains of."""
    out, err = StringIO(), StringIO()
    with pytest.raises(SystemExit) if status else nullcontext() as end:
        call_command("rotate_keys", stdout=out, stderr=err, **options)
    assert not status or end.value.code == status
    return out.getvalue(), err.getvalue()


def read(plan):
    intake = Intake.objects.get(pk=plan.intake.pk)
    note = Plan.objects.get(pk=plan.pk).note
    [photo] = Photo.objects.all()
    found = list(matching("okafor")) == [intake]
    factor = TOTP(Authenticator.objects.get())
    secret = get_adapter().decrypt(factor.instance.data["secret"])
    return intake.name, intake.wish, note, photo.open().read(), secret, found


TOLD = ("Ada Okafor", "Smoother cheeks", "Rest well.", b"pixels", SECRET, True)


def test_all_is_sealed_anew_and_the_former_key_can_go(
    plan, settings, tmp_path, django_capture_on_commit_callbacks
):
    before = read(plan)
    with django_capture_on_commit_callbacks(execute=True):
        said, complaint = rotate()
    assert complaint == ""
    assert said.splitlines()[-4:] == [
        "second factors: 1",
        "photos: 1",
        "intakes indexed: 1",
        "Nothing is sealed with a former key. Backups of before still are.",
    ]
    settings.DATA_KEYS = [NEW]
    assert before == read(plan) == TOLD
    checking.begin()
    assert [row.key_id for row in DataKey.objects.all()] == [keys.newest().id]
    assert [path.suffix for path in tmp_path.glob("photos/*")] == [
        f".{keys.newest().id}"
    ]


def test_what_was_cut_short_is_run_again_and_read_meanwhile(plan, monkeypatch):
    monkeypatch.setattr(rotation, "AT_ONCE", 1)
    steps = rotation.seal_anew()
    next(steps)
    assert read(plan) == TOLD
    assert not rotation.is_done()
    rotate()
    assert rotation.is_done()
    said, _complaint = rotate()
    assert {line.rpartition(" ")[2] for line in said.splitlines()[:-1]} == {"0"}


def test_a_photo_that_is_replaced_meanwhile_is_not_brought_back(
    plan, tmp_path, django_capture_on_commit_callbacks
):
    photo = Photo.objects.get()
    with django_capture_on_commit_callbacks(execute=True):
        Photo.objects.all().delete()
        assert not keeping.seal_anew(photo)
    assert Photo.objects.count() == 0
    # The former file goes with whoever deletes the row.
    assert len(list(tmp_path.glob("photos/*"))) == 1


def test_what_cannot_be_read_is_named_and_holds_up_no_other(plan, settings):
    new, *former = settings.DATA_KEYS
    settings.DATA_KEYS = former
    moved = make_sent(name="Eve")
    settings.DATA_KEYS = [new, *former]
    Intake.objects.filter(pk=moved.pk).update(row_key="0" * 32)
    _said, complaint = rotate(status=1)
    assert "Something is sealed with a former key still." in complaint
    assert read(plan) == TOLD
    assert DataKey.objects.count() == 2


def test_a_factor_that_cannot_be_read_is_named_and_holds_up_no_other(
    plan, settings, caplog
):
    new, *former = settings.DATA_KEYS
    settings.DATA_KEYS = former
    eve = User.objects.create_user("eve")
    broken = TOTP.activate(eve, SECRET).instance
    sealed = broken.data["secret"]
    Authenticator.objects.filter(pk=broken.pk).update(
        # Opened by no key, and before the others.
        id=-1,
        data={"secret": sealed[:-8] + "AAAAAAAA"},
    )
    settings.DATA_KEYS = [new, *former]
    said, complaint = rotate(status=1)
    assert "second factors: 1" in said
    assert "Something is sealed with a former key still." in complaint
    assert [each.message for each in caplog.records if "factor" in each.message] == [
        f"Not sealed anew: the second factor -1 of account {eve.pk}"
    ]
    assert DataKey.objects.count() == 2
    Authenticator.objects.filter(pk=-1).delete()
    assert read(plan) == TOLD


def test_a_secret_of_a_factor_keeps_its_former_key(plan):
    for _each in rotation.seal_anew():
        pass
    assert not rotation.is_done()


def test_half_a_file_of_a_run_before_costs_no_photo(
    plan, tmp_path, django_capture_on_commit_callbacks
):
    photo = Photo.objects.get()
    half = tmp_path / "photos" / f"{photo.name}.{keys.newest().id}"
    half.write_bytes(b"sc1")
    with django_capture_on_commit_callbacks(execute=True):
        assert keeping.seal_anew(photo)
    assert Photo.objects.get().open().read() == b"pixels"
    assert list(tmp_path.glob("photos/*")) == [half]


def test_a_photo_that_opens_no_more_under_the_new_key_keeps_its_former_file(
    plan, monkeypatch, django_capture_on_commit_callbacks
):
    save = default_storage.save
    monkeypatch.setattr(
        default_storage, "save", lambda name, _file: save(name, ContentFile(b"half"))
    )
    with django_capture_on_commit_callbacks(execute=True):
        _said, complaint = rotate(status=1)
    assert "is not sealed with a key of DATA_KEYS" in complaint
    assert Photo.objects.get().open().read() == b"pixels"


def test_no_row_names_what_the_storage_has_saved_elsewhere(plan, tmp_path, monkeypatch):
    photo = Photo.objects.get()
    half = tmp_path / "photos" / f"{photo.name}.{keys.newest().id}"
    half.write_bytes(b"sc1")
    monkeypatch.setattr(default_storage, "delete", lambda _name: None)
    with pytest.raises(FileExistsError):
        keeping.seal_anew(photo)
    assert Photo.objects.get().open().read() == b"pixels"


def test_a_photo_whose_file_is_gone_is_named_and_can_be_given_up(plan, tmp_path):
    photo, former = Photo.objects.get(), tmp_path / "aside"
    (tmp_path / photo.path).rename(former)
    gone = f"The file {photo.path} is gone."
    _said, complaint = rotate(status=1)
    assert gone in complaint
    assert "Something is sealed with a former key still." in complaint
    assert DataKey.objects.count() == 2
    said, complaint = rotate(status=1, without_lost_photos=True)
    assert gone in complaint
    assert "Nothing is sealed with a former key." in said
    assert [row.key_id for row in DataKey.objects.all()] == [keys.newest().id]
    # Found in a backup after all, as long as the ring has its key.
    former.rename(tmp_path / photo.path)
    rotate()
    assert Photo.objects.get().open().read() == b"pixels"
