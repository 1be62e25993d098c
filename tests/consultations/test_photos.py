"""A patient's photos: sent one at a time, kept at once, shown to few, gone when told."""

import re
from datetime import timedelta
from html import unescape

import pytest
from django.db import transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from consultations.intake import consents, steps, withdrawal
from consultations.intake.forms.photos import HOW
from consultations.models import (
    ConsentPurpose,
    DecidedBy,
    Intake,
    Photo,
    PhotoSlot,
    Plan,
    Scar,
)
from consultations.review import business_hours
from consultations.review.workflow.recalling import compare_all
from scarclinic.staff.decoding import cleaning, jpeg
from scarclinic.staff.models import Event
from tests.consultations.deciding import desk, posted, sign_off
from tests.consultations.factories import (
    CHECK,
    START,
    answer,
    begin,
    draft_of,
    fill_in,
    make_clinician,
    page,
    send_intake,
    shown_words,
    token_held,
    walk,
)
from tests.consultations.patients import html_of
from tests.consultations.photos.files import corners, drawn, saved, upload
from tests.consultations.test_devices import later
from tests.consultations.test_drafts import typed_in

pytestmark = pytest.mark.django_db

PAGE = page("photos", 1)
GOOD = saved(drawn())


@pytest.fixture(autouse=True)
def folder(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    return tmp_path / "photos"


@pytest.fixture
def commit(django_capture_on_commit_callbacks):
    """Return what makes a block of the test end as a request does, with a commit."""
    return lambda: django_capture_on_commit_callbacks(execute=True)


def agreed():
    """Return what the page of photos posts of whoever has agreed to them."""
    return {"photos": "on", **shown_words()}


def agree(intake, *, to=True):
    purposes = {ConsentPurpose.PHOTOS: to}
    consents.decide(intake, purposes, by=DecidedBy.PATIENT)


@pytest.fixture
def patient():
    """Return the client of a patient who writes a draft and has agreed to photos."""
    client = begin()
    agree(draft_of(client))
    return client


@pytest.fixture
def sender(client):
    """Return the client of a patient who has sent the answers and agreed to photos."""
    agree(send_intake(client).intake)
    return client


def send(client, body=GOOD, slot="distance", *, number=1, name="IMG_0001.jpg"):
    """Send a photo for a slot of the draft; no body means that none was chosen."""
    url = reverse("consultations:keep_photo", args=[number, slot])
    typed = {} if body is None else {f"{slot}-photo": upload(body, name)}
    return client.post(url, typed)


def add(client, body=GOOD, **fields):
    """Send a photo after the intake was sent."""
    url = reverse("consultations:add_photo", args=[token_held(client)])
    return client.post(url, {"photo": upload(body), **fields})


def files(folder):
    return {path.name for path in folder.glob("*")}


def rows():
    return {photo.path.removeprefix("photos/") for photo in Photo.objects.all()}


def shown(client, url=PAGE):
    """Return the addresses of the photos on a page."""
    return re.findall(r'<img src="([^"]*)"', client.get(url).content.decode())


def kept_slots():
    return sorted(photo.slot for photo in Photo.objects.all())


def url_of(photo, name="photo"):
    return reverse(f"consultations:{name}", args=[photo.name])


def summary(response):
    """Return the error summary of a page, [(where it leads, words)]."""
    page = response.content.decode()
    [summary] = re.findall(r'class="error-summary".*?</ul>', page, re.DOTALL)
    links = re.findall(r'<a href="([^"]*)">(.*?)</a>', summary)
    return [(href, unescape(words)) for href, words in links]


# Keep


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "HEIF"])
def test_a_photo_is_kept_at_once_and_shown_as_a_clean_jpeg(patient, folder, kind):
    response = send(patient, saved(drawn(), kind))
    assert (response.status_code, response["Location"]) == (302, f"{PAGE}#distance")
    photo = Photo.objects.get()
    assert (photo.scar.number, photo.slot) == (1, PhotoSlot.DISTANCE)
    assert shown(patient) == [url_of(photo, "small_photo")]
    sent = b"".join(patient.get(url_of(photo)).streaming_content)
    assert jpeg.size_of(sent) == (photo.width, photo.height) == (160, 120)
    assert sent not in (folder / f"{photo.name}.{photo.sealed_with}").read_bytes()
    assert files(folder) == rows()


def test_another_photo_takes_the_place_of_the_first(patient, folder, commit):
    send(patient)
    send(patient, slot="side")
    before = Photo.objects.get(slot="distance")
    with commit():
        send(patient, saved(drawn(80, 60)))
    after = Photo.objects.get(slot="distance")
    assert (after.width, after.name == before.name) == (80, False)
    assert Photo.objects.count() == 2
    assert files(folder) == rows()


