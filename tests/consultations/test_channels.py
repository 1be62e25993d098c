"""Text messages and letters on paper: once, to whom they are for, and no more than news."""

import re
from smtplib import SMTPRecipientsRefused

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.core.mail.backends import locmem
from django.test import Client
from django.utils import timezone

from consultations.intake import consents
from consultations.letters import outbox, sms
from consultations.models import (
    BY_EMAIL_ONLY,
    ConsentPurpose,
    Intake,
    Letter,
    LetterKind,
    LetterTemplate,
)
from scarclinic.staff.models import Event
from tests.consultations.deciding import desk, make_plan
from tests.consultations.factories import send_intake
from tests.consultations.patients import html_of
from tests.consultations.test_corrections import correct
from tests.consultations.writing import make_intake, make_sent

pytestmark = pytest.mark.django_db

TO_PRINT = "/admin/consultations/letter/to-print/"
SMS = {"email": "", "telephone": "+44 20 7946 0123", "ways": ["sms"]}
POST = {"email": "", "ways": ["letter"], "name": "Ada Okafor"}
POST |= {"postal_address": "4 Example Lane\nSampletown"}


@pytest.fixture(autouse=True)
def site(settings):
    settings.SITE_URL = "https://clinic.example"
    settings.SMS_BACKEND = f"{__name__}.Gateway"
    Gateway.sent, Gateway.fault = [], None


class Gateway:
    """An adapter that keeps what it is given."""

    sent: list = []
    fault = None

    def send(self, telephone, text):
        if self.fault:
            raise self.fault
        self.sent.append((telephone, text))


def write(intake, key="one", kind=LetterKind.PLAN):
    return outbox.write(intake, kind, key=key)


# Text messages


def test_a_text_message_says_that_there_is_news_and_where(client):
    intake = make_sent(**SMS)
    assert write(intake).channel == "sms"
    assert outbox.send_due(timezone.now()) == {outbox.Outcome.SENT: 1}
    [(telephone, text)] = Gateway.sent
    assert telephone == "+442079460123"
    address = f"https://clinic.example/go/{intake.code}/"
    assert text == f"There is something for you to read: {address}"
    assert intake.token not in text
    assert len(text) <= 160
    response = client.get(f"/go/{intake.code}/")
    assert response["Location"] == f"/status/{intake.token}/"
    assert response["Referrer-Policy"] == "strict-origin"


@pytest.mark.parametrize("typed", [str.lower, lambda code: code.replace("-", " ")])
def test_a_short_address_is_read_as_people_type_it(client, typed):
    intake = make_sent(**SMS)
    response = client.get(f"/go/{typed(intake.code)}/")
    assert response["Location"] == f"/status/{intake.token}/"


def test_a_short_address_ends_with_its_link(client):
    intake = make_sent(**SMS)
    code = intake.code
    intake.new_token()
    intake.save()
    assert client.get(f"/go/{code}/").status_code == 404
    assert client.get("/go/x/").status_code == 404


def test_a_short_address_holds_under_a_former_secret_key(client, settings):
    intake = make_sent(**SMS)
    code = intake.code
    settings.SECRET_KEY_FALLBACKS = [settings.SECRET_KEY]
    settings.SECRET_KEY = "another" * 10
    assert Intake.objects.get().code == code
    settings.SECRET_KEY_FALLBACKS = []
    assert Intake.objects.get().code is None


@pytest.mark.parametrize(
    ("fault", "outcome", "error"),
    [
        (TimeoutError(), "failed", "TimeoutError"),
        (sms.NoSuchNumber(), "given up", "refused-number"),
    ],
)
def test_a_text_message_that_fails_is_tried_again_or_given_up(fault, outcome, error):
    write(make_sent(**SMS))
    Gateway.fault = fault
    assert outbox.send_due(timezone.now()) == {outcome: 1}
    assert Letter.objects.get().error == error


