"""The starter catalogue: whole, sourced, and in the clinic's voice."""

import re
import tomllib
from itertools import product

import pytest

from methods import content
from methods.models import (
    METHOD_SECTIONS,
    REFERRAL_SECTIONS,
    SCAR_TYPE_SECTIONS,
    Method,
)
from methods.protocol.circles import circles
from methods.protocol.coded_findings import CODED_FINDINGS, RedFlagCode, ScarTypeCode
from methods.protocol.entries import grade_of
from methods.protocol.vocabulary import (
    WEAK_GRADES,
    CriterionKind,
    Line,
    RelationKind,
)
from methods.publishing import live
from methods.publishing.freezing import CITATION, citations
from tests.tables import for_each

# The clinical reference, 0.1
RANKED = {
    "fractional-ablative-laser",
    "full-field-ablative-laser",
    "non-ablative-fractional-laser",
    "vascular-laser",
    "surgical-excision",
    "subcision",
    "punch-excision",
    "dermabrasion",
    "fruit-acid-peel",
    "mandelic-peel",
    "salicylic-peel",
    "tca-cross",
    "microneedling",
    "microneedling-prp",
    "rf-microneedling",
    "mesotherapy",
    "dermal-filler",
    "steroid-injection",
    "steroid-5fu-injection",
    "cryotherapy",
    "silicone",
    "pressure-therapy",
    "scar-massage",
    "prescription-pigment-cream",
    "blue-clay-mask",
    "almond-oil-massage",
    "essential-oil-massage",
    "bodyaga-mask",
    "nutmeg-mask",
}
VARIANTS = {
    "mandelic-peel": "fruit-acid-peel",
    "salicylic-peel": "fruit-acid-peel",
    "microneedling-prp": "microneedling",
    "steroid-5fu-injection": "steroid-injection",
}
ADVICE = {
    "sun-protection",
    "moisturiser",
    "nothing-needed",
    "wound-dressing",
    "burn-aftercare-question",
}
REFERRALS = {
    "ref-dermatologist",
    "ref-plastic-surgeon",
    "ref-burn-service",
    "ref-radiotherapy",
    "ref-fat-grafting",
    "ref-laser-specialist",
    "ref-therapist",
    "ref-site-specialist",
    "medical-camouflage",
    "psychological-support",
}
# The clinical reference, 1b: what each condition key became.
CONDITIONS = {
    "pregnant": ["pregnant"],
    "breastfeeding": ["breastfeeding"],
    "isotretinoin": ["isotretinoin_under_6_months", "isotretinoin_6_to_12_months"],
    "active_infection_site": ["active_infection_site"],
    "active_herpes": ["active_herpes"],
    "hsv_history": ["hsv_history"],
    "active_acne": ["active_acne_mild", "active_acne_severe"],
    "anticoagulant": ["anticoagulant"],
    "antiplatelet": ["antiplatelet"],
    "bleeding_disorder": ["bleeding_disorder"],
    "keloid_history_self": ["keloid_history_self"],
    "keloid_history_family": ["keloid_history_family"],
    "fitzpatrick": ["phototype_4", "phototype_5_6"],
    "tan_weeks": ["recent_tan"],
    "photosensitising_drug": ["photosensitising_drug"],
    "gold_therapy": ["gold_therapy"],
    "immunosuppressed": ["immunosuppressed"],
    "diabetes": ["diabetes", "diabetes_poor"],
    "pacemaker_icd": ["pacemaker_icd"],
    "metal_implant_at_site": ["metal_implant_at_site"],
    "allergy_lidocaine": ["allergy_lidocaine"],
    "allergy_salicylate": ["allergy_salicylate"],
    "allergy_metal": ["allergy_metal"],
    "allergy_adhesive_silicone": ["allergy_adhesive_silicone"],
    "allergy_nut": ["allergy_nut"],
    "allergy_fragrance": ["allergy_fragrance"],
    "steroid_risk": ["steroid_risk"],
    "vitiligo": ["vitiligo_stable"],
    "psoriasis": ["psoriasis_lp_stable"],
    "lichen_planus": ["psoriasis_lp_stable"],
    "koebner_active": ["koebner_active"],
    "ctd": ["ctd"],
    "eczema_at_site": ["eczema_at_site"],
    "radiotherapy_site": ["radiotherapy_site"],
    "recent_filler_weeks": ["recent_filler"],
    "recent_resurfacing_weeks": ["recent_resurfacing", "resurfacing_under_6_months"],
    "cold_condition": ["cold_condition"],
    "smoker": ["smoker"],
    "age_years": ["under_18", "under_22"],
}
# The clinical reference, 1b and 1c: what by itself excludes a treatment, ...
EXCLUDED_BY = {
    "fractional-ablative-laser": "gold_therapy",
    "full-field-ablative-laser": "gold_therapy keloid_history_self radiotherapy_site "
    "immunosuppressed diabetes_poor ctd",
    "non-ablative-fractional-laser": "gold_therapy",
    "vascular-laser": "gold_therapy",
    "surgical-excision": "koebner_active",
    "subcision": "keloid_history_self bleeding_disorder koebner_active",
    "punch-excision": "koebner_active",
    "dermabrasion": "keloid_history_self bleeding_disorder immunosuppressed "
    "diabetes_poor ctd radiotherapy_site",
    "fruit-acid-peel": "eczema_at_site ctd radiotherapy_site",
    "mandelic-peel": "eczema_at_site ctd radiotherapy_site",
    "salicylic-peel": "eczema_at_site ctd radiotherapy_site pregnant "
    "allergy_salicylate",
    "tca-cross": "radiotherapy_site",
    "microneedling": "keloid_suspected bleeding_disorder diabetes_poor ctd "
    "radiotherapy_site eczema_at_site psoriasis_lp_stable",
    "microneedling-prp": "keloid_suspected bleeding_disorder diabetes_poor ctd "
    "radiotherapy_site eczema_at_site psoriasis_lp_stable",
    "rf-microneedling": "pacemaker_icd metal_implant_at_site keloid_history_self ctd "
    "immunosuppressed bleeding_disorder diabetes_poor",
    "mesotherapy": "keloid_history_self immunosuppressed active_infection_site "
    "bleeding_disorder pregnant breastfeeding scar_0_1 scar_1_3 wound_open",
    "dermal-filler": "under_18 bleeding_disorder allergy_lidocaine",
    "steroid-injection": "pregnant breastfeeding active_infection_site",
    "steroid-5fu-injection": "pregnant breastfeeding trying_to_conceive "
    "active_infection_site",
    "cryotherapy": "cold_condition",
    "silicone": "wound_open",
    "pressure-therapy": "wound_open",
    "scar-massage": "wound_open active_infection_site",
    "prescription-pigment-cream": "pregnant trying_to_conceive",
    "blue-clay-mask": "wound_open active_infection_site",
    "almond-oil-massage": "wound_open active_infection_site allergy_nut",
    "essential-oil-massage": "wound_open active_infection_site allergy_fragrance",
    "bodyaga-mask": "wound_open active_infection_site keloid_history_self hypertrophic",
    "nutmeg-mask": "wound_open active_infection_site allergy_fragrance",
}
# ... and what by itself puts it off.
_LIGHT = "recent_tan pregnant active_herpes active_infection_site recent_filler "
_LIGHT += "recent_resurfacing"
_NEEDLES = "pregnant active_herpes active_infection_site recent_filler "
_NEEDLES += "recent_resurfacing"
_PEEL = "active_herpes active_infection_site wound_open recent_resurfacing"
DEFERRED_BY = {
    "fractional-ablative-laser": _LIGHT,
    "full-field-ablative-laser": f"{_LIGHT} isotretinoin_under_6_months "
    "resurfacing_under_6_months",
    "non-ablative-fractional-laser": _LIGHT,
    "vascular-laser": _LIGHT,
    "surgical-excision": "scar_under_12_months pregnant active_infection_site",
    "subcision": "pregnant active_herpes active_infection_site",
    "punch-excision": "active_infection_site",
    "dermabrasion": "pregnant active_herpes active_infection_site koebner_active "
    "isotretinoin_under_6_months",
    "fruit-acid-peel": f"{_PEEL} recent_facial_surgery",
    "mandelic-peel": f"{_PEEL} recent_facial_surgery",
    "salicylic-peel": f"{_PEEL} recent_facial_surgery",
    "tca-cross": f"{_PEEL} pregnant active_acne_mild active_acne_severe",
    "microneedling": f"{_NEEDLES} active_acne_severe",
    "microneedling-prp": f"{_NEEDLES} active_acne_severe",
    "rf-microneedling": f"{_NEEDLES} eczema_at_site",
    "dermal-filler": "pregnant breastfeeding active_acne_mild active_acne_severe "
    "active_herpes "
    "active_infection_site",
    "cryotherapy": "active_infection_site",
    "silicone": "active_infection_site",
    "prescription-pigment-cream": "eczema_at_site",
}
# What visitors of the founding article look for, and where they find it.
FOUNDING_WAYS = {
    "laser resurfacing": {"fractional-ablative-laser", "full-field-ablative-laser"},
    "intradermal": {"surgical-excision"},
    "subcutaneous excision": {"subcision"},
    "mechanical dermabrasion": {"dermabrasion"},
    "fruit-acid peel": {"fruit-acid-peel"},
    "mesotherapy": {"mesotherapy"},
    "home remedy": {
        "blue-clay-mask",
        "almond-oil-massage",
        "essential-oil-massage",
        "bodyaga-mask",
        "nutmeg-mask",
    },
}
BANNED = re.compile(
    r"\b(best|safe|guarantee[ds]?|painless|flawless|imperfections?|transformations?"
    r"|scores?|perfect|miracles?|recommended for you)\b",
    re.IGNORECASE,
)
WORD = re.compile(r"\S*\w\S*")
STOPPING_A_MEDICINE = re.compile(r"\bstop (taking|your)\b", re.IGNORECASE)

