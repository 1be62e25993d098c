"""A log must not open a patient's page."""

import io
import json
import logging
import re
import sys
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

import pytest
from django.core.handlers.wsgi import WSGIHandler
from django.db import IntegrityError, connection, transaction
from django.test import Client, RequestFactory

from consultations.models import Intake
from scarclinic import logs, request_counts
from scarclinic.staff.models import User

ODD = "very-odd"


@contextmanager
def told():
    """Yield what the site writes to its log meanwhile, as a file."""
    [handler] = [each for each in logging.getLogger("django").handlers if each.filters]
    written = io.StringIO()
    console = handler.setStream(written)
    try:
        yield written
    finally:
        handler.setStream(console)


def test_the_token_of_a_private_link_stays_out_of_the_log(db):
    _intake, token = Intake.objects.begin()
    with told() as written:
        assert Client().get(f"/status/{token}/x/").status_code == 404
    assert written.getvalue().endswith(" django.request: Not Found: /status/…/x/\n")


def test_no_code_of_a_short_address_reaches_a_log(db):
    code = "F7K9QD-M2C4TX-9QRW7H"
    paths = (f"/go/{code}/", f"/go/{code.lower()}/x/", f"/GO/{code}/", f"/{code}")
    with told() as written:
        for path in paths:
            Client().get(path)
    assert code not in written.getvalue().upper()
    assert written.getvalue().count("Not Found") == 4


def test_a_private_link_that_is_copied_badly_stays_out_of_the_log_too(db):
    _intake, token = Intake.objects.begin()
    with told() as written:
        for path in (f"/STATUS/{token}/", f"/status//{token}/", f"/{token}"):
            assert Client().get(path).status_code == 404
    assert written.getvalue().count("Not Found: /") == 3
    assert token not in written.getvalue()


def test_the_token_of_a_link_for_a_password_stays_out_of_the_log(db):
    with told() as written:
        logging.getLogger("django.request").warning("At /admin/password/1-c0ffee/")
        logging.getLogger("django.request").warning("At /admin/password/sent/")
    assert "c0ffee" not in written.getvalue()
    assert "At /admin/password/…/\n" in written.getvalue()
    assert "At /admin/password/sent/\n" in written.getvalue()


QUOTING = "Failed.\nDETAIL:  Failing row contains (1, very-odd, /status/AbC/)."


@pytest.mark.parametrize(
    "name", ["django.scarclinic", "django_tasks", "django_tasks_db", "gunicorn.error"]
)
def test_no_handler_of_any_library_gets_a_row_that_a_database_quotes(name):
    written = io.StringIO()
    stranger = logging.StreamHandler(written)
    logger = logging.getLogger(name)
    logger.addHandler(stranger)
    try:
        logger.error("At %s", "/status/AbC/", exc_info=IntegrityError(QUOTING))
        logger.error("%d", "/status/AbC/")
    finally:
        logger.removeHandler(stranger)
    assert "At /status/…/\n" in written.getvalue()
    assert "IntegrityError: Failed." in written.getvalue()
    assert "AbC" not in written.getvalue()
    assert ODD not in written.getvalue()


def test_what_a_library_says_is_a_line_as_any_other():
    with told() as written:
        logging.getLogger("django_tasks").error("Task failed")
    assert written.getvalue().endswith("Z ERROR django_tasks: Task failed\n")


@pytest.mark.parametrize("host", ["evil.example", "a b", "x" * 300])
def test_a_host_that_is_not_ours_costs_one_line(host):
    with told() as written:
        assert Client(HTTP_HOST=host).get("/treatments/").status_code == 400
    [line] = written.getvalue().splitlines()
    assert " ERROR django.security.DisallowedHost: Invalid HTTP_HOST header: " in line


def test_another_request_that_is_refused_is_told_of_without_a_traceback(db, settings):
    settings.DATA_UPLOAD_MAX_NUMBER_FIELDS = 1
    with told() as written:
        typed = {"login": "clara", "password": "x"}
        assert Client().post("/admin/login/", typed).status_code == 400
    [line] = written.getvalue().splitlines()
    assert " ERROR django.security.TooManyFieldsSent: " in line


@pytest.mark.skipif(connection.vendor == "sqlite", reason="SQLite quotes no row")
def test_a_row_that_the_database_quotes_stays_out_of_the_log(db):
    intake, _token = Intake.objects.begin()
    with told() as written:
        with pytest.raises(IntegrityError) as failed, transaction.atomic():
            Intake.objects.filter(pk=intake.pk).update(status=ODD)
        logger = logging.getLogger("django.scarclinic")
        logger.error("It failed.", exc_info=failed.value)
    assert ODD in str(failed.value)
    assert "consultations_intake_sent_is_whole" in written.getvalue()
    assert ODD not in written.getvalue()


