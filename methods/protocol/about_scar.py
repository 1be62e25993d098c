"""Findings about one scar: its cause, age, place and look, and what has been tried.

Each function establishes the finding of its own name (`vocabulary.DerivedFinding`).
"""

from methods.protocol import thresholds as at
from methods.protocol.facts import Facts
from methods.protocol.logic import (
    Truth,
    above,
    all_of,
    among,
    any_of,
    below,
    is_value,
    negated,
)
from methods.protocol.vocabulary import (
    BeyondEdges,
    BodySite,
    Colour,
    Elevation,
    PriorResponse,
    ScarCause,
    Stripes,
)

# Shape


def raised(facts: Facts) -> Truth:
    return is_value(facts.elevation, Elevation.RAISED, Elevation.MIXED)


def depressed(facts: Facts) -> Truth:
    return is_value(facts.elevation, Elevation.DEPRESSED, Elevation.MIXED)


def flat(facts: Facts) -> Truth:
    return is_value(facts.elevation, Elevation.FLAT)


def is_striae(facts: Facts) -> Truth:
    return is_value(facts.stripes, Stripes.RED_PURPLE, Stripes.WHITE_SILVER)


# Cause


def everyone(facts: Facts) -> Truth:
    return True


def asked_for(facts: Facts) -> Truth:
    # Depends on the treatment: the engine puts it in for each card.
    return None if facts.wants is None else False


def from_a_wound(facts: Facts) -> Truth:
    return is_value(
        facts.scar_cause,
        ScarCause.SURGERY,
        ScarCause.TRAUMA,
        ScarCause.BURN,
        ScarCause.PIERCING,
        ScarCause.VACCINATION,
        ScarCause.SELF_HARM,
    )


def surgical_scar(facts: Facts) -> Truth:
    return is_value(facts.scar_cause, ScarCause.SURGERY)


def acne_scar(facts: Facts) -> Truth:
    return is_value(facts.scar_cause, ScarCause.ACNE)


def burn_scar(facts: Facts) -> Truth:
    return is_value(facts.scar_cause, ScarCause.BURN)


def chickenpox_scar(facts: Facts) -> Truth:
    return is_value(facts.scar_cause, ScarCause.CHICKENPOX)


def self_harm_scar(facts: Facts) -> Truth:
    return is_value(facts.scar_cause, ScarCause.SELF_HARM)


# Age of the scar (1a, "Scar-age bands")


def wound_open(facts: Facts) -> Truth:
    return negated(facts.wound_closed)


def scar_under_3_months(facts: Facts) -> Truth:
    return below(facts.scar_age_months, at.FRESH_MONTHS)


def scar_under_6_months(facts: Facts) -> Truth:
    return below(facts.scar_age_months, at.EARLY_LASER_MONTHS)


def scar_under_12_months(facts: Facts) -> Truth:
    return below(facts.scar_age_months, at.MATURING_MONTHS)


def scar_over_24_months(facts: Facts) -> Truth:
    return above(facts.scar_age_months, at.LATE_MONTHS)


# Place


def on_face(facts: Facts) -> Truth:
    return among(facts.body_site, at.FACE_SITES)


def on_eyelid(facts: Facts) -> Truth:
    return is_value(facts.body_site, BodySite.EYELID)


def on_ear(facts: Facts) -> Truth:
    return is_value(facts.body_site, BodySite.EAR)


def on_scalp(facts: Facts) -> Truth:
    return is_value(facts.body_site, BodySite.SCALP)


def perioral(facts: Facts) -> Truth:
    return is_value(facts.body_site, BodySite.LIP)


def high_keloid_risk_site(facts: Facts) -> Truth:
    return among(facts.body_site, at.HIGH_KELOID_RISK_SITES)


def keloid_prone_site(facts: Facts) -> Truth:
    history = any_of(
        facts.answers.get("keloid_history_self"),
        facts.answers.get("keloid_history_family"),
    )
    return all_of(history, high_keloid_risk_site(facts))


def high_tension_site(facts: Facts) -> Truth:
    return among(facts.body_site, at.HIGH_TENSION_SITES)


# Look and feel


def red_scar(facts: Facts) -> Truth:
    return is_value(facts.colour, Colour.RED)


def raised_edges_unsure(facts: Facts) -> Truth:
    return all_of(raised(facts), is_value(facts.beyond_edges, BeyondEdges.UNSURE))


def large_area(facts: Facts) -> Truth:
    return facts.large_area


def still_growing(facts: Facts) -> Truth:
    return facts.still_growing


def narrow_pits(facts: Facts) -> Truth:
    return below(facts.pit_width_mm, at.NARROW_PIT_BELOW_MM)


def pits_up_to_3_mm(facts: Facts) -> Truth:
    return negated(pits_over_3_mm(facts))


def pits_over_3_mm(facts: Facts) -> Truth:
    return above(facts.pit_width_mm, at.PUNCH_TO_MM)


def flattens_when_stretched(facts: Facts) -> Truth:
    return facts.flattens_on_stretch


def grade_3_or_4(facts: Facts) -> Truth:
    # Goodman-Baron by facts [C7] [E50]: flat is 1; not obvious at 50 cm, or covered, is 2.
    if facts.elevation == Elevation.FLAT:
        return False
    return all_of(
        None if facts.elevation is None else True,
        facts.visible_at_50cm,
        negated(facts.makeup_covers),
    )


def itchy_or_painful(facts: Facts) -> Truth:
    return any_of(
        negated(below(facts.itch, at.SYMPTOMATIC_FROM)),
        negated(below(facts.pain, at.SYMPTOMATIC_FROM)),
    )


def very_itchy(facts: Facts) -> Truth:
    return negated(below(facts.itch, at.VERY_ITCHY_FROM))


# Earlier treatment

_CONSERVATIVE_CARE = (
    "silicone",
    "pressure-therapy",
    "scar-massage",
    "steroid-injection",
)


def tried(facts: Facts, *slugs: str) -> Truth:
    if facts.prior_treatments is None:
        return None
    return any(slug in facts.prior_treatments for slug in slugs)


def not_enough(facts: Facts, *slugs: str) -> Truth:
    return all_of(
        tried(facts, *slugs),
        is_value(facts.prior_response, PriorResponse.INSUFFICIENT, PriorResponse.WORSE),
    )


def silicone_failed(facts: Facts) -> Truth:
    return not_enough(facts, "silicone")


def steroid_failed(facts: Facts) -> Truth:
    return not_enough(facts, "steroid-injection")


def conservative_care_failed(facts: Facts) -> Truth:
    return not_enough(facts, *_CONSERVATIVE_CARE)


def pigment_cream_tried(facts: Facts) -> Truth:
    return tried(facts, "prescription-pigment-cream")


def pigment_cream_failed(facts: Facts) -> Truth:
    return not_enough(facts, "prescription-pigment-cream")


def excised_before(facts: Facts) -> Truth:
    return tried(facts, "surgical-excision")
