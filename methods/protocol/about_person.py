"""Findings about the person: skin, age, medicines and diseases.

Each function establishes the finding of its own name (`coded_findings.DerivedFinding`).
"""

import re

from methods.protocol import thresholds as at
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
    ActiveAcne,
    Diabetes,
    Isotretinoin,
    ScarCause,
    SelfHarmStatus,
)


def phototype_1_3(facts: Facts) -> Truth:
    return below(facts.fitzpatrick, at.DARKER_FROM)


def phototype_3(facts: Facts) -> Truth:
    return is_value(facts.fitzpatrick, 3)


def phototype_4(facts: Facts) -> Truth:
    return is_value(facts.fitzpatrick, 4)


def phototype_4_6(facts: Facts) -> Truth:
    return negated(below(facts.fitzpatrick, at.DARKER_FROM))


def phototype_5_6(facts: Facts) -> Truth:
    return negated(below(facts.fitzpatrick, at.DARKEST_FROM))


def under_18(facts: Facts) -> Truth:
    return below(facts.age_years, at.MINOR_BELOW)


def under_22(facts: Facts) -> Truth:
    return below(facts.age_years, at.DEVICE_AUTHORISED_FROM)


def active_acne_mild(facts: Facts) -> Truth:
    return is_value(facts.active_acne, ActiveAcne.MILD)


def active_acne_severe(facts: Facts) -> Truth:
    return is_value(facts.active_acne, ActiveAcne.MODERATE_SEVERE)


def _isotretinoin_within(facts: Facts, months: float) -> Truth:
    """Return whether it was taken in the last so many months.

    Months since it was stopped outweigh "never", and "now" outweighs them: the later date
    is the safe one.
    """
    if facts.isotretinoin == Isotretinoin.CURRENT:
        return True
    since = below(facts.isotretinoin_stopped_months, months)
    if facts.isotretinoin == Isotretinoin.NEVER:
        return bool(since)
    # A date before may stand beside a course of now, while nobody knows of one.
    return since if facts.isotretinoin or since else None


def isotretinoin_under_6_months(facts: Facts) -> Truth:
    return _isotretinoin_within(facts, at.ISOTRETINOIN_WASHOUT_MONTHS)


def isotretinoin_6_to_12_months(facts: Facts) -> Truth:
    return all_of(
        negated(isotretinoin_under_6_months(facts)),
        _isotretinoin_within(facts, at.ISOTRETINOIN_CAUTION_MONTHS),
    )


def diabetes(facts: Facts) -> Truth:
    return is_value(facts.diabetes, Diabetes.CONTROLLED, Diabetes.POOR)


def diabetes_poor(facts: Facts) -> Truth:
    return is_value(facts.diabetes, Diabetes.POOR)


def ctd(facts: Facts) -> Truth:
    return None if facts.ctd is None else facts.ctd != "none"


_SCLERODERMA = re.compile(
    r"scleroderma|systemic scleros|sklerodermi|morpho?ea|\bcrest\b", re.IGNORECASE
)
_OTHER_CTD = re.compile(
    r"lupus|dermatomyos|polymyos|sj.gren|ehlers|marfan", re.IGNORECASE
)


def scleroderma(facts: Facts) -> Truth:
    """From the disease that was named; unknown where the name does not tell."""
    if facts.ctd is None or facts.ctd == "none":
        return ctd(facts)
    if _SCLERODERMA.search(facts.ctd):
        return True
    return False if _OTHER_CTD.search(facts.ctd) else None


def _is_quiet(facts: Facts, *diseases: str) -> Truth:
    """Return whether one of these diseases is there and no new patch came in a year."""
    return all_of(
        any_of(*(facts.answers.get(disease) for disease in diseases)),
        negated(facts.answers.get("koebner_active")),
    )


def psoriasis_lp_stable(facts: Facts) -> Truth:
    return _is_quiet(facts, "psoriasis", "lichen_planus")


def vitiligo_stable(facts: Facts) -> Truth:
    return _is_quiet(facts, "vitiligo")


def self_harm_past(facts: Facts) -> Truth:
    # Of other scars nobody asks it.
    return all_of(
        is_value(facts.scar_cause, ScarCause.SELF_HARM),
        is_value(facts.self_harm_status, SelfHarmStatus.PAST_STABLE),
    )


def recent_tan(facts: Facts) -> Truth:
    return below(facts.tan_weeks, at.TAN_WEEKS)


def recent_filler(facts: Facts) -> Truth:
    return below(facts.recent_filler_weeks, at.FILLER_WEEKS)


def recent_resurfacing(facts: Facts) -> Truth:
    return below(facts.recent_resurfacing_weeks, at.RESURFACING_WEEKS)


def resurfacing_under_6_months(facts: Facts) -> Truth:
    return below(facts.recent_resurfacing_weeks, at.DEEP_RESURFACING_WEEKS)
