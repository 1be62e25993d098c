"""The private link: who may open it, and what it opens while a draft."""

import re

import pytest
from django.test import Client
from django.utils import timezone

from consultations.models import Letter
from consultations.review import workflow
from methods.models import Clinic
from methods.publishing import editions
from scarclinic.staff import throttle
from tests.consultations.deciding import make_draft, make_plan, sign_off
from tests.consultations.factories import (
    START,
    answer,
    begin,
    draft_of,
    make_clinician,
    page,
    token_held,
)
from tests.consultations.patients import (
    at,
    birthday,
    heading,
    holder_of,
    html_of,
    token_in,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def clara(db):
    return make_clinician()


@pytest.fixture
def telephone(db):
    Clinic.objects.update(telephone="020 7946 0999")
    editions.renew()


# Who may open it


def test_the_browser_that_sent_the_answers_opens_them_at_once():
    plan = make_plan()
    response = holder_of(plan.link).get(plan.link)
    assert heading(response) == "We have your answers"
    assert f">{plan.intake.reference}</strong>" in html_of(response)


def test_who_has_sent_is_told_what_is_next_and_not_asked_to_begin(clara):
    plan = make_plan()
    client = holder_of(plan.link)
    html = html_of(client.get(plan.link))
    assert "Describe your scar" not in html
    assert html.index("What happens next") < html.index("How far we are")
    assert f"by {plan.intake.promised_on:%A}" in html
    question = workflow.ask(plan, "When?", [], by=clara)
    asked = at(plan.link, "question", question.pk)
    html = html_of(client.get(plan.link))
    assert f'<a class="site-ask" href="{asked}">Answer our question</a>' in html
    html = html_of(client.get(at(plan.link, "own_data")))
    assert f'<a class="site-ask" href="{plan.link}">Where we are</a>' in html


def test_another_device_is_asked_for_the_date_of_birth_and_told_nothing(client):
    plan = make_plan()
    response = client.get(plan.link)
    assert (response.status_code, heading(response)) == (200, "This page is private")
    intake = plan.intake
    secrets = [intake.reference, intake.name, intake.email, intake.telephone]
    assert [each for each in secrets if each in html_of(response)] == []
    assert "intake" not in response.cookies


def test_the_right_date_of_birth_opens_it_and_is_remembered(client):
    plan = make_plan()
    response = client.post(plan.link, birthday(plan.intake))
    assert (response.status_code, response["Location"]) == (302, plan.link)
    assert token_held(client) == token_in(plan.link)
    assert heading(client.get(plan.link)) == "We have your answers"


def test_a_wrong_date_of_birth_opens_nothing_and_says_so(client):
    plan = make_plan()
    response = client.post(plan.link, birthday(plan.intake, year=1950))
    assert response.context["form"].errors == {
        "date_of_birth": [
            "This is not the date in the answers. Check day, month and year."
        ]
    }
    assert (response.status_code, heading(response)) == (200, "This page is private")
    assert "intake" not in response.cookies


@pytest.mark.parametrize("typed", [{}, {"date_of_birth_day": "31"}])
def test_no_whole_date_is_no_try(client, typed):
    plan = make_plan()
    for _try in range(10):
        assert client.post(plan.link, typed).status_code == 200
    assert client.post(plan.link, birthday(plan.intake)).status_code == 302


def test_the_number_to_call_stands_beside_the_reference_to_say(telephone):
    plan = make_plan()
    shown = html_of(holder_of(plan.link).get(plan.link))
    said = shown.partition("Say it when you call us.")[2].partition("</p>")[0]
    assert re.findall('<a href="(.*?)">', said) == ["tel:02079460999"]


def test_after_five_wrong_dates_even_the_right_one_must_wait(client, telephone):
    plan, other = make_plan(), make_plan()
    wrong = birthday(plan.intake, year=1950)
    tries = [client.post(plan.link, wrong).status_code for _try in range(6)]
    assert tries == [200] * 5 + [429]
    refused = Client().post(plan.link, birthday(plan.intake))
    assert (refused.status_code, heading(refused)) == (429, "Please wait a little")
    assert '<a href="tel:02079460999">020 7946 0999</a>' in html_of(refused)
    # Each link counts by itself, and who has the cookie needs no date.
    assert Client().post(other.link, birthday(other.intake)).status_code == 302
    assert holder_of(plan.link).get(plan.link).status_code == 200


def guess_to_the_end(plan, clock):
    """Type a wrong date of birth until the link is closed; return the last answer."""
    wrong = birthday(plan.intake, year=1950)
    for _guess in range(15):
        assert Client().post(plan.link, wrong).status_code == 200
        clock[0] += throttle.HOUR / 4
    return Client().post(plan.link, birthday(plan.intake))


@pytest.fixture
def clock(monkeypatch):
    now = [1_800_000_000]
    monkeypatch.setattr(throttle, "time", lambda: now[0])
    return now


def test_after_fifteen_wrong_dates_in_all_a_new_link_goes_to_the_patient(clock):
    plan = make_plan()
    refused = guess_to_the_end(plan, clock)
    assert (refused.status_code, heading(refused)) == (429, "This link is closed")
    assert holder_of(plan.link).get(plan.link).status_code == 404
    [letter] = Letter.objects.filter(kind="link")
    assert letter.intake == plan.intake
    plan.intake.refresh_from_db()
    new = f"/status/{plan.intake.token}/"
    assert Client().post(new, birthday(plan.intake)).status_code == 302


def test_without_an_address_a_link_stays_closed_to_other_devices(clock):
    plan = make_plan(email="")
    guess_to_the_end(plan, clock)
    clock[0] += 30 * throttle.DAY
    again = Client().post(plan.link, birthday(plan.intake))
    assert (again.status_code, heading(again)) == (429, "This link is closed")
    assert heading(holder_of(plan.link).get(plan.link)) == "We have your answers"


def test_the_right_date_counts_as_no_guess(clock):
    plan = make_plan()
    right = birthday(plan.intake)
    assert [Client().post(plan.link, right).status_code for _ in range(20)] == [
        302
    ] * 20


def test_a_patient_is_told_of_wrong_dates_and_makes_a_new_link_at_once(client):
    plan = make_plan()
    for _guess in range(2):
        client.post(plan.link, birthday(plan.intake, year=1950))
    owner = holder_of(plan.link)
    page = html_of(owner.get(plan.link))
    assert "typed a wrong date of birth 2 times" in page
    assert "typed a wrong date of birth at your link" in html_of(
        owner.get(at(plan.link, "own_data"))
    )
    new = owner.post(at(plan.link, "renew_link"))["Location"]
    assert Client().get(plan.link).status_code == 404
    assert heading(owner.get(new)) == "We have your answers"
    assert "typed a wrong date of birth" not in html_of(owner.get(new))


def test_who_only_has_the_link_makes_no_new_one(client):
    plan = make_plan()
    client.post(at(plan.link, "renew_link"))
    assert client.get(plan.link).status_code == 200


def test_the_cookie_of_one_intake_opens_no_other():
    mine, other = make_plan(), make_plan(name="Berta Quux")
    client = holder_of(mine.link)
    assert heading(client.get(other.link)) == "This page is private"
    names = ["answers", "own_data", "export", "withdraw", "add_photo"]
    answered = [client.get(at(other.link, name)) for name in names]
    assert {each["Location"] for each in answered} == {other.link}
    posted = [
        client.post(at(other.link, "erase")),
        client.post(at(other.link, "withdraw")),
        client.post(at(other.link, "take_back", "photos")),
    ]
    assert {each["Location"] for each in posted} == {other.link}
    other.intake.refresh_from_db()
    assert not other.intake.is_withdrawn
    assert not hasattr(other.intake, "erasure_request")


def test_a_question_or_plan_of_somebody_else_is_not_found_under_ones_own_link(clara):
    mine, other = make_plan(), make_plan()
    question = workflow.ask(other, "When?", [], by=clara)
    assert (
        holder_of(mine.link).get(at(mine.link, "question", question.pk)).status_code
        == 404
    )
    sign_off(mine, clara)
    sent = holder_of(mine.link)
    assert sent.get(at(mine.link, "plan", 1)).status_code == 200
    assert holder_of(other.link).get(at(other.link, "plan", 1)).status_code == 404


def test_an_unknown_link_says_so_and_how_to_get_a_new_one(client):
    response = client.get(f"/status/{'x' * 43}/")
    assert (response.status_code, heading(response)) == (404, "This link opens nothing")
    assert 'href="/consultation/link/"' in html_of(response)
    assert client.post("/status/forged/").status_code == 404


def test_every_other_page_of_an_unknown_link_leads_to_the_one_that_explains(client):
    for name in ("answers", "own_data", "export", "withdraw"):
        response = client.get(at("/status/forged/", name))
        assert response["Location"] == "/status/forged/"


@pytest.mark.parametrize("method", ["put", "patch", "delete"])
def test_a_link_answers_only_its_methods(client, method):
    assert getattr(client, method)(make_plan().link).status_code == 405


def test_a_mail_scanner_may_ask_for_the_head_alone(client):
    plan = make_plan()
    assert client.head(plan.link).status_code == 200
    assert holder_of(plan.link).head(plan.link).content == b""


# A draft


def test_a_draft_tells_how_far_it_is_until_when_it_is_kept_and_leads_on(client):
    answer(begin(client), "you")
    link = f"/status/{token_held(client)}/"
    response = client.get(link)
    html = html_of(response)
    intake = draft_of(client)
    assert heading(response) == "Your answers so far"
    assert f"{response.context['open']} pages are still open." in html
    assert response.context["open"] == response.context["count"] - 1
    assert f"until {timezone.localtime(intake.link_expires_at):%A} " in html
    next_page = client.get(START).context["resume"]
    assert f'<a class="button" href="{next_page}">Go on where you left</a>' in html


def test_a_finished_draft_leads_to_the_check_page():
    _intake, link = make_draft()
    html = html_of(holder_of(link).get(link))
    assert "Every page is answered. Nothing has been sent yet." in html
    assert '<a class="button" href="/consultation/check/">' in html


def test_a_draft_on_another_device_asks_for_the_date_of_birth_then_goes_on(client):
    answer(begin(client), "you", name="Zebedee Quux")
    link = f"/status/{token_held(client)}/"
    device = Client()
    asked = device.get(link)
    assert heading(asked) == "This page is private"
    assert "Quux" not in html_of(asked)
    device.post(link, birthday(draft_of(client)))
    assert "Zebedee Quux" in html_of(device.get(page("you")))


def test_a_draft_has_no_pages_of_what_is_sent():
    _intake, link = make_draft()
    client = holder_of(link)
    for name in ("answers", "own_data", "export", "withdraw"):
        assert client.get(at(link, name))["Location"] == link
    assert client.post(at(link, "erase"))["Location"] == link
