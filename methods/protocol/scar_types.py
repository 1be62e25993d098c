"""Rules of the provisional scar types, valid until a clinician has examined the scar.

Each function establishes the scar type of its own name (`coded_findings.ScarTypeCode`).
Several may be present at once. What is not known leaves a type unknown wherever it could
matter, so that an answer of "not sure" never makes a type of what was none.
"""

from collections.abc import Callable, Iterable, Mapping
from functools import cache
from itertools import product

from methods.protocol import thresholds as at
from methods.protocol.about_scar import (
    burn_scar,
    depressed,
    flat,
    from_a_wound,
    high_keloid_risk_site,
    is_striae,
    itchy_or_painful,
    large_area,
    raised,
    redness,
    scar_under_6_months,
    scar_under_12_months,
    still_changing,
    wound_open,
)
from methods.protocol.coded_findings import ScarTypeCode
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

# Raised (findings, section 5)


def _is_unsure_of_edges(facts: Facts) -> Truth:
    return is_value(facts.beyond_edges, BeyondEdges.UNSURE)


def _behaves_like_a_keloid(facts: Facts) -> Truth:
    """Whether it grows for half a year where keloids are common: taken for one."""
    return all_of(
        _is_unsure_of_edges(facts),
        high_keloid_risk_site(facts),
        facts.still_growing,
        negated(below(facts.scar_age_months, at.KELOID_IF_UNSURE_MONTHS)),
    )


def keloid_suspected(facts: Facts) -> Truth:
    grows_late = all_of(
        is_value(facts.beyond_edges, BeyondEdges.NO),
        above(facts.scar_age_months, at.MATURING_MONTHS),
        facts.still_growing,
    )
    perhaps = None if _is_unsure_of_edges(facts) or grows_late is not False else False
    return all_of(
        raised(facts),
        any_of(
            is_value(facts.beyond_edges, BeyondEdges.YES),
            _behaves_like_a_keloid(facts),
            perhaps,
        ),
    )


def hypertrophic(facts: Facts) -> Truth:
    if _is_unsure_of_edges(facts):
        return all_of(raised(facts), None if keloid_suspected(facts) is None else False)
    return all_of(raised(facts), is_value(facts.beyond_edges, BeyondEdges.NO))


def raised_unsure(facts: Facts) -> Truth:
    return all_of(
        raised(facts),
        _is_unsure_of_edges(facts),
        negated(_behaves_like_a_keloid(facts)),
    )


def hypertrophic_widespread(facts: Facts) -> Truth:
    return all_of(hypertrophic(facts), burn_scar(facts), large_area(facts))


def contracture(facts: Facts) -> Truth:
    return facts.tight_limits_movement


# Dents (findings, sections 2 and 3)

_WIDTHS = (1, 2, 3)  # at most 1 mm, at most 2 mm, wider
_DEPTHS = (PitDepth.SHALLOW, PitDepth.DEEP)
Dents = frozenset[ScarTypeCode]
_ICE, _ROLLING = ScarTypeCode.ICE_PICK, ScarTypeCode.ROLLING
_OTHER = ScarTypeCode.ATROPHIC_OTHER


def _width_class(width_mm: float) -> int:
    if width_mm <= at.CRATER_ABOVE_MM:
        return 1
    return 2 if width_mm <= at.ICE_PICK_TO_MM else 3


@cache
def _dents(shape: str, width: int, depth: str, flattens: bool) -> Dents:
    """Return the types of a dent of which all is known. Shape rules, width refines."""
    is_deep = depth == PitDepth.DEEP
    boxcar = ScarTypeCode.BOXCAR_DEEP if is_deep else ScarTypeCode.BOXCAR_SHALLOW
    if shape == PitShape.PINHOLE:
        return frozenset({_ICE if width < _WIDTHS[-1] else boxcar})
    if shape == PitShape.SHARP_EDGE_ROUND:
        types = {_ICE if is_deep and width == _WIDTHS[0] else boxcar}
    elif shape == PitShape.WAVY:
        types = {_ROLLING}
    elif shape == PitShape.MIXED:
        types = {_ROLLING, boxcar} | ({_ICE} if width < _WIDTHS[-1] else set())
    else:
        types = {_ROLLING if flattens else _OTHER}
    return frozenset(types | ({_ROLLING} if flattens else set()))


def _agree(values: Iterable[bool]) -> Truth:
    """Return what all possible answers lead to, None where they differ."""
    found = set(values)
    return found.pop() if len(found) == 1 else None


