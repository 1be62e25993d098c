"""Findings that code establishes: scar types, red flags, and all else that rules derive.

Each code has a function of its own name, in `scar_types`, `red_flags`, `about_scar` or
`about_person`. Labels are for staff.
"""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


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
    RED_MATURE = "red_mature", _("Settled scar that stayed red")
    RAISED_UNSURE = "raised_unsure", _("Raised; not known whether past its edges")
    FLAT_AREA = "flat_area", _("Flat area of scarred skin")
    UNCLASSIFIED = "unclassified", _("Not classified yet: examine")
    NOT_CLOSED = "not_closed", _("Skin that has not closed yet")


class RedFlagCode(TextChoices):
    """Findings that stop every suggestion. Their route and words are content."""

    ULCER = "rf_ulcer", _("Sore that has not healed")
    NOT_HEALING = "rf_not_healing", _("Wound that does not close")
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
    SCAR_0_1 = "scar_0_1", _("Closed for less than 1 month")
    SCAR_1_3 = "scar_1_3", _("Closed for 1 to 3 months")
    SCAR_3_6 = "scar_3_6", _("Closed for 3 to 6 months")
    SCAR_6_12 = "scar_6_12", _("Closed for 6 to 12 months")
    SCAR_12_24 = "scar_12_24", _("Closed for 12 to 24 months")
    THICKENING = "thickening", _("Firm, growing, itchy or painful")
    EARLY_RISK = "early_risk", _("At risk: a burn, a keloid history, or thickening")

    ON_FACE = "on_face", _("On the face")
    ON_EYELID = "on_eyelid", _("On an eyelid")
    ON_LIP = "on_lip", _("On a lip or around the mouth")
    ON_BEARD = "on_beard", _("In the beard")
    ON_BROW = "on_brow", _("In an eyebrow")
    ON_SCALP = "on_scalp", _("On the scalp")
    ON_EAR = "on_ear", _("On an ear")
    ON_NECK = "on_neck", _("On the neck")
    ON_CHEST = "on_chest", _("On the chest")
    ON_SHOULDER_OR_BACK = "on_shoulder_or_back", _("On shoulder, upper arm or back")
    ON_HAND = "on_hand", _("On a hand")
    ON_FINGER = "on_finger", _("On a finger")
    ON_JOINT = "on_joint", _("Over a joint")
    ON_LOWER_LEG = "on_lower_leg", _("On lower leg or foot")
    ON_OTHER_BODY = "on_other_body", _("On belly, breast, forearm, thigh or elsewhere")
    ON_HIP_OR_BUTTOCK = "on_hip_or_buttock", _("On hip or buttock")
    ON_GROIN_OR_ARMPIT = "on_groin_or_armpit", _("In groin or armpit")
    ON_GENITAL = "on_genital", _("In the genital area")
    ON_NIPPLE = "on_nipple", _("On a nipple")
    BELLY_SCAR = "belly_scar", _("On the belly")
    ON_LIMB = "on_limb", _("On an arm or a leg")
    HIGH_KELOID_RISK_SITE = "high_keloid_risk_site", _("Site with high keloid risk")
    KELOID_PRONE_SITE = (
        "keloid_prone_site",
        _("Keloid history, own or in the family, at a high-risk site"),
    )
    HIGH_TENSION_SITE = "high_tension_site", _("Site under tension")

    RED_SCAR = "red_scar", _("Red or purple scar")
    NOT_RAISED = "not_raised", _("Not raised")
    DENTED = "dented", _("Sunken scar")
    MIXED_ACNE_SCARS = "mixed_acne_scars", _("Acne scars of several shapes")
    FRESH_AND_KELOID_PRONE = (
        "fresh_and_keloid_prone",
        _("Young scar of somebody with a keloid history"),
    )
    NOTHING_NEEDED = "nothing_needed", _("Settled: nothing is needed")
    LARGE_AREA = "large_area", _("Large area")
    STILL_GROWING = "still_growing", _("Still growing")
    NARROW_PITS = "narrow_pits", _("Pits narrower than 3 mm")
    PITS_UP_TO_3_MM = "pits_up_to_3_mm", _("Pits up to 3 mm wide")
    PITS_OVER_3_MM = "pits_over_3_mm", _("Pits wider than 3 mm")
    TETHERED = "tethered", _("Tied down: does not flatten when stretched")
    FLATTENS_WHEN_STRETCHED = "flattens_when_stretched", _("Flattens when stretched")
    GRADE_3_OR_4 = "grade_3_or_4", _("Goodman-Baron grade 3 or 4, provisionally")
    ITCHY_OR_PAINFUL = "itchy_or_painful", _("Itchy or painful")
    CALM = "calm", _("Neither itchy nor painful")
    VERY_ITCHY = "very_itchy", _("Very itchy")

    SILICONE_FAILED = "silicone_failed", _("Silicone tried, not enough")
    STEROID_FAILED = "steroid_failed", _("Steroid injections tried, not enough")
    STEROID_COURSE_FAILED = (
        "steroid_course_failed",
        _("3 or more steroid injections, not enough"),
    )
    CONSERVATIVE_CARE_FAILED = (
        "conservative_care_failed",
        _("Conservative care tried, not enough"),
    )
    PIGMENT_CREAM_TRIED = "pigment_cream_tried", _("Pigment cream tried")
    PIGMENT_CREAM_FAILED = "pigment_cream_failed", _("Pigment cream tried, not enough")
    EXCISED_BEFORE = "excised_before", _("Cut out before")
    RECENT_EXCISION_SAME_SCAR = (
        "recent_excision_same_scar",
        _("Cut out within 12 months"),
    )
    STEROID_BEFORE = "steroid_before", _("Steroid injected before")
    EARLIER_TREATMENTS = (
        "earlier_treatments",
        _("Treated before: with what, and when"),
    )

    PHOTOTYPE_1_3 = "phototype_1_3", _("Phototype I to III")
    PHOTOTYPE_3 = "phototype_3", _("Phototype III")
    PHOTOTYPE_4 = "phototype_4", _("Phototype IV")
    PHOTOTYPE_4_6 = "phototype_4_6", _("Phototype IV to VI")
    PHOTOTYPE_5_6 = "phototype_5_6", _("Phototype V or VI")
    UNDER_18 = "under_18", _("Under 18")
    UNDER_22 = "under_22", _("Under 22")

    ACTIVE_ACNE_MILD = "active_acne_mild", _("A few spots of acne")
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
    SCLERODERMA = "scleroderma", _("Scleroderma")
    PSORIASIS_LP_STABLE = (
        "psoriasis_lp_stable",
        _("Psoriasis or lichen planus, quiet for 12 months"),
    )
    VITILIGO_STABLE = "vitiligo_stable", _("Vitiligo, quiet for 12 months")
    SELF_HARM_PAST = "self_harm_past", _("Self-harm more than 12 months ago")
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


SITES = tuple(
    code
    for code in DerivedFinding.values
    if code.startswith("on_") and code != DerivedFinding.ON_LIMB
)
"""The places that each have a row of their own; a group of them, a limb, has none."""
CODED_FINDINGS = {
    choice.value: choice.label
    for choices in (ScarTypeCode, RedFlagCode, DerivedFinding)
    for choice in choices
}
