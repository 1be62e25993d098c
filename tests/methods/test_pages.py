"""The public pages: what they say, what they keep back, and what they cost."""

import re
from datetime import datetime, time, timedelta
from html import unescape

import pytest
from django.core.exceptions import ValidationError
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format

from methods.models import Clinic, Method, Notice, ScarType, Source
from methods.protocol import entries
from methods.publishing import editions, freezing, live, verbs
from methods.templatetags.citations import cite, uncited
from methods.website import metadata
from methods.website.references import References
from methods.website.views import treatments
from methods.website.views.treatments import method_page
from tests.methods.reading import (
    headings,
    html,
    links_in,
    page,
    part,
    publish_copy,
    text_of,
)

pytestmark = pytest.mark.django_db

LIST = "/treatments/"
PEEL = "/treatments/fruit-acid-peel/"
ICE_PICK = "/scars/ice_pick/"
COMPARISON = "/compare/?treatment=tca-cross&treatment=subcision"
FOUNDING_ARTICLE = [
    ("surgical-excision", "surgical removal with a hidden suture"),
    ("subcision", "subcutaneous excision"),
    ("fractional-ablative-laser", "laser resurfacing"),
    ("dermabrasion", "mechanical resurfacing"),
    ("fruit-acid-peel", "fruit-acid peel"),
    ("mesotherapy", "mesotherapy"),
    ("blue-clay-mask", "blue clay"),
    ("almond-oil-massage", "almond oil"),
    ("essential-oil-massage", "essential oil"),
    ("bodyaga-mask", "bodyaga"),
    ("nutmeg-mask", "nutmeg"),
]


def live_scar_types():
    return editions.current(catalogue=True).catalogue.scar_types


def source(code):
    return entries.Source(code=code, title=f"Title of {code}")


def sources(*codes):
    return {code: source(code) for code in codes}


def make_draft(slug, **fields):
    return Method.objects.create(slug=slug, title="Never published", **fields)


def edit(slug, **fields):
    Method.objects.filter(slug=slug).update(**fields)
    return Method.objects.get(slug=slug)


def edit_and_publish(slug, **fields):
    return verbs.publish(edit(slug, **fields), by=None, note="edited")


# Every page


@pytest.mark.parametrize("url", ["/", LIST, PEEL, "/scars/", ICE_PICK, COMPARISON])
def test_a_page_can_be_cached_for_everyone(client, url):
    response = client.get(url)
    assert (response.get("Vary"), dict(response.cookies)) == (None, {})


@pytest.mark.parametrize("url", ["/", LIST, PEEL, "/scars/", ICE_PICK, COMPARISON])
def test_a_page_has_no_inline_style_or_script(client, url):
    data = re.escape('<script type="application/ld+json">')
    forbidden = rf"(?!{data})<script|<style| style=| on\w+="
    assert re.findall(forbidden, html(client, url)) == []


@pytest.mark.parametrize(
    "url", ["/treatments/unknown/", "/scars/unknown/", "/scars/everyone/"]
)
def test_an_unknown_address_is_not_found(client, url):
    assert client.get(url).status_code == 404


@pytest.fixture(scope="module")
def shown(django_db_setup, django_db_blocker):
    """Return {slug: (entry, text of its page)} of every treatment, as the clinic opens."""
    with django_db_blocker.unblock():
        client = Client()
        return {
            entry.slug: (
                entry,
                page(client, reverse("methods:detail", args=[entry.slug])),
            )
            for entry in live.methods()
        }


def test_every_live_method_and_scar_type_has_a_page(client):
    urls = [reverse("methods:detail", args=[m.slug]) for m in live.methods()]
    urls += [reverse("methods:scar", args=[t.code]) for t in live_scar_types()]
    assert [url for url in urls if client.get(url).status_code != 200] == []


def test_every_link_within_the_site_leads_somewhere(client):
    to_read, read = {"/"}, set()
    while to_read:
        url = to_read.pop()
        read.add(url)
        links = links_in(html(client, url))
        to_read |= {link for link in links if re.match("/(treatments|scars)/", link)}
        to_read -= read
    assert len(read) == 1 + 2 + 34 + 22


