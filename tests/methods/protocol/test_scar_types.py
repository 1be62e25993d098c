"""The decision tables from facts to scar types, cell by cell.

What is not known leaves a type open wherever two answers would lead to different types:
an answer that is replaced by "not known" never makes a type of what was none.
"""

from itertools import product

from methods.protocol.coded_findings import ScarTypeCode
from methods.protocol.facts import Facts
from methods.protocol.findings import establish, present_types, state_of
from methods.protocol.vocabulary import Colour, Elevation, ScarCause
from tests.tables import for_each

WOUNDS = ["surgery", "trauma", "burn", "piercing", "vaccination", "self_harm"]
INFLAMMATIONS = ["acne", "chickenpox", "other_inflammation"]
SETTLED = {
    "wound_closed": True,
    "elevation": "flat",
    "beyond_edges": "no",
    "stripes": "none",
    "tight_limits_movement": False,
    "firm": False,
    "still_growing": False,
    "itch": 1,
    "pain": 1,
    "scar_age_months": 36,
    "scar_cause": "surgery",
    "colour": "skin",
    "colour_bothers": False,
    "width": "fine_line",
    "fitzpatrick": 2,
}


def types_of(**facts):
    """Return ({types present}, {types not known}) of a settled scar with these facts."""
    findings = establish(Facts(**SETTLED | facts))
    return (
        {code for code in ScarTypeCode.values if findings[code]},
        {code for code in ScarTypeCode.values if findings[code] is None},
    )


def state(code, **facts):
    return establish(Facts(**SETTLED | facts))[code]


def test_of_nothing_known_no_type_is_present_or_absent():
    findings = establish(Facts())
    assert {code for code in ScarTypeCode.values if findings[code] is not None} == set()
    assert present_types(findings) == ["unclassified"]


# Young (findings.md, section 1)

SIGNS = [
    {"firm": True},
    {"still_growing": True},
    {"itch": 4},
    {"pain": 4},
    {"colour": "red"},
    {"colour": "purple"},
    {"colour": "darker"},
]


@for_each("cause", WOUNDS)
@for_each("elevation", ["flat", "depressed"])
@for_each("sign", [{}, {"colour": None}, *SIGNS])
def test_under_6_months_every_scar_of_a_wound_is_immature(cause, elevation, sign):
    young = {"scar_age_months": 5.9, "scar_cause": cause, "elevation": elevation}
    assert state("immature", **young | sign) is True


@for_each(
    ("change", "expected"),
    [
        ({"elevation": "raised"}, False),
        ({"elevation": "mixed"}, False),
        # A raised one needs the same at first; what wounds asks for more.
        ({"elevation": None}, True),
        # Whichever kind of raised scar it is, it needs the same at first.
        ({"elevation": "raised", "beyond_edges": None}, True),
        ({"elevation": "mixed", "beyond_edges": None}, True),
        ({"elevation": "raised", "beyond_edges": "unsure"}, False),
        ({"wound_closed": False}, False),
        ({"wound_closed": None}, None),
        ({"scar_cause": "acne"}, False),
        ({"scar_cause": "stretch"}, False),
        ({"scar_cause": None}, None),
        ({"scar_age_months": None}, None),
        ({"scar_age_months": None, "colour": "red"}, None),
    ],
)
def test_what_is_not_known_of_a_young_scar_leaves_immature_open(change, expected):
    assert state("immature", **{"scar_age_months": 3} | change) is expected


@for_each(("months", "expected"), [(6, True), (11.99, True), (12, False), (None, None)])
@for_each("sign", SIGNS)
def test_from_6_to_12_months_a_sign_of_change_makes_it_immature(sign, months, expected):
    assert state("immature", scar_age_months=months, **sign) is expected


@for_each("months", [6, 11.99, None])
def test_without_any_sign_it_is_not_immature_from_6_months_on(months):
    expected = None if months is None else False
    assert state("immature", scar_age_months=months) is expected


