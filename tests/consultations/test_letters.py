"""E-mails are written once, sent once, and say nothing about anybody's health."""

import logging
import os
import re
import socketserver
import sqlite3
import subprocess
import sys
import tomllib
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import date, timedelta
from pathlib import Path
from threading import Barrier, Thread

import pytest
from django.conf import settings as configured
from django.contrib.auth.models import Permission
from django.core import mail
from django.core.mail.backends.locmem import EmailBackend
from django.db import DatabaseError, connection, connections, transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from django_tasks_db.management.commands import db_worker
from django_tasks_db.models import DBTaskResult

from consultations.intake import consents
from consultations.letters import outbox, wording
from consultations.models import (
    ConsentPurpose,
    DecidedBy,
    IntakeStatus,
    Letter,
    LetterKind,
    LetterTemplate,
)
from methods.models import Clinic
from scarclinic.staff.models import Event, User
from tests.consultations.writing import ADDRESS, make_due, make_intake, make_sent, run
from tests.methods.test_admin import choices

STARTER = Path(configured.BASE_DIR) / "consultations" / "content" / "letters.toml"
NOTHING = "E-mails sent: 0. To be tried again: 0. Given up: 0. Held back for a day: 0."
SENT_ONE = NOTHING.replace("sent: 0", "sent: 1")
FAILED_ONE = NOTHING.replace("again: 0", "again: 1")
GAVE_UP_ONE = NOTHING.replace("up: 0", "up: 1")

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def clinic(settings):
    """Return the clinic, with a number to call and its site's address known."""
    settings.SITE_URL = "https://clinic.example"
    settings.DEFAULT_FROM_EMAIL = "desk@clinic.example"
    Clinic.objects.update(telephone="020 7946 0123", email="hello@clinic.example")
    return Clinic.objects.get()


def write(intake=None, kind=LetterKind.RECEIVED, key="one"):
    return outbox.write(intake or make_sent(), kind, key=key)


def link_of(intake):
    token = intake.token
    return f"https://clinic.example{reverse('consultations:status', args=[token])}"


# Write


def test_a_letter_waits_in_the_outbox_until_somebody_sends_it():
    letter = write()
    assert list(Letter.objects.due(timezone.now())) == [letter]
    assert mail.outbox == []


def test_the_same_letter_is_written_once():
    intake = make_sent()
    assert write(intake) is not None
    assert write(intake) is None
    assert Letter.objects.count() == 1


def test_a_letter_goes_with_the_transaction_that_wrote_it():
    intake = make_sent()

    def fail():
        with transaction.atomic():
            write(intake)
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail()
    assert run("send_letters") == [NOTHING]


@pytest.mark.parametrize(
    "fields",
    [
        {"email": ""},
        {"reminders": False},
        {"reminders": None},
        {"status": IntakeStatus.WITHDRAWN},
    ],
)
def test_who_may_not_be_written_to_gets_no_letter(fields):
    assert write(make_sent(**fields)) is None
    assert Letter.objects.count() == 0


@pytest.mark.parametrize("reminders", [True, False, None])
def test_whoever_asks_for_the_link_gets_it(reminders):
    assert write(make_sent(reminders=reminders), LetterKind.LINK) is not None


@pytest.mark.parametrize(
    ("reminders", "wanted"), [(True, True), (False, False), (None, True)]
)
def test_a_draft_is_warned_unless_its_patient_said_no(reminders, wanted):
    letter = write(make_intake(reminders=reminders), LetterKind.WARNING)
    assert (letter is not None) is wanted


def test_what_was_taken_back_meanwhile_is_not_sent():
    intake = make_sent()
    consents.decide(intake, {ConsentPurpose.REMINDERS: False}, by=DecidedBy.PATIENT)
    # As if it had been written in the same moment.
    letter = Letter.objects.create(
        intake=intake, kind="plan", key="one", due_at=timezone.now()
    )
    assert run("send_letters") == [GAVE_UP_ONE]
    letter.refresh_from_db()
    assert (letter.error, mail.outbox) == ("no-consent", [])


def test_a_warning_that_is_overtaken_is_not_sent():
    intake = make_intake()
    letter = write(intake, LetterKind.WARNING)
    intake.touched_at = timezone.now()
    intake.save()
    assert run("send_letters") == [GAVE_UP_ONE]
    letter.refresh_from_db()
    assert (letter.error, mail.outbox) == ("overtaken", [])