@pytest.mark.parametrize("url", ["/", LIST, PEEL, "/scars/", ICE_PICK, COMPARISON])
def test_every_place_that_a_page_names_is_on_it_once(client, url):
    markup = html(client, url)
    ids = re.findall(r'\sid="([^"]+)"', markup)
    assert sorted(ids) == sorted(set(ids))
    named = {link[1:] for link in links_in(markup) if link.startswith("#")}
    assert named - set(ids) == set()


# Only what is live


def test_an_unpublished_edit_does_not_show(client):
    before = [html(client, url) for url in ("/", LIST, PEEL, ICE_PICK)]
    edit("fruit-acid-peel", title="Edited", summary="Edited", group="laser")
    ScarType.objects.update(title="Edited", summary="Edited")
    assert [html(client, url) for url in ("/", LIST, PEEL, ICE_PICK)] == before


def test_a_published_edit_shows(client):
    edit_and_publish("fruit-acid-peel", title="Edited title")
    assert headings(html(client, PEEL), 1) == ["Edited title"]
    assert "Edited title" in headings(html(client, LIST), 3)


def test_a_new_draft_does_not_show(client):
    draft = make_draft("draft", group="laser")
    assert client.get(reverse("methods:detail", args=["draft"])).status_code == 404
    assert draft.title not in page(client, LIST)


def test_an_unpublished_method_is_gone_from_every_page(client):
    verbs.unpublish(Method.objects.get(slug="tca-cross"))
    url = reverse("methods:detail", args=["tca-cross"])
    assert client.get(url).status_code == 404
    shown = [html(client, each) for each in ("/", LIST, ICE_PICK)]
    assert [url in links_in(each) for each in shown] == [False] * 3


def test_a_treatment_does_not_link_to_an_unpublished_scar_type(client):
    verbs.unpublish(ScarType.objects.get(finding__code="ice_pick"))
    assert client.get(ICE_PICK).status_code == 404
    assert ICE_PICK not in links_in(html(client, "/treatments/tca-cross/"))


# What a page costs


COSTS = {"/": 1, LIST: 1, PEEL: 2, "/scars/": 1, ICE_PICK: 2, COMPARISON: 2}
"""How many queries a page makes."""


def test_a_page_costs_the_same_for_more_treatments(client, count_queries):
    assert {url: count_queries(client, url) for url in COSTS} == COSTS
    for number in range(3):
        publish_copy(f"copy-{number}", of="tca-cross")
        publish_copy(f"variant-{number}", of="mandelic-peel")
    assert {url: count_queries(client, url) for url in COSTS} == COSTS


# The list


def test_the_ways_of_the_founding_article_are_found_by_name(client, shown):
    listed = links_in(html(client, LIST))
    missing = [
        (slug, name)
        for slug, name in FOUNDING_ARTICLE
        if reverse("methods:detail", args=[slug]) not in listed
        or name not in shown[slug][1].partition("Key facts")[0].lower()
    ]
    assert missing == []


def test_the_list_shows_the_groups_in_order(client):
    assert headings(html(client, LIST), 2) == [
        "Laser",
        "Surgery",
        "Mechanical resurfacing",
        "Peels and acids",
        "Needling",
        "Injections",
        "Cold",
        "Everyday care",
        "Creams on prescription",
        "Home remedies",
        "Advice for everyone",
    ]


def test_the_list_names_every_method_but_referrals_once(client):
    titles = sorted(each.title for each in live.methods() if each.group != "referral")
    assert sorted(headings(html(client, LIST), 3)) == titles


def test_the_list_can_be_cut_to_one_scar_type(client):
    shown = part(html(client, f"{LIST}?scar=ice_pick"), "Surgery")
    assert text_of(shown).startswith("Punching out or lifting a pit")
    assert "Often tried first" in text_of(shown)
    assert len(headings(shown, 3)) == 1


def test_the_list_for_a_scar_type_keeps_the_advice_for_everyone(client):
    assert "Advice for everyone" in headings(html(client, f"{LIST}?scar=pie"), 2)


