"""The strip at the top of the desk, without a page around it."""

from types import SimpleNamespace

import pytest

from consultations.review.desk.page import _weight_of
from consultations.review.desk.strip import StripPresenter
from methods.protocol.facts import Facts
from methods.protocol.vocabulary import QuestionGroup

LABELS = {"rf_lump": "New or growing lump", "rf_ulcer": "Sore"}


def named(codes):
    return [LABELS[code] for code in codes]


def a_strip(**known):
    route = SimpleNamespace(findings=known.pop("findings", []))
    evidence = SimpleNamespace(pages=[], of_fact=lambda _name, _number: [])
    facts = known.pop("facts", {1: Facts()})
    return StripPresenter(route, evidence, facts, named, is_closed=True, **known)


def flags_of(presenter, assessments, raised):
    strip = presenter.strip(assessments, [{"label": each} for each in raised], [])
    return [cell for cell in strip.cells if cell.label == "Flags"]


def asking(*codes):
    card = SimpleNamespace(ask=codes)
    scar = SimpleNamespace(number=1)
    return [(SimpleNamespace(pk=1, scar=scar, types=[]), [SimpleNamespace(card=card)])]


@pytest.mark.parametrize(
    ("asked", "raised", "value", "mark"),
    [
        ((), [], "None raised", ""),
        (("rf_lump",), [], "Not known: New or growing lump", "ask"),
        (("rf_lump",), ["Sore"], "Sore; others not known", "stop"),
    ],
)
def test_a_red_flag_that_nobody_knows_of_is_not_none(asked, raised, value, mark):
    (cell,) = flags_of(a_strip(), asking(*asked), raised)
    assert (cell.value, cell.mark) == (value, mark)


def test_a_red_flag_that_was_taken_back_was_raised():
    (cell,) = flags_of(a_strip(was_flagged=True), asking(), [])
    assert (cell.value, cell.mark) == ("None standing", "")


def test_a_red_flag_is_asked_about_before_all_else():
    criteria = [{"kind": "contraindication", "when": ["pregnant"], "unless": []}]
    revision = SimpleNamespace(content={"criteria": criteria})
    card = SimpleNamespace(revision=revision)
    assert _weight_of("rf_lump", card) < _weight_of("pregnant", card)


def a_medicine(code, label):
    return SimpleNamespace(
        code=code,
        label=label,
        question="Do you take it?",
        group=QuestionGroup.MEDICINES,
    )


@pytest.mark.parametrize(
    ("answers", "known", "value"),
    [
        ({}, {}, "Not known"),
        ({"warfarin": False}, {}, "Not known"),
        ({"warfarin": True}, {}, "Warfarin; others not known"),
        ({"warfarin": False, "lithium": False}, {}, "None told"),
        ({}, {"is_readable": False}, "Cannot be read"),
    ],
)
def test_medicines_that_were_not_asked_about_are_not_none(answers, known, value):
    medicines = [a_medicine("warfarin", "Warfarin"), a_medicine("lithium", "Lithium")]
    facts = {1: Facts(answers=answers, isotretinoin="never")}
    presenter = a_strip(findings=medicines, facts=facts, **known)
    cells = presenter.strip(asking(), [], []).cells
    (cell,) = [each for each in cells if each.label == "Medicines"]
    assert (cell.value, cell.mark) == (value, "" if value == "None told" else "ask")