@for_each(
    ("colour", "phototype", "expected"),
    [
        *(("skin", phototype, False) for phototype in (1, 2, 3)),
        *(("brown", phototype, False) for phototype in (1, 2, 3)),
        # Dark skin hides redness; an unknown phototype counts as the darker.
        *(("skin", phototype, None) for phototype in (4, 5, 6, None)),
        *(("brown", phototype, None) for phototype in (4, 5, 6, None)),
        *(("white", phototype, False) for phototype in (1, 6, None)),
        *(("mixed", phototype, None) for phototype in (1, 6, None)),
        *((None, phototype, None) for phototype in (1, 6, None)),
        *(("darker", phototype, True) for phototype in (1, 6, None)),
    ],
)
def test_the_colour_of_change_depends_on_the_skin(colour, phototype, expected):
    facts = {"colour": colour, "fitzpatrick": phototype, "scar_age_months": 8}
    assert state("immature", **facts) is expected


@for_each("unknown", ["firm", "still_growing", "itch", "pain"])
def test_a_sign_that_nobody_asked_for_is_not_absent(unknown):
    facts = {"scar_age_months": 8, unknown: None}
    assert state("immature", **facts) is None


def test_brown_and_immature_stand_together():
    assert types_of(scar_age_months=2, colour="brown")[0] == {"immature", "pih"}


# Dents (section 2). Cells: shallow / deep.

ICE, ROLLING, OTHER = "ice_pick", "rolling", "atrophic_other"
SHALLOW, DEEP = "boxcar_shallow", "boxcar_deep"
DENT_TYPES = {ICE, ROLLING, OTHER, SHALLOW, DEEP}
SHAPES = ["pinhole", "sharp_edge_round", "wavy", "mixed", "none"]
WIDTHS = [1, 2, 3, 4, 5]
DEPTHS = ["shallow", "deep"]
_BOXCAR = ({SHALLOW}, {DEEP})
# shape: the cells of 1, 2, 3, 4 and 5 mm
DENTS = {
    "pinhole": [({ICE}, {ICE}), ({ICE}, {ICE}), _BOXCAR, _BOXCAR, _BOXCAR],
    "sharp_edge_round": [({SHALLOW}, {ICE}), _BOXCAR, _BOXCAR, _BOXCAR, _BOXCAR],
    "wavy": [({ROLLING}, {ROLLING})] * 5,
    "mixed": [({ROLLING, ICE, SHALLOW}, {ROLLING, ICE, DEEP})] * 2
    + [({ROLLING, SHALLOW}, {ROLLING, DEEP})] * 3,
    "none": [({OTHER}, {OTHER})] * 5,
}


def cell(shape, width, depth, flattens):
    """Return the types of a dent by the table, where every answer is known."""
    types = DENTS[shape][WIDTHS.index(width)][DEPTHS.index(depth)]
    if not flattens or shape == "pinhole":
        return types
    return {ROLLING} if shape == "none" else types | {ROLLING}


def dent_types(shape, width, depth, flattens, **facts):
    present, unknown = types_of(
        **{"elevation": "depressed", "scar_cause": "acne"} | facts,
        pit_shape=shape,
        pit_width_mm=width,
        pit_depth=depth,
        flattens_on_stretch=flattens,
    )
    return present & DENT_TYPES, unknown & DENT_TYPES


@for_each(
    ("shape", "width", "depth", "flattens"),
    product([*SHAPES, None], [*WIDTHS, None], [*DEPTHS, None], [True, False, None]),
)
def test_a_dent_has_the_types_of_its_cell_and_of_all_cells_that_it_may_be_in(
    shape, width, depth, flattens
):
    cells = [
        cell(*look)
        for look in product(
            [shape] if shape else SHAPES,
            [width] if width else WIDTHS,
            [depth] if depth else DEPTHS,
            [True, False] if flattens is None else [flattens],
        )
    ]
    present = set.intersection(*cells)
    assert dent_types(shape, width, depth, flattens) == (
        present,
        set.union(*cells) - present,
    )


@for_each(
    ("width", "expected"),
    [(1, {ICE}), (2, {ICE}), (2.01, {DEEP}), (1.5, {ICE})],
)
def test_a_needle_hole_of_about_2_mm_is_an_ice_pick(width, expected):
    assert dent_types("pinhole", width, "deep", False)[0] == expected


@for_each(
    ("width", "expected"), [(0.5, {ICE}), (1, {ICE}), (1.01, {DEEP}), (2, {DEEP})]
)
def test_a_deep_crater_of_1_mm_is_an_ice_pick(width, expected):
    assert dent_types("sharp_edge_round", width, "deep", False)[0] == expected


