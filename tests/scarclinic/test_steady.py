"""How long an answer takes tells nobody whom we know."""

from time import monotonic

import pytest
from django.test import Client

from scarclinic.staff import steady
from scarclinic.staff.models import User
from tests.consultations.deciding import make_plan
from tests.consultations.patients import birthday

pytestmark = pytest.mark.django_db
FLOOR = 0.6


def took(url, typed):
    begun = monotonic()
    assert Client().post(url, typed).status_code == 302
    return monotonic() - begun


def test_forms_that_ask_whether_we_know_somebody_take_as_long(monkeypatch):
    plan = make_plan()
    User.objects.create_user("doc", email="doc@example.org", is_staff=True)
    monkeypatch.setattr(steady, "SECONDS", FLOOR)
    born = birthday(plan.intake)
    for url, typed in [
        ("/consultation/link/", {"email": plan.intake.email, **born}),
        ("/consultation/link/", {"email": "nobody@example.org", **born}),
        ("/admin/password/", {"email": "doc@example.org"}),
        ("/admin/password/", {"email": "nobody@example.org"}),
        ("/status/unknown/link/", {}),
    ]:
        assert took(url, typed) >= FLOOR, (url, typed)


def test_to_open_such_a_form_takes_no_longer(monkeypatch):
    monkeypatch.setattr(steady, "SECONDS", FLOOR)
    Client().get("/consultation/link/")
    begun = monotonic()
    Client().get("/consultation/link/")
    assert monotonic() - begun < FLOOR
