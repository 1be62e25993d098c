"""The questions about one scar: cause, age, place, look, and what has been tried."""

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy

from consultations.intake.questions import treatments
from consultations.intake.questions.kinds import (
    Choice,
    Number,
    Page,
    Scale,
    Text,
    YesNo,
    nothing_known,
)
from consultations.models.answers import MONTHS_IN, AgeUnit, PitWidth, Side
from methods.protocol.coded_findings import ScarTypeCode
from methods.protocol.thresholds import HURTS_FROM
from methods.protocol.vocabulary import (
    BeyondEdges,
    BodySite,
    Colour,
    Elevation,
    Lump,
    PitDepth,
    PitShape,
    PulledFeature,
    ScarCause,
    SelfHarmStatus,
    Stripes,
    Width,
)

OLDEST_MONTHS = 12 * 120


def is_raised(scar):
    return scar.elevation in (Elevation.RAISED, Elevation.MIXED)


def may_still_grow(scar):
    """Return whether it matters to a rule if it grows: not of flat marks of acne."""
    return is_raised(scar) or scar.scar_cause not in (
        "",
        ScarCause.ACNE,
        ScarCause.CHICKENPOX,
        ScarCause.OTHER_INFLAMMATION,
        ScarCause.STRETCH,
    )


def is_sunken(scar):
    return scar.elevation in (Elevation.DEPRESSED, Elevation.MIXED)


def is_from_self_harm(scar):
    return scar.scar_cause == ScarCause.SELF_HARM


def is_open(scar):
    return scar.wound_closed == "no"


def may_grow_fast(scar):
    return is_raised(scar) and scar.still_growing != "no"


def hurts(scar):
    return scar.pain is not None and scar.pain >= HURTS_FROM


def may_be_of_a_colour_that_bothers(scar):
    """Return whether it matters to a rule if the colour of this scar bothers anybody."""
    is_red = scar.colour in (Colour.RED, Colour.PURPLE)
    is_striped = scar.stripes in (Stripes.RED_PURPLE, Stripes.WHITE_SILVER)
    return scar.elevation == Elevation.FLAT and not is_red and not is_striped


def never_fast(scar):
    """What has not become bigger in three months has not doubled in six weeks."""
    return "no" if is_raised(scar) and scar.still_growing == "no" else None


def months_since_closed(scar, day):
    return scar.age_months


# Cause and age

SCAR_CAUSE = Choice(
    "scar_cause",
    ask=lazy("What caused the scar?"),
    hint=lazy("Choose what fits. There is no wrong answer."),
    answers=ScarCause,
)
SELF_HARM_STATUS = Choice(
    "self_harm_status",
    ask=lazy("When did you last hurt yourself?"),
    answers={
        SelfHarmStatus.ONGOING: lazy("It still happens"),
        SelfHarmStatus.RECENT_12M: lazy("In the last 12 months"),
        SelfHarmStatus.PAST_STABLE: lazy("More than 12 months ago"),
    },
    not_sure=lazy("I am not sure, or would rather not say"),
    applies=is_from_self_harm,
)
AGE_AMOUNT = Number(
    "age_amount",
    ask=lazy("How long ago did the wound close?"),
    hint=lazy("A number; your closest guess is good enough."),
    fact="scar_age_months",
    from_row=months_since_closed,
    is_required=False,
)
AGE_UNIT = Choice(
    "age_unit",
    ask=lazy("Weeks, months or years?"),
    fact="scar_age_months",
    from_row=months_since_closed,
    answers=AgeUnit,
)
WOUND_CLOSED = YesNo(
    "wound_closed",
    ask=lazy("Is the skin fully closed now?"),
    hint=lazy("No scab, no stitches, nothing that weeps."),
)

# While it is open

WOUND_WEEKS = Number(
    "wound_weeks",
    ask=lazy("For how many weeks has the skin been open?"),
    hint=lazy("Your closest guess is good enough. Leave it empty if you are not sure."),
    high=5200,
    unit=lazy("weeks"),
    applies=is_open,
    is_required=False,
)
REOPENED = YesNo(
    "reopened",
    ask=lazy("Was it fully closed before, and opened again?"),
    applies=is_open,
)

# Place

BODY_SITE = Choice(
    "body_site",
    ask=lazy("Where is the scar?"),
    hint=lazy("If it is in two places, add a second scar later."),
    answers=BodySite,
    not_sure=None,
    # A place and its drawing have the same name.
    pictures={site: site for site in BodySite.values if site != BodySite.OTHER},
    groups=(
        (
            lazy("Head and neck"),
            "face eyelid brow lip beard jawline ear scalp neck",
        ),
        (
            lazy("Chest, belly and back"),
            "chest breast nipple abdomen upper_back lower_back",
        ),
        (
            lazy("Shoulder, arm and hand"),
            "shoulder armpit upper_arm elbow arm hand finger",
        ),
        (lazy("Hips and groin"), "hip buttock groin genital"),
        (lazy("Leg and foot"), "thigh knee leg foot"),
    ),
)
SITE_WORDS = Text(
    "site_words",
    ask=lazy("If it is somewhere else: where?"),
    hint=lazy("In your own words."),
    fact="body_site",
    from_row=nothing_known,
    is_required=False,
)
SIDE = Choice(
    "side",
    ask=lazy("On which side?"),
    hint=lazy(
        "Your own left and right, not those in a mirror. Leave it open if it has no side."
    ),
    fact=None,
    answers=Side,
    not_sure=None,
    is_compact=True,
    is_required=False,
)

