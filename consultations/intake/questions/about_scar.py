"""The questions about one scar: cause, age, place, look, and what has been tried."""

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy

from consultations.intake.questions import treatments
from consultations.intake.questions.asked_of_scars import (
    age_in_words,
    hurts,
    is_from_self_harm,
    is_open,
    is_pitted,
    is_raised,
    is_somewhere_else,
    is_sunken,
    may_be_a_line,
    may_be_firm,
    may_be_large,
    may_be_of_a_colour_that_bothers,
    may_be_open,
    may_be_striped,
    may_grow_fast,
    may_have_a_lump,
    may_limit,
    may_pull,
    may_still_grow,
    months_since_closed,
    never_fast,
    never_large,
    never_limits,
    never_open,
    never_pulls,
    no_lump,
    no_pits,
    not_striped,
    said_with_its_number,
)
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


# Cause and place

SCAR_CAUSE = Choice(
    "scar_cause",
    ask=lazy("What caused the scar?"),
    answers=ScarCause,
    for_child={
        "answers": {ScarCause.NONE_REMEMBERED: lazy("Nothing that anybody remembers")}
    },
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
    for_child={
        "ask": lazy("When did your child last self-harm?"),
        "not_sure": lazy("Not sure, or rather not said"),
    },
)
BODY_SITE = Choice(
    "body_site",
    ask=lazy("Where is it?"),
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
    for_child={"ask": lazy("Where is the scar on your child’s body?")},
)
SITE_WORDS = Text(
    "site_words",
    ask=lazy("Somewhere else: where?"),
    fact="body_site",
    from_row=nothing_known,
    is_required=False,
    follows=is_somewhere_else,
)
SIDE = Choice(
    "side",
    ask=lazy("On which side?"),
    hint=lazy("Your own left and right. Leave it open if it has none."),
    fact=None,
    answers=Side,
    not_sure=None,
    is_compact=True,
    is_required=False,
    for_child={
        "hint": lazy("Your child’s own left and right. Leave it open if it has none.")
    },
)

# Age, look and feel