METHODS = {page["slug"]: page for page in content.methods()}
TRAITS = {page["slug"]: page for page in content.traits()}
SCAR_TYPES = {page["code"]: page for page in content.scar_types()}
FINDINGS = content.findings()
SOURCES = content.sources()
PAGES = METHODS | TRAITS | SCAR_TYPES
PATHWAYS = {
    path.stem: tomllib.loads(path.read_text())
    for path in sorted((content.FOLDER / "pathways").glob("*.toml"))
}
CRITERIA = [
    pytest.param(row, id=f"{owner}-{number}-{row['kind']}-{'+'.join(row['when'])}")
    for owner, page in (METHODS | TRAITS).items()
    for number, row in enumerate(page["criteria"], start=1)
]


def told(page):
    """Return all that a visitor or a patient reads of a page."""
    texts = [page.get("title", ""), page.get("summary", "")]
    texts += [*page.get("also_called", ()), *page.get("key_facts", {}).values()]
    texts += [item for items in page.get("sections", {}).values() for item in items]
    texts += [row["for_patient"] for row in page.get("criteria", ())]
    texts += [row["for_patient"] for row in page.get("relations", ())]
    return texts + [row["until"] for row in page.get("criteria", ())]


def sentences(text):
    bare = CITATION.sub("", text)
    return [each for each in re.split(r"(?<=[.!?])\s+", bare) if each.strip()]