# Words


def test_a_letter_says_what_its_template_says(clinic):
    LetterTemplate.objects.filter(kind="received").update(
        subject="Hello {reference}",
        body="Number {reference}\n\nUntil {until}\nAt {link}\nCall {telephone}",
    )
    intake = make_sent(promised_on=date(2031, 5, 6))
    write(intake)
    assert run("send_letters") == [SENT_ONE]
    [sent] = mail.outbox
    assert (sent.from_email, sent.to, sent.reply_to) == (
        "desk@clinic.example",
        [ADDRESS],
        ["hello@clinic.example"],
    )
    assert sent.subject == f"Hello {intake.reference}"
    assert sent.body == (
        f"Number {intake.reference}\n\nUntil 6 May 2031\n"
        f"At {link_of(intake)}\nCall 020 7946 0123\n"
    )


def test_the_link_in_a_letter_opens_the_intake(client):
    intake = make_sent()
    write(intake, LetterKind.LINK)
    run("send_letters")
    [path] = re.findall(r"https://clinic\.example(/\S+)", mail.outbox[0].body)
    assert client.get(path).status_code == 200
    assert path == reverse("consultations:status", args=[intake.token])


def test_the_twin_in_html_says_the_same_and_has_nothing_to_run_or_to_load():
    LetterTemplate.objects.filter(kind="received").update(
        body="Say <b>&amp;\n\n{link}\n\n<img src=x onerror=go()>"
    )
    intake = make_sent()
    write(intake)
    run("send_letters")
    [(html, mimetype)] = mail.outbox[0].alternatives
    link = link_of(intake)
    assert mimetype == "text/html"
    assert html.partition("<body>")[2].partition("</body>")[0].strip() == (
        "<p>Say &lt;b&gt;&amp;amp;</p>\n\n"
        f'<p><a href="{link}" rel="nofollow">{link}</a></p>\n\n'
        "<p>&lt;img src=x onerror=go()&gt;</p>"
    )


def test_a_line_that_would_say_nothing_is_left_out(clinic):
    Clinic.objects.update(telephone="")
    LetterTemplate.objects.filter(kind="link").update(
        body="One\n\nCall {telephone}\n\nYour reference: {reference}\nAt {link}"
    )
    intake = make_intake()
    write(intake, LetterKind.LINK)
    run("send_letters")
    assert mail.outbox[0].body == f"One\n\nAt {link_of(intake)}\n"


@pytest.mark.parametrize("kind", [LetterKind.LINK, LetterKind.WARNING])
def test_a_draft_s_letter_names_the_day_on_which_it_is_deleted(settings, kind):
    settings.DRAFT_DAYS = 14
    LetterTemplate.objects.filter(kind=kind).update(body="{until}")
    noon = timezone.now().replace(2031, 5, 6, 12)
    intake = make_intake(touched_at=noon)
    letter = write(intake, kind)
    Letter.objects.filter(pk=letter.pk).update(created_at=noon)
    run("send_letters")
    assert mail.outbox[0].body == "20 May 2031\n"


def test_a_letter_is_in_the_patient_s_language_if_there_is_a_text():
    for language, subject in (("de", "Guten Tag"), ("en-gb", "Hello")):
        LetterTemplate.objects.update_or_create(
            kind="received",
            language=language,
            defaults={"subject": subject, "body": "{until}"},
        )
    for key, language in enumerate(("de", "fr")):
        intake = make_sent(promised_on=date(2031, 5, 6))
        type(intake).objects.filter(pk=intake.pk).update(language=language)
        write(intake, key=key)
    run("send_letters")
    assert [(each.subject, each.body) for each in mail.outbox] == [
        ("Guten Tag", "6. Mai 2031\n"),
        ("Hello", "6 May 2031\n"),
    ]


def test_in_development_the_link_leads_to_this_machine(settings):
    settings.SITE_URL, settings.DEBUG = "", True
    intake = make_sent()
    write(intake, LetterKind.LINK)
    run("send_letters")
    assert f"http://127.0.0.1:8000/status/{intake.token}/\n" in mail.outbox[0].body


def test_the_starter_texts_are_whole_and_say_nothing_about_health():
    texts = tomllib.loads(STARTER.read_text())
    assert sorted(texts) == sorted(LetterKind.values)
    faults = [
        (kind, fault)
        for kind, words in texts.items()
        for fault in wording.faults_of_subject(words["subject"])
        + wording.faults_of_body(words["body"], kind)
    ]
    assert faults == []
    assert max(len(words["subject"]) for words in texts.values()) < 70


