"""Nothing typed is lost: what is not right yet waits, and the private link leads back."""

import re
from datetime import date, timedelta

import pytest
from django.core import mail
from django.test import Client
from django.utils import timezone

from consultations.intake import statistics, steps
from consultations.letters import outbox
from consultations.models import Intake, Letter, StepTally
from tests.consultations.deciding import make_draft
from tests.consultations.factories import (
    CHECK,
    SAVED,
    START,
    answer,
    begin,
    born,
    draft_of,
    fill_in,
    page,
    token_held,
)
from tests.consultations.patients import html_of, token_in

pytestmark = pytest.mark.django_db

UNFINISHED = "You have not finished this page. What you typed is still here."


def shown(client, slug, number=None):
    """Return what a page's inputs hold, {name: value}, and whether it is unfinished."""
    response = client.get(page(slug, number))
    values = {field.name: field.value() for field in response.context["form"]}
    return values, UNFINISHED in response.content.decode()


def unfinished(client):
    return [page.key for page, _title in client.get(CHECK).context["unfinished"]]


# Come back later


def test_what_is_valid_is_an_answer_also_when_somebody_stops_there(client):
    response = answer(begin(client), "you", later="yes")
    assert (response.status_code, response["Location"]) == (302, SAVED)
    draft = draft_of(client)
    assert (draft.name, draft.done, draft.typed) == ("Ada Okafor", ["you"], {})


@pytest.mark.parametrize(
    ("slug", "number", "typed"),
    [
        ("you", None, {"name": " ", "date_of_birth": ["31", "2", "86"]}),
        ("scar-look", 1, {"age_amount": "a while", "age_unit": "years"}),
        ("scar-cause", 1, {"body_site": "", "side": "left"}),
        ("scar-treated", 1, {"prior_treatments": ["none", "silicone"]}),
        ("health", None, {"pregnant": "yes", "immunosuppressed": ""}),
        ("health", None, {"pregnant": "yes", "ticked": ["smoker", "none"]}),
        ("wishes", None, {"wish": "x" * 2001, "wants": ["subcision"]}),
        ("contact", None, {"email": "ada@", "telephone": "ask my mother"}),
    ],
)
@pytest.mark.parametrize("later", ["", "yes"])
def test_what_is_not_right_yet_waits_as_it_was_typed(
    client, slug, number, typed, later
):
    begin(client)
    posted = {name: value or "" for name, value in typed.items()}
    if "date_of_birth" in posted:
        parts = zip(("day", "month", "year"), posted.pop("date_of_birth"), strict=True)
        posted |= {f"date_of_birth_{part}": value for part, value in parts}
    response = answer(
        client, slug, number, **posted, **{"later": later} if later else {}
    )
    assert response.status_code == (302 if later else 200)
    values, says_so = shown(client, slug, number)
    assert {name: values[name] for name in typed} == typed
    assert says_so
    assert b"There is a problem" not in client.get(page(slug, number)).content
    key = f"{slug}/{number}" if number else slug
    assert key in unfinished(client)
    assert draft_of(client).done == []


def test_a_right_answer_takes_the_place_of_what_was_typed(client):
    answer(begin(client), "you", name="")
    answer(client, "you", name="Ada")
    values, says_so = shown(client, "you")
    assert (values["name"], says_so, draft_of(client).typed) == ("Ada", False, {})


def test_an_answer_that_was_broken_again_keeps_the_intake_from_being_sent(client):
    fill_in(client)
    answer(client, "scar-look", 1, age_amount="", later="yes")
    assert unfinished(client) == ["scar-look/1"]
    assert client.post(CHECK).status_code == 200
    answer(client, "scar-look", 1)
    assert client.post(CHECK).status_code == 302


def test_nothing_but_the_pages_own_inputs_is_kept_and_no_nul(client):
    begin(client)
    answer(client, "wishes", wish="x\0" * 2001, secret="x", csrfmiddlewaretoken="y")
    assert draft_of(client).typed["wishes"] == {
        "preoccupied": ["no"],
        "wants": ["subcision"],
        "wish": ["x" * 2001],
    }


def test_an_empty_request_takes_nothing_away(client):
    answer(begin(client), "you", name="")
    before = draft_of(client).typed
    client.post(page("you"), {"name": "Ada"}, "application/json")
    assert draft_of(client).typed == before


def test_what_was_typed_goes_when_the_clinic_has_the_intake(client):
    fill_in(client)
    answer(client, "scar-surface", 1, pit_depth="", later="yes")
    answer(client, "scar-look", 1, elevation="flat")
    answer(client, "scar-edges", 1)
    client.post(CHECK)
    assert Intake.objects.get().typed == {}


