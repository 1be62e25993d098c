"""Findings about one scar: its cause, age, place and look, and what has been tried.

Each function establishes the finding of its own name (`coded_findings.DerivedFinding`).
"""

from methods.protocol import thresholds as at
from methods.protocol.facts import Facts, Treatment
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


def not_raised(facts: Facts) -> Truth:
    return negated(raised(facts))


def depressed(facts: Facts) -> Truth:
    return is_value(facts.elevation, Elevation.DEPRESSED, Elevation.MIXED)


def flat(facts: Facts) -> Truth:
    return is_value(facts.elevation, Elevation.FLAT)


def dented(facts: Facts) -> Truth:
    return depressed(facts)


def is_striae(facts: Facts) -> Truth:
    """Stripes were named, or the skin was stretched."""
    return any_of(
        is_value(facts.stripes, Stripes.RED_PURPLE, Stripes.WHITE_SILVER),
        is_value(facts.scar_cause, ScarCause.STRETCH),
    )


# Cause


def everyone(facts: Facts) -> Truth:
    return True


def asked_for(facts: Facts) -> Truth:
    # Depends on the treatment: the engine puts it in for each card. A wish that nobody
    # uttered is none.
    return False


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


def _closed_for(facts: Facts, from_months: float, to_months: float) -> Truth:
    """Return whether a scar closed so long ago; acne pits and stretch marks never did."""
    age = facts.scar_age_months
    return all_of(
        negated(is_value(facts.scar_cause, ScarCause.ACNE, ScarCause.STRETCH)),
        negated(below(age, from_months)),
        below(age, to_months),
    )


def scar_0_1(facts: Facts) -> Truth:
    return _closed_for(facts, 0, at.NEW_MONTHS)


def scar_1_3(facts: Facts) -> Truth:
    return _closed_for(facts, at.NEW_MONTHS, at.FRESH_MONTHS)


def scar_3_6(facts: Facts) -> Truth:
    return _closed_for(facts, at.FRESH_MONTHS, at.EARLY_LASER_MONTHS)


def scar_6_12(facts: Facts) -> Truth:
    return _closed_for(facts, at.EARLY_LASER_MONTHS, at.MATURING_MONTHS)


def scar_12_24(facts: Facts) -> Truth:
    return _closed_for(facts, at.MATURING_MONTHS, at.LATE_MONTHS)


def thickening(facts: Facts) -> Truth:
    """Firm, growing, itchy or painful: what no skin colour hides [C-T28]."""
    return any_of(facts.firm, facts.still_growing, itchy_or_painful(facts))


def early_risk(facts: Facts) -> Truth:
    """What makes an early laser or injection worth weighing [C-T14]."""
    return any_of(
        burn_scar(facts),
        facts.answers.get("keloid_history_self"),
        thickening(facts),
        raised(facts),
    )


def redness(facts: Facts) -> Truth:
    """Return whether a scar is red beneath its colour.

    Dark skin hides redness [C-T31]: there, and while the phototype is not known, the
    colour of the skin, brown or darker tells nothing. Staff press with glass.
    """
    if facts.colour in (Colour.RED, Colour.PURPLE):
        return True
    if facts.colour in (None, Colour.MIXED):
        return None
    if facts.colour == Colour.WHITE:
        return False
    return False if below(facts.fitzpatrick, at.DARKER_FROM) else None


def still_changing(facts: Facts) -> Truth:
    """Return whether a scar shows a sign of change that its skin colour can show."""
    return any_of(
        thickening(facts), is_value(facts.colour, Colour.DARKER) or redness(facts)
    )


# Place


def on_face(facts: Facts) -> Truth:
    return among(facts.body_site, at.FACE_SITES)


def on_eyelid(facts: Facts) -> Truth:
    return is_value(facts.body_site, BodySite.EYELID)


def on_lip(facts: Facts) -> Truth:
    return is_value(facts.body_site, BodySite.LIP)


def on_beard(facts: Facts) -> Truth:
    return is_value(facts.body_site, BodySite.BEARD)


def on_brow(facts: Facts) -> Truth:
    return is_value(facts.body_site, BodySite.BROW)


def on_scalp(facts: Facts) -> Truth:
    return is_value(facts.body_site, BodySite.SCALP)


def on_ear(facts: Facts) -> Truth:
    return is_value(facts.body_site, BodySite.EAR)


def on_neck(facts: Facts) -> Truth:
    return is_value(facts.body_site, BodySite.NECK)


def on_chest(facts: Facts) -> Truth:
    return is_value(facts.body_site, BodySite.CHEST)


def on_shoulder_or_back(facts: Facts) -> Truth:
    return among(facts.body_site, at.SHOULDER_OR_BACK_SITES)


def on_hand(facts: Facts) -> Truth:
    return is_value(facts.body_site, BodySite.HAND)


