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