def test_a_number_gets_so_many_text_messages_a_day():
    for number in range(outbox.LETTERS_A_DAY + 1):
        write(make_sent(**SMS), key=number)
    counts = outbox.send_due(timezone.now())
    assert counts == {outbox.Outcome.SENT: outbox.LETTERS_A_DAY, "held back": 1}


def test_a_number_that_was_taken_back_gets_nothing():
    intake = make_sent(**SMS)
    write(intake)
    Intake.objects.update(ways=["call"])
    assert outbox.send_due(timezone.now()) == {outbox.Outcome.GIVEN_UP: 1}
    assert (Gateway.sent, Letter.objects.get().error) == ([], "no-address")


@pytest.mark.parametrize(
    "path", ["nothing", "consultations.letters.sms.sys", "os.path"]
)
def test_an_adapter_that_is_none_refuses_to_start(settings, path):
    settings.SMS_BACKEND = path
    with pytest.raises(ImproperlyConfigured, match="SMS_BACKEND"):
        sms.adapter()


def test_the_console_says_what_would_be_sent(settings, capsys):
    settings.SMS_BACKEND = sms.CONSOLE
    sms.adapter().send("+442079460123", "News")
    assert capsys.readouterr().out == "SMS to +442079460123\nNews\n\n"


def test_every_kind_has_a_text_message_that_says_nothing_of_health():
    for template in LetterTemplate.objects.exclude(kind__in=BY_EMAIL_ONLY):
        assert outbox.wording.faults_of_body(template.sms, template.kind) == []


# Letters on paper


def test_a_letter_waits_until_somebody_prints_it(client_of):
    intake = make_sent(**POST)
    letter = write(intake)
    assert outbox.send_due(timezone.now()) == {}
    client = client_of("Cosmetologist")
    listed = client.get(TO_PRINT)
    assert listed.context["waiting"] == [letter]
    assert intake.token not in listed.text
    sheet = client.post(f"/admin/consultations/letter/{letter.pk}/print/")
    assert sheet["Referrer-Policy"] == "no-referrer"
    assert f"https://clinic.example/go/{intake.code}/" in sheet.text
    assert intake.token not in sheet.text
    address = re.search(r"<address>(.*?)</address>", sheet.text, re.S)[1]
    assert address == "Ada Okafor<br>4 Example Lane<br>Sampletown"
    letter.refresh_from_db()
    assert letter.sent_at is not None
    event = Event.objects.get(action="letter_printed")
    assert (event.case_id, event.by.username) == (intake.pk, "cosmetologist")
    listed = client.get(TO_PRINT)
    assert (listed.context["waiting"], listed.context["printed"]) == ([], [letter])


def test_the_window_of_the_envelope_does_not_say_who_writes(client_of):
    letter = write(make_sent(**POST))
    client = client_of("Administrator")
    sheet = client.post(f"/admin/consultations/letter/{letter.pk}/print/").text
    window = sheet[sheet.index("<header>") : sheet.index("</header>")]
    assert "clinic" not in window.casefold()


def test_what_was_taken_back_is_not_printed(client_of):
    intake = make_sent(**POST)
    letter = write(intake)
    consents.decide(intake, {ConsentPurpose.REMINDERS: False}, by="patient")
    client = client_of("Cosmetologist")
    url = f"/admin/consultations/letter/{letter.pk}/print/"
    response = client.post(url, follow=True)
    told = [str(each) for each in response.context["messages"]]
    assert told == ["The patient does not wish these e-mails."]
    letter.refresh_from_db()
    assert (letter.sent_at, letter.error) == (None, "no-consent")
    assert response.context["waiting"] == []


def test_an_e_mail_is_not_printed(client_of):
    letter = write(make_sent())
    client = client_of("Cosmetologist")
    client.post(f"/admin/consultations/letter/{letter.pk}/print/")
    assert not Event.objects.filter(action="letter_printed").exists()


@pytest.mark.parametrize("role", ["Front desk", "Editor"])
def test_who_may_not_read_answers_prints_no_link(client_of, role):
    letter = write(make_sent(**POST))
    client = client_of(role)
    assert client.get(TO_PRINT).status_code == 403
    url = f"/admin/consultations/letter/{letter.pk}/print/"
    assert client.post(url).status_code == 403
    assert Letter.objects.get().sent_at is None


