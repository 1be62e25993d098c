"""A telephone that others use: after its hour nothing is shown or done without proof."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from consultations.intake.forms.photos import HOW
from consultations.models import ConsentPurpose, ErasureRequest, Intake, Letter
from consultations.review import workflow
from tests.consultations.deciding import make_plan
from tests.consultations.factories import (
    CHECK,
    SAVED,
    answer,
    draft_of,
    fill_in,
    make_clinician,
    page,
    token_held,
)
from tests.consultations.patients import (
    agree,
    at,
    birthday,
    holder_of,
    html_of,
    token_in,
)
from tests.consultations.test_devices import later
from tests.consultations.test_drafts import typed_in

pytestmark = pytest.mark.django_db


def test_nobody_sends_or_reads_a_draft_by_a_form_that_comes_late():
    client = later(fill_in(), hours=2)
    link = f"/status/{token_held(client)}/"
    remove = reverse("consultations:remove_scar", args=[1])
    for address in (CHECK, SAVED, remove):
        refused = client.post(address, {"email": "thief@example.org"})
        assert (address, refused.status_code) == (address, 302)
        assert refused["Location"] == link
    assert draft_of(client).is_draft
    assert Letter.objects.count() == 0


def test_a_page_left_open_shows_and_answers_nothing_once_the_device_has_forgotten():
    """Its form carries the key, which used to stand for the proof."""
    client = fill_in()
    link = f"/status/{token_held(client)}/"
    left_open = typed_in(client.get(page("contact")))
    draft = draft_of(client)
    client.post("/consultation/forget/")
    kept = answer(client, "contact", email="thief@example.org", **left_open)
    assert kept["Location"] == link
    assert client.post(CHECK, left_open)["Location"] == link
    draft.refresh_from_db()
    assert (draft.email, draft.is_draft) == ("ada@example.org", True)
    assert "This page is private" in html_of(client.get(link))


def test_no_late_page_changes_an_answer_a_consent_or_a_scar():
    client = fill_in()
    draft = draft_of(client)
    before = Intake.objects.values("name", "email", "done").get()
    later(client, hours=2)
    answer(client, "you", name="Eve", age=41)
    answer(client, "contact", email="thief@example.org")
    answer(client, "photos", 1, photos="on")
    answer(client, "scar-treated", 1, another="yes")
    answer(client, "health-changes", rf_infection="yes")
    assert Intake.objects.values("name", "email", "done").get() == before
    assert not draft.consents.is_agreed(ConsentPurpose.PHOTOS)
    assert draft.scars.count() == 1
    assert not draft.answers.exclude(value="no").exists()
    assert len(draft_of(client).typed) == 5


def test_a_late_page_with_a_fault_is_kept_but_not_shown():
    client = later(fill_in(), hours=2)
    link = f"/status/{token_held(client)}/"
    assert answer(client, "contact", telephone="12")["Location"] == link
    assert draft_of(client).typed["contact"]


def test_a_late_photo_that_is_none_shows_nothing(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    plan = make_plan()
    agree(plan.intake, ConsentPurpose.PHOTOS)
    add = at(plan.link, "add_photo")
    fresh, late = holder_of(plan.link), later(holder_of(plan.link), hours=2)
    typed = {"photo": SimpleUploadedFile("a.jpg", b"none")}
    assert fresh.post(add, typed).status_code == 200
    assert late.post(add, typed)["Location"] == plan.link
    draft = fill_in()
    agree(draft_of(draft), ConsentPurpose.PHOTOS)
    keep = reverse("consultations:keep_photo", args=[1, next(iter(HOW))])
    typed = {"distance-photo": SimpleUploadedFile("a.jpg", b"none")}
    assert draft.post(keep, typed).status_code == 200
    link = f"/status/{token_held(draft)}/"
    for address in (keep, page("photos", 1)):
        assert later(draft, hours=2).post(address, typed)["Location"] == link


def test_late_words_do_nothing_but_answer():
    """Any text in a form of the private page used to stand for the proof."""
    plan = make_plan()
    late = later(holder_of(plan.link), hours=2)
    for name in ("erase", "withdraw"):
        refused = late.post(at(plan.link, name), {"junk": "Hello World"})
        assert refused.status_code == 409
    back = reverse("consultations:take_back", args=[token_in(plan.link), "photos"])
    assert late.post(back, {"junk": "Hello World"}).status_code == 409
    assert not ErasureRequest.objects.exists()
    assert not Intake.objects.get().is_withdrawn


def test_late_words_that_cannot_be_taken_are_shown_once_it_is_proved_who_reads():
    plan = make_plan()
    clara = make_clinician()
    asked = workflow.ask(plan, "Since when?", ["hsv_history"], by=clara)
    address = at(plan.link, "question", asked.pk)
    late = later(holder_of(plan.link), hours=2)
    assert late.post(address, {"answer": "In May."})["Location"] == address
    unread = html_of(late.get(address, follow=True))
    assert ("In May." in unread, "Since when?" in unread) == (False, False)
    late.post(plan.link, birthday(plan.intake))
    assert "In May." in html_of(late.get(address))
