"""The line of a card and the reasons that cards share, without a page around them."""

import datetime
from types import SimpleNamespace

from consultations.review.desk.cards import KINDS
from consultations.review.desk.rows import (
    doctor_note,
    is_of_doctor,
    of_beside,
    row,
    shared,
)
from methods.protocol.cards import NEEDS_KIND, SOFT_WAIT_KIND, WAIT_KIND
from methods.protocol.vocabulary import OPTIONS, CriterionKind, Line, Verdict

LABELS = {"flat": "Flat scar", "pregnant": "Pregnant", "tan": "Tanned"}
SPANS = {
    f"{name}_{end}": None
    for name in ("sessions", "days_off")
    for end in ("from", "to", "most")
}


def named(codes):
    return [LABELS[code] for code in codes if code != "everyone"]


def reason(kind, *findings, rationale="", for_patient="", level=""):
    return {
        "kind": str(kind),
        "findings": findings or ("everyone",),
        "rationale": rationale,
        "for_patient": for_patient,
        "level": level,
    }


class ACard(SimpleNamespace):
    """A card as it is stored, hashed by what it is."""

    __hash__ = object.__hash__


def card(title, verdict, *reasons, until="", until_date=None):
    content = {
        "measures": SPANS,
        "key_facts": {"sessions": "", "days_off": ""},
        "price": dict.fromkeys(("price_from", "price_to", "price_per", "price_remark")),
    }
    is_option = verdict in OPTIONS
    return ACard(
        title=title,
        verdict=verdict,
        reasons=list(reasons),
        ask=[],
        line=Line.FIRST,
        until=until,
        until_date=until_date,
        is_option=is_option,
        is_offered=is_option,
        revision=SimpleNamespace(
            content=content, subject_id=1, subject=SimpleNamespace(slug="x")
        ),
        assessment=SimpleNamespace(scar=SimpleNamespace(number=1)),
        pk=1,
        revision_id=1,
        assessment_id=1,
    )


def test_a_gap_that_sources_dispute_stands_open_as_a_doctors():
    wait = reason(SOFT_WAIT_KIND, rationale="Some wait for three months.")
    its = card("Laser", Verdict.CAUTION, wait)
    assert is_of_doctor(wait)
    assert row(its, named).cautions == []
    note = doctor_note(wait, named, None)
    assert (note.findings, note.sentence) == (
        "Perhaps too soon after an earlier treatment",
        "Some wait for three months.",
    )


def test_what_is_no_option_says_on_its_line_what_speaks_against_it():
    against = reason(CriterionKind.CONTRAINDICATION, "pregnant")
    speaks_for = reason(
        CriterionKind.INDICATION, "flat", rationale="It works on these."
    )
    its = row(card("Peel", Verdict.CONTRAINDICATED, against, speaks_for), named)
    assert (its.line, its.why) == ("", "Pregnant")
    its = row(card("Peel", Verdict.CAUTION, speaks_for), named)
    assert (its.line, its.why) == ("First", "It works on these")


def test_a_treatment_stands_once_and_what_speaks_against_all_stands_alone():
    pregnant = reason(CriterionKind.CONTRAINDICATION, "pregnant")
    tanned = reason(CriterionKind.CONTRAINDICATION, "tan")
    peel = card("Peel", Verdict.CONTRAINDICATED, pregnant)
    laser = card("Laser", Verdict.CONTRAINDICATED, pregnant, tanned)
    for count, lines in (
        (3, [("Pregnant", ["Peel"], False), ("Pregnant; Tanned", ["Laser"], False)]),
        (2, [("Pregnant", ["Peel", "Laser"], True), ("Tanned", ["Laser"], False)]),
    ):
        found = shared([peel, laser], named, count=count)
        assert [(each.findings, each.titles, each.is_of_all) for each in found] == lines


def test_a_wait_says_what_for_and_until_which_day():
    words = "Your last peel was too short a time ago."
    its = card(
        "Laser",
        Verdict.DEFERRED,
        reason(WAIT_KIND, for_patient=words),
        reason(CriterionKind.DEFERRAL, "tan"),
        until=f"the tan has faded; {words}",
        until_date=datetime.date(2027, 1, 5),
    )
    (line,) = shared([its], named, count=3)
    assert line.reasons == [
        (
            str(KINDS[WAIT_KIND]),
            "Your last peel was too short a time ago, 2027-01-05",
        ),
        ("Tanned", "until the tan has faded, 2027-01-05"),
    ]


def test_what_waits_for_another_treatment_has_a_reason():
    needs = reason(NEEDS_KIND, for_patient="Only after the other one.")
    its = card("Cream", Verdict.DEFERRED, needs, until="Only after the other one.")
    (line,) = shared([its], named, count=3)
    assert line.reasons == [(str(KINDS[NEEDS_KIND]), "Only after the other one")]


def test_why_is_a_whole_clause_or_the_finding():
    cut = "Only for a flat, old and pale scar of the face."
    for rationale, why in (
        (cut, "Flat scar"),
        ("In most people (not the young) it helps.", "Flat scar"),
        ("Helps most of these; a study.", "Helps most of these"),
    ):
        its = reason(CriterionKind.INDICATION, "flat", rationale=rationale)
        assert row(card("Peel", Verdict.SUGGESTED, its), named).why == why


def test_of_advice_that_waits_the_reason_stands_open():
    waits = card("Massage", Verdict.DEFERRED, reason(CriterionKind.DEFERRAL, "tan"))
    nothing = card("Sun", Verdict.NOT_INDICATED)
    (line,) = of_beside([waits, nothing], named)
    assert (line.findings, line.titles) == ("Tanned", ["Massage"])


def test_an_adjunct_is_called_one():
    its = card("Silicone", Verdict.SUGGESTED)
    its.line = Line.ADJUNCT
    assert row(its, named).line == "Adjunct"
