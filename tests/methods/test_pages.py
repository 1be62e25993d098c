"""The public pages: what they say, what they keep back, and what they cost."""

import re
from html import unescape

import pytest
from django.urls import reverse

from methods import editions, entries, publishing
from methods.models import Clinic, Method, ScarType
from methods.references import References
from methods.templatetags.citations import cite, cited_items, uncited
from methods.views.treatments import method_page

pytestmark = pytest.mark.django_db

LIST = "/treatments/"
PEEL = "/treatments/fruit-acid-peel/"
ICE_PICK = "/scars/ice_pick/"
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


def html(client, url):
    response = client.get(url)
    assert response.status_code == 200
    return response.content.decode()


def text_of(markup):
    """Return what a person reads of HTML: no tags, single spaces."""
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", markup)).split())


def page(client, url):
    return text_of(html(client, url))


def links_in(markup):
    return re.findall(r'href="([^"]+)"', markup)


def headings(markup, level):
    return [
        text_of(each) for each in re.findall(rf"<h{level}>(.*?)</h{level}>", markup)
    ]


def part(markup, heading):
    """Return the HTML between one second-level heading and the next."""
    return re.search(rf"<h2>{heading}</h2>(.*?)(<h2|</main>)", markup, re.S)[1]


def make_draft(slug, **fields):
    return Method.objects.create(slug=slug, title="Never published", **fields)


def publish_copy(slug, *, of, **changes):
    """Publish a method with the content of another."""
    content = publishing.draft(Method.objects.for_draft().get(slug=of))
    method = Method()
    publishing.write_draft(method, content | {"slug": slug, "title": slug} | changes)
    return publishing.publish(method, by=None, note="copy")


def edit(slug, **fields):
    Method.objects.filter(slug=slug).update(**fields)
    return Method.objects.get(slug=slug)


def edit_and_publish(slug, **fields):
    return publishing.publish(edit(slug, **fields), by=None, note="edited")


# Every page


@pytest.mark.parametrize("url", ["/", LIST, PEEL, "/scars/", ICE_PICK])
def test_a_page_can_be_cached_for_everyone(client, url):
    response = client.get(url)
    assert (response.get("Vary"), dict(response.cookies)) == (None, {})


@pytest.mark.parametrize("url", ["/", LIST, PEEL, "/scars/", ICE_PICK])
def test_a_page_has_no_inline_style_or_script(client, url):
    assert re.findall(r"<script|<style| style=| on\w+=", html(client, url)) == []


@pytest.mark.parametrize(
    "url", ["/treatments/unknown/", "/scars/unknown/", "/scars/everyone/"]
)
def test_an_unknown_address_is_not_found(client, url):
    assert client.get(url).status_code == 404


def test_every_live_method_and_scar_type_has_a_page(client):
    urls = [reverse("methods:detail", args=[m.slug]) for m in publishing.live_methods()]
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
    assert len(read) == 1 + 2 + 30 + 17


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
    publishing.unpublish(Method.objects.get(slug="tca-cross"))
    url = reverse("methods:detail", args=["tca-cross"])
    assert client.get(url).status_code == 404
    shown = [html(client, each) for each in ("/", LIST, ICE_PICK)]
    assert [url in links_in(each) for each in shown] == [False] * 3


def test_a_treatment_does_not_link_to_an_unpublished_scar_type(client):
    publishing.unpublish(ScarType.objects.get(finding__code="ice_pick"))
    assert client.get(ICE_PICK).status_code == 404
    assert ICE_PICK not in links_in(html(client, "/treatments/tca-cross/"))


# What a page costs


@pytest.mark.parametrize(
    ("url", "most"), [("/", 1), (LIST, 1), (PEEL, 2), ("/scars/", 1), (ICE_PICK, 2)]
)
def test_a_page_costs_the_same_for_more_treatments(client, count_queries, url, most):
    assert count_queries(client, url) == most
    for number in range(3):
        publish_copy(f"copy-{number}", of="tca-cross")
        publish_copy(f"variant-{number}", of="mandelic-peel")
    assert count_queries(client, url) == most


# The list


@pytest.mark.parametrize(("slug", "name"), FOUNDING_ARTICLE)
def test_the_ways_of_the_founding_article_are_found_by_name(client, slug, name):
    url = reverse("methods:detail", args=[slug])
    assert url in links_in(html(client, LIST))
    title_and_names = text_of(html(client, url).partition("Key facts")[0])
    assert name in title_and_names.lower()


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


def test_the_list_names_every_method_once(client):
    titles = sorted(each.title for each in publishing.live_methods())
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
    assert publishing.CITATION.findall(page(client, LIST)) == []


# Home


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
        "What it is for",
        "What it is not for",
        "What it can do",
        "What it cannot do",
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


