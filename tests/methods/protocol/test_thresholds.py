"""Every number that decides something, below it, at it, above it and unknown.

The numbers stand here once more, as the clinical reference gives them, so that a
threshold that moves by accident turns a row red.
"""

import pytest

from methods.protocol import thresholds
from methods.protocol.coded_findings import CODED_FINDINGS
from methods.protocol.facts import NEVER, Facts
from methods.protocol.findings import establish
from methods.protocol.vocabulary import BodySite
from tests.tables import for_each

WOUND = {"scar_cause": "surgery"}
SETTLED = WOUND | {
    "wound_closed": True,
    "elevation": "flat",
    "firm": False,
    "still_growing": False,
    "itch": 1,
    "pain": 1,
    "stripes": "none",
}
UNSURE_KELOID = {
    "elevation": "raised",
    "beyond_edges": "unsure",
    "body_site": "chest",
    "still_growing": True,
}
PINHOLE = {
    "elevation": "depressed",
    "scar_cause": "acne",
    "pit_shape": "pinhole",
    "pit_depth": "shallow",
}
CRATER = PINHOLE | {"pit_shape": "sharp_edge_round", "pit_depth": "deep"}
STOPPED = {"isotretinoin": "stopped"}
OPEN = WOUND | {"wound_closed": False, "reopened": False}
FAILED = {"prior_treatments": ("steroid-injection",), "prior_response": "insufficient"}

