"""Rules of the red flags, which stop every suggestion.

Each function establishes the red flag of its own name (`coded_findings.RedFlagCode`).
"""

from methods.protocol import thresholds as at
from methods.protocol.about_scar import (
    STEROIDS,
    burn_scar,
    raised,
    tried,
    went,
    wound_open,
)
from methods.protocol.coded_findings import RedFlagCode
from methods.protocol.facts import Facts
from methods.protocol.logic import (
    Truth,
    all_of,
    any_of,
    below,
    is_value,
    negated,
)
from methods.protocol.vocabulary import (
    BddScreen,
    Lump,
    PriorResponse,
    PulledFeature,
    ScarCause,
    SelfHarmStatus,
)


def _answered(facts: Facts, code: str) -> Truth:
    return facts.answers.get(code)


def _established(facts: Facts, code: str, from_facts: Truth) -> Truth:
    """Return whether the flag is raised, by the patient's answer or by facts.

    An answer of no outweighs no fact that nobody knows: unknown is never no. Without an
    answer the facts alone decide.
    """
    return True if _answered(facts, code) else from_facts


def _is_burn_unhealed(facts: Facts) -> Truth:
    """Return whether a burn is open for longer than burns take to heal."""
    return all_of(
        burn_scar(facts), negated(below(facts.wound_weeks, at.BURN_NOT_HEALING_WEEKS))
    )


def rf_ulcer(facts: Facts) -> Truth:
    # A wound in what closed long ago has opened again [C9] [D14] [C-T34].
    opened = all_of(
        wound_open(facts),
        any_of(
            facts.reopened,
            _is_burn_unhealed(facts),
            facts.answers.get("radiotherapy_site"),
            negated(below(facts.scar_age_months, at.OLD_SCAR_MONTHS)),
        ),
    )
    return any_of(_answered(facts, RedFlagCode.ULCER), opened)


def rf_not_healing(facts: Facts) -> Truth:
    open_too_long = all_of(
        wound_open(facts),
        any_of(
            negated(below(facts.wound_weeks, at.WOUND_NOT_HEALING_WEEKS)),
            _is_burn_unhealed(facts),
        ),
    )
    return _established(facts, RedFlagCode.NOT_HEALING, open_too_long)


def _is_at_risk(facts: Facts) -> Truth:
    """Return whether a new spot here is looked at at once [C-T33] [C-T34]."""
    return any_of(
        negated(below(facts.scar_age_months, at.OLD_SCAR_MONTHS)),
        burn_scar(facts),
        facts.answers.get("radiotherapy_site"),
        facts.answers.get("immunosuppressed"),
    )


def rf_bleed(facts: Facts) -> Truth:
    hurts = negated(below(facts.pain, at.HURTS_FROM))
    spot = all_of(hurts, facts.spot_pain)
    # One new painful spot is a flag where the risk is; elsewhere staff look first.
    from_spot = True if all_of(spot, _is_at_risk(facts)) else None if spot else spot
    return any_of(_answered(facts, RedFlagCode.BLEED), from_spot)


def rf_lump(facts: Facts) -> Truth:
    apart = any_of(is_value(facts.lump, Lump.SEPARATE), facts.fast)
    return any_of(_answered(facts, RedFlagCode.LUMP), all_of(raised(facts), apart))


def rf_pigment(facts: Facts) -> Truth:
    return _answered(facts, RedFlagCode.PIGMENT)


def rf_infection(facts: Facts) -> Truth:
    return _answered(facts, RedFlagCode.INFECTION)


def rf_systemic(facts: Facts) -> Truth:
    return _answered(facts, RedFlagCode.SYSTEMIC)


def rf_treated_grew(facts: Facts) -> Truth:
    injected = tried(facts, *STEROIDS)
    worse = went(facts, PriorResponse.WORSE, slugs=STEROIDS)
    # "Not enough" is a flag only of what grows: then a biopsy comes first [G8] [C10].
    grew = all_of(
        went(facts, PriorResponse.INSUFFICIENT, slugs=STEROIDS), facts.still_growing
    )
    from_facts = all_of(raised(facts), any_of(worse, grew))
    answer = _answered(facts, RedFlagCode.TREATED_GREW)
    if answer is None and injected is False:
        return False
    return any_of(answer, from_facts)


def rf_no_injury(facts: Facts) -> Truth:
    return _established(
        facts,
        RedFlagCode.NO_INJURY,
        is_value(facts.scar_cause, ScarCause.NONE_REMEMBERED),
    )


def rf_contracture(facts: Facts) -> Truth:
    return _established(facts, RedFlagCode.CONTRACTURE, facts.tight_limits_movement)


def rf_feature(facts: Facts) -> Truth:
    return _established(
        facts,
        RedFlagCode.FEATURE,
        is_value(
            facts.pulls_feature,
            PulledFeature.EYELID,
            PulledFeature.LIP,
            PulledFeature.NOSTRIL,
        ),
    )


def rf_selfharm_recent(facts: Facts) -> Truth:
    return _established(
        facts,
        RedFlagCode.SELFHARM_RECENT,
        all_of(
            is_value(facts.scar_cause, ScarCause.SELF_HARM),
            is_value(
                facts.self_harm_status,
                SelfHarmStatus.ONGOING,
                SelfHarmStatus.RECENT_12M,
            ),
        ),
    )


def rf_bdd(facts: Facts) -> Truth:
    return _established(
        facts, RedFlagCode.BDD, is_value(facts.bdd_screen, BddScreen.POSITIVE)
    )


def _ages(facts: Facts) -> tuple[int, int]:
    """Return (child below, minor below): the clinic's own, or the reference's."""
    child, minor = facts.child_below, facts.minor_below
    return (
        at.CHILD_BELOW if child is None else child,
        at.MINOR_BELOW if minor is None else minor,
    )


def rf_child(facts: Facts) -> Truth:
    child_below, _minor_below = _ages(facts)
    return _established(facts, RedFlagCode.CHILD, below(facts.age_years, child_below))


def rf_minor(facts: Facts) -> Truth:
    child_below, minor_below = _ages(facts)
    return _established(
        facts,
        RedFlagCode.MINOR,
        all_of(
            negated(below(facts.age_years, child_below)),
            below(facts.age_years, minor_below),
        ),
    )
