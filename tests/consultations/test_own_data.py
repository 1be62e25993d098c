"""What a patient may do with what they told us: take back, download, have it erased."""

import json
from io import BytesIO
from zipfile import ZipFile

import pytest
from django.core.files.storage import default_storage
from django.utils import timezone

from consultations.intake import steps
from consultations.models import (
    ConsentPurpose,
    ConsentVersion,
    ErasureRequest,
    Intake,
    IntakeStatus,
    Photo,
)
from consultations.review import erasure, workflow
from methods.models import Finding
from scarclinic.staff import ledger
from scarclinic.staff.models import Event
from tests.consultations.deciding import make_draft, make_plan, sign_off
from tests.consultations.factories import CHECK, make_clinician
from tests.consultations.patients import agree, at, heading, holder_of, html_of
from tests.consultations.photos.files import put_photo

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def storage(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path


@pytest.fixture
def clara(db):
    return make_clinician()


@pytest.fixture
def plan(db):
    plan = make_plan(scars=2)
    agree(plan.intake, *ConsentPurpose)
    return plan


def fresh(row):
    return type(row).objects.get(pk=row.pk)


def given(intake):
    return {
        purpose: decision.is_given
        for purpose, decision in intake.consents.in_force().items()
    }


def make_photo(plan, body=b"\xff\xd8 a photo", scar=1):
    """Keep a file as a photo, without the decoder; return its row."""
    return put_photo(plan.intake.scars.get(number=scar), body)


# Consents


def test_each_agreement_is_shown_in_its_own_words_with_what_taking_back_means(plan):
    html = html_of(holder_of(plan.link).get(at(plan.link, "own_data")))
    decisions = plan.intake.consents.in_force()
    assert len(decisions) == 4
    today = timezone.localdate()
    for purpose, decision in decisions.items():
        assert decision.version.label in html
        if purpose != ConsentPurpose.ASSESSMENT:
            words = decision.version.withdrawal.splitlines()[0]
            button = html.index(f'/data/{purpose}/take-back/"')
            assert button < html.index(words, button) < html.index("<button", button)
    assert html.count(f"Agreed on {today.day} {today:%B %Y}. By: The patient.") == 4


@pytest.mark.parametrize("purpose", ["photos", "teaching", "reminders"])
def test_one_agreement_is_taken_back_and_the_others_stay(plan, purpose):
    client = holder_of(plan.link)
    response = client.post(at(plan.link, "take_back", purpose))
    page = at(plan.link, "own_data")
    assert response["Location"] == f"{page}?changed={purpose}#{purpose}"
    # Photos that are not kept are shown to nobody either.
    ended = {"photos", "teaching"} if purpose == "photos" else {purpose}
    assert given(plan.intake) == {
        each: each not in ended for each in given(plan.intake)
    }
    html = html_of(client.get(page))
    assert f"/data/{purpose}/take-back/" not in html
    assert html.count("Not agreed, since") == len(ended)
    assert fresh(plan.intake).status == IntakeStatus.SUBMITTED


def test_photos_go_when_their_consent_is_taken_back(
    plan, django_capture_on_commit_callbacks
):
    photo = make_photo(plan)
    with django_capture_on_commit_callbacks(execute=True):
        holder_of(plan.link).post(at(plan.link, "take_back", "photos"))
    assert not Photo.objects.exists()
    assert not default_storage.exists(photo.path)


def test_for_a_child_the_guardian_takes_it_back():
    plan = make_plan(
        age=12,
        guardian_name="Nora Okafor",
        guardian_relation="parent",
        guardian_telephone="020 7946 0124",
    )
    agree(plan.intake, ConsentPurpose.REMINDERS, by="guardian")
    holder_of(plan.link).post(at(plan.link, "take_back", "reminders"))
    last = plan.intake.consents.last()
    assert (last.is_given, last.decided_by, last.name) == (
        False,
        "guardian",
        "Nora Okafor",
    )


def test_taking_back_needs_a_form_and_a_purpose_that_exists(plan):
    client = holder_of(plan.link)
    assert client.get(at(plan.link, "take_back", "photos")).status_code == 405
    assert client.post(at(plan.link, "take_back", "nothing")).status_code == 404
    assert set(given(plan.intake).values()) == {True}


def agree_later(client, plan, purpose, **typed):
    """Press the button under one consent, with the words that the page shows."""
    page = client.get(at(plan.link, "own_data"))
    shown = {each.purpose: each.words for each in page.context["consents"]}
    digest = shown[purpose].digest if shown.get(purpose) else ""
    return client.post(at(plan.link, "agree", purpose), {"words": digest, **typed})


def test_what_was_not_agreed_is_agreed_later_in_the_words_of_today():
    plan = make_plan()
    agree(plan.intake)
    client = holder_of(plan.link)
    page = at(plan.link, "own_data")
    assert "We write you no e-mails" in html_of(client.get(page))
    response = agree_later(client, plan, "reminders")
    assert response["Location"] == f"{page}?changed=reminders#reminders"
    assert "We write to ada@example.org" in html_of(client.get(response["Location"]))
    last = plan.intake.consents.last()
    words = ConsentVersion.objects.live(plan.intake.language, "patient")
    assert (last.is_given, last.decided_by, last.name) == (
        True,
        "patient",
        "Ada Okafor",
    )
    assert last.digest == words.get(text__purpose="reminders").digest
    assert Event.objects.latest("pk").action == "consent_decided"


def test_words_that_nobody_has_read_are_not_agreed_to():
    plan = make_plan()
    agree(plan.intake)
    client = holder_of(plan.link)
    typed = {"words": "of before"}
    response = client.post(at(plan.link, "agree", "reminders"), typed)
    assert "the words on this page are new" in html_of(client.get(response["Location"]))
    # Photos come first, then who may be shown them.
    words = ConsentVersion.objects.live(plan.intake.language, "patient")
    typed = {"words": words.get(text__purpose="teaching").digest}
    client.post(at(plan.link, "agree", "teaching"), typed)
    assert not any(given(plan.intake)[each] for each in ("reminders", "teaching"))
    agree_later(client, plan, "photos")
    agree_later(client, plan, "teaching")
    assert given(plan.intake)["teaching"]


def test_for_a_child_a_guardian_agrees_later_and_says_so():
    plan = make_plan(age=12)
    agree(plan.intake, by="guardian")
    client = holder_of(plan.link)
    response = agree_later(client, plan, "reminders")
    assert "must tick that they agree" in html_of(client.get(response["Location"]))
    agree_later(client, plan, "reminders", guardian="yes")
    last = plan.intake.consents.last()
    assert (last.is_given, last.decided_by, last.name) == (
        True,
        "guardian",
        "Grace Okafor",
    )


# Withdraw


def test_the_agreement_to_the_assessment_leads_to_the_page_that_withdraws(plan):
    client = holder_of(plan.link)
    response = client.post(at(plan.link, "take_back", "assessment"))
    assert response["Location"] == at(plan.link, "withdraw")
    assert fresh(plan.intake).status == IntakeStatus.SUBMITTED


def test_to_withdraw_takes_two_steps_and_the_first_says_what_it_means(plan):
    client = holder_of(plan.link)
    page = client.get(at(plan.link, "withdraw"))
    words = plan.intake.consents.in_force()["assessment"].version.withdrawal
    assert words.splitlines()[0] in html_of(page)
    assert fresh(plan.intake).status == IntakeStatus.SUBMITTED
    assert client.post(at(plan.link, "withdraw"))["Location"] == plan.link
    assert fresh(plan.intake).status == IntakeStatus.WITHDRAWN
    assert given(plan.intake)["assessment"] is False
    assert heading(client.get(plan.link)) == "You have withdrawn"


def test_withdrawn_twice_it_stays_withdrawn(plan):
    client, before = holder_of(plan.link), plan.intake.consents.count()
    for _press in range(2):
        assert client.post(at(plan.link, "withdraw"))["Location"] == plan.link
    assert client.get(at(plan.link, "withdraw"))["Location"] == plan.link
    assert plan.intake.consents.count() == before + 1


def test_who_has_withdrawn_still_reads_what_was_signed_and_all_they_told(plan, clara):
    sign_off(plan, clara, note="Rest well.")
    client = holder_of(plan.link)
    client.post(at(plan.link, "withdraw"))
    html = html_of(client.get(plan.link))
    assert f'href="{at(plan.link, "plan", 1)}"' in html
    assert "Rest well." in html_of(client.get(at(plan.link, "plan", 1)))
    for name in ("answers", "own_data", "export"):
        assert client.get(at(plan.link, name)).status_code == 200
    data = html_of(client.get(at(plan.link, "own_data")))
    assert at(plan.link, "withdraw") not in data


# Download


def archive_of(plan):
    response = holder_of(plan.link).get(at(plan.link, "export"))
    assert response.status_code == 200
    return response, ZipFile(BytesIO(b"".join(response.streaming_content)))


def test_the_download_is_one_private_file_whose_name_says_nothing(plan):
    response, archive = archive_of(plan)
    assert response.streaming
    assert response["Content-Disposition"] == 'attachment; filename="my-answers.zip"'
    assert response["Content-Type"] == "application/zip"
    assert {"private", "no-store"} <= set(response["Cache-Control"].split(", "))
    assert response["X-Content-Type-Options"] == "nosniff"
    assert archive.testzip() is None


def test_the_download_holds_answers_consents_questions_plan_and_photos(plan, clara):
    question = workflow.ask(plan, "When?", [], by=clara)
    workflow.answer(question, "In May.")
    nut = Finding.objects.get(code="allergy_nut")
    found = {(1, "elevation"): "depressed", (None, nut.code): "no"}
    workflow.examine(plan, found, how="telephone", by=clara)
    sign_off(plan, clara, note="Rest well.", subcision="include")
    make_photo(plan, b"first photo")
    make_photo(plan, b"second photo", scar=2)
    _response, archive = archive_of(plan)
    assert archive.namelist() == [
        "answers.json",
        "consents.json",
        "corrections.json",
        "calls.json",
        "history.json",
        "questions.json",
        "messages.json",
        "examinations.json",
        "photos.json",
        "plan-1.json",
        "photo-1.jpg",
        "photo-2.jpg",
    ]
    told = {
        name: json.loads(archive.read(name))
        for name in archive.namelist()
        if name.endswith("json")
    }
    answers = told["answers.json"]
    assert answers["reference"] == plan.intake.reference
    by_question = {
        (each["scar"], each["question"]): each["answer"] for each in answers["answers"]
    }
    assert by_question[None, "What is your name?"] == "Ada Okafor"
    assert by_question["Scar 2: Face", "Where is it?"] == "Face"
    purposes = [(each["purpose"], each["agreed"]) for each in told["consents.json"]]
    assert ("Photos in the record", True) in purposes
    seen = [
        {name: row[name] for name in ("scar", "what", "found", "how", "by")}
        for row in told["examinations.json"]
    ]
    how_by = {"how": "Asked by telephone", "by": "Clara Weiss"}
    assert seen == [
        {
            "scar": "Scar 1: Face",
            "what": "Height",
            "found": "Lower than the skin around it",
            **how_by,
        },
        {"scar": None, "what": nut.label, "found": "No", **how_by},
    ]
    (asked,) = told["questions.json"]
    assert (asked["question"], asked["answer"]) == ("When?", "In May.")
    signed = told["plan-1.json"]
    assert (signed["message"], signed["signed_by"], signed["prepared_by"]) == (
        "Rest well.",
        "Doris Weiss",
        "Clara Weiss",
    )
    (planned,) = signed["scars"][0]["included"]
    assert planned["title"] == "Releasing a scar from below (subcision)"
    assert [each["file"] for each in told["photos.json"]] == [
        "photo-1.jpg",
        "photo-2.jpg",
    ]
    assert archive.read("photo-1.jpg") == b"first photo"
    assert archive.read("photo-2.jpg") == b"second photo"


def test_all_that_is_kept_reads_on_one_page_and_as_a_pdf(plan, clara):
    question = workflow.ask(plan, "When was it?", [], by=clara)
    workflow.answer(question, "In May.")
    workflow.examine(plan, {(1, "elevation"): "depressed"}, how="telephone", by=clara)
    client = holder_of(plan.link)
    contact = at(plan.link, "correct_page", "contact")
    stands = client.get(contact).context["shown"].stands
    typed = {"email": "new@example.org", "telephone": "020 7946 0123"}
    typed["ways"] = ["email", "call"]
    client.post(contact, typed | {"stands": stands})
    ledger.record(ledger.Action.PLAN_READ, plan, by=clara)
    make_photo(plan)
    unsigned = html_of(client.get(at(plan.link, "data_document")))
    assert "No plan is signed yet." in unsigned
    sign_off(plan, clara, note="Rest well.", subcision="include")
    page = client.get(at(plan.link, "data_document"))
    for words in (
        *("Ada Okafor", "Smoother cheeks", "When was it?", "In May."),
        *("was “ada@example.org”, now “new@example.org”", "Asked by telephone"),
        *("Photos for teaching", "The patient, Ada Okafor", "Scar 1: Face, "),
        *("Rest well.", "Releasing a scar from below (subcision)"),
        *("Clara", "read your answers"),
    ):
        assert words in html_of(page), words
    for consent in plan.intake.consents.all():
        assert consent.version.label in html_of(page)
    assert Event.objects.latest("pk").action == "data_exported"
    pdf = client.get(at(plan.link, "data_pdf"))
    assert pdf["Content-Type"] == "application/pdf"
    assert pdf.content.startswith(b"%PDF")
    listed = html_of(client.get(at(plan.link, "own_data")))
    for name in ("data_document", "data_pdf", "export"):
        assert f'href="{at(plan.link, name)}"' in listed


def test_what_is_asked_no_longer_and_counts_stands_wherever_answers_are_read():
    # Asked because of a raised scar; then the answer about its height changed.
    keloid = {"elevation": "raised", "beyond_edges": "yes", "phenytoin": "yes"}
    plan = make_plan(**keloid)
    plan.intake.scars.update(elevation="flat")
    answer = plan.intake.answers.get(finding__code="phenytoin")
    route = steps.Route(Intake.objects.get(pk=plan.intake_id))
    assert answer.finding not in route.questions["health"]
    assert route.facts_of(route.scars[0], route.day)["phenytoin"] == "yes"
    assert answer.question in html_of(
        holder_of(plan.link).get(at(plan.link, "answers"))
    )
    _response, archive = archive_of(plan)
    assert {
        "page": "Asked at the time",
        "scar": None,
        "question": answer.question,
        "answer": "Yes",
    } in json.loads(archive.read("answers.json"))["answers"]
    # Before it is sent as well.
    intake, link = make_draft(**keloid)
    intake.scars.update(elevation="flat")
    assert answer.question in html_of(holder_of(link).get(CHECK))


def test_the_download_holds_nothing_that_is_not_signed_and_nobody_elses(plan, clara):
    other = make_plan(name="Berta Quux")
    make_photo(other, b"of somebody else")
    plan.note = "Half a thought"
    plan.save()
    _response, archive = archive_of(plan)
    everything = b"".join(archive.read(name) for name in archive.namelist())
    assert b"Ada Okafor" in everything
    for secret in (b"Half a thought", b"Quux", b"of somebody else"):
        assert secret not in everything
    assert [name for name in archive.namelist() if "plan" in name] == []


def test_a_photo_that_went_meanwhile_spoils_no_download(plan):
    gone = make_photo(plan)
    make_photo(plan, b"still there", scar=2)
    default_storage.delete(gone.path)
    _response, archive = archive_of(plan)
    assert archive.testzip() is None
    assert archive.read("photo-2.jpg") == b"still there"
    assert "photo-1.jpg" not in archive.namelist()


# Erase


def test_a_patient_asks_to_erase_and_sees_that_it_was_asked(plan):
    client = holder_of(plan.link)
    assert client.get(at(plan.link, "erase")).status_code == 405
    for _press in range(2):
        response = client.post(at(plan.link, "erase"))
        assert response["Location"] == at(plan.link, "own_data")
    asked = ErasureRequest.objects.get()
    assert (asked.intake, asked.settled_at) == (plan.intake, None)
    html = html_of(client.get(at(plan.link, "own_data")))
    assert "to delete your data. We have not settled it yet." in html
    assert at(plan.link, "erase") not in html


def test_a_patient_reads_what_staff_told_of_the_erasure(plan, clara):
    ErasureRequest.objects.create(
        intake=plan.intake,
        settled_at=timezone.now(),
        settled_by=clara,
        told="The law makes us keep <your> record until 2036.",
    )
    html = holder_of(plan.link).get(at(plan.link, "own_data")).content.decode()
    assert "<p>The law makes us keep &lt;your&gt; record until 2036.</p>" in html
    assert "We have not settled it yet." not in html


def test_what_was_erased_opens_nothing_any_more(plan, clara):
    client = holder_of(plan.link)
    client.post(at(plan.link, "erase"))
    erasure.erase(plan.intake, by=clara)
    assert client.get(plan.link).status_code == 404
