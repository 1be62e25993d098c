"""The ledger (audit log): an event for what is done and read; it names nobody but staff."""

import logging
from types import SimpleNamespace

import pytest
from django.contrib import admin
from django.contrib.auth.models import Group
from django.db import IntegrityError, models, transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from consultations.intake import consents, private_link
from consultations.letters import outbox
from consultations.models import (
    ConsentPurpose,
    ConsentText,
    ErasureRequest,
    Letter,
    LetterKind,
)
from consultations.review import erasure, workflow
from methods.models import Consent, Finding, Method, Picture
from methods.pictures import keeping
from methods.publishing import protocol_versions, verbs
from scarclinic.staff import ledger
from scarclinic.staff.admin.recorded_list import RecordedListAdmin, RecordedPagesAdmin
from scarclinic.staff.ledger import chain
from scarclinic.staff.management.commands import db_worker
from scarclinic.staff.models import Action, ChainHead, Event, User
from tests.consultations.deciding import QUEUE, desk, make_plan, sign_off
from tests.consultations.factories import ANSWERS, make_clinician
from tests.consultations.patients import at, birthday, holder_of, html_of
from tests.methods.test_pictures import make_consent, make_picture
from tests.test_access import NAMES, Scene

pytestmark = pytest.mark.django_db

LEDGER = "/admin/staff/event/"


def lines(since=0):
    """Return [(action, kind of subject, number, who)], oldest first."""
    events = Event.objects.order_by("pk")[since:]
    return [
        (each.action, each.subject_model, each.subject_id, each.by) for each in events
    ]


@pytest.fixture
def clara():
    return make_clinician("clara")


@pytest.fixture
def administrator():
    user = User.objects.create_user("ada", password="kuvo-mira", is_staff=True)
    user.groups.add(Group.objects.get(name="Administrator"))
    client = Client()
    client.force_login(user)
    return client


def test_what_is_done_with_a_plan_leaves_a_line_each(clara):
    before = Event.objects.count()
    plan = make_plan()
    intake, dora = plan.intake, make_clinician("dora")
    workflow.claim(plan, by=clara)
    workflow.release(plan, by=clara)
    workflow.first_look(plan, "Raised.", by=clara)
    workflow.hand_over(plan, dora, "Yours", by=clara)
    workflow.take_over(plan, by=clara)
    workflow.assign(plan, dora, by=clara)
    question = workflow.ask(plan, "Since when?", [], by=dora)
    workflow.answer(question, "Since May.")
    signed = sign_off(plan, dora)
    amended = workflow.amend(signed, by=dora)
    private_link.renew_link(intake, by=clara)
    private_link.renew_link(intake)
    consents.withdraw(intake, ConsentPurpose.ASSESSMENT, by="patient")
    request = ErasureRequest.objects.create(intake=intake)
    erasure.keep(request, "The law asks for it.", by=clara)
    erasure.erase(intake, by=clara)
    of_intake, of_plan = ("consultations.intake", intake.pk), ("consultations.plan",)
    asked = ("consultations.question", question.pk)
    assert lines(before) == [
        ("consent_decided", *of_intake, None),
        ("intake_submitted", *of_intake, None),
        ("plan_claimed", *of_plan, plan.pk, clara),
        ("plan_released", *of_plan, plan.pk, clara),
        ("first_look_noted", *of_plan, plan.pk, clara),
        ("plan_handed_over", *of_plan, plan.pk, clara),
        ("plan_taken_over", *of_plan, plan.pk, clara),
        ("plan_assigned", *of_plan, plan.pk, clara),
        ("question_asked", *asked, dora),
        ("question_answered", *asked, None),
        ("plan_decided", *of_plan, plan.pk, dora),
        ("plan_signed", *of_plan, plan.pk, dora),
        ("plan_amended", *of_plan, amended.pk, dora),
        ("link_renewed", *of_intake, clara),
        ("link_renewed", *of_intake, None),
        ("consent_decided", *of_intake, None),
        ("consent_withdrawn", *of_intake, None),
        ("intake_withdrawn", *of_intake, None),
        ("erasure_refused", *of_intake, clara),
        ("intake_erased", *of_intake, clara),
    ]


