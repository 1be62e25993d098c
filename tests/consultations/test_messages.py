"""Messages between patient and clinic, from either side, before and after signing."""

import re
import sqlite3
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import timedelta

import pytest
from django.core import mail
from django.db import connection, connections
from django.utils import timezone

from consultations import periods
from consultations.care import messages as care
from consultations.letters import outbox
from consultations.models import ConsentPurpose, Message, Photo, Plan
from consultations.review import business_hours, workflow
from scarclinic.staff.models import Event
from tests.consultations.deciding import (
    QUEUE,
    choices_for,
    desk,
    make_plan,
    posted,
    press_sign,
    sign_off,
)
from tests.consultations.factories import make_clinician
from tests.consultations.patients import agree, at, birthday, holder_of, html_of
from tests.consultations.photos.files import drawn, saved, upload
from tests.consultations.queueing import make_waiting, queue_of, rows_of

pytestmark = pytest.mark.django_db

WORDS = "The bruise is larger than I thought."
CRISIS = "I want to kill myself."
HIDDEN = re.compile(r'name="(\w+)" value="([^"]*)"')


@pytest.fixture
def clara(db):
    return make_clinician()


@pytest.fixture
def staff(client, clara):
    client.force_login(clara)
    return client


def page_of(plan):
    return at(plan.link, "messages")


def form_on(client, url):
    """Return the hidden fields of the form that a page shows last."""
    return dict(HIDDEN.findall(html_of(client.get(url))))


def write(plan, text=WORDS, *, client=None, **more):
    """Write to the clinic as a browser does; return the answer."""
    client = client or holder_of(plan.link)
    form = form_on(client, page_of(plan))
    sent = {"key": form["key"], "seen": form["seen"], "text": text} | more
    return client.post(page_of(plan), sent)


def typed_on(staff, plan, **more):
    form = form_on(staff, desk(plan))
    names = ("message_key", "message_seen")
    return posted(fresh(plan)) | {name: form[name] for name in names} | more


def reply(staff, plan, text="Bruises of ten days are common.", **more):
    sent = typed_on(staff, plan, message=text, _message="yes", **more)
    return staff.post(desk(plan), sent)


def texts(plan):
    return [each.text for each in Message.objects.filter(intake=plan.intake)]


def fresh(plan):
    return Plan.objects.get(pk=plan.pk)


def signed(clara, **answers):
    plan = make_plan(**answers)
    link = plan.link
    plan = sign_off(plan, clara, subcision="include")
    plan.link = link
    return plan


def test_a_patient_writes_before_and_after_signing_and_is_told_by_when(
    clara, staff, settings
):
    open_plan, signed_plan = make_plan(), signed(clara)
    due = business_hours.current().working_day_after(
        timezone.localdate(), settings.ANSWER_WITHIN_DAYS
    )
    for plan in (open_plan, signed_plan):
        patient = holder_of(plan.link)
        response = write(plan, client=patient)
        assert response.status_code == 302
        html = html_of(patient.get(response["Location"]))
        assert WORDS in html
        assert "Your message is sent." in html
        assert f"answer by {due:%A} {due.day} {due:%B}" in html
        assert "A clinician of ours reads this within" in html
        assert WORDS in html_of(staff.get(desk(plan)))
    states = [(row["state"], row["due"] != "") for row in rows_of(staff)]
    assert states == [("The patient has written", True)] * 2
    assert len(queue_of(staff, state="with_messages")) == 2
    events = Event.objects.filter(action="message_sent")
    assert {each.case_id for each in events} == {
        open_plan.intake_id,
        signed_plan.intake_id,
    }


def test_staff_answer_and_the_patient_reads_it_once(clara, staff):
    plan = signed(clara)
    write(plan)
    assert reply(staff, plan).status_code == 302
    assert queue_of(staff) == []
    patient = holder_of(plan.link)
    assert "We have written you a message" in html_of(patient.get(plan.link))
    html = html_of(patient.get(page_of(plan)))
    assert "Bruises of ten days" in html
    assert "Clara, Cosmetologist" in html
    # To look at it, as a mail scanner may, says nothing of having read it.
    assert Message.objects.of().unread().count() == 1
    seen = form_on(patient, page_of(plan))["seen"]
    patient.post(page_of(plan), {"read": "yes", "seen": seen})
    assert "We have written" not in html_of(patient.get(plan.link))
    assert "Read." in html_of(staff.get(desk(plan)))
    assert Event.objects.filter(action="messages_read").count() == 1


