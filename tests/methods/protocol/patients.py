"""Patients drawn at random, the same ones for the same seed, as JSON facts."""

from random import Random

from methods.protocol.coded_findings import RedFlagCode
from methods.protocol.vocabulary import BodySite, Colour, ScarCause

SCAR = {
    "scar_cause": [each for each in ScarCause.values if each != "none_remembered"],
    "scar_age_months": [0, 1, 2, 3, 5.9, 6, 7, 11.9, 12, 18, 24, 25, 300],
    "body_site": BodySite.values,
    "elevation": ["raised", "flat", "depressed", "mixed"],
    "beyond_edges": ["yes", "no", "no", "unsure"],
    "still_growing": ["yes", "no"],
    "firm": ["yes", "no", "no"],
    "pit_shape": ["pinhole", "sharp_edge_round", "wavy", "none", "mixed"],
    "pit_width_mm": [1, 1.5, 2, 3, 4, 5],
    "pit_depth": ["shallow", "deep", "unsure"],
    "flattens_on_stretch": ["yes", "no"],
    "colour": Colour.values,
    "colour_bothers": ["yes", "no"],
    "width": ["fine_line", "wide"],
    "stripes": ["none"] * 5 + ["red_purple", "white_silver"],
    "large_area": ["yes", "no"],
    "itch": [1, 1, 4, 7],
    "pain": [1, 1, 4, 7],
    "visible_at_50cm": ["yes", "no"],
    "makeup_covers": ["yes", "no"],
    "fitzpatrick": [1, 2, 3, 4, 5, 6],
    "steroid_sessions": [0, 2, 3],
    "prior_response": ["good", "insufficient"],
    "wants": [[], [], ["mesotherapy"], ["nutmeg-mask", "blue-clay-mask"]],
}
TRIED = ["silicone", "steroid-injection", "surgical-excision", "microneedling"]
# A healthy answer, and what it may turn into.
HEALTH = {
    "wound_closed": ("yes", ["no"]),
    "reopened": ("no", ["yes"]),
    "age_years": (30, [21, 17, 12]),
    "tight_limits_movement": ("no", ["yes"]),
    "pulls_feature": ("none", ["eyelid", "lip", "nostril"]),
    "lump": ("none", ["separate"]),
    "fast": ("no", ["yes"]),
    "spot_pain": ("no", ["yes"]),
    "active_acne": ("none", ["mild", "moderate_severe"]),
    "isotretinoin": ("never", ["current"]),
    "diabetes": ("none", ["controlled", "poor"]),
    "ctd": ("none", ["lupus", "scleroderma", "mixed"]),
    "tan_weeks": (None, [0, 1, 5.9]),
    "recent_filler_weeks": (None, [0, 1.9]),
    "recent_resurfacing_weeks": (None, [0, 3.9, 25.9]),
    "self_harm_status": ("none", ["ongoing", "recent_12m"]),
    "bdd_screen": ("negative", ["positive"]),
}
FLAGS = {code: ("no", ["yes"]) for code in RedFlagCode.values}
# Each raises a red flag for whomever it is laid over.
STOPS = [
    {"scar_cause": "none_remembered"},
    {"tight_limits_movement": "yes"},
    {"pulls_feature": "lip"},
    {"scar_cause": "self_harm", "self_harm_status": "ongoing"},
    {"bdd_screen": "positive"},
    {"age_years": 15},
    {"age_years": 17},
    {"wound_closed": "no", "wound_weeks": 4},
    {"wound_closed": "no", "reopened": "yes"},
    {"elevation": "raised", "lump": "separate"},
    {"elevation": "mixed", "fast": "yes"},
    {
        "elevation": "raised",
        "prior_treatments": ["steroid-injection"],
        "treatments": "unknown",
        "prior_response": "worse",
    },
    *({code: "yes"} for code in RedFlagCode.values),
]


def health(questions):
    """Return {fact or question: (healthy answer, worse answers)}."""
    asked = {code: ("no", ["yes"]) for code in sorted(questions)}
    # A flag that staff added is a question as well.
    return HEALTH | asked | FLAGS


def patient(number, protocol, *, seed="patients"):
    """Return the facts of one patient, most of them healthy and most answers known."""
    random = Random(f"{seed} {number}")
    known = health(protocol.questions)
    raw = {name: healthy for name, (healthy, _worse) in known.items()}
    raw |= {name: random.choice(values) for name, values in SCAR.items()}
    slugs = {method.slug for method in protocol.methods}
    raw["wants"] = [slug for slug in raw["wants"] if slug in slugs]
    tried = [slug for slug in TRIED if slug in slugs and random.random() < 0.15]
    raw["prior_treatments"] = tried
    if tried and random.random() < 0.5:
        # What has a date is named as well; how it went is said there.
        raw["treatments"] = [
            {"method": slug, "months_ago": random.choice([None, 0, 1, 3, 9, 30])}
            for slug in tried
        ]
        raw["prior_response"] = "unknown"
    soft = [name for name in known if name not in FLAGS and name != "age_years"]
    for name in random.sample(soft, random.choice([0, 0, 1, 2, 3])):
        raw[name] = random.choice([*known[name][1], "unknown"])
    for name in random.sample(sorted(SCAR), random.choice([0, 0, 0, 1, 2])):
        raw[name] = "unknown"
    return raw