@pytest.mark.parametrize("kind", LetterKind)
def test_every_starter_text_is_sent_without_a_gap(kind):
    intake = (make_intake if kind in ("link", "warning") else make_sent)(
        promised_on=date(2031, 5, 6)
    )
    write(intake, kind)
    assert run("send_letters") == [SENT_ONE]
    assert re.findall(r"[{}]|None", mail.outbox[0].subject + mail.outbox[0].body) == []
    assert wording.health_words(mail.outbox[0].body.replace(link_of(intake), "")) == []


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("Your scars and your skin", ["scars", "skin"]),
        (
            "Scarred? Laser peels, keloid, Eyelids",
            ["scarred", "laser", "peels", "keloid", "eyelids"],
        ),
        ("Treatment by a doctor: photos", ["treatment", "doctor", "photos"]),
        ("Come back to the clinic: on the other hand, your plan is ready", []),
        ("Scarce scarves, patience and a red line: face it", []),
    ],
)
def test_health_words_are_told_from_others(text, told):
    assert wording.health_words(text) == told


# Send


class Server:
    """A mail server on a port of its own, with an answer to each command."""

    def __init__(self):
        self.answers = {}
        self.recipients, self.ids = [], []
        server = self

        class Conversation(socketserver.StreamRequestHandler):
            def handle(self):
                self.say("220 here")
                while line := self.rfile.readline().decode().strip():
                    command = line.split()[0].upper()
                    if command == "RCPT":
                        server.recipients.append(line)
                    self.say(server.answers.get(command, server.usual(command)))
                    if command == "DATA":
                        while (line := self.rfile.readline()) != b".\r\n":
                            if line.startswith(b"Message-ID:"):
                                server.ids.append(line)
                        answer = server.answers.get(".", "250 taken")
                        self.say(answer() if callable(answer) else answer)
                    if command == "QUIT":
                        return

            def say(self, words):
                self.wfile.write(f"{words}\r\n".encode())

        self.tcp = socketserver.TCPServer(("127.0.0.1", 0), Conversation)
        self.thread = Thread(target=self.tcp.serve_forever, args=[0.01])
        self.thread.start()

    def usual(self, command):
        return {"DATA": "354 go on", "QUIT": "221 bye"}.get(command, "250 ok")

    def close(self):
        self.tcp.shutdown()
        self.thread.join()
        self.tcp.server_close()


@pytest.fixture
def server(settings):
    """Return a mail server that the site sends by."""
    server = Server()
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = server.tcp.server_address
    settings.EMAIL_TIMEOUT = 5
    settings.EMAIL_USE_TLS = settings.EMAIL_USE_SSL = False
    yield server
    server.close()


def state(letter):
    letter.refresh_from_db()
    return letter.error, letter.attempts, bool(letter.sent_at), bool(letter.given_up_at)


def test_a_letter_that_a_server_takes_is_sent_and_not_again(server):
    letter = write()
    assert run("send_letters") == [SENT_ONE]
    assert run("send_letters") == [NOTHING]
    assert state(letter) == ("", 1, True, False)
    assert server.recipients == [f"rcpt TO:<{ADDRESS}>"]


def test_an_address_that_does_not_exist_is_given_up_at_once(server):
    server.answers["RCPT"] = f"550 no such user {ADDRESS}"
    letter = write()
    assert run("send_letters") == [GAVE_UP_ONE]
    assert state(letter) == ("refused", 1, False, True)


@pytest.mark.parametrize(
    ("command", "answer", "error"),
    [
        ("RCPT", "450 later", "SMTPRecipientsRefused 450"),
        ("MAIL", "550 who are you", "SMTPSenderRefused 550"),
        (".", "451 no room", "SMTPDataError 451"),
    ],
)
def test_what_may_pass_is_tried_again(server, command, answer, error):
    server.answers[command] = answer
    letter = write()
    assert run("send_letters") == [FAILED_ONE]
    assert state(letter) == (error, 1, False, False)
    server.answers.clear()
    make_due(letter)
    assert run("send_letters") == [SENT_ONE]
    assert state(letter) == ("", 2, True, False)