def test_a_scar_taken_out_leaves_nothing_typed_behind(client):
    fill_in(client, scars=2)
    answer(client, "scar-look", 2, age_amount="")
    client.post("/consultation/remove-scar/2/")
    assert (draft_of(client).typed, unfinished(client)) == ({}, [])


# The private link


@pytest.mark.parametrize("name", ["Ada", ""])
def test_every_save_lets_the_draft_and_its_link_live_on(client, settings, name):
    begin(client)
    long_ago = timezone.now() - timedelta(days=13)
    Intake.objects.update(touched_at=long_ago, link_expires_at=long_ago)
    answer(client, "you", name=name)
    draft = draft_of(client)
    end = draft.touched_at + timedelta(days=settings.DRAFT_DAYS)
    assert timezone.now() - draft.touched_at < timedelta(minutes=1)
    assert abs(draft.link_expires_at - end) < timedelta(minutes=1)


def test_the_saved_page_shows_the_link_and_until_when_it_works(client):
    answer(begin(client), "you", later="yes")
    content = client.get(SAVED).content.decode()
    token = token_held(client)
    assert f">http://testserver/status/{token}/</a>" in content
    end = draft_of(client).link_expires_at
    assert f"until {end:%A} {end.day} {end:%B %Y}." in content
    assert f'href="{page("scar-cause", 1)}"' in content


def test_the_link_is_that_of_the_site_where_it_is_at_home(client, settings):
    settings.SITE_URL = "https://scars.example"
    begin(client)
    token = token_held(client)
    content = client.get(SAVED).content.decode()
    assert f">https://scars.example/status/{token}/</a>" in content


def test_the_link_is_sent_where_somebody_likes(client):
    answer(begin(client), "you")
    response = client.post(SAVED, {"email": "ada@example.org"})
    assert "Look for an e-mail to ada@example.org" in response.content.decode()
    letter = Letter.objects.get()
    assert (letter.kind, letter.intake, letter.intake.email) == (
        "link",
        draft_of(client),
        "ada@example.org",
    )
    client.post(SAVED, {"email": "ada@example.org"})
    assert Letter.objects.count() == 1
    assert shown(client, "contact")[0]["email"] == "ada@example.org"


def test_a_lost_link_finds_a_draft_by_the_address_of_its_saved_page(client):
    begin(client)
    answer(client, "you")
    client.post(SAVED, {"email": "early@example.org"})
    Letter.objects.all().delete()
    lost = {"contact": "early@example.org", **born(40)}
    Client().post("/consultation/link/", lost)
    assert [letter.intake for letter in Letter.objects.all()] == [draft_of(client)]


# Two windows at once


def just_before_writing(monkeypatch, act):
    """Let another request come between what a page reads and its lock, once."""
    load, waiting = steps.Route.load, [act]

    def load_after(route):
        if waiting:
            waiting.pop()()
        return load(route)

    monkeypatch.setattr(steps.Route, "load", load_after)


def test_what_another_window_saves_meanwhile_is_not_lost(client, monkeypatch):
    fill_in(client)
    just_before_writing(monkeypatch, lambda: answer(client, "you", name="Ada Weiss"))
    assert answer(client, "skin", fitzpatrick="5").status_code == 302
    draft = draft_of(client)
    assert (draft.name, draft.fitzpatrick) == ("Ada Weiss", "5")
    assert {"skin", "you"} <= set(draft.done)


def test_of_one_page_in_two_windows_the_later_answer_counts(client, monkeypatch):
    fill_in(client)
    just_before_writing(monkeypatch, lambda: answer(client, "you", name="Ada Weiss"))
    answer(client, "you")
    assert draft_of(client).name == "Ada Okafor"


def test_a_page_posted_while_another_window_sends_changes_nothing(client, monkeypatch):
    fill_in(client)
    just_before_writing(monkeypatch, lambda: client.post(CHECK))
    response = answer(client, "you", name="Somebody else")
    assert response["Location"].startswith("/status/")
    assert Intake.objects.get().name == "Ada Okafor"


def test_an_address_that_was_put_right_within_the_minute_gets_the_link_too(
    client, settings
):
    settings.SITE_URL = "https://scars.example"
    answer(begin(client), "you")
    for email in ("wrogn@example.org", "right@example.org"):
        client.post(SAVED, {"email": email})
        outbox.send_due(timezone.now())
    told = [letter.to for letter in mail.outbox]
    assert told == [["wrogn@example.org"], ["right@example.org"]]
    assert not [
        key for key in Letter.objects.values_list("key", flat=True) if "@" in key
    ]