def test_what_is_read_of_a_plan_leaves_a_line(clara, quick_pdf):
    plan = make_plan()
    client = Client()
    client.force_login(clara)
    before = Event.objects.count()
    client.get(desk(plan))
    for name in ("plan_plan", "plan_answers", "plan_answers_pdf"):
        client.get(reverse(f"admin:consultations_{name}", args=[plan.pk]))
    of_plan = ("consultations.plan", plan.pk, clara)
    assert lines(before) == [
        ("plan_read", *of_plan),
        ("plan_printed", *of_plan),
        ("answers_printed", *of_plan),
        ("answers_printed", *of_plan),
    ]


def test_what_goes_live_leaves_a_line_each(clara):
    method = Method.objects.get(slug="nutmeg-mask")
    before = Event.objects.count()
    verbs.publish(method, by=clara, note="Said so")
    verbs.revert(method, method.live_revision, by=clara)
    verbs.move(method, "nutmeg", by=clara)
    verbs.unpublish(method)
    text = ConsentText.objects.first()
    consents.publish(text, by=clara)
    text.label = f"{text.label}."
    text.save()
    consents.publish(text, by=clara)
    clara.profession = protocol_versions.DOCTOR
    number = protocol_versions.current().number
    version = protocol_versions.approve_protocol(by=clara, number=number)
    protocol_versions.approve_protocol(by=clara, number=number)
    of_method = ("methods.method", method.pk, clara)
    assert lines(before) == [
        ("published", *of_method),
        ("reverted", *of_method),
        ("moved", *of_method),
        ("unpublished", *of_method[:2], None),
        ("published", "consultations.consenttext", text.pk, clara),
        ("protocol_approved", "methods.protocolversion", version.pk, clara),
    ]


def test_a_consent_to_pictures_withdrawn_twice_leaves_one_line(clara):
    consent = make_consent()
    before = Event.objects.count()
    keeping.withdraw(consent, by=clara)
    keeping.withdraw(consent, by=clara)
    subject = ("methods.consent", consent.pk, clara)
    assert lines(before) == [("pictures_withdrawn", *subject)]


def test_a_desk_saved_unchanged_and_a_consent_given_twice_leave_no_second_line(clara):
    plan = make_plan()
    edits = workflow.decide(plan, {}, note="Hello", seen_edits=0, by=clara).edits
    consents.decide(plan.intake, {ConsentPurpose.ASSESSMENT: True}, by="patient")
    before = Event.objects.count()
    workflow.decide(plan, {}, note="Hello", seen_edits=edits, by=clara)
    consents.decide(plan.intake, {ConsentPurpose.ASSESSMENT: True}, by="patient")
    assert lines(before) == []


def test_what_a_verb_refuses_leaves_none(clara):
    plan = make_plan()
    before = Event.objects.count()
    with pytest.raises(workflow.NotAllowed):
        workflow.ask(plan, " ", [], by=clara)
    with pytest.raises(workflow.NotAllowed):
        workflow.amend(plan, by=clara)
    assert lines(before) == []


def test_log_ins_leave_a_line_and_a_wrong_one_names_the_account_if_there_is_one(clara):
    clara.set_password("kuvo-mira")
    clara.save()
    client = Client()
    before = Event.objects.count()
    for name, password in [
        ("clara", "wrong"),
        ("nobody", "wrong"),
        ("clara", "kuvo-mira"),
    ]:
        client.post("/admin/login/", {"login": name, "password": password})
    new = {"old_password": "kuvo-mira"}
    new |= {f"new_password{number}": "xylo-mira-42" for number in (1, 2)}
    client.post("/admin/password_change/", new)
    assert lines(before) == [
        ("login_failed", "staff.user", clara.pk, None),
        ("login_failed", "", None, None),
        ("login", "staff.user", clara.pk, clara),
        ("password_changed", "staff.user", clara.pk, clara),
    ]