# Whole


def test_the_catalogue_is_the_clinics():
    assert METHODS.keys() == RANKED | ADVICE | REFERRALS
    groups = {slug: page["group"] for slug, page in METHODS.items()}
    assert {slug for slug in groups if groups[slug] == "advice"} == ADVICE
    assert {slug for slug in groups if groups[slug] == "referral"} == REFERRALS
    assert all(page["is_ranked"] for page in METHODS.values())


def test_variants_follow_their_main_entry():
    follows = {slug: page["follows"] for slug, page in METHODS.items()}
    assert {slug: main for slug, main in follows.items() if main} == VARIANTS


def test_every_scar_type_has_a_page():
    assert SCAR_TYPES.keys() == set(ScarTypeCode.values)


@for_each("slug", sorted(RANKED))
def test_a_method_tells_all_that_a_visitor_asks(slug):
    page = METHODS[slug]
    assert page["title"]
    assert page["summary"]
    assert page["sections"].keys() == METHOD_SECTIONS.keys()
    assert [name for name, items in page["sections"].items() if not items] == []
    assert [name for name, value in page["key_facts"].items() if not value] == []
    assert "" not in [item for items in page["sections"].values() for item in items]


@for_each("slug", sorted(ADVICE | REFERRALS))
def test_advice_and_a_referral_tell_what_is_needed(slug):
    page = METHODS[slug]
    assert page["title"]
    assert page["summary"]
    assert [name for name in REFERRAL_SECTIONS if not page["sections"][name]] == []
    assert {row["kind"] for row in page["criteria"]} == {"indication"}


