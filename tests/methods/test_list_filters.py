"""Choosing among treatments: what fits, what is not known, and what to do if none does."""

import re

import pytest

from methods.models import MEASURES, Method
from methods.publishing import editions, verbs
from methods.website import filters
from tests.methods.reading import (
    headings,
    html,
    links_in,
    listed,
    publish_copy,
    text_of,
)

pytestmark = pytest.mark.django_db

LIST = "/treatments/"


def shown(client, query):
    """Return the titles that a choice leaves."""
    return listed(html(client, f"{LIST}?{query}"))


def count(client, query):
    """Return the sentence that says how many."""
    return text_of(
        re.search(r"<strong>(.*?)</strong>", html(client, f"{LIST}?{query}"))[1]
    )


def titles(fits):
    """Return the titles of the live treatments for whose card a function is true."""
    cards = editions.current(catalogue=True).catalogue.treatments
    return sorted(card.title for card in cards if fits(card))


def at_most(card, name, most):
    """Return whether no known number of a card exceeds a limit."""
    numbers = (card.measures[f"{name}_{part}"] for part in ("from", "to", "most"))
    return all(number is None or number <= most for number in numbers)


def chosen(markup):
    """Return {filter: value} as the form shows it."""
    selects = re.findall(r'<select id="\w+" name="(\w+)">(.*?)</select>', markup, re.S)
    found = {
        name: re.findall(r'value="([^"]*)" selected', options)
        for name, options in selects
    }
    return {name: values[0] for name, values in found.items() if values}


@pytest.mark.parametrize(
    ("query", "fits"),
    [
        ("days=0", lambda card: at_most(card, "days_off", 0)),
        ("days=3", lambda card: at_most(card, "days_off", 3)),
        ("days=7", lambda card: at_most(card, "days_off", 7)),
        ("sessions=1", lambda card: at_most(card, "sessions", 1)),
        ("sessions=6", lambda card: at_most(card, "sessions", 6)),
        ("pain=none", lambda card: card.measures["pain_level"] == "none"),
        ("pain=low", lambda card: card.measures["pain_level"] in ("none", "low")),
        ("pain=moderate", lambda card: card.measures["pain_level"] != "high"),
        ("group=laser", lambda card: card.group == "laser"),
        (
            "scar=ice_pick",
            lambda card: "ice_pick" in card.lines or card.is_for_everyone,
        ),
        (
            "group=laser&days=7&pain=moderate",
            lambda card: (
                card.group == "laser"
                and at_most(card, "days_off", 7)
                and card.measures["pain_level"] != "high"
            ),
        ),
    ],
)
def test_the_list_shows_what_fits_every_choice(client, query, fits):
    found = titles(fits)
    assert 0 < len(found) < 34
    assert sorted(shown(client, query)) == found
    assert count(client, query) == f"{len(found)} of 34 treatments fit what you chose."


def test_without_a_choice_all_are_shown(client):
    assert (len(shown(client, "")), count(client, "")) == (34, "All 34 treatments.")


def test_the_form_keeps_what_was_chosen(client):
    query = "scar=rolling&days=7&pain=low&sessions=3&group=surgery"
    assert chosen(html(client, f"{LIST}?{query}")) == {
        "scar": "rolling",
        "days": "7",
        "pain": "low",
        "sessions": "3",
        "group": "surgery",
    }


@pytest.mark.parametrize(
    "query",
    ["days=2", "days=x", "pain=high", "sessions=-1", "group=x", "scar=everyone"],
)
def test_what_is_no_choice_is_ignored(client, query):
    assert html(client, f"{LIST}?{query}") == html(client, LIST)


def test_a_choice_can_be_taken_back(client):
    assert LIST in links_in(
        html(client, f"{LIST}?days=3").partition("Clear filters")[0]
    )
    assert "Clear filters" not in html(client, LIST)


def test_unknown_is_never_no(client):
    unknown = dict.fromkeys(MEASURES) | {"pain_level": ""}
    publish_copy("copy", of="dermabrasion", measures=unknown)
    for query, words in [
        ("days=0", "Days off not known"),
        ("sessions=1", "Sessions not known"),
        ("pain=none", "Pain not known"),
    ]:
        markup = html(client, f"{LIST}?{query}")
        copy = re.search(r">copy</a>.*?</tr>", markup, re.S)[0]
        assert re.findall(r'"tag tag--contested">([^<]+)', copy) == [words]
    assert "not known" not in html(client, LIST)


def test_who_chose_too_strictly_learns_which_choice_to_give_up(client):
    assert shown(client, "group=laser&days=0&pain=low") == []
    markup = html(client, f"{LIST}?group=laser&days=0&pain=low")
    card = re.search(r'<div class="care-card">.*?</div>', markup, re.S)[0]
    ways = [text_of(each) for each in re.findall(r"<li>.*?</li>", card, re.S)]
    assert ways == [
        "Days off: any (1 treatment)",
        "Kind of treatment: any (8 treatments)",
    ]
    for link in links_in(card):
        assert len(shown(client, link.removeprefix("?").replace("&amp;", "&"))) > 0


def test_advice_for_everyone_does_not_pass_for_a_treatment_that_fits(client):
    for slug in Method.objects.exclude(slug="sun-protection").values_list(
        "slug", flat=True
    ):
        cards = editions.current(catalogue=True).catalogue.methods
        if slug in {
            card.slug for card in cards if card.measures["pain_level"] == "none"
        }:
            verbs.unpublish(Method.objects.get(slug=slug))
    markup = html(client, f"{LIST}?pain=none")
    assert headings(markup, 2) == ["Choose less strictly", "Advice for everyone"]


def test_filters_are_pure_and_offered_in_the_order_of_their_names():
    offered = filters.filters({"ice_pick": "Ice-pick scars"})
    assert tuple(each.name for each in offered) == filters.NAMES
    query = {"scar": "ice_pick", "days": "5", "pain": "low", "other": "x"}
    found = {each.name: value for each, value in filters.chosen(offered, query).items()}
    assert found == {"scar": "ice_pick", "pain": "low"}


def test_the_list_can_be_ticked_for_a_comparison(client):
    markup = html(client, LIST)
    form = re.search(r'<form action="/compare/">.*?</form>', markup, re.S)[0]
    ticks = re.findall(r'type="checkbox" name="treatment" value="([^"]+)"', form)
    site = editions.current().site
    assert sorted(ticks) == sorted(site.methods.keys() - site.referrals)
    assert re.findall(r"<button[^>]*>(.*?)</button>", form) == ["Compare"]


@pytest.mark.parametrize("query", ["", "?days=3&pain=low", "?group=laser&pain=none"])
def test_every_filtered_list_is_one_query_and_may_be_stored(
    client, count_queries, query
):
    assert count_queries(client, LIST + query) == 1
    assert client.get(LIST + query).params == filters.NAMES
