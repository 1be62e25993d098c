"""Whose device it is: one's own is not asked again, and nobody is locked out for good."""

import pytest
from django.test import Client

from consultations.intake import devices
from consultations.models import Intake
from scarclinic.staff import throttle
from tests.consultations.deciding import make_plan
from tests.consultations.factories import (
    SAVED,
    START,
    answer,
    begin,
    draft_of,
    page,
    token_held,
)
from tests.consultations.patients import birthday, heading, html_of
from tests.consultations.test_devices import later

pytestmark = pytest.mark.django_db

DEVICE = "/consultation/device/"


def is_own(client):
    return devices.read(client.cookies["intake"].value).is_own


def test_who_says_at_the_start_that_the_device_is_their_own_is_not_asked_again(client):
    assert 'name="is_own"' in html_of(client.get(START))
    client.post(START, {"is_own": "on"})
    answer(client, "you")
    later(client, days=3)
    assert answer(client, "health-changes")["Location"] == page("scar-cause", 1)
    # And it holds for another one that is begun there, and once that is taken over.
    client.post(START, {"anew": "yes"})
    assert is_own(client)
    assert 'name="is_own"' not in html_of(client.get(START))
    other = begin()
    client.post(f"/status/{token_held(other)}/")
    assert is_own(client)
    assert draft_of(client) == Intake.objects.latest("pk")


def test_who_says_nothing_at_the_start_is_asked_after_the_hour(client):
    client.post(START)
    answer(client, "you")
    later(client, hours=2)
    assert "/status/" in client.get(page("health-changes"))["Location"]


def test_whose_device_it_is_is_chosen_on_the_saved_page_too(client):
    answer(begin(client), "you")
    assert "This is my own device: do not ask again" in html_of(client.get(SAVED))
    assert client.post(DEVICE, {"is_own": "yes"})["Location"] == SAVED
    assert is_own(client)
    later(client, days=3)
    assert "Others use it: ask after an hour" in html_of(client.get(SAVED))
    client.post(DEVICE, {"is_own": "no"})
    assert not is_own(client)
    assert heading(client.get(SAVED)) == "Your answers are kept"
    later(client, hours=2)
    link = f"/status/{token_held(client)}/"
    assert client.get(SAVED)["Location"] == link
    # Nobody who is asked chooses it instead.
    assert client.post(DEVICE, {"is_own": "yes"})["Location"] == link
    assert not is_own(client)


def test_the_saved_page_shows_the_date_that_will_be_asked_for(client):
    begin(client)
    assert "date of birth in your answers" not in html_of(client.get(SAVED))
    answer(client, "you")
    born = draft_of(client).date_of_birth
    shown = html_of(client.get(SAVED))
    assert f"The date of birth in your answers is 1 January {born.year}." in shown
    assert f'href="{page("you")}"' in shown


def test_a_mistyped_birthday_locks_nobody_out_for_good(client, monkeypatch):
    now = [1_800_000_000]
    monkeypatch.setattr(throttle, "time", lambda: now[0])
    answer(begin(client), "you", age=41)
    draft = draft_of(client)
    link = f"/status/{token_held(client)}/"
    later(client, hours=2)
    own = birthday(draft, year=draft.date_of_birth.year + 1)
    for code in [200] * 15 + [429]:
        refused = client.post(link, own)
        assert refused.status_code == code
        assert f'href="{START}">Begin again</a>' in html_of(refused)
        now[0] += throttle.HOUR / 4
    assert "Start a new one" in html_of(client.get(START))
    assert client.post(START, {"anew": "yes"})["Location"] == page("you")
    answer(client, "you")
    assert draft_of(client) != draft
    # What was sent is with the clinic, who can be called.
    plan = make_plan()
    assert "Begin again" not in html_of(Client().get(plan.link))