def _dent(facts: Facts, code: ScarTypeCode) -> Truth:
    """Return whether the look of a dent makes it this type.

    Every answer that is missing is tried: only what all of them lead to is known.
    """
    shapes = PitShape.values if facts.pit_shape is None else [facts.pit_shape]
    widths = (
        _WIDTHS if facts.pit_width_mm is None else [_width_class(facts.pit_width_mm)]
    )
    known_depth = facts.pit_depth in _DEPTHS
    depths = [facts.pit_depth] if known_depth else _DEPTHS
    stretches = (
        (True, False)
        if facts.flattens_on_stretch is None
        else [facts.flattens_on_stretch]
    )
    looks = product(shapes, widths, depths, stretches)
    return _agree(code in _dents(*look) for look in looks)


def _shaped(facts: Facts, code: ScarTypeCode) -> Truth:
    """Return whether a dent has this shape; one from a burn has none of them."""
    return all_of(depressed(facts), negated(burn_scar(facts)), _dent(facts, code))


def ice_pick(facts: Facts) -> Truth:
    return _shaped(facts, ScarTypeCode.ICE_PICK)


def boxcar_shallow(facts: Facts) -> Truth:
    return _shaped(facts, ScarTypeCode.BOXCAR_SHALLOW)


def boxcar_deep(facts: Facts) -> Truth:
    return _shaped(facts, ScarTypeCode.BOXCAR_DEEP)


def rolling(facts: Facts) -> Truth:
    return _shaped(facts, ScarTypeCode.ROLLING)


def atrophic_other(facts: Facts) -> Truth:
    is_striped = all_of(is_striae(facts), is_value(facts.pit_shape, PitShape.NONE))
    return all_of(
        depressed(facts),
        negated(is_striped),
        any_of(
            from_a_wound(facts),
            is_value(facts.scar_cause, ScarCause.CHICKENPOX),
            _dent(facts, ScarTypeCode.ATROPHIC_OTHER),
        ),
    )


# Young (findings, section 1)


def immature(facts: Facts) -> Truth:
    is_young = scar_under_6_months(facts)
    # Under 6 months every scar from a wound still changes, whatever its colour and height:
    # a raised one needs the same at first, whichever kind it is. What is for none of the
    # raised kinds asks for "not raised" besides.
    is_open = facts.elevation is None or (raised(facts) and facts.beyond_edges is None)
    return all_of(
        facts.wound_closed,
        from_a_wound(facts),
        any_of(is_young, all_of(scar_under_12_months(facts), still_changing(facts))),
        True if is_young and is_open else negated(raised(facts)),
    )


# Flat (findings, section 4)


def _is_flat_wound(facts: Facts) -> Truth:
    """A flat scar from a wound that no longer changes: what section 4 is about.

    An open wound is not young by `immature`, and settled even less.
    """
    return all_of(
        facts.wound_closed,
        flat(facts),
        from_a_wound(facts),
        negated(immature(facts)),
        negated(is_striae(facts)),
    )


def _from_inflammation(facts: Facts) -> Truth:
    return all_of(
        is_value(
            facts.scar_cause,
            ScarCause.ACNE,
            ScarCause.CHICKENPOX,
            ScarCause.OTHER_INFLAMMATION,
        ),
        negated(is_striae(facts)),
    )


def _is_fine_line(facts: Facts) -> Truth:
    return is_value(facts.width, Width.FINE_LINE)


def _is_wide(facts: Facts) -> Truth:
    # A burn is an area, whether anybody called it wide or not.
    return any_of(burn_scar(facts), is_value(facts.width, Width.WIDE))


def mature_linear(facts: Facts) -> Truth:
    return all_of(_is_flat_wound(facts), _is_fine_line(facts))


def widened(facts: Facts) -> Truth:
    return all_of(
        facts.wound_closed,
        is_value(facts.elevation, Elevation.FLAT, Elevation.DEPRESSED),
        is_value(facts.width, Width.WIDE),
        is_value(
            facts.scar_cause,
            ScarCause.SURGERY,
            ScarCause.TRAUMA,
            ScarCause.SELF_HARM,
        ),
        negated(immature(facts)),
        negated(is_striae(facts)),
    )


def flat_area(facts: Facts) -> Truth:
    return all_of(
        _is_flat_wound(facts),
        _is_wide(facts),
        is_value(
            facts.scar_cause, ScarCause.BURN, ScarCause.PIERCING, ScarCause.VACCINATION
        ),
    )


def red_mature(facts: Facts) -> Truth:
    return all_of(_is_flat_wound(facts), redness(facts))