def test_the_link_is_no_way_to_change_the_address_in_the_answers(client):
    fill_in(client)
    response = client.post(SAVED, {"email": "sister@example.org"})
    told = ["Change your e-mail address on the contact page."]
    assert response.context["form"].errors == {"email": told}
    assert f'href="{page("contact")}"' in html_of(response)
    assert (draft_of(client).email, Letter.objects.count()) == ("ada@example.org", 0)
    response = client.post(SAVED, {"email": "ada@example.org"})
    assert response.context["sent_to"] == "ada@example.org"
    assert Letter.objects.count() == 1


@pytest.mark.parametrize("email", ["", "ada@", "x" * 300 + "@example.org"])
def test_a_wrong_address_is_named_and_gets_no_letter(client, email):
    response = begin(client).post(SAVED, {"email": email})
    assert list(response.context["form"].errors) == ["email"]
    assert b"error-summary" in response.content
    assert (Letter.objects.count(), draft_of(client).email) == (0, "")


def test_links_are_not_sent_without_end(client):
    begin(client)
    codes = [
        client.post(SAVED, {"email": "ada@example.org"}).status_code
        for _try in range(6)
    ]
    assert codes == [200] * 5 + [429]


def test_somebody_who_stops_after_a_red_flag_still_reads_what_to_do(client):
    begin(client)
    response = answer(client, "health-changes", rf_infection="yes", later="yes")
    assert response["Location"] == SAVED
    assert b"Please speak to a doctor today." in client.get(SAVED).content


def test_the_saved_page_changes_nothing_and_needs_a_draft(client):
    assert client.get(SAVED)["Location"] == START
    begin(client)
    before = Intake.objects.values().get()
    client.get(SAVED)
    client.head(SAVED)
    assert Intake.objects.values().get() == before


def test_a_page_that_is_only_read_changes_nothing(client):
    answer(begin(client), "you", name="")
    before = Intake.objects.values().get(), list(StepTally.objects.values())
    for url in (
        START,
        page("you"),
        page("scar-cause", 1),
        page("scar-edges", 1),
        CHECK,
    ):
        client.get(url)
    assert (Intake.objects.values().get(), list(StepTally.objects.values())) == before


# How patients fare


def tallied(field):
    return {
        page: getattr(its, field)
        for page, its in statistics.since(date.min).items()
        if getattr(its, field)
    }


def test_each_page_counts_who_reaches_and_who_answers_it(client):
    answer(begin(client), "you", name="")
    answer(client, "you")
    answer(client, "scar-cause", 1, later="yes")
    assert tallied("reached") == {"you": 1, "scar-cause": 1}
    assert tallied("completed") == {"you": 1, "scar-cause": 1}
    assert tallied("errors") == {"you": 1}


def test_sending_is_counted_once(client):
    fill_in(client)
    client.post(CHECK)
    client.post(CHECK)
    assert tallied("reached")["check"] == tallied("completed")["check"] == 1


# Two intakes in one browser


def typed_in(response):
    """Return what a form of a page carries, to be taken for the same intake."""
    found = re.search(
        r'<input type="hidden" name="intake" value="([^"]+)">', html_of(response)
    )
    return {"intake": found[1]}


def test_what_was_typed_for_one_is_not_kept_for_another_opened_since(client):
    first = begin(client)
    shown, one = client.get(page("you")), draft_of(first)
    client.post(START, {"anew": "yes"})
    two = draft_of(client)
    assert one != two
    answer(client, "you", name="Ada", **typed_in(shown))
    assert [Intake.objects.get(pk=each.pk).name for each in (one, two)] == ["Ada", ""]
    # And the browser goes on with the one that it has just answered.
    assert draft_of(client) == one


def test_send_sends_the_intake_whose_answers_were_read(client):
    one = draft_of(fill_in(client))
    shown = client.get(CHECK)
    client.post(START, {"anew": "yes"})
    two = draft_of(fill_in(client))
    client.post(CHECK, typed_in(shown))
    assert [Intake.objects.get(pk=each.pk).is_draft for each in (one, two)] == [
        False,
        True,
    ]


def test_a_link_alone_stands_for_no_browser(client):
    intake, link = make_draft()
    for bare in (token_in(link), f"{token_in(link)}:{'x' * 43}"):
        client.cookies["intake"] = bare
        assert "date_of_birth" in html_of(client.get(link))
        answer(client, "you", name="Eve", intake=bare)
        assert Intake.objects.get(pk=intake.pk).name == intake.name
