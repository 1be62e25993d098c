"""Treatments side by side."""

import re

import pytest

from methods.models import Clinic, Method
from methods.publishing import editions, freezing, live, verbs
from tests.methods.reading import headings, html, links_in, text_of

pytestmark = pytest.mark.django_db

COMPARE = "/compare/"


def address(*slugs):
    return COMPARE + "?" + "&".join(f"treatment={slug}" for slug in slugs)


PAIR = address("tca-cross", "subcision")
FOUR = ("tca-cross", "subcision", "silicone", "microneedling")


def rows(markup):
    """Return {row header: the texts of its cells}, without the names on narrow screens."""
    body = re.search(r"<tbody>.*?</tbody>", markup, re.S)[0]
    body = re.sub(r'<b class="of">.*?</b>', "", body)
    return {
        text_of(re.search(r'<th scope="row">(.*?)</th>', row)[1]): [
            text_of(cell) for cell in re.findall(r"<td>(.*?)</td>", row, re.S)
        ]
        for row in re.findall(r"<tr>.*?</tr>", body, re.S)
    }


def chosen(markup):
    """Return the treatments that the form has selected or ticked."""
    return re.findall(r'value="([^"]+)" (?:selected|checked)', markup)


def table(markup):
    return re.findall(r'<table class="side-by-side">', markup)


def test_two_treatments_stand_side_by_side_with_row_headers(client):
    assert list(rows(html(client, PAIR))) == [
        "Sessions",
        "Time between sessions",
        "Days off",
        "What those days are like",
        "Pain",
        "Anaesthetic",
        "Age of the scar",
        "Price",
        "Often tried first for",
        "Not for you",
        "What it can do",
        "What it cannot do",
        "Common risks",
        "Rare risks",
    ]


def test_each_column_tells_of_its_treatment_and_leads_to_its_page(client):
    markup = html(client, address("subcision", "tca-cross", "silicone"))
    assert links_in(re.search(r"<thead>.*?</thead>", markup, re.S)[0]) == [
        "/treatments/subcision/",
        "/treatments/tca-cross/",
        "/treatments/silicone/",
    ]
    entries = {each.slug: each for each in live.methods()}
    assert rows(markup)["Days off"] == [
        entries[slug].key_facts["days_off"]
        for slug in ("subcision", "tca-cross", "silicone")
    ]


def test_a_comparison_tells_of_every_contraindication(client):
    found = rows(html(client, PAIR))["Not for you"]
    entries = {each.slug: each for each in live.methods()}
    for slug, told in zip(("tca-cross", "subcision"), found, strict=True):
        for row in entries[slug].criteria_of("contraindication"):
            assert row.for_patient in told


def test_a_comparison_says_what_is_tried_first_for_which_scar(client):
    titles = editions.current().site.scar_types
    found = rows(html(client, PAIR))["Often tried first for"]
    assert found == [titles["ice_pick"], titles["rolling"]]


def test_a_comparison_tells_prices_in_the_clinic_s_currency(client):
    Clinic(currency="CHF").save()
    Method.objects.filter(slug="tca-cross").update(price_from=90)
    verbs.publish(Method.objects.get(slug="tca-cross"), by=None, note="price")
    assert rows(html(client, PAIR))["Price"] == ["90 CHF", "Ask us."]


def test_every_cell_names_its_treatment_for_screens_too_narrow_for_columns(client):
    body = re.search(r"<tbody>.*?</tbody>", html(client, PAIR), re.S)[0]
    names = re.findall(r'<td><b class="of">(.*?)</b>', body)
    assert (
        names
        == [
            "Acid dots for pitted scars (TCA CROSS)",
            "Releasing a scar from below (subcision)",
        ]
        * 14
    )


def test_a_comparison_shows_no_citation_codes(client):
    assert freezing.CITATION.findall(text_of(html(client, PAIR))) == []


def test_a_shared_link_names_the_treatments_in_its_title(client):
    title = re.search(r"<title>(.*?)</title>", html(client, PAIR))[1]
    assert title.startswith(
        "Acid dots for pitted scars (TCA CROSS) · Releasing a scar from below (subcision) – "
    )


def test_others_can_be_chosen_on_the_same_page(client):
    markup = html(client, PAIR)
    assert chosen(markup) == ["tca-cross", "subcision"]
    assert len(re.findall(r'<select id="treatment-\d" name="treatment">', markup)) == 3


def test_a_place_left_empty_counts_for_nothing(client):
    empty = f"{COMPARE}?treatment=tca-cross&treatment=&treatment=subcision"
    assert rows(html(client, empty)) == rows(html(client, PAIR))


@pytest.mark.parametrize(
    ("slugs", "words"),
    [
        ((), "Choose two or three."),
        (("tca-cross",), "You ticked one. Choose one or two more."),
        (("tca-cross", "tca-cross"), "You ticked one. Choose one or two more."),
        (FOUR, "You ticked 4. Three are the most that fit side by side:"),
    ],
)
def test_a_wrong_number_says_what_to_do_and_keeps_the_ticks(client, slugs, words):
    markup = html(client, address(*slugs))
    lead = text_of(re.search(r'<p class="lead">(.*?)</p>', markup, re.S)[1])
    assert lead.startswith(words)
    assert (table(markup), chosen(markup)) == ([], list(dict.fromkeys(slugs)))


def test_an_unknown_treatment_is_not_found_and_keeps_the_others(client):
    response = client.get(address("tca-cross", "unknown", "subcision"))
    markup = response.content.decode()
    assert response.status_code == 404
    assert headings(markup, 1) == ["Compare treatments"]
    assert (table(markup), chosen(markup)) == ([], ["tca-cross", "subcision"])
    # What anybody can make up must not fill the store of pages.
    assert not hasattr(response, "edition")


@pytest.mark.parametrize("name", ["acid-dots", "dots", "tca-cross"])
def test_a_moved_treatment_is_known_by_each_of_its_names(client, name):
    verbs.move(Method.objects.get(slug="tca-cross"), "dots")
    verbs.move(Method.objects.get(slug="tca-cross"), "acid-dots")
    markup = html(client, address(name, "subcision"))
    assert (len(table(markup)), chosen(markup)) == (1, ["tca-cross", "subcision"])


def test_two_names_of_a_treatment_are_one_treatment(client):
    verbs.move(Method.objects.get(slug="tca-cross"), "acid-dots")
    markup = html(client, address("tca-cross", "acid-dots"))
    assert (table(markup), chosen(markup)) == ([], ["tca-cross"])


def test_an_unpublished_treatment_cannot_be_compared(client):
    verbs.unpublish(Method.objects.get(slug="tca-cross"))
    assert client.get(PAIR).status_code == 404


@pytest.mark.parametrize(
    ("url", "most"),
    [(COMPARE, 1), (PAIR, 2), (address(*FOUR[:3]), 2), (address(*FOUR), 1)],
)
def test_a_comparison_costs_at_most_two_queries(client, count_queries, url, most):
    assert count_queries(client, url) == most
