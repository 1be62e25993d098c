"""Messages at 16 and 17: patient and guardian each read only what is theirs."""

import pytest
from django.test import Client

from consultations.care import messages as care
from consultations.intake import second_access
from consultations.models import Message, SecondAccess
from tests.consultations.deciding import QUEUE, desk
from tests.consultations.factories import make_clinician, send_intake
from tests.consultations.patients import at, html_of
from tests.consultations.test_messages import form_on
from tests.consultations.test_second_access import OF_GUARDIAN, agree, opened, url_of

pytestmark = pytest.mark.django_db

OF_PATIENT, OF_PARENT = "I have not told my mother.", "Is it dangerous?"


@pytest.fixture
def clara():
    return make_clinician("clara", profession="doctor")


@pytest.fixture
def patient():
    return Client()


@pytest.fixture
def plan(patient):
    sent = send_intake(patient, age=16, second_email=OF_GUARDIAN)
    sent.link = f"/status/{sent.intake.token}/"
    return sent


@pytest.fixture
def access(plan):
    return SecondAccess.objects.get(intake=plan.intake)


@pytest.fixture
def guardian(access):
    client = opened(access)
    agree(client, access)
    return client


def write(client, url, text):
    form = form_on(client, url)
    assert client.post(url, {"key": form["key"], "text": text}).status_code == 302


def test_each_of_the_two_reads_only_their_own_messages(
    plan, access, patient, guardian, clara
):
    own, theirs = at(plan.link, "messages"), url_of(access, "second_messages")
    write(patient, own, OF_PATIENT)
    write(guardian, theirs, OF_PARENT)
    staff = Client()
    staff.force_login(clara)
    html = html_of(staff.get(desk(plan)))
    assert OF_PATIENT in html
    assert OF_PARENT in html
    form = form_on(staff, desk(plan))
    answer = {"edits": plan.edits, "message": "No.", "message_to": "second"}
    answer |= {name: form[name] for name in ("message_key", "message_seen")}
    staff.post(desk(plan), answer | {"_message": "yes"})
    for client, url, words in (
        (patient, own, [OF_PATIENT]),
        (guardian, theirs, [OF_PARENT, "No."]),
    ):
        html = html_of(client.get(url))
        every = [OF_PATIENT, OF_PARENT, "No."]
        assert [each for each in every if each in html] == words
    # What the answer settled is the guardian's question, not the patient's.
    assert [each.text for each in Message.objects.waiting()] == [OF_PATIENT]
    assert "We have written" not in html_of(patient.get(plan.link))
    assert "We have written" in html_of(guardian.get(url_of(access)))
    data = html_of(patient.get(at(plan.link, "data_document")))
    assert OF_PARENT not in data
    letter = plan.intake.letters.get(kind="message")
    assert letter.second == access


def test_a_crisis_of_the_one_is_told_to_staff_and_not_to_the_other(
    plan, access, patient, guardian, clara
):
    write(guardian, url_of(access, "second_messages"), "I want to kill myself.")
    listens = "Somebody listens now"
    assert listens in html_of(guardian.get(url_of(access, "second_messages")))
    for url in (plan.link, at(plan.link, "messages")):
        assert listens not in html_of(patient.get(url))
    staff = Client()
    staff.force_login(clara)
    assert "Crisis words" in html_of(staff.get(QUEUE))
    write(patient, at(plan.link, "messages"), "I want to die.")
    assert listens in html_of(patient.get(plan.link))


def test_whoever_gets_the_link_next_reads_nothing_of_before(
    plan, access, guardian, clara
):
    write(guardian, url_of(access, "second_messages"), OF_PARENT)
    second_access.renew(access, email="other@example.org")
    access.refresh_from_db()
    other = opened(access)
    agree(other, access)
    assert OF_PARENT not in html_of(other.get(url_of(access, "second_messages")))
    # The clinic has it still, and it waits.
    assert care.note(plan.intake, seen=Message.objects.get().pk, by=clara)


def test_no_link_opens_the_messages_of_the_other(plan, access, patient, guardian):
    write(patient, at(plan.link, "messages"), OF_PATIENT)
    assert guardian.get(at(plan.link, "messages")).status_code == 302
    assert patient.get(url_of(access, "second_messages")).status_code == 302