def test_a_server_that_is_away_is_asked_less_and_less_often(settings, server):
    server.close()
    letter, now, pauses = write(), timezone.now(), []
    while not letter.given_up_at:
        assert outbox.send_due(now - timedelta(seconds=1)) == {}
        outcome = outbox.send_due(now)
        letter.refresh_from_db()
        pauses.append(letter.due_at - now)
        assert outcome == {"given up" if letter.given_up_at else "failed": 1}
        now = letter.due_at
    assert pauses[:-1] == outbox.BACK_OFF
    assert pauses == [*sorted(pauses[:-1]), outbox.LEASE]
    assert letter.error == "ConnectionRefusedError"
    server.__init__()


@pytest.fixture
def told(caplog):
    caplog.set_level(logging.DEBUG)
    return lambda: "\n".join(
        [*(record.getMessage() for record in caplog.records), caplog.text]
    )


def test_neither_log_nor_outbox_keeps_an_address_or_a_subject(server, told):
    server.answers["RCPT"] = f"550 no such user {ADDRESS}"
    letter = write()
    run("send_letters")
    assert f"E-mail {letter.pk}: given up (refused)." in told()
    subject = LetterTemplate.objects.get(kind="received").subject
    assert [
        each for each in (ADDRESS, subject, letter.intake.token) if each in told()
    ] == []
    assert [
        each
        for each in Letter.objects.filter(pk=letter.pk).values_list()[0]
        if ADDRESS in str(each)
    ] == []


@pytest.mark.parametrize(
    "email",
    [
        "ada@example.org\nBcc: eve@example.org",
        "ada@example.org, eve@example.org",
        "ada",
    ],
)
def test_an_address_adds_no_header_and_no_recipient(server, email):
    intake = make_sent()
    intake.email = email
    intake.save()
    letter = write(intake)
    assert run("send_letters") == [GAVE_UP_ONE]
    assert state(letter)[0] == "bad-address"
    assert server.recipients == []


@pytest.mark.parametrize("kind", LetterKind.values)
def test_no_header_says_what_a_patient_has_typed_but_the_address(kind):
    LetterTemplate.objects.update(subject="{link} {until} {telephone} {reference}")
    intake = make_sent(name="Zora", wish="Zora", email="Zora <z@example.org>")
    letter = Letter.objects.create(
        intake=intake, kind=kind, key="one", due_at=timezone.now()
    )
    headers = dict(wording.message(letter).message().items())
    assert headers["To"] == "z@example.org"
    assert headers["Reply-To"] == "hello@clinic.example"
    said = f"{{link}} {{until}} {{telephone}} {intake.reference}"
    # A line whose value nobody may read there is left out.
    assert headers["Subject"] == ("" if kind == LetterKind.MOVED else said)
    said = " ".join(headers.values())
    assert "Zora" not in said
    assert intake.token not in said


def test_a_fault_of_one_letter_holds_up_no_other(settings):
    LetterTemplate.objects.filter(kind="question").delete()
    intake = make_sent()
    first = write(intake, LetterKind.QUESTION)
    second = write(intake, LetterKind.PLAN, key="two")
    assert run("send_letters") == [SENT_ONE.replace("again: 0", "again: 1")]
    assert (state(first)[0], state(second)[2]) == ("no-words", True)


def test_a_link_of_another_key_is_given_up_and_goes_out_when_the_key_is_known(settings):
    letter = write()
    key, settings.SECRET_KEY = settings.SECRET_KEY, "another" * 10
    assert run("send_letters") == [GAVE_UP_ONE]
    assert state(letter)[0] == "no-link"
    settings.SECRET_KEY_FALLBACKS = [key]
    ada = User.objects.create_user("ada")
    assert outbox.try_again(Letter.objects.all(), timezone.now(), by=ada) == 1
    assert Event.objects.filter(action="letters_retried", by=ada).count() == 1
    assert run("send_letters") == [SENT_ONE]


def test_without_the_site_s_address_a_letter_waits(settings):
    settings.SITE_URL = ""
    letter = write()
    assert run("send_letters") == [FAILED_ONE]
    assert state(letter) == ("no-site", 1, False, False)


class Killed(BaseException):
    """Stands for SIGKILL: nothing of ours catches it."""


class Dying(EmailBackend):
    """A mail server that has the letter, and a sender that dies before it notes so."""

    def send_messages(self, messages):
        super().send_messages(messages)
        raise Killed


