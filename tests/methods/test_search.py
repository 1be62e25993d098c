"""The search: what people type, and what they should find."""

import re
import tomllib
from html import unescape
from pathlib import Path

import pytest
from django.urls import reverse

from methods import content
from methods.models import Clinic, Method, Synonym
from methods.publishing import editions, verbs
from methods.website.search_index import Index
from methods.website.search_results import Page, Passage
from methods.website.views import search as views
from tests.tables import for_each

pytestmark = pytest.mark.django_db

DATA = Path(__file__).parents[1] / "data"
SEARCH = "/search/"
LIST, COMPARE, START = "/treatments/", "/compare/", "/consultation/"
CONTACT, ABOUT, PRIVACY, SCARS = "/contact/", "/about/", "/privacy/", "/scars/"
PRICES = "/prices/"


def treatment(slug):
    return f"/treatments/{slug}/"


def scar(code):
    return f"/scars/{code}/"


def after(cause):
    return f"/after/{cause}/"


def html(client, query):
    response = client.get(SEARCH, {"q": query})
    assert response.status_code == 200
    return response.content.decode()


def text_of(markup):
    return " ".join(unescape(re.sub(r"<[^>]+>", "", markup)).split())


def found(client, query):
    """Return the addresses of the pages that were found, best first."""
    return re.findall(r'<h3><a href="([^"]+)">', html(client, query))


def paragraphs(client, query):
    return list(
        map(text_of, re.findall(r"<p[^>]*>(.*?)</p>", html(client, query), re.S))
    )


def headings(client, query):
    return [
        text_of(each) for each in re.findall(r"<h2>(.*?)</h2>", html(client, query))
    ]


def live_index():
    return views.index(editions.current(catalogue=True))


def edit_and_publish(slug, **fields):
    Method.objects.filter(slug=slug).update(**fields)
    method = Method.objects.for_draft().get(slug=slug)
    return verbs.publish(method, by=None, note="edited")


# What people type