@for_each("elevation", ["raised", "flat"])
def test_what_is_not_sunken_has_no_dents(elevation):
    looks = dent_types("mixed", 1, "deep", True, elevation=elevation)
    assert looks == (set(), set())


def test_the_sunken_part_of_a_mixed_scar_has_its_types_too():
    facts = {"elevation": "mixed", "pit_shape": "pinhole", "pit_width_mm": 1}
    assert types_of(**facts | {"pit_depth": "deep"})[0] == {
        "hypertrophic",
        ICE,
        OTHER,
    }


# Other dents (section 3)


@for_each(
    ("cause", "expected"),
    [
        *(
            (cause, {OTHER, DEEP})
            for cause in ("surgery", "trauma", "piercing", "self_harm")
        ),
        ("vaccination", {OTHER, DEEP}),
        ("chickenpox", {OTHER, DEEP}),
        # A burn leaves no shapes of acne.
        ("burn", {OTHER}),
        ("acne", {DEEP}),
        ("other_inflammation", {DEEP}),
    ],
)
def test_a_dent_of_another_cause_is_atrophic_beside_its_shape(cause, expected):
    assert dent_types("sharp_edge_round", 3, "deep", False, scar_cause=cause) == (
        expected,
        set(),
    )


def test_a_dent_of_no_known_cause_may_be_of_a_wound_or_a_burn():
    assert dent_types("sharp_edge_round", 3, "deep", False, scar_cause=None) == (
        set(),
        {OTHER, DEEP},
    )


@for_each(
    ("stripes", "shape", "expected"),
    [
        ("red_purple", "none", False),
        ("red_purple", "wavy", True),
        ("red_purple", None, None),
        (None, "none", None),
        ("none", "none", True),
    ],
)
def test_a_sunken_stripe_is_no_other_dent(stripes, shape, expected):
    facts = {"elevation": "depressed", "stripes": stripes, "pit_shape": shape}
    assert state(OTHER, **facts) is expected


def test_a_sunken_scar_of_a_wound_under_6_months_is_immature_too():
    assert types_of(elevation="depressed", pit_shape="none", scar_age_months=5)[0] == {
        OTHER,
        "immature",
    }


# Flat (section 4)

WIDE_TYPE = dict.fromkeys(
    ("surgery", "trauma", "self_harm"), "widened"
) | dict.fromkeys(("burn", "piercing", "vaccination"), "flat_area")
# colour: (beside the type of a fine line, of a wide scar, of an inflammation)
FLAT = {
    "red": ({"red_mature"}, {"red_mature"}, {"pie"}),
    "purple": ({"red_mature"}, {"red_mature"}, {"pie"}),
    "brown": ({"pih"}, {"pih"}, {"pih"}),
    "darker": ({"pih"}, {"pih"}, {"pih"}),
    "white": (set(), {"hypopigmented"}, {"hypopigmented"}),
    "skin": (set(), set(), {"unclassified"}),
    "mixed": (set(), set(), {"pie", "pih"}),
    None: (set(), set(), set()),
}
COLOUR_TYPES = {"red_mature", "pih", "hypopigmented"}


def test_the_table_of_flat_scars_has_every_colour():
    assert FLAT.keys() == {*Colour.values, None}


@for_each("colour", FLAT)
@for_each("cause", [each for each in WOUNDS if each != "burn"])
def test_a_settled_fine_line(cause, colour):
    found, unknown = types_of(scar_cause=cause, colour=colour)
    assert found == {"mature_linear"} | FLAT[colour][0]
    # A paler line is normal unless it bothers.
    may_be = {"red_mature", "pih"} if colour in (None, "mixed") else set()
    assert unknown == may_be


@for_each("colour", FLAT)
@for_each("cause", WOUNDS)
def test_a_settled_spread_out_scar(cause, colour):
    found, unknown = types_of(scar_cause=cause, colour=colour, width="wide")
    assert found == {WIDE_TYPE[cause]} | FLAT[colour][1]
    assert unknown == (COLOUR_TYPES if colour in (None, "mixed") else set())


