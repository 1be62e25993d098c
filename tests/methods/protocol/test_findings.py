"""Each finding but the scar types: when it holds, when not, when that is not known."""

from methods.protocol.coded_findings import RedFlagCode
from methods.protocol.facts import NEVER, Facts, Treatment
from methods.protocol.findings import days_until_clear, establish
from tests.tables import for_each


def established(code, **facts):
    return establish(Facts(**facts))[code]


def answered(code, answer, **facts):
    return establish(Facts(answers={code: answer}, **facts))[code]


def test_nothing_known_establishes_nothing_but_everyone():
    known = {
        code: value for code, value in establish(Facts()).items() if value is not None
    }
    # A wish that nobody uttered is none.
    assert known == {"everyone": True, "asked_for": False}


# Red flags


ASKED_ONLY = ["rf_pigment", "rf_infection", "rf_systemic"]
GREW = {
    "prior_treatments": ("steroid-injection",),
    "prior_response": "worse",
    "elevation": "raised",
}
NOT_ENOUGH = GREW | {"prior_response": "insufficient", "still_growing": True}
OPEN = {
    "wound_closed": False,
    "scar_cause": "surgery",
    "scar_age_months": 2,
    "wound_weeks": 1,
    "reopened": False,
}
BURNT = OPEN | {"scar_cause": "burn"}
APART = {"elevation": "raised", "lump": "separate"}
# flag: (facts that raise it, facts that rule it out)
FROM_FACTS = {
    "rf_ulcer": (
        [
            OPEN | {"reopened": True},
            OPEN | {"scar_age_months": 12},
            BURNT | {"wound_weeks": 3},
        ],
        [{"wound_closed": True}],
    ),
    "rf_not_healing": (
        [OPEN | {"wound_weeks": 4}, BURNT | {"wound_weeks": 3}],
        [
            {"wound_closed": True},
            OPEN | {"wound_weeks": 3.9},
            BURNT | {"wound_weeks": 2.9},
        ],
    ),
    "rf_bleed": (
        [
            {"pain": 2, "spot_pain": True, "scar_age_months": 12},
            {"pain": 7, "spot_pain": True, "scar_cause": "burn"},
        ],
        [],
    ),
    "rf_lump": (
        [APART, APART | {"lump": "whole_scar", "fast": True}],
        [],
    ),
    "rf_no_injury": ([{"scar_cause": "none_remembered"}], [{"scar_cause": "acne"}]),
    "rf_treated_grew": (
        [
            GREW,
            GREW | {"prior_treatments": ("silicone", "steroid-5fu-injection")},
            NOT_ENOUGH,
            {
                "elevation": "raised",
                "treatments": (Treatment("steroid-injection", response="worse"),),
            },
        ],
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
# A no to these counts only together with what is known from facts.
BOTH = ["rf_ulcer", "rf_bleed", "rf_lump"]


def test_every_red_flag_of_the_reference_is_tested_here():
    assert set(ASKED_ONLY) | FROM_FACTS.keys() == set(RedFlagCode.values)


@for_each("code", RedFlagCode.values)
def test_a_red_flag_takes_its_own_yes(code):
    assert answered(code, True) is True


@for_each("code", ASKED_ONLY)
def test_a_red_flag_that_is_only_asked_takes_its_own_no(code):
    assert answered(code, False) is False


@for_each("code", FROM_FACTS)
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
    assert answered(code, False, **facts) is False
    if code not in BOTH:
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
    ("change", "expected"),
    [
        ({}, False),
        ({"wound_weeks": None}, False),
        ({"wound_weeks": None, "scar_cause": "burn"}, None),
        ({"reopened": None}, None),
        ({"reopened": True}, True),
        ({"scar_age_months": 11.99}, False),
        ({"scar_age_months": 12}, True),
        ({"scar_age_months": None}, None),
        ({"wound_closed": None, "reopened": True}, None),
        ({"wound_closed": True, "reopened": True}, False),
        ({"radiotherapy_site": True}, True),
        ({"radiotherapy_site": None}, None),
    ],
)
def test_an_open_wound_is_an_ulcer_if_it_opened_again_or_is_old(change, expected):
    answers = {"rf_ulcer": False, "radiotherapy_site": False}
    answers |= {code: change[code] for code in answers.keys() & change.keys()}
    facts = {name: change[name] for name in change.keys() - answers.keys()}
    assert established("rf_ulcer", answers=answers, **OPEN | facts) is expected


@for_each(
    ("weeks", "cause", "expected"),
    [
        (3.99, "surgery", False),
        (4, "surgery", True),
        (2.99, "burn", False),
        (3, "burn", True),
        (3, None, None),
        (4, None, True),
        (2, None, False),
        (None, "surgery", None),
    ],
)
def test_a_wound_does_not_heal_from_three_or_four_weeks_on(weeks, cause, expected):
    facts = OPEN | {"wound_weeks": weeks, "scar_cause": cause}
    assert established("rf_not_healing", **facts) is expected


@for_each(
    ("change", "expected"),
    [
        ({}, False),
        ({"lump": "separate"}, True),
        ({"fast": True}, True),
        # "Not sure" to "one lump apart?" is no flag, yet no "no".
        ({"lump": None}, None),
        ({"fast": None}, None),
        ({"elevation": "flat", "lump": None, "fast": None}, False),
        ({"elevation": None, "lump": "separate"}, None),
    ],
)
def test_a_lump_apart_or_growing_fast_is_a_flag_of_a_raised_scar(change, expected):
    whole = {"elevation": "raised", "lump": "whole_scar", "fast": False}
    assert answered("rf_lump", False, **whole | change) is expected


@for_each(
    ("change", "expected"),
    [
        ({}, None),
        ({"spot_pain": False}, False),
        ({"pain": 1}, False),
        ({"pain": 1, "spot_pain": None}, False),
        ({"pain": None}, None),
        ({"spot_pain": None}, None),
        ({"scar_age_months": 12}, True),
        ({"scar_cause": "burn"}, True),
    ],
)
def test_one_painful_spot_is_a_flag_at_risk_and_looked_at_elsewhere(change, expected):
    spot = {"pain": 5, "spot_pain": True, "scar_age_months": 8, "scar_cause": "surgery"}
    assert answered("rf_bleed", False, **spot | change) is expected


@for_each("code", ["radiotherapy_site", "immunosuppressed"])
def test_a_painful_spot_of_somebody_at_risk_is_a_flag(code):
    answers = {"rf_bleed": False, code: True}
    facts = {"pain": 5, "spot_pain": True, "scar_age_months": 2}
    assert established("rf_bleed", answers=answers, **facts) is True


@for_each(
    ("change", "expected"),
    [
        ({"prior_response": "good"}, False),
        ({"prior_response": None}, None),
        ({"elevation": "flat"}, False),
        ({"elevation": None}, None),
        ({"prior_response": "insufficient", "still_growing": True}, True),
        ({"prior_response": "insufficient", "still_growing": False}, False),
        ({"prior_response": "insufficient"}, None),
        ({"prior_treatments": None}, None),
    ],
)
def test_what_was_injected_and_grew_all_the_same_is_a_flag(change, expected):
    assert answered("rf_treated_grew", False, **GREW | change) is expected


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
        ("red_scar", {"colour": "red"}, True),
        ("red_scar", {"colour": "purple"}, True),
        ("red_scar", {"colour": "darker"}, False),
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
        ("active_acne_mild", {"active_acne": "mild"}, True),
        ("active_acne_mild", {"active_acne": "moderate_severe"}, False),
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
        # "Never", and yet stopped 3 months ago: the later date is the safe one.
        (
            "isotretinoin_under_6_months",
            {"isotretinoin": "never", "isotretinoin_stopped_months": 3},
            True,
        ),
        (
            "isotretinoin_under_6_months",
            {"isotretinoin": "never", "isotretinoin_stopped_months": 9},
            False,
        ),
        (
            "isotretinoin_6_to_12_months",
            {"isotretinoin": "never", "isotretinoin_stopped_months": 9},
            True,
        ),
        (
            "isotretinoin_6_to_12_months",
            {"isotretinoin": "never", "isotretinoin_stopped_months": 3},
            False,
        ),
        # Who stopped once may take it again.
        ("isotretinoin_under_6_months", {"isotretinoin_stopped_months": 9}, None),
        ("isotretinoin_under_6_months", {"isotretinoin_stopped_months": 3}, True),
        ("isotretinoin_6_to_12_months", {"isotretinoin_stopped_months": 9}, None),
        ("isotretinoin_6_to_12_months", {"isotretinoin_stopped_months": 3}, False),
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
        ("scleroderma", {"ctd": "none"}, False),
        ("scleroderma", {"ctd": "Systemic sclerosis"}, True),
        ("scleroderma", {"ctd": "scleroderma"}, True),
        ("scleroderma", {"ctd": "Morphoea"}, True),
        ("scleroderma", {"ctd": "CREST syndrome"}, True),
        ("scleroderma", {"ctd": "lupus"}, False),
        ("scleroderma", {"ctd": "Multiple sclerosis"}, None),
        ("scleroderma", {"ctd": "polymorphic light eruption"}, None),
        ("scleroderma", {"ctd": "lupus, no scleroderma so far"}, True),
        # Another name may be of the same disease.
        ("scleroderma", {"ctd": "склеродермия"}, None),
        ("scleroderma", {"ctd": "mixed connective tissue disease"}, None),
        ("scleroderma", {}, None),
        (
            "self_harm_past",
            {"self_harm_status": "past_stable", "scar_cause": "self_harm"},
            True,
        ),
        (
            "self_harm_past",
            {"self_harm_status": "past_stable", "scar_cause": "burn"},
            False,
        ),
        ("self_harm_past", {"self_harm_status": "past_stable"}, None),
        ("self_harm_past", {"scar_cause": "self_harm"}, None),
        ("self_harm_past", {"self_harm_status": "recent_12m"}, False),
        ("self_harm_past", {"self_harm_status": "none"}, False),
        ("self_harm_past", {}, None),
        ("dented", {"elevation": "depressed"}, True),
        ("dented", {"elevation": "mixed"}, True),
        ("dented", {"elevation": "raised"}, False),
        ("dented", {}, None),
        ("not_raised", {"elevation": "flat"}, True),
        ("not_raised", {"elevation": "mixed"}, False),
        ("not_raised", {"elevation": "raised"}, False),
        ("not_raised", {}, None),
        ("still_growing", {"still_growing": True}, True),
        ("large_area", {"large_area": False}, False),
        ("flattens_when_stretched", {"flattens_on_stretch": True}, True),
        ("asked_for", {}, False),
        ("asked_for", {"wants": ("silicone",)}, False),
        ("excised_before", {"prior_treatments": ("surgical-excision",)}, True),
        ("excised_before", {"prior_treatments": ()}, False),
        ("excised_before", {}, None),
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
        (None, "good", None),
    ],
)
def test_a_treatment_failed_only_if_it_was_tried_and_was_not_enough(
    code, slug, tried, response, expected
):
    treatments = {True: (slug,), False: (), None: None}[tried]
    facts = {"prior_treatments": treatments, "prior_response": response}
    assert established(code, **facts) is expected


