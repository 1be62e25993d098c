"""How long an answer takes tells nobody whom we know."""

import pytest
from django.test import Client

from scarclinic.staff import steady
from scarclinic.staff.models import User
from tests.consultations.deciding import make_plan
from tests.consultations.patients import birthday

pytestmark = pytest.mark.django_db
FLOOR = 0.6
TAKES = 0.2


@pytest.fixture
def slept(monkeypatch):
    """Return what the site sleeps, by a clock on which a view takes `TAKES` seconds."""
    slept, clock = [], [0.0]

    def monotonic():
        clock[0] += TAKES
        return clock[0]

    monkeypatch.setattr(steady, "SECONDS", FLOOR)
    monkeypatch.setattr(steady, "monotonic", monotonic)
    monkeypatch.setattr(steady, "sleep", slept.append)
    return slept


def test_forms_that_ask_whether_we_know_somebody_take_as_long(slept):
    plan = make_plan()
    User.objects.create_user("doc", email="doc@example.org", is_staff=True)
    born = birthday(plan.intake)
    for url, typed in [
        ("/consultation/link/", {"contact": plan.intake.email, **born}),
        ("/consultation/link/", {"contact": "nobody@example.org", **born}),
        ("/admin/password/", {"email": "doc@example.org"}),
        ("/admin/password/", {"email": "nobody@example.org"}),
        ("/status/unknown/link/", {}),
    ]:
        slept.clear()
        assert Client().post(url, typed).status_code == 302
        assert slept == [pytest.approx(FLOOR - TAKES)], (url, typed)


def test_an_answer_that_took_longer_by_itself_waits_no_more(slept, monkeypatch):
    monkeypatch.setattr(steady, "SECONDS", TAKES / 2)
    Client().post("/consultation/link/", {})
    assert slept == [0]


def test_to_open_such_a_form_takes_no_longer(slept):
    for url in ("/consultation/link/", "/admin/password/"):
        assert Client().get(url).status_code == 200
    assert slept == []
