"""The closed lists that code and content share. Adding to one takes a developer.

Labels are for staff. What a patient reads is in forms, content files and templates.
"""

from django.db.models import IntegerChoices, TextChoices
from django.utils.translation import gettext_lazy as _


class CriterionKind(TextChoices):
    """What a finding means for a treatment (FHIR ClinicalUseDefinition).

    A contraindication rules it out, a deferral puts it off, a precaution makes it
    "with caution"; an indication speaks for it.
    """

    INDICATION = "indication", _("Indication")
    NOT_RECOMMENDED = "not_recommended", _("Not recommended")
    PRECAUTION = "precaution", _("Precaution")
    DEFERRAL = "deferral", _("Deferral")
    CONTRAINDICATION = "contraindication", _("Contraindication")
    CHECK = "check", _("Check at the examination")


# The kinds that protect: unknown findings in one of these cap the verdict.
SAFETY_KINDS = frozenset(
    {
        CriterionKind.PRECAUTION,
        CriterionKind.DEFERRAL,
        CriterionKind.CONTRAINDICATION,
    }
)


class Line(TextChoices):
    """How early an indication puts a treatment."""

    FIRST = "first", _("First line")
    SECOND = "second", _("Second line")
    ADJUNCT = "adjunct", _("Adjunct")


class Verdict(TextChoices):
    """The engine's answer for one treatment, best first."""

    SUGGESTED = "suggested", _("To consider")
    CAUTION = "caution", _("With caution")
    DEFERRED = "deferred", _("Not yet")
    NOT_INDICATED = "not-indicated", _("Not indicated")
    CONTRAINDICATED = "contraindicated", _("Not suitable")


# What a clinician may choose from. Everything else is a reason not to.
OPTIONS = (Verdict.SUGGESTED, Verdict.CAUTION)


class Grade(TextChoices):
    """The quality of what was seen of a source."""

    G = "G", _("Guideline or consensus panel")
    B = "B", _("Systematic or evidence review")
    C = "C", _("Trial, case series or narrative review")
    D = "D", _("Public body, hospital or regulator")
    E = "E", _("Clinic, vendor or blog page")
    GK = "GK", _("General knowledge, no source seen")


WEAK_GRADES = frozenset({Grade.E, Grade.GK})


class MethodGroup(TextChoices):
    """Under which heading visitors find a treatment."""

    LASER = "laser", _("Laser")
    SURGERY = "surgery", _("Surgery")
    MECHANICAL = "mechanical", _("Mechanical resurfacing")
    CHEMICAL = "chemical", _("Peels and acids")
    NEEDLING = "needling", _("Needling")
    INJECTION = "injection", _("Injections")
    PHYSICAL = "physical", _("Cold")
    CONSERVATIVE = "conservative", _("Everyday care")
    TOPICAL = "topical", _("Creams on prescription")
    HOME = "home", _("Home remedies")
    ADVICE = "advice", _("Advice for everyone")


class PainLevel(TextChoices):
    """How much a treatment hurts, for visitors who choose by it. Least first."""

    NONE = "none", _("None")
    LOW = "low", _("Low")
    MODERATE = "moderate", _("Moderate")
    HIGH = "high", _("High")


class NoticeLevel(TextChoices):
    NEWS = "news", _("News")
    IMPORTANT = "important", _("Important")


class ConsentUse(TextChoices):
    """Purposes of a consent to show photos."""

    RESULTS = "results", _("Before and after")
    PEOPLE = "people", _("The page about us")


class Weekday(IntegerChoices):
    """Days as Python counts them."""

    MONDAY = 0, _("Monday")
    TUESDAY = 1, _("Tuesday")
    WEDNESDAY = 2, _("Wednesday")
    THURSDAY = 3, _("Thursday")
    FRIDAY = 4, _("Friday")
    SATURDAY = 5, _("Saturday")
    SUNDAY = 6, _("Sunday")


class QuestionGroup(TextChoices):
    """The pages of health questions, in the order in which they are asked."""

    CHANGES = "changes", _("Changes in a scar")
    INFECTION = "infection", _("Infections")
    SKIN = "skin", _("Your skin")
    PREGNANCY = "pregnancy", _("Pregnancy")
    MEDICINES = "medicines", _("Medicines")
    HEALTH = "health", _("Your health")
    IMPLANTS = "implants", _("Implants and tattoos")
    ALLERGIES = "allergies", _("Allergies")


# Values of facts


