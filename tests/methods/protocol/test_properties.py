"""What must hold of the clinic's own protocol for every patient, not for examples.

The patients are drawn at random, but the same ones at every run.
"""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from methods import content
from methods.protocol.cards import VERDICTS
from methods.protocol.coded_findings import CODED_FINDINGS, RedFlagCode
from methods.protocol.engine import of_one_person, suggest
from methods.protocol.facts import read
from methods.protocol.vocabulary import OPTIONS, BodySite, CriterionKind, ScarCause
from methods.publishing import live
from tests.tables import for_each

# For the fixture below: pytest-django makes a test database only where a test is marked
# so, and without one it would read the developer's own.
pytestmark = pytest.mark.django_db

QUESTIONS = [code for code in content.findings() if code not in CODED_FINDINGS]
HOME_REMEDIES = {
    "blue-clay-mask",
    "almond-oil-massage",
    "essential-oil-massage",
    "bodyaga-mask",
    "nutmeg-mask",
}

SCAR = {
    "scar_cause": [each for each in ScarCause.values if each != "none_remembered"],
    "scar_age_months": [0, 1, 3, 5.9, 6, 7, 11.9, 12, 24, 25, 300],
    "body_site": BodySite.values,
    "elevation": ["raised", "flat", "depressed", "mixed"],
    "beyond_edges": ["yes", "no", "no", "unsure"],
    "still_growing": ["yes", "no"],
    "pit_shape": ["pinhole", "sharp_edge_round", "wavy", "none", "mixed"],
    "pit_width_mm": [1, 1.5, 2, 3, 4, 5],
    "pit_depth": ["shallow", "deep", "unsure"],
    "flattens_on_stretch": ["yes", "no"],
    "colour": ["red", "brown", "white", "skin", "mixed"],
    "width": ["fine_line", "wide"],
    "stripes": ["none", "none", "red_purple", "white_silver"],
    "large_area": ["yes", "no"],
    "itch": [1, 4, 7],
    "pain": [1, 4, 7],
    "visible_at_50cm": ["yes", "no"],
    "makeup_covers": ["yes", "no"],
    "fitzpatrick": [1, 2, 3, 4, 5, 6],
    "prior_treatments": [
        [],
        ["silicone"],
        ["steroid-injection"],
        ["surgical-excision"],
    ],
    "prior_response": ["good", "insufficient"],
    "wants": [[], ["mesotherapy"], ["nutmeg-mask", "blue-clay-mask"]],
}
# A healthy answer, and what it may turn into.
HEALTH = {
    "wound_closed": ("yes", ["no"]),
    "age_years": (30, [21, 17, 12]),
    "tight_limits_movement": ("no", ["yes"]),
    "pulls_feature": ("none", ["eyelid", "lip", "nostril"]),
    "active_acne": ("none", ["mild", "moderate_severe"]),
    "isotretinoin": ("never", ["current"]),
    "diabetes": ("none", ["controlled", "poor"]),
    "ctd": ("none", ["lupus"]),
    "tan_weeks": (None, [0, 1, 5.9]),
    "recent_filler_weeks": (None, [0, 1.9]),
    "recent_resurfacing_weeks": (None, [0, 3.9, 25.9]),
    "self_harm_status": ("none", ["ongoing", "recent_12m"]),
    "bdd_screen": ("negative", ["positive"]),
} | {code: ("no", ["yes"]) for code in [*QUESTIONS, *RedFlagCode.values]}
HEALTHY = {name: good for name, (good, _) in HEALTH.items()}
TURNS = [
    (name, worse) for name, (_, bad) in HEALTH.items() for worse in [*bad, "unknown"]
]
HARMLESS_TURNS = [
    (name, worse)
    for name, worse in TURNS
    if name in {*QUESTIONS, "isotretinoin", "diabetes", "tan_weeks", "active_acne"}
]
STOPS = [
    {"scar_cause": "none_remembered"},
    {"tight_limits_movement": "yes"},
    {"pulls_feature": "lip"},
    {"scar_cause": "self_harm", "self_harm_status": "ongoing"},
    {"scar_cause": "self_harm", "self_harm_status": "recent_12m"},
    {"bdd_screen": "positive"},
    {"age_years": 15},
    {"age_years": 17},
    {
        "elevation": "raised",
        "prior_treatments": ["steroid-injection"],
        "prior_response": "worse",
    },
    *({code: "yes"} for code in RedFlagCode.values),
]

scars = st.builds(
    lambda scar, forgotten: scar | dict.fromkeys(forgotten, "unknown"),
    st.fixed_dictionaries({name: st.sampled_from(SCAR[name]) for name in SCAR}),
    st.sets(st.sampled_from([*SCAR]), max_size=3),
)
ailments = st.lists(st.sampled_from(HARMLESS_TURNS), max_size=3).map(dict)
patients = st.builds(lambda scar, ill: HEALTHY | scar | ill, scars, ailments)


def repeatable(runs):
    return settings(max_examples=runs, deadline=None, derandomize=True)


class Clinic:
    """The live protocol, read once: the engine itself needs no database."""

    def __init__(self, protocol):
        self.protocol = protocol
        self.ranked = [each for each in protocol.methods if each.is_ranked]

    def read(self, raw):
        return read(raw, self.protocol)

    def answer(self, raw):
        return suggest(self.read(raw), self.protocol)

    def verdicts(self, raw):
        return {card.method: card.verdict for card in self.answer(raw).cards}


@pytest.fixture(scope="module")
def clinic(django_db_setup, django_db_blocker):
    with django_db_blocker.unblock():
        return Clinic(live.protocol())