def test_whoever_changes_an_account_leaves_a_line(administrator):
    ada = User.objects.get(username="ada")
    before = Event.objects.count()
    typed = {"username": "eve", "email": "eve@clinic.example"}
    administrator.post("/admin/staff/user/add/", typed)
    eve = User.objects.get(username="eve")
    access = f"/admin/staff/user/{eve.pk}/password/"
    for button in ("_link", "_sessions", "_factors"):
        administrator.post(access, {button: "yes"})
    administrator.post(f"/admin/staff/user/{eve.pk}/delete/", {"post": "yes"})
    assert lines(before) == [
        ("reset_link_sent", "staff.user", eve.pk, ada),
        ("account_added", "staff.user", eve.pk, ada),
        ("reset_link_sent", "staff.user", eve.pk, ada),
        ("sessions_ended", "staff.user", eve.pk, ada),
        ("change_asked", "staff.user", eve.pk, ada),
        ("account_deleted", "staff.user", eve.pk, ada),
    ]


def test_the_ledger_costs_the_same_for_one_line_and_for_many(
    administrator, clara, count_queries
):
    ledger.record(Action.LOGIN, clara, by=clara)
    for_one = count_queries(administrator, LEDGER)
    for name in ("dora", "berta", "eve"):
        ledger.record(Action.LOGIN, clara, by=make_clinician(name))
    assert count_queries(administrator, LEDGER) == for_one


def test_the_ledger_is_read_and_never_written_in_the_admin(administrator, clara):
    event = ledger.record(Action.LOGIN, clara, by=clara)
    assert "Logged in" in administrator.get(LEDGER).content.decode()
    chief = Client()
    chief.force_login(User.objects.create_superuser("chief"))
    page = f"{LEDGER}{event.pk}/"
    tried = [f"{LEDGER}add/", f"{page}change/", f"{page}delete/"]
    assert [chief.post(each).status_code for each in tried] == [403] * 3
    assert Event.objects.filter(pk=event.pk).exists()


def found(client, words):
    """Return the actions that the ledger's page lists for what is typed there."""
    page = client.get(LEDGER, {"q": words})
    return [each.action for each in page.context["cl"].result_list]


def test_an_administrator_finds_events_by_person_day_reference_and_number(
    administrator, clara
):
    dora, plan = make_clinician("dora"), make_plan()
    ledger.record(Action.PLAN_READ, plan, by=clara)
    ledger.record(Action.PHOTO_VIEWED, plan, by=dora)
    ledger.record(Action.MOVED, dora, by=dora)
    today = f"{timezone.localdate():%Y-%m-%d}"
    assert found(administrator, "clara") == ["plan_read"]
    assert found(administrator, f"dora {today}") == ["moved", "photo_viewed"]
    assert found(administrator, "clara 2001-02-03") == []
    of_patient = ["photo_viewed", "plan_read", "intake_submitted", "consent_decided"]
    assert found(administrator, plan.intake.reference) == of_patient
    assert "moved" in found(administrator, str(dora.pk))
    assert found(administrator, str(10**17)) == []
    assert found(administrator, "0000-99-99") == []
    since = {"since": "0", "action__exact": "moved", "by__id__exact": dora.pk}
    page = administrator.get(LEDGER, since)
    assert [each.action for each in page.context["cl"].result_list] == ["moved"]


# What is read