# threshold: [(finding, fact, other facts, {value of the fact: what is established})]
NUMBERS = {
    "NEW_MONTHS": [
        (
            "scar_0_1",
            "scar_age_months",
            WOUND,
            {0.99: True, 1: False, 1.01: False, None: None},
        ),
        (
            "scar_1_3",
            "scar_age_months",
            WOUND,
            {0.99: False, 1: True, 1.01: True, None: None},
        ),
    ],
    "FRESH_MONTHS": [
        (
            "scar_under_3_months",
            "scar_age_months",
            {},
            {2.99: True, 3: False, 3.01: False, None: None},
        ),
        (
            "scar_1_3",
            "scar_age_months",
            WOUND,
            {2.99: True, 3: False, 3.01: False, None: None},
        ),
        (
            "scar_3_6",
            "scar_age_months",
            WOUND,
            {2.99: False, 3: True, 3.01: True, None: None},
        ),
    ],
    "EARLY_LASER_MONTHS": [
        (
            "scar_under_6_months",
            "scar_age_months",
            {},
            {5.99: True, 6: False, 6.01: False, None: None},
        ),
        (
            "scar_6_12",
            "scar_age_months",
            WOUND,
            {5.99: False, 6: True, 6.01: True, None: None},
        ),
        (
            "immature",
            "scar_age_months",
            SETTLED | {"colour": "white"},
            {5.99: True, 6: False, 6.01: False, None: None},
        ),
    ],
    "MATURING_MONTHS": [
        (
            "scar_under_12_months",
            "scar_age_months",
            {},
            {11.99: True, 12: False, 12.01: False, None: None},
        ),
        (
            "scar_12_24",
            "scar_age_months",
            WOUND,
            {11.99: False, 12: True, 12.01: True, None: None},
        ),
        (
            "immature",
            "scar_age_months",
            SETTLED | {"colour": "red"},
            {11.99: True, 12: False, 12.01: False, None: None},
        ),
    ],
    "LATE_MONTHS": [
        (
            "scar_over_24_months",
            "scar_age_months",
            {},
            {23.99: False, 24: False, 24.01: True, None: None},
        ),
        (
            "scar_12_24",
            "scar_age_months",
            WOUND,
            {23.99: True, 24: False, 24.01: False, None: None},
        ),
    ],
    "KELOID_IF_UNSURE_MONTHS": [
        (
            "keloid_suspected",
            "scar_age_months",
            UNSURE_KELOID,
            {5.99: None, 6: True, 6.01: True, None: None},
        ),
    ],
    "OLD_SCAR_MONTHS": [
        (
            "rf_ulcer",
            "scar_age_months",
            OPEN | {"answers": {"rf_ulcer": False, "radiotherapy_site": False}},
            {11.99: False, 12: True, 12.01: True, None: None},
        ),
    ],
    "PIGMENT_RETURNS_MONTHS": [
        (
            "hypopigmented",
            "scar_age_months",
            SETTLED | {"colour": "white", "width": "wide"},
            {11.99: False, 12: True, 12.01: True, None: None},
        ),
    ],
    "BURN_NOT_HEALING_WEEKS": [
        (
            "rf_not_healing",
            "wound_weeks",
            OPEN | {"scar_cause": "burn"},
            {2.99: False, 3: True, 3.01: True, None: None},
        ),
    ],
    "WOUND_NOT_HEALING_WEEKS": [
        (
            "rf_not_healing",
            "wound_weeks",
            OPEN,
            {3.99: False, 4: True, 4.01: True, None: None},
        ),
    ],
    "STEROID_COURSE_SESSIONS": [
        (
            "steroid_course_failed",
            "steroid_sessions",
            FAILED,
            {2: False, 3: True, 4: True, None: None},
        ),
    ],
    "ICE_PICK_TO_MM": [
        (
            "ice_pick",
            "pit_width_mm",
            PINHOLE,
            {1.99: True, 2: True, 2.01: False, None: None},
        ),
    ],
    "CRATER_ABOVE_MM": [
        (
            "boxcar_deep",
            "pit_width_mm",
            CRATER,
            {0.99: False, 1: False, 1.01: True, None: None},
        ),
    ],
    "NARROW_PIT_BELOW_MM": [
        (
            "narrow_pits",
            "pit_width_mm",
            {},
            {2.99: True, 3: False, 3.01: False, None: None},
        ),
    ],
    "PUNCH_TO_MM": [
        (
            "pits_up_to_3_mm",
            "pit_width_mm",
            {},
            {2.99: True, 3: True, 3.01: False, None: None},
        ),
        (
            "pits_over_3_mm",
            "pit_width_mm",
            {},
            {2.99: False, 3: False, 3.01: True, None: None},
        ),
    ],
    "HURTS_FROM": [
        (
            "rf_bleed",
            "pain",
            WOUND
            | {
                "spot_pain": True,
                "scar_age_months": 30,
                "answers": {"rf_bleed": False},
            },
            {1: False, 2: True, 3: True, None: None},
        ),
    ],
    "SYMPTOMATIC_FROM": [
        (
            "itchy_or_painful",
            "itch",
            {"pain": 1},
            {3: False, 4: True, 5: True, None: None},
        ),
        (
            "itchy_or_painful",
            "pain",
            {"itch": 1},
            {3: False, 4: True, 5: True, None: None},
        ),
    ],
    "VERY_ITCHY_FROM": [
        ("very_itchy", "itch", {}, {6: False, 7: True, 8: True, None: None}),
    ],
    "DARKER_FROM": [
        ("phototype_4_6", "fitzpatrick", {}, {3: False, 4: True, 5: True, None: None}),
        ("phototype_1_3", "fitzpatrick", {}, {3: True, 4: False, 5: False, None: None}),
    ],
    "DARKEST_FROM": [
        ("phototype_5_6", "fitzpatrick", {}, {4: False, 5: True, 6: True, None: None}),
    ],
    "CHILD_BELOW": [
        ("rf_child", "age_years", {}, {15: True, 16: False, 17: False, None: None}),
        ("rf_minor", "age_years", {}, {15: False, 16: True, 17: True, None: None}),
    ],
    "MINOR_BELOW": [
        ("rf_minor", "age_years", {}, {17: True, 18: False, 19: False, None: None}),
        ("under_18", "age_years", {}, {17: True, 18: False, 19: False, None: None}),
    ],
    "DEVICE_AUTHORISED_FROM": [
        ("under_22", "age_years", {}, {21: True, 22: False, 23: False, None: None}),
    ],
    "ISOTRETINOIN_WASHOUT_MONTHS": [
        (
            "isotretinoin_under_6_months",
            "isotretinoin_stopped_months",
            STOPPED,
            {5.99: True, 6: False, 6.01: False, None: None},
        ),
        (
            "isotretinoin_6_to_12_months",
            "isotretinoin_stopped_months",
            STOPPED,
            {5.99: False, 6: True, 6.01: True, None: None},
        ),
    ],
    "ISOTRETINOIN_CAUTION_MONTHS": [
        (
            "isotretinoin_6_to_12_months",
            "isotretinoin_stopped_months",
            STOPPED,
            {11.99: True, 12: False, 12.01: False, None: None},
        ),
    ],
    "TAN_WEEKS": [
        (
            "recent_tan",
            "tan_weeks",
            {},
            {5.99: True, 6: False, 6.01: False, NEVER: False, None: None},
        ),
    ],
    "FILLER_WEEKS": [
        (
            "recent_filler",
            "recent_filler_weeks",
            {},
            {1.99: True, 2: False, 2.01: False, NEVER: False, None: None},
        ),
    ],
    "RESURFACING_WEEKS": [
        (
            "recent_resurfacing",
            "recent_resurfacing_weeks",
            {},
            {3.99: True, 4: False, 4.01: False, NEVER: False, None: None},
        ),
    ],
    "DEEP_RESURFACING_WEEKS": [
        (
            "resurfacing_under_6_months",
            "recent_resurfacing_weeks",
            {},
            {25.99: True, 26: False, 26.01: False, NEVER: False, None: None},
        ),
    ],
}
# finding: the sites that it names
SITES = {
    "high_keloid_risk_site": (
        "ear chest shoulder upper_arm upper_back neck jawline beard"
    ),
    "high_tension_site": "chest upper_back lower_back shoulder elbow knee",
    # What is safe on a cheek is not on the eyelid and the lip.
    "on_face": "face jawline beard brow",
    "on_eyelid": "eyelid",
    "on_lip": "lip",
    "on_beard": "beard",
    "on_brow": "brow",
    "on_scalp": "scalp",
    "on_ear": "ear",
    "on_neck": "neck",
    "on_chest": "chest",
    "on_shoulder_or_back": "shoulder upper_arm upper_back lower_back",
    "on_hand": "hand",
    "on_finger": "finger",
    "on_joint": "elbow knee",
    "on_lower_leg": "leg foot",
    "on_other_body": "breast abdomen arm thigh other",
    "on_hip_or_buttock": "hip buttock",
    "on_groin_or_armpit": "groin armpit",
    "on_genital": "genital",
    "on_nipple": "nipple",
    "on_limb": "upper_arm arm elbow hand finger thigh knee leg foot",
}
SITE_THRESHOLDS = {
    "HIGH_KELOID_RISK_SITES": "high_keloid_risk_site",
    "HIGH_TENSION_SITES": "high_tension_site",
    "FACE_SITES": "on_face",
    "SHOULDER_OR_BACK_SITES": "on_shoulder_or_back",
    "JOINT_SITES": "on_joint",
    "LOWER_LEG_SITES": "on_lower_leg",
    "HIP_OR_BUTTOCK_SITES": "on_hip_or_buttock",
    "GROIN_OR_ARMPIT_SITES": "on_groin_or_armpit",
    "OTHER_BODY_SITES": "on_other_body",
    "LIMB_SITES": "on_limb",
}


