"""Each row of the clinical reference, 1a and 1b: when it holds, when not, when unsure."""

import pytest

from methods.protocol.coded_findings import RedFlagCode, ScarTypeCode
from methods.protocol.facts import NEVER, Facts
from methods.protocol.findings import days_until_clear, establish, present_types
from tests.tables import for_each


def established(code, **facts):
    return establish(Facts(**facts))[code]


def answered(code, answer, **facts):
    return establish(Facts(answers={code: answer}, **facts))[code]


# Scar types. `when`: one of its rows in full; `absent`: changes that each make it false;
# `unknown`: facts that the row cannot do without; `unsure`: changes that leave it open.

TYPES = [
    {
        "type": "keloid_suspected",
        "when": {"elevation": "raised", "beyond_edges": "yes"},
        "also": [{"elevation": "mixed"}],
        "absent": [
            {"elevation": "flat"},
            {"elevation": "depressed"},
            {"beyond_edges": "no"},
        ],
        "unknown": ["elevation", "beyond_edges"],
        "unsure": [{"beyond_edges": "unsure"}],
    },
    {
        "type": "keloid_suspected",
        "when": {
            "elevation": "raised",
            "beyond_edges": "unsure",
            "body_site": "ear",
            "still_growing": True,
            "scar_age_months": 7,
        },
        "absent": [{"elevation": "flat"}, {"beyond_edges": "no"}],
        "unknown": ["elevation", "body_site", "still_growing", "scar_age_months"],
        # "Not sure" is no evidence against a keloid, whatever else speaks against it.
        "unsure": [
            {"body_site": "leg"},
            {"still_growing": False},
            {"scar_age_months": 2},
        ],
    },
    {
        "type": "hypertrophic",
        "when": {"elevation": "raised", "beyond_edges": "no"},
        "also": [{"elevation": "mixed"}],
        "absent": [{"elevation": "flat"}, {"beyond_edges": "yes"}],
        "unknown": ["elevation", "beyond_edges"],
        "unsure": [{"beyond_edges": "unsure"}],
    },
    {
        "type": "hypertrophic_widespread",
        "when": {
            "elevation": "raised",
            "beyond_edges": "no",
            "scar_cause": "burn",
            "large_area": True,
        },
        "absent": [
            {"elevation": "flat"},
            {"beyond_edges": "yes"},
            {"scar_cause": "surgery"},
            {"large_area": False},
        ],
        "unknown": ["elevation", "beyond_edges", "scar_cause", "large_area"],
    },
    {
        "type": "contracture",
        "when": {"tight_limits_movement": True},
        "absent": [{"tight_limits_movement": False}],
        "unknown": ["tight_limits_movement"],
    },
    {
        "type": "ice_pick",
        "when": {
            "elevation": "depressed",
            "pit_shape": "pinhole",
            "pit_width_mm": 1,
        },
        "also": [{"elevation": "mixed"}, {"pit_shape": "mixed"}],
        "absent": [
            {"elevation": "raised"},
            {"pit_shape": "wavy"},
            {"pit_shape": "none"},
            {"pit_width_mm": 3},
        ],
        "unknown": ["elevation", "pit_shape", "pit_width_mm"],
    },
    *(
        {
            "type": f"boxcar_{depth}",
            "when": {
                "elevation": "depressed",
                "pit_shape": "sharp_edge_round",
                "pit_width_mm": 3,
                "pit_depth": depth,
            },
            "also": [{"elevation": "mixed"}, {"pit_shape": "mixed", "pit_width_mm": 9}],
            "absent": [
                {"elevation": "flat"},
                {"pit_shape": "pinhole"},
                {"pit_width_mm": 1},
                {"pit_width_mm": 5},
                {"pit_depth": other},
            ],
            "unknown": ["elevation", "pit_shape", "pit_width_mm", "pit_depth"],
        }
        for depth, other in (("shallow", "deep"), ("deep", "shallow"))
    ),
    {
        "type": "rolling",
        "when": {
            "elevation": "depressed",
            "pit_shape": "wavy",
            "pit_width_mm": 6,
            "flattens_on_stretch": False,
        },
        "also": [
            {"pit_shape": "mixed"},
            {"pit_shape": "none", "flattens_on_stretch": True},
            {"pit_shape": None, "pit_width_mm": None, "flattens_on_stretch": True},
        ],
        "absent": [
            {"elevation": "raised"},
            {"pit_shape": "pinhole"},
            {"pit_width_mm": 3},
        ],
        "unknown": ["elevation", "pit_shape", "pit_width_mm"],
        "unsure": [{"pit_shape": "none", "flattens_on_stretch": None}],
    },
    *(
        {
            "type": "atrophic_other",
            "when": {"elevation": "depressed", "scar_cause": cause},
            "also": [{"elevation": "mixed"}],
            "absent": [
                {"elevation": "flat"},
                {"scar_cause": "acne"},
                {"scar_cause": "burn"},
            ],
            "unknown": ["elevation", "scar_cause"],
        }
        for cause in ("surgery", "trauma", "chickenpox")
    ),
    {
        "type": "mature_linear",
        "when": {
            "elevation": "flat",
            "width": "fine_line",
            "colour": "skin",
            "scar_age_months": 12,
        },
        "also": [{"colour": "white"}, {"scar_age_months": 300}],
        "absent": [
            {"elevation": "raised"},
            {"width": "wide"},
            {"colour": "red"},
            {"scar_age_months": 11.9},
        ],
        "unknown": ["elevation", "width", "colour", "scar_age_months"],
    },
    *(
        {
            "type": "widened",
            "when": {"elevation": "flat", "width": "wide", "scar_cause": cause},
            "also": [{"elevation": "depressed"}],
            "absent": [
                {"elevation": "raised"},
                {"width": "fine_line"},
                {"scar_cause": "acne"},
            ],
            "unknown": ["elevation", "width", "scar_cause"],
        }
        for cause in ("surgery", "trauma")
    ),
    {
        "type": "striae_rubra",
        "when": {"stripes": "red_purple"},
        "absent": [{"stripes": "none"}, {"stripes": "white_silver"}],
        "unknown": ["stripes"],
    },
    {
        "type": "striae_alba",
        "when": {"stripes": "white_silver"},
        "absent": [{"stripes": "none"}, {"stripes": "red_purple"}],
        "unknown": ["stripes"],
    },
    {
        "type": "pih",
        "when": {"elevation": "flat", "colour": "brown"},
        "absent": [{"elevation": "raised"}, {"colour": "red"}],
        "unknown": ["elevation", "colour"],
    },
    *(
        {
            "type": "pie",
            "when": {"elevation": "flat", "colour": "red", "scar_cause": cause},
            "absent": [
                {"elevation": "depressed"},
                {"colour": "brown"},
                {"scar_cause": "surgery"},
            ],
            "unknown": ["elevation", "colour", "scar_cause"],
        }
        for cause in ("acne", "other_inflammation")
    ),
    {
        "type": "hypopigmented",
        "when": {"elevation": "flat", "colour": "white", "stripes": "none"},
        "absent": [
            {"elevation": "depressed"},
            {"colour": "skin"},
            {"stripes": "white_silver"},
        ],
        "unknown": ["elevation", "colour", "stripes"],
    },
    {
        "type": "immature",
        "when": {
            "wound_closed": True,
            "scar_age_months": 1,
            "elevation": "flat",
            "stripes": "none",
            "colour": "skin",
        },
        "also": [
            {"scar_age_months": 11, "colour": "red"},
            {"colour": None},
            {"elevation": "depressed"},
        ],
        "absent": [
            {"wound_closed": False},
            {"scar_age_months": 3},
            {"scar_age_months": 12, "colour": "red"},
            {"elevation": "raised"},
            {"stripes": "red_purple"},
        ],
        "unknown": ["wound_closed", "scar_age_months", "elevation", "stripes"],
        "unsure": [
            {"scar_age_months": 11, "colour": None},
            {"scar_age_months": 11, "colour": "mixed"},
        ],
    },
]