def test_a_treatment_shows_every_safety_criterion_that_the_engine_reads(client):
    missing = []
    for entry in publishing.live_methods():
        shown = page(client, reverse("methods:detail", args=[entry.slug]))
        missing += [
            (entry.slug, each.for_patient)
            for each in entry.criteria
            if each.is_safety and " ".join(each.for_patient.split()) not in shown
        ]
    assert missing == []


def test_a_treatment_says_until_when_to_wait(client):
    waiting = page(client, "/treatments/fractional-ablative-laser/")
    assert "Until the sore has healed completely. If you have a cold sore" in waiting


def test_a_treatment_tells_each_criterion_once(client):
    criterion = {
        "kind": "precaution",
        "line": "",
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
    publish_copy("copy", of="sun-protection", criteria=rows)
    assert page(client, "/treatments/copy/").count("Told to two groups.") == 1


def test_a_treatment_shows_nothing_that_is_for_staff(client):
    told = set()
    for entry in publishing.live_methods():
        shown = page(client, reverse("methods:detail", args=[entry.slug]))
        notes = [each.for_staff for each in entry.criteria]
        notes += [each.note for each in entry.sources.values()]
        told |= {note for note in notes if note and note in shown}
    assert told == set()


def test_a_treatment_says_how_early_it_is_tried_for_a_scar_type(client):
    uses = part(html(client, "/treatments/punch-excision/"), "What it is for")
    first = re.search(r"<div>.*?</div>", uses, re.S)[0]
    assert links_in(first)[0] == ICE_PICK
    assert text_of(first).startswith("Ice-pick scars Often tried first.")


def test_a_treatment_says_where_doctors_disagree(client):
    assert "Doctors disagree: One series revised widened scars from 4 months" in page(
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
        next_review_on="2026-03-04",
    )
    about = text_of(part(html(client, PEEL), "About this page"))
    assert about.startswith(
        "Reviewed by Dr Ana Ruiz, dermatologist on 4 March 2025. "
        "Next review: 4 March 2026. Last published on"
    )


def test_the_urgent_card_gives_the_number_to_call(client):
    Clinic(telephone="01632 960 000").save()
    editions.renew()
    card = part(html(client, PEEL), "Call us today if:")
    assert links_in(card)[-1] == "tel:01632960000"


def test_a_treatment_is_described_by_its_summary_without_codes(client):
    markup = html(client, "/treatments/dermabrasion/")
    description = re.search(r'<meta name="description" content="([^"]*)"', markup)[1]
    summary = Method.objects.get(slug="dermabrasion").summary
    assert unescape(description) == summary.replace(" [E2]", "")
    assert "[E2]" in summary


def test_a_draft_is_shown_under_its_banner(client, rf):
    request = rf.get("/admin/")
    draft = publishing.preview(edit("fruit-acid-peel", title="Draft title"))
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
    assert cited_items(["<b>"], References({})) == "<li>&lt;b&gt;</li>"


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


def test_no_page_of_a_treatment_shows_a_code(client):
    shown = {
        entry.slug: publishing.CITATION.findall(
            page(client, reverse("methods:detail", args=[entry.slug]))
        )
        for entry in publishing.live_methods()
    }
    assert {slug: codes for slug, codes in shown.items() if codes} == {}


def test_a_source_names_its_kind(client):
    listed = part(html(client, "/treatments/surgical-excision/"), "Sources")
    items = [text_of(each) for each in re.findall(r"<li.*?</li>", listed)]
    assert "General knowledge, no source seen." in items
    assert (
        "Namgoong S. Widened scar, dermal splinting (2015). "
        "Trial, case series or narrative review."
    ) in items


# A scar type


def test_a_scar_type_tells_its_sections_in_order(client):
    assert headings(html(client, "/scars/keloid_suspected/"), 2) == [
        "What it looks like",
        "How it comes about",
        "Without treatment",
        "Ask a doctor to look at it if:",
        "Often tried first",
        "Second choice",
        "Beside another treatment",
        "What does not help, or not by itself",
        "Sources",
        "About this page",
    ]


def test_a_scar_type_lists_treatments_in_the_clinics_order(client):
    first = part(html(client, ICE_PICK), "Often tried first")
    assert links_in(first) == ["/treatments/punch-excision/", "/treatments/tca-cross/"]


def test_a_scar_type_names_together_what_fails_for_the_same_reason(client):
    against = part(html(client, ICE_PICK), "What does not help, or not by itself")
    home = [each for each in re.findall(r"<li>.*?</li>", against) if "nutmeg" in each]
    assert len(home) == 1
    assert len(links_in(home[0])) == 5


def test_a_scar_type_is_called_provisional(client):
    assert "What you see yourself is provisional." in page(client, ICE_PICK)