@for_each(
    ("told", "expected"),
    [
        ({}, None),
        ({"prior_treatments": ()}, False),
        ({"prior_treatments": ("steroid-injection",)}, True),
        ({"treatments": (Treatment("steroid-injection"),)}, True),
        (
            {"treatments": (Treatment("steroid-injection"),), "prior_treatments": ()},
            True,
        ),
        ({"treatments": (Treatment("silicone"),), "prior_treatments": ()}, False),
        # What has a date may be less than all there was.
        ({"treatments": ()}, None),
        ({"treatments": (Treatment("silicone"),)}, None),
    ],
)
def test_a_treatment_was_tried_if_it_was_named_or_dated(told, expected):
    assert established("steroid_before", **told) is expected


@for_each(
    ("told", "expected"),
    [
        ({}, None),
        ({"treatments": ()}, None),
        ({"treatments": (Treatment("silicone", 3),)}, None),
        ({"prior_treatments": ()}, False),
        ({"prior_treatments": (), "treatments": (Treatment("silicone", 3),)}, True),
        ({"prior_treatments": ("silicone",)}, None),
        (
            {
                "prior_treatments": ("silicone",),
                "treatments": (Treatment("silicone", 0),),
            },
            True,
        ),
        (
            {
                "prior_treatments": ("silicone", "peel"),
                "treatments": (Treatment("silicone", 3),),
            },
            None,
        ),
        ({"prior_treatments": (), "treatments": (Treatment("silicone"),)}, None),
    ],
)
def test_earlier_treatments_are_known_with_their_dates(told, expected):
    assert established("earlier_treatments", **told) is expected