def each(field):
    return [
        pytest.param(row["type"], row["when"] | change, id=f"{row['type']}-{number}")
        for number, row in enumerate(TYPES)
        for change in row.get(field, ())
    ]


def test_every_scar_type_of_the_reference_has_a_row_here():
    assert {row["type"] for row in TYPES} == set(ScarTypeCode.values)


@for_each(
    ("code", "facts"),
    [pytest.param(row["type"], row["when"], id=row["type"]) for row in TYPES],
)
def test_a_scar_type_is_present_when_its_row_holds(code, facts):
    assert established(code, **facts) is True


@for_each(("code", "facts"), each("also"))
def test_a_scar_type_is_present_in_the_other_ways_of_its_row(code, facts):
    assert established(code, **facts) is True


@for_each(("code", "facts"), each("absent"))
def test_a_scar_type_is_absent_when_one_fact_speaks_against_it(code, facts):
    assert established(code, **facts) is False


@for_each(
    ("code", "facts"),
    [
        pytest.param(
            row["type"], row["when"] | {name: None}, id=f"{row['type']}-{name}"
        )
        for row in TYPES
        for name in row["unknown"]
    ],
)
def test_a_scar_type_is_unknown_when_a_fact_of_its_row_is(code, facts):
    assert established(code, **facts) is None