# Look

ELEVATION = Choice(
    "elevation",
    ask=lazy("Run a finger over the scar. How is it?"),
    answers=Elevation,
    pictures={
        Elevation.RAISED: "raised",
        Elevation.FLAT: "flat",
        Elevation.DEPRESSED: ScarTypeCode.ATROPHIC_OTHER,
        Elevation.MIXED: "raised_and_sunken",
    },
)
FIRM = YesNo(
    "firm",
    ask=lazy("Press gently: does it feel harder than the skin beside it?"),
)
STRIPES = Choice(
    "stripes",
    ask=lazy("Is it a group of parallel stripes (stretch marks)?"),
    hint=lazy("Often on the belly, thighs, breasts or hips."),
    answers=Stripes,
    pictures={
        Stripes.NONE: "skin",
        Stripes.RED_PURPLE: ScarTypeCode.STRIAE_RUBRA,
        Stripes.WHITE_SILVER: ScarTypeCode.STRIAE_ALBA,
    },
    tone=5,
)
COLOUR = Choice(
    "colour",
    ask=lazy("What colour is the scar, next to the skin around it?"),
    answers=Colour,
    pictures={
        Colour.RED: ScarTypeCode.PIE,
        Colour.PURPLE: "purple",
        Colour.BROWN: ScarTypeCode.PIH,
        Colour.DARKER: "darker",
        Colour.WHITE: ScarTypeCode.HYPOPIGMENTED,
        Colour.SKIN: "same_colour",
        Colour.MIXED: "mixed_colours",
    },
    tone=3,
)
WIDTH = Choice(
    "width",
    ask=lazy("Is it a thin line, or spread out?"),
    answers=Width,
    pictures={
        Width.FINE_LINE: ScarTypeCode.MATURE_LINEAR,
        Width.WIDE: ScarTypeCode.WIDENED,
    },
    tone=5,
)

# How it has grown

BEYOND_EDGES = Choice(
    "beyond_edges",
    ask=lazy("Has it grown past the edges of the original wound?"),
    answers=BeyondEdges,
    not_sure=None,
    pictures={
        BeyondEdges.YES: ScarTypeCode.KELOID_SUSPECTED,
        BeyondEdges.NO: ScarTypeCode.HYPERTROPHIC,
    },
    tone=5,
    applies=is_raised,
)
STILL_GROWING = YesNo(
    "still_growing",
    ask=lazy("Has it become bigger in the last 3 months?"),
    hint=lazy("Higher, wider or longer."),
    applies=may_still_grow,
)
LARGE_AREA = YesNo(
    "large_area",
    ask=lazy("Is the scarred area larger than the palm of your hand?"),
    applies=is_raised,
)

# Sunken

PIT_SHAPE = Choice(
    "pit_shape",
    ask=lazy("What does one dent look like?"),
    answers=PitShape,
    pictures={
        PitShape.PINHOLE: ScarTypeCode.ICE_PICK,
        PitShape.SHARP_EDGE_ROUND: ScarTypeCode.BOXCAR_DEEP,
        PitShape.WAVY: ScarTypeCode.ROLLING,
        PitShape.MIXED: "mixed_pits",
    },
    tone=3,
    applies=is_sunken,
)
PIT_WIDTH = Choice(
    "pit_width_mm",
    ask=lazy("How wide is one dent, roughly?"),
    answers=PitWidth,
    is_number=True,
    applies=is_sunken,
)
PIT_DEPTH = Choice(
    "pit_depth",
    ask=lazy("How deep is it?"),
    answers=PitDepth,
    not_sure=None,
    pictures={
        PitDepth.SHALLOW: ScarTypeCode.BOXCAR_SHALLOW,
        PitDepth.DEEP: ScarTypeCode.BOXCAR_DEEP,
    },
    tone=3,
    applies=is_sunken,
)
FLATTENS_ON_STRETCH = YesNo(
    "flattens_on_stretch",
    ask=lazy("Stretch the skin between two fingers. Does the dent vanish?"),
    applies=is_sunken,
)
VISIBLE_AT_50CM = YesNo(
    "visible_at_50cm",
    ask=lazy("Is it easy to see at arm’s length?"),
    applies=is_sunken,
)
MAKEUP_COVERS = YesNo(
    "makeup_covers",
    ask=lazy("Does make-up, or a beard, hide it?"),
    hint=lazy("If you have not tried, choose “Not sure”."),
    applies=is_sunken,
)

# What it does