AT_ONCE = [
    ("sanding", treatment("dermabrasion")),
    ("acid", treatment("fruit-acid-peel")),
    ("holes in my cheeks", after("acne")),
    ("lump on ear piercing", after("piercing")),
    ("stretch marks white", scar("striae_alba")),
    ("dark spots", scar("pih")),
    ("needle roller", treatment("microneedling")),
    ("dermaroller", treatment("microneedling")),
    ("vampire facial", treatment("microneedling-prp")),
    ("scar cream", treatment("silicone")),
    ("silicone sheets", treatment("silicone")),
    ("sun on scar", treatment("sun-protection")),
    ("burn scar tight", scar("contracture")),
    ("freezing", treatment("cryotherapy")),
    ("cortisone shot", treatment("steroid-injection")),
    ("filler", treatment("dermal-filler")),
    ("does it hurt", LIST),
    ("how long off work", LIST),
    ("how much does it cost", PRICES),
    ("is microneedling painful", treatment("microneedling")),
    ("bio oil", treatment("almond-oil-massage")),
    ("opening times", CONTACT),
    ("what is your address", CONTACT),
    ("doctor", ABOUT),
    ("book an appointment", START),
    ("pacemaker", treatment("rf-microneedling")),
    ("scar cremes", treatment("silicone")),
    ("honey on scar", treatment("scar-massage")),
    ("skin pealing treatment", treatment("fruit-acid-peel")),
    ("pealing", treatment("fruit-acid-peel")),
    ("fraxel", treatment("non-ablative-fractional-laser")),
    ("ipl", treatment("vascular-laser")),
    ("laser treatment", treatment("vascular-laser")),
    ("treatment for black skin", treatment("non-ablative-fractional-laser")),
    ("laser for dark skin", treatment("non-ablative-fractional-laser")),
    ("get rid of scar", treatment("surgical-excision")),
    ("get rid of my scars", treatment("surgical-excision")),
    ("keloid treatment", scar("keloid_suspected")),
    ("keloid on my ear", after("piercing")),
    ("ear keloid", after("piercing")),
    ("keloid chest", scar("keloid_suspected")),
    ("bcg scar", scar("hypertrophic")),
    ("appendix scar", after("operation")),
    ("hysterectomy scar", after("operation")),
    ("mastectomy scar", after("operation")),
    ("tummy tuck scar", after("operation")),
    ("accident scar", after("injury")),
    ("scar from dog bite", after("injury")),
    ("sunken scar on nose", scar("atrophic_other")),
    ("hollow in cheek", scar("atrophic_other")),
    ("dimples in cheeks", scar("atrophic_other")),
    ("pockmarks", after("acne")),
    ("melasma", scar("pih")),
    ("burned", after("burn")),
    ("burnt", after("burn")),
    ("scar on knee", after("injury")),
    ("scar on elbow", SCARS),
    ("scar on chin", SCARS),
    ("scar on cheek", after("acne")),
    ("my nose scar", SCARS),
    ("my scar is ugly", SCARS),
    ("painless treatment", LIST),
    ("which treatment", START),
    ("can you send photos", START),
    ("send a picture", START),
    ("forgot my link", START),
    ("lost my link", START),
    ("cancel appointment", CONTACT),
    ("how do I cancel", CONTACT),
    ("cancel booking", CONTACT),
    ("where is the clinic", CONTACT),
    ("email", CONTACT),
    ("open saturday", CONTACT),
    ("are you open on sunday", CONTACT),
    ("who will see me", ABOUT),
    ("cosmetologist", ABOUT),
    ("nurse", ABOUT),
    ("delete my data", PRIVACY),
    ("gdpr", PRIVACY),
    ("do you sell my data", PRIVACY),
    ("who owns my photos", PRIVACY),
]
# {group: {query: the right first answer}}: people's own words, in seven languages.
QUERIES = tomllib.loads((DATA / "queries.toml").read_text(encoding="utf-8"))
RIGHT = [(group, *row) for group, answers in QUERIES.items() for row in answers.items()]
AMONG_THREE = [
    ("scar removal", treatment("surgical-excision")),
    ("scar removal", treatment("fractional-ablative-laser")),
    ("acne marks", scar("pih")),
    ("acne marks", scar("pie")),
    ("acne scars", scar("ice_pick")),
    ("acne scars", scar("rolling")),
    ("c section scar", scar("mature_linear")),
    ("c section scar", scar("hypertrophic")),
    ("red scar", scar("immature")),
    ("red scar", scar("pie")),
    ("laser", treatment("fractional-ablative-laser")),
    ("stretch marks after pregnancy", scar("striae_rubra")),
    ("vitamin e", treatment("sun-protection")),
    ("price", CONTACT),
    ("can I do it while pregnant", after("pregnancy")),
    ("which treatment", START),
    ("big lump on my chest scar", scar("keloid_suspected")),
    ("scar on knee", scar("contracture")),
    ("hollow in cheek", after("acne")),
    ("pockmarks", scar("boxcar_deep")),
    ("fraxel", treatment("fractional-ablative-laser")),
    ("how much for acne scars", PRICES),
    ("how much for acne scars", scar("ice_pick")),
    ("cost of keloid treatment", PRICES),
]


@for_each(("phrase", "page"), AT_ONCE)
def test_an_everyday_phrase_finds_its_page_first(client, phrase, page):
    assert found(client, phrase)[0] == page


@for_each(("group", "query", "page"), RIGHT)
def test_what_people_type_has_the_right_first_answer(client, group, query, page):
    """The card with the support lines stands above those who may be in need of it."""
    has_card = "You are not alone with this" in headings(client, query)[:1]
    assert (found(client, query)[:1], has_card) == ([page], group == "support")


def test_a_hundred_and_fifty_queries_are_known():
    assert len(RIGHT) >= 150


@for_each(("phrase", "page"), AMONG_THREE)
def test_a_vague_phrase_finds_its_page_among_the_first_three(client, phrase, page):
    assert page in found(client, phrase)[:3]


@for_each(
    ("mistyped", "page"),
    [
        ("keloyd", scar("keloid_suspected")),
        ("keliod", scar("keloid_suspected")),
        ("hypertropic", scar("hypertrophic")),
        ("strech marks", after("pregnancy")),
        ("stretchmarks", after("pregnancy")),
        ("icepick", scar("ice_pick")),
        ("ice pik scars", scar("ice_pick")),
        ("micro needeling", treatment("microneedling")),
        ("micro-needling", treatment("microneedling")),
        ("derma roller", treatment("microneedling")),
        ("dermabrazion", treatment("dermabrasion")),
        ("dermabrassion", treatment("dermabrasion")),
        ("chemical peal", treatment("fruit-acid-peel")),
        ("sillicone sheet", treatment("silicone")),
        ("criotherapy", treatment("cryotherapy")),
        ("subsicion", treatment("subcision")),
        ("cortizone injecton", treatment("steroid-injection")),
        ("mésotherapie", treatment("mesotherapy")),
        ("SUNSCREEM", treatment("sun-protection")),
        ("openning hours", CONTACT),
    ],
)
def test_typing_mistakes_are_forgiven(client, mistyped, page):
    assert found(client, mistyped)[0] == page


