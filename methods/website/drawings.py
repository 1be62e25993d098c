"""The drawings that explain: what exists, what each shows, and where it belongs.

They are one file, static/clinic/drawings.svg; `{% drawing %}` puts one on a page.
"""

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from methods.protocol.coded_findings import ScarTypeCode
from methods.protocol.vocabulary import MethodGroup

PLAIN = "skin"


@dataclass(frozen=True, slots=True)
class Drawing:
    """Title, description and phototype (1 to 6) of a drawing."""

    title: str | Promise
    description: str | Promise
    tone: int = 3


SCAR_TYPES = {
    ScarTypeCode.KELOID_SUSPECTED: Drawing(
        _("Raised scar that has grown past its edges"),
        _(
            "Side view of skin. Scar tissue stands above the surface and spreads over healthy skin. Dashed lines mark the old wound, which was much narrower."
        ),
        5,
    ),
    ScarTypeCode.HYPERTROPHIC: Drawing(
        _("Raised scar inside its edges"),
        _(
            "Side view of skin. Scar tissue makes a red ridge above the surface. It stays between the dashed lines that mark the old wound."
        ),
        4,
    ),
    ScarTypeCode.HYPERTROPHIC_WIDESPREAD: Drawing(
        _("Wide raised burn scar"),
        _(
            "Side view of skin. Thick, uneven scar tissue covers the whole width and stands above the surface."
        ),
        2,
    ),
    ScarTypeCode.CONTRACTURE: Drawing(
        _("Tight scar"),
        _(
            "Side view of skin. A broad, stiff plate of scar tissue reaches down to the fat. Arrows show how it pulls the skin beside it inwards, into folds."
        ),
        4,
    ),
    ScarTypeCode.ICE_PICK: Drawing(
        _("Ice-pick scar"),
        _(
            "Side view of skin. A pit like a needle hole, under 2 mm wide, narrows to a point deep in the skin."
        ),
        2,
    ),
    ScarTypeCode.BOXCAR_SHALLOW: Drawing(
        _("Shallow boxcar scar"),
        _(
            "Side view of skin. A round dent with sharp edges, straight walls and a flat floor just below the surface."
        ),
        3,
    ),
    ScarTypeCode.BOXCAR_DEEP: Drawing(
        _("Deep boxcar scar"),
        _(
            "Side view of skin. A round dent with sharp edges and straight walls; its flat floor lies deep in the skin."
        ),
        4,
    ),
    ScarTypeCode.ROLLING: Drawing(
        _("Rolling scar"),
        _(
            "Side view of skin. The surface runs in wide, soft waves. Strands under each dip tie it down to the fat."
        ),
        4,
    ),
    ScarTypeCode.ATROPHIC_OTHER: Drawing(
        _("Sunken scar"),
        _(
            "Side view of skin. A wide, shallow dip with sloping sides; the skin under it is thin."
        ),
        5,
    ),
    ScarTypeCode.MATURE_LINEAR: Drawing(
        _("Settled thin line"),
        _(
            "Side view of skin. A fine pale line, level with the surface, with a thin seam of scar tissue below."
        ),
        3,
    ),
    ScarTypeCode.WIDENED: Drawing(
        _("Stretched scar"),
        _(
            "Side view of skin. A wide, flat, pale band on the surface, with a broad column of scar tissue below."
        ),
        4,
    ),
    ScarTypeCode.STRIAE_RUBRA: Drawing(
        _("Red stretch marks"),
        _(
            "Side view of skin. Red stripes lie side by side on the surface, with wide blood vessels under each."
        ),
        2,
    ),
    ScarTypeCode.STRIAE_ALBA: Drawing(
        _("White stretch marks"),
        _(
            "Side view of skin. Pale stripes lie side by side on the surface, with thin scar tissue under each."
        ),
        5,
    ),
    ScarTypeCode.PIH: Drawing(
        _("Dark mark"),
        _(
            "Side view of skin. A flat patch darker than the skin around it, with extra pigment in and under the top layer."
        ),
        5,
    ),
    ScarTypeCode.PIE: Drawing(
        _("Flat red mark"),
        _(
            "Side view of skin. A flat red patch; the small blood vessels under it are widened."
        ),
        1,
    ),
    ScarTypeCode.HYPOPIGMENTED: Drawing(
        _("Pale scar"),
        _(
            "Side view of skin. A flat patch paler than the skin around it; the pigment under it is missing."
        ),
        6,
    ),
    ScarTypeCode.IMMATURE: Drawing(
        _("Young scar"),
        _(
            "Side view of skin. A red line, slightly raised, with many small blood vessels growing towards it."
        ),
        3,
    ),
    ScarTypeCode.RED_MATURE: Drawing(
        _("Settled line that stayed red"),
        _(
            "Side view of skin. A fine red line, level with the surface, with small blood vessels beside it."
        ),
        2,
    ),
    ScarTypeCode.RAISED_UNSURE: Drawing(
        _("Raised scar, edges not known"),
        _(
            "Side view of skin. Scar tissue makes a ridge above the surface. Dashed lines far beside it show that nobody knows where the old wound ended."
        ),
        4,
    ),
    ScarTypeCode.FLAT_AREA: Drawing(
        _("Flat area of scarred skin"),
        _(
            "Side view of skin. A broad pale area, level with the surface, with thin scar tissue below."
        ),
        3,
    ),
    ScarTypeCode.UNCLASSIFIED: Drawing(
        _("Not classified yet"),
        _("Side view of skin. A dashed line marks a scar, with a question mark."),
        4,
    ),
    ScarTypeCode.NOT_CLOSED: Drawing(
        _("Skin that has not closed"),
        _("Side view of skin. The surface is open, and the wound reaches below it."),
        3,
    ),
}