def test_the_clinic_writes_first_and_the_letter_says_nothing_of_it(
    clara, staff, settings
):
    settings.SITE_URL = "https://clinic.example"
    plan = signed(clara)
    reply(staff, plan, "Your skin needs rest after the laser.")
    outbox.send_due(timezone.now())
    letter = mail.outbox[-1]
    assert letter.subject == "There is a message for you"
    assert "laser" not in letter.body
    assert f"/status/{plan.intake.token}/" in letter.body


def test_what_is_half_written_for_the_plan_outlives_a_message(staff):
    plan = make_plan()
    typed = typed_on(staff, plan, message="When did it begin?", _message="yes")
    assert staff.post(desk(plan), typed | {"note": "Half a"}).status_code == 302
    assert fresh(plan).note == "Half a"
    # And a message that is typed outlives the plan's own button.
    saved_page = staff.post(desk(plan), typed_on(staff, plan, message="Do you"))
    html = html_of(saved_page)
    assert "Your message is not sent yet." in html
    assert "Do you</textarea>" in html
    assert texts(plan) == ["When did it begin?"]


def test_posted_twice_it_is_one_message(clara, staff):
    plan = signed(clara)
    patient = holder_of(plan.link)
    form = form_on(patient, page_of(plan))
    typed = {"key": form["key"], "seen": "0", "text": WORDS}
    for _press in range(2):
        assert patient.post(page_of(plan), typed).status_code == 302
    assert texts(plan) == [WORDS]
    answer = typed_on(staff, plan, message="Yes.", _message="yes")
    for _press in range(2):
        assert staff.post(desk(plan), answer).status_code == 302
    assert texts(plan) == [WORDS, "Yes."]
    assert plan.intake.letters.filter(kind="message").count() == 1


def test_two_at_one_desk_do_not_answer_past_each_other(clara, staff):
    plan = signed(clara)
    write(plan)
    first, second = (
        typed_on(staff, plan, message=text, _message="yes") for text in ("One", "Two")
    )
    staff.post(desk(plan), first)
    refused = staff.post(desk(plan), second)
    html = html_of(refused)
    assert "A colleague has written meanwhile" in html
    assert "Two</textarea>" in html
    assert texts(plan) == [WORDS, "One"]
    # What the patient writes meanwhile is not settled by an answer to what stood there.
    late = typed_on(staff, plan, message="Three", _message="yes")
    write(plan, "And now it itches.")
    assert staff.post(desk(plan), late).status_code == 302
    assert fresh(plan).has_message
    assert [each.text for each in Message.objects.waiting()] == ["And now it itches."]


def test_a_message_that_comes_while_somebody_signs_is_read_first(staff):
    plan = make_plan()
    staff.post(desk(plan), posted(plan, note="Nothing for now."))
    write(plan, "I am pregnant now.")
    page = press_sign(staff, plan, posted(fresh(plan), note="Nothing."))
    assert "The patient has written" in html_of(page)
    assert not fresh(plan).is_signed
    sent = typed_on(staff, fresh(plan), _noted="yes")
    assert staff.post(desk(plan), sent).status_code == 302
    assert not fresh(plan).has_message
    assert Event.objects.filter(action="messages_noted").count() == 1
    press_sign(staff, plan, posted(fresh(plan), note="Nothing."))
    assert fresh(plan).is_signed
    write(plan, "One more thing.")
    assert queue_of(staff) == [plan]


def test_crisis_words_stand_on_top_and_who_listens_is_shown(clara, staff):
    make_waiting(hours=90, is_flagged=True)
    for plan in (make_plan(), signed(clara)):
        patient = holder_of(plan.link)
        page = patient.get(write(plan, CRISIS, client=patient)["Location"])
        assert "Somebody listens now" in html_of(page)
        assert plan in queue_of(staff)[: Message.objects.count()]
        soon = business_hours.current().working_day_after(timezone.localdate(), 1)
        assert fresh(plan).due_on == soon
        assert CRISIS in html_of(staff.get(desk(plan)))
        care.note(plan.intake, seen=Message.objects.latest("pk").pk, by=clara)