def test_every_name_finds_its_own_page_first():
    index = live_index()
    owners = {}
    for page in index.pages:
        for name in (*page.titles, *page.also_called):
            owners.setdefault(index.key(name), (name, set()))[1].add(page)
    assert [
        name
        for name, pages in owners.values()
        # A name that several pages share finds these before all others.
        if {each.page for each in index.search(name).results[: len(pages)]} != pages
    ] == []


def test_everything_live_can_be_found():
    kinds = [page.kind for page in live_index().pages]
    assert {kind: kinds.count(kind) for kind in kinds} == {
        "What happened": 8,
        "Scar type": 22,
        "Treatment": 34,
        "Beside our treatments": 10,
        "Page": 10,
    }


# How pages are ranked


def page(title, **fields):
    return Page("Page", title, f"/{title}/", **fields)


def titles(index, query):
    return [each.page.title for each in index.search(query).results]


def passage(text):
    return Passage("Before", "#before", text)


def test_a_name_fits_better_than_a_synonym_and_that_better_than_a_word():
    pages = [
        page("Plaster for the night"),
        page("Synonym"),
        page("Name", also_called=("plasters",)),
        page("Plaster"),
    ]
    index = Index(pages, synonyms={"plaster": "synonym"})
    assert titles(index, "plaster") == [
        "Plaster",
        "Name",
        "Synonym",
        "Plaster for the night",
    ]


def test_the_higher_a_word_stands_the_better_it_fits():
    pages = [
        page("Section", passages=(passage("One may use plaster of Paris."),)),
        page("Summary", summary="A kind of plaster."),
        page("Name", also_called=("plasters for the day",)),
    ]
    assert titles(Index(pages), "plaster") == ["Name", "Summary"]
    assert titles(Index(pages[:2]), "plaster") == ["Summary", "Section"]


def test_equals_stay_in_the_order_of_the_clinic():
    pages = [page("Red lamp"), page("Blue lamp"), page("Green lamp")]
    assert titles(Index(pages), "lamp") == ["Red lamp", "Blue lamp", "Green lamp"]


def test_the_meanings_of_a_synonym_stay_in_their_order():
    pages = [page("Red lamp", summary="A torch."), page("Green lamp")]
    index = Index(pages, synonyms={"torch": "green lamp, , Red lamp"})
    assert titles(index, "torches") == ["Green lamp", "Red lamp"]


def test_a_meaning_that_is_no_name_is_looked_for_in_the_pages():
    pages = [page("Lamp"), page("Tablet", passages=(passage("Isotretinoin dries."),))]
    index = Index(pages, synonyms={"roaccutane": "isotretinoin"})
    assert titles(index, "roaccutane") == ["Tablet"]


def test_a_rare_word_counts_more_than_a_common_one():
    pages = [page(f"Scar {number}", summary="scar") for number in range(9)]
    pages.append(page("Needles"))
    assert titles(Index(pages), "scar needling")[0] == "Needles"


def test_a_page_whose_whole_name_is_said_fits_better_than_one_with_all_words():
    hook = page("Hook", also_called=("lamp hook",), summary="On the wall.")
    assert titles(Index([hook, page("Lamp")]), "lamp wall") == ["Lamp", "Hook"]


def test_the_first_page_of_a_synonym_stands_above_the_second_of_another():
    pages = [page("Red torch"), page("Green torch"), page("Prices"), page("Shops")]
    synonyms = {"torch": "Red torch, Green torch", "cheap": "Prices, Shops"}
    assert titles(Index(pages, synonyms=synonyms), "cheap torch") == [
        "Red torch",
        "Prices",
        "Green torch",
        "Shops",
    ]


def test_a_word_that_no_page_has_counts_against_none():
    pages = [page("Peel"), page("Lamp", summary="Warms.")]
    assert titles(Index(pages), "qqqq zyxwv warm jjjj") == ["Lamp"]