def reads_of(scene, role):
    """Return {address: actions}: what one who opens a page of a patient leaves."""
    left = {}
    client = scene.client(role)
    for name, arguments in NAMES:
        label = name.removeprefix("admin:consultations_").partition("_")[0]
        is_photo = name in ("consultations:photo", "consultations:small_photo")
        if not arguments or not (label in ("plan", "erasurerequest") or is_photo):
            continue
        values = scene.values(name)
        url = reverse(name, kwargs={each: values[each] for each in arguments})
        before = Event.objects.count()
        response = client.get(url)
        if response.streaming:
            # Read to its end, the file is closed as a server closes it.
            response.getvalue()
        if response.status_code == 200:
            events = Event.objects.filter(case_id=scene.plan.intake_id).order_by("-pk")
            new = events[: Event.objects.count() - before]
            left[name.rpartition(":")[2]] = [each.action for each in new]
    return left


@pytest.mark.parametrize("role", ["Front desk", "Cosmetologist", "Administrator"])
def test_nobody_opens_a_page_of_a_patient_unnoticed(
    role, settings, tmp_path, quick_pdf
):
    settings.MEDIA_ROOT = tmp_path
    left = reads_of(Scene(), role)
    of_desk = {
        "consultations_plan_change": ["contact_read"],
        "consultations_plan_contact": ["contact_read"],
        "consultations_plan_visits": ["contact_read"],
    }
    of_reader = {
        "consultations_plan_answers": ["answers_printed"],
        "consultations_plan_answers_pdf": ["answers_printed"],
        "consultations_plan_change": ["plan_read"],
        "consultations_plan_contact": ["contact_read"],
        "consultations_plan_history": ["plan_read"],
        "consultations_plan_photos": ["plan_read"],
        "consultations_plan_plan": ["plan_printed"],
        "consultations_plan_plan_pdf": ["plan_printed"],
        "consultations_plan_preview": ["plan_read"],
        "consultations_plan_safeguarding": ["worry_read"],
        "consultations_plan_visits": ["contact_read"],
        "photo": ["photo_viewed"],
        "small_photo": ["photo_viewed"],
    }
    of_requests = {
        "consultations_erasurerequest_change": ["contact_read"],
        "consultations_erasurerequest_erase": ["contact_read"],
        "consultations_erasurerequest_history": ["contact_read"],
    }
    if role == "Front desk":
        assert left == of_desk
    elif role == "Cosmetologist":
        assert left == of_reader
    else:
        of_reader.pop("consultations_plan_safeguarding")
        assert left == of_reader | of_requests


LISTS = {
    "consultations.plan": QUEUE,
    "consultations.letter": "/admin/consultations/letter/",
    "consultations.erasurerequest": "/admin/consultations/erasurerequest/",
    "methods.consent": "/admin/methods/consent/",
    "methods.picture": "/admin/methods/picture/",
}


def fill_lists():
    """Add a row to each list of patients."""
    plan = make_plan()
    ErasureRequest.objects.create(intake=plan.intake)
    outbox.write(plan.intake, LetterKind.PLAN, key="plan")
    make_picture(make_consent())


@pytest.fixture
def chief():
    client = Client()
    client.force_login(User.objects.create_superuser("chief"))
    return client


@pytest.mark.parametrize(("model", "url"), LISTS.items())
def test_a_list_of_patients_that_is_read_leaves_one_line_with_its_rows(
    chief, model, url
):
    fill_lists()
    fill_lists()
    before = Event.objects.count()
    shown = len(chief.get(url).context["cl"].result_list)
    [event] = Event.objects.order_by("pk")[before:]
    assert shown > 0
    assert event.action == Action.LIST_READ
    assert (event.subject_model, event.row_count) == (model, shown)
    assert (event.by.username, event.subject_id, event.case_id) == ("chief", None, None)


@pytest.mark.parametrize("url", LISTS.values())
def test_a_list_whose_reading_cannot_be_recorded_is_not_shown(chief, url, monkeypatch):
    fill_lists()
    chief.raise_request_exception = False
    monkeypatch.setattr(Event, "save", lambda *_args, **_how: 1 / 0)
    assert chief.get(url).status_code == 500