class ScarCause(TextChoices):
    ACNE = "acne", _("Acne")
    SURGERY = "surgery", _("An operation")
    TRAUMA = "trauma", _("An injury")
    BURN = "burn", _("A burn or scald")
    PIERCING = "piercing", _("A piercing")
    CHICKENPOX = "chickenpox", _("Chickenpox")
    VACCINATION = "vaccination", _("A vaccination")
    STRETCH = "stretch", _("Stretching, as in growth or pregnancy")
    SELF_HARM = "self_harm", _("Self-harm")
    OTHER_INFLAMMATION = "other_inflammation", _("Another inflammation of the skin")
    NONE_REMEMBERED = "none_remembered", _("Nothing that I remember")


class BodySite(TextChoices):
    FACE = "face", _("Face")
    EYELID = "eyelid", _("Eyelid")
    LIP = "lip", _("Lip or around the mouth")
    EAR = "ear", _("Ear")
    JAWLINE = "jawline", _("Jawline")
    NECK = "neck", _("Neck")
    SCALP = "scalp", _("Scalp")
    CHEST = "chest", _("Chest")
    BREAST = "breast", _("Breast")
    SHOULDER = "shoulder", _("Shoulder")
    UPPER_ARM = "upper_arm", _("Upper arm")
    UPPER_BACK = "upper_back", _("Upper back")
    LOWER_BACK = "lower_back", _("Lower back")
    ABDOMEN = "abdomen", _("Belly")
    ARM = "arm", _("Forearm")
    ELBOW = "elbow", _("Elbow")
    HAND = "hand", _("Hand")
    THIGH = "thigh", _("Thigh")
    KNEE = "knee", _("Knee")
    LEG = "leg", _("Lower leg")
    FOOT = "foot", _("Foot")


class Elevation(TextChoices):
    RAISED = "raised", _("Higher than the skin around it")
    FLAT = "flat", _("Level with the skin around it")
    DEPRESSED = "depressed", _("Lower than the skin around it")
    MIXED = "mixed", _("Some parts higher, some lower")


class PitShape(TextChoices):
    PINHOLE = "pinhole", _("Like a needle hole")
    SHARP_EDGE_ROUND = "sharp_edge_round", _("Like a round crater with sharp walls")
    WAVY = "wavy", _("Like a soft wave")
    NONE = "none", _("None of these")
    MIXED = "mixed", _("A mix of these")


class PitDepth(TextChoices):
    SHALLOW = "shallow", _("Shallow")
    DEEP = "deep", _("Deep")
    UNSURE = "unsure", _("Not sure")


class BeyondEdges(TextChoices):
    YES = "yes", _("Yes")
    NO = "no", _("No")
    UNSURE = "unsure", _("Not sure")


class Colour(TextChoices):
    RED = "red", _("Red or pink")
    BROWN = "brown", _("Brown or darker")
    WHITE = "white", _("White or paler")
    SKIN = "skin", _("About the same")
    MIXED = "mixed", _("A mix of colours")


class Width(TextChoices):
    FINE_LINE = "fine_line", _("A thin line")
    WIDE = "wide", _("Spread out")


class Stripes(TextChoices):
    NONE = "none", _("No stripes")
    RED_PURPLE = "red_purple", _("Red or purple stripes")
    WHITE_SILVER = "white_silver", _("White or silver stripes")


class PulledFeature(TextChoices):
    NONE = "none", _("None of these")
    EYELID = "eyelid", _("An eyelid")
    LIP = "lip", _("A lip")
    NOSTRIL = "nostril", _("A nostril")


class ActiveAcne(TextChoices):
    NONE = "none", _("No acne now")
    MILD = "mild", _("A few spots now and then")
    MODERATE_SEVERE = "moderate_severe", _("Many or inflamed spots")


class PriorResponse(TextChoices):
    GOOD = "good", _("It helped")
    INSUFFICIENT = "insufficient", _("It did not help enough")
    WORSE = "worse", _("It made the scar worse")


class Isotretinoin(TextChoices):
    NEVER = "never", _("Never")
    CURRENT = "current", _("Now")
    STOPPED = "stopped", _("Before, but no longer")


class Diabetes(TextChoices):
    NONE = "none", _("No diabetes")
    CONTROLLED = "controlled", _("Well controlled")
    POOR = "poor", _("Not well controlled")


