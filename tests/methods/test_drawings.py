import re
from xml.etree import ElementTree

import brotli
import pytest
from django.conf import settings
from django.template import Context, Template
from django.utils.functional import Promise

from methods import content
from methods.protocol import entries
from methods.protocol.coded_findings import ScarTypeCode
from methods.protocol.vocabulary import BodySite, MethodGroup
from methods.website import drawings

SVG = "{http://www.w3.org/2000/svg}"
FOLDER = settings.BASE_DIR / "static" / "clinic"
SPRITE = (FOLDER / "drawings.svg").read_text()
STYLE = (FOLDER / "clinic.css").read_text()
DRAWN = {each.get("id") for each in ElementTree.fromstring(SPRITE).iter()} - {None}

METHODS = {
    "almond-oil-massage": "oil",
    "blue-clay-mask": "mask",
    "bodyaga-mask": "mask",
    "cryotherapy": "cold",
    "dermabrasion": "abrasion",
    "dermal-filler": "filler",
    "essential-oil-massage": "oil",
    "fractional-ablative-laser": "light_columns",
    "fruit-acid-peel": "peel",
    "full-field-ablative-laser": "light_field",
    "mandelic-peel": "peel",
    "mesotherapy": "injections",
    "microneedling": "needles",
    "microneedling-prp": "needles_plasma",
    "non-ablative-fractional-laser": "light_below",
    "nutmeg-mask": "mask",
    "prescription-pigment-cream": "cream",
    "pressure-therapy": "pressure",
    "punch-excision": "punch",
    "rf-microneedling": "needles_heat",
    "salicylic-peel": "peel",
    "scar-massage": "massage",
    "silicone": "sheet",
    "steroid-5fu-injection": "injection",
    "steroid-injection": "injection",
    "subcision": "release",
    "sun-protection": "shade",
    "surgical-excision": "suture",
    "tca-cross": "acid_dots",
    "vascular-laser": "light_vessels",
}


def draw(source, **context):
    return Template("{% load drawings %}" + source).render(Context(context)).strip()


def a_method(**fields):
    return entries.Method(**{"slug": "new", "title": "New"} | fields)


def test_whatever_has_a_name_is_drawn():
    assert set(drawings.DRAWINGS) - DRAWN == set()


def test_each_scar_type_and_each_place_has_a_drawing_of_its_own():
    assert [drawings.for_scar_type(code) for code in ScarTypeCode.values] == (
        ScarTypeCode.values
    )
    assert set(BodySite.values) - set(drawings.PLACES) == {BodySite.OTHER}


def test_a_scar_type_that_is_not_known_is_plain_skin():
    assert drawings.for_scar_type("another") == "skin"


def test_each_treatment_of_the_starter_catalogue_shows_how_it_works():
    shown = {
        each["slug"]: drawings.for_method(
            a_method(slug=each["slug"], group=each["group"], traits=each["traits"])
        )
        for each in content.methods()
    }
    # What is no treatment, and shows no way of treating.
    others = {slug: code for slug, code in shown.items() if slug not in METHODS}
    assert shown == METHODS | others
    assert set(others.values()) == {drawings.PLAIN}


@pytest.mark.parametrize(
    ("group", "traits", "code"),
    [
        ("laser", ["light", "rf_energy"], "needles_heat"),
        ("physical", ["light"], "light_columns"),
        ("topical", ["topical", "freezing"], "cold"),
        ("home", ["home", "touches_skin"], "mask"),
        ("", [], "skin"),
    ],
)
def test_a_treatment_that_staff_add_shows_its_traits_else_its_group(
    group, traits, code
):
    assert drawings.for_method(a_method(group=group, traits=traits)) == code


def test_every_trait_and_group_leads_to_a_drawing():
    ways = {*drawings.METHODS.values(), *drawings.TRAITS.values()}
    ways |= {*drawings.GROUPS.values()}
    assert ways == {*drawings.WAYS, drawings.PLAIN}
    assert set(drawings.GROUPS) == set(MethodGroup)
    traits = {trait["slug"] for trait in content.traits()}
    assert set(drawings.TRAITS) - traits == set()


def test_titles_and_descriptions_are_translatable_and_in_short_sentences():
    words = [
        text
        for each in drawings.DRAWINGS.values()
        for text in (each.title, each.description)
    ]
    assert [text for text in words if not isinstance(text, Promise)] == []
    sentences = [each for text in words for each in re.split(r"[.;:] ", str(text))]
    assert [each for each in sentences if len(each.split()) >= 20] == []


def test_a_drawing_is_an_image_named_by_its_title_and_description():
    assert draw('{% drawing "ice_pick" %}') == (
        '<svg class="drawing tone-2" viewBox="0 0 240 160"'
        ' preserveAspectRatio="xMidYMin slice" width="240" height="160"'
        ' fill="none" stroke="currentColor" role="img"'
        ' aria-labelledby="drawing-1 drawing-1-shows">'
        '<title id="drawing-1">Ice-pick scar</title>'
        '<desc id="drawing-1-shows">Side view of skin. A pit like a needle hole, under'
        " 2 mm wide, narrows to a point deep in the skin.</desc>"
        '<use href="/static/clinic/drawings.svg#ice_pick"/></svg>'
    )


def test_a_drawing_beside_its_words_is_hidden_and_takes_the_skin_it_is_given():
    assert draw('{% drawing "hand" decorative=True tone="6" %}') == (
        '<svg class="drawing tone-6" viewBox="0 0 240 160"'
        ' preserveAspectRatio="xMidYMin slice" width="240" height="160"'
        ' fill="none" stroke="currentColor" aria-hidden="true">'
        '<use href="/static/clinic/drawings.svg#hand"/></svg>'
    )


def test_an_id_stands_once_on_a_page_in_included_templates_too():
    again = Template('{% load drawings %}{% drawing "pie" %}')
    page = draw('{% drawing "pie" %}{% include again only %}', again=again)
    assert re.findall(r' id="([^"]+)"', page) == [
        "drawing-1",
        "drawing-1-shows",
        "drawing-2",
        "drawing-2-shows",
    ]


def test_no_code_is_no_drawing_and_a_wrong_one_is_an_error():
    assert draw("{% drawing code %}", code="") == ""
    with pytest.raises(KeyError):
        draw('{% drawing "unicorn" %}')


def test_the_file_needs_nothing_that_the_content_security_policy_forbids():
    root = ElementTree.fromstring(SPRITE)
    kinds = {each.tag.removeprefix(SVG) for each in root.iter()}
    assert kinds == {"svg", "defs", "g", "path", "use", "ellipse", "circle"}
    assert [each for each in root.iter() if each.get("style")] == []


def test_each_shared_part_is_there_and_each_colour_is_set():
    assert set(re.findall(r'href="#(\w+)"', SPRITE)) - DRAWN == set()
    colours = set(re.findall(r"var\((--\w+)\)", SPRITE))
    rule = STYLE.split("/* drawings */")[1].split("}")[0]
    assert colours - set(re.findall(r"(--\w+):", rule)) == set()


def test_where_colours_are_forced_each_colour_is_a_system_colour():
    section = STYLE.split("/* drawings */")[1]
    usual, forced = (
        set(re.findall(r"(--\w+):", section.split(start)[1].split("}")[0]))
        for start in (".drawing {", "(forced-colors: active)")
    )
    assert usual - forced == set()


def test_all_drawings_together_weigh_less_than_a_small_photo():
    assert len(brotli.compress(SPRITE.encode())) < 5_900