def test_a_photo_can_be_removed_and_its_file_goes(patient, folder, commit):
    send(patient)
    send(patient, slot="side")
    url = reverse("consultations:remove_photo", args=[1, "distance"])
    assert patient.get(url).status_code == 405
    with commit():
        response = patient.post(url)
    assert response["Location"] == f"{PAGE}#distance"
    assert Photo.objects.get().slot == "side"
    assert files(folder) == rows()


def test_each_photo_keeps_the_draft_for_as_long_again(patient):
    long_ago = timezone.now() - timedelta(days=10)
    Intake.objects.update(touched_at=long_ago, link_expires_at=long_ago)
    began = timezone.now()
    send(patient)
    draft = draft_of(patient)
    assert draft.touched_at >= began
    assert not draft.is_link_over


def test_the_page_is_left_without_any_photo(patient):
    response = patient.post(PAGE, agreed())
    assert response.status_code == 302
    assert response["Location"] != PAGE
    assert draft_of(patient).done == ["photos/1"]


@pytest.mark.parametrize("button", [{}, {"later": "yes"}])
def test_every_button_of_the_page_keeps_what_was_chosen(patient, button):
    """A photo that was chosen, and not sent by its own button, used to be lost."""
    chosen = {f"{slot}-photo": upload(GOOD) for slot in ("distance", "side")}
    response = patient.post(PAGE, agreed() | chosen | button)
    assert response.status_code == 302
    assert response["Location"] != PAGE
    assert kept_slots() == ["distance", "side"]
    assert draft_of(patient).done == ["photos/1"]


def test_continue_stays_where_one_of_the_photos_is_none(patient):
    chosen = {"distance-photo": upload(GOOD), "side-photo": upload(b"PK no photo")}
    response = patient.post(PAGE, chosen)
    assert response.status_code == 200
    assert [href for href, _words in summary(response)] == ["#side-photo"]
    assert html_of(response).count("We have this photo.") == 1
    assert kept_slots() == ["distance"]
    assert draft_of(patient).done == []


def test_send_at_one_photo_keeps_the_others_that_were_chosen(patient):
    url = reverse("consultations:keep_photo", args=[1, "side"])
    chosen = {f"{slot}-photo": upload(GOOD) for slot in ("distance", "side")}
    assert patient.post(url, chosen)["Location"] == f"{PAGE}#side"
    assert kept_slots() == ["distance", "side"]


def test_a_late_photo_takes_the_place_of_none(patient):
    answer(patient, "you")
    send(patient)
    first = Photo.objects.get()
    later(patient, hours=2)
    link = f"/status/{token_held(patient)}/"
    chosen = {f"{slot}-photo": upload(GOOD) for slot in ("distance", "side")}
    assert patient.post(PAGE, chosen)["Location"] == link
    assert send(patient)["Location"] == link
    assert Photo.objects.filter(pk=first.pk).exists()
    assert kept_slots() == ["distance", "side"]
    assert draft_of(patient).done == ["you"]


def test_a_photo_goes_to_the_intake_whose_page_was_open_and_the_browser_with_it(
    patient,
):
    one, shown_page = draft_of(patient), patient.get(PAGE)
    patient.post(START, {"anew": "yes"})
    url = reverse("consultations:keep_photo", args=[1, "side"])
    sent = {"side-photo": upload(GOOD), **typed_in(shown_page)}
    patient.post(url, sent)
    assert Photo.objects.get().scar.intake == one
    assert draft_of(patient) == one
    assert len(shown(patient)) == 1


def test_decoding_holds_no_transaction(patient, monkeypatch):
    clean, inside = cleaning.clean, []

    def watched(file, **how):
        inside.append(len(transaction.get_connection().savepoint_ids))
        return clean(file, **how)

    monkeypatch.setattr(cleaning, "clean", watched)
    outside = len(transaction.get_connection().savepoint_ids)
    send(patient)
    assert inside == [outside]


