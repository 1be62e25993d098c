"""No word that a patient or a clinician writes stands in clear anywhere at rest.

A walk with a word of its own in each free text: from the intake to a signed plan. Then
every table, every file, the log and the e-mails are searched for all of them.
"""

import json
import logging
import os
import subprocess
import sys
import tempfile

import pytest
from django.apps import apps
from django.conf import settings as configured
from django.core import mail
from django.core.management import call_command
from django.db import connection
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from consultations.care import messages as care
from consultations.intake import history
from consultations.models import Choice, Correction, Intake, Plan
from consultations.review import calls, erasure, safeguarding, workflow
from methods.models import Consent
from methods.protocol.vocabulary import ConsentUse
from scarclinic.staff.encryption import rotation
from scarclinic.staff.private_fields import Sealed
from tests.consultations.deciding import QUEUE, card_of, choices_for, desk
from tests.consultations.factories import (
    answer,
    begin,
    fill_in,
    make_clinician,
    send_intake,
)
from tests.consultations.photos.files import drawn, saved, upload
from tests.consultations.writing import make_sent

OF_PATIENT = {
    "name": "Quuxname Zebrafinch",
    "email": "quuxmail@quuxhost.example",
    "telephone": "+44 20 7946 9876",
    "ways": ["email", "call", "letter"],
    "ask_for": "Quuxsister",
    "postal_address": "Quuxlane 1",
    "date_of_birth_year": "1931",
    "date_of_birth_month": "3",
    "date_of_birth_day": "29",
    "wish": "Quuxwish",
    "body_site": "other",
    "site_words": "Quuxplace",
    "prior_treatments": ["other"],
    "treatment_words": "Quuxtried",
}
OF_GUARDIAN = {
    "guardian_name": "Quuxguardian",
    "guardian_telephone": "+44 20 7946 9321",
}
OF_CLINIC = ("note", "home_care", "sun_protection", "departure")
OF_DECISION = (
    "reason",
    "patient_words",
    "area",
    "device_settings",
    "before",
    "measure",
)
CANARIES = [
    *("Quux", "Zebrafinch", "quux", "zebrafinch", "1931-03-29"),
    *("7946 9876", "79469876", "7946 9321", "79469321"),
]
SIZE = (640, 480)


