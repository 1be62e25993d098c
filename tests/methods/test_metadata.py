"""Metadata of public pages: head, JSON-LD, sitemap, robots.txt, feed, share pictures, QR code."""

import json
import re
from datetime import date, time, timedelta
from html import unescape
from html.parser import HTMLParser
from io import BytesIO
from xml.etree import ElementTree

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Permission
from django.contrib.messages import get_messages
from django.core.exceptions import ValidationError
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from PIL import Image

from methods.models import (
    Clinic,
    Edition,
    FormerAddress,
    Method,
    MethodRevision,
    ScarType,
    ScarTypeRevision,
    Trait,
)
from methods.publishing import edition_watch, editions, freezing, verbs
from methods.templatetags.metadata import qr_code
from methods.website import drawings, share_pictures
from methods.website.metadata import PAGES, data_block
from scarclinic.staff.models import User
from tests.methods.test_drawings import SPRITE
from tests.tables import for_each

pytestmark = pytest.mark.django_db

HOST = "http://testserver"
DOTS = "/treatments/tca-cross/"
ICE_PICK = "/scars/ice_pick/"
ATOM = "{http://www.w3.org/2005/Atom}"
SITEMAP = "{http://www.sitemaps.org/schemas/sitemap/0.9}"


class Head(HTMLParser):
    """Collects what a page tells machines."""

    def __init__(self, markup):
        super().__init__()
        self.meta, self.links, self.data, self.title = {}, {}, [], ""
        self._inside = None
        self.feed(markup)

    def handle_starttag(self, tag, attributes):
        attributes = dict(attributes)
        if tag == "meta" and "content" in attributes:
            name = attributes.get("name") or attributes.get("property")
            self.meta[name] = attributes["content"]
        elif tag == "link":
            self.links.setdefault(attributes["rel"], attributes["href"])
        elif tag == "script" and attributes.get("type") == "application/ld+json":
            self._inside = "data"
        elif tag == "title" and not self.title:
            self._inside = "title"

    def handle_data(self, text):
        if self._inside == "data":
            self.data.append(json.loads(text))
        elif self._inside == "title":
            self.title += text
        self._inside = None


def head(client, url):
    response = client.get(url)
    assert response.status_code == 200
    return Head(response.content.decode())


def things(client, url):
    """Return {type: thing} of a page's data block."""
    (data,) = head(client, url).data
    assert data["@context"] == "https://schema.org"
    return {thing["@type"]: thing for thing in data["@graph"]}


def sitemap(client):
    """Return {address: lastmod, None if it has none}."""
    root = ElementTree.fromstring(client.get("/sitemap.xml").content)
    return {
        each.findtext(f"{SITEMAP}loc"): each.findtext(f"{SITEMAP}lastmod")
        for each in root
    }


def paths(client):
    return [address.removeprefix(HOST) for address in sitemap(client)]


@pytest.fixture(scope="module")
def heads(django_db_setup, django_db_blocker):
    """Return {path: `Head`} of every page of the sitemap, as the clinic opens."""
    with django_db_blocker.unblock():
        client = Client()
        return {path: head(client, path) for path in paths(client)}


def method(slug="tca-cross"):
    return Method.objects.get(slug=slug)


def publish(subject, note="Said so", **fields):
    type(subject).objects.filter(pk=subject.pk).update(**fields)
    return verbs.publish(subject, by=None, note=note)


def catalogue():
    return editions.current(catalogue=True).catalogue


def change_clinic(**fields):
    clinic, _ = Clinic.objects.update_or_create(pk=Clinic.ONLY, defaults=fields)
    editions.renew()
    return clinic


# Titles, descriptions, addresses


def test_every_page_has_a_title_and_a_description_of_its_own(heads):
    for words in ("title", "description"):
        said = [
            each.title if words == "title" else each.meta["description"]
            for each in heads.values()
        ]
        assert [text for text in said if said.count(text) > 1 or not text] == []


