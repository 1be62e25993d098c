"""What loosens between two versions: a list of what does not, and all else."""

from copy import deepcopy

from methods.protocol.loosening import compare, field_loosens, says_the_same

RULE = {
    "kind": "precaution",
    "line": "",
    "level": "test",
    "when": ["keloid", "on_face"],
    "unless": ["child"],
    "until": "",
    "refer": [],
    "for_patient": "Please wait for a test spot.",
    "for_staff": "Test first [G1].",
    "contested": "",
    "sources": ["G1"],
    "reviewed_on": None,
    "origin": "",
}
GIVEN = RULE | {"kind": "indication", "line": "second", "level": ""}
STOP = RULE | {"kind": "contraindication", "level": "", "refer": ["ref-dermatologist"]}
STOP |= {"when": ["pregnant", "on_face"]}
WAIT = RULE | {"kind": "deferral", "level": "", "until": "healed", "when": ["herpes"]}
APART = {
    "kind": "not_with",
    "methods": ["subcision"],
    "scars": ["rolling"],
    "when": ["on_face"],
    "line": "",
    "is_hard": True,
    "sessions": None,
    "weeks": 4.0,
    "weeks_dark": 6.0,
    "for_patient": "Please wait.",
    "for_staff": "Wait.",
    "contested": "",
    "sources": ["G1"],
    "origin": "",
}
DOSE = {
    "substance": "Triamcinolone",
    "unit": "mg",
    "reason_above": "20.00",
    "refuse_above": "40.00",
    "for_staff": "Thins the skin.",
    "sources": ["G1"],
    "origin": "",
}
PAGE = {
    "slug": "warm",
    "title": "Warm light",
    "also_called": ["light"],
    "group": "laser",
    "position": 1,
    "is_ranked": True,
    "follows": "",
    "traits": ["warms"],
    "summary": "It warms a scar [G1].",
    "key_facts": {"sessions": "About 3", "apart": "4 weeks"},
    "measures": {"sessions_from": 3, "visit_minutes": 30},
    "price": {"price_from": "90.00", "price_remark": ""},
    "sections": {
        "can": ["Soften a scar [G1]."],
        "cannot": ["Remove it."],
        "before_do": ["Eat well."],
        "risks_common": ["A burn [G1].", "Redness."],
        "call_today": ["pus"],
        "questions": ["How long?"],
    },
    "criteria": [RULE, GIVEN, STOP, WAIT],
    "relations": [APART],
    "ceilings": [DOSE],
    "reviewed_by": "Dr Dora Weiss",
    "reviewed_on": "2026-01-01",
    "next_review_on": "2027-01-01",
    "sources": {"G1": {"title": "Light", "kind": "study", "year": 2020, "note": ""}},
}


def with_text(name, *lines):
    return PAGE | {"sections": PAGE["sections"] | {name: list(lines)}}


def with_rule(number, **changes):
    rows = deepcopy(PAGE["criteria"])
    rows[number] |= changes
    return PAGE | {"criteria": rows}


def plus(part, row):
    return PAGE | {part: [*PAGE[part], row]}