# Refuse


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (None, "Choose a photo first, then send it."),
        (b"", "This file is empty. Take a screenshot of the photo and send that."),
        (
            b"PK\3\4 not a photo",
            "This is not a photo that we can read. Send it as JPEG, PNG, WebP or HEIC, "
            "or take a screenshot of it and send that.",
        ),
        (
            bytes(20 * 2**20 + 1),
            "The photo is larger than 20 MB. Take a screenshot of it, and send the "
            "screenshot.",
        ),
    ],
    ids=["none", "empty", "zip", "large"],
)
def test_an_error_says_at_its_slot_what_to_do_and_leaves_the_others(
    patient, folder, body, words
):
    send(patient, slot="side")
    kept = Photo.objects.get()
    response = send(patient, body, "close_up")
    assert response.status_code == 200
    assert summary(response) == [("#close_up-photo", words)]
    page = response.content.decode()
    assert re.findall(r"<title>(.*?):", page) == ["Error"]
    assert re.findall(r' id="([^"]*)_error"', page) == ["close_up-photo"]
    assert re.findall(r'<img src="([^"]*)"', page) == [url_of(kept, "small_photo")]
    assert files(folder) == rows() == {f"{kept.name}.{kept.sealed_with}"}


def test_a_huge_upload_is_refused_unread_with_a_way_back(patient):
    send(patient, slot="side")
    response = send(patient, bytes(25 * 2**20))
    assert response.status_code == 413
    page = response.content.decode()
    assert re.findall(r"<h1>(.*?)</h1>", page) == ["That file is too large to send"]
    [back] = re.findall(r'class="button" href="([^"]*)"', page)
    assert patient.get(back)["Location"] == PAGE
    assert len(shown(patient)) == 1


def test_nothing_is_kept_without_consent(patient, folder):
    agree(draft_of(patient), to=False)
    assert 'type="file"' not in patient.get(PAGE).text
    send(patient)
    assert (rows(), files(folder)) == (set(), set())


def test_nothing_is_kept_if_the_consent_ends_while_the_photo_is_read(
    patient, folder, monkeypatch
):
    clean = cleaning.clean

    def interrupted(file, **how):
        consents.withdraw(
            draft_of(patient), ConsentPurpose.PHOTOS, by=DecidedBy.PATIENT
        )
        return clean(file, **how)

    monkeypatch.setattr(cleaning, "clean", interrupted)
    response = send(patient)
    told = [("#distance-photo", "You have not agreed that we keep photos.")]
    assert summary(response) == told
    assert (rows(), files(folder)) == (set(), set())


def test_nobody_is_prompted_where_a_photo_has_no_place(patient):
    Scar.objects.update(scar_cause="self_harm")
    assert patient.get(PAGE).status_code == 302
    assert send(patient)["Location"] == PAGE
    assert rows() == set()


def test_a_browser_without_a_draft_sends_nothing(client):
    assert send(client)["Location"] == PAGE
    assert (Intake.objects.count(), rows()) == (0, set())


@pytest.mark.parametrize("slot", ["later", "front"])
def test_the_intake_has_no_other_slots(patient, slot):
    assert send(patient, slot=slot).status_code == 404


# Show


OF_EVERY_ANSWER = {
    "Content-Length",
    "Permissions-Policy",
    "Referrer-Policy",
    "X-Frame-Options",
}


@pytest.mark.parametrize("name", ["photo", "small_photo"])
def test_a_photo_is_streamed_so_that_nobody_keeps_or_runs_it(patient, name):
    send(patient)
    response = patient.get(url_of(Photo.objects.get(), name))
    response.getvalue()
    assert {
        name: response[name] for name in response.headers if name not in OF_EVERY_ANSWER
    } == {
        "Content-Type": "image/jpeg",
        "Content-Disposition": 'inline; filename="photo.jpg"',
        "Cache-Control": "private, no-store",
        "X-Content-Type-Options": "nosniff",
        "Content-Security-Policy": "default-src 'none'; sandbox",
        "Cross-Origin-Resource-Policy": "same-origin",
        "Cross-Origin-Opener-Policy": "same-origin",
        "X-Robots-Tag": "noindex",
    }


def test_a_patient_s_page_loads_a_small_copy(patient):
    send(patient, saved(drawn(1600, 1200)))
    [url] = shown(patient)
    small, whole = (
        patient.get(each).getvalue() for each in (url, url_of(Photo.objects.get()))
    )
    assert (jpeg.size_of(small), jpeg.size_of(whole)) == ((480, 360), (1600, 1200))
    assert corners(small) == corners(whole)
    assert len(small) < len(whole) / 2


def status_of(client, url):
    response = client.get(url)
    if response.streaming:
        response.getvalue()
    return response.status_code


def test_a_draft_s_photo_is_its_patient_s_alone(patient, client_of):
    send(patient)
    url = url_of(Photo.objects.get())
    others = [begin(), *map(client_of, ["Cosmetologist", "Editor"])]
    assert [status_of(each, url) for each in others] == [404] * 3
    assert status_of(patient, url) == 200


