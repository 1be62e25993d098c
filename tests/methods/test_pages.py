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
from methods.protocol.facts import Facts
from methods.protocol.findings import establish
from methods.protocol.vocabulary import BodySite
from methods.publishing import editions, freezing, live, verbs
from methods.templatetags.citations import cite, uncited
from methods.website import metadata, reasons
from methods.website.references import References
from methods.website.views import treatments
from methods.website.views.treatments import method_page
from tests.methods.reading import (
    fold,
    headings,
    html,
    links_in,
    listed,
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


def source(code, kind="study"):
    return entries.Source(code=code, title=f"Title of {code}", kind=kind)


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
        to_read |= {
            link for link in links if re.match("/(treatments|scars|after)/", link)
        }
        to_read -= read
    assert len(read) == 1 + 2 + 34 + 22 + 8


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
    assert "Edited title" in listed(html(client, LIST))


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
        or name not in shown[slug][1].lower()
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
    assert sorted(listed(html(client, LIST))) == titles


def test_the_list_can_be_cut_to_one_scar_type(client):
    shown = part(html(client, f"{LIST}?scar=ice_pick"), "Surgery")
    assert listed(shown) == ["Punching out deep pits (punch excision)"]
    assert "Often tried first" in text_of(shown)
    assert shown.count('<th scope="row"') == 1


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


def test_home_leads_to_what_happened_and_then_to_each_scar_type(client):
    markup = html(client, "/")
    catalogue = editions.current(catalogue=True).catalogue
    ways = [link for link in links_in(markup) if link.startswith("/after/")]
    assert ways == [f"/after/{each.code}/" for each in catalogue.causes]
    assert [
        text_of(each)
        for each in re.findall(r"<li>.*?</li>", fold(markup, "shapes"), re.S)
    ] == [each.title for each in live_scar_types()]


def test_home_has_one_way_in(client):
    buttons = re.findall(r'class="button" href="([^"]+)"', html(client, "/"))
    assert buttons == [reverse("consultations:start")]


# A treatment


def test_a_treatment_tells_five_things_and_folds_the_rest(client):
    shown, _more, folded = html(client, "/treatments/surgical-excision/").partition(
        "All the rest</h2>"
    )
    assert headings(shown, 2) == [
        "What it can do",
        "What it cannot do",
        "How it feels, what it costs",
        "Not for you, or not yet",
    ]
    for words in ("Olive, brown or black skin:", "The gravest risk:", "Call 112 if:"):
        assert words in text_of(shown)
    assert headings(folded, 3) == [
        "Every reason to wait, or not to have it",
        "For which scars",
        "Before your visit",
        "On the day, step by step",
        "Afterwards",
        "What can go wrong, by how often",
        "When to call us",
        "What else there is, and doing nothing",
        "Questions to ask us",
        "Sources, and how far to trust them",
        "Other names for it",
    ]


def test_every_no_stands_above_the_folds_of_its_page(client):
    words_of = editions.current().site.reasons
    missing = []
    for entry in live.methods():
        url = reverse("methods:detail", args=[entry.slug])
        shown = text_of(html(client, url).partition("<details")[0]).lower()
        missing += [
            (entry.slug, words_of[code].words)
            for each in entry.criteria_of("contraindication")
            for code in each.when
            if words_of[code].words.lower() not in shown
            # Of many places, those are named that it is not for: see the next test.
            and not (words_of[code].group == "place" and "anywhere but:" in shown)
        ]
    assert missing == []


def test_no_rule_says_no_to_a_place_that_a_page_leaves_out():
    wrong, told = [], 0
    site = editions.current().site
    labels = {str(each.label).lower(): each for each in BodySite}
    for entry in live.methods():
        for group in reasons.groups(entry.criteria, site.reasons):
            for place in (place for row in group.rows for place in row.but):
                told += 1
                known = establish(Facts(body_site=labels[place]))
                wrong += [
                    (entry.slug, place, row.when)
                    for row in entry.criteria_of("contraindication")
                    if all(known.get(code) for code in row.when)
                ]
    assert wrong == []
    # Dermabrasion and whole-surface laser name those few, at least.
    assert told > 1


def test_every_finding_of_a_safety_rule_has_words_and_a_heading_for_patients(client):
    words_of = editions.current().site.reasons
    used = {
        code
        for entry in live.methods()
        for each in entry.criteria
        if each.is_safety
        for code in each.when
    }
    assert {code for code in used if not words_of[code].group} == set()
    assert {code for code in used if words_of[code].words[:1].isupper()} <= {
        "methaemoglobin_risk"
    }


def test_a_treatment_shows_every_safety_criterion_that_the_engine_reads(shown):
    missing = [
        (slug, each.for_patient)
        for slug, (entry, text) in shown.items()
        for each in entry.criteria
        if each.is_safety and " ".join(each.for_patient.split()) not in text
    ]
    assert missing == []


def test_a_treatment_says_until_when_to_wait(client):
    first = text_of(html(client, "/treatments/tca-cross/").partition("<details")[0])
    assert "Wait pregnant: until after the birth." in first


def test_several_times_to_wait_make_one_row_above_the_folds(client):
    markup = html(client, "/treatments/tca-cross/")
    first = text_of(markup.partition("<details")[0])
    assert "a cold sore: until it is over." in first
    assert "waits until the sore has healed completely" in text_of(
        fold(markup, "all-reasons")
    )


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
    uses = fold(html(client, "/treatments/punch-excision/"), "for")
    first = re.search(r"<div>.*?</div>", uses, re.S)[0]
    assert links_in(first)[0] == ICE_PICK
    assert text_of(first).startswith("Narrow, deep pits (ice-pick scars) Often tried")


def test_a_treatment_says_where_sources_disagree(client):
    sources = fold(html(client, "/treatments/surgical-excision/"), "sources")
    assert "The other side: One series revised widened scars from 4 months" in (
        text_of(sources)
    )


def test_a_variant_and_its_main_entry_lead_to_each_other(client):
    variant, main = html(client, "/treatments/mandelic-peel/"), html(client, PEEL)
    assert PEEL in links_in(fold(variant, "alternatives"))
    assert "/treatments/mandelic-peel/" in links_in(fold(main, "alternatives"))


def test_a_treatment_without_a_review_says_so(client):
    assert "Not yet reviewed by our doctor." in page(client, PEEL)


def test_a_treatment_says_who_reviewed_it_and_when_it_is_due(client):
    edit_and_publish(
        "fruit-acid-peel",
        reviewed_by="Dr Ana Ruiz, dermatologist",
        reviewed_on="2025-03-04",
        next_review_on="2125-03-04",
    )
    about = text_of(fold(html(client, PEEL), "sources"))
    assert (
        "Reviewed by Dr Ana Ruiz, dermatologist on 4 March 2025. "
        "Next review: 4 March 2125."
    ) in about


def test_the_urgent_card_gives_the_number_to_call(client):
    Clinic(telephone="01632 960 000").save()
    editions.renew()
    card = fold(html(client, PEEL), "call")
    assert links_in(card)[-1] == "tel:01632960000"


def test_a_price_is_told_in_the_clinic_s_currency(client):
    Clinic(currency="CHF").save()
    edit_and_publish("fruit-acid-peel", price_from=90, price_to=140)
    facts = text_of(part(html(client, PEEL), "How it feels, what it costs"))
    assert "Price 90 to 140 CHF each" in facts


def test_the_list_shows_the_prices_that_are_known(client):
    Clinic(currency="CHF").save()
    edit_and_publish("fruit-acid-peel", price_from="1200.50", price_remark="a <b>")
    cells = re.findall(r'class="price">(.*?)</td>', html(client, "/treatments/"))
    shown = [each for each in cells if each]
    assert shown == ["1,200.50 CHF (a &lt;b&gt;)"]


def test_who_misses_a_price_is_told_whom_to_ask(client):
    facts = part(html(client, PEEL), "How it feels, what it costs")
    panel = facts.partition("</dl>")[0]
    assert links_in(panel) == [reverse("methods:contact")]
    assert text_of(panel).endswith("Price Ask us")


def test_a_treatment_leads_to_others_for_the_same_scars(client):
    related = editions.current().site.related["tca-cross"]
    shown = fold(html(client, "/treatments/tca-cross/"), "alternatives")
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
    about = fold(html(client, PEEL), "sources").partition("What changed lately")[2]
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
    about = text_of(fold(html(client, PEEL), "sources"))
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
    edit_and_publish("dermabrasion", summary="A burr sands the skin [E2].")
    markup = html(client, "/treatments/dermabrasion/")
    description = re.search(r'<meta name="description" content="([^"]*)"', markup)[1]
    assert unescape(description) == "A burr sands the skin."


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


def test_codes_in_a_row_become_one_mark_of_the_best_source_behind_the_stop():
    references = References(sources("B1", "C2") | {"G3": source("G3", "guideline")})
    shown = [cite(text, references) for text in ("x [C2] [G3]. Then", "y [C2]")]
    assert [text_of(each) for each in shown] == ["x. guideline Then", "y study"]
    assert [links_in(each) for each in shown] == [["#source-1"], ["#source-2"]]


def test_general_knowledge_bears_no_mark():
    references = References(sources("GK", "C2"))
    assert cite("Ours [GK].", references) == "Ours."
    assert [each.code for each in references] == ["C2"]


def test_a_code_that_is_no_source_stays_as_text():
    assert cite("Known [B9].", References(sources("B1"))) == "Known [B9]."


def test_a_citation_escapes_the_text_around_it():
    assert cite("<b> [B9] & [B1", References({})) == "&lt;b&gt; [B9] &amp; [B1"


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
        (ICE_PICK, [("true", "Scars")]),
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
    listed = fold(html(client, "/treatments/surgical-excision/"), "sources")
    items = [text_of(each) for each in re.findall(r"<li.*?</li>", listed)]
    assert (
        "study Namgoong S. Widened scar, dermal splinting (2015). "
        "Trial, case series or narrative review."
    ) in items
    assert [each for each in items if "General knowledge" in each] == []


def test_a_source_without_a_year_says_so(client):
    listed = text_of(fold(html(client, "/treatments/surgical-excision/"), "sources"))
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


def test_a_scar_type_shows_its_treatments_side_by_side_and_folds_the_rest(client):
    shown, _more, folded = html(client, "/scars/keloid_suspected/").partition(
        "All the rest</h2>"
    )
    assert headings(shown, 2) == [
        "Is it mine?",
        "See a doctor first if:",
        "Treatments side by side",
    ]
    assert headings(folded, 3) == [
        "Second choices",
        "What each of them does for it",
        "What can be added",
        "What does not help, or not by itself",
        "Without treatment",
        "How it comes about",
        "Sources, and how far to trust them",
        "Other names for it",
    ]


def test_a_scar_type_says_of_each_treatment_what_it_asks_of_you(client):
    markup = html(client, "/scars/keloid_suspected/")
    table = part(markup, "Treatments side by side")
    rows = re.findall(r'<tr role="row"><th scope="row".*?</tr>', table, re.S)
    steroid = next(text_of(each) for each in rows if "Steroid injection" in each)
    assert re.search("Days off .* Pain .* Sessions .* Price .* If pregnant", steroid)
    assert "pregnant" in steroid.partition("If pregnant or breastfeeding")[2]
    assert text_of(rows[-1]).startswith("Nothing for now")


def test_a_scar_type_lists_treatments_by_line_in_the_clinics_order(client):
    table = part(html(client, ICE_PICK), "Treatments side by side")
    rows = re.findall(r'<th scope="row".*?</th>', table, re.S)
    told = [(links_in(each)[0], text_of(each)) for each in rows]
    first = [link for link, words in told if "Often tried first" in words]
    assert first == ["/treatments/punch-excision/", "/treatments/tca-cross/"]
    assert [link for link, _words in told][: len(first)] == first


def test_what_can_be_added_is_told_apart_from_what_is_tried_alone(client):
    keloids = "keloid_suspected"
    added = fold(html(client, f"/scars/{keloids}/"), "beside")
    told = re.findall(r"<p>(.*?)</p>", added)
    assert [unescape(each) for each in told] == [
        row.for_patient
        for each in live.methods()
        if each.group != "referral"
        for row in treatments.once(each.criteria_of("indication"))
        if keloids in row.when and row.line == "adjunct"
    ]


def test_a_treatment_of_two_lines_stands_under_each(client):
    markup = html(client, "/scars/keloid_suspected/")
    parts = (part(markup, "Treatments side by side"), fold(markup, "beside"))
    assert ["/treatments/silicone/" in links_in(each) for each in parts] == [True, True]


def test_a_scar_type_names_together_what_fails_for_the_same_reason(client):
    against = fold(html(client, ICE_PICK), "not")
    home = [each for each in re.findall(r"<li>.*?</li>", against) if "nutmeg" in each]
    assert len(home) == 1
    assert len(links_in(home[0])) == 5


def test_a_scar_type_is_called_provisional(client):
    assert "What you see yourself is provisional." in page(client, ICE_PICK)


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