@for_each(("code", "facts"), each("unsure"))
def test_a_scar_type_stays_open_when_the_patient_is_unsure(code, facts):
    assert established(code, **facts) is None


def test_one_no_decides_a_scar_type_however_much_else_is_unknown():
    assert established("hypertrophic_widespread", large_area=False) is False


def test_nothing_known_establishes_nothing_but_everyone():
    known = {
        code: value for code, value in establish(Facts()).items() if value is not None
    }
    assert known == {"everyone": True}


def test_a_mixed_scar_has_several_types_at_once():
    facts = Facts(
        elevation="mixed",
        beyond_edges="no",
        pit_shape="mixed",
        pit_width_mm=1,
        pit_depth="deep",
    )
    assert present_types(establish(facts)) == [
        "hypertrophic",
        "ice_pick",
        "boxcar_deep",
        "rolling",
    ]


# Red flags


ASKED_ONLY = [
    "rf_ulcer",
    "rf_bleed",
    "rf_lump",
    "rf_pigment",
    "rf_infection",
    "rf_systemic",
]
GREW = {
    "prior_treatments": ("steroid-injection",),
    "prior_response": "worse",
    "elevation": "raised",
}
# flag: (facts that raise it, facts that rule it out)
FROM_FACTS = {
    "rf_no_injury": ([{"scar_cause": "none_remembered"}], [{"scar_cause": "acne"}]),
    "rf_treated_grew": (
        [GREW, GREW | {"prior_treatments": ("silicone", "steroid-5fu-injection")}],
        [{"prior_treatments": ()}, {"prior_treatments": ("silicone",)}],
    ),
    "rf_contracture": (
        [{"tight_limits_movement": True}],
        [{"tight_limits_movement": False}],
    ),
    "rf_feature": (
        [{"pulls_feature": feature} for feature in ("eyelid", "lip", "nostril")],
        [{"pulls_feature": "none"}],
    ),
    "rf_selfharm_recent": (
        [
            {"scar_cause": "self_harm", "self_harm_status": status}
            for status in ("ongoing", "recent_12m")
        ],
        [
            {"scar_cause": "self_harm", "self_harm_status": "past_stable"},
            {"scar_cause": "burn", "self_harm_status": "ongoing"},
            {"self_harm_status": "none"},
        ],
    ),
    "rf_bdd": ([{"bdd_screen": "positive"}], [{"bdd_screen": "negative"}]),
    "rf_child": ([{"age_years": 0}, {"age_years": 15}], [{"age_years": 16}]),
    "rf_minor": (
        [{"age_years": 16}, {"age_years": 17}],
        [{"age_years": 15}, {"age_years": 18}],
    ),
}


def test_every_red_flag_of_the_reference_is_tested_here():
    assert set(ASKED_ONLY) | FROM_FACTS.keys() == set(RedFlagCode.values)


@for_each("code", RedFlagCode.values)
def test_a_red_flag_takes_its_own_yes(code):
    assert answered(code, True) is True