def test_what_is_shared_of_a_page_is_what_the_page_says(client):
    said = head(client, DOTS).meta
    assert {name: said[name] for name in said if name and ":" in name} == {
        "og:title": "Acid dots for pitted scars (TCA CROSS)",
        "og:description": said["description"],
        "og:type": "article",
        "og:url": HOST + DOTS,
        "og:site_name": "Scar clinic",
        "og:locale": "en_GB",
        "og:image": f"{HOST}/cards/treatments/tca-cross.png",
        "og:image:type": "image/png",
        "og:image:width": "1200",
        "og:image:height": "630",
        "og:image:alt": "Acid dots for pitted scars (TCA CROSS)",
        "article:modified_time": method()
        .live_revision.created_at.replace(microsecond=0)
        .isoformat(),
        "twitter:card": "summary_large_image",
    }


def test_every_page_is_known_by_one_address_and_leads_to_the_feed(heads):
    for path, told in heads.items():
        led = told.links["canonical"], told.links["alternate"]
        assert led == (HOST + path, "/changes.xml")


@for_each(
    ("url", "address"),
    [
        ("/treatments/?scar=ice_pick&utm_source=x", "/treatments/"),
        ("/compare/?treatment=tca-cross&treatment=subcision", "/compare/"),
        ("/search/?q=acid", "/search/"),
    ],
)
def test_filters_and_searches_are_views_of_one_page(client, url, address):
    assert head(client, url).links["canonical"] == HOST + address


def test_the_search_is_left_out_of_search_engines(client):
    assert head(client, "/search/?q=acid").meta["robots"] == "noindex"


def test_the_site_has_one_host_however_it_is_asked(client, settings):
    settings.SITE_URL = "https://clinic.example"
    told = head(client, DOTS)
    assert told.links["canonical"] == f"https://clinic.example{DOTS}"
    assert told.meta["og:image"].startswith("https://clinic.example/cards/")
    assert f"https://clinic.example{DOTS}" in sitemap(client)


@pytest.mark.parametrize("url", ["/treatments/none/", "/nowhere/", "/consultation/"])
def test_pages_that_are_not_the_public_site_s_tell_machines_nothing(client, url):
    told = Head(client.get(url).content.decode())
    assert (told.links.get("canonical"), told.data) == (None, [])


def test_the_preview_of_a_draft_tells_machines_nothing(admin_client):
    url = reverse("admin:methods_method_preview", args=[method().pk])
    told = head(admin_client, url)
    assert (told.links.get("canonical"), told.data) == (None, [])


# Cards


def test_every_page_has_a_card_of_its_own(client, heads, monkeypatch):
    monkeypatch.setattr(share_pictures, "draw", lambda **shown: shown["title"].encode())
    urls = {told.meta["og:image"] for told in heads.values()}
    assert len(urls) == len(heads)
    drawn = {client.get(url.removeprefix(HOST)).content for url in urls}
    assert len(drawn) == len(urls)


def test_a_card_is_a_picture_of_the_size_that_is_told(client):
    response = client.get("/cards/treatments/tca-cross.png")
    assert response["Content-Type"] == "image/png"
    picture = Image.open(BytesIO(response.content))
    assert (picture.format, picture.size) == ("PNG", share_pictures.SIZE)
    assert response.edition == editions.current().digest


@pytest.mark.parametrize("name", ["treatments/none", "scars/none", "pages/x", "x/home"])
def test_there_is_no_card_of_what_does_not_exist(client, name):
    assert client.get(f"/cards/{name}.png").status_code == 404


def draw(title, site_name="Scar clinic"):
    png = share_pictures.draw(
        title=title, text="Below", site_name=site_name, drawing="mature_linear"
    )
    return Image.open(BytesIO(png)).convert("RGB")


@for_each(
    "title",
    [
        "W" * 120,
        "Wide words " * 11,
        "A title with <tags> & “quotes”",
        "Шрам после операции",
    ],
)
def test_a_title_stays_in_its_place(title):
    card, blank = draw(title), draw("")
    assert card.tobytes() != blank.tobytes()
    for box in [
        (0, 0, 1200, 160),  # above
        (0, 0, 60, 630),  # the left margin
        (606, 0, 1200, 630),  # the drawing
        (0, 526, 1200, 630),  # below
    ]:
        assert card.crop(box).tobytes() == blank.crop(box).tobytes()


def test_a_long_title_is_seen_to_its_last_word():
    assert (
        draw("Wide words " * 10 + "or").tobytes() != draw("Wide words " * 10).tobytes()
    )