@for_each(
    ("query", "first"),
    [
        ("which lamp", "Guide"),
        ("which of your lamps", "Guide"),
        ("lamp", "Lamps of all kinds"),
        ("big and red", "Sun"),
        ("red and small and big", "Lamps of all kinds"),
    ],
)
def test_stop_words_count_in_synonyms_that_have_them(query, first):
    pages = [
        page("Lamps of all kinds", summary="Small, or big."),
        page("Guide"),
        page("Sun"),
    ]
    index = Index(
        pages,
        synonyms={"which lamp": "Guide", "red big": "Sun"},
        stop_words="and of which your",
    )
    assert titles(index, query)[0] == first


def test_a_stop_word_is_a_synonym_only_where_nothing_else_is_said():
    pages = [page("Lamps of all kinds"), page("Contact")]
    index = Index(pages, synonyms={"where": "Contact"}, stop_words="is the where")
    assert titles(index, "where is the lamp") == ["Lamps of all kinds"]
    assert titles(index, "where is the") == ["Contact"]


def test_a_name_is_one_in_any_order_of_its_words():
    pages = [page("Lamp", summary="Red."), page("Red lamp")]
    assert titles(Index(pages), "lamp red") == ["Red lamp", "Lamp"]


def test_a_page_with_the_whole_name_is_found_however_well_a_synonym_fits():
    pages = [page("Lamp"), page("Torch", also_called=("lantern",))]
    index = Index(pages, synonyms={"lantern": "Lamp"})
    assert titles(index, "lantern") == ["Torch", "Lamp"]


@for_each("query", ["glow50", "glow 50", "GLOW™", "Glow®50", "glow-50"])
def test_a_number_and_a_trade_mark_part_no_word_from_its_page(query):
    assert titles(Index([page("Lamp"), page("Glow")]), query) == ["Glow"]


def test_a_number_that_a_name_has_stays_with_it():
    pages = [page("Glow"), page("Glow8")]
    assert titles(Index(pages), "glow8") == ["Glow8"]


def test_cutting_is_no_cut():
    pages = [page("Cut"), page("Cutting")]
    assert titles(Index(pages), "cuts") == ["Cut"]
    assert titles(Index(pages), "cutting") == ["Cutting"]


@for_each(
    ("query", "alerts"),
    [
        ("slashing", {"urgent"}),
        ("slashing tyres", {"urgent"}),
        ("slashing prices", set()),
        ("prices", set()),
    ],
)
def test_a_word_behind_a_minus_calms_an_alert(query, alerts):
    index = Index([page("Lamp")], alerts={"urgent": ["slashing -prices"]})
    assert index.search(query).alerts == alerts


def test_the_last_word_may_be_unfinished():
    assert titles(Index([page("Dermabrasion"), page("Peel")]), "dermabr") == [
        "Dermabrasion"
    ]


@for_each("word", ["gol", "hel", "pad", "feet"])
def test_a_short_word_is_never_taken_for_another_nor_another_for_it(word):
    pages = [page("gel"), page("pod of a plant"), page("heel"), page("fee")]
    assert titles(Index(pages), f"{word} x") == []


@for_each("query", ["blé thé", "BLE THE", "ble-the", "blé’s thé"])
def test_case_accents_and_hyphens_make_no_difference(query):
    assert titles(Index([page("Blé, thé")]), query) == ["Blé, thé"]


def test_the_first_letter_of_a_short_word_is_trusted():
    assert titles(Index([page("Heal"), page("Peel")]), "peal") == ["Peel"]


def test_the_first_letter_of_a_long_word_is_trusted_if_another_word_has_it():
    pages = [page("Peeling"), page("Healing")]
    assert titles(Index(pages), "pealing") == ["Peeling"]
    assert titles(Index(pages[1:]), "pealing") == ["Healing"]


@for_each("word", ["blend", "blending", "blends"])
def test_a_right_word_is_never_taken_for_another(word):
    alerts = {"urgent": ["bleeding"]}
    pages = [page("Bend"), page("Bleeding")]
    index = Index(pages, right_words="blend", alerts=alerts)
    answer = index.search(word)
    assert (answer.readings, answer.alerts) == ({}, frozenset())


def test_burnt_is_burned():
    index = live_index()
    assert titles(index, "burnt scar") == titles(index, "burned scar")


# What the answer says