def on_finger(facts: Facts) -> Truth:
    return is_value(facts.body_site, BodySite.FINGER)


def on_joint(facts: Facts) -> Truth:
    return among(facts.body_site, at.JOINT_SITES)


def on_lower_leg(facts: Facts) -> Truth:
    return among(facts.body_site, at.LOWER_LEG_SITES)


def on_other_body(facts: Facts) -> Truth:
    return among(facts.body_site, at.OTHER_BODY_SITES)


def on_hip_or_buttock(facts: Facts) -> Truth:
    return among(facts.body_site, at.HIP_OR_BUTTOCK_SITES)


def on_groin_or_armpit(facts: Facts) -> Truth:
    return among(facts.body_site, at.GROIN_OR_ARMPIT_SITES)


def on_genital(facts: Facts) -> Truth:
    return is_value(facts.body_site, BodySite.GENITAL)


def on_nipple(facts: Facts) -> Truth:
    return is_value(facts.body_site, BodySite.NIPPLE)


def belly_scar(facts: Facts) -> Truth:
    return is_value(facts.body_site, BodySite.ABDOMEN)


def on_limb(facts: Facts) -> Truth:
    return among(facts.body_site, at.LIMB_SITES)


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
    return is_value(facts.colour, Colour.RED, Colour.PURPLE)


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


def tethered(facts: Facts) -> Truth:
    return negated(facts.flattens_on_stretch)


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


def calm(facts: Facts) -> Truth:
    return negated(itchy_or_painful(facts))


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
    """Return whether one of these methods has been tried, dated or not.

    What has a date may be less than all there was: only `prior_treatments` says no.
    """
    if any(each.method in slugs for each in facts.treatments or ()):
        return True
    if facts.prior_treatments is None:
        return None
    return any(slug in facts.prior_treatments for slug in slugs)


def done_before(facts: Facts) -> list[Treatment]:
    """Return each earlier treatment; what was only named has no date.

    Where `prior_treatments` is not known there may have been others.
    """
    dated = list(facts.treatments or ())
    slugs = {each.method for each in dated}
    named = facts.prior_treatments or ()
    return [*dated, *(Treatment(slug) for slug in named if slug not in slugs)]


def earlier_treatments(facts: Facts) -> Truth:
    """Return whether there were some, None unless all are known, each with its date."""
    if facts.prior_treatments is None:
        return None
    done = done_before(facts)
    return None if any(each.months_ago is None for each in done) else bool(done)


def responses(facts: Facts, *slugs: str) -> list[str | None]:
    """Return how each of these methods went, None where that is not known."""
    dated = [each for each in facts.treatments or () if each.method in slugs]
    if dated:
        return [each.response or facts.prior_response for each in dated]
    return [facts.prior_response] if tried(facts, *slugs) else []


def went(facts: Facts, *ways: str, slugs: tuple[str, ...]) -> Truth:
    """Return whether one of these methods was tried and went in one of these ways."""
    return all_of(
        tried(facts, *slugs),
        any_of(*(is_value(each, *ways) for each in responses(facts, *slugs)))
        if tried(facts, *slugs)
        else None,
    )


def not_enough(facts: Facts, *slugs: str) -> Truth:
    return went(facts, PriorResponse.INSUFFICIENT, PriorResponse.WORSE, slugs=slugs)


def silicone_failed(facts: Facts) -> Truth:
    return not_enough(facts, "silicone")


def steroid_failed(facts: Facts) -> Truth:
    return not_enough(facts, "steroid-injection")


def steroid_course_failed(facts: Facts) -> Truth:
    """Enough injections to say that they do not respond: the plan changes [G8]."""
    return all_of(
        steroid_failed(facts),
        negated(below(facts.steroid_sessions, at.STEROID_COURSE_SESSIONS)),
    )


def conservative_care_failed(facts: Facts) -> Truth:
    return not_enough(facts, *_CONSERVATIVE_CARE)


def pigment_cream_tried(facts: Facts) -> Truth:
    return tried(facts, "prescription-pigment-cream")


def pigment_cream_failed(facts: Facts) -> Truth:
    return not_enough(facts, "prescription-pigment-cream")


def excised_before(facts: Facts) -> Truth:
    return tried(facts, "surgical-excision")


STEROIDS = ("steroid-injection", "steroid-5fu-injection")


def steroid_before(facts: Facts) -> Truth:
    return tried(facts, *STEROIDS)


def recent_excision_same_scar(facts: Facts) -> Truth:
    excised = tried(facts, "surgical-excision")
    if not excised:
        return excised
    months = [
        each.months_ago
        for each in facts.treatments or ()
        if each.method == "surgical-excision"
    ]
    # Excised, but nobody said when: it may have been lately.
    return any_of(*(below(each, at.MATURING_MONTHS) for each in months or [None]))