def pih(facts: Facts) -> Truth:
    is_brown = is_value(facts.colour, Colour.BROWN, Colour.DARKER)
    if facts.colour == Colour.MIXED:
        is_brown = True if _from_inflammation(facts) else None
    return all_of(
        flat(facts),
        is_brown,
        any_of(_from_inflammation(facts), from_a_wound(facts)),
        negated(is_striae(facts)),
    )


def pie(facts: Facts) -> Truth:
    is_red = True if facts.colour == Colour.MIXED else redness(facts)
    return all_of(flat(facts), is_red, _from_inflammation(facts))


def hypopigmented(facts: Facts) -> Truth:
    # A settled line is pale: that is normal, unless it bothers [C-T35] [C-T51].
    pale_wound = all_of(
        _is_flat_wound(facts),
        any_of(
            all_of(
                _is_wide(facts),
                negated(below(facts.scar_age_months, at.PIGMENT_RETURNS_MONTHS)),
            ),
            all_of(_is_fine_line(facts), facts.colour_bothers),
        ),
    )
    is_white = is_value(facts.colour, Colour.WHITE)
    if facts.colour == Colour.MIXED:
        is_white = False if _from_inflammation(facts) else None
    return all_of(flat(facts), is_white, any_of(_from_inflammation(facts), pale_wound))


# Stretch marks


def _stripes(facts: Facts, stripes: Stripes, colours: frozenset[Colour]) -> Truth:
    if facts.stripes in (Stripes.RED_PURPLE, Stripes.WHITE_SILVER):
        return facts.stripes == stripes
    if facts.scar_cause not in (None, ScarCause.STRETCH):
        return None if facts.stripes is None else False
    if None in (facts.stripes, facts.scar_cause, facts.colour):
        return None
    if facts.colour in _RUBRA | _ALBA:
        return facts.colour in colours
    is_young = scar_under_12_months(facts)
    return is_young if stripes == Stripes.RED_PURPLE else negated(is_young)


_RUBRA = frozenset({Colour.RED, Colour.PURPLE})
_ALBA = frozenset({Colour.WHITE, Colour.SKIN})


def striae_rubra(facts: Facts) -> Truth:
    return _stripes(facts, Stripes.RED_PURPLE, _RUBRA)


def striae_alba(facts: Facts) -> Truth:
    return _stripes(facts, Stripes.WHITE_SILVER, _ALBA)


# What no other type fits


def not_closed(facts: Facts) -> Truth:
    return wound_open(facts)


def unclassified(facts: Facts) -> Truth:
    return is_of_no_type(facts, {rule.__name__: rule(facts) for rule in _CLASSIFIED})


def is_of_no_type(facts: Facts, types: Mapping[str, Truth]) -> Truth:
    """Return whether a closed scar has none of the types, given each of them.

    Redness that dark skin hides keeps no scar from being looked at, and from what protects
    it: a type that only this redness would make does not count.
    """
    is_hidden = facts.colour not in (None, Colour.MIXED) and redness(facts) is None
    states = (
        types[rule.__name__]
        for rule in _CLASSIFIED
        if not (is_hidden and rule in _BY_REDNESS)
    )
    return all_of(facts.wound_closed, *map(negated, states))


_CLASSIFIED: tuple[Callable[[Facts], Truth], ...] = (
    keloid_suspected,
    hypertrophic,
    raised_unsure,
    contracture,
    ice_pick,
    boxcar_shallow,
    boxcar_deep,
    rolling,
    atrophic_other,
    immature,
    mature_linear,
    widened,
    flat_area,
    red_mature,
    pih,
    pie,
    hypopigmented,
    striae_rubra,
    striae_alba,
)


_BY_REDNESS = (pie,)


# Several types together


def mixed_acne_scars(facts: Facts) -> Truth:
    shapes = (ice_pick, boxcar_shallow, boxcar_deep, rolling)
    known = [rule(facts) for rule in shapes]
    several = sum(each is True for each in known) > 1
    could_be = sum(each is not False for each in known) > 1
    return all_of(
        is_value(facts.scar_cause, ScarCause.ACNE),
        True if several else None if could_be else False,
    )


def fresh_and_keloid_prone(facts: Facts) -> Truth:
    return all_of(
        immature(facts),
        any_of(
            facts.answers.get("keloid_history_self"),
            facts.answers.get("keloid_history_family"),
        ),
    )


def nothing_needed(facts: Facts) -> Truth:
    """A settled pale line that troubles nobody [C-T35]."""
    return all_of(
        mature_linear(facts),
        is_value(facts.colour, Colour.WHITE, Colour.SKIN),
        negated(facts.colour_bothers),
        negated(itchy_or_painful(facts)),
        negated(facts.tight_limits_movement),
    )