@for_each("code", SCAR_TYPES)
def test_a_scar_type_tells_all_that_a_visitor_asks(code):
    page = SCAR_TYPES[code]
    assert page["title"]
    assert page["summary"]
    assert page["sections"].keys() == SCAR_TYPE_SECTIONS.keys()
    assert [name for name, items in page["sections"].items() if not items] == []


@for_each("words", FOUNDING_WAYS)
def test_a_founding_way_is_found_by_its_name(words):
    found = {
        slug
        for slug, page in METHODS.items()
        if any(words in name.lower() for name in [page["title"], *page["also_called"]])
    }
    assert FOUNDING_WAYS[words] <= found


# Findings


@pytest.fixture(scope="module")
def used_codes():
    """Return the codes of all findings that a criterion is about."""
    return {
        code
        for page in [*METHODS.values(), *TRAITS.values(), *content.conditions()]
        for row in page["criteria"]
        for code in row["when"]
    }


@for_each("key", CONDITIONS)
def test_every_condition_of_the_reference_is_a_finding_that_some_rule_uses(
    key, used_codes
):
    for code in CONDITIONS[key]:
        assert code in CODED_FINDINGS.keys() | FINDINGS.keys()
        assert code in used_codes


def test_every_finding_that_code_derives_has_a_use():
    """A rule of the catalogue names it, or a page of its own; gaps ask for the past."""
    pages = [*METHODS.values(), *TRAITS.values(), *content.conditions()]
    pages += content.pathways()
    used = {code for page in pages for code in page.get("when", ())}
    for part, name in product(("criteria", "relations"), ("when", "unless", "scars")):
        rows = [row for page in pages for row in page.get(part, ())]
        used.update(code for row in rows for code in row.get(name, ()))
    used.update(page["code"] for page in content.conditions())
    flags = {code for code, words in FINDINGS.items() if words.get("route")}
    idle = CODED_FINDINGS.keys() - used - flags - set(SCAR_TYPES)
    assert idle == {"earlier_treatments"}


@for_each("slug", sorted(METHODS))
def test_no_rule_of_a_method_stands_twice(slug):
    rows = [
        sorted((name, str(value)) for name, value in row.items())
        for part in ("criteria", "relations", "ceilings")
        for row in METHODS[slug][part]
    ]
    assert [row for number, row in enumerate(rows) if row in rows[:number]] == []