def make_everything(pages=("answers_pdf", "plan_pdf", "answers", "plan")):
    """Write a canary into each private field there is; return the sent intake.

    `pages` are the documents that staff open.
    """
    patient, clara = Client(), make_clinician("clara")
    fill_in(patient, photos="on", **OF_PATIENT)
    for slot in ("distance", "side"):
        url = reverse("consultations:keep_photo", args=[1, slot])
        sent = {f"{slot}-photo": upload(picture())}
        assert patient.post(url, sent).status_code == 302
    assert patient.post("/consultation/check/").status_code == 302
    plan = Plan.objects.get()
    intake = plan.intake
    Consent.objects.create(
        person_name="Quuxshown",
        shows="Quuxcheek",
        use=ConsentUse.RESULTS,
        given_on=timezone.localdate(),
        until_withdrawn=True,
        recorded_by=clara,
    )
    link = reverse("consultations:status", args=[intake.token])

    staff = Client()
    staff.force_login(clara)
    dora = make_clinician("dora")
    plan = workflow.hand_over(plan, clara, "Quuxhand", by=dora)
    plan = workflow.first_look(plan, "Quuxlook", by=clara)
    question = workflow.ask(plan, "Quuxquestion?", [], by=clara)
    asked = f"{link}question/{question.pk}/"
    assert patient.post(asked, {"answer": "Quuxanswer"}).status_code == 302
    # An address that nothing went to is told nothing when it is replaced.
    intake.letters.update(sent_at=timezone.now())
    contact = f"{link}correct/contact/"
    stands = patient.get(contact).context["shown"].stands
    typed = {"email": "quuxnew@zebrafinch.example", "telephone": "+44 20 7946 9876"}
    typed |= {name: OF_PATIENT[name] for name in ("ways", "ask_for", "postal_address")}
    assert patient.post(contact, typed | {"stands": stands}).status_code == 302
    assert Correction.objects.count() == 1
    safeguarding.note(intake, "Quuxworry", by=clara)
    calls.note(intake, "spoke", "Quuxcall", None, by=clara)
    history.link(intake, make_sent(), "Quuxpassport", by=clara)
    messages = f"{link}messages/"
    sent = {"key": "0" * 32, "text": "Quuxmessage"}
    assert patient.post(messages, sent).status_code == 302
    assert patient.post(messages, {"text": "Quuxtoolong" * 200}).status_code == 302
    care.write(intake, "Quuxquestioned", key="1" * 32, about="Quuxtreatment")
    newest = intake.messages.latest("pk").pk
    care.answer(intake, "Quuxreplied", key="2" * 32, seen=newest, by=clara)
    workflow.examine(plan, {(1, "elevation"): "depressed"}, how="in_person", by=clara)
    plan = Plan.objects.get(pk=plan.pk)
    said = {name: f"Quux{name}" for name in OF_DECISION}
    choices = choices_for(plan)
    pk = card_of(plan, "nothing-needed").pk
    choices[pk] = workflow.Decided(Choice.CHANGED, override_reason="other", **said)
    said = {name: f"Quux{name}" for name in OF_CLINIC}
    plan = workflow.decide(plan, choices, seen_edits=plan.edits, by=clara, **said)
    workflow.sign(plan, by=clara)

    staff.get(QUEUE, {"q": "zebrafinch"})
    for url in [
        desk(plan),
        *(
            reverse(f"admin:consultations_plan_{page}", args=[plan.pk])
            for page in pages
        ),
    ]:
        assert staff.get(url).status_code == 200
    for name in ("data/file/", "plan/1/", "answers/", "data/", "messages/"):
        assert b"".join(patient.get(f"{link}{name}"))
    patient.post(f"{link}data/erase/")
    intake = Intake.objects.get(pk=intake.pk)
    erasure.keep(intake.erasure_request, "Quuxkept", by=clara)

    Consent.objects.create(
        person_name="Quuxmodel",
        shows="Quuxcheek",
        use=ConsentUse.PEOPLE,
        given_on="2026-01-01",
        until_withdrawn=True,
        paper="folder 3",
        recorded_by=clara,
    )
    child = Client()
    fill_in(child, age=15, **OF_GUARDIAN)
    send_intake(age=16, **OF_GUARDIAN, second_email="quuxsecond@example.org")
    answer(child, "contact", email="quuxmail @ typed wrong", telephone="")
    begun = begin()
    answer(begun, "you", name="Quuxtyped", date_of_birth_month="13")
    return intake


def picture():
    return saved(drawn(*SIZE))


def found_in(parts):
    """Return [(where, which canary)] of {where: bytes}."""
    return sorted(
        (where, canary)
        for where, body in parts.items()
        for canary in CANARIES
        if canary.encode() in body
    )


def tables():
    """Return {table: all that the database itself has of it, as bytes}."""
    dumped = {}
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f"SELECT * FROM {connection.ops.quote_name(table)}")
            dumped[table] = repr(cursor.fetchall()).encode()
    return dumped


def files_of(folder):
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file()
    }


@pytest.fixture
def log(caplog):
    logger = logging.getLogger("django")
    logger.addHandler(caplog.handler)
    yield lambda: "\n".join(map(logging.Formatter().format, caplog.records))
    logger.removeHandler(caplog.handler)


@pytest.mark.django_db
def test_no_canary_stands_in_a_table_a_file_the_log_or_an_e_mail(
    settings, tmp_path, monkeypatch, log, django_capture_on_commit_callbacks
):
    settings.MEDIA_ROOT = tmp_path / "media"
    settings.SITE_URL = "https://clinic.example"
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr(tempfile, "tempdir", None)
    with django_capture_on_commit_callbacks(execute=True):
        intake = make_everything()
        call_command("send_letters")
    assert intake.name == OF_PATIENT["name"]
    assert len(mail.outbox) > 1
    letters = {
        each.subject: f"{each.subject}\n{each.body}".encode() for each in mail.outbox
    }
    searched = tables() | files_of(tmp_path) | letters | {"log": log().encode()}
    assert found_in(searched) == []
    kept = [body for name, body in searched.items() if name.startswith("media/photos/")]
    assert len(kept) == 2
    assert [
        body for body in kept if b"JFIF" in body or b"\xff\xd8\xff" in body[:30]
    ] == []