def test_a_long_name_of_a_clinic_fits_on_its_card():
    margin = (1150, 0, 1200, 630)
    card, other = draw("", "Clinic of wide words " * 4), draw("", "A")
    assert card.crop(margin).tobytes() == other.crop(margin).tobytes()


@for_each("code", [*drawings.SCAR_TYPES, *drawings.WAYS])
def test_a_card_knows_every_colour_of_every_drawing(code):
    colours = share_pictures._colours(drawings.DRAWINGS[code].tone)
    plain = share_pictures._plain(SPRITE, colours)
    assert re.findall(r"var\(|color-mix|light-dark", plain) == []


def test_skin_on_a_card_is_of_the_drawing_s_tone():
    tones = {share_pictures._colours(tone)["skin"] for tone in range(1, 7)}
    assert len(tones) == 6


# Structured data

PROPERTIES = {
    "AboutPage": set(),
    "BreadcrumbList": {"itemListElement"},
    "EntryPoint": {"urlTemplate"},
    "ListItem": {"position", "name", "item"},
    "MedicalClinic": {
        "name",
        "url",
        "address",
        "telephone",
        "email",
        "currenciesAccepted",
        "openingHoursSpecification",
        "makesOffer",
    },
    "MedicalCondition": {
        "name",
        "alternateName",
        "description",
        "signOrSymptom",
        "naturalProgression",
    },
    "MedicalProcedure": {
        "name",
        "alternateName",
        "description",
        "procedureType",
        "preparation",
        "howPerformed",
        "followup",
    },
    "MedicalSign": {"name"},
    "MedicalWebPage": {
        "url",
        "name",
        "publisher",
        "lastReviewed",
        "reviewedBy",
        "mainEntity",
        "about",
        "image",
        "inLanguage",
        "dateModified",
    },
    "Offer": {"name", "description", "priceSpecification"},
    "OpeningHoursSpecification": {"dayOfWeek", "opens", "closes"},
    "Person": {"name"},
    "PostalAddress": {
        "streetAddress",
        "postalCode",
        "addressLocality",
        "addressCountry",
    },
    "PriceSpecification": {"minPrice", "maxPrice", "priceCurrency"},
    "SearchAction": {"target", "query-input"},
    "WebSite": {"name", "url", "publisher", "potentialAction"},
}
"""What of schema.org's vocabulary (version 29) we use, by type."""
PROPERTIES["SurgicalProcedure"] = PROPERTIES["MedicalProcedure"]


def nodes(value):
    """Return every object inside a JSON value."""
    if isinstance(value, list):
        return [node for each in value for node in nodes(each)]
    if isinstance(value, dict):
        return [value, *nodes(list(value.values()))]
    return []


def test_structured_data_uses_the_words_of_schema_org_and_no_codes_of_ours(heads):
    for told in heads.values():
        (data,) = told.data
        assert freezing.CITATION.findall(json.dumps(data)) == []
        for node in nodes(data["@graph"]):
            properties = {name for name in node if name[0] != "@"}
            if set(node) != {"@id"}:
                assert properties - PROPERTIES[node["@type"]] == set()


def test_a_treatment_is_described_as_a_procedure(client):
    page = things(client, DOTS)["MedicalWebPage"]
    procedure = page["mainEntity"]
    assert (procedure["@type"], procedure["name"]) == (
        "MedicalProcedure",
        "Acid dots for pitted scars (TCA CROSS)",
    )
    assert procedure["howPerformed"].startswith(
        "We mark with you which pits are narrow enough. The others need something else."
    )
    assert procedure["preparation"].startswith("Use sunscreen every day, before")
    assert procedure["preparation"].endswith("Tell us; we ask your prescriber.")
    assert procedure["followup"].startswith("Keep ointment on the scabs")
    assert procedure["alternateName"][0] == "TCA CROSS"
    assert page["inLanguage"] == "en-GB"
    live = method().live_revision.created_at
    assert parse_datetime(page["dateModified"]) == live.replace(microsecond=0)