WORDS_OR_STRICTER = {
    "nothing": PAGE,
    "a spelling": PAGE | {"summary": "It wrams a scar [G1]."},
    "a source more": PAGE | {"summary": "It warms a scar [G1] [B2]."},
    "a title": PAGE | {"title": "Light"},
    "a price": PAGE | {"price": {"price_from": "95.00", "price_remark": "from"}},
    "an earlier review": PAGE | {"next_review_on": "2026-06-01"},
    "a risk more": with_text("risks_common", "A burn [G1].", "Redness.", "A blister."),
    "another order": with_text("risks_common", "Redness.", "A burn [G1]."),
    "a claim less": with_text("can"),
    "a limit more": with_text("cannot", "Remove it.", "Make it perfect."),
    "a question": with_text("questions", "Who does it?"),
    "a rule more": plus("criteria", STOP | {"when": ["anaemia"]}),
    "a rule for more": with_rule(0, when=["keloid"], unless=[]),
    "a heavier level": with_rule(0, level="doctor", for_patient="A doctor looks."),
    "a no for a wait": with_rule(3, kind="contraindication", until=""),
    "an indication for fewer": with_rule(1, unless=["child", "smoker"]),
    "more weeks": PAGE | {"relations": [APART | {"weeks": 8.0, "when": []}]},
    "a relation more": plus("relations", APART | {"kind": "needs"}),
    "a lower dose": PAGE | {"ceilings": [DOSE | {"refuse_above": "30.00"}]},
    "a trait more": PAGE | {"traits": ["burns", "warms"]},
    "a source's title": PAGE
    | {
        "sources": {
            "G1": {"title": "Lights", "kind": "study", "year": 2020, "note": ""}
        }
    },
}
LOOSER = {
    "an indication more": plus("criteria", GIVEN | {"when": ["rolling"]}),
    "an indication for more": with_rule(1, unless=[]),
    "a better line": with_rule(1, line="first"),
    "a stronger reason": with_rule(1, for_patient="It works for everyone."),
    "an indication less": PAGE | {"criteria": [RULE, STOP, WAIT]},
    "a no less": PAGE | {"criteria": [RULE, GIVEN, WAIT]},
    "a no for fewer": with_rule(2, when=["pregnant", "on_face", "smoker"]),
    "a no with an exception": with_rule(2, unless=["child", "smoker"]),
    "a no made a caution": with_rule(2, kind="precaution", refer=[]),
    "a no without a referral": with_rule(2, refer=[]),
    "a no in other words": with_rule(2, for_patient="As you like."),
    "a no with a source less": with_rule(2, sources=[]),
    "another finding": with_rule(2, when=["smoker"]),
    "a lighter level": with_rule(0, level="technique"),
    "a shorter wait": with_rule(3, until="tomorrow"),
    "a wait made a caution": with_rule(3, kind="precaution", level="doctor", until=""),
    "a rule said to be reviewed": with_rule(0, reviewed_on="2026-02-02"),
    "fewer weeks": PAGE | {"relations": [APART | {"weeks": 2.0}]},
    "fewer weeks on darker skin": PAGE | {"relations": [APART | {"weeks_dark": None}]},
    "advice only": PAGE | {"relations": [APART | {"is_hard": False}]},
    "no relation": PAGE | {"relations": []},
    "what comes next": plus("relations", APART | {"kind": "then"}),
    "a higher dose": PAGE | {"ceilings": [DOSE | {"reason_above": "25.00"}]},
    "no dose": PAGE | {"ceilings": [DOSE | {"refuse_above": None}]},
    "a risk less": with_text("risks_common", "A burn [G1]."),
    "a milder risk": with_text("risks_common", "A mild burn [G1].", "Redness."),
    "a risk without its source": with_text("risks_common", "A burn.", "Redness."),
    "one call less": with_text("call_today"),
    "a thing to do": with_text("before_do", "Eat well.", "Stop your blood thinner."),
    "another thing to do": with_text("before_do", "Eat."),
    "a claim more": with_text("can", "Soften a scar [G1].", "Remove it."),
    "a limit less": with_text("cannot"),
    "a limit turned round": with_text("cannot", "Remove it, or not."),
    "a summary": PAGE | {"summary": "It removes a scar [G1]."},
    "a promise in a title": PAGE | {"title": "Painless light"},
    "a promise in a question": with_text("questions", "Why is it the best?"),
    "sessions": PAGE | {"key_facts": {"sessions": "About 2", "apart": "4 weeks"}},
    "an interval": PAGE | {"key_facts": {"sessions": "About 3", "apart": "2 weeks"}},
    "a number": PAGE | {"measures": {"sessions_from": 2, "visit_minutes": 30}},
    "the reviewer": PAGE | {"reviewed_by": "Dr Dora Weise"},
    "the day of review": PAGE | {"reviewed_on": "2026-02-01"},
    "a later review": PAGE | {"next_review_on": "2028-01-01"},
    "no review": PAGE | {"next_review_on": None},
    "a trait less": PAGE | {"traits": []},
    "a group": PAGE | {"group": "advice"},
    "whether it is ranked": PAGE | {"is_ranked": False},
    "a main entry": PAGE | {"follows": "microneedling"},
    "what nobody has heard of": PAGE | {"dose": "20"},
    "a weightier source": PAGE
    | {"sources": {"G1": PAGE["sources"]["G1"] | {"kind": "guideline"}}},
}


def loosens(before, after):
    return any(change.loosens for change in compare(before, after))


def test_words_and_what_protects_more_loosen_nothing():
    said = {
        name: [each for each in compare(PAGE, after) if each.loosens]
        for name, after in WORDS_OR_STRICTER.items()
    }
    assert {name: changes for name, changes in said.items() if changes} == {}


def test_all_else_loosens():
    quiet = [name for name, after in LOOSER.items() if not loosens(PAGE, after)]
    assert quiet == []


def test_every_difference_is_told_but_none_where_nothing_differs():
    silent = [
        name
        for name, after in (WORDS_OR_STRICTER | LOOSER).items()
        if not compare(PAGE, after)
    ]
    # The order of sentences says nothing.
    assert silent == ["nothing", "another order"]


def test_what_is_new_loosens_but_for_rules_that_only_protect():
    trait = {"slug": "warms", "name": "Warms", "description": "", "criteria": [STOP]}
    assert loosens(None, PAGE)
    assert not loosens(None, trait)
    assert loosens(None, trait | {"criteria": [GIVEN]})


def test_of_a_spelling_the_meaning_stays():
    same = [
        ("Recieve it.", "Receive it"),
        ("Softens  the ridges", "softens the ridge [G1]"),
        ("Don’t rub.", "Don't rub."),
    ]
    other = [
        ("Wait 4 weeks.", "Wait 2 weeks."),
        ("Wait 1.5 weeks.", "Wait 15 weeks."),
        ("Do not rub.", "Do rub."),
        ("This is common.", "This is uncommon."),
        ("It is hot.", "It is not."),
        ("Rub it [G1].", "Rub it."),
        ("", "Rub it."),
    ]
    assert [pair for pair in same if not says_the_same(*pair)] == []
    assert [pair for pair in other if says_the_same(*pair)] == []


def test_of_a_row_that_acts_at_once_each_field_is_weighed():
    looser = [
        ("is_asked", True, False),
        ("is_asked_alone", True, False),
        ("question", "Do you bleed easily?", "Do you bleed?"),
        ("hint", "", "Say no if you do not know."),
        ("group", "changes", "skin"),
        ("route", "A doctor, today", ""),
        ("advice", "Call us today.", "Call us this week."),
        ("advice_for_child", "", "Wait."),
        ("patient_words", "Pregnant", "Unwell"),
        ("label", "Pregnant", "Unwell"),
        ("origin", "coded", "question"),
    ]
    not_looser = [
        ("is_asked", False, True),
        ("position", 1, 2),
        ("is_common", True, False),
        ("route", "", "A doctor, today"),
        ("advice", "Call us todya.", "Call us today."),
    ]
    assert [row for row in looser if not field_loosens("finding", *row)] == []
    assert [row for row in not_looser if field_loosens("finding", *row)] == []