@for_each("code", [*ASKED_ONLY, "rf_treated_grew"])
def test_a_red_flag_that_is_only_asked_takes_its_own_no(code):
    assert answered(code, False) is False


@for_each("code", [code for code in FROM_FACTS if code != "rf_treated_grew"])
def test_a_no_outweighs_no_fact_that_nobody_knows(code):
    assert answered(code, False) is None


@for_each("code", RedFlagCode.values)
def test_a_red_flag_that_nobody_answered_is_unknown(code):
    assert establish(Facts())[code] is None


@for_each(
    ("code", "facts"),
    [(code, facts) for code, (raising, _) in FROM_FACTS.items() for facts in raising],
)
def test_a_red_flag_follows_from_the_facts_of_its_row(code, facts):
    assert established(code, **facts) is True


@for_each(
    ("code", "facts"),
    [(code, facts) for code, (_, against) in FROM_FACTS.items() for facts in against],
)
def test_a_red_flag_is_absent_when_the_facts_of_its_row_say_so(code, facts):
    assert established(code, **facts) is False


@for_each(
    ("code", "facts"),
    [(code, facts) for code, (raising, _) in FROM_FACTS.items() for facts in raising],
)
def test_no_to_a_red_flag_does_not_undo_the_facts_that_raise_it(code, facts):
    assert answered(code, False, **facts) is True


@for_each(
    ("code", "facts"),
    [(code, facts) for code, (_, against) in FROM_FACTS.items() for facts in against],
)
def test_yes_to_a_red_flag_stands_against_the_facts_of_its_row(code, facts):
    assert answered(code, True, **facts) is True


@for_each("status", ["ongoing", "recent_12m"])
def test_recent_self_harm_and_a_cause_that_nobody_told_is_not_ruled_out(status):
    assert established("rf_selfharm_recent", self_harm_status=status) is None


def test_self_harm_without_a_time_is_not_ruled_out():
    assert established("rf_selfharm_recent", scar_cause="self_harm") is None


@for_each(
    "change",
    [
        {"prior_response": "insufficient"},
        {"prior_response": "good"},
        {"prior_response": None},
        {"elevation": "flat"},
        {"elevation": None},
    ],
)
def test_once_steroid_was_injected_only_an_answer_rules_out_that_it_grew(change):
    assert established("rf_treated_grew", **GREW | change) is None
    assert answered("rf_treated_grew", False, **GREW | change) is False


# Health questions


@for_each("answer", [True, False, None])
def test_a_health_question_is_its_own_answer(answer):
    facts = Facts(answers={"takes_zinc": answer})
    assert establish(facts, ["takes_zinc"])["takes_zinc"] is answer


def test_a_health_question_that_nobody_answered_is_unknown():
    assert establish(Facts(), ["takes_zinc"])["takes_zinc"] is None


def test_an_answer_cannot_stand_in_for_what_code_establishes():
    facts = Facts(elevation="flat", answers={"hypertrophic": True})
    assert establish(facts, ["hypertrophic"])["hypertrophic"] is False


# Single facts


