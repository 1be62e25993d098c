"""Prices, sessions and days off as numbers beside their words."""

import json
import re
from decimal import Decimal

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils import translation

from methods import content
from methods.models import Method
from methods.protocol.entries import Price
from methods.publishing import drafts, live, verbs
from methods.templatetags.facts import days_off, sessions
from methods.templatetags.money import amount, priced
from tests.methods.reading import headings, html, listed, text_of
from tests.methods.test_admin import editor, errors, method, save  # noqa: F401

NUMBER = re.compile(r"\d+")
WEEK = 7


def test_amounts_are_written_as_the_locale_does():
    assert [amount(Decimal(each)) for each in ("90", "90.50", "1200", "0")] == [
        "90",
        "90.50",
        "1,200",
        "0",
    ]
    with translation.override("de"):
        assert amount(Decimal("1200.5")) == "1.200,50"


@pytest.mark.parametrize(
    ("price", "words"),
    [
        (Price(), ""),
        (Price(remark="By agreement"), "By agreement"),
        (Price(Decimal(90), Decimal(90)), "90 CHF"),
        (Price(Decimal(0), Decimal(0)), "0 CHF"),
        (Price(Decimal(90), Decimal("1200.50")), "90 to 1,200.50 CHF"),
        (
            Price(Decimal(80), Decimal(80), "10 % off in May"),
            "80 CHF (10 % off in May)",
        ),
    ],
)
def test_a_price_is_written_with_currency_and_remark(price, words):
    assert priced(price, "CHF") == words


@pytest.mark.parametrize(
    ("fact", "words", "sentence"),
    [
        (sessions, "3 to 6", "3 to 6 sessions"),
        (sessions, "1", "1 session"),
        (sessions, "1 lesson", "1 lesson"),
        (sessions, "At home", "At home"),
        (days_off, "0 to 3", "0 to 3 days off"),
        (days_off, "7 or more", "7 or more days off"),
        (days_off, "1", "1 day off"),
        (days_off, "Often none", "days off: often none"),
    ],
)
def test_a_number_says_what_it_counts(fact, words, sentence):
    assert fact(words) == sentence


@pytest.mark.django_db
def test_no_number_stands_bare_on_a_page_by_what_happened(client):
    facts = re.findall(r"<br>(.*?)</p>", html(client, "/after/acne/"))
    assert facts
    for fact in facts:
        assert not re.search(r"\d( ·|$)", fact.partition(" EUR")[0]), fact


@pytest.mark.django_db
def test_the_prices_page_says_what_each_treatment_costs_as_it_was_published(client):
    groups = headings(html(client, "/treatments/"), 2)
    Method.objects.filter(slug="subcision").update(
        price_from=180, price_to=350, price_remark="made up", visit_minutes=60
    )
    Method.objects.filter(slug="tca-cross").update(price_from=90)
    verbs.publish(Method.objects.get(slug="subcision"), by=None, note="P")
    page = html(client, "/prices/")
    assert headings(page, 2) == groups
    rows = re.findall(r"<tr><th scope=\"row\">(.*?)</tr>", page, re.S)
    assert len(rows) == len(listed(html(client, "/treatments/")))
    shown = {text_of(row).partition(" · ")[0]: text_of(row) for row in rows}
    subcision, [tca] = (
        "Releasing a scar from below (subcision) About 3 sessions of about 60 minutes",
        [text for text in shown.values() if "(TCA CROSS)" in text],
    )
    assert shown[subcision] == f"{subcision} · 2 to 3 days off 180 to 350 EUR made up"
    visit = "4 weeks or more apart, about 60 minutes each"
    assert visit in text_of(html(client, "/treatments/subcision/"))
    assert tca.endswith(" Ask us")  # 90 is a draft
    assert 'href="/prices/"' in html(client, "/")


@pytest.mark.django_db
def test_a_search_engine_reads_the_prices(client):
    Method.objects.filter(slug="subcision").update(price_from=180, price_to=350)
    verbs.publish(Method.objects.get(slug="subcision"), by=None, note="P")
    found = re.search(r"ld\+json\">(.*?)</script>", html(client, "/prices/"), re.S)[1]
    [clinic] = [each for each in json.loads(found)["@graph"] if "makesOffer" in each]
    [offer] = clinic["makesOffer"]
    assert offer["priceSpecification"]["minPrice"] == "180.00"


