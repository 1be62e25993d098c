"""Rules of the provisional scar types, valid until a clinician has examined the scar.

Each function establishes the scar type of its own name (`vocabulary.ScarTypeCode`).
Several may be present at once.
"""

from methods.protocol import thresholds as at
from methods.protocol.about_scar import (
    burn_scar,
    depressed,
    flat,
    high_keloid_risk_site,
    is_striae,
    raised,
    red_scar,
    scar_under_3_months,
    scar_under_12_months,
)
from methods.protocol.facts import Facts
from methods.protocol.logic import (
    Truth,
    above,
    all_of,
    any_of,
    below,
    is_value,
    negated,
)
from methods.protocol.vocabulary import (
    BeyondEdges,
    Colour,
    Elevation,
    PitDepth,
    PitShape,
    ScarCause,
    Stripes,
    Width,
)


def keloid_suspected(facts: Facts) -> Truth:
    grown_past = is_value(facts.beyond_edges, BeyondEdges.YES)
    perhaps_grown_past = all_of(
        is_value(facts.beyond_edges, BeyondEdges.UNSURE),
        high_keloid_risk_site(facts),
        facts.still_growing,
        above(facts.scar_age_months, at.KELOID_IF_UNSURE_MONTHS),
    )
    # "Not sure" that fulfils no other sign is no evidence against a keloid.
    if facts.beyond_edges == BeyondEdges.UNSURE and not perhaps_grown_past:
        perhaps_grown_past = None
    return all_of(raised(facts), any_of(grown_past, perhaps_grown_past))


def hypertrophic(facts: Facts) -> Truth:
    within_edges = (
        None
        if facts.beyond_edges == BeyondEdges.UNSURE
        else is_value(facts.beyond_edges, BeyondEdges.NO)
    )
    return all_of(raised(facts), within_edges)


def hypertrophic_widespread(facts: Facts) -> Truth:
    return all_of(hypertrophic(facts), burn_scar(facts), facts.large_area)


def contracture(facts: Facts) -> Truth:
    return facts.tight_limits_movement


def ice_pick(facts: Facts) -> Truth:
    return all_of(
        depressed(facts),
        is_value(facts.pit_shape, PitShape.PINHOLE, PitShape.MIXED),
        below(facts.pit_width_mm, at.ICE_PICK_BELOW_MM),
    )


def _boxcar(facts: Facts, depth: PitDepth) -> Truth:
    is_wide = all_of(
        negated(below(facts.pit_width_mm, at.BOXCAR_FROM_MM)),
        negated(above(facts.pit_width_mm, at.BOXCAR_TO_MM)),
    )
    # Among mixed pits the width of one says little about the others.
    shape = any_of(
        all_of(is_value(facts.pit_shape, PitShape.SHARP_EDGE_ROUND), is_wide),
        is_value(facts.pit_shape, PitShape.MIXED),
    )
    return all_of(depressed(facts), shape, is_value(facts.pit_depth, depth))


def boxcar_shallow(facts: Facts) -> Truth:
    return _boxcar(facts, PitDepth.SHALLOW)


def boxcar_deep(facts: Facts) -> Truth:
    return _boxcar(facts, PitDepth.DEEP)


def rolling(facts: Facts) -> Truth:
    wavy_and_wide = all_of(
        is_value(facts.pit_shape, PitShape.WAVY),
        above(facts.pit_width_mm, at.ROLLING_ABOVE_MM),
    )
    return all_of(
        depressed(facts),
        any_of(
            wavy_and_wide,
            is_value(facts.pit_shape, PitShape.MIXED),
            facts.flattens_on_stretch,
        ),
    )


def atrophic_other(facts: Facts) -> Truth:
    return all_of(
        depressed(facts),
        is_value(
            facts.scar_cause,
            ScarCause.SURGERY,
            ScarCause.TRAUMA,
            ScarCause.CHICKENPOX,
        ),
    )


def mature_linear(facts: Facts) -> Truth:
    return all_of(
        flat(facts),
        is_value(facts.width, Width.FINE_LINE),
        is_value(facts.colour, Colour.SKIN, Colour.WHITE),
        negated(scar_under_12_months(facts)),
    )


def widened(facts: Facts) -> Truth:
    return all_of(
        is_value(facts.elevation, Elevation.FLAT, Elevation.DEPRESSED),
        is_value(facts.width, Width.WIDE),
        is_value(facts.scar_cause, ScarCause.SURGERY, ScarCause.TRAUMA),
    )


def striae_rubra(facts: Facts) -> Truth:
    return is_value(facts.stripes, Stripes.RED_PURPLE)


def striae_alba(facts: Facts) -> Truth:
    return is_value(facts.stripes, Stripes.WHITE_SILVER)


def pih(facts: Facts) -> Truth:
    return all_of(flat(facts), is_value(facts.colour, Colour.BROWN))


def pie(facts: Facts) -> Truth:
    return all_of(
        flat(facts),
        is_value(facts.colour, Colour.RED),
        is_value(facts.scar_cause, ScarCause.ACNE, ScarCause.OTHER_INFLAMMATION),
    )


def hypopigmented(facts: Facts) -> Truth:
    return all_of(
        flat(facts),
        is_value(facts.colour, Colour.WHITE),
        negated(is_striae(facts)),
    )


def immature(facts: Facts) -> Truth:
    still_red = None if facts.colour == Colour.MIXED else red_scar(facts)
    return all_of(
        facts.wound_closed,
        any_of(
            scar_under_3_months(facts),
            all_of(scar_under_12_months(facts), still_red),
        ),
        negated(raised(facts)),
        negated(is_striae(facts)),
    )