def test_a_synonym_is_said(client):
    assert "We read “sanding” as: Dermabrasion." in paragraphs(client, "sanding")


def test_a_correction_is_said(client):
    assert "We read “keloyd” as: keloid." in paragraphs(client, "keloyd")


def test_a_word_that_no_page_has_is_said(client):
    said = "None of our pages has “zyxwv”. These have the rest."
    assert said in paragraphs(client, "zyxwv dermabrasion")


@pytest.mark.parametrize(
    ("query", "word"),
    [
        ("scar from horse bite", "horse"),
        ("scar on ankle", "ankle"),
        ("do you sell my data", "sell"),
        ("latex allergy", "latex"),
        ("swelling knuckles", "knuckles"),
    ],
)
def test_an_unknown_word_is_said_beside_what_the_rest_finds(client, query, word):
    assert f"None of our pages has “{word}”. These have the rest." in paragraphs(
        client, query
    )
    assert found(client, query) != []


def test_an_allergy_leads_to_sentences_about_it(client):
    results = html(client, "latex allergy").split('<ol class="results">')[1]
    assert len(re.findall("<mark>allerg(?:y|ies)</mark>", results, re.I)) >= 5


def test_what_no_page_speaks_of_is_not_found(client):
    assert found(client, "liposuction") == []


def test_words_that_were_asked_for_are_marked(client):
    markup = html(client, "needles")
    assert "<mark>needles</mark>" in markup.split('<ol class="results">')[1]


def test_a_page_that_a_synonym_names_is_not_full_of_marks(client):
    results = html(client, "holes").split('<ol class="results">')[1]
    assert set(re.findall(r"<mark>(.*?)</mark>", results)) == {"hole", "holes"}


def test_a_result_leads_to_the_sentence_that_was_asked_for(client):
    laser = treatment("non-ablative-fractional-laser")
    assert (
        f'<a href="{laser}#after">Afterwards</a>: Use <mark>sunscreen</mark> of SPF'
        in html(client, "sunscreen after laser")
    )


def test_a_summary_is_shown_without_its_codes(client):
    assert re.findall(r"\[[A-Z]+\d*\]", html(client, "cryotherapy")) == []


@pytest.mark.parametrize("url", [treatment("silicone"), scar("ice_pick")])
def test_every_section_is_where_the_search_leads(client, url):
    anchors = {
        each.address.split("#")[1]
        for page in live_index().pages
        for each in page.passages
        if page.address == url
    }
    ids = set(re.findall(r'id="([^"]+)"', client.get(url).content.decode()))
    assert (len(anchors) > 3, anchors - ids) == (True, set())


def test_nothing_found_is_said_with_a_way_on(client):
    markup = html(client, "zyxwv")
    assert headings(client, "zyxwv") == ["Nothing found", "Or look for yourself"]
    links = set(re.findall(r'href="([^"]+)"', markup.split("<main")[1]))
    assert links >= {LIST, "/scars/", START}


def test_names_that_look_alike_are_offered_where_nothing_is_found():
    answer = Index([page("Peel"), page("Ear clip")]).search("aer clp")
    assert (answer.results, [each.title for each in answer.near]) == ((), ["Ear clip"])


@pytest.mark.parametrize("query", ["", "   ", "\x00\x1f"])
def test_an_empty_search_shows_examples_that_find_something(client, query):
    assert headings(client, query) == ["For example", "Or look for yourself"]
    examples = re.findall(r'href="(\?q=[^"]+)"', html(client, query))
    assert len(examples) == 5
    for each in examples:
        assert '<ol class="results">' in client.get(SEARCH + each).content.decode()


@for_each("query", ["???", "<b>", "'; --", "%", "💥", "the of a"])
def test_an_odd_query_is_answered_calmly(client, query):
    assert headings(client, query)[-1] in {
        "Or look for yourself",
        "Not what you looked for?",
    }


def test_what_was_typed_is_escaped(client):
    markup = html(client, '<script>alert("x")</script>')
    assert "<script>alert" not in markup
    assert 'value="&lt;script&gt;alert(&quot;x&quot;)&lt;/script&gt;"' in markup


def test_a_long_query_is_cut_and_control_characters_are_dropped(client):
    markup = html(client, "laser\x00\r\n" + "x" * 500)
    assert re.search(r'value="([^"]*)"', markup)[1] == "laser " + "x" * 94