def test_a_sender_that_dies_loses_no_letter(settings):
    letter, now = write(), timezone.now()
    backend = settings.EMAIL_BACKEND
    settings.EMAIL_BACKEND = f"{__name__}.Dying"
    with pytest.raises(Killed):
        outbox.send_due(now)
    settings.EMAIL_BACKEND = backend
    assert state(letter) == ("", 1, False, False)
    assert outbox.send_due(now + outbox.LEASE - timedelta(seconds=1)) == {}
    assert outbox.send_due(now + outbox.LEASE) == {"sent": 1}
    ids = {each.extra_headers["Message-ID"] for each in mail.outbox}
    assert (len(mail.outbox), len(ids)) == (2, 1)


def test_two_letters_have_two_message_ids():
    intake = make_sent()
    for key in ("one", "two"):
        write(intake, key=key)
    run("send_letters")
    ids = {each.message()["Message-ID"] for each in mail.outbox}
    assert len(ids) == 2
    assert {each.rpartition("@")[2] for each in ids} == {"clinic.example>"}


def test_an_address_gets_so_many_letters_a_day_and_the_rest_the_day_after():
    for number in range(outbox.LETTERS_A_DAY + 2):
        # The same person in capitals, and another person.
        write(make_sent(email=ADDRESS.upper() if number % 2 else ADDRESS), key=number)
    write(make_sent(email="eve@example.org"), key="eve")
    now = timezone.now()
    counts = outbox.send_due(now)
    assert counts == {"sent": outbox.LETTERS_A_DAY + 1, "held back": 2}
    assert outbox.send_due(now + timedelta(hours=23)) == {}
    assert outbox.send_due(now + timedelta(days=1)) == {"sent": 2}
    assert set(Letter.objects.values_list("attempts", flat=True)) == {1}


@pytest.mark.parametrize("kind", ["link", "warning", "received"])
def test_no_letter_that_anybody_may_cause_holds_back_one_of_the_clinic(kind):
    for number in range(outbox.LETTERS_A_DAY + 1):
        make = make_intake if kind == "warning" else make_sent
        write(make(), LetterKind(kind), key=number)
    patient = make_sent()
    asked = write(patient, LetterKind.QUESTION, key="question")
    plan = write(patient, LetterKind.PLAN, key="plan")
    now = timezone.now()
    counts = outbox.send_due(now)
    assert counts == {"sent": outbox.LETTERS_A_DAY + 2, "held back": 1}
    assert [state(each)[2] for each in (asked, plan)] == [True, True]
    # And the other way round.
    link = write(make_sent(), LetterKind.LINK, key="one more")
    outbox.send_due(now + timedelta(days=1))
    assert state(link)[2]


class Slow(EmailBackend):
    """A mail server that takes a letter only when two senders are at it."""

    together = None

    def send_messages(self, messages):
        self.together.wait(10)
        return super().send_messages(messages)


@pytest.mark.django_db(transaction=True)
def test_two_senders_at_once_send_each_letter_once(settings, tmp_path, monkeypatch):
    for number in range(4):
        intake = make_sent(email=f"ada{number}@example.org")
        outbox.write(intake, LetterKind.RECEIVED, key=number)
    settings.EMAIL_BACKEND = f"{__name__}.Slow"
    # Each waits for the other with a letter in hand: neither blocks the other.
    monkeypatch.setattr(Slow, "together", Barrier(2))
    if connection.vendor == "sqlite":
        copy = str(tmp_path / "copy.sqlite3")
        with connection.cursor() as cursor:
            cursor.execute("VACUUM INTO %s", [copy])
        # Two that both turn the log on at once would not wait for one another.
        with closing(sqlite3.connect(copy)) as database:
            database.execute("PRAGMA journal_mode=WAL")
        monkeypatch.setitem(connections.settings["default"], "NAME", copy)

    def send(now):
        try:
            return outbox.send_due(now)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(2) as senders:
        counts = list(senders.map(send, [timezone.now()] * 2))
    assert counts == [{"sent": 2}, {"sent": 2}]
    assert sorted(each.to[0] for each in mail.outbox) == [
        f"ada{number}@example.org" for number in range(4)
    ]


# Background tasks