@pytest.mark.parametrize("scar", ["", "unknown", "everyone"])
def test_the_list_ignores_what_is_no_scar_type(client, scar):
    assert html(client, f"{LIST}?scar={scar}") == html(client, LIST)


def test_the_list_shows_no_citation_codes(client):
    assert freezing.CITATION.findall(page(client, LIST)) == []


# Home


@pytest.mark.parametrize("name", metadata.PAGES)
def test_whoever_reads_the_answers_has_one_name(client, name):
    # Roles of staff are called otherwise; a visitor need not know two words.
    told = page(client, reverse(f"methods:{name}"))
    assert re.findall(r"\bcosmetologists?\b", told, re.I) == []


def test_home_leads_to_each_scar_type_with_what_is_tried_first(client):
    markup = html(client, "/")
    titles = [each.title for each in live_scar_types()]
    assert headings(markup, 3) == titles
    ice_pick = re.search(rf'href="{ICE_PICK}".*?</li>', markup, re.S)[0]
    assert links_in(ice_pick)[1:] == [
        "/treatments/punch-excision/",
        "/treatments/tca-cross/",
    ]


def test_home_has_one_way_in(client):
    buttons = re.findall(r'class="button" href="([^"]+)"', html(client, "/"))
    assert buttons == [reverse("consultations:start")]


# A treatment


def test_a_treatment_tells_its_sections_in_order(client):
    assert headings(html(client, "/treatments/surgical-excision/"), 2) == [
        "Key facts",
        "Who should not have it, or should wait",
        "What it can do",
        "What it cannot do",
        "For which scars",
        "Before",
        "What happens",
        "After",
        "Risks",
        "Call us today if:",
        "Go to an emergency department or call an ambulance if:",
        "Alternatives",
        "Questions to ask",
        "Sources",
        "About this page",
    ]


def test_a_treatment_shows_every_safety_criterion_that_the_engine_reads(shown):
    missing = [
        (slug, each.for_patient)
        for slug, (entry, text) in shown.items()
        for each in entry.criteria
        if each.is_safety and " ".join(each.for_patient.split()) not in text
    ]
    assert missing == []


def test_a_treatment_says_until_when_to_wait(client):
    waiting = page(client, "/treatments/fractional-ablative-laser/")
    assert "Until the sore has healed completely. If you have a cold sore" in waiting


def test_a_treatment_tells_each_criterion_once(client):
    criterion = {
        "kind": "precaution",
        "line": "",
        "level": "",
        "refer": [],
        "unless": [],
        "until": "",
        "for_patient": "Told to two groups.",
        "for_staff": "Said twice.",
        "contested": "",
        "sources": ["GK"],
        "reviewed_on": None,
        "origin": "",
    }
    rows = [criterion | {"when": [code]} for code in ("smoker", "diabetes")]
    first = {"kind": "indication", "line": "first", "for_patient": "It helps."}
    rows += [criterion | first | {"when": ["everyone"]}]
    publish_copy("copy", of="sun-protection", criteria=rows)
    assert page(client, "/treatments/copy/").count("Told to two groups.") == 1


def test_a_treatment_shows_nothing_that_is_for_staff(shown):
    told = set()
    for entry, text in shown.values():
        notes = [each.for_staff for each in entry.criteria]
        notes += [each.note for each in entry.sources.values()]
        told |= {note for note in notes if note and note in text}
    assert told == set()


def test_a_treatment_says_how_early_it_is_tried_for_a_scar_type(client):
    uses = part(html(client, "/treatments/punch-excision/"), "For which scars")
    first = re.search(r"<div>.*?</div>", uses, re.S)[0]
    assert links_in(first)[0] == ICE_PICK
    assert text_of(first).startswith("Ice-pick scars Often tried first.")


def test_a_treatment_says_where_sources_disagree(client):
    assert "Sources disagree: One series revised widened scars from 4 months" in page(
        client, "/treatments/surgical-excision/"
    )


def test_a_variant_and_its_main_entry_lead_to_each_other(client):
    variant, main = html(client, "/treatments/mandelic-peel/"), html(client, PEEL)
    assert PEEL in links_in(variant.partition("Key facts")[0])
    assert "/treatments/mandelic-peel/" in links_in(main.partition("Key facts")[0])