@for_each(
    ("code", "facts", "expected"),
    [
        ("wound_open", {"wound_closed": True}, False),
        ("wound_open", {"wound_closed": False}, True),
        ("wound_open", {}, None),
        ("perioral", {"body_site": "lip"}, True),
        ("perioral", {"body_site": "face"}, False),
        ("on_ear", {"body_site": "ear"}, True),
        ("on_ear", {"body_site": "scalp"}, False),
        ("on_scalp", {"body_site": "scalp"}, True),
        ("on_scalp", {"body_site": "face"}, False),
        ("on_eyelid", {"body_site": "eyelid"}, True),
        ("on_eyelid", {"body_site": "face"}, False),
        ("red_scar", {"colour": "red"}, True),
        ("red_scar", {"colour": "mixed"}, False),
        ("from_a_wound", {"scar_cause": "piercing"}, True),
        ("from_a_wound", {"scar_cause": "acne"}, False),
        ("from_a_wound", {"scar_cause": "stretch"}, False),
        ("surgical_scar", {"scar_cause": "surgery"}, True),
        ("surgical_scar", {"scar_cause": "trauma"}, False),
        ("acne_scar", {"scar_cause": "acne"}, True),
        ("acne_scar", {"scar_cause": "chickenpox"}, False),
        ("burn_scar", {"scar_cause": "burn"}, True),
        ("burn_scar", {"scar_cause": "trauma"}, False),
        ("chickenpox_scar", {"scar_cause": "chickenpox"}, True),
        ("chickenpox_scar", {"scar_cause": "acne"}, False),
        ("self_harm_scar", {"scar_cause": "self_harm"}, True),
        ("self_harm_scar", {"scar_cause": "trauma"}, False),
        ("phototype_3", {"fitzpatrick": 3}, True),
        ("phototype_3", {"fitzpatrick": 2}, False),
        ("active_acne", {"active_acne": "mild"}, True),
        ("active_acne", {"active_acne": "moderate_severe"}, True),
        ("active_acne", {"active_acne": "none"}, False),
        ("active_acne_severe", {"active_acne": "mild"}, False),
        ("active_acne_severe", {"active_acne": "moderate_severe"}, True),
        ("isotretinoin_under_6_months", {"isotretinoin": "current"}, True),
        ("isotretinoin_under_6_months", {"isotretinoin": "never"}, False),
        ("isotretinoin_under_6_months", {"isotretinoin": "stopped"}, None),
        (
            "isotretinoin_under_6_months",
            {"isotretinoin": "current", "isotretinoin_stopped_months": 9},
            True,
        ),
        ("isotretinoin_under_6_months", {"isotretinoin_stopped_months": 9}, None),
        ("isotretinoin_6_to_12_months", {"isotretinoin": "current"}, False),
        ("isotretinoin_6_to_12_months", {"isotretinoin": "never"}, False),
        ("isotretinoin_6_to_12_months", {"isotretinoin": "stopped"}, None),
        ("diabetes", {"diabetes": "controlled"}, True),
        ("diabetes", {"diabetes": "poor"}, True),
        ("diabetes", {"diabetes": "none"}, False),
        ("diabetes_poor", {"diabetes": "controlled"}, False),
        ("diabetes_poor", {"diabetes": "poor"}, True),
        ("ctd", {"ctd": "none"}, False),
        ("ctd", {"ctd": "lupus"}, True),
        ("ctd", {}, None),
        ("still_growing", {"still_growing": True}, True),
        ("large_area", {"large_area": False}, False),
        ("flattens_when_stretched", {"flattens_on_stretch": True}, True),
        ("asked_for", {}, None),
        ("asked_for", {"wants": ()}, False),
        ("excised_before", {"prior_treatments": ("surgical-excision",)}, True),
        ("excised_before", {"prior_treatments": ()}, False),
        ("excised_before", {}, None),
        (
            "raised_edges_unsure",
            {"elevation": "raised", "beyond_edges": "unsure"},
            True,
        ),
        ("raised_edges_unsure", {"elevation": "mixed", "beyond_edges": "unsure"}, True),
        ("raised_edges_unsure", {"elevation": "flat", "beyond_edges": "unsure"}, False),
        ("raised_edges_unsure", {"elevation": "raised", "beyond_edges": "yes"}, False),
        ("raised_edges_unsure", {"elevation": "raised"}, None),
        (
            "pigment_cream_tried",
            {"prior_treatments": ("prescription-pigment-cream",)},
            True,
        ),
        ("pigment_cream_tried", {"prior_treatments": ()}, False),
    ],
)
def test_a_finding_says_what_its_fact_says(code, facts, expected):
    assert established(code, **facts) is expected


@for_each(
    ("code", "slug"),
    [
        ("silicone_failed", "silicone"),
        ("steroid_failed", "steroid-injection"),
        ("pigment_cream_failed", "prescription-pigment-cream"),
        ("conservative_care_failed", "pressure-therapy"),
    ],
)
@for_each(
    ("tried", "response", "expected"),
    [
        (True, "insufficient", True),
        (True, "worse", True),
        (True, "good", False),
        (True, None, None),
        (False, "insufficient", False),
        (None, "insufficient", None),
        (None, "good", False),
    ],
)
def test_a_treatment_failed_only_if_it_was_tried_and_was_not_enough(
    code, slug, tried, response, expected
):
    treatments = {True: (slug,), False: (), None: None}[tried]
    facts = {"prior_treatments": treatments, "prior_response": response}
    assert established(code, **facts) is expected