def test_no_letter_on_paper_tells_staff_of_a_draft():
    intake = make_sent(**POST, status="draft", reference=None, submitted_at=None)
    assert write(intake, kind=LetterKind.LINK) is None


# What does not arrive


REFUSED = SMTPRecipientsRefused({"ada@example.org": (550, b"no such user")})


@pytest.fixture
def no_mailbox(monkeypatch):
    """Let the mail server say of every address that there is none."""

    def refuse(self, messages):
        raise REFUSED

    monkeypatch.setattr(locmem.EmailBackend, "send_messages", refuse)


def send_all():
    """Send what is due, and what goes by another way since."""
    while outbox.send_due(timezone.now()):
        pass


ALL_WAYS = {
    "email": "ada@example.org",
    "telephone": "+44 20 7946 0123",
    "postal_address": "4 Example Lane",
}


@pytest.mark.parametrize(
    ("ways", "by"),
    [
        (["email", "call"], ["email"]),
        (["email", "sms", "call"], ["email", "sms"]),
        (["email", "letter"], ["email", "letter"]),
    ],
)
def test_what_a_mailbox_refuses_goes_by_the_next_way_or_is_called(no_mailbox, ways, by):
    plan = make_plan(**ALL_WAYS, ways=ways)
    send_all()
    assert [each.channel for each in Letter.objects.order_by("pk")] == by
    first = Letter.objects.order_by("pk")[0]
    assert (first.error, first.given_up_at is not None) == ("refused", True)
    plan.refresh_from_db()
    is_called = by == ["email"]
    assert (plan.is_unreached, plan.is_to_call) == (is_called, is_called)
    assert len(Gateway.sent) == ("sms" in by)


def test_each_way_is_tried_once_then_the_queue_says_whom_to_call(no_mailbox, client_of):
    Gateway.fault = sms.NoSuchNumber()
    plan = make_plan(**ALL_WAYS, ways=["email", "sms"])
    send_all()
    tried = ["email", "sms"]
    assert [each.channel for each in Letter.objects.order_by("pk")] == tried
    staff = client_of("Cosmetologist")
    queue = html_of(staff.get("/admin/consultations/plan/?state=to_call"))
    assert plan.intake.reference in queue
    assert "To be called by" in queue
    shown = html_of(staff.get(desk(plan)))
    assert "What we sent did not arrive" in shown
    staff.post(desk(plan), {"_called": "yes"})
    plan.refresh_from_db()
    assert (plan.is_unreached, plan.is_to_call) == (False, False)


CALLED = {"email": "", "ways": ["call"]}


def test_no_draft_and_no_other_person_is_called_for_a_mailbox(no_mailbox):
    draft = make_intake(email="ada@example.org")
    outbox.write(draft, LetterKind.LINK, key="link")
    plan = send_intake(Client(), age=16, second_email="nobody@example.org", **CALLED)
    send_all()
    assert {each.error for each in Letter.objects.all()} == {"refused"}
    plan.refresh_from_db()
    assert not plan.is_to_call


def test_a_letter_that_a_correction_leaves_no_way_is_a_call():
    plan = make_plan(**ALL_WAYS, ways=["email", "call"])
    (letter,) = Letter.objects.all()
    correct(plan, "contact", email="", ways=["call"])
    letter.refresh_from_db()
    assert (letter.error, letter.given_up_at is not None) == ("no-address", True)
    plan.refresh_from_db()
    assert (plan.is_unreached, plan.is_to_call) == (True, True)


def test_nobody_is_called_for_a_letter_that_was_not_wished(no_mailbox):
    plan = make_plan(**ALL_WAYS, ways=["email"])
    consents.decide(plan.intake, {ConsentPurpose.REMINDERS: False}, by="patient")
    send_all()
    assert Letter.objects.get().error == "no-consent"
    plan.refresh_from_db()
    assert not plan.is_to_call