def test_nothing_typed_is_lost_where_it_cannot_be_sent(clara, settings):
    plan = signed(clara)
    patient = holder_of(plan.link)
    for text, fault in (
        ("  ", "Write your message"),
        ("x" * 2001, "at most 2000 characters"),
    ):
        response = write(plan, text, client=patient)
        assert response.status_code == 302
        html = html_of(patient.get(response["Location"]))
        assert fault in html
        assert "Error:" in html
        assert not text.strip() or f"{text}</textarea>" in html
    assert texts(plan) == []
    for number in range(20):
        write(plan, f"Message {number}", client=patient)
    html = html_of(patient.get(write(plan, WORDS, client=patient)["Location"]))
    assert "many messages" in html
    assert f"{WORDS}</textarea>" in html
    assert len(texts(plan)) == 20


def test_what_comes_after_the_date_of_birth_is_asked_anew_is_kept(clara):
    plan = signed(clara)
    patient = holder_of(plan.link)
    form = form_on(patient, page_of(plan))
    patient.cookies.clear()
    stale = {"key": form["key"], "seen": "0", "text": WORDS, **_proof(form)}
    response = patient.post(page_of(plan), stale)
    assert response.status_code == 302
    assert texts(plan) == []
    patient.post(plan.link, birthday(plan.intake))
    assert f"{WORDS}</textarea>" in html_of(patient.get(page_of(plan)))


def _proof(form):
    return {name: form[name] for name in form if name not in ("key", "seen", "text")}