def test_a_treatment_without_a_review_says_so(client):
    assert "Not yet reviewed by our doctor." in page(client, PEEL)


def test_a_treatment_says_who_reviewed_it_and_when_it_is_due(client):
    edit_and_publish(
        "fruit-acid-peel",
        reviewed_by="Dr Ana Ruiz, dermatologist",
        reviewed_on="2025-03-04",
        next_review_on="2125-03-04",
    )
    about = text_of(part(html(client, PEEL), "About this page"))
    assert about.startswith(
        "Reviewed by Dr Ana Ruiz, dermatologist on 4 March 2025. "
        "Next review: 4 March 2125. Last published on"
    )


def test_the_urgent_card_gives_the_number_to_call(client):
    Clinic(telephone="01632 960 000").save()
    editions.renew()
    card = part(html(client, PEEL), "Call us today if:")
    assert links_in(card)[-1] == "tel:01632960000"


def test_a_treatment_can_be_jumped_through(client):
    contents = re.search(r'<nav class="contents".*?</nav>', html(client, PEEL), re.S)[0]
    assert links_in(contents) == [
        "#facts",
        "#who",
        "#can",
        "#cannot",
        "#for",
        "#before",
        "#steps",
        "#after",
        "#risks",
        "#call",
        "#alternatives",
        "#questions",
        "#sources",
        "#about-page",
    ]


def test_a_price_is_told_in_the_clinic_s_currency(client):
    Clinic(currency="CHF").save()
    edit_and_publish("fruit-acid-peel", price_from=90, price_to=140)
    facts = text_of(part(html(client, PEEL), "Key facts"))
    assert facts.endswith("Price 90 to 140 CHF")


def test_the_list_shows_the_prices_that_are_known(client):
    Clinic(currency="CHF").save()
    edit_and_publish("fruit-acid-peel", price_from="1200.50", price_remark="a <b>")
    shown = re.findall(r"<dt>Price</dt> <dd>(.*?)</dd>", html(client, "/treatments/"))
    assert shown == ["1,200.50 CHF (a &lt;b&gt;)"]


def test_who_misses_a_price_is_told_whom_to_ask(client):
    facts = part(html(client, PEEL), "Key facts")
    assert links_in(facts) == [reverse("methods:contact")]
    assert text_of(facts).endswith("Price Ask us")


def test_a_treatment_leads_to_others_for_the_same_scars(client):
    related = editions.current().site.related["tca-cross"]
    shown = part(html(client, "/treatments/tca-cross/"), "Alternatives")
    assert links_in(shown.partition("For the same scars")[2]) == [
        link
        for slug in related
        for link in (
            f"/treatments/{slug}/",
            f"/compare/?treatment=tca-cross&amp;treatment={slug}",
        )
    ]


def test_a_treatment_tells_what_changed_lately(client):
    edit_and_publish("fruit-acid-peel", title="Peel")
    about = part(html(client, PEEL), "About this page")
    day = date_format(timezone.localdate(), "j F Y")
    items = [text_of(each) for each in re.findall(r"<li>.*?</li>", about)]
    assert items == [f"{day}: edited"]


def review_until(day):
    edit_and_publish(
        "fruit-acid-peel",
        reviewed_by="Dr Ana Ruiz",
        reviewed_on="2025-03-04",
        next_review_on=day,
    )


def test_a_treatment_says_that_its_review_is_overdue(client):
    review_until(timezone.localdate() - timedelta(days=1))
    about = text_of(part(html(client, PEEL), "About this page"))
    day = date_format(timezone.localdate() - timedelta(days=1), "j F Y")
    assert f"Review overdue It was due on {day}." in about
    assert "Next review" not in about


def test_the_last_day_for_a_review_is_not_overdue_and_the_page_ends_with_it(client):
    today = timezone.localdate()
    review_until(today)
    response = client.get(PEEL)
    assert "Review overdue" not in response.content.decode()
    tomorrow = datetime.combine(today + timedelta(days=1), time.min)
    assert response.keep_until == timezone.make_aware(tomorrow)