def test_every_red_flag_says_where_to_and_what_the_patient_is_told():
    assert {code for code, words in FINDINGS.items() if words.get("route")} == set(
        RedFlagCode.values
    )
    for code in RedFlagCode.values:
        assert FINDINGS[code]["advice"]


@for_each("code", [code for code in FINDINGS if code not in CODED_FINDINGS])
def test_a_health_question_is_asked_on_some_page(code):
    words = FINDINGS[code]
    assert words["label"]
    assert "?" in words["question"]
    assert words["group"]


@for_each("code", RedFlagCode.values)
def test_every_red_flag_has_a_referral(code):
    assert {
        slug
        for slug in REFERRALS
        for row in METHODS[slug]["criteria"]
        if code in row["when"] and not row["unless"]
    }


# Criteria


@for_each("row", CRITERIA)
def test_a_criterion_is_whole(row):
    known = CODED_FINDINGS.keys() | FINDINGS.keys()
    assert row["kind"] in CriterionKind.values
    assert row["when"]
    assert {*row["when"], *row["unless"]} <= known
    assert set(row["when"]) & set(row["unless"]) == set()
    assert row["sources"]
    assert row["for_patient"]
    assert row["for_staff"]
    assert (row["line"] in Line.values) == (row["kind"] == "indication")
    assert bool(row["until"]) == (row["kind"] == "deferral")


@for_each("row", CRITERIA)
def test_a_criterion_with_weak_sources_only_tells_staff_so(row):
    grades = {grade_of(code) for code in row["sources"]}
    if grades <= WEAK_GRADES:
        assert "grade E" in row["for_staff"] or "GK" in row["for_staff"]


@for_each("slug", sorted(RANKED))
def test_a_published_method_says_what_it_is_for_or_not_for_and_when_to_take_care(
    slug, published
):
    method = published[slug]
    kinds = {each.kind for each in method.criteria}
    assert kinds & {"indication", "not_recommended"}
    assert kinds & {"contraindication", "deferral"}
    assert any("pregnant" in each.when for each in method.criteria) or slug in {
        "silicone",
        "pressure-therapy",
        "scar-massage",
        "blue-clay-mask",
        "almond-oil-massage",
        "bodyaga-mask",
        "nutmeg-mask",
    }


@pytest.fixture
def published(db):
    """Return {slug: `Method`} of all that is live."""
    return {each.slug: each for each in live.methods()}


@pytest.fixture
def alone(published):
    """Return a function: the findings that by themselves make a method this kind."""

    def codes(slug, kind):
        return {
            each.when[0]
            for each in published[slug].criteria_of(kind)
            if len(each.when) == 1 and not each.unless
        }

    return codes


@for_each("slug", sorted(RANKED))
def test_what_the_reference_excludes_or_defers_is_excluded_or_deferred(slug, alone):
    excluded, deferred = alone(slug, "contraindication"), alone(slug, "deferral")
    assert set(EXCLUDED_BY[slug].split()) - excluded == set()
    assert set(DEFERRED_BY.get(slug, "").split()) - deferred == set()


def test_isotretinoin_puts_off_only_what_the_consensus_names(alone):
    waiting = {
        slug
        for slug in RANKED
        if "isotretinoin_under_6_months" in alone(slug, "deferral")
    }
    assert waiting == {"full-field-ablative-laser", "dermabrasion"}


@for_each("kind", ["contraindication", "deferral"])
@for_each("drug", ["anticoagulant", "antiplatelet"])
def test_a_blood_thinner_never_excludes_nor_defers(drug, kind, alone):
    assert [slug for slug in sorted(RANKED) if drug in alone(slug, kind)] == []


@for_each("slug", sorted(FOUNDING_WAYS["home remedy"] | {"mesotherapy"}))
def test_a_home_remedy_is_an_adjunct_at_most_and_on_request(slug, published):
    indications = published[slug].criteria_of(CriterionKind.INDICATION)
    assert {each.line for each in indications} <= {"adjunct"}
    assert all("asked_for" in each.when for each in indications)