@pytest.mark.django_db
def test_a_price_survives_publishing_and_bringing_back_to_the_cent():
    prices = {"price_from": Decimal("80.10"), "price_to": Decimal("1200.00")}
    Method.objects.filter(slug="subcision").update(**prices, price_remark="each")
    subject = verbs.publish(Method.objects.get(slug="subcision"), by=None, note="P")
    assert subject.live_revision.content["price"] == {
        "price_from": "80.10",
        "price_to": "1200.00",
        "price_remark": "each",
    }
    assert not drafts.has_unpublished_changes(subject)
    Method.objects.filter(pk=subject.pk).update(price_from=1, price_to=None)
    subject = Method.objects.for_draft().get(pk=subject.pk)
    assert drafts.has_unpublished_changes(subject)
    verbs.revert(subject, subject.live_revision)
    again = Method.objects.for_draft().get(pk=subject.pk)
    assert {name: getattr(again, name) for name in prices} == prices
    assert not drafts.has_unpublished_changes(again)
    entry = live.methods()
    found = next(each.price for each in entry if each.slug == "subcision")
    assert found == Price(*prices.values(), "each")


WRONG = [
    {"price_from": 90, "price_to": 80},
    {"price_to": 80},
    {"price_from": -1},
    {"sessions_from": 3, "sessions_to": 2},
    {"sessions_from": 3, "sessions_to": None, "sessions_most": 2},
    {"sessions_to": 5, "sessions_most": 4},
    {"days_off_from": 3, "days_off_to": 2},
    {"days_off_to": 9, "days_off_most": 8},
]


@pytest.mark.django_db
@pytest.mark.parametrize("numbers", WRONG)
def test_numbers_that_decrease_are_refused_by_form_and_database(numbers):
    subject = Method.objects.get(slug="tca-cross")
    blank = dict.fromkeys([*numbers, "sessions_most", "days_off_most"])
    for name, value in (blank | numbers).items():
        setattr(subject, name, value)
    with pytest.raises(ValidationError) as refused:
        subject.full_clean()
    assert "__all__" not in refused.value.message_dict
    with pytest.raises(IntegrityError), transaction.atomic():
        subject.save()


@pytest.mark.django_db
def test_the_form_says_at_the_field_what_is_wrong_with_a_price(editor, method):  # noqa: F811
    response = save(editor, method, price_from="90", price_to="80")
    assert errors(response) == {"price_to": ["Write 90 or more, or leave it empty."]}
    response = save(editor, method, price_from="", price_to="80")
    assert errors(response) == {"price_from": ["Write the lower price here."]}


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("typed", "amount"),
    [
        ("1'200", "1200"),
        ("1.200,50", "1200.50"),
        ("1 200", "1200"),
        ("80,5", "80.50"),
        ("٩٠", "90"),
    ],
)
def test_a_price_is_read_as_people_write_it(editor, method, typed, amount):  # noqa: F811
    assert save(editor, method, price_from=typed).status_code == 302
    method.refresh_from_db()
    assert method.price_from == Decimal(amount)


@pytest.mark.django_db
@pytest.mark.parametrize("typed", ["120 to 180", "ask us", "-5", "1.234,567", "1e9"])
def test_what_is_no_price_is_refused_and_kept_on_the_page(editor, method, typed):  # noqa: F811
    response = save(editor, method, price_from=typed, sessions_from=typed)
    assert errors(response).keys() == {"price_from", "sessions_from"}
    assert response.text.count(f'value="{typed}"') == 2


def days_of(words):
    """Return the numbers in words about days off; weeks count in days."""
    numbers = [int(each) for each in NUMBER.findall(words)]
    return {n * WEEK for n in numbers} | set(numbers) if "week" in words else numbers


@pytest.mark.django_db
def test_numbers_say_what_their_words_say():
    """Where both have digits; a number without any in its words is "none" or "one"."""
    wrong = []
    for page in content.methods():
        facts, measures = page["key_facts"], page["measures"]
        said = {
            "sessions": [int(each) for each in NUMBER.findall(facts["sessions"])],
            "days_off": days_of(f"{facts['days_off']}; {facts['days_off_note']}"),
        }
        for name, numbers in said.items():
            known = {measures[f"{name}_{part}"] for part in ("from", "to", "most")}
            known -= {None}
            plain = {0, 1} if re.match(r"None|At home|Daily|One", facts[name]) else {}
            wrong += [
                (page["slug"], name, number, facts[name])
                for number in known
                if number not in numbers and number not in plain
            ]
    assert wrong == []