# When another thing comes first


@pytest.mark.parametrize(
    "query",
    [
        "bleeding mole",
        "scar growing",
        "infected scar",
        "infectd",
        "infekted wound",
        "bleading",
        "pus",
        "scar won't heal",
        "wound not healing",
        "new lump in scar",
        "fever after laser",
        "can't breathe",
        "skin cancer",
    ],
)
def test_what_cannot_wait_comes_before_every_result(client, query):
    assert headings(client, query)[0] == "Do not wait for us if:"


@for_each("query", [phrase for phrase, _page in AT_ONCE + AMONG_THREE])
def test_an_everyday_phrase_alarms_nobody(client, query):
    assert '<div class="care-card' not in html(client, query)


@for_each(
    "query",
    ["wedding in 2 weeks", "blending scars", "aseptic", "sceptic", "glowing skin"],
)
def test_a_word_that_only_looks_alarming_alarms_nobody(client, query):
    assert '<div class="care-card' not in html(client, query)


def test_a_cancelled_visit_is_no_cancer_even_without_the_synonym():
    Synonym.objects.filter(phrase="cancel").delete()
    editions.renew()
    index = live_index()
    assert index.search("cancelled").alerts == index.search("cancel").alerts == set()
    assert index.search("cancar").alerts == {"urgent"}


@pytest.mark.parametrize(
    "query",
    [
        "suicide",
        "sucide",
        "I want to hurt myself",
        "i burnt myself",
        "I want to cut myself today",
        "feel like hurting myself again",
        "overdose pills",
    ],
)
def test_who_may_be_in_danger_is_met_kindly_and_shown_no_treatment(client, query):
    assert headings(client, query) == [
        "You are not alone with this",
        "If it is about a scar",
    ]
    assert found(client, query) == []


@pytest.mark.parametrize(
    ("query", "page"),
    [
        ("burned myself with iron", after("burn")),
        ("burnt myself cooking oil", after("burn")),
        ("cut myself shaving", after("new-wound")),
        ("i cut myself with a kitchen knife", after("new-wound")),
        ("hurt myself falling off bike", after("injury")),
    ],
)
def test_who_had_an_accident_is_met_kindly_and_finds_pages(client, query, page):
    assert headings(client, query)[0] == "You are not alone with this"
    assert found(client, query)[0] == page


@for_each(
    "query",
    [
        "self-harm",
        "cutting",
        "cutting myself",
        "I cannot stop cutting",
        "cut marks on arm",
    ],
)
def test_who_speaks_of_self_harm_finds_support_and_only_its_page(client, query):
    assert headings(client, query)[0] == "You are not alone with this"
    assert found(client, query) == [after("self-harm")]


@for_each("query", ["cutting scars", "scars on my wrist from cutting"])
def test_who_speaks_of_cutting_is_never_shown_a_surgeons_cut(client, query):
    assert found(client, query)[0] == after("self-harm")
    assert treatment("surgical-excision") not in found(client, query)


@for_each(
    "query",
    [
        "cutting a scar out",
        "can you cut out my scar",
        "cut on chin",
        "scar on arm",
        "healed cut",
    ],
)
def test_a_surgeons_cut_and_that_of_a_knife_are_no_alarm(client, query):
    assert '<div class="care-card' not in html(client, query)


def test_a_word_that_staff_gave_to_self_harm_calls_for_support_too(client):
    Synonym.objects.create(phrase="zyxwv", means="Scars from self-harm")
    editions.renew()
    assert headings(client, "zyxwv")[0] == "You are not alone with this"


@pytest.mark.parametrize(
    "query",
    [
        "i keep cutting myself and cannot get out",
        "help me get out of cutting myself",
        "cutting my arms, freaking out",
        "cutting my wrist out of despair",
        "i cut my arms when i am stressed out",
    ],
)
def test_a_word_beside_it_does_not_hide_who_listens(client, query):
    assert "You are not alone with this" in headings(client, query)


def test_scars_of_self_harm_are_scars_like_any_other(client):
    assert headings(client, "self harm scars")[0] == "You are not alone with this"
    assert found(client, "self harm scars")[:3] == [
        after("self-harm"),
        scar("hypopigmented"),
        scar("mature_linear"),
    ]
    assert "We read" not in html(client, "self harm scars")