def test_a_treatment_with_a_price_is_offered_by_the_clinic(client):
    assert "makesOffer" not in things(client, DOTS)["MedicalWebPage"]["publisher"]
    Clinic(currency="CHF").save()
    prices = {"price_from": "80.50", "price_to": 1200, "price_remark": "each"}
    Method.objects.filter(slug="tca-cross").update(**prices)
    verbs.publish(method(), by=None, note="Priced")
    offer = things(client, DOTS)["MedicalWebPage"]["publisher"]["makesOffer"]
    assert offer == {
        "@type": "Offer",
        "name": "Acid dots for pitted scars (TCA CROSS)",
        "description": "each",
        "priceSpecification": {
            "@type": "PriceSpecification",
            "minPrice": "80.50",
            "maxPrice": "1200.00",
            "priceCurrency": "CHF",
        },
    }
    assert {*offer["priceSpecification"]} - {"@type"} == PROPERTIES[
        "PriceSpecification"
    ]


@for_each(
    ("slug", "kind", "goes_in"),
    [
        ("microneedling", "MedicalProcedure", "PercutaneousProcedure"),
        ("steroid-injection", "MedicalProcedure", "PercutaneousProcedure"),
        ("silicone", "MedicalProcedure", "NoninvasiveProcedure"),
        ("fractional-ablative-laser", "MedicalProcedure", None),
        ("tca-cross", "MedicalProcedure", None),
        ("surgical-excision", "SurgicalProcedure", None),
    ],
)
def test_a_treatment_says_how_far_it_goes_in(client, slug, kind, goes_in):
    url = f"/treatments/{slug}/"
    procedure = things(client, url)["MedicalWebPage"]["mainEntity"]
    told = procedure.get("procedureType", "").removeprefix("https://schema.org/")
    assert (procedure["@type"], told or None) == (kind, goes_in)


def test_only_a_reviewed_treatment_names_its_reviewer(client):
    page = things(client, DOTS)["MedicalWebPage"]
    assert page.keys() & {"lastReviewed", "reviewedBy"} == set()
    publish(method(), reviewed_by="Dr A, doctor", reviewed_on=date(2026, 5, 4))
    page = things(client, DOTS)["MedicalWebPage"]
    assert page["lastReviewed"] == "2026-05-04"
    assert page["reviewedBy"] == {"@type": "Person", "name": "Dr A, doctor"}


def test_a_scar_type_is_described_as_a_condition(client):
    page = things(client, ICE_PICK)["MedicalWebPage"]
    condition = page["about"]
    assert (condition["@type"], condition["name"]) == (
        "MedicalCondition",
        "Narrow, deep pits (ice-pick scars)",
    )
    assert condition["signOrSymptom"][0] == {
        "@type": "MedicalSign",
        "name": "Each pit looks like a needle hole, is less than 2 mm wide, and stays "
        "when you stretch the skin.",
    }
    assert condition["naturalProgression"].startswith("The pits stay about as they are")


@pytest.mark.parametrize("url", ["/", "/about/", "/contact/"])
def test_the_clinic_is_described_where_visitors_look_for_it(client, url):
    clinic = change_clinic(
        name="Clinic",
        street="Main Street 1",
        postal_code="1010",
        town="Vienna",
        country="Austria",
        telephone="+43 1 234 56 78",
        email="us@clinic.example",
        currency="EUR",
    )
    clinic.hours.create(weekday=0, opens=time(9), closes=time(17, 30))
    editions.renew()
    assert things(client, url)["MedicalClinic"] == {
        "@type": "MedicalClinic",
        "@id": f"{HOST}/#clinic",
        "name": "Clinic",
        "url": f"{HOST}/",
        "address": {
            "@type": "PostalAddress",
            "streetAddress": "Main Street 1",
            "postalCode": "1010",
            "addressLocality": "Vienna",
            "addressCountry": "Austria",
        },
        "telephone": "+43 1 234 56 78",
        "email": "us@clinic.example",
        "currenciesAccepted": "EUR",
        "openingHoursSpecification": [
            {
                "@type": "OpeningHoursSpecification",
                "dayOfWeek": "https://schema.org/Monday",
                "opens": "09:00",
                "closes": "17:30",
            }
        ],
    }


def test_a_clinic_that_says_little_of_itself_is_described_by_that(client):
    Clinic.objects.all().delete()
    editions.renew()
    told = things(client, "/contact/")["MedicalClinic"]
    assert told.keys() == {"@type", "@id", "name", "url", "currenciesAccepted"}


def test_the_first_page_tells_how_to_search(client):
    action = things(client, "/")["WebSite"]["potentialAction"]
    assert action["target"]["urlTemplate"] == f"{HOST}/search/?q={{search_term_string}}"


