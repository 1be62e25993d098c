"""Every error a visitor can meet looks like the site, and costs no database."""

import re

import pytest
from django.core.exceptions import PermissionDenied, SuspiciousOperation
from django.http import Http404
from django.test import Client
from django.urls import path

from scarclinic.urls import urlpatterns as site

FAULTS = {
    "400": SuspiciousOperation,
    "403": PermissionDenied,
    "404": Http404,
    "500": ZeroDivisionError,
}


def fail(request, status):
    raise FAULTS[status]


urlpatterns = [*site, path("fail/<status>/", fail)]
pytestmark = pytest.mark.urls(__name__)


@pytest.fixture
def client():
    return Client(raise_request_exception=False, enforce_csrf_checks=True)


def heading(response):
    return re.findall(r"<h1>(.*?)</h1>", response.content.decode())


@pytest.mark.parametrize(
    ("status", "title"),
    [
        (400, "We could not read that request"),
        (403, "This page is not open to you"),
        (404, "We could not find that page"),
        (500, "Something went wrong on our side"),
    ],
)
def test_an_error_is_told_in_the_site_s_look(client, status, title):
    response = client.get(f"/fail/{status}/")
    assert (response.status_code, heading(response)) == (status, [title])
    assert b'href="/static/clinic/clinic.css"' in response.content
    assert b'class="site-header"' in response.content


def test_a_form_without_its_token_says_what_to_do(client):
    response = client.post("/fail/404/")
    assert response.status_code == 403
    assert heading(response) == ["The page was open too long"]


def test_an_unknown_address_names_no_code(client):
    response = client.get("/nowhere/")
    assert (response.status_code, heading(response)) == (
        404,
        ["We could not find that page"],
    )


def test_an_unknown_host_is_refused(client):
    response = client.get("/", headers={"host": "elsewhere.example"})
    assert response.status_code == 400
    assert heading(response) == ["We could not read that request"]