@pytest.fixture
def work(monkeypatch):
    """Return a function that runs a worker until no task is ready."""
    # A worker drops a connection that is inside a transaction, and here a test is one.
    monkeypatch.setattr(db_worker, "close_old_connections", lambda: None)

    def run_worker():
        db_worker.Worker(
            queue_names=["default"],
            excluded_queue_names=[],
            backend_name="default",
            interval=0,
            batch=True,
            startup_delay=False,
            max_tasks=None,
            worker_id="one",
        ).run()

    return run_worker


def has_task(letter):
    """Return whether a task waits for the moment when a letter is due."""
    letter.refresh_from_db()
    waiting = DBTaskResult.objects.filter(status="READY", run_after=letter.due_at)
    return waiting.exists()


def test_a_letter_is_sent_by_a_worker(work):
    letter = write()
    work()
    assert state(letter) == ("", 1, True, False)
    assert [each.to for each in mail.outbox] == [[ADDRESS]]


def test_a_task_goes_with_the_transaction_that_wrote_its_letter():
    with transaction.atomic():
        write()
        assert DBTaskResult.objects.count() == 1
        transaction.set_rollback(True)
    assert not DBTaskResult.objects.exists()


def test_the_same_letter_is_enqueued_once():
    intake = make_sent()
    write(intake)
    write(intake)
    assert DBTaskResult.objects.count() == 1


def test_whenever_a_letter_becomes_due_a_task_waits_for_it(settings, server):
    now = timezone.now()
    later = outbox.write(make_sent(), "plan", key="a", due_at=now + timedelta(hours=1))
    assert has_task(later)
    server.answers["RCPT"] = "450 later"
    letter = write()
    DBTaskResult.objects.all().delete()
    outbox.send_due(now := timezone.now())
    # One for its next attempt; one for the end of the lease, should a worker be killed.
    assert has_task(letter)
    assert set(DBTaskResult.objects.values_list("run_after", flat=True)) == {
        now + outbox.BACK_OFF[0],
        now + outbox.LEASE,
    }
    DBTaskResult.objects.all().delete()
    ada = User.objects.create_user("ada")
    outbox.try_again(Letter.objects.filter(pk=letter.pk), timezone.now(), by=ada)
    assert has_task(letter)


def test_a_letter_that_is_held_back_is_enqueued_for_the_day_after():
    for number in range(outbox.LETTERS_A_DAY + 1):
        write(make_sent(), key=number)
    DBTaskResult.objects.all().delete()
    outbox.send_due(timezone.now())
    assert has_task(Letter.objects.get(sent_at=None))


def test_a_task_that_comes_again_sends_nothing_twice(work):
    letter = write()
    outbox.send_letters.enqueue()
    work()
    work()
    assert len(mail.outbox) == 1
    assert state(letter)[1:3] == (1, True)


def test_no_task_keeps_anything_of_a_patient(work, server, monkeypatch, told):
    server.answers["RCPT"] = f"550 no such user {ADDRESS}"
    letter = write(make_sent(name="Ada Zebrafinch"))
    work()

    def fail(now):
        raise DatabaseError(f"DETAIL: Failing row contains ({ADDRESS})")

    monkeypatch.setattr(outbox, "_claim", fail)
    write(key="two")
    work()
    statuses = DBTaskResult.objects.values_list("status", flat=True)
    assert sorted(statuses) == ["FAILED", "READY", "SUCCESSFUL"]
    kept = [*DBTaskResult.objects.values_list(), told()]
    private = (ADDRESS, "Zebrafinch", letter.intake.token, letter.intake.reference)
    assert [each for each in private if each in str(kept)] == []
    assert "TaskFailed: DatabaseError" in DBTaskResult.objects.failed().get().traceback


def test_staff_have_no_page_of_tasks(admin_client):
    assert admin_client.get("/admin/django_tasks_database/").status_code == 404