@for_each(
    ("url", "trail"),
    [
        (
            DOTS,
            [
                ("Home", "/"),
                ("Treatments", "/treatments/"),
                ("Acid dots for pitted scars (TCA CROSS)", DOTS),
            ],
        ),
        (
            ICE_PICK,
            [
                ("Home", "/"),
                ("Scars", "/scars/"),
                ("Narrow, deep pits (ice-pick scars)", None),
            ],
        ),
        ("/privacy/", [("Home", "/"), ("Privacy", "/privacy/")]),
    ],
)
def test_an_inner_page_tells_the_way_to_it(client, url, trail):
    items = things(client, url)["BreadcrumbList"]["itemListElement"]
    assert [(each["position"], each["name"], each["item"]) for each in items] == [
        (n, name, HOST + (path or url)) for n, (name, path) in enumerate(trail, start=1)
    ]


@for_each("name", [name for name in PAGES if name != "home"])
def test_a_page_is_named_as_it_names_itself(client, name):
    markup = client.get(reverse(f"methods:{name}")).content.decode()
    assert re.findall(r"<title>(.*) – ", markup) == [str(PAGES[name])]


def test_structured_data_cannot_end_its_block():
    hostile = "</script><script>go()</script> <!-- & \u2028"
    markup = data_block({"name": hostile})
    inside = markup.removeprefix('<script type="application/ld+json">')
    inside = inside.removesuffix("</script>")
    assert json.loads(inside) == {"name": hostile}
    assert re.findall("[<>&]", inside) == []


def test_a_hostile_title_stays_text(client):
    hostile = "“</script><script>go()</script>\"'&"
    publish(method(), title=hostile)
    markup = client.get(DOTS).content.decode()
    assert "<script>" not in markup
    told = head(client, DOTS)
    assert told.meta["og:title"] == hostile
    assert things(client, DOTS)["MedicalWebPage"]["name"] == hostile


# The sitemap and robots.txt


def test_the_sitemap_lists_every_public_page_and_nothing_else(client):
    shown = catalogue()
    pages = ["/", "/treatments/", "/scars/", "/compare/", "/about/", "/how-we-review/"]
    pages += ["/prices/", "/privacy/", "/accessibility/", "/contact/"]
    pages += [f"/treatments/{each.address}/" for each in shown.methods]
    pages += [f"/scars/{each.code}/" for each in shown.scar_types]
    pages += [f"/after/{each.code}/" for each in shown.causes]
    assert sorted(paths(client)) == sorted(pages)


def test_the_sitemap_has_true_dates(client):
    before = sitemap(client)
    later = timezone.now().replace(microsecond=0) + timedelta(days=3)
    subject = publish(method())
    MethodRevision.objects.filter(pk=subject.live_revision_id).update(created_at=later)
    editions.renew()
    after = sitemap(client)
    changed = {each for each in after if after[each] != before[each]}
    assert {each.removeprefix(HOST) for each in changed} == {
        *listing("tca-cross"),
        DOTS,
    }
    assert {after[each] for each in changed} == {later.isoformat()}
    assert after[f"{HOST}/privacy/"] is None


def listing(slug):
    """Return the paths of the pages that show a treatment beside others."""
    card = next(each for each in catalogue().methods if each.slug == slug)
    scars = {
        f"/scars/{each.code}/"
        for each in catalogue().scar_types
        if any(each.code in row.when for row in card.criteria)
    }
    # It helps some, and is advised against for others.
    assert {path for path in scars if path[7:-1] in card.lines} < scars
    causes = {
        f"/after/{each.code}/"
        for each in catalogue().causes
        if set(each.scars) & card.lines.keys()
    }
    return {"/", "/treatments/", "/prices/", "/compare/"} | scars | causes


def changed_since(client, before):
    """Return {path: lastmod} of what a sitemap from before tells otherwise now."""
    return {
        address.removeprefix(HOST): on
        for address, on in sitemap(client).items()
        if on != before[address]
    }


@pytest.fixture
def a_day_ago():
    """Let everything be published a day ago."""
    earlier = timezone.now() - timedelta(days=1)
    for revisions in (MethodRevision, ScarTypeRevision):
        revisions.objects.update(created_at=earlier)
    Edition.objects.all().delete()
    editions.renew()