@for_each(
    ("dated", "undated", "expected"),
    [
        ("insufficient", None, True),
        ("worse", None, True),
        ("good", None, False),
        (None, None, None),
        # Of this one nobody said how it went, only of all together.
        (None, "insufficient", True),
        # What was said of it alone is nearer.
        ("good", "worse", False),
    ],
)
def test_a_dated_treatment_went_as_was_said_of_it(dated, undated, expected):
    facts = {
        "prior_treatments": ("silicone", "steroid-injection"),
        "treatments": (Treatment("steroid-injection", 3, 2, dated),),
        "prior_response": undated,
    }
    assert established("steroid_failed", **facts) is expected


def test_of_several_courses_one_that_was_not_enough_counts():
    courses = (
        Treatment("steroid-injection", 9, 2, "good"),
        Treatment("steroid-injection", 3, 2, "insufficient"),
    )
    assert established("steroid_failed", treatments=courses) is True


@for_each(
    ("sessions", "response", "expected"),
    [
        (2, "insufficient", False),
        (3, "insufficient", True),
        (4, "worse", True),
        (4, "good", False),
        (None, "insufficient", None),
        (3, None, None),
    ],
)
def test_a_course_of_steroid_failed_after_so_many_sessions(
    sessions, response, expected
):
    facts = {"prior_treatments": ("steroid-injection",), "prior_response": response}
    facts |= {"steroid_sessions": sessions}
    assert established("steroid_course_failed", **facts) is expected