TIGHT = YesNo(
    "tight_limits_movement",
    ask=lazy("Is it so tight that a joint does not move fully?"),
)
PULLS_FEATURE = Choice(
    "pulls_feature",
    ask=lazy("Does it pull an eyelid, a lip or a nostril?"),
    answers=PulledFeature,
    pictures={each: each for each in PulledFeature.values if each != "none"},
)
ITCH = Scale("itch", ask=lazy("How much did it itch in the last weeks?"))
PAIN = Scale("pain", ask=lazy("How much did it hurt in the last weeks?"))
COLOUR_BOTHERS = YesNo(
    "colour_bothers",
    ask=lazy("Does the colour of the scar bother you?"),
    applies=may_be_of_a_colour_that_bothers,
)

# A closer look, once the rest is told

LUMP = Choice(
    "lump",
    ask=lazy("What is raised: the scar itself, or a lump apart from it?"),
    hint=lazy("Feel along the scar with a finger."),
    answers={
        Lump.WHOLE_SCAR: lazy("The scar itself, or its edge"),
        Lump.SEPARATE: lazy("One lump apart from it, or a knot on one side"),
        Lump.NONE: lazy("I feel no lump"),
    },
    applies=is_raised,
)
FAST = YesNo(
    "fast",
    ask=lazy("Has it about doubled in six weeks?"),
    hint=lazy("Twice as high or twice as wide as six weeks ago."),
    applies=may_grow_fast,
    otherwise=never_fast,
)
SPOT_PAIN = YesNo(
    "spot_pain",
    ask=lazy("Is it one spot that hurts, newly, and for more than four weeks?"),
    hint=lazy("If the whole scar has long been sore, answer no."),
    applies=hurts,
)

# Pages


def check_age(answers):
    """Return what is wrong with the age of a scar, {name: message}."""
    unit, amount = answers.get("age_unit"), answers.get("age_amount")
    if unit not in MONTHS_IN or "age_amount" not in answers:
        return {}
    if amount is None:
        return {"age_amount": _("Type a number, or choose “Not sure” below it.")}
    if amount * MONTHS_IN[unit] > OLDEST_MONTHS:
        return {"age_amount": _("Check the number: this is too long ago.")}
    return {}


def check_place(answers):
    """Ask for the words of a place that has no name of ours; keep them of no other."""
    if answers.get("body_site") != BodySite.OTHER:
        answers["site_words"] = ""
    elif not answers.get("site_words", "").strip():
        return {"site_words": _("Say in a few words where the scar is.")}
    return {}


# A page that is asked of some only has an address that does not tell why: addresses are
# kept in logs and histories.
PAGES = [
    Page(
        "scar-cause",
        lazy("What caused the scar"),
        (SCAR_CAUSE,),
        intro=lazy("We ask because some causes need other care than others."),
        is_of_scar=True,
    ),
    Page(
        "scar-since",
        lazy("Thank you for telling us"),
        (SELF_HARM_STATUS,),
        intro=lazy(
            "Many people carry such scars, and we treat them like any other. One "
            "question helps us to look after you well. If you might hurt yourself now, "
            "please call your local emergency number or a crisis line: someone is there "
            "to listen."
        ),
        is_of_scar=True,
    ),
    Page(
        "scar-age",
        lazy("How old the scar is"),
        (AGE_AMOUNT, AGE_UNIT, WOUND_CLOSED),
        check=check_age,
        is_of_scar=True,
        # The number may stay empty only with "Not sure", which is not "optional".
        marks_optional=False,
    ),
    Page(
        "scar-healing",
        lazy("While the skin is open"),
        (WOUND_WEEKS, REOPENED),
        intro=lazy(
            "We ask because skin that stays open for weeks, or opens again, should be "
            "seen by somebody."
        ),
        is_of_scar=True,
    ),
    Page(
        "scar-place",
        lazy("Where the scar is"),
        (BODY_SITE, SITE_WORDS, SIDE),
        check=check_place,
        is_of_scar=True,
        # The words may stay empty only for a place with a name, which is not "optional".
        marks_optional=False,
    ),
    Page(
        "scar-look",
        lazy("How the scar feels under a finger"),
        (ELEVATION, FIRM, STRIPES),
        is_of_scar=True,
    ),
    Page(
        "scar-colour",
        lazy("Its colour and width"),
        (COLOUR, WIDTH),
        is_of_scar=True,
    ),
    Page(
        "scar-edges",
        lazy("Whether it has grown"),
        (BEYOND_EDGES, STILL_GROWING, LARGE_AREA),
        is_of_scar=True,
    ),
    Page(
        "scar-surface",
        lazy("The shape of the dents"),
        (PIT_SHAPE, PIT_WIDTH, PIT_DEPTH, FLATTENS_ON_STRETCH),
        is_of_scar=True,
    ),
    Page(
        "scar-distance",
        lazy("How much it shows"),
        (VISIBLE_AT_50CM, MAKEUP_COVERS),
        is_of_scar=True,
    ),
    Page(
        "scar-effect",
        lazy("What the scar does to you"),
        (TIGHT, PULLS_FEATURE, ITCH, PAIN, COLOUR_BOTHERS),
        is_of_scar=True,
    ),
    Page(
        "scar-closer",
        lazy("A closer look"),
        (LUMP, FAST, SPOT_PAIN),
        is_of_scar=True,
    ),
    treatments.TREATED,
    treatments.COURSES,
]