@pytest.mark.parametrize("query", ["suicide", "infected scar"])
def test_the_telephone_is_at_hand(client, query):
    Clinic.objects.update_or_create(pk=1, defaults={"telephone": "+43 1 234 56 78"})
    editions.renew()
    card = html(client, query).split('<div class="care-card')[1].split("</div>")[0]
    assert 'href="tel:+4312345678"' in card


# Nothing is kept


def test_an_answer_is_stored_nowhere(client):
    response = client.get(SEARCH, {"q": "keloid"})
    assert "no-store" in response["Cache-Control"]
    assert not hasattr(response, "edition")
    assert dict(response.cookies) == {}


def test_what_was_typed_is_logged_nowhere(client, caplog):
    caplog.set_level(0)
    html(client, "zyxwv keloid")
    client.post(SEARCH + "?q=zyxwv")
    assert "zyxwv" not in caplog.text


def test_search_engines_do_not_list_answers(client):
    markup = html(client, "keloid")
    assert re.findall(r'name="robots" content="([^"]+)"', markup) == ["noindex"]
    assert text_of(re.search(r"<title>(.*?)</title>", markup)[1]).startswith(
        "Search results"
    )


def test_a_search_only_reads(client):
    assert client.post(SEARCH).status_code == 405


# What it costs, and when it is new


def test_a_search_costs_one_query_and_the_first_of_an_edition_one_more(
    client, count_queries, monkeypatch
):
    editions.renew()
    monkeypatch.setattr(views, "_indexes", {})
    url = SEARCH + "?q=keloid"
    assert [count_queries(client, url) for _ in range(3)] == [2, 1, 1]


def test_a_published_edit_is_found_and_a_draft_is_not(client):
    Method.objects.filter(slug="silicone").update(also_called="zyxwv")
    assert found(client, "zyxwv") == []
    edit_and_publish("silicone", also_called="zyxwv")
    assert found(client, "zyxwv") == [treatment("silicone")]


def test_a_published_sentence_is_found(client):
    edit_and_publish("silicone", after_do="Dance the zyxwv.")
    assert f'<a href="{treatment("silicone")}#after">' in html(client, "zyxwv")


# The words of staff


def save(client, pk=None, **data):
    """Open and save a synonym in the admin, and return what the page then says."""
    url = reverse("admin:methods_synonym_change", args=[pk]) if pk else None
    url = url or reverse("admin:methods_synonym_add")
    data["opened"] = client.get(url).context["adminform"].form["opened"].value()
    response = client.post(url, data, follow=True)
    assert response.status_code == 200
    return text_of(response.content.decode())


def test_a_synonym_is_understood_at_once(admin_client):
    said = save(admin_client, phrase="zyxwv", means="dermabrasion")
    first = "Who looks for “zyxwv” now finds first: Sanding the skin (dermabrasion)."
    assert first in said
    assert found(admin_client, "zyxwv") == [treatment("dermabrasion")]


def test_a_meaning_that_finds_nothing_is_said(admin_client):
    said = save(admin_client, phrase="zyxwv", means="Dermabrasion, qqqq")
    assert "“qqqq” finds no page. Write a name that a page has." in said
    assert "“Dermabrasion” finds no page" not in said


def test_a_synonym_that_the_search_takes_for_another_is_refused(admin_client):
    said = save(admin_client, phrase="Sandings", means="Dermabrasion")
    assert "The search takes this for “sanding”. Change that row instead." in said
    assert Synonym.objects.filter(phrase="Sandings").count() == 0


def test_a_synonym_can_be_saved_again(admin_client):
    synonym = Synonym.objects.get(phrase="sanding")
    save(admin_client, synonym.pk, phrase="sanding", means="Fruit-acid peel")
    synonym.refresh_from_db()
    assert synonym.means == "Fruit-acid peel"


def test_a_synonym_without_words_is_refused(admin_client):
    said = save(admin_client, phrase="???", means="Dermabrasion")
    assert "Write words, for example: sanding." in said


def test_every_synonym_of_the_starter_content_finds_something():
    index = live_index()
    assert [
        (phrase, text)
        for phrase, means in content.synonyms().items()
        for text, pages in index.meant(means).items()
        if not pages
    ] == []


def test_no_two_synonyms_of_the_starter_content_are_the_same_to_the_search():
    index = live_index()
    keys = [index.key_of_synonym(phrase) for phrase in content.synonyms()]
    assert len(set(keys)) == len(keys)