def test_what_is_taken_off_a_page_changes_its_date(client, a_day_ago):
    before, listed = sitemap(client), listing("tca-cross")
    start = timezone.now().replace(microsecond=0)
    verbs.unpublish(method())
    changed = changed_since(client, before)
    assert changed.keys() == listed
    assert {start <= parse_datetime(on) for on in changed.values()} == {True}
    assert (
        things(client, ICE_PICK)["MedicalWebPage"]["dateModified"]
        == (changed[ICE_PICK])
    )


def test_an_unpublished_scar_type_changes_the_pages_that_list_it(client, a_day_ago):
    before = sitemap(client)
    verbs.unpublish(ScarType.objects.get(finding__code="ice_pick"))
    assert changed_since(client, before).keys() == {"/", "/scars/"}


def test_a_scar_type_s_page_changes_when_a_treatment_no_longer_names_it(
    client, a_day_ago
):
    before, listed = sitemap(client), listing("tca-cross")
    method().criteria.filter(when__code="ice_pick").delete()
    publish(method())
    assert ICE_PICK not in listing("tca-cross")
    assert changed_since(client, before).keys() == {*listed, DOTS}


@pytest.mark.parametrize("url", [DOTS, ICE_PICK, "/scars/pih/"])
def test_a_page_and_the_sitemap_tell_the_same_date(client, a_day_ago, url):
    before = sitemap(client)
    publish(method())
    on = sitemap(client)[HOST + url]
    assert on != before[HOST + url]
    assert head(client, url).meta["article:modified_time"] == on
    assert things(client, url)["MedicalWebPage"]["dateModified"] == on


def test_what_is_taken_off_the_site_leaves_the_sitemap_too(client):
    verbs.unpublish(method())
    assert DOTS not in paths(client)


def test_robots_may_read_what_visitors_may(client):
    response = client.get("/robots.txt")
    assert response["Content-Type"] == "text/plain; charset=utf-8"
    assert response.content.decode().splitlines() == [
        "User-agent: *",
        "Disallow: /admin/",
        "Disallow: /consultation/",
        "Disallow: /plan/",
        "Disallow: /search/",
        "",
        f"Sitemap: {HOST}/sitemap.xml",
    ]


@pytest.mark.parametrize(
    "url", ["/sitemap.xml", "/robots.txt", "/changes.xml", "/cards/scars/pih.png"]
)
def test_what_machines_read_costs_one_query_and_may_be_stored(
    client, url, count_queries
):
    editions.renew()
    assert count_queries(client, url) == 1
    response = client.get(url)
    assert response.edition == editions.current().digest
    assert response.cookies == {}


# Addresses that change


def move(slug, address):
    return verbs.move(method(slug), address)


def test_an_old_address_leads_to_the_new_one(client):
    move("tca-cross", "acid-dots")
    for ask in (client.get, client.head):
        response = ask(DOTS, {"utm_source": "letter", "a": ["1", "2"]})
        assert (response.status_code, response["Location"]) == (
            301,
            "/treatments/acid-dots/?utm_source=letter&a=1&a=2",
        )
        # Or a browser goes round in a circle once the page has moved back.
        assert response["Cache-Control"] == "no-cache"
    assert client.get("/treatments/acid-dots/").status_code == 200


def test_every_old_address_leads_straight_to_the_newest(client):
    move("tca-cross", "second")
    move("tca-cross", "third")
    for address in ("tca-cross", "second"):
        response = client.get(f"/treatments/{address}/")
        assert response["Location"] == "/treatments/third/"


def test_an_address_can_be_taken_back(client):
    move("tca-cross", "second")
    move("tca-cross", "tca-cross")
    assert client.get(DOTS).status_code == 200
    assert client.get("/treatments/second/")["Location"] == DOTS
    assert list(FormerAddress.objects.values_list("address")) == [("second",)]


def test_nothing_else_of_a_moved_treatment_changes(client):
    before = method()
    moved = move("tca-cross", "acid-dots")
    assert (moved.slug, moved.live_revision) == ("tca-cross", before.live_revision)
    told = head(client, "/treatments/acid-dots/")
    assert told.links["canonical"] == f"{HOST}/treatments/acid-dots/"
    assert told.meta["og:image"] == f"{HOST}/cards/treatments/tca-cross.png"
    assert DOTS not in paths(client)