@pytest.fixture
def site(tmp_path, server):
    """Return a function that starts a worker on a copy of the database, and the copy."""
    if connection.vendor != "sqlite":
        pytest.skip("copies the database of the tests as a file")
    path = tmp_path / "clinic.sqlite3"

    def start(*arguments):
        if not path.exists():
            path.write_bytes(connection.connection.serialize())
        env = {
            "DATABASE_URL": f"sqlite:///{path}",
            "DEBUG": "on",
            "EMAIL_URL": "smtp://{}:{}".format(*server.tcp.server_address),
            "SECRET_KEY": configured.SECRET_KEY,
        }
        return subprocess.Popen(
            [sys.executable, "manage.py", "db_worker", "--no-reload", *arguments],
            cwd=configured.BASE_DIR,
            env=os.environ | env,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    return start, path


def test_a_worker_ends_when_asked_to(site, server):
    write()
    start, _path = site
    with start("--no-startup-delay") as worker:
        while (line := worker.stdout.readline()) and "SUCCESSFUL" not in line:
            pass
        worker.terminate()
    assert (len(server.recipients), worker.returncode) == (1, 0)


def test_a_worker_that_is_killed_loses_no_letter(site, server):
    """Killed when the mail server has the letter, and has not said yes."""
    write()
    start, path = site
    with start("--no-startup-delay") as worker:
        server.answers["."] = lambda: worker.kill() or "250 taken"
        worker.wait(30)
    del server.answers["."]
    with closing(sqlite3.connect(path)) as database, database:
        database.execute("PRAGMA journal_mode=WAL")
        letter = "SELECT attempts, sent_at, due_at FROM consultations_letter"
        [(attempts, sent_at, due_at)] = database.execute(letter)
        assert (attempts, sent_at) == (1, None)
        tasks = "django_tasks_database_dbtaskresult"
        ready = f"SELECT run_after FROM {tasks} WHERE status = 'READY'"
        assert database.execute(ready).fetchall() == [(due_at,)]
        # The lease ends.
        database.execute(
            "UPDATE consultations_letter SET due_at = '2026-01-01 00:00:00'"
        )
        database.execute(f"UPDATE {tasks} SET run_after = '2026-01-01 00:00:00'")
    with start("--batch", "--no-startup-delay") as worker:
        worker.wait(30)
    with closing(sqlite3.connect(path)) as database:
        [(attempts, sent_at, _due)] = database.execute(letter)
    assert (attempts, bool(sent_at), len(server.recipients)) == (2, True, 2)
    assert len(server.ids) == 2
    assert len(set(server.ids)) == 1


# In the admin

OUTBOX = "/admin/consultations/letter/"
TEXTS = "/admin/consultations/lettertemplate/"


def client_with(*codenames, username="anna"):
    user = User.objects.create_user(username, is_staff=True)
    user.user_permissions.set(
        Permission.objects.filter(
            content_type__app_label="consultations", codename__in=codenames
        )
    )
    client = Client()
    client.force_login(user)
    return client


def rows(client, **query):
    return [
        str(letter.key)
        for letter in client.get(OUTBOX, query).context["cl"].result_list
    ]


def make_letters():
    """Make one letter that waits, one that is sent, one that is given up."""
    intake, now = make_sent(), timezone.now()
    Letter.objects.bulk_create(
        Letter(intake=intake, kind="plan", key=key, due_at=now, **fields)
        for key, fields in {
            "waiting": {},
            "sent": {"sent_at": now, "attempts": 1},
            "given_up": {"given_up_at": now, "attempts": 1, "error": "refused"},
        }.items()
    )
    return intake


@pytest.mark.parametrize("state", ["waiting", "sent", "given_up"])
def test_the_outbox_is_told_apart_by_state(state):
    make_letters()
    client = client_with("view_letter")
    assert rows(client) == ["given_up", "sent", "waiting"]
    assert rows(client, state=state) == [state]


def test_the_outbox_says_what_to_do_and_shows_no_address_or_text():
    make_letters()
    client = client_with("view_letter")
    letter = Letter.objects.get(key="given_up")
    for url in (OUTBOX, f"{OUTBOX}{letter.pk}/change/"):
        page = client.get(url).content.decode()
        assert "The mail server says that there is no such address." in page
        assert ADDRESS not in page
    reader = client_with("view_letter", "read_answers", username="rita")
    assert ADDRESS in reader.get(OUTBOX).content.decode()


def test_the_outbox_costs_the_same_for_one_letter_and_for_many(count_queries):
    client = client_with("view_letter", "change_letter", "read_answers")
    write()
    for_one = count_queries(client, OUTBOX)
    for number in range(3):
        write(key=number)
    assert count_queries(client, OUTBOX) == for_one


def again(client):
    everything = Letter.objects.values_list("pk", flat=True)
    data = {"action": "try_again", "_selected_action": list(everything)}
    return client.post(OUTBOX, data)


def test_what_was_given_up_is_sent_when_somebody_says_so():
    make_letters()
    Letter.objects.filter(key="waiting").delete()
    assert again(client_with("view_letter", "change_letter")).status_code == 302
    assert run("send_letters") == [SENT_ONE]
    assert rows(client_with("view_letter", username="b"), state="sent") == [
        "given_up",
        "sent",
    ]


def test_a_letter_on_its_way_is_not_sent_again():
    letter, now = write(), timezone.now()
    # It has failed before, and another sender has it in hand.
    Letter.objects.update(error="SMTPDataError 451", attempts=1)
    outbox._claim(now)
    again(client_with("view_letter", "change_letter"))
    letter.refresh_from_db()
    assert letter.due_at == now + outbox.LEASE


def test_who_may_only_look_changes_nothing_in_the_outbox():
    make_letters()
    client = client_with("view_letter")
    again(client)
    assert Letter.objects.get(key="given_up").given_up_at is not None
    letter = Letter.objects.get(key="waiting")
    url = f"{OUTBOX}{letter.pk}/change/"
    assert client.post(url, {"attempts": 9}).status_code == 403
    assert client.post(f"{OUTBOX}{letter.pk}/delete/").status_code == 403
    assert client.get(f"{OUTBOX}add/").status_code == 403


def text_form(client, template, **changes):
    """Post a template's form as it is shown, but for the changes."""
    url = f"{TEXTS}{template.pk}/change/"
    form = client.get(url).context["adminform"].form
    shown = {name: form[name].value() for name in form.fields}
    return url, shown | changes


def save_text(**changes):
    client = client_with("view_lettertemplate", "change_lettertemplate")
    template = LetterTemplate.objects.get(kind="plan")
    response = client.post(*text_form(client, template, **changes))
    template.refresh_from_db()
    if response.status_code == 302:
        return template, {}
    return template, dict(response.context["adminform"].form.errors)


def test_what_staff_write_is_what_patients_read():
    template, errors = save_text(subject=" To \n read ", body="See\r\n\r\n{link}")
    assert errors == {}
    assert (template.subject, template.body) == ("To read", "See\n\n{link}")
    intake = make_sent()
    write(intake, LetterKind.PLAN)
    run("send_letters")
    assert mail.outbox[0].body == f"See\n\n{link_of(intake)}\n"


@pytest.mark.parametrize(
    ("field", "text", "told"),
    [
        (
            "body",
            "{name} {link} {}",
            "Nothing takes the place of {name}, {}. Here you can use {link}, "
            "{reference}, {telephone}, {until}.",
        ),
        ("body", "Come", "Write {link} where the private link is to stand."),
        (
            "body",
            "Your skin, after the Laser: {link}",
            "Somebody else may see this. Say it without: skin, laser.",
        ),
        (
            "subject",
            "{link}",
            "Nothing takes the place of {link}. Here you can use {reference}.",
        ),
        (
            "subject",
            "Your scar",
            "Somebody else may see this. Say it without: scar.",
        ),
    ],
)
def test_what_an_e_mail_may_not_say_is_refused_with_words(field, text, told):
    before = LetterTemplate.objects.values_list(field).get(kind="plan")
    template, errors = save_text(**{field: text})
    assert errors == {field: [told]}
    assert (getattr(template, field),) == before


def test_the_second_of_two_who_edit_a_text_is_told():
    client = client_with("view_lettertemplate", "change_lettertemplate")
    template = LetterTemplate.objects.get(kind="plan")
    url, mine = text_form(client, template, subject="Mine")
    client.post(*text_form(client, template, subject="Theirs"))
    response = client.post(url, mine)
    assert response.context["adminform"].form.errors.keys() == {"subject"}
    assert LetterTemplate.objects.get(kind="plan").subject == "Theirs"
    assert client.post(url, mine | choices(response)).status_code == 302
    assert LetterTemplate.objects.get(kind="plan").subject == "Mine"


def test_a_text_of_a_kind_is_written_once_and_never_deleted():
    client = client_with(
        *(f"{verb}_lettertemplate" for verb in ("add", "change", "delete", "view"))
    )
    words = {"kind": "plan", "language": "en-gb", "subject": "Hi", "body": "{link}"}
    response = client.post(f"{TEXTS}add/", words)
    assert response.status_code == 200
    assert LetterTemplate.objects.filter(kind="plan").count() == 1
    template = LetterTemplate.objects.get(kind="plan")
    assert client.post(f"{TEXTS}{template.pk}/delete/").status_code == 403