WAYS = {
    "light_columns": Drawing(
        _("Light in fine columns"),
        _(
            "A laser makes narrow channels through the top layer into the skin below. The skin between them stays whole."
        ),
        2,
    ),
    "light_below": Drawing(
        _("Light in fine columns under the surface"),
        _("A laser heats narrow columns inside the skin. The surface stays closed."),
        3,
    ),
    "light_field": Drawing(
        _("Light over the whole field"),
        _(
            "A laser takes off the whole top layer of the treated field, down to the skin below."
        ),
        2,
    ),
    "light_vessels": Drawing(
        _("Light for blood vessels"),
        _(
            "Light passes through the surface of a red scar into the small blood vessels that colour it."
        ),
        1,
    ),
    "suture": Drawing(
        _("A blade and a hidden stitch"),
        _(
            "A dashed line shows what is cut out. The wound is closed to a thin line by a stitch inside the skin."
        ),
        3,
    ),
    "punch": Drawing(
        _("A round blade around one pit"),
        _(
            "A small tube with a sharp rim cuts around one pit and frees it, down to the fat."
        ),
        4,
    ),
    "release": Drawing(
        _("Strands cut under the skin"),
        _(
            "A needle slides in under two dips. Under the first it has cut the strands that tied the skin down."
        ),
        5,
    ),
    "abrasion": Drawing(
        _("Sanding of the skin"),
        _(
            "A turning wheel sands the surface. Behind it the top layer is gone and the skin is raw."
        ),
        3,
    ),
    "peel": Drawing(
        _("Acid on the surface"),
        _("A brush spreads a film of mild acid over the top layer of the skin."),
        4,
    ),
    "acid_dots": Drawing(
        _("Acid in single pits"),
        _(
            "A fine tip brings strong acid to the bottom of a narrow pit. Treated pits turn white."
        ),
        4,
    ),
    "needles": Drawing(
        _("Fine needles"),
        _("A pen pricks the skin with fine needles, through the top layer."),
        5,
    ),
    "needles_plasma": Drawing(
        _("Fine needles with your own plasma"),
        _(
            "A pen pricks the skin with fine needles. Drops of plasma lie on the surface and sink in."
        ),
        3,
    ),
    "needles_heat": Drawing(
        _("Fine needles that heat"),
        _(
            "Fine needles go through the top layer. Their tips heat small spots deeper in the skin."
        ),
        5,
    ),
    "injection": Drawing(
        _("Injection into a raised scar"),
        _("A fine needle puts medicine into the middle of a raised scar."),
        5,
    ),
    "injections": Drawing(
        _("Many small injections"),
        _(
            "A fine needle leaves a row of small drops just under the top layer of the skin."
        ),
        2,
    ),
    "filler": Drawing(
        _("Gel under a dip"),
        _(
            "A needle places gel under a sunken scar. The gel lifts the skin from the dashed line to the level around it."
        ),
        4,
    ),
    "cold": Drawing(
        _("Cold"),
        _("A cold tip touches a raised scar and freezes the scar tissue under it."),
        2,
    ),
    "sheet": Drawing(
        _("A silicone sheet"),
        _("A soft, clear sheet lies on a raised scar and a little beyond its edges."),
        4,
    ),
    "pressure": Drawing(
        _("Pressure"),
        _("Firm cloth presses evenly on a raised scar. Arrows point down."),
        5,
    ),
    "massage": Drawing(
        _("Massage"),
        _("A finger presses on a scar. An arrow shows that it moves in circles."),
        2,
    ),
    "oil": Drawing(
        _("Massage with oil"),
        _("A finger spreads drops of oil over the skin."),
        4,
    ),
    "mask": Drawing(
        _("A mask"),
        _("A spatula spreads thick paste over the surface of the skin."),
        2,
    ),
    "cream": Drawing(
        _("A cream on a dark mark"),
        _("A tube puts cream on a dark mark with pigment in and under the top layer."),
        4,
    ),
    "shade": Drawing(
        _("Shade from the sun"),
        _("Sun rays meet a layer of sunscreen on the skin and turn back."),
        5,
    ),
}

