"""What a first-time visitor looks for lies at most two clicks from home."""

import re
from datetime import time

import pytest

from methods.models import Clinic
from methods.publishing import editions
from tests.methods.reading import headings, text_of

pytestmark = pytest.mark.django_db

CLICKS = 2
# What is looked for: where it is said ("link" by its address, "heading" or "text" by its
# words), and how it reads there. None of it may need the search.
LOOKED_FOR = {
    "how to begin": ("link", "/consultation/"),
    "every treatment": ("heading", "Treatments"),
    "my kind of scar": ("heading", "Choose by how it looks"),
    "what happened to me": ("heading", r"What happened\?"),
    "scars of self-harm": ("link", "/after/self-harm/"),
    "a wound of this week": ("link", "/after/new-wound/"),
    "what to know with dark skin": ("text", "Olive, brown or black skin: "),
    "acne scars": ("text", "most often after acne"),
    "stretch marks": ("heading", r"White stretch marks .*"),
    "keloids": ("heading", r".*\(suspected keloid\)"),
    "what a treatment costs": ("text", "Price (Ask us|[0-9])"),
    "all prices": ("heading", "Prices"),
    "days off after a laser": ("text", "Days off 5 to 7 redness and peeling"),
    "whether it hurts": ("text", "Pain Moderate to high numbing cream"),
    "how many sessions": ("text", "Sessions 3 to 5"),
    "side effects": ("heading", "What can go wrong, by how often"),
    "what to do if it bleeds": ("text", "Call us today if: .*bleed"),
    "when it is an emergency": ("text", "Call 112 if: "),
    "whether one may have it when pregnant": ("text", "If you are pregnant"),
    "who should not have it": ("heading", "Not for you, or not yet"),
    "doing nothing": ("text", "Doing nothing"),
    "two treatments side by side": ("heading", "Compare treatments"),
    "where the facts come from": ("heading", "Sources, and how far to trust them"),
    "who reviewed a page": ("text", "(Reviewed by|Not yet reviewed by our doctor)"),
    "how pages are reviewed": ("heading", "How we review what we publish"),
    "who signs the plan": ("text", "signs? (the|every|your|a|his|her|their) plan"),
    "the telephone": ("link", "tel:01632960000"),
    "the address": ("text", "12 Linden Street, 10115 Berlin"),
    "the opening hours": ("heading", "Opening hours"),
    "privacy": ("heading", "Privacy"),
    "accessibility": ("heading", "Accessibility.*"),
}

# What six visitors came for, and what their page says to each before anything is opened.
CAME_FOR = {
    "narrow pits on brown skin": (
        "/after/acne/",
        ["ice-pick", "3 to 6 sessions · 5 to 10 days off · pain: brief sting", "brown"],
    ),
    "a lump on a pierced ear": (
        "/after/piercing/",
        [
            "keloid",
            "3 sessions · 0 to 2 days off · pain: moderate to high",
            "look first",
        ],
    ),
    "a scar of three weeks, and what the kitchen has": (
        "/after/new-wound/",
        ["bodyaga", "nutmeg", "closed for 3 months", "silicone for 3 months or more"],
    ),
    "an operation, and what the kitchen has": (
        "/after/operation/",
        ["bodyaga", "nutmeg", "closed for 3 months", "silicone comes first"],
    ),
    "stretch marks while breastfeeding": (
        "/after/pregnancy/",
        ["While breastfeeding laser is possible", "2 to 3 sessions", "until after the"],
    ),
    "a burn of a nine-year-old": (
        "/after/burn/",
        ["For a child, ask the burn service", "a letter to a burn service"],
    ),
    "scars from self-harm": (
        "/after/self-harm/",
        ["You are welcome here", "12 months", "You need not send a photo"],
    ),
}


@pytest.mark.parametrize("visitor", CAME_FOR)
def test_a_visitor_has_the_answer_before_anything_is_opened(client, visitor):
    url, answers = CAME_FOR[visitor]
    shown = client.get(url).text.partition('<details class="fold"')[0]
    read = text_of(re.sub(r"<head>.*?</head>", "", shown, flags=re.S))
    assert [each for each in answers if each not in read] == []


@pytest.fixture
def walk(client):
    """Return a function: {address: (clicks from home, its HTML)} of the public pages."""
    clinic = Clinic(
        telephone="01632 960 000",
        street="12 Linden Street",
        postal_code="10115",
        town="Berlin",
    )
    clinic.save()
    clinic.hours.create(weekday=0, opens=time(9), closes=time(17))
    editions.renew()

    def walk():
        read, here = {}, {"/"}
        for clicks in range(CLICKS + 1):
            pages = {
                address: client.get(address.replace("&amp;", "&")).content.decode()
                for address in sorted(here)
            }
            read |= {address: (clicks, markup) for address, markup in pages.items()}
            links = {
                link.partition("#")[0]
                for markup in pages.values()
                for link in re.findall(r'<a [^>]*href="(/[^"]*)"', markup)
            }
            # A comparison of every two would be a long walk, and no page is behind it.
            here = {each for each in links if "?" not in each} - read.keys()
        return read

    return walk


def tells(markup, kind, words):
    if kind == "link":
        return f'href="{words}"' in markup
    if kind == "heading":
        found = [text for level in (1, 2, 3) for text in headings(markup, level)]
        return any(re.fullmatch(words, each) for each in found)
    return re.search(words, text_of(markup)) is not None


def test_what_visitors_look_for_is_two_clicks_from_home(walk):
    assert len(LOOKED_FOR) >= 20
    pages = walk().values()
    found = {
        what: min(
            (clicks for clicks, markup in pages if tells(markup, *how)), default=99
        )
        for what, how in LOOKED_FOR.items()
    }
    assert {what: clicks for what, clicks in found.items() if clicks > CLICKS} == {}


def test_every_treatment_scar_type_and_cause_is_two_clicks_from_home(walk):
    site = editions.current().site
    wanted = {
        f"/treatments/{each.address}/"
        for slug, each in site.methods.items()
        if slug not in site.referrals
    }
    wanted |= {f"/scars/{code}/" for code in site.scar_types}
    wanted |= {f"/after/{code}/" for code in site.causes}
    assert wanted - walk().keys() == set()
