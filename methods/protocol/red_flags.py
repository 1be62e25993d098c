"""Rules of the red flags, which stop every suggestion.

Each function establishes the red flag of its own name (`vocabulary.RedFlagCode`).
"""

from methods.protocol import thresholds as at
from methods.protocol.about_scar import raised, tried
from methods.protocol.facts import Facts
from methods.protocol.logic import (
    Truth,
    all_of,
    below,
    is_value,
    negated,
)
from methods.protocol.vocabulary import (
    BddScreen,
    PriorResponse,
    PulledFeature,
    RedFlagCode,
    ScarCause,
    SelfHarmStatus,
)


def _answered(facts: Facts, code: str) -> Truth:
    return facts.answers.get(code)


def _established(facts: Facts, code: str, from_facts: Truth) -> Truth:
    """Return whether the flag is raised, by the patient's answer or by facts.

    An answer of no outweighs no fact that nobody knows: unknown is never no.
    """
    return True if _answered(facts, code) else from_facts


def rf_ulcer(facts: Facts) -> Truth:
    return _answered(facts, RedFlagCode.ULCER)


def rf_bleed(facts: Facts) -> Truth:
    return _answered(facts, RedFlagCode.BLEED)


def rf_lump(facts: Facts) -> Truth:
    return _answered(facts, RedFlagCode.LUMP)


def rf_pigment(facts: Facts) -> Truth:
    return _answered(facts, RedFlagCode.PIGMENT)


def rf_infection(facts: Facts) -> Truth:
    return _answered(facts, RedFlagCode.INFECTION)


def rf_systemic(facts: Facts) -> Truth:
    return _answered(facts, RedFlagCode.SYSTEMIC)


def rf_treated_grew(facts: Facts) -> Truth:
    injected = tried(facts, "steroid-injection", "steroid-5fu-injection")
    worse = is_value(facts.prior_response, PriorResponse.WORSE)
    if all_of(injected, worse, raised(facts)):
        return True
    answer = _answered(facts, RedFlagCode.TREATED_GREW)
    return False if answer is None and injected is False else answer


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