@for_each(
    ("finding", "facts", "expected"),
    [
        pytest.param(
            finding, others | {fact: value}, expected, id=f"{name}-{finding}-{value}"
        )
        for name, rows in NUMBERS.items()
        for finding, fact, others, cases in rows
        for value, expected in cases.items()
    ],
)
def test_a_number_decides_exactly_at_its_threshold(finding, facts, expected):
    assert establish(Facts(**facts))[finding] is expected


@for_each("finding", SITES)
def test_a_finding_of_place_names_its_sites_and_no_other(finding):
    found = {
        site
        for site in BodySite.values
        if establish(Facts(body_site=site))[finding] is True
    }
    assert found == set(SITES[finding].split())
    assert establish(Facts(body_site=None))[finding] is None


def test_every_finding_of_place_has_a_row_here():
    places = {code for code in CODED_FINDINGS if code.startswith("on_")}
    assert places == {code for code in SITES if code.startswith("on_")}


@for_each("site", BodySite.values)
def test_every_site_is_one_place_and_at_most_a_limb_or_part_of_the_face_too(site):
    """The matrix has a page for each place: no site is without one."""
    found = {
        code
        for code in SITES
        if code.startswith("on_") and establish(Facts(body_site=site))[code]
    }
    own = found - {"on_limb"}
    if site in ("beard", "brow"):
        own -= {"on_face"}
    assert len(own) == 1


def test_every_threshold_has_a_row_here():
    named = {name for name in vars(thresholds) if name.isupper()}
    assert named == NUMBERS.keys() | SITE_THRESHOLDS.keys()


@for_each("name", SITE_THRESHOLDS)
def test_a_list_of_sites_is_that_of_its_finding(name):
    sites = getattr(thresholds, name)
    assert sites == set(SITES[SITE_THRESHOLDS[name]].split())


@for_each("name", NUMBERS)
def test_every_row_stands_below_at_and_above_its_threshold_and_unknown(name):
    limit = getattr(thresholds, name)
    for _, _, _, cases in NUMBERS[name]:
        numbers = cases.keys() - {None, NEVER}
        assert {(value > limit) - (value < limit) for value in numbers} == {-1, 0, 1}
        assert cases[None] is None