@pytest.mark.parametrize(
    ("role", "status"),
    [("Cosmetologist", 200), ("Front desk", 404), ("Editor", 404)],
)
def test_of_the_clinic_only_who_reads_answers_sees_a_photo(
    sender, client, client_of, role, status
):
    add(sender)
    assert status_of(client_of(role), url_of(Photo.objects.get())) == status


def test_a_photo_is_shown_no_longer_than_the_link_works(sender, client):
    add(sender)
    url = url_of(Photo.objects.get())
    assert (status_of(sender, url), status_of(begin(), url)) == (200, 404)
    Intake.objects.update(link_expires_at=timezone.now())
    assert status_of(sender, url) == 404


def test_a_photo_whose_file_is_gone_is_not_found(patient, folder):
    send(patient)
    for path in folder.glob("*"):
        path.unlink()
    assert status_of(patient, url_of(Photo.objects.get())) == 404


def test_with_the_consent_the_photos_go(sender, folder, commit):
    add(sender)
    with commit():
        consents.withdraw(draft_of(sender), ConsentPurpose.PHOTOS, by=DecidedBy.PATIENT)
    assert (rows(), files(folder)) == (set(), set())


def test_the_page_costs_the_same_for_no_photo_and_for_three(patient, count_queries):
    without = count_queries(patient, PAGE)
    for slot in ("distance", "close_up", "side"):
        send(patient, slot=slot)
    assert count_queries(patient, PAGE) == without


def test_the_check_page_says_which_photos_there_are(patient):
    send(patient, slot="side")
    patient.post(PAGE, agreed())
    page = patient.get(reverse("consultations:check")).content.decode()
    told = dict(re.findall(r"<dt>(.*?)</dt>\s*<dd>(.*?)</dd>", page))
    assert [told[slot.label] for slot in HOW] == ["No photo", "No photo", "Added"]


def test_the_check_page_costs_the_same_for_photos_of_one_scar_and_of_two(
    patient, count_queries
):
    patient.post(PAGE, agreed())
    url = reverse("consultations:check")
    of_one = count_queries(patient, url)
    Scar.objects.create(intake=draft_of(patient), number=2)
    patient.post(page("photos", 2), agreed())
    send(patient, number=2)
    assert count_queries(patient, url) == of_one


def test_photos_that_no_page_shows_any_more_are_not_sent(folder, commit):
    client = fill_in(scars=2, photos="on")
    send(client)
    send(client, number=2)
    kept = Photo.objects.get(scar__number=2)
    answer(client, "scar-cause", 1, scar_cause="self_harm")
    walk(client, steps.Route(draft_of(client)).next_url, photos="on")
    with commit():
        client.post(CHECK)
    assert not draft_of(client).is_draft
    assert Photo.objects.get() == kept
    assert files(folder) == rows()


# After sending


def test_a_photo_added_later_is_the_patient_s_last_word(sender):
    began = timezone.now()
    Plan.objects.update(waiting_since=began - timedelta(days=2))
    response = add(sender)
    assert response.status_code == 302
    photo = Photo.objects.get()
    assert (photo.slot, shown(sender, response["Location"])) == (
        PhotoSlot.LATER,
        [url_of(photo, "small_photo")],
    )
    assert Plan.objects.get().waiting_since >= began


def test_a_new_photo_is_told_in_the_queue_and_nobody_signs_over_it(sender, client):
    clara = make_clinician()
    client.force_login(clara)
    plan = Plan.objects.get()
    seen = posted(plan)
    add(sender)
    assert Event.objects.latest("pk").action == "photo_added"
    queue = client.get("/admin/consultations/plan/?state=with_new_photos")
    assert "The patient has added photos" in queue.content.decode()
    refused = client.post(desk(plan), seen | {"_preview": "yes"})
    assert "This plan was changed while you were deciding" in refused.content.decode()
    assert not Plan.objects.get().is_signed
    assert Plan.objects.get().has_photos
    client.post(desk(plan), posted(Plan.objects.get()))
    assert not Plan.objects.get().has_photos
    assert Photo.objects.get().is_seen


def test_a_photo_added_later_takes_a_waiting_signature_back(sender):
    Plan.objects.update(
        first_signed_by=make_clinician(),
        first_signed_at=timezone.now(),
        first_signed_name="Clara Weiss",
    )
    add(sender)
    assert not Plan.objects.get().awaits_countersignature