class SelfHarmStatus(TextChoices):
    NONE = "none", _("Not at all")
    ONGOING = "ongoing", _("At present")
    RECENT_12M = "recent_12m", _("In the last 12 months")
    PAST_STABLE = "past_stable", _("More than 12 months ago")


class BddScreen(TextChoices):
    NEGATIVE = "negative", _("Negative")
    POSITIVE = "positive", _("Positive")


class Phototype(IntegerChoices):
    """Fitzpatrick phototype: how skin reacts to sun. Not the colour of the skin [C51]."""

    I = 1, _("I: always burns, never tans")  # noqa: E741
    II = 2, _("II: usually burns, tans a little")
    III = 3, _("III: sometimes burns mildly, tans evenly")
    IV = 4, _("IV: rarely burns, always tans well")
    V = 5, _("V: very rarely burns, tans very easily")
    VI = 6, _("VI: never burns, deeply pigmented")


# Findings that code establishes


class ScarTypeCode(TextChoices):
    """Provisional scar types: what it looks like, until a clinician has seen it."""

    KELOID_SUSPECTED = "keloid_suspected", _("Grown past its edges (keloid suspected)")
    HYPERTROPHIC = "hypertrophic", _("Raised scar (hypertrophic)")
    HYPERTROPHIC_WIDESPREAD = (
        "hypertrophic_widespread",
        _("Widespread raised burn scar"),
    )
    CONTRACTURE = "contracture", _("Tight scar that limits movement (contracture)")
    ICE_PICK = "ice_pick", _("Ice-pick scar")
    BOXCAR_SHALLOW = "boxcar_shallow", _("Shallow boxcar scar")
    BOXCAR_DEEP = "boxcar_deep", _("Deep boxcar scar")
    ROLLING = "rolling", _("Rolling scar")
    ATROPHIC_OTHER = "atrophic_other", _("Other sunken scar (atrophic)")
    MATURE_LINEAR = "mature_linear", _("Settled thin line (mature linear)")
    WIDENED = "widened", _("Stretched scar (widened)")
    STRIAE_RUBRA = "striae_rubra", _("Red stretch marks (striae rubrae)")
    STRIAE_ALBA = "striae_alba", _("White stretch marks (striae albae)")
    PIH = "pih", _("Dark mark (post-inflammatory hyperpigmentation)")
    PIE = "pie", _("Flat red mark (post-inflammatory erythema)")
    HYPOPIGMENTED = "hypopigmented", _("Pale scar (hypopigmented)")
    IMMATURE = "immature", _("Young scar that still changes (immature)")


class RedFlagCode(TextChoices):
    """Findings that stop every suggestion. Their route and words are content."""

    ULCER = "rf_ulcer", _("Sore that has not healed")
    BLEED = "rf_bleed", _("Bleeding, crusting or weeping")
    LUMP = "rf_lump", _("New or growing lump")
    PIGMENT = "rf_pigment", _("New or changing dark spot")
    NO_INJURY = "rf_no_injury", _("No injury remembered")
    TREATED_GREW = "rf_treated_grew", _("Grew in spite of injections")
    INFECTION = "rf_infection", _("Signs of infection")
    CONTRACTURE = "rf_contracture", _("Limits movement")
    FEATURE = "rf_feature", _("Pulls an eyelid, lip or nostril")
    SYSTEMIC = "rf_systemic", _("Unwell")
    SELFHARM_RECENT = "rf_selfharm_recent", _("Self-harm within 12 months")
    BDD = "rf_bdd", _("Preoccupied and distressed by the look of it")
    CHILD = "rf_child", _("A child: comes with a guardian")
    MINOR = "rf_minor", _("Not of age yet: comes with a guardian")