@for_each("colour", FLAT)
@for_each("cause", INFLAMMATIONS)
@for_each("width", ["fine_line", "wide", None])
def test_a_flat_mark_of_an_inflammation(cause, colour, width):
    found, unknown = types_of(scar_cause=cause, colour=colour, width=width)
    assert found == FLAT[colour][2]
    may_be = {"pie", "pih", "hypopigmented", "unclassified"}
    assert unknown == (set() if colour else may_be)


SETTLED_TYPES = {
    "mature_linear",
    "widened",
    "flat_area",
    "red_mature",
    "hypopigmented",
}


@for_each("colour", FLAT)
@for_each("cause", WOUNDS)
@for_each("width", ["fine_line", "wide"])
def test_a_wound_that_is_open_is_no_settled_scar(cause, colour, width):
    for is_closed, where in [(False, set()), (None, SETTLED_TYPES)]:
        found, unknown = types_of(
            scar_cause=cause, colour=colour, width=width, wound_closed=is_closed
        )
        assert found & SETTLED_TYPES == set()
        assert unknown & SETTLED_TYPES <= where


def test_a_sutured_wound_of_10_days_waits_for_closure():
    facts = {"scar_age_months": 0.33, "colour": "red", "wound_closed": False}
    assert types_of(**facts) == ({"not_closed"}, set())


@for_each(("bothers", "expected"), [(True, True), (False, False), (None, None)])
def test_a_pale_line_counts_as_pale_only_if_its_colour_bothers(bothers, expected):
    facts = {"colour": "white", "colour_bothers": bothers}
    assert state("hypopigmented", **facts) is expected
    assert state("nothing_needed", **facts) is (
        None if bothers is None else not bothers
    )


@for_each(
    ("months", "expected"), [(11.99, False), (12, True), (12.01, True), (None, None)]
)
def test_a_wide_pale_scar_of_a_wound_counts_from_12_months(months, expected):
    facts = {"colour": "white", "width": "wide", "scar_age_months": months}
    assert state("hypopigmented", **facts) is expected


@for_each(
    ("change", "unknown"),
    [
        ({"width": None}, {"mature_linear", "widened", "unclassified"}),
        (
            {"width": None, "colour": "white"},
            {"mature_linear", "widened", "hypopigmented", "unclassified"},
        ),
    ],
)
def test_a_flat_scar_of_unknown_width(change, unknown):
    assert types_of(**change) == (set(), unknown)


def test_the_colour_of_a_flat_scar_counts_without_its_width():
    assert types_of(width=None, colour="brown") == (
        {"pih"},
        {"mature_linear", "widened"},
    )


def test_a_flat_scar_of_unknown_cause_may_be_a_mark_or_a_settled_scar():
    found, unknown = types_of(scar_cause=None, colour="red")
    assert found == set()
    assert {"pie", "red_mature", "mature_linear"} <= unknown


def test_a_scar_of_unknown_height_is_of_no_known_type():
    found, unknown = types_of(elevation=None)
    assert found == set()
    assert {"hypertrophic", OTHER, "mature_linear"} <= unknown


@for_each(
    ("months", "sign", "expected"),
    [
        (8, True, {"immature"}),
        (8, False, {"mature_linear"}),
        (18, True, {"mature_linear"}),
        (30, True, {"mature_linear"}),
    ],
)
def test_a_firm_line_is_immature_up_to_12_months(months, sign, expected):
    assert types_of(scar_age_months=months, firm=sign)[0] == expected


def test_a_red_line_at_18_months_is_a_settled_red_one():
    assert types_of(scar_age_months=18, colour="red")[0] == {
        "mature_linear",
        "red_mature",
    }


@for_each(
    ("change", "expected"),
    [
        ({}, True),
        ({"colour": "white"}, True),
        ({"colour": "red"}, False),
        ({"colour": None}, None),
        ({"colour_bothers": True}, False),
        ({"colour_bothers": None}, None),
        ({"itch": 4}, False),
        ({"pain": 4}, False),
        ({"itch": None}, None),
        ({"tight_limits_movement": True}, False),
        ({"tight_limits_movement": None}, None),
        ({"width": "wide"}, False),
        ({"scar_age_months": 3}, False),
    ],
)
def test_a_settled_line_that_troubles_nobody_needs_nothing(change, expected):
    assert state("nothing_needed", **change) is expected


