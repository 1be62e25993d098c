"""The start: what it says, and what it notes of a robot without refusing anybody."""

import re
from time import time

import pytest
from django.core import signing
from django.test import Client
from django.utils import timezone

from consultations.intake import task_list
from consultations.intake.forms.start import SALT
from consultations.models import Intake, Letter, Plan
from methods.models import Clinic
from methods.publishing import editions
from scarclinic.staff import throttle
from tests.consultations.factories import (
    ANSWERS,
    CHECK,
    SAVED,
    START,
    begin,
    fill_in,
    page,
    token_held,
)

pytestmark = pytest.mark.django_db


def signed(opened):
    """Return what stands in a page that was opened so many seconds ago."""
    if isinstance(opened, str):
        return opened
    return signing.dumps(time() - opened, salt=SALT)


def inputs(response):
    """Return what a browser posts of the inputs that nobody sees."""
    content = response.content.decode()
    found = re.findall(r'name="(website|opened)"(?: value="(.*?)")?', content)
    return dict(found)


def test_the_start_says_how_long_it_takes_and_that_one_may_stop(client):
    content = client.get(START).content.decode()
    said = (
        f"It takes about {task_list.MINUTES} minutes. You can stop at any page and come "
        "back later."
    )
    assert said in content


@pytest.mark.parametrize(
    ("posted", "is_suspected"),
    [
        ({}, False),
        ({"website": "", "opened": ""}, False),
        ({"website": "http://buy.example"}, True),
        ({"opened": 0.2}, True),
        ({"opened": 5}, False),
        ({"opened": 60 * 60 * 24}, False),
        ({"opened": -30}, False),
        ({"opened": "forged"}, False),
    ],
)
@pytest.mark.parametrize("url", [START, CHECK])
def test_a_robot_is_noted_and_nobody_is_refused(client, url, posted, is_suspected):
    if url == CHECK:
        fill_in(client)
    if "opened" in posted:
        posted = posted | {"opened": signed(posted["opened"])}
    response = client.post(url, posted)
    onward = page("you") if url == START else f"/status/{token_held(client)}/"
    assert (response.status_code, response["Location"]) == (302, onward)
    # A person may press Start at once, and has not answered all pages by then.
    is_quick_start = url == START and posted.keys() == {"opened"}
    is_noted = is_suspected and not is_quick_start
    assert Intake.objects.get().is_suspected is is_noted
    assert Plan.objects.count() == (url == CHECK)


def test_all_pages_and_then_send_at_once_are_too_quick_for_a_person(client):
    fill_in(client)
    posted = inputs(client.get(CHECK))
    assert list(posted) == ["website", "opened"]
    client.post(CHECK, posted)
    assert Intake.objects.get().is_suspected


def test_nobody_is_written_to_because_of_a_robot(client):
    fill_in(client)
    client.post(CHECK, {"website": "x"})
    assert Plan.objects.count() == 1
    assert Letter.objects.due(timezone.now()).count() == 0


def test_a_link_is_not_promised_to_who_is_not_written_to(client):
    """Whose password manager fills the trap used to wait for an e-mail that never came."""
    client.post(START, {"website": "x"})
    html = client.get(SAVED).content.decode()
    assert "Send me the link" not in html
    assert "From here we can send no e-mail" in html
    response = client.post(SAVED, {"email": "ada@example.org"})
    assert "We send you the link" not in response.content.decode()
    assert Letter.objects.count() == 0


def test_the_trap_is_named_for_who_cannot_see_it(client):
    content = client.get(START).content.decode()
    assert '<label for="website">Leave this empty</label>' in content
    assert re.search(r'<input[^>]*name="website"[^>]*tabindex="-1"', content)


@pytest.fixture
def one_start_an_hour(monkeypatch):
    one = throttle.Rate(1, throttle.HOUR)
    monkeypatch.setitem(throttle.RATES, "start by address", one)


def test_too_many_starts_are_told_to_wait_or_to_call(client, one_start_an_hour):
    Clinic(telephone="020 7946 0999").save()
    editions.renew()
    begin(client)
    response = Client().post(START)
    content = response.content.decode()
    assert (response.status_code, Intake.objects.count()) == (429, 1)
    assert "Please wait a little" in content
    assert '<a href="tel:02079460999">020 7946 0999</a>' in content
    assert client.post(page("you"), ANSWERS).status_code == 302


def test_a_page_without_its_cookie_is_a_start_too(client, one_start_an_hour):
    begin(client)
    response = Client().post(page("scar-cause", 1), ANSWERS)
    assert (response.status_code, Intake.objects.count()) == (429, 1)
    assert "Go back one page" in response.content.decode()