@pytest.mark.parametrize("url", LISTS.values())
def test_a_list_costs_the_same_for_one_row_and_for_three(chief, url, count_queries):
    fill_lists()
    for_one = count_queries(chief, url)
    fill_lists()
    fill_lists()
    assert count_queries(chief, url) == for_one


AUTOCOMPLETES = {
    "methods.consent": ("methods", "picture", "consent"),
    "methods.picture": ("methods", "beforeafter", "before"),
    "consultations.plan": ("consultations", "decision", "plan"),
}
"""Fields by which an autocomplete names patients."""


def suggestions(client, model, term):
    """Return what an autocomplete of patients answers."""
    names = ("app_label", "model_name", "field_name")
    asked = dict(zip(names, AUTOCOMPLETES[model], strict=True))
    return client.get("/admin/autocomplete/", asked | {"term": term})


def test_an_autocomplete_that_names_a_patient_leaves_the_lines_of_a_list(
    chief, monkeypatch
):
    fill_lists()
    user = User.objects.get(username="chief")
    for model in AUTOCOMPLETES:
        before = Event.objects.count()
        assert len(suggestions(chief, model, "").json()["results"]) == 1
        (event,) = Event.objects.order_by("pk")[before:]
        assert (event.subject_model, event.row_count) == (model, 1)
        suggestions(chief, model, "Nobody")
        assert lines(before) == [
            ("list_read", model, None, user),
            ("people_searched", "", None, user),
            ("list_read", model, None, user),
        ]
    monkeypatch.setattr(Event, "save", lambda *_args, **_how: 1 / 0)
    chief.raise_request_exception = False
    answers = [suggestions(chief, model, "").status_code for model in AUTOCOMPLETES]
    assert answers == [500] * 3


def test_whatever_the_admin_shows_of_private_words_is_recorded():
    """An admin of rows that are encrypted lists them, and opens each, with a line."""
    shown = {
        model._meta.label_lower: type(page)
        for model, page in admin.site._registry.items()
        if getattr(model, "SEALED_BY", None)
    }
    # The pages of a plan and of a request to erase record by themselves, as tested above.
    by_hand = {"consultations.plan", "consultations.erasurerequest"}
    assert {
        label for label, page in shown.items() if issubclass(page, RecordedListAdmin)
    } == {*shown}
    assert {
        label
        for label, page in shown.items()
        if not issubclass(page, RecordedPagesAdmin)
    } == by_hand
    assert shown.keys() & LISTS.keys() == shown.keys()


def test_a_page_of_a_consent_a_picture_or_a_letter_leaves_a_line(chief):
    fill_lists()
    consent, picture, letter = (
        model.objects.first() for model in (Consent, Picture, Letter)
    )
    user = User.objects.get(username="chief")
    for row, more in (
        (consent, {"withdraw/": "contact_read"}),
        (picture, {"delete/": "contact_read", "photo/": "photo_viewed"}),
        (letter, {}),
    ):
        label = row._meta.label_lower
        for page, action in {
            "change/": "contact_read",
            "history/": "contact_read",
            **more,
        }.items():
            before = Event.objects.count()
            chief.get(f"{LISTS[label]}{row.pk}/{page}")
            assert lines(before) == [(action, label, row.pk, user)], page


def test_an_action_that_leads_back_to_the_list_is_no_read(chief):
    plan = make_plan()
    before = Event.objects.count()
    chief.post(QUEUE, {"action": "claim", "_selected_action": [plan.pk]})
    assert "list_read" not in {action for action, *_more in lines(before)}


def test_a_search_for_people_leaves_a_line_without_its_words(clara):
    plan, client = make_plan(), Client()
    client.force_login(clara)
    before = Event.objects.count()
    client.get(QUEUE, {"q": plan.intake.name or "Mona"})
    assert lines(before) == [
        ("people_searched", "", None, clara),
        ("list_read", "consultations.plan", None, clara),
    ]