AGE_AMOUNT = Number(
    "age_amount",
    ask=lazy("How long have you had it?"),
    hint=lazy("Since the skin closed; your best guess."),
    fact="scar_age_months",
    from_row=months_since_closed,
    is_required=False,
    for_child={"ask": lazy("How long has your child had it?")},
    brief=age_in_words,
)
AGE_UNIT = Choice(
    "age_unit",
    ask=lazy("Weeks, months or years?"),
    fact="scar_age_months",
    from_row=months_since_closed,
    answers=AgeUnit,
    is_compact=True,
    brief=said_with_its_number,
)
WOUND_CLOSED = YesNo(
    "wound_closed",
    ask=lazy("Is the skin fully closed now?"),
    hint=lazy("No scab, no stitches, nothing weeps."),
    applies=may_be_open,
    otherwise=never_open,
)
ELEVATION = Choice(
    "elevation",
    ask=lazy("Run a finger over it. How is it?"),
    answers={
        Elevation.RAISED: lazy("Higher than the skin"),
        Elevation.FLAT: lazy("Level"),
        Elevation.DEPRESSED: lazy("Lower"),
        Elevation.MIXED: lazy("Partly higher, partly lower"),
    },
    pictures={
        Elevation.RAISED: "raised",
        Elevation.FLAT: "flat",
        Elevation.DEPRESSED: ScarTypeCode.ATROPHIC_OTHER,
        Elevation.MIXED: "raised_and_sunken",
    },
)
STRIPES = Choice(
    "stripes",
    ask=lazy("Are they parallel stripes (stretch marks)?"),
    answers=Stripes,
    pictures={
        Stripes.NONE: "skin",
        Stripes.RED_PURPLE: ScarTypeCode.STRIAE_RUBRA,
        Stripes.WHITE_SILVER: ScarTypeCode.STRIAE_ALBA,
    },
    tone=5,
    applies=may_be_striped,
    otherwise=not_striped,
)
COLOUR = Choice(
    "colour",
    ask=lazy("Which colour, next to the skin around it?"),
    answers=dict(Colour.choices) | {Colour.DARKER: lazy("Darker or greyer")},
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
ITCH = Scale("itch", ask=lazy("How much does it itch?"))
PAIN = Scale(
    "pain",
    ask=lazy("How much does it hurt, from 1 to 10?"),
    hint="",
    for_child={"ask": lazy("How much does it hurt your child, from 1 to 10?")},
)

# While it is open

WOUND_WEEKS = Number(
    "wound_weeks",
    ask=lazy("For how many weeks has the skin been open?"),
    hint=lazy("Your best guess. Leave it empty if you are not sure."),
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

# How it has grown, and what it does

BEYOND_EDGES = Choice(
    "beyond_edges",
    ask=lazy("Has it grown past the edges of the wound?"),
    answers=BeyondEdges,
    not_sure=None,
    pictures={
        BeyondEdges.YES: ScarTypeCode.KELOID_SUSPECTED,
        BeyondEdges.NO: ScarTypeCode.HYPERTROPHIC,
    },
    tone=5,
    applies=is_raised,
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
    applies=may_be_a_line,
)
FIRM = YesNo(
    "firm",
    ask=lazy("Does it feel harder than the skin beside it?"),
    applies=may_be_firm,
)
STILL_GROWING = YesNo(
    "still_growing",
    ask=lazy("Has it become bigger in the last 3 months?"),
    applies=may_still_grow,
)
LARGE_AREA = YesNo(
    "large_area",
    ask=lazy("Is it larger than the palm of your hand?"),
    applies=may_be_large,
    otherwise=never_large,
    for_child={"ask": lazy("Is it larger than the palm of your child’s hand?")},
)
TIGHT = YesNo(
    "tight_limits_movement",
    ask=lazy("Is it so tight that a joint does not move fully?"),
    applies=may_limit,
    otherwise=never_limits,
)
PULLS_FEATURE = Choice(
    "pulls_feature",
    ask=lazy("Does it pull an eyelid, a lip or a nostril?"),
    answers=PulledFeature,
    pictures={
        PulledFeature.NONE: "skin",
        **{each: each for each in PulledFeature.values if each != "none"},
    },
    applies=may_pull,
    otherwise=never_pulls,
)
SPOT_PAIN = YesNo(
    "spot_pain",
    ask=lazy("Is it one new spot that hurts, for over four weeks?"),
    hint=lazy("If the whole scar is sore, answer no."),
    applies=hurts,
)
COLOUR_BOTHERS = YesNo(
    "colour_bothers",
    ask=lazy("Does its colour bother you?"),
    applies=may_be_of_a_colour_that_bothers,
    for_child={"ask": lazy("Does its colour bother your child?")},
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
        PitShape.NONE: "skin",
        PitShape.MIXED: "mixed_pits",
    },
    tone=3,
    applies=is_pitted,
    otherwise=no_pits,
)
PIT_WIDTH = Choice(
    "pit_width_mm",
    ask=lazy("How wide is one dent, roughly?"),
    answers=PitWidth,
    is_number=True,
    applies=is_pitted,
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
    applies=is_pitted,
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
    applies=is_sunken,
)

# A closer look, where nobody is sure of a lump

LUMP = Choice(
    "lump",
    ask=lazy("What is raised: the scar itself, or a lump apart from it?"),
    hint=lazy("Feel along the scar with a finger."),
    answers={
        Lump.WHOLE_SCAR: lazy("The scar itself, or its edge"),
        Lump.SEPARATE: lazy("One lump apart from it, or a knot on one side"),
        Lump.NONE: lazy("I feel no lump"),
    },
    applies=may_have_a_lump,
    otherwise=no_lump,
    for_child={"answers": {Lump.NONE: lazy("There is no lump")}},
)
FAST = YesNo(
    "fast",
    ask=lazy("Has it about doubled in six weeks?"),
    applies=may_grow_fast,
    otherwise=never_fast,
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
PLACE = Page(
    "scar-cause",
    lazy("What happened, and where"),
    (SCAR_CAUSE, BODY_SITE, SITE_WORDS, SIDE),
    check=check_place,
    is_of_scar=True,
    # The words may stay empty only for a place with a name, which is not "optional".
    marks_optional=False,
)
PAGES = [
    PLACE,
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
        for_child={
            "intro": lazy(
                "Many young people carry such scars, and nobody is to blame. One question "
                "helps us to look after your child well. If your child might self-harm "
                "now, please call your local emergency number or a crisis line: someone "
                "is there to listen, to both of you."
            )
        },
        is_of_scar=True,
    ),
    Page(
        "scar-look",
        lazy("Its age and its look"),
        (
            AGE_AMOUNT,
            AGE_UNIT,
            WOUND_CLOSED,
            ELEVATION,
            STRIPES,
            COLOUR,
            ITCH,
            PAIN,
        ),
        check=check_age,
        is_of_scar=True,
        # The number may stay empty only with "Not sure", which is not "optional".
        marks_optional=False,
    ),
    Page(
        "scar-healing",
        lazy("While the skin is open"),
        (WOUND_WEEKS, REOPENED),
        is_of_scar=True,
    ),
    Page(
        "scar-edges",
        lazy("How it behaves"),
        (
            BEYOND_EDGES,
            WIDTH,
            FIRM,
            STILL_GROWING,
            LARGE_AREA,
            TIGHT,
            PULLS_FEATURE,
            SPOT_PAIN,
            COLOUR_BOTHERS,
        ),
        is_of_scar=True,
    ),
    Page(
        "scar-surface",
        lazy("The shape of the dents"),
        (
            PIT_SHAPE,
            PIT_WIDTH,
            PIT_DEPTH,
            FLATTENS_ON_STRETCH,
            VISIBLE_AT_50CM,
            MAKEUP_COVERS,
        ),
        is_of_scar=True,
    ),
    treatments.TREATED,
    treatments.COURSES,
]
CLOSER = Page(
    "scar-closer",
    lazy("A closer look"),
    (LUMP, FAST),
    is_of_scar=True,
)
