"""Genitals, groin, buttocks, breast: nobody under 18 is photographed, adults covered."""

import pytest
from django.test import Client
from django.urls import reverse

from consultations.intake.photos import keeping
from consultations.models import ConsentPurpose, Photo, Plan, Scar
from consultations.models.intake import INTIMATE
from consultations.review import workflow
from scarclinic.staff.decoding import cleaning
from scarclinic.staff.models import Event
from tests.consultations.deciding import make_plan
from tests.consultations.factories import (
    answer,
    begin,
    draft_of,
    fill_in,
    make_clinician,
    page,
    send_intake,
    token_held,
)
from tests.consultations.patients import html_of
from tests.consultations.photos.files import drawn, put_photo, saved, upload
from tests.consultations.test_corrections import correct

pytestmark = pytest.mark.django_db

IN_PERSON = page("scar-in-person", 1)
WHY = "Under 18 we neither ask for nor keep photos of genitals"
COVER = '<details class="covered"><summary>Show this photo'
PHOTO = saved(drawn())


@pytest.fixture(autouse=True)
def folder(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path


def at_scar(site="groin", *, age=17):
    """Return the client of a draft that says where its scar is, and agrees to photos."""
    client = begin()
    answer(client, "you", age=age)
    words = {"site_words": "Where I sit"} if site == "other" else {}
    answer(client, "scar-cause", 1, body_site=site, **words)
    return client


def forge(client, url, **fields):
    """Post a photo to an address that no page of this patient leads to."""
    return client.post(url, {**fields, "photos": "on"})


@pytest.mark.parametrize("site", sorted(INTIMATE))
def test_of_nobody_under_18_such_a_photo_is_asked_for(site):
    client = at_scar(site)
    assert client.get(page("photos", 1)).status_code == 302
    shown = html_of(client.get(IN_PERSON))
    assert WHY in shown
    assert "looks at this scar in person" in shown
    assert 'type="file"' not in shown


@pytest.mark.parametrize("address", ["keep_photo", "step"])
def test_a_forged_photo_under_18_is_not_kept_and_is_told_why(client, address):
    client = at_scar()
    args = [1, "distance"] if address == "keep_photo" else ["photos", 1]
    sent = forge(
        client,
        reverse(f"consultations:{address}", args=args),
        **{"distance-photo": upload(PHOTO)},
    )
    assert sent["Location"] == IN_PERSON
    assert not Photo.objects.exists()


@pytest.mark.parametrize(
    ("site", "age"), [("arm", 9), ("groin", 18), ("breast", 40), ("chest", 17)]
)
def test_any_other_photo_may_be_sent(site, age):
    client = at_scar(site, age=age)
    assert client.get(page("photos", 1)).status_code == 200
    assert client.get(IN_PERSON)["Location"] != IN_PERSON


@pytest.mark.parametrize(
    ("slug", "number", "changed"),
    [("scar-cause", 1, {"body_site": "groin"}), ("you", None, {"age": 17})],
)
def test_a_photo_goes_as_soon_as_it_may_not_be_kept(slug, number, changed):
    at_first = {"age": 17} if slug == "scar-cause" else {"age": 18}
    client = at_scar("arm" if slug == "scar-cause" else "groin", **at_first)
    put_photo(draft_of(client).scars.get())
    answer(client, slug, number, **{"age": 17, **changed})
    assert not Photo.objects.exists()


def test_an_age_that_is_not_known_is_not_of_age():
    client = begin()
    answer(client, "scar-cause", 1, body_site="genital")
    assert client.get(page("photos", 1)).status_code == 302


def test_a_young_person_sends_such_a_scar_whole_without_photos():
    client = fill_in(age=17, body_site="buttock")
    client.post("/consultation/check/")
    assert Plan.objects.get().intake.scars.get().body_site == "buttock"


def test_where_staff_have_seen_a_scar_counts_for_its_photos(client):
    plan = send_intake(client, age=17, body_site="chest", photos="on")
    scar = plan.intake.scars.get()
    put_photo(scar)
    found = {(1, "body_site"): "breast"}
    workflow.examine(plan, found, how="in_person", by=make_clinician())
    assert not Photo.objects.exists()
    assert not Scar.objects.get().takes_photos


def later_page(client):
    return reverse("consultations:add_photo", args=[token_held(client)])


@pytest.fixture
def young(client, settings):
    """Return the client of somebody of 17 who has sent a scar of the arm, then groin."""
    settings.GUARDIAN_CONSENT_BELOW = 16
    plan = send_intake(client, age=17, body_site="arm", photos="on")
    assert plan.intake.consents.is_agreed(ConsentPurpose.PHOTOS)
    Scar.objects.update(body_site="groin")
    return client


def test_after_sending_such_a_photo_is_refused_as_well(young):
    shown = html_of(young.get(later_page(young)))
    assert WHY in shown
    assert 'type="file"' not in shown
    sent = forge(young, later_page(young), photo=upload(PHOTO))
    assert WHY in html_of(sent)
    assert not Photo.objects.exists()


def test_an_adults_photo_is_covered_for_the_patient_and_at_the_desk(client):
    fill_in(client, body_site="breast", photos="on")
    put_photo(draft_of(client).scars.get(), PHOTO)
    assert COVER in html_of(client.get(page("photos", 1)))
    client.post("/consultation/check/")
    assert COVER in html_of(client.get(later_page(client)))
    staff = Client()
    staff.force_login(make_clinician())
    desk = reverse("admin:consultations_plan_change", args=[Plan.objects.get().pk])
    assert COVER in html_of(staff.get(desk))


def test_a_photo_of_the_face_is_not_covered(client):
    fill_in(client, photos="on")
    put_photo(draft_of(client).scars.get(), PHOTO)
    assert COVER not in html_of(client.get(page("photos", 1)))


def test_a_photo_goes_when_a_correction_says_that_it_may_not_be_kept():
    plan = make_plan(age=17, body_site="arm")
    put_photo(plan.intake.scars.get(), PHOTO)
    correct(plan, "scar-cause", 1, body_site="groin")
    assert plan.intake.scars.get().body_site == "groin"
    assert not Photo.objects.exists()


@pytest.mark.parametrize("is_seen", [False, True])
def test_each_photo_that_goes_after_sending_leaves_a_line(client, is_seen):
    plan = send_intake(client, age=17, body_site="chest", photos="on")
    scar = plan.intake.scars.get()
    names = [put_photo(scar, slot=slot).pk for slot in ("side", "later")]
    Plan.objects.update(has_photos=True)
    clara = make_clinician()
    if is_seen:
        found = {(1, "body_site"): "breast"}
        workflow.examine(plan, found, how="in_person", by=clara)
    else:
        plan.link = f"/status/{token_held(client)}/"
        correct(plan, "scar-cause", 1, client=client, body_site="breast")
    lines = Event.objects.filter(action="photo_refused").order_by("subject_id")
    assert [(each.subject_id, each.case_id, each.by) for each in lines] == [
        (name, plan.intake_id, clara if is_seen else None) for name in names
    ]
    assert not Photo.objects.exists()
    assert not Plan.objects.get().has_photos


def test_where_staff_have_seen_a_scar_covers_its_photos_everywhere(client):
    plan = send_intake(client, body_site="chest", photos="on")
    scar = plan.intake.scars.get()
    put_photo(scar, PHOTO)
    put_photo(scar, PHOTO, slot="later")
    staff = Client()
    staff.force_login(clara := make_clinician())
    desk = reverse("admin:consultations_plan_change", args=[plan.pk])
    side_by_side = reverse("admin:consultations_plan_photos", args=[plan.pk])
    places = [(client, later_page(client)), (staff, desk), (staff, side_by_side)]
    assert not any(COVER in html_of(each.get(url)) for each, url in places)
    found = {(1, "body_site"): "breast"}
    workflow.examine(plan, found, how="in_person", by=clara)
    assert all(COVER in html_of(each.get(url)) for each, url in places)


@pytest.mark.parametrize("status", ["past", "ongoing"])
def test_of_a_scar_from_self_harm_no_photo_is_asked_for_later_either(client, status):
    plan = send_intake(client, photos="on")
    Scar.objects.update(scar_cause="self_harm", self_harm_status=status)
    shown = html_of(client.get(later_page(client)))
    assert "from self-harm we ask for no photo" in shown
    assert 'type="file"' not in shown
    sent = forge(client, later_page(client), photo=upload(PHOTO))
    assert "from self-harm we ask for no photo" in html_of(sent)
    with pytest.raises(keeping.NotPermitted, match="self-harm"):
        keeping.keep(plan.intake.scars.get(), "later", cleaning.Photo(b"x", 1, 1))
    assert not Photo.objects.exists()