@for_each(
    ("told", "expected"),
    [
        ({"prior_treatments": ()}, False),
        ({"treatments": (Treatment("surgical-excision", 11.9),)}, True),
        ({"treatments": (Treatment("surgical-excision", 12),)}, False),
        ({"treatments": (Treatment("surgical-excision"),)}, None),
        ({"prior_treatments": ("surgical-excision",)}, None),
        ({}, None),
        (
            {
                "treatments": (
                    Treatment("surgical-excision", 30),
                    Treatment("surgical-excision", 2),
                )
            },
            True,
        ),
    ],
)
def test_an_excision_of_the_last_year_is_recent(told, expected):
    assert established("recent_excision_same_scar", **told) is expected


@for_each(
    ("disease", "finding"),
    [
        ("psoriasis", "psoriasis_lp_stable"),
        ("lichen_planus", "psoriasis_lp_stable"),
        ("vitiligo", "vitiligo_stable"),
    ],
)
@for_each(
    ("has", "active", "expected"),
    [
        (True, False, True),
        (True, True, False),
        (True, None, None),
        (None, False, None),
        (None, True, False),
    ],
)
def test_a_disease_is_quiet_if_no_new_patch_came(
    disease, finding, has, active, expected
):
    answers = {disease: has, "koebner_active": active}
    assert established(finding, answers=answers) is expected


AGES = ["scar_0_1", "scar_1_3", "scar_3_6", "scar_6_12", "scar_12_24"]


@for_each(
    ("months", "band"),
    [
        (0, "scar_0_1"),
        (0.99, "scar_0_1"),
        (1, "scar_1_3"),
        (2.99, "scar_1_3"),
        (3, "scar_3_6"),
        (6, "scar_6_12"),
        (12, "scar_12_24"),
        (23.99, "scar_12_24"),
        (24, None),
    ],
)
@for_each(
    "cause",
    [
        "surgery",
        "burn",
        "piercing",
        "vaccination",
        "self_harm",
        "chickenpox",
        "other_inflammation",
    ],
)
def test_a_scar_that_closed_is_in_one_band_of_age(cause, months, band):
    found = establish(Facts(scar_cause=cause, scar_age_months=months))
    assert [code for code in AGES if found[code]] == ([band] if band else [])
    assert None not in [found[code] for code in AGES]


@for_each(
    "facts, expected",
    [
        ({"scar_cause": "burn"}, True),
        ({"answers": {"keloid_history_self": True}}, True),
        ({"firm": True}, True),
        ({"elevation": "raised"}, True),
        (
            {
                "scar_cause": "surgery",
                "answers": {"keloid_history_self": False},
                "firm": False,
                "still_growing": False,
                "itch": 1,
                "pain": 1,
                "elevation": "flat",
            },
            False,
        ),
        ({"scar_cause": "surgery", "firm": False}, None),
    ],
)
def test_only_risk_speaks_for_an_early_laser(facts, expected):
    assert establish(Facts(**facts))["early_risk"] is expected


@for_each("cause", ["acne", "stretch"])
def test_what_never_closed_is_in_no_band_of_age(cause):
    found = establish(Facts(scar_cause=cause))
    assert [found[code] for code in AGES] == [False] * len(AGES)


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