@for_each(
    ("own", "family", "site", "expected"),
    [
        (True, False, "chest", True),
        (False, True, "chest", True),
        (True, None, "chest", True),
        (True, True, "leg", False),
        (False, False, "chest", False),
        (False, None, "chest", None),
        (None, None, "leg", False),
        (True, False, None, None),
    ],
)
def test_a_site_is_keloid_prone_if_a_history_meets_a_high_risk_site(
    own, family, site, expected
):
    answers = {"keloid_history_self": own, "keloid_history_family": family}
    facts = {"body_site": site, "answers": answers}
    assert established("keloid_prone_site", **facts) is expected


@for_each(
    ("itch", "pain", "expected"),
    [(7, None, True), (None, 7, True), (1, None, None), (None, None, None)],
)
def test_itch_or_pain_alone_is_enough_and_neither_is_ruled_out_unasked(
    itch, pain, expected
):
    assert established("itchy_or_painful", itch=itch, pain=pain) is expected


# The provisional grade (Goodman-Baron)


@for_each(
    ("facts", "marked"),
    [
        ({"elevation": "flat", "visible_at_50cm": True, "makeup_covers": False}, False),
        ({"elevation": "flat"}, False),
        ({"visible_at_50cm": False}, False),
        ({"makeup_covers": True}, False),
        ({"visible_at_50cm": True, "makeup_covers": True}, False),
        ({"visible_at_50cm": True, "makeup_covers": False}, True),
        ({"visible_at_50cm": True}, None),
        ({"makeup_covers": False}, None),
        ({"elevation": None, "visible_at_50cm": True, "makeup_covers": False}, None),
    ],
)
def test_a_marked_scar_is_of_grade_3_or_4(facts, marked):
    facts = Facts(**{"elevation": "depressed"} | facts)
    assert establish(facts)["grade_3_or_4"] is marked


# When time ends a finding


@for_each(
    ("code", "facts", "days"),
    [
        (
            "isotretinoin_under_6_months",
            {"isotretinoin": "stopped", "isotretinoin_stopped_months": 5},
            31,
        ),
        (
            "isotretinoin_under_6_months",
            {"isotretinoin": "stopped", "isotretinoin_stopped_months": 0},
            183,
        ),
        ("isotretinoin_under_6_months", {"isotretinoin": "stopped"}, None),
        ("isotretinoin_under_6_months", {"isotretinoin": "current"}, None),
        (
            "isotretinoin_under_6_months",
            {"isotretinoin": "current", "isotretinoin_stopped_months": 5},
            None,
        ),
        ("isotretinoin_under_6_months", {}, None),
        ("scar_under_12_months", {"scar_age_months": 11}, 31),
        ("scar_under_12_months", {"scar_age_months": 11.99}, 1),
        ("scar_under_12_months", {"scar_age_months": 20}, 0),
        ("scar_under_12_months", {}, None),
        ("recent_tan", {"tan_weeks": 0}, 42),
        ("recent_tan", {"tan_weeks": 5.5}, 4),
        ("recent_tan", {"tan_weeks": NEVER}, None),
        ("recent_tan", {}, None),
        ("recent_filler", {"recent_filler_weeks": 0.5}, 11),
        ("recent_filler", {"recent_filler_weeks": NEVER}, None),
        ("recent_resurfacing", {"recent_resurfacing_weeks": 1}, 21),
        ("recent_resurfacing", {}, None),
        ("resurfacing_under_6_months", {"recent_resurfacing_weeks": 1}, 175),
        ("resurfacing_under_6_months", {}, None),
        ("pregnant", {"scar_age_months": 1, "tan_weeks": 1}, None),
    ],
)
def test_time_ends_a_finding_in_so_many_whole_days(code, facts, days):
    assert days_until_clear(code, Facts(**facts)) == days