@for_each("slug", ["mesotherapy", "bodyaga-mask", "nutmeg-mask"])
def test_what_is_advised_against_is_no_option_by_a_wish_either(slug, published):
    assert published[slug].criteria_of(CriterionKind.INDICATION) == []
    assert ("everyone",) in {
        each.when for each in published[slug].criteria_of("not_recommended")
    }


@for_each("slug", sorted(RANKED - FOUNDING_WAYS["home remedy"]))
def test_a_wish_alone_opens_no_treatment(slug):
    assert [
        row for row in METHODS[slug]["criteria"] if "asked_for" in row["when"]
    ] == []


def test_the_loaded_catalogue_is_what_the_files_say(published):
    assert published.keys() == METHODS.keys()
    for slug, page in METHODS.items():
        own = [row for row in published[slug].criteria if not row.origin]
        assert [(row.kind, row.for_staff) for row in own] == [
            (row["kind"], row["for_staff"]) for row in page["criteria"]
        ]
    assert not Method.objects.filter(live_revision=None).exists()


@for_each("row", CRITERIA)
def test_no_criterion_says_in_prose_what_a_relation_says(row):
    assert not re.search(r"ONLY WITH|REQUIRES FIRST", row["for_staff"])


@for_each("row", CRITERIA)
def test_a_precaution_for_everybody_is_a_check_instead(row):
    assert (row["kind"], row["when"]) != ("precaution", ["everyone"])


# Relations


@for_each("slug", sorted(slug for slug in METHODS if METHODS[slug]["relations"]))
def test_every_relation_is_whole(slug):
    for row in METHODS[slug]["relations"]:
        assert row["kind"] in RelationKind.values
        assert row["methods"]
        assert set(row["methods"]) <= METHODS.keys()
        assert set(row["scars"]) <= set(ScarTypeCode.values)
        assert set(row["when"]) <= CODED_FINDINGS.keys() | FINDINGS.keys()
        assert row["sources"]
        assert set(row["sources"]) <= SOURCES.keys()
        assert row["for_patient"]
        assert row["for_staff"]
        if {grade_of(code) for code in row["sources"]} <= WEAK_GRADES:
            assert re.search(r"grade E|GK", row["for_staff"])
        if row["kind"] == "not_with":
            assert row["weeks"] is not None
            assert row["weeks_dark"] is None or row["weeks_dark"] >= row["weeks"]
        if row["kind"] == "needs" and row["is_hard"]:
            assert slug not in row["methods"]


def test_no_scar_type_is_led_in_a_circle(published):
    assert circles(published.values()) == []


def test_a_keloid_is_treated_in_company(published):
    hard = {
        slug: {
            other
            for row in published[slug].relations
            if row.kind == "needs" and row.is_hard and "keloid_suspected" in row.scars
            for other in row.methods
        }
        for slug in published
    }
    steroid = {"steroid-injection", "steroid-5fu-injection"}
    assert {slug: others for slug, others in hard.items() if others} == {
        "surgical-excision": steroid | {"ref-radiotherapy"},
        "vascular-laser": steroid,
        "fractional-ablative-laser": steroid,
        "silicone": steroid,
    }


def test_a_visit_has_its_ceilings(published):
    assert {
        (slug, row.substance, row.reason_above, row.refuse_above)
        for slug in published
        for row in published[slug].ceilings
    } == {
        ("steroid-injection", "triamcinolone", 30, 40),
        ("steroid-5fu-injection", "triamcinolone", 30, 40),
        ("steroid-5fu-injection", "fluorouracil", 100, 150),
        ("dermal-filler", "hyaluronic acid filler", 2, None),
    }


# Pathways


def test_every_scar_type_has_its_pathway():
    starts = {code for page in PATHWAYS.values() for code in page["when"]}
    assert set(ScarTypeCode.values) - {"not_closed"} <= starts
    assert len(PATHWAYS) == 27


