"""Every number that decides something, below it, at it, above it and unknown.

The numbers stand here once more, as the clinical reference gives them, so that a
threshold that moves by accident turns a row red.
"""

import pytest

from methods.protocol import thresholds
from methods.protocol.facts import NEVER, Facts
from methods.protocol.findings import establish
from methods.protocol.vocabulary import BodySite
from tests.tables import for_each

UNSURE_KELOID = {
    "elevation": "raised",
    "beyond_edges": "unsure",
    "body_site": "chest",
    "still_growing": True,
}
PINHOLE = {"elevation": "depressed", "pit_shape": "pinhole"}
CRATER = {
    "elevation": "depressed",
    "pit_shape": "sharp_edge_round",
    "pit_depth": "shallow",
}
WAVE = {"elevation": "depressed", "pit_shape": "wavy", "flattens_on_stretch": False}
STOPPED = {"isotretinoin": "stopped"}

# threshold: [(finding, fact, other facts, {value of the fact: what is established})]
NUMBERS = {
    "FRESH_MONTHS": [
        (
            "scar_under_3_months",
            "scar_age_months",
            {},
            {2.99: True, 3: False, 3.01: False, None: None},
        ),
    ],
    "EARLY_LASER_MONTHS": [
        (
            "scar_under_6_months",
            "scar_age_months",
            {},
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
    ],
    "LATE_MONTHS": [
        (
            "scar_over_24_months",
            "scar_age_months",
            {},
            {23.99: False, 24: False, 24.01: True, None: None},
        ),
    ],
    "KELOID_IF_UNSURE_MONTHS": [
        (
            "keloid_suspected",
            "scar_age_months",
            UNSURE_KELOID,
            {5.99: None, 6: None, 6.01: True, None: None},
        ),
    ],
    "ICE_PICK_BELOW_MM": [
        (
            "ice_pick",
            "pit_width_mm",
            PINHOLE,
            {1.99: True, 2: False, 2.01: False, None: None},
        ),
    ],
    "BOXCAR_FROM_MM": [
        (
            "boxcar_shallow",
            "pit_width_mm",
            CRATER,
            {1.49: False, 1.5: True, 1.51: True, None: None},
        ),
    ],
    "BOXCAR_TO_MM": [
        (
            "boxcar_shallow",
            "pit_width_mm",
            CRATER,
            {3.99: True, 4: True, 4.01: False, None: None},
        ),
    ],
    "ROLLING_ABOVE_MM": [
        (
            "rolling",
            "pit_width_mm",
            WAVE,
            {3.99: False, 4: False, 4.01: True, None: None},
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
# threshold: (finding, the sites that it names)
SITES = {
    "HIGH_KELOID_RISK_SITES": (
        "high_keloid_risk_site",
        {"ear", "chest", "shoulder", "upper_arm", "upper_back", "neck", "jawline"},
    ),
    "HIGH_TENSION_SITES": (
        "high_tension_site",
        {"chest", "upper_back", "lower_back", "shoulder", "elbow", "knee"},
    ),
    "FACE_SITES": ("on_face", {"face", "eyelid", "lip", "jawline"}),
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


@for_each("name", SITES)
def test_a_finding_of_place_names_its_sites_and_no_other(name):
    finding, sites = SITES[name]
    found = {
        site
        for site in BodySite.values
        if establish(Facts(body_site=site))[finding] is True
    }
    assert found == sites
    assert establish(Facts(body_site=None))[finding] is None


def test_every_threshold_has_a_row_here():
    named = {name for name in vars(thresholds) if name.isupper()}
    assert named == NUMBERS.keys() | SITES.keys()


@for_each("name", NUMBERS)
def test_every_row_stands_below_at_and_above_its_threshold_and_unknown(name):
    limit = getattr(thresholds, name)
    for _, _, _, cases in NUMBERS[name]:
        numbers = cases.keys() - {None, NEVER}
        assert {(value > limit) - (value < limit) for value in numbers} == {-1, 0, 1}
        assert cases[None] is None