ANSWERS = {
    PLAIN: Drawing(
        _("Skin"),
        _(
            "Side view of skin: the surface, the thin top layer, the thick layer below it, and fat."
        ),
        4,
    ),
    "raised": Drawing(
        _("Raised"), _("The scar is a ridge above the skin around it."), 4
    ),
    "flat": Drawing(_("Level"), _("The scar is level with the skin around it."), 4),
    "raised_and_sunken": Drawing(
        _("Raised and sunken"),
        _("One part of the scar is a ridge, another part is a dip."),
        4,
    ),
    "mixed_pits": Drawing(
        _("Mixed dents"), _("A needle hole, a crater and a soft dip side by side."), 4
    ),
    "same_colour": Drawing(
        _("Same colour"),
        _("A dashed line marks a scar of the same colour as the skin around it."),
        4,
    ),
    "purple": Drawing(
        _("Purple"), _("A flat patch, purple next to the skin around it."), 4
    ),
    "darker": Drawing(
        _("Darker"), _("A flat patch, darker and greyer than the skin around it."), 4
    ),
    "mixed_colours": Drawing(
        _("Mixed colours"), _("A scar with dark, red and pale parts."), 4
    ),
}


def _place(name, tone):
    return Drawing(name, _("A figure with this place marked."), tone)