def test_a_button_that_only_shows_the_desk_again_is_a_read_too(clara):
    plan, client = make_plan(), Client()
    client.force_login(clara)
    before = Event.objects.count()
    client.post(desk(plan), {"_insert": "note"})
    assert lines(before) == [("plan_read", "consultations.plan", plan.pk, clara)]


def test_a_patient_who_opens_the_link_or_takes_the_data_leaves_a_line(clara):
    plan = make_plan()
    intake = plan.intake
    before = Event.objects.count()
    client = Client()
    client.post(plan.link, birthday(intake, year=1901))
    client.post(plan.link, birthday(intake))
    client.get(at(plan.link, "export")).getvalue()
    of_intake = ("consultations.intake", intake.pk, None)
    assert lines(before) == [("link_opened", *of_intake), ("data_exported", *of_intake)]


def test_each_e_mail_leaves_a_line_before_it_goes(settings):
    settings.SITE_URL = "https://clinic.example"
    plan = make_plan(email="mona@clinic.example")
    outbox.send_due(timezone.now())
    before = Event.objects.count()
    outbox.write(plan.intake, LetterKind.LINK, key="once")
    outbox.send_due(timezone.now())
    letter = Letter.objects.get(key="once")
    assert letter.sent_at
    assert lines(before) == [("letter_sent", "consultations.letter", letter.pk, None)]