# Stretch marks

RUBRA, ALBA = "striae_rubra", "striae_alba"


@for_each(
    ("facts", "rubra", "alba"),
    [
        ({"stripes": "red_purple"}, True, False),
        ({"stripes": "white_silver"}, False, True),
        ({"stripes": "none"}, False, False),
        ({"stripes": None}, None, None),
        ({"stripes": "red_purple", "scar_cause": None}, True, False),
        ({"stripes": "none", "scar_cause": None}, None, None),
        ({"scar_cause": "stretch", "colour": "red"}, True, False),
        ({"scar_cause": "stretch", "colour": "purple"}, True, False),
        ({"scar_cause": "stretch", "colour": "white"}, False, True),
        ({"scar_cause": "stretch", "colour": "skin"}, False, True),
        ({"scar_cause": "stretch", "colour": None}, None, None),
        ({"scar_cause": "stretch", "stripes": None}, None, None),
        *(
            ({"scar_cause": "stretch", "colour": colour} | age, rubra, alba)
            for colour in ("brown", "mixed", "darker")
            for age, rubra, alba in (
                ({"scar_age_months": 11.9}, True, False),
                ({"scar_age_months": 12}, False, True),
                ({"scar_age_months": None}, None, None),
            )
        ),
    ],
)
def test_stretch_marks_are_red_or_white(facts, rubra, alba):
    assert (state(RUBRA, **facts), state(ALBA, **facts)) == (rubra, alba)


@for_each("cause", [*WOUNDS, *INFLAMMATIONS])
@for_each("colour", Colour.values)
@for_each("width", ["fine_line", "wide"])
def test_a_flat_stripe_has_no_other_type_from_12_months_on(cause, colour, width):
    facts = {"scar_cause": cause, "colour": colour, "width": width}
    assert types_of(stripes="red_purple", **facts)[0] == {RUBRA}


# Raised (section 5)

RAISED = {"elevation": "raised"}
UNSURE = {
    "beyond_edges": "unsure",
    "body_site": "chest",
    "still_growing": True,
    "scar_age_months": 7,
}
KELOID, HYPERTROPHIC, PERHAPS = "keloid_suspected", "hypertrophic", "raised_unsure"


@for_each("elevation", ["raised", "mixed"])
@for_each(
    ("facts", "keloid", "hypertrophic", "perhaps"),
    [
        ({"beyond_edges": "yes"}, True, False, False),
        ({"beyond_edges": "yes", "still_growing": None}, True, False, False),
        ({"beyond_edges": "no"}, False, True, False),
        ({"beyond_edges": None}, None, None, None),
        # What grows after a year may be a keloid within its edges.
        (
            {"beyond_edges": "no", "still_growing": True, "scar_age_months": 12.01},
            None,
            True,
            False,
        ),
        (
            {"beyond_edges": "no", "still_growing": True, "scar_age_months": 12},
            False,
            True,
            False,
        ),
        (
            {"beyond_edges": "no", "still_growing": None, "scar_age_months": 13},
            None,
            True,
            False,
        ),
        # "Not sure" is no evidence against a keloid, whatever else speaks against it.
        (UNSURE, True, False, False),
        (UNSURE | {"scar_age_months": 6}, True, False, False),
        (UNSURE | {"scar_age_months": 5.9}, None, None, True),
        (UNSURE | {"body_site": "leg"}, None, None, True),
        (UNSURE | {"still_growing": False}, None, None, True),
        (UNSURE | {"scar_age_months": None}, None, None, None),
        (UNSURE | {"body_site": None}, None, None, None),
        (UNSURE | {"still_growing": None}, None, None, None),
        (
            UNSURE | {"still_growing": None, "body_site": "leg"},
            None,
            None,
            True,
        ),
    ],
)
def test_a_raised_scar_by_its_edges(elevation, facts, keloid, hypertrophic, perhaps):
    looks = facts | {"elevation": elevation}
    assert [state(code, **looks) for code in (KELOID, HYPERTROPHIC, PERHAPS)] == [
        keloid,
        hypertrophic,
        perhaps,
    ]