PLACES = {
    "face": _place(_("Face"), 4),
    "eyelid": _place(_("Eyelid"), 4),
    "brow": _place(_("Eyebrow"), 4),
    "lip": _place(_("Lip"), 4),
    "beard": _place(_("Beard area"), 4),
    "nostril": _place(_("Nostril"), 4),
    "ear": _place(_("Ear"), 4),
    "jawline": _place(_("Jawline"), 4),
    "neck": _place(_("Neck"), 4),
    "scalp": _place(_("Scalp"), 4),
    "chest": _place(_("Chest"), 4),
    "breast": _place(_("Breast"), 4),
    "nipple": _place(_("Nipple"), 4),
    "shoulder": _place(_("Shoulder"), 4),
    "armpit": _place(_("Armpit"), 4),
    "upper_arm": _place(_("Upper arm"), 4),
    "upper_back": _place(_("Upper back"), 4),
    "lower_back": _place(_("Lower back"), 4),
    "buttock": _place(_("Buttock"), 4),
    "abdomen": _place(_("Belly"), 4),
    "hip": _place(_("Hip"), 4),
    "groin": _place(_("Groin"), 4),
    "genital": _place(_("Genital area"), 4),
    "arm": _place(_("Forearm"), 4),
    "elbow": _place(_("Elbow"), 4),
    "hand": _place(_("Hand"), 4),
    "finger": _place(_("Finger"), 4),
    "thigh": _place(_("Thigh"), 4),
    "knee": _place(_("Knee"), 4),
    "leg": _place(_("Lower leg"), 4),
    "foot": _place(_("Foot"), 4),
}

PHOTOS = {
    "photo_away": Drawing(
        _("A photo from an arm’s length"),
        _("The scar and the part of the body around it are in the picture."),
    ),
    "photo_close": Drawing(
        _("A photo close up"),
        _("The scar fills the picture, and a coin lies beside it."),
    ),
    "photo_side": Drawing(
        _("A photo from the side"),
        _("The camera is held level with the skin."),
    ),
}

DRAWINGS = {
    str(code): each
    for family in (SCAR_TYPES, WAYS, ANSWERS, PLACES, PHOTOS)
    for code, each in family.items()
}

# Most particular first: a treatment shows the first of its own slug, its traits, its
# group that is found here, so that one which staff add tomorrow has a drawing too.
METHODS = {
    "almond-oil-massage": "oil",
    "essential-oil-massage": "oil",
    "dermal-filler": "filler",
    "full-field-ablative-laser": "light_field",
    "mesotherapy": "injections",
    "microneedling-prp": "needles_plasma",
    "non-ablative-fractional-laser": "light_below",
    "pressure-therapy": "pressure",
    "punch-excision": "punch",
    "silicone": "sheet",
    "subcision": "release",
    "sun-protection": "shade",
    "tca-cross": "acid_dots",
    "vascular-laser": "light_vessels",
}
TRAITS = {
    "rf_energy": "needles_heat",
    "needling": "needles",
    "light": "light_columns",
    "freezing": "cold",
    "peel": "peel",
    "injection": "injection",
    "incision": "suture",
    "home_remedy": "mask",
}
GROUPS = {
    MethodGroup.LASER: "light_columns",
    MethodGroup.SURGERY: "suture",
    MethodGroup.MECHANICAL: "abrasion",
    MethodGroup.CHEMICAL: "peel",
    MethodGroup.NEEDLING: "needles",
    MethodGroup.INJECTION: "injection",
    MethodGroup.PHYSICAL: "cold",
    MethodGroup.CONSERVATIVE: "massage",
    MethodGroup.TOPICAL: "cream",
    MethodGroup.HOME: "mask",
    MethodGroup.ADVICE: PLAIN,
    MethodGroup.REFERRAL: PLAIN,
}


def known(code):
    """Return the code of a drawing; that of plain skin for one that does not exist."""
    return code if code in DRAWINGS else PLAIN


def for_scar_type(code):
    """Return the code of the drawing of a scar type; plain skin for an unknown one."""
    return str(code) if code in SCAR_TYPES else PLAIN


def for_method(entry):
    """Return the code of the drawing of a treatment, an `entries.Method`."""
    if entry.slug in METHODS:
        return METHODS[entry.slug]
    for trait, code in TRAITS.items():
        if trait in entry.traits:
            return code
    return GROUPS.get(entry.group, PLAIN)