def test_who_has_added_a_photo_takes_it_back_while_nobody_has_seen_it(sender, folder):
    add(sender)
    added, token = Photo.objects.get(), token_held(sender)
    page = sender.get(reverse("consultations:add_photo", args=[token]))
    remove = reverse("consultations:take_back_photo", args=[token, added.name])
    assert f'action="{remove}"' in page.content.decode()
    assert Client().post(remove)["Location"] == f"/status/{token}/"
    for _press in range(2):
        gone = sender.post(remove)
        assert "The photo is deleted." in sender.get(gone["Location"]).content.decode()
    assert rows() == set()
    assert not Plan.objects.get().has_photos
    add(sender)
    Photo.objects.update(is_seen=True)
    seen = Photo.objects.get()
    remove = reverse("consultations:take_back_photo", args=[token, seen.name])
    refused = sender.get(sender.post(remove)["Location"]).content.decode()
    assert "Somebody has worked with it already" in refused
    assert rows() == {seen.path.removeprefix("photos/")}


def test_a_photo_from_a_tab_of_before_the_sending_is_not_dropped_without_a_word(sender):
    response = send(sender)
    assert (
        "This photo was not kept" in sender.get(response["Location"]).content.decode()
    )


@pytest.fixture
def signed(sender):
    return sign_off(Plan.objects.get(), make_clinician())


def test_a_photo_added_after_the_signature_is_listed_for_a_call(
    sender, signed, client, settings
):
    page = sender.get(reverse("consultations:add_photo", args=[token_held(sender)]))
    assert "Your plan is signed. A clinician looks at" in page.content.decode()
    edits = signed.edits
    assert add(sender).status_code == 302
    plan = Plan.objects.get()
    promised = business_hours.current().working_day_after(
        timezone.localdate(), settings.ANSWER_WITHIN_DAYS
    )
    assert (plan.is_to_call, plan.has_photos, plan.call_by) == (True, True, promised)
    assert (plan.edits, plan.is_signed) == (edits, True)
    compare_all()
    client.force_login(signed.signed_by)
    queue = client.get("/admin/consultations/plan/?state=to_call").content.decode()
    assert "The patient has added photos: to be called by" in queue
    shown = client.get(desk(plan)).content.decode()
    assert "added photos since the plan was signed" in shown
    client.post(desk(plan), {"_called": "yes"})
    plan = Plan.objects.get()
    assert (plan.is_to_call, plan.has_photos) == (False, False)
    assert Photo.objects.get().is_seen


def test_who_takes_such_a_photo_back_is_called_for_something_else_alone(sender, signed):
    for other, still in (({}, False), ({"has_crisis_words": True}, True)):
        Plan.objects.update(**other)
        add(sender)
        url = reverse("consultations:take_back_photo", args=[token_held(sender), "x"])
        sender.post(url.replace("/x/", f"/{Photo.objects.get().name}/"))
        plan = Plan.objects.get()
        assert (plan.has_photos, plan.is_to_call) == (False, still)


def test_a_photo_that_comes_while_the_plan_is_being_signed_is_listed_for_a_call(
    sender, monkeypatch
):
    clean, clara = cleaning.clean, make_clinician()

    def interrupted(file, **how):
        sign_off(Plan.objects.get(), clara)
        return clean(file, **how)

    monkeypatch.setattr(cleaning, "clean", interrupted)
    assert add(sender).status_code == 302
    assert Plan.objects.get().is_to_call


def test_of_a_withdrawn_intake_no_photo_is_added(sender, signed):
    withdrawal.withdraw(signed.intake)
    add(sender)
    assert rows() == set()


def test_of_several_scars_one_is_chosen(client):
    agree(send_intake(client, scars=2).intake)
    response = add(client)
    assert summary(response) == [("#later-scar_0", "Choose the scar that it shows.")]
    second = Scar.objects.get(number=2)
    add(client, scar=second.pk)
    assert Photo.objects.get().scar == second


def test_no_scar_of_somebody_else_is_chosen(client):
    agree(send_intake(client, scars=2).intake)
    begin()
    add(client, scar=Scar.objects.latest("pk").pk)
    assert rows() == set()


def test_photos_are_added_up_to_a_number(sender, folder):
    scar = Scar.objects.get()
    Photo.objects.bulk_create(
        Photo(scar=scar, slot="later", width=1, height=1) for _each in range(20)
    )
    assert summary(add(sender)) == [
        ("#later-photo", "You have added 20 photos. We have no place for more.")
    ]
    assert (Photo.objects.count(), files(folder)) == (20, set())


def test_a_photo_is_added_only_from_the_browser_that_has_the_link(sender, client_of):
    token = token_held(sender)
    url = reverse("consultations:add_photo", args=[token])
    for other in (begin(), client_of("Cosmetologist")):
        response = other.post(url, {"photo": upload(GOOD)})
        assert response["Location"] == reverse("consultations:status", args=[token])
    assert rows() == set()


def test_nothing_is_added_later_without_consent(client):
    send_intake(client)
    add(client)
    assert rows() == set()
