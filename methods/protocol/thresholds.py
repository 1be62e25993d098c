"""Every clinical threshold that a rule compares with, once, with its source.

The codes in brackets are those of `methods/content/sources.toml`; GK is general knowledge.
"Within 6 months" is months < 6.0: closed below, open at 6.0.

A number may also stand in a finding's code or label (`vocabulary.DerivedFinding`) and in
words for patients and staff (`methods/content/`). Before you change ISOTRETINOIN_WASHOUT_MONTHS:
`grep -rniE "isotretinoin.*(6|six)|(6|six).*isotretinoin" methods consultations`. The number
stands again in tests/methods/protocol/test_thresholds.py, on purpose.
"""

from methods.protocol.vocabulary import BodySite

# How old a scar is, in months since the wound closed
FRESH_MONTHS = 3  # [G3] [D7]
EARLY_LASER_MONTHS = 6  # [B19] [B20]: "first 6 months, to prevent"
MATURING_MONTHS = 12  # [D7] [D1]; excision for appearance opens here [E32]
LATE_MONTHS = 24  # [D10]
KELOID_IF_UNSURE_MONTHS = 6  # GK: grown for longer than this, at a high-risk site

# How wide one pit is, in millimetres
ICE_PICK_BELOW_MM = 2  # [C5]
BOXCAR_FROM_MM, BOXCAR_TO_MM = 1.5, 4  # [C5]
ROLLING_ABOVE_MM = 4  # [C5]: "wider than 4 to 5 mm"
NARROW_PIT_BELOW_MM = 3  # [E38]: TCA CROSS in boxcar scars
PUNCH_TO_MM = 3  # [E20] [E22]

# How itchy or painful, 1 to 10 (POSAS)
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

HIGH_KELOID_RISK_SITES = frozenset(  # [D1] [D27]; "deltoid" is the upper arm
    {
        BodySite.EAR,
        BodySite.CHEST,
        BodySite.SHOULDER,
        BodySite.UPPER_ARM,
        BodySite.UPPER_BACK,
        BodySite.NECK,
        BodySite.JAWLINE,
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
FACE_SITES = frozenset({BodySite.FACE, BodySite.EYELID, BodySite.LIP, BodySite.JAWLINE})