def indicated_by(method, finding):
    """Return whether a finding is itself a reason for a treatment."""
    return any(
        finding in each.when for each in method.criteria_of(CriterionKind.INDICATION)
    )


def improved(clinic, before, after, *, unless_indicated_by):
    """Return the methods whose verdict, in {slug: verdict}, became better.

    What was not indicated may become so where the changed finding is the reason for it.
    """
    return [
        method.slug
        for method in clinic.ranked
        if VERDICTS[after[method.slug]] < VERDICTS[before[method.slug]]
        and not (
            before[method.slug] == "not-indicated"
            and indicated_by(method, unless_indicated_by)
        )
    ]


@repeatable(400)
@given(raw=patients, stop=st.sampled_from(STOPS))
def test_a_red_flag_leaves_no_option(clinic, raw, stop):
    answer = clinic.answer(raw | stop)
    assert answer.red_flags
    assert {card.verdict for card in answer.cards} == {"contraindicated"}


@repeatable(200)
@given(raw=patients, other=patients, stop=st.sampled_from(STOPS))
def test_a_red_flag_on_one_scar_leaves_no_option_on_another(clinic, raw, other, stop):
    facts = [clinic.read(each) for each in (other, raw | stop)]
    for answer in of_one_person(facts, clinic.protocol):
        assert {card.verdict for card in answer.cards} == {"contraindicated"}


@repeatable(600)
@given(raw=patients, turns=st.lists(st.sampled_from(TURNS), min_size=5, max_size=5))
def test_a_worse_or_unknown_answer_never_improves_a_verdict(clinic, raw, turns):
    as_drawn = clinic.verdicts(raw)
    for name, worse in turns:
        before = raw | {name: HEALTHY[name]}
        better = improved(
            clinic,
            as_drawn if before == raw else clinic.verdicts(before),
            clinic.verdicts(raw | {name: worse}),
            unless_indicated_by=name if worse != "unknown" else "",
        )
        assert (name, worse, better) == (name, worse, [])


@for_each("turn", TURNS)
def test_no_worse_or_unknown_answer_is_without_a_test(clinic, turn):
    name, worse = turn
    assert clinic.read({name: HEALTHY[name]}) != clinic.read({name: worse})


@repeatable(300)
@given(raw=patients, names=st.sets(st.sampled_from([*SCAR, *HEALTH]), min_size=1))
def test_a_missing_answer_is_an_unknown_one(clinic, raw, names):
    left_out = {name: value for name, value in raw.items() if name not in names}
    unknown = raw | dict.fromkeys(names, "unknown")
    assert clinic.answer(left_out) == clinic.answer(unknown)


@repeatable(200)
@given(raw=patients)
def test_the_same_facts_give_the_same_answer_in_whatever_order(clinic, raw):
    backwards = dict(reversed(raw.items()))
    assert clinic.answer(raw) == clinic.answer(backwards)


@repeatable(300)
@given(raw=patients)
def test_every_ranked_method_has_one_card_and_options_stand_first(clinic, raw):
    cards = clinic.answer(raw).cards
    ranked = [method.slug for method in clinic.ranked]
    assert sorted(card.method for card in cards) == sorted(ranked)
    places = [VERDICTS[card.verdict] for card in cards]
    assert places == sorted(places)


BECAUSE_OF = {
    "suggested": {"indication"},
    "caution": {"precaution", "unknown"},
    "deferred": {"deferral"},
    "not-indicated": {"not_recommended", "not_indicated"},
    "contraindicated": {"contraindication", "red_flag"},
}


@repeatable(400)
@given(raw=patients, turns=st.lists(st.sampled_from(TURNS), max_size=2).map(dict))
def test_every_verdict_says_why_in_findings_that_exist(clinic, raw, turns):
    answer = clinic.answer(raw | turns)
    codes = CODED_FINDINGS.keys() | clinic.protocol.questions
    for card in answer.cards:
        assert BECAUSE_OF[card.verdict] & {reason.kind for reason in card.reasons}
        assert all(reason.findings for reason in card.reasons)
        assert {code for each in card.reasons for code in each.findings} <= codes
        if card.verdict in OPTIONS:
            assert card.line
            assert "indication" in {reason.kind for reason in card.reasons}
        assert bool(card.until) == (card.verdict == "deferred")
        assert not (card.ask and card.verdict == "suggested")
        for code in card.ask:
            assert answer.findings[code] is None


@repeatable(300)
@given(raw=patients, turns=st.lists(st.sampled_from(TURNS), max_size=2).map(dict))
def test_a_wish_never_lifts_a_safety_effect(clinic, raw, turns):
    wishes = [method.slug for method in clinic.ranked]
    before = raw | turns
    assert not improved(
        clinic,
        clinic.verdicts(before | {"wants": []}),
        clinic.verdicts(before | {"wants": wishes}),
        unless_indicated_by="asked_for",
    )


@repeatable(300)
@given(raw=patients)
def test_a_home_remedy_is_never_the_first_option(clinic, raw):
    first = clinic.answer(raw | {"wants": sorted(HOME_REMEDIES)}).cards[0]
    assert not (first.method in HOME_REMEDIES and first.verdict in OPTIONS)


@repeatable(300)
@given(raw=patients)
def test_mesotherapy_is_never_the_first_option(clinic, raw):
    first = clinic.answer(raw | {"wants": ["mesotherapy"]}).cards[0]
    assert not (first.method == "mesotherapy" and first.verdict in OPTIONS)