@pytest.mark.parametrize("address", ["subcision", "once-subcision"])
def test_an_address_that_another_treatment_has_or_had_is_refused(client, address):
    if address == "once-subcision":
        move("subcision", "once-subcision")
        move("subcision", "elsewhere")
    with pytest.raises(verbs.Taken) as refused:
        move("tca-cross", address)
    assert refused.value.owner == method("subcision").title
    assert client.get(DOTS).status_code == 200
    assert not FormerAddress.objects.filter(method=method()).exists()


def test_moving_to_where_it_is_changes_nothing():
    before = edition_watch.current_digest()
    move("tca-cross", "tca-cross")
    assert edition_watch.current_digest() == before
    assert not FormerAddress.objects.exists()


def test_a_draft_that_nobody_saw_leaves_no_address_behind():
    draft = Method.objects.create(slug="new-light", title="New light", group="laser")
    verbs.move(draft, "newer-light")
    assert not FormerAddress.objects.exists()


def test_a_stale_copy_moves_the_page_from_where_it_is_now():
    stale = method()
    move("tca-cross", "second")
    verbs.move(stale, "third")
    former = FormerAddress.objects.values_list("address", flat=True)
    assert list(former) == ["second", "tca-cross"]


# Changing an address in the admin


def address_page(slug="tca-cross"):
    return reverse("admin:methods_method_address", args=[method(slug).pk])


def staff(*verbs):
    user = User.objects.create_user("editor", is_staff=True)
    for verb in verbs:
        code = f"{verb}_method"
        user.user_permissions.add(Permission.objects.get(codename=code))
    client = Client()
    client.force_login(user)
    return client


def test_an_editor_changes_an_address(client):
    editor = staff("view", "change")
    assert "Change address" in editor.get(address_page()).content.decode()
    response = editor.post(address_page(), {"address": "Acid-Dots"})
    told = "The address is /treatments/acid-dots/ now."
    url = reverse("admin:methods_method_change", args=[method().pk])
    assert response["Location"] == url
    assert [str(each) for each in get_messages(response.wsgi_request)] == [told]
    assert LogEntry.objects.get().get_change_message() == told
    assert client.get(DOTS)["Location"] == "/treatments/acid-dots/"


@pytest.mark.parametrize(
    ("address", "error"),
    [
        ("", "Write the new address."),
        ("acid dots", "Use letters, digits and hyphens only, without spaces."),
        (
            "subcision",
            "“Releasing a scar from below (subcision)” has or had this address. Choose another.",
        ),
    ],
)
def test_an_editor_learns_why_an_address_is_refused(address, error):
    response = staff("view", "change").post(address_page(), {"address": address})
    assert response.context["form"].errors == {"address": [error]}
    assert method().address == "tca-cross"
    assert not LogEntry.objects.exists()


def test_looking_at_the_page_changes_nothing():
    staff("view", "change").get(address_page(), {"address": "acid-dots"})
    assert method().address == "tca-cross"


def test_only_who_may_change_a_treatment_changes_its_address():
    reader = staff("view")
    for ask in (reader.get, reader.post):
        assert ask(address_page(), {"address": "acid-dots"}).status_code == 403
    assert method().address == "tca-cross"
    page = reader.get(reverse("admin:methods_method_change", args=[method().pk]))
    assert address_page() not in page.content.decode()


def test_the_page_of_a_treatment_leads_to_changing_its_address():
    editor = staff("view", "change")
    page = editor.get(reverse("admin:methods_method_change", args=[method().pk]))
    assert f'href="{address_page()}"' in page.content.decode()


def test_only_a_treatment_has_an_address_to_change(admin_client):
    trait = Trait.objects.first()
    page = admin_client.get(reverse("admin:methods_trait_change", args=[trait.pk]))
    assert "addresslink" not in page.content.decode()


# The feed of changes


def feed(client):
    return ElementTree.fromstring(client.get("/changes.xml").content)


def entries_of(client):
    return [
        [
            entry.findtext(f"{ATOM}title"),
            entry.find(f"{ATOM}link").get("href"),
            unescape(entry.findtext(f"{ATOM}summary")),
            parse_datetime(entry.findtext(f"{ATOM}updated")),
        ]
        for entry in feed(client).iter(f"{ATOM}entry")
    ]


