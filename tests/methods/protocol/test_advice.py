"""What an editor is advised of: promises, brands, markup, long sentences."""

from methods import content
from methods.protocol import advice

CASES = {
    "Guaranteed, the best and painless.": ["claim", "claim", "claim"],
    "Botox softens it.": ["brand"],
    "It is **bold**.": ["markup", "markup"],
    "See <b>this</b> [g12].": ["markup", "markup", "markup"],
    "One two three four five six seven eight nine ten. " * 3: [],
    f"{'word ' * 20}end [G1].": ["long"],
    f"{'word ' * 19}end [G1].": [],
    "It can hurt, and we tell you how much [G1].": [],
}


def kinds(text, name="can"):
    found = advice.of({"sections": {name: [text]}})
    assert {each.field for each in found} <= {name}
    return [each.kind for each in found]


def test_each_kind_is_found_and_nothing_else():
    assert {text: kinds(text) for text in CASES} == CASES
    assert kinds("Make it perfectly invisible.", "cannot") == []


def test_it_leads_to_the_field_of_a_rule():
    rows = [{"for_patient": "Fine."}, {"for_patient": "Painless."}]
    (found,) = advice.of({"criteria": rows})
    assert (found.field, found.words) == ("criteria-1-for_patient", "Painless")


def test_the_starter_catalogue_has_none_but_a_sheet_that_does_not_hurt():
    pages = [*content.methods(), *content.scar_types(), *content.causes()]
    assert [
        (each.field, each.words)
        for page in pages
        for each in advice.of(page)
        if each.kind != "long"
    ] == [("feel", "no pain")]