@pytest.mark.django_db
def test_the_walk_writes_into_every_private_field(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    # Documents are read, and write into none.
    make_everything(pages=())
    empty = [
        f"{model.__name__}.{name}"
        for model, names in rotation.private_fields().items()
        for name in names
        if not any(
            isinstance(value, Sealed)
            for value in model._default_manager.values_list(name, flat=True)
        )
    ]
    assert empty == []


def test_a_canary_would_be_found():
    assert found_in({"a": b"... Quuxname", "b": b"..."}) == [("a", "Quux")]


WALK = """
import json, os
import django
django.setup()
from django.test.utils import setup_test_environment
setup_test_environment()
from tests.consultations.test_at_rest import make_everything
make_everything()
print(json.dumps("done"), flush=True)
# Nothing is tidied up: the write-ahead log stays as it is.
os._exit(0)
"""


@pytest.mark.django_db
@pytest.mark.skipif(connection.vendor != "sqlite", reason="looks into SQLite's files")
def test_no_canary_stands_in_the_files_of_the_database(tmp_path):
    connection.ensure_connection()
    database = tmp_path / "clinic.sqlite3"
    database.write_bytes(connection.connection.serialize())
    done = subprocess.run(
        [sys.executable, "-c", WALK],
        cwd=configured.BASE_DIR,
        env=os.environ
        | {
            "DATABASE_URL": f"sqlite:///{database}",
            "DEBUG": "on",
            "DJANGO_SETTINGS_MODULE": "scarclinic.settings",
            "MEDIA_ROOT": str(tmp_path / "media"),
            "TMPDIR": str(tmp_path),
        },
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout.splitlines()[-1]) == "done"
    searched = files_of(tmp_path) | {"log": (done.stdout + done.stderr).encode()}
    assert "clinic.sqlite3-wal" in searched
    assert found_in(searched) == []


def test_nothing_private_is_of_a_kind_that_is_stored_in_clear():
    """Free text of a patient's that somebody adds as an ordinary field fails here."""
    codes = {"AnswerField", "ChoiceField", "RowKeyField"}
    known = {
        "Answer.question",
        "Card.until",
        "ConsentDecision.digest",
        "ConsentDecision.language",
        "Examination.name",
        "Facet.code",
        "Intake.indexed_with",
        "Intake.language",
        "Intake.code_hash",
        "Intake.link_nonce",
        "Intake.reference",
        "Intake.sent_with_hash",
        "Intake.token_hash",
        "Letter.error",
        "Letter.key",
        "MediaFolder.code",
        "Message.key",
        "Photo.name",
        "Photo.sealed_with",
        "Plan.currency",
        "Plan.first_signed_name",
        "Plan.registration_number",
        "Plan.rules_version",
        "Plan.signed_name",
        "SearchTerm.digest",
        "SecondAccess.link_nonce",
        "SecondAccess.token_hash",
        "StepTally.step",
        "Tombstone.digest",
        "Tombstone.key_id",
        "Assessment.rules_version",
    }
    of_clinic = {"ConsentText", "ConsentVersion", "LetterTemplate", "MessageTemplate"}
    private = rotation.private_fields()
    clear = {
        f"{model.__name__}.{field.name}"
        for model in apps.get_app_config("consultations").get_models()
        if model.__name__ not in of_clinic
        for field in model._meta.concrete_fields
        if field.get_internal_type() in ("CharField", "TextField")
        and not field.choices
        and type(field).__name__ not in codes
        and field.name not in private.get(model, [])
    }
    assert clear == known