@for_each("code", PATHWAYS)
def test_a_pathway_is_whole(code):
    page = PATHWAYS[code]
    assert page["title"]
    assert page["response"]
    assert set(page["when"]) <= CODED_FINDINGS.keys()
    assert [step["number"] for step in page["steps"]] == list(
        range(1, len(page["steps"]) + 1)
    )
    for step in page["steps"]:
        assert step["enter"]
        assert step["measure"]
        assert step["next"]
        for unit in ("sessions", "weeks"):
            assert step.get(f"{unit}_from", 0) <= step.get(f"{unit}_to", 0)
        cited = step["sources"] + CITATION.findall(page["response"] + page["contested"])
        assert step["sources"]
        assert set(step["methods"]) <= METHODS.keys()
        assert set(cited) <= SOURCES.keys()


# Sources


@for_each("name", PAGES)
def test_every_source_that_is_cited_is_in_the_list(name):
    assert set(citations(PAGES[name])) <= SOURCES.keys()


@for_each("name", PAGES)
def test_every_bracket_is_a_citation(name):
    for text in [
        *told(PAGES[name]),
        *(row["contested"] for row in PAGES[name].get("criteria", ())),
    ]:
        assert re.findall(r"\[[^]]*\]", text) == [
            found.group() for found in CITATION.finditer(text)
        ]


@for_each("code", PATHWAYS)
def test_every_bracket_of_a_pathway_is_a_source_in_the_list(code):
    brackets = re.findall(r"\[([^]]*)\]", " ".join(on_the_desk(PATHWAYS[code])))
    assert set(brackets) <= SOURCES.keys()


def test_every_source_of_a_finding_is_in_the_list():
    cited = {code for words in FINDINGS.values() for code in words.get("sources", ())}
    assert cited <= SOURCES.keys()


# Voice

ASKED_AND_TOLD = ("question", "hint", "advice")


def on_the_desk(pathway):
    """Return all that staff read of a pathway."""
    texts = [pathway["title"], pathway["response"], pathway["contested"]]
    parts = ("enter", "dose", "measure", "next")
    return texts + [row.get(name, "") for row in pathway["steps"] for name in parts]


VOICED = [
    *(pytest.param(told(page), id=name) for name, page in PAGES.items()),
    *(pytest.param(on_the_desk(page), id=code) for code, page in PATHWAYS.items()),
    *(
        pytest.param([words.get(each, "") for each in ASKED_AND_TOLD], id=code)
        for code, words in FINDINGS.items()
    ),
]


@for_each("texts", VOICED)
def test_no_text_promises_or_sells(texts):
    assert [text for text in texts if BANNED.search(text) or "!" in text] == []


@for_each("texts", VOICED)
def test_no_sentence_runs_over_twenty_words(texts):
    assert [
        each
        for text in texts
        for each in sentences(text)
        if len(WORD.findall(each)) > 20
    ] == []


@for_each("texts", VOICED)
def test_nobody_is_told_to_stop_a_medicine(texts):
    assert [text for text in texts if STOPPING_A_MEDICINE.search(text)] == []


@for_each("slug", METHODS)
@for_each("section", ["before_do_not", "after_do_not"])
def test_every_do_not_says_do_not(slug, section):
    items = METHODS[slug]["sections"][section]
    assert [item for item in items if not item.startswith("Do not")] == []


def test_who_is_sent_to_a_doctor_for_growth_is_flagged_for_the_same():
    """The sources speak of injections [C10] [G8]: so do the flag, and every page."""
    asked = FINDINGS["rf_treated_grew"]["question"]
    assert "in spite of steroid injections" in asked
    for path in sorted(content.FOLDER.rglob("*.toml")):
        for found in re.findall(r"gr[eo]ws? in spite of[^.\"]*", path.read_text()):
            assert "injections" in found, (path.name, found)