class DerivedFinding(TextChoices):
    """Findings other than scar types and red flags that rules derive from facts."""

    EVERYONE = "everyone", _("Everyone")
    ASKED_FOR = "asked_for", _("The patient asked about this treatment")

    FROM_A_WOUND = "from_a_wound", _("Scar from a wound")
    SURGICAL_SCAR = "surgical_scar", _("Scar from an operation")
    ACNE_SCAR = "acne_scar", _("Scar from acne")
    BURN_SCAR = "burn_scar", _("Scar from a burn")
    CHICKENPOX_SCAR = "chickenpox_scar", _("Scar from chickenpox")
    SELF_HARM_SCAR = "self_harm_scar", _("Scar from self-harm")

    WOUND_OPEN = "wound_open", _("Skin not fully closed")
    SCAR_UNDER_3_MONTHS = "scar_under_3_months", _("Scar younger than 3 months")
    SCAR_UNDER_6_MONTHS = "scar_under_6_months", _("Scar younger than 6 months")
    SCAR_UNDER_12_MONTHS = "scar_under_12_months", _("Scar younger than 12 months")
    SCAR_OVER_24_MONTHS = "scar_over_24_months", _("Scar older than 24 months")

    ON_FACE = "on_face", _("On the face")
    ON_EYELID = "on_eyelid", _("On an eyelid")
    ON_EAR = "on_ear", _("On an ear")
    ON_SCALP = "on_scalp", _("On the scalp")
    PERIORAL = "perioral", _("Around the mouth")
    HIGH_KELOID_RISK_SITE = "high_keloid_risk_site", _("Site with high keloid risk")
    KELOID_PRONE_SITE = (
        "keloid_prone_site",
        _("Keloid history, own or in the family, at a high-risk site"),
    )
    HIGH_TENSION_SITE = "high_tension_site", _("Site under tension")

    RED_SCAR = "red_scar", _("Red scar")
    RAISED_EDGES_UNSURE = (
        "raised_edges_unsure",
        _("Raised; not sure whether past its edges"),
    )
    LARGE_AREA = "large_area", _("Large area")
    STILL_GROWING = "still_growing", _("Still growing")
    NARROW_PITS = "narrow_pits", _("Pits narrower than 3 mm")
    PITS_UP_TO_3_MM = "pits_up_to_3_mm", _("Pits up to 3 mm wide")
    PITS_OVER_3_MM = "pits_over_3_mm", _("Pits wider than 3 mm")
    FLATTENS_WHEN_STRETCHED = "flattens_when_stretched", _("Flattens when stretched")
    GRADE_3_OR_4 = "grade_3_or_4", _("Goodman-Baron grade 3 or 4, provisionally")
    ITCHY_OR_PAINFUL = "itchy_or_painful", _("Itchy or painful")
    VERY_ITCHY = "very_itchy", _("Very itchy")

    SILICONE_FAILED = "silicone_failed", _("Silicone tried, not enough")
    STEROID_FAILED = "steroid_failed", _("Steroid injections tried, not enough")
    CONSERVATIVE_CARE_FAILED = (
        "conservative_care_failed",
        _("Conservative care tried, not enough"),
    )
    PIGMENT_CREAM_TRIED = "pigment_cream_tried", _("Pigment cream tried")
    PIGMENT_CREAM_FAILED = "pigment_cream_failed", _("Pigment cream tried, not enough")
    EXCISED_BEFORE = "excised_before", _("Cut out before")

    PHOTOTYPE_1_3 = "phototype_1_3", _("Phototype I to III")
    PHOTOTYPE_3 = "phototype_3", _("Phototype III")
    PHOTOTYPE_4_6 = "phototype_4_6", _("Phototype IV to VI")
    PHOTOTYPE_5_6 = "phototype_5_6", _("Phototype V or VI")
    UNDER_18 = "under_18", _("Under 18")
    UNDER_22 = "under_22", _("Under 22")

    ACTIVE_ACNE = "active_acne", _("Active acne")
    ACTIVE_ACNE_SEVERE = "active_acne_severe", _("Inflamed acne")
    ISOTRETINOIN_UNDER_6_MONTHS = (
        "isotretinoin_under_6_months",
        _("Isotretinoin now or within 6 months"),
    )
    ISOTRETINOIN_6_TO_12_MONTHS = (
        "isotretinoin_6_to_12_months",
        _("Isotretinoin 6 to 12 months ago"),
    )
    DIABETES = "diabetes", _("Diabetes")
    DIABETES_POOR = "diabetes_poor", _("Diabetes, not well controlled")
    CTD = "ctd", _("Connective tissue disease")
    RECENT_TAN = "recent_tan", _("Tanned within 6 weeks")
    RECENT_FILLER = "recent_filler", _("Filler within 2 weeks")
    RECENT_RESURFACING = (
        "recent_resurfacing",
        _("Peel, needling or laser within 4 weeks"),
    )
    RESURFACING_UNDER_6_MONTHS = (
        "resurfacing_under_6_months",
        _("Resurfacing within 6 months"),
    )


CODED_FINDINGS = {
    choice.value: choice.label
    for choices in (ScarTypeCode, RedFlagCode, DerivedFinding)
    for choice in choices
}