def test_a_treatment_is_described_by_its_summary_without_codes(client):
    markup = html(client, "/treatments/dermabrasion/")
    description = re.search(r'<meta name="description" content="([^"]*)"', markup)[1]
    summary = Method.objects.get(slug="dermabrasion").summary
    assert unescape(description) == summary.replace(" [E2]", "")
    assert "[E2]" in summary


def test_a_draft_is_shown_under_its_banner(client, rf):
    request = rf.get("/admin/")
    draft = freezing.preview(edit("fruit-acid-peel", title="Draft title"))
    extra = {"banner": "Not live", "back": "/admin/methods/"}
    markup = method_page(
        request, draft, editions.current().site, extra
    ).content.decode()
    assert headings(markup, 1) == ["Draft title"]
    assert "Not live" in text_of(markup)
    assert "Last published" not in text_of(markup)


# Sources


def test_codes_become_numbers_in_the_order_of_their_first_citation():
    references = References(sources("B1", "C2"))
    shown = [text_of(cite(text, references)) for text in ("x [C2] [B1].", "y [C2]")]
    assert shown == ["x [1] [2] .", "y [1]"]


def test_a_code_that_is_no_source_stays_as_text():
    assert cite("Known [B9].", References(sources("B1"))) == "Known\xa0[B9]."


def test_a_citation_escapes_the_text_around_it():
    assert cite("<b> [B9] & [B1", References({})) == "&lt;b&gt;\xa0[B9] &amp;\xa0[B1"


def test_no_text_of_an_editor_becomes_markup(client):
    hostile = '<b onclick="x">&'
    texts = [
        field.attname
        for field in Method._meta.fields
        if field.get_internal_type() in ("CharField", "TextField")
        and not field.choices
        and field.editable
    ]
    method = edit("silicone", **dict.fromkeys(texts, hostile))
    method.criteria.update(for_patient=hostile, contested=hostile)
    method.criteria.filter(kind="deferral").update(until=hostile)
    Source.objects.update(title=hostile, url=f'https://x.example/"{hostile}')
    scar_type = ScarType.objects.get(finding__code="ice_pick")
    for name in ("title", "also_called", "summary", "looks_like", "see_a_doctor"):
        setattr(scar_type, name, hostile)
    scar_type.save()
    Clinic.objects.update(name=hostile, street=hostile, town=hostile, about=hostile)
    Notice.objects.create(text=hostile, starts_at=timezone.now())
    for subject in (scar_type, method):
        verbs.publish(subject, by=None, note=hostile)
    for url in (
        "/",
        LIST,
        f"{LIST}?scar=ice_pick",
        "/scars/",
        ICE_PICK,
        f"{LIST}silicone/",
        "/compare/?treatment=silicone&treatment=subcision",
        "/about/",
        "/contact/",
        "/search/?q=silicone",
    ):
        markup = html(client, url)
        assert re.findall(r"<b on|url=\"https://x.example/\"<", markup) == [], url
        assert "&lt;b onclick=" in markup, url


@pytest.mark.parametrize(
    ("address", "marked"),
    [
        ("/", []),
        (LIST, [("page", "Treatments")]),
        (PEEL, [("true", "Treatments")]),
        (ICE_PICK, [("true", "Scar types")]),
        ("/search/", [("page", "Search")]),
        (COMPARISON, []),
    ],
)
def test_the_head_of_a_page_marks_the_link_that_leads_here(client, address, marked):
    head = html(client, address).partition("</header>")[0]
    assert re.findall(r'aria-current="(\w+)">([^<]+)', head) == marked


def test_sources_that_no_text_cites_come_last():
    references = References(sources("B1", "C2", "D3"))
    references.number("D3")
    assert [each.code for each in references] == ["D3", "B1", "C2"]


def test_a_text_can_lose_its_codes():
    assert uncited("One [C12] [GK]. Two [no].") == "One. Two [no]."


def test_every_citation_leads_to_its_source(client):
    markup = html(client, "/treatments/surgical-excision/")
    cited = {int(each) for each in re.findall(r'href="#source-(\d+)"', markup)}
    listed = [int(each) for each in re.findall(r'id="source-(\d+)"', markup)]
    assert listed == list(range(1, len(listed) + 1))
    assert cited <= set(listed)


