"""Every clinical threshold that a rule compares with, once, with its source.

The codes in brackets are those of `methods/content/sources.toml`; GK is general knowledge.
"Within 6 months" is months < 6.0: closed below, open at 6.0.

A number may also stand in a finding's code or label (`coded_findings.DerivedFinding`) and in
words for patients and staff (`methods/content/`). Before you change ISOTRETINOIN_WASHOUT_MONTHS:
`grep -rniE "isotretinoin.*(6|six)|(6|six).*isotretinoin" methods consultations`. The number
stands again in tests/methods/protocol/test_thresholds.py, on purpose.
"""

from methods.protocol.vocabulary import BodySite

# How old a scar is, in months since the wound closed
NEW_MONTHS = 1  # [D7] GK: the first month, band 0-1
FRESH_MONTHS = 3  # [G3] [D7]
EARLY_LASER_MONTHS = 6  # [B19] [B20]: "first 6 months, to prevent"
MATURING_MONTHS = 12  # [D7] [D1]; excision for appearance opens here [E32]
LATE_MONTHS = 24  # [D10]
KELOID_IF_UNSURE_MONTHS = 6  # GK: grown for this long or longer, at a high-risk site
OLD_SCAR_MONTHS = 12  # [C-T34]: from here on a sore or a new lump is looked at first
PIGMENT_RETURNS_MONTHS = 12  # GK: a paler scar is judged from here on

# How long a wound has been open, in weeks
BURN_NOT_HEALING_WEEKS = 3  # GK: burn service
WOUND_NOT_HEALING_WEEKS = 4  # [D14]

# Injections of steroid after which no response changes the plan
STEROID_COURSE_SESSIONS = 3  # [G8]

# How wide one pit is, in millimetres
ICE_PICK_TO_MM = 2  # [C5]: "under 2 mm"; "about 2 mm" is one (GK)
CRATER_ABOVE_MM = 1  # [C5] [C-Jacobch]: a deep crater of 1 mm is an ice pick (GK)
NARROW_PIT_BELOW_MM = 3  # [E38]: TCA CROSS in boxcar scars
PUNCH_TO_MM = 3  # [E20] [E22]

# How itchy or painful, 1 to 10 (POSAS)
HURTS_FROM = 2  # GK: 1 is "not at all"
SYMPTOMATIC_FROM = 4  # GK
VERY_ITCHY_FROM = 7  # GK

# Fitzpatrick phototypes
DARKER_FROM = 4  # [C49] [C20]
DARKEST_FROM = 5  # [C49]

# Ages, in years
CHILD_BELOW = 16  # GK
MINOR_BELOW = 18  # [D20]
DEVICE_AUTHORISED_FROM = 22  # [D18] [D19]

# How long ago
ISOTRETINOIN_WASHOUT_MONTHS = 6  # [G10] [G11]
ISOTRETINOIN_CAUTION_MONTHS = 12  # [D22]
TAN_WEEKS = 6  # [D13]
FILLER_WEEKS = 2  # [E10] [E12]
RESURFACING_WEEKS = 4  # [E12] [E10]
DEEP_RESURFACING_WEEKS = 26  # [E14]: six months

HIGH_KELOID_RISK_SITES = frozenset(  # [D1] [D27]; "deltoid" is the upper arm, the beard grows on jaw and neck
    {
        BodySite.EAR,
        BodySite.CHEST,
        BodySite.SHOULDER,
        BodySite.UPPER_ARM,
        BodySite.UPPER_BACK,
        BodySite.NECK,
        BodySite.JAWLINE,
        BodySite.BEARD,
    }
)
HIGH_TENSION_SITES = frozenset(  # [C12]: chest, back, shoulder, joints
    {
        BodySite.CHEST,
        BodySite.UPPER_BACK,
        BodySite.LOWER_BACK,
        BodySite.SHOULDER,
        BodySite.ELBOW,
        BodySite.KNEE,
    }
)
FACE_SITES = frozenset({BodySite.FACE, BodySite.JAWLINE, BodySite.BEARD, BodySite.BROW})
"""The eyelid and the lip are not among them: what is safe on a cheek is not there."""
SHOULDER_OR_BACK_SITES = frozenset(
    {
        BodySite.SHOULDER,
        BodySite.UPPER_ARM,
        BodySite.UPPER_BACK,
        BodySite.LOWER_BACK,
    }
)
JOINT_SITES = frozenset({BodySite.ELBOW, BodySite.KNEE})
LOWER_LEG_SITES = frozenset({BodySite.LEG, BodySite.FOOT})
HIP_OR_BUTTOCK_SITES = frozenset({BodySite.HIP, BodySite.BUTTOCK})
GROIN_OR_ARMPIT_SITES = frozenset({BodySite.GROIN, BodySite.ARMPIT})
OTHER_BODY_SITES = frozenset(
    {BodySite.BREAST, BodySite.ABDOMEN, BodySite.ARM, BodySite.THIGH, BodySite.OTHER}
)
LIMB_SITES = frozenset(
    {
        BodySite.UPPER_ARM,
        BodySite.ARM,
        BodySite.ELBOW,
        BodySite.HAND,
        BodySite.FINGER,
        BodySite.THIGH,
        BodySite.KNEE,
        BodySite.LEG,
        BodySite.FOOT,
    }
)