def in_milliseconds(moment):
    """Return a time as an edition keeps it."""
    return moment.replace(microsecond=moment.microsecond // 1000 * 1000)


def ids(client):
    return [entry.findtext(f"{ATOM}id") for entry in feed(client).iter(f"{ATOM}entry")]


def test_the_feed_tells_what_changed_newest_first(client):
    first = publish(method(), "Said more of <pain>.").live_revision
    second = publish(method("subcision"), "Corrected a number.").live_revision
    assert entries_of(client) == [
        [
            "Releasing a scar from below (subcision)",
            f"{HOST}/treatments/subcision/",
            "Corrected a number.",
            in_milliseconds(second.created_at),
        ],
        [
            "Acid dots for pitted scars (TCA CROSS)",
            HOST + DOTS,
            "Said more of <pain>.",
            in_milliseconds(first.created_at),
        ],
    ]
    updated = parse_datetime(feed(client).findtext(f"{ATOM}updated"))
    assert updated == in_milliseconds(second.created_at)


def test_a_change_keeps_its_id_when_page_and_host_move(client, settings):
    publish(method())
    before = ids(client)
    move("tca-cross", "acid-dots")
    settings.SITE_URL = "https://clinic.example"
    assert ids(client) == before
    assert len(before) == 1
    assert entries_of(client)[0][1] == "https://clinic.example/treatments/acid-dots/"


def test_two_changes_of_a_page_have_two_ids(client):
    publish(method())
    publish(method())
    assert len(set(ids(client))) == 2


def test_a_page_that_is_gone_is_gone_from_the_feed(client):
    publish(method())
    verbs.unpublish(method())
    assert entries_of(client) == []


def test_without_changes_the_feed_is_as_old_as_the_newest_page(client):
    updated = parse_datetime(feed(client).findtext(f"{ATOM}updated"))
    shown = catalogue()
    newest = max(each.published_at for each in [*shown.methods, *shown.scar_types])
    assert updated == newest


# On paper


def foot(client, url):
    markup = client.get(url).content.decode()
    (found,) = re.findall(
        r'<div class="print-only leaflet-foot">.*?</div>\s*</div>', markup, re.DOTALL
    )
    return found


def words(markup):
    return " ".join(re.sub(r"<[^>]+>", " ", markup).split())


def test_a_printed_page_says_whose_it_is_how_old_and_where_to_find_it(client):
    change_clinic(
        name="Clinic",
        street="Main Street 1",
        postal_code="1010",
        town="Vienna",
        telephone="+43 1 234",
    )
    subject = publish(method(), reviewed_by="Dr A", reviewed_on=date(2026, 5, 4))
    day = subject.live_revision.created_at.strftime("%-d %B %Y")
    assert words(foot(client, DOTS)) == (
        "Clinic Main Street 1 1010 Vienna Telephone: +43 1 234 "
        f"Published on {day}. Reviewed by Dr A on 4 May 2026. "
        f"Read the page as it is today: {HOST}{DOTS} "
        "This page explains. It does not diagnose."
    )


def test_a_printed_page_says_when_nobody_has_reviewed_it(client):
    assert "Not yet reviewed by our doctor." in foot(client, DOTS)
    assert "reviewed" not in foot(client, ICE_PICK)


def test_a_printed_page_leads_back_by_a_qr_code(client, settings):
    settings.SITE_URL = "https://clinic.example"
    size, path = qr_code(f"https://clinic.example{DOTS}")
    assert f'<svg viewBox="0 0 {size} {size}" class="qr">' in foot(client, DOTS)
    assert f' d="{path}"' in foot(client, DOTS)
    assert f' d="{path}"' not in foot(client, ICE_PICK)


def test_the_preview_of_a_draft_has_no_leaflet(admin_client):
    url = reverse("admin:methods_method_preview", args=[method().pk])
    assert "leaflet-foot" not in admin_client.get(url).content.decode()


def test_a_new_code_may_not_be_an_address_that_another_page_has_or_had():
    move("subcision", "under-the-scar")
    for code in ("subcision", "under-the-scar"):
        with pytest.raises(ValidationError) as refused:
            Method(slug=code, title="New", group="laser").full_clean()
        assert "slug" in refused.value.error_dict