def test_no_page_of_a_treatment_shows_a_code(shown):
    codes = {
        slug: freezing.CITATION.findall(text) for slug, (_entry, text) in shown.items()
    }
    assert {slug: found for slug, found in codes.items() if found} == {}


def test_a_source_names_its_kind(client):
    listed = part(html(client, "/treatments/surgical-excision/"), "Sources")
    items = [text_of(each) for each in re.findall(r"<li.*?</li>", listed)]
    assert "General knowledge, no source seen." in items
    assert (
        "Namgoong S. Widened scar, dermal splinting (2015). "
        "Trial, case series or narrative review."
    ) in items


def test_a_source_without_a_year_says_so(client):
    listed = text_of(part(html(client, "/treatments/surgical-excision/"), "Sources"))
    method = Method.objects.published().get(slug="surgical-excision")
    entry = entries.method(method.live_revision.content)
    without = [
        each
        for each in entry.sources.values()
        if each.year is None and each.code != "GK"
    ]
    assert len(without) > 3
    told = [f"{each.title} (no year given). {each.grade.label}." for each in without]
    assert [each for each in told if each not in listed] == []


# A scar type


def test_a_scar_type_tells_its_sections_in_order(client):
    assert headings(html(client, "/scars/keloid_suspected/"), 2) == [
        "What it looks like",
        "Often tried first",
        "Second choice",
        "Beside another treatment",
        "What does not help, or not by itself",
        "Without treatment",
        "Ask a doctor to look at it if:",
        "How it comes about",
        "Scar types that are treated alike",
        "Sources",
        "About this page",
    ]


def test_a_scar_type_lists_treatments_in_the_clinics_order(client):
    first = part(html(client, ICE_PICK), "Often tried first")
    assert links_in(first) == ["/treatments/punch-excision/", "/treatments/tca-cross/"]


def test_a_line_tells_only_what_holds_in_it(client):
    keloids = "keloid_suspected"
    markup = html(client, f"/scars/{keloids}/")
    for heading, line in [
        ("Often tried first", "first"),
        ("Second choice", "second"),
        ("Beside another treatment", "adjunct"),
    ]:
        told = re.findall(r"<p>(.*?)</p>", part(markup, heading))
        assert [unescape(each) for each in told] == [
            row.for_patient
            for each in live.methods()
            if each.group != "referral"
            for row in treatments.once(each.criteria_of("indication"))
            if keloids in row.when and row.line == line
        ]


def test_a_treatment_of_two_lines_stands_under_each(client):
    markup = html(client, "/scars/keloid_suspected/")
    lines = ("Often tried first", "Beside another treatment")
    shown = ["/treatments/silicone/" in links_in(part(markup, each)) for each in lines]
    assert shown == [True, True]


def test_a_scar_type_names_together_what_fails_for_the_same_reason(client):
    against = part(html(client, ICE_PICK), "What does not help, or not by itself")
    home = [each for each in re.findall(r"<li>.*?</li>", against) if "nutmeg" in each]
    assert len(home) == 1
    assert len(links_in(home[0])) == 5


def test_a_scar_type_is_called_provisional(client):
    assert "What you see yourself is provisional." in page(client, ICE_PICK)


def test_a_scar_type_leads_to_those_that_are_treated_alike(client):
    verbs.unpublish(ScarType.objects.get(finding__code="boxcar_deep"))
    markup = html(client, ICE_PICK)
    alike = links_in(part(markup, "Scar types that are treated alike"))
    assert "/scars/boxcar_shallow/" in alike
    assert {"/scars/boxcar_deep/", ICE_PICK} & set(alike) == set()
    # Burns share additions with pits, and no treatment.
    assert "/scars/hypertrophic_widespread/" not in alike


@pytest.mark.parametrize(
    "address", ["javascript:go()", "data:text/html,x", "//evil.example", "/admin/"]
)
def test_the_address_of_a_source_is_one_of_the_web(address):
    source = Source.objects.exclude(url="").first()
    source.full_clean()
    source.url = address
    with pytest.raises(ValidationError) as refused:
        source.full_clean()
    assert list(refused.value.message_dict) == ["url"]
