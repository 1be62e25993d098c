"""Of which scars a question is asked, and what is certain of the others.

Each function reads a `Scar` as it is answered so far.
"""

from django.utils.translation import ngettext

from consultations.intake.questions.kinds import NOT_SURE
from consultations.models.answers import MONTHS_IN, AgeUnit
from methods.protocol.thresholds import HURTS_FROM
from methods.protocol.vocabulary import (
    BodySite,
    Colour,
    Elevation,
    Lump,
    PitShape,
    PulledFeature,
    ScarCause,
    Stripes,
)

NEVER_OPEN = (ScarCause.ACNE, ScarCause.STRETCH)
"""What leaves a scar without a wound that closed."""
NEVER_WOUNDS = (*NEVER_OPEN, ScarCause.CHICKENPOX, ScarCause.OTHER_INFLAMMATION)
FROM_A_WOUND = (
    ScarCause.SURGERY,
    ScarCause.TRAUMA,
    ScarCause.BURN,
    ScarCause.PIERCING,
    ScarCause.VACCINATION,
    ScarCause.SELF_HARM,
)
NEVER_STRIPED = (*FROM_A_WOUND, ScarCause.ACNE, ScarCause.CHICKENPOX)
"""Causes of which parallel stripes of stretched skin do not come."""
AWAY_FROM_JOINTS = (
    BodySite.EAR,
    BodySite.EYELID,
    BodySite.BROW,
    BodySite.SCALP,
    BodySite.NIPPLE,
)
NEAR_FEATURES = (
    BodySite.FACE,
    BodySite.EYELID,
    BodySite.LIP,
    BodySite.BEARD,
    BodySite.BROW,
    BodySite.JAWLINE,
    BodySite.NECK,
    BodySite.OTHER,
)
"""Where a scar may pull an eyelid, a lip or a nostril."""
SMALLER_THAN_A_PALM = (
    BodySite.EAR,
    BodySite.EYELID,
    BodySite.BROW,
    BodySite.LIP,
    BodySite.NIPPLE,
    BodySite.FINGER,
)


def is_raised(scar):
    return scar.elevation in (Elevation.RAISED, Elevation.MIXED)


def may_still_grow(scar):
    """Return whether it matters to a rule if it grows: not of flat marks of acne."""
    return is_raised(scar) or scar.scar_cause not in ("", *NEVER_WOUNDS)


def may_be_firm(scar):
    """Return whether it matters to a rule if it is firm: of what is raised it does not."""
    return not is_raised(scar) and scar.scar_cause not in ("", *NEVER_OPEN)


def may_be_striped(scar):
    return scar.scar_cause not in ("", *NEVER_STRIPED)


def not_striped(scar):
    return Stripes.NONE if scar.scar_cause in NEVER_STRIPED else None


def may_be_open(scar):
    return scar.scar_cause not in NEVER_OPEN


def never_open(scar):
    return "yes" if scar.scar_cause in NEVER_OPEN else None


def is_sunken(scar):
    return scar.elevation in (Elevation.DEPRESSED, Elevation.MIXED)


def is_pitted(scar):
    """Return whether dents have a shape of their own: those of stretched skin have none."""
    return is_sunken(scar) and scar.scar_cause != ScarCause.STRETCH


def no_pits(scar):
    is_stretched = is_sunken(scar) and scar.scar_cause == ScarCause.STRETCH
    return PitShape.NONE if is_stretched else None


def may_be_a_line(scar):
    """Return whether it matters to a rule if it is a line: of what a wound left."""
    return not is_raised(scar) and scar.scar_cause not in ("", *NEVER_WOUNDS)


def may_be_large(scar):
    return is_raised(scar) and scar.body_site not in SMALLER_THAN_A_PALM


def never_large(scar):
    is_small = is_raised(scar) and scar.body_site in SMALLER_THAN_A_PALM
    return "no" if is_small else None


def is_flat_skin(scar):
    """Return whether it cannot tighten: stretched skin, and marks of acne not raised."""
    return scar.scar_cause == ScarCause.STRETCH or (
        scar.scar_cause == ScarCause.ACNE and not is_raised(scar)
    )


def may_limit(scar):
    return not is_flat_skin(scar) and scar.body_site not in AWAY_FROM_JOINTS


def never_limits(scar):
    return None if may_limit(scar) else "no"


def may_pull(scar):
    return not is_flat_skin(scar) and scar.body_site in NEAR_FEATURES


def never_pulls(scar):
    return None if may_pull(scar) or not scar.body_site else PulledFeature.NONE


def is_from_self_harm(scar):
    return scar.scar_cause == ScarCause.SELF_HARM


def is_open(scar):
    return may_be_open(scar) and scar.wound_closed == "no"


def may_have_a_lump(scar):
    """Return whether nobody is sure of a lump: the question of all scars asks first."""
    return is_raised(scar) and scar.told_of_lumps == NOT_SURE


def no_lump(scar):
    """Who has no lump that looks or feels otherwise has none but the scar itself."""
    return Lump.WHOLE_SCAR if is_raised(scar) and scar.told_of_lumps == "no" else None


def may_grow_fast(scar):
    return may_have_a_lump(scar) and scar.still_growing != "no"


def hurts(scar):
    return scar.pain is not None and scar.pain >= HURTS_FROM


def may_be_of_a_colour_that_bothers(scar):
    """Return whether it matters to a rule if the colour of this scar bothers anybody."""
    is_red = scar.colour in (Colour.RED, Colour.PURPLE)
    is_striped = scar.stripes in (Stripes.RED_PURPLE, Stripes.WHITE_SILVER)
    return scar.elevation == Elevation.FLAT and not is_red and not is_striped


def never_fast(scar):
    """What has not become bigger in three months has not doubled in six weeks.

    Nor has what was said to have no lump that doubled.
    """
    is_slow = scar.still_growing == "no" or scar.told_of_lumps == "no"
    return "no" if is_raised(scar) and is_slow else None


# How old it is, and in a few words


def months_since_closed(scar, day):
    return scar.age_months


def age_in_words(scar):
    """Return "3 years", "" if nobody knows."""
    if scar.age_amount is None or scar.age_unit not in MONTHS_IN:
        return ""
    words = {
        AgeUnit.WEEKS: ngettext("%(count)d week", "%(count)d weeks", scar.age_amount),
        AgeUnit.MONTHS: ngettext(
            "%(count)d month", "%(count)d months", scar.age_amount
        ),
        AgeUnit.YEARS: ngettext("%(count)d year", "%(count)d years", scar.age_amount),
    }
    return words[scar.age_unit] % {"count": scar.age_amount}


def said_with_its_number(scar):
    return ""


def is_somewhere_else(scar):
    return scar.body_site == BodySite.OTHER