def test_what_cannot_be_recorded_is_neither_read_nor_done(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    scene = Scene()
    plan, client = make_plan(), scene.client("Administrator")
    client.raise_request_exception = False
    refuse = pytest.MonkeyPatch()
    refuse.setattr(Event, "save", lambda *_args, **_how: 1 / 0)
    with refuse.context():
        tried = [
            desk(plan),
            f"{QUEUE}?q=Mona",
            reverse("admin:consultations_plan_answers", args=[plan.pk]),
            reverse("consultations:photo", args=[scene.photo.name]),
        ]
        assert [client.get(each).status_code for each in tried] == [500] * 4
        with pytest.raises(ZeroDivisionError):
            workflow.claim(plan, by=scene.staff("colleague"))
    refuse.undo()
    plan.refresh_from_db()
    assert plan.claimed_by is None
    assert client.get(desk(plan)).status_code == 200


# What stands in it


def test_an_event_has_room_for_nothing_about_health():
    """Numbers, times, and words of closed lists: no text, whatever somebody does."""
    columns = {each.name: each for each in Event._meta.concrete_fields}
    assert columns.keys() == {
        *("id", "at", "by", "action", "subject_model", "subject_id", "case_id"),
        *("row_count", "mac"),
    }
    texts = {n for n, each in columns.items() if isinstance(each, models.CharField)}
    assert texts == {"action", "subject_model", "mac"}
    words = " ".join(str(label) for label in Action.labels).lower().split()
    of_patients = {code for (code,) in Finding.objects.values_list("code")}
    assert of_patients.isdisjoint(Action.values)
    assert {"scar", "keloid", "acne", "burn", "flag"}.isdisjoint(words)


def test_all_that_is_done_and_read_of_a_patient_names_no_answer(
    settings, tmp_path, quick_pdf
):
    settings.MEDIA_ROOT = tmp_path
    scene = Scene()
    for role in ("Front desk", "Cosmetologist", "Administrator"):
        reads_of(scene, role)
    rows = list(Event.objects.values("action", "subject_model", "subject_id"))
    assert len(rows) > 20
    told = " ".join(f"{value}" for row in rows for value in row.values()).lower()
    answers = [*ANSWERS.values(), *Finding.objects.values_list("code", flat=True)]
    words = {str(each).lower() for each in answers if len(str(each)) > 4}
    assert words
    assert [word for word in words if word in told] == []


# What the patient reads of it


def test_a_patient_reads_who_looked_and_when(clara):
    clara.first_name, clara.profession = "Clara", "cosmetologist"
    clara.save()
    plan, client = make_plan(), Client()
    client.force_login(clara)
    page = at(plan.link, "own_data")
    patient = holder_of(plan.link)
    assert "Nobody has opened what you sent yet." in html_of(patient.get(page))
    client.get(desk(plan))
    client.get(desk(plan))
    ledger.record(Action.PHOTO_VIEWED, plan.intake, by=User.objects.create_user("x"))
    other = make_plan()
    ledger.record(Action.ANSWERS_PRINTED, other, by=clara)
    looked = Event.objects.filter(action=Action.PLAN_READ).earliest("pk").at
    moment = f"{timezone.localtime(looked):%H:%M}"
    html = " ".join(html_of(patient.get(page)).split())
    assert (
        f"{moment}: Clara, Cosmetologist, read your answers. (2 times that day)" in html
    )
    assert "Somebody at the clinic, looked at your photos." in html
    assert "printed" not in html


def test_the_patient_s_page_costs_the_same_for_one_look_and_for_many(
    clara, count_queries
):
    plan = make_plan()
    page = at(plan.link, "own_data")
    ledger.record(Action.PLAN_READ, plan, by=clara)
    for_one = count_queries(holder_of(plan.link), page)
    for name in ("dora", "berta"):
        ledger.record(Action.PLAN_READ, plan, by=make_clinician(name))
    assert count_queries(holder_of(plan.link), page) == for_one


# The worker


def test_the_worker_chains_until_it_is_told_to_stop(clara, monkeypatch):
    ledger.record(Action.LOGIN, clara, by=clara)
    monkeypatch.setattr(db_worker, "close_old_connections", lambda: None)
    monkeypatch.setattr(db_worker, "connection", SimpleNamespace(close=lambda: None))
    stopped = SimpleNamespace(is_set=iter([False, True]).__next__, wait=lambda _s: None)
    db_worker.keep_chaining(stopped)
    assert not Event.objects.filter(link=None).exists()


def test_a_worker_says_that_it_cannot_read_a_row_and_goes_on(monkeypatch, caplog):
    monkeypatch.setattr(db_worker, "close_old_connections", lambda: None)
    monkeypatch.setattr(db_worker, "connection", SimpleNamespace(close=lambda: None))
    logging.getLogger("django").addHandler(caplog.handler)
    found = iter([ValueError("a patient’s words"), None])

    def extend(self, now):
        if error := next(found):
            raise error

    monkeypatch.setattr(chain.Writer, "extend", extend)
    ends = iter([False, False, True])
    stopped = SimpleNamespace(is_set=ends.__next__, wait=lambda _seconds: None)
    db_worker.keep_chaining(stopped)
    (told,) = [each for each in caplog.records if each.levelname == "ERROR"]
    assert "A row of the ledger cannot be read" in told.getMessage()
    assert "words" not in told.getMessage()
    assert next(found, "both") == "both"


def test_a_worker_says_once_that_the_chain_is_broken(clara, monkeypatch, caplog):
    ledger.record(Action.LOGIN, clara, by=clara)
    chain.Writer().extend(timezone.now())
    ChainHead.objects.update(sequence=7)
    monkeypatch.setattr(db_worker, "close_old_connections", lambda: None)
    monkeypatch.setattr(db_worker, "connection", SimpleNamespace(close=lambda: None))
    logging.getLogger("django").addHandler(caplog.handler)
    db_worker.keep_chaining(SimpleNamespace(is_set=lambda: False))
    logging.getLogger("django").removeHandler(caplog.handler)
    assert "verify-ledger" in caplog.text


def test_an_action_that_nobody_declared_is_refused(clara):
    with pytest.raises(IntegrityError), transaction.atomic():
        ledger.record("looked", clara)
