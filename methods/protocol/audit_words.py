"""Words by which a page names a condition, and the findings of rules that know it.

A page that names one in a warning needs a rule on one of its findings.
"""

import re
from dataclasses import dataclass

BEFORE = ("before_do", "before_do_not")
RISKS = ("risks_common", "risks_less_common", "risks_rare")
WARNINGS = (*BEFORE, "cannot", *RISKS)
"""The sections in which a page warns."""


@dataclass(frozen=True, slots=True)
class Words:
    """How pages name a condition, in which sections that is a warning, what knows it."""

    pattern: re.Pattern[str]
    findings: tuple[str, ...]
    sections: tuple[str, ...] = WARNINGS


def _words(pattern: str, *findings: str, only: tuple[str, ...] = WARNINGS) -> Words:
    return Words(re.compile(rf"\b(?:{pattern})", re.IGNORECASE), findings, only)


_DARK = ("phototype_3", "phototype_4", "phototype_4_6", "phototype_5_6")
_ACNE = ("active_acne_mild", "active_acne_severe")
_ISOTRETINOIN = ("isotretinoin_under_6_months", "isotretinoin_6_to_12_months")
_KELOIDS = (
    "keloid_history_self",
    "keloid_history_family",
    "keloid_prone_site",
    "fresh_and_keloid_prone",
)

CONDITIONS = (
    _words("blood[- ]thinn|anticoagul|warfarin", "anticoagulant"),
    _words("aspirin", "antiplatelet", "anticoagulant", "allergy_salicylate"),
    _words("bleeding disorder|haemophil|bruis(e|ing) easily", "bleeding_disorder"),
    _words("pregnan", "pregnant", "trying_to_conceive"),
    _words("breastfe", "breastfeeding"),
    _words("cold sore|herpes", "hsv_history", "active_herpes"),
    _words(
        r"(allerg|reaction)[^.;]{0,40}(numbing|an(a)?esthetic|lidocaine)"
        r"|(numbing|an(a)?esthetic|lidocaine)[^.;]{0,40}allerg",
        "allergy_lidocaine",
        "allergy_anaphylaxis",
    ),
    _words(
        r"salicyl\w+[^.;]{0,30}allerg|allerg[^.;]{0,30}salicyl", "allergy_salicylate"
    ),
    _words("nickel|allerg[^.;]{0,20}metal|metal allerg", "allergy_metal"),
    _words("allerg[^.;]{0,30}(plaster|adhesive|silicone)", "allergy_adhesive_silicone"),
    _words("nut allerg|allerg[^.;]{0,20}nuts?\\b", "allergy_nut"),
    _words("allerg[^.;]{0,30}(fragrance|perfume|scent)", "allergy_fragrance"),
    _words("allerg[^.;]{0,30}hydroquinone", "allergy_hydroquinone"),
    _words("anaphyla", "allergy_anaphylaxis", "allergy_lidocaine"),
    _words(r"(sun)?tan(ned|s)?\b|sunburn", "recent_tan", "sunburn_now", only=BEFORE),
    _words("tattoo", "tattoo_at_site"),
    _words("pacemaker|defibrillator", "pacemaker_icd"),
    _words("metal (implant|plate|pin)", "metal_implant_at_site"),
    _words("diabet", "diabetes", "diabetes_poor"),
    _words("isotretinoin", *_ISOTRETINOIN),
    _words("keloids?", *_KELOIDS, "keloid_suspected", only=(*BEFORE, *RISKS)),
    _words(
        "(infected|inflamed) (skin|scar|place)|skin infection",
        "active_infection_site",
        only=(*BEFORE, "cannot"),
    ),
    _words("eczema", "eczema_at_site"),
    _words(
        "psoriasis|lichen planus",
        "psoriasis",
        "lichen_planus",
        "psoriasis_lp_stable",
        "koebner_active",
    ),
    _words("vitiligo", "vitiligo", "vitiligo_stable", "koebner_active"),
    _words("radiotherapy|radiation", "radiotherapy_site", only=BEFORE),
    _words("(recent |had a? ?|a )filler", "recent_filler", only=BEFORE),
    _words(
        "(makes?|making)[^.;]{0,20}sensitive to (light|the sun)|light-sensitis",
        "photosensitising_drug",
    ),
    _words("gold (therapy|treatment|injection|tablet|salt)", "gold_therapy"),
    _words("immun(e|ity|osupp)|weak(er|ened)? defence", "immunosuppressed"),
    _words("smok", "smoker"),
    _words("glaucoma", "steroid_risk"),
    _words("connective tissue|lupus", "ctd", "scleroderma"),
    _words("scleroderma|morph(o)?ea", "scleroderma", "ctd"),
    _words("raynaud|cold urticaria|hives[^.;]{0,20}cold", "cold_condition"),
    _words("poor (blood )?(flow|circulation)", "poor_circulation"),
    _words("active acne|acne[^.;]{0,20}(under control|first)", *_ACNE),
    _words("brivudin", "brivudine"),
    _words("phenytoin", "phenytoin"),
    _words("dark(er)? skin|brown skin|skin of colour", *_DARK),
)

RELATION_IN_PROSE = re.compile(r"\b(?:ONLY WITH|REQUIRES FIRST)\b")
"""What a relation says to the engine, said to people only."""

# What a rule without a better source says that it waits for.
FOR_A_SIGNATURE = re.compile(
    r"doctor must confirm|doctor's (?:signature|decision to confirm)", re.IGNORECASE
)