def test_a_line_says_when_in_utc_how_grave_and_what(db):
    with told() as written:
        Client().get("/nowhere/")
    moment = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z"
    said = "WARNING django.request: Not Found: /nowhere/"
    assert re.fullmatch(f"{moment} {said}\n", written.getvalue())
    at = datetime.fromisoformat(written.getvalue().split()[0])
    assert abs(datetime.now(UTC) - at) < timedelta(minutes=1)


def test_who_is_refused_a_page_is_named_by_number(db):
    editor = User.objects.create_user("editor", is_staff=True)
    client = Client()
    client.force_login(editor)
    with told() as written:
        assert client.get("/admin/consultations/plan/").status_code == 403
    [line] = written.getvalue().splitlines()[:1]
    assert "Forbidden" in line
    assert line.endswith(f"/admin/consultations/plan/ (account {editor.pk})")


def test_nobody_writes_a_line_of_their_own_into_the_log(db):
    with told() as written:
        Client().get("/nowhere%0A2026-01-01 CRITICAL forged%1B[2J%C2%85%E2%80%A8/")
        logging.getLogger("django.scarclinic").error("A\nB")
        error = ValueError("Odd:\n2026-01-01 forged")
        logging.getLogger("django.scarclinic").error("C", exc_info=error)
    lines = written.getvalue().splitlines()
    assert [line for line in lines if line[0] != " "] == lines[:3]
    assert r"/nowhere\n2026-01-01 CRITICAL forged\x1b[2J" in lines[0]
    assert lines[1].endswith(r"A\x0aB")


def test_an_error_that_ends_a_command_quotes_no_row_either(capsys):
    try:
        raise IntegrityError(QUOTING)
    except IntegrityError:
        sys.excepthook(*sys.exc_info())
    printed = capsys.readouterr().err
    assert "test_logs.py" in printed
    assert "IntegrityError: Failed." in printed
    assert ODD not in printed
    assert "AbC" not in printed


# As JSON


@contextmanager
def told_as_json():
    """Yield a function that returns the lines written meanwhile, as objects."""
    [handler] = [each for each in logging.getLogger("django").handlers if each.filters]
    before = handler.formatter
    handler.setFormatter(logs.Json())
    try:
        with told() as written:
            yield lambda: [json.loads(line) for line in written.getvalue().splitlines()]
    finally:
        handler.setFormatter(before)


def test_a_line_of_json_says_as_much_and_no_row(db):
    editor = User.objects.create_user("editor", is_staff=True)
    client = Client()
    client.force_login(editor)
    with told_as_json() as lines:
        client.get("/admin/consultations/plan/")
        error = IntegrityError(QUOTING)
        logging.getLogger("django.scarclinic").error("A\nB /go/AbC/", exc_info=error)
    refused, failed = lines()
    assert refused["account"] == editor.pk
    assert refused["message"].endswith("/admin/consultations/plan/")
    assert (failed["level"], failed["logger"]) == ("ERROR", "django.scarclinic")
    assert failed["message"] == r"A\x0aB /go/…/"
    assert "IntegrityError: Failed." in failed["trace"]
    assert ODD not in str(failed)
    assert datetime.fromisoformat(failed["at"])


def ask(path, *, number=None, application=None):
    """Ask as a web server does; return the status line."""
    environ = RequestFactory().get(path).environ
    if number:
        environ["HTTP_X_REQUEST_ID"] = number
    began = []
    counted = request_counts.Counted(application or WSGIHandler())
    list(counted(environ, lambda line, *_rest: began.append(line)))
    return began[-1]


def test_each_request_has_a_number_of_its_own_and_that_of_the_proxy(db, settings):
    given = "0123456789abcdef0123456789abcdef"
    with told_as_json() as lines:
        ask("/nowhere/")
        ask("/nowhere/", number=given)
        settings.BEHIND_PROXY = True
        ask("/nowhere/", number=given)
        ask("/nowhere/", number="forged\ngiven number")
    numbers = [line["request"] for line in lines()]
    assert numbers[2] == given
    assert len(set(numbers)) == 4
    assert all(re.fullmatch("[0-9a-f]{16,32}", each) for each in numbers)
