"""Database away, disk full: 503, nothing typed is lost, and whom to call stands there."""

import errno
import html
import re
from io import BytesIO

import pytest
from django.db import InterfaceError, OperationalError, connection
from django.http import HttpResponse
from django.test import Client
from django.urls import path

from methods.models import Clinic
from methods.publishing import editions
from scarclinic.urls import handler500 as handler500
from scarclinic.urls import urlpatterns as site
from tests.scarclinic.test_logs import told

FAULTS = {
    "away": OperationalError("row (Ada, itchy)"),
    "lost": InterfaceError(),
    "full": OSError(errno.ENOSPC, "No space left on device"),
    "read-only": OSError(errno.EROFS, "Read-only file system"),
    "missing": FileNotFoundError(errno.ENOENT, "No such file"),
    "bug": ZeroDivisionError(),
}
ANSWER = {"well": False, "got": None}


def fail(request, fault):
    if ANSWER["well"]:
        ANSWER["got"] = request.POST.dict()
        return HttpResponse("kept")
    raise FAULTS[fault]


urlpatterns = [*site, path("fail/<fault>/", fail)]
pytestmark = pytest.mark.urls(__name__)
TYPED = {
    "story": "It itches at night.\nSince May.",
    "name": "Ada",
    "scar_cause": "acne",
    "password": "kuvo-mira-tepo",
    "signed": "x" * 50,
}


@pytest.fixture
def client():
    ANSWER.update(well=False, got=None)
    return Client(raise_request_exception=False, enforce_csrf_checks=True)


def send(client, address="/fail/away/", data=TYPED):
    """Send a form as a page that was opened before has it."""
    token = "t" * 32
    client.cookies["csrftoken"] = token
    return client.post(address, data | {"csrfmiddlewaretoken": token})


@pytest.mark.parametrize(
    ("fault", "status"),
    [
        *(("away", 503), ("lost", 503), ("full", 503), ("read-only", 503)),
        *(("missing", 500), ("bug", 500)),
    ],
)
def test_what_passes_by_itself_is_a_503_and_a_bug_is_none(client, fault, status):
    response = client.get(f"/fail/{fault}/")
    assert response.status_code == status
    if status == 503:
        assert response["Retry-After"] == "30"
        assert "no-store" in response["Cache-Control"]


def test_what_was_typed_stands_there_to_copy(client):
    body = send(client).content.decode()
    [words] = re.findall(r"<textarea[^>]* readonly>([^<]*)<", body)
    assert html.unescape(words) == "It itches at night.\nSince May.\n\nAda"
    assert TYPED["password"] not in body


def test_what_was_typed_is_sent_again_by_a_button(client):
    body = send(client, "/fail/full/?x=1").content.decode()
    fields = re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)">', body)
    again = {name: html.unescape(value) for name, value in fields}
    [action] = re.findall(r'<form method="post" action="([^"]+)"', body)
    ANSWER["well"] = True
    assert client.post(html.unescape(action), again).content == b"kept"
    del ANSWER["got"]["csrfmiddlewaretoken"]
    assert ANSWER["got"] == {k: v for k, v in TYPED.items() if k != "password"}


def test_files_have_to_be_chosen_again(client):
    file = BytesIO(b"a photo")
    file.name = "scar.jpg"
    body = send(client, data={"photo": file, "slot": "side"}).content
    assert b"Only files have to be chosen again." in body


def test_no_log_has_what_was_typed(client):
    with told() as written:
        send(client)
    assert "OperationalError" in written.getvalue()
    assert "itches" not in written.getvalue()


@pytest.mark.django_db
@pytest.mark.parametrize("address", ["/", "/search/?q=acne", "/admin/", "/status/abc/"])
def test_every_page_says_whom_to_call_when_the_database_is_away(
    client, monkeypatch, address
):
    Clinic.objects.update(telephone="+43 1 234567")
    editions.renew()
    editions.current()
    client.cookies["sessionid"] = "somebody"

    def refuse(*args, **kwargs):
        raise OperationalError

    monkeypatch.setattr(connection, "cursor", refuse)
    response = client.get(address)
    assert response.status_code == 503
    assert b'<a href="tel:+43' in response.content