def test_a_photo_goes_with_a_message_after_signing(clara, staff, settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    plan = signed(clara)
    patient = holder_of(plan.link)
    assert 'type="file"' not in html_of(patient.get(page_of(plan)))
    agree(plan.intake, ConsentPurpose.PHOTOS)
    assert 'type="file"' in html_of(patient.get(page_of(plan)))
    picture = saved(drawn(320, 240))
    write(plan, "", client=patient, photo=upload(picture))
    message = Message.objects.get()
    assert message.photo.scar.intake_id == plan.intake_id
    assert message.photo.name in html_of(staff.get(desk(plan)))
    # What is no photo is not sent, and the words stay.
    broken = write(plan, WORDS, client=patient, photo=upload(b"no picture"))
    html = html_of(patient.get(broken["Location"]))
    assert "Choose the photo again" in html
    assert f"{WORDS}</textarea>" in html
    # Posted twice, neither words nor photo come twice.
    form = form_on(patient, page_of(plan))
    for _press in range(2):
        sent = {"key": form["key"], "text": WORDS, "photo": upload(picture)}
        assert patient.post(page_of(plan), sent).status_code == 302
    assert (Message.objects.count(), Photo.objects.count()) == (2, 2)


def test_who_has_withdrawn_reads_and_writes_no_more(clara, staff):
    plan = signed(clara)
    write(plan)
    reply(staff, plan)
    patient = holder_of(plan.link)
    form = form_on(patient, page_of(plan))
    patient.post(at(plan.link, "withdraw"))
    html = html_of(patient.get(page_of(plan)))
    assert "Bruises of ten days" in html
    assert "<textarea" not in html
    patient.post(page_of(plan), form | {"text": "More", "key": "0" * 32})
    assert len(texts(plan)) == 2
    assert "_message" not in html_of(staff.get(desk(plan)))
    assert queue_of(staff) == []


def test_who_may_not_write_to_patients_does_not(clara, client_of):
    plan = signed(clara)
    write(plan)
    admin = client_of("Administrator")
    html = html_of(admin.get(desk(plan)))
    assert WORDS in html
    assert "_message" not in html
    sent = {"message": "Hello", "_message": "yes"}
    assert admin.post(desk(plan), sent).status_code == 403
    front = client_of("Front desk")
    assert WORDS not in html_of(front.get(desk(plan)))
    assert "The patient has written" in html_of(front.get(QUEUE))
    assert front.post(desk(plan), sent).status_code == 403
    assert texts(plan) == [WORDS]


def test_a_late_answer_is_told_as_late_on_both_sides(clara, staff):
    plan = signed(clara)
    write(plan)
    day = timezone.localdate() - timedelta(days=3)
    Message.objects.update(due_on=day)
    Plan.objects.update(due_on=day)
    html = html_of(holder_of(plan.link).get(page_of(plan)))
    assert "we are sorry" in html
    assert queue_of(staff, state="late") == [plan]
    assert "3 days late" in rows_of(staff)[0]["due"]


def test_a_new_version_takes_over_what_waits(clara, staff):
    plan = signed(clara)
    write(plan)
    amended = workflow.amend(fresh(plan), by=clara)
    assert (fresh(plan).has_message, fresh(amended).has_message) == (False, True)
    assert queue_of(staff) == [amended]


def test_a_desk_costs_one_query_more_for_messages_however_many(
    clara, staff, count_queries
):
    plan = signed(clara)
    staff.get(desk(plan))
    without = count_queries(staff, desk(plan))
    write(plan)
    cost = count_queries(staff, desk(plan))
    for number in range(5):
        write(plan, f"{number}")
        reply(staff, plan)
    assert count_queries(staff, desk(plan)) == cost == without + 1


def test_the_page_costs_the_same_for_one_message_and_for_many(
    clara, staff, count_queries
):
    plan = signed(clara)
    patient = holder_of(plan.link)
    write(plan, client=patient)
    of_one = count_queries(patient, page_of(plan))
    for number in range(5):
        reply(staff, plan)
        write(plan, f"{number}")
    assert count_queries(patient, page_of(plan)) == of_one


def test_a_message_outlives_no_erasure_and_is_in_the_download(clara, staff):
    plan = signed(clara)
    write(plan)
    reply(staff, plan)
    patient = holder_of(plan.link)
    html = html_of(patient.get(at(plan.link, "data_document")))
    assert WORDS in html
    assert "Bruises of ten days" in html
    archive = b"".join(patient.get(at(plan.link, "export")))
    assert b"messages.json" in archive


def test_a_message_keeps_what_it_is_about_for_longer(clara):
    plan = signed(clara)
    before = periods.kept_until(plan.intake)
    write(plan)
    sent = timezone.now() + timedelta(days=40)
    Message.objects.update(sent_at=sent)
    assert periods.kept_until(plan.intake) == before + timedelta(days=40)


@pytest.fixture
def shared(monkeypatch, tmp_path):
    """Return a function that puts what was made where several threads write at once."""

    def share():
        if connection.vendor != "sqlite":
            return
        copy = str(tmp_path / "copy.sqlite3")
        with connection.cursor() as cursor:
            cursor.execute("VACUUM INTO %s", [copy])
        with closing(sqlite3.connect(copy)) as database:
            database.execute("PRAGMA journal_mode=WAL")
        monkeypatch.setitem(connections.settings["default"], "NAME", copy)

    return share


@pytest.mark.django_db(transaction=True)
def test_eight_presses_and_a_signature_at_once_lose_nothing_and_send_nothing_twice(
    shared,
):
    clara = make_clinician(profession="doctor")
    plan = make_plan()
    plan = workflow.decide(
        plan, choices_for(plan), note="Nothing.", seen_edits=plan.edits, by=clara
    )

    def act(number):
        try:
            if number == 4:
                workflow.sign(plan, by=clara)
            else:
                key = "ab"[number % 2] * 32
                care.write(plan.intake, f"Words {key[0]}", key=key)
        except workflow.NotAllowed as refused:
            return str(refused)
        finally:
            connections.close_all()
        return ""

    def found():
        try:
            return sorted(texts(plan)), fresh(plan).has_message, fresh(plan).is_signed
        finally:
            connections.close_all()

    shared()
    with ThreadPoolExecutor(8) as pool:
        refused = [each for each in pool.map(act, range(9)) if each]
        words, has_message, is_signed = pool.submit(found).result()
    assert words == ["Words a", "Words b"]
    assert has_message
    # It was signed before the first message came, or not over one.
    assert is_signed == (refused == [])