@for_each("code", [KELOID, HYPERTROPHIC, PERHAPS])
@for_each("elevation", ["flat", "depressed"])
@for_each("edges", ["yes", "no", "unsure", None])
def test_what_is_not_raised_is_none_of_them(code, elevation, edges):
    assert state(code, elevation=elevation, beyond_edges=edges) is False


@for_each(
    ("change", "expected"),
    [
        ({}, True),
        ({"beyond_edges": "yes"}, False),
        ({"scar_cause": "trauma"}, False),
        ({"scar_cause": None}, None),
        ({"large_area": False}, False),
        ({"large_area": None}, None),
        ({"elevation": "flat"}, False),
        ({"elevation": None}, None),
    ],
)
def test_a_raised_burn_larger_than_a_palm_is_widespread(change, expected):
    facts = RAISED | {"scar_cause": "burn", "large_area": True} | change
    assert state("hypertrophic_widespread", **facts) is expected


@for_each("tight", [True, False, None])
def test_what_limits_movement_is_a_contracture(tight):
    assert state("contracture", tight_limits_movement=tight) is tight


# What no other type fits


@for_each(("closed", "expected"), [(True, False), (False, True), (None, None)])
def test_a_wound_that_is_open_is_not_closed_yet(closed, expected):
    assert state("not_closed", wound_closed=closed) is expected


@for_each(
    ("facts", "expected"),
    [
        ({"scar_cause": "acne"}, True),
        ({"scar_cause": "acne", "wound_closed": False}, False),
        ({"scar_cause": "acne", "colour": "red"}, False),
        ({"scar_cause": "acne", "colour": None}, None),
        # Redness that dark skin may hide takes nothing away.
        ({"scar_cause": "acne", "fitzpatrick": 3}, True),
        ({"scar_cause": "acne", "fitzpatrick": 4}, True),
        ({"scar_cause": "acne", "fitzpatrick": None}, True),
        ({"scar_cause": "acne", "fitzpatrick": 4, "colour": "red"}, False),
        ({"scar_cause": "acne", "fitzpatrick": 4, "colour": None}, None),
        ({"scar_cause": "acne", "fitzpatrick": 4, "colour": "mixed"}, False),
        ({}, False),
    ],
)
def test_a_closed_scar_of_no_type_is_unclassified(facts, expected):
    assert state("unclassified", **facts) is expected
    # By its own rule as well, which the tracing of facts runs.
    assert state_of("unclassified", Facts(**SETTLED | facts)) is expected


@for_each("cause", [*ScarCause.values, None])
@for_each("elevation", [*Elevation.values, None])
@for_each("colour", [*Colour.values, None])
@for_each("months", [0, 3, 6, 12, 30, None])
def test_no_closed_scar_is_without_a_type_or_a_question(
    cause, elevation, colour, months
):
    for width in ("fine_line", "wide", None):
        found, unknown = types_of(
            scar_cause=cause,
            elevation=elevation,
            colour=colour,
            scar_age_months=months,
            width=width,
        )
        assert found | unknown


# Several types together


@for_each(
    ("facts", "expected"),
    [
        ({"pit_shape": "mixed", "pit_width_mm": 1, "pit_depth": "deep"}, True),
        ({"pit_shape": "wavy"}, False),
        ({"pit_shape": None}, None),
        ({"pit_shape": "mixed", "scar_cause": "trauma"}, False),
        ({"pit_shape": "mixed", "scar_cause": None}, None),
    ],
)
def test_acne_scars_of_several_shapes_are_mixed(facts, expected):
    dents = {"elevation": "depressed", "scar_cause": "acne", "pit_depth": "deep"}
    dents |= {"pit_width_mm": 1, "flattens_on_stretch": False}
    assert state("mixed_acne_scars", **dents | facts) is expected


@for_each(
    ("own", "family", "months", "expected"),
    [
        (True, False, 3, True),
        (False, True, 3, True),
        (False, False, 3, False),
        (None, False, 3, None),
        (True, False, 30, False),
    ],
)
def test_a_young_scar_of_somebody_with_keloids_is_prone(own, family, months, expected):
    answers = {"keloid_history_self": own, "keloid_history_family": family}
    facts = {"scar_age_months": months, "answers": answers}
    assert state("fresh_and_keloid_prone", **facts) is expected
