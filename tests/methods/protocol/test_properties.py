"""What must hold for every patient, not for examples (see `properties`).

The patients are drawn at random, but the same ones at every run. `benchmarks/properties.py`
takes ten times as many.
"""

import pytest

from methods.protocol.coded_findings import RedFlagCode
from methods.protocol.entries import Criterion, Method, Protocol, RedFlag, Relation
from methods.protocol.facts import read
from methods.publishing import live
from tests.methods.protocol import patients
from tests.methods.protocol.properties import (
    ANYWHERE,
    COSTLY,
    SHIPPED,
    Case,
    a_hard_partner_that_is_out_takes_its_dependent_out,
    an_answer_replaced_by_not_known_makes_no_option,
    failures,
    no_option_has_a_safety_question_that_was_not_put,
    options_stand_first_and_by_line,
    what_an_intake_does_not_ask_changes_no_card,
)
from tests.tables import for_each

PATIENTS = 2000
ON_SYNTHETIC = 400


def row(kind, *when, unless=(), **fields):
    return Criterion(kind=kind, when=when, unless=unless, **fields)


def indicated(*when, line="first", unless=()):
    return row("indication", *when, line=line, unless=unless)


def needs(*methods, **fields):
    return Relation(kind="needs", methods=methods, is_hard=True, **fields)


def method(slug, group, *rows, relations=(), position=0):
    return Method(
        slug=slug,
        title=slug,
        group=group,
        criteria=rows,
        relations=relations,
        position=position,
    )


RAISED = ("hypertrophic", "keloid_suspected", "raised_unsure")
DENTS = ("ice_pick", "boxcar_shallow", "boxcar_deep", "rolling", "atrophic_other")
# A dozen methods with every kind of rule and relation.
SYNTHETIC = Protocol(
    methods=(
        method(
            "silicone",
            "conservative",
            *(indicated(code) for code in (*RAISED, "immature")),
            row("precaution", "allergy_silicone", level="doctor"),
        ),
        method(
            "scar-massage",
            "conservative",
            indicated("immature", line="adjunct"),
            indicated("everyone", line="adjunct", unless=("keloid_suspected",)),
        ),
        method(
            "steroid-injection",
            "injection",
            *(indicated(code) for code in RAISED),
            row("contraindication", "pregnant"),
            row("contraindication", "on_eyelid", refer=("ref-doctor",)),
            row("deferral", "active_herpes", until="it has healed"),
            relations=(Relation("not_with", ("steroid-injection",), weeks=4),),
        ),
        method(
            "surgical-excision",
            "surgery",
            *(indicated(code, line="second") for code in RAISED),
            row("deferral", "scar_under_12_months", until="it is a year old"),
            row("precaution", "anticoagulant"),
            relations=(needs("steroid-injection", scars=("keloid_suspected",)),),
        ),
        method(
            "subcision",
            "needling",
            indicated("rolling"),
            indicated("atrophic_other", line="second"),
            row("contraindication", "anticoagulant"),
        ),
        method(
            "microneedling",
            "needling",
            *(indicated(code, line="second") for code in DENTS),
            row("deferral", "active_acne_mild", until="it is calm"),
            row("precaution", "phototype_4_6", level="technique"),
        ),
        method(
            "microneedling-prp",
            "needling",
            *(indicated(code, line="adjunct") for code in DENTS),
            relations=(needs("microneedling"),),
        ),
        method(
            "laser",
            "laser",
            *(indicated(code) for code in ("red_mature", "pie", "striae_rubra")),
            row("deferral", "recent_tan", until="6 weeks after the sun"),
            row("precaution", "phototype_5_6", level="test"),
            row("contraindication", "isotretinoin_under_6_months"),
            relations=(
                Relation("not_with", ("microneedling",), weeks=4, weeks_dark=8),
                Relation("after", ("silicone",), weeks=12),
            ),
        ),
        method(
            "pigment-cream",
            "topical",
            indicated("pih"),
            row("contraindication", "pregnant"),
            row("not_recommended", "pie"),
        ),
        method(
            "mesotherapy",
            "injection",
            row("indication", "asked_for", line="adjunct"),
            row("contraindication", "pregnant"),
        ),
        method("nutmeg-mask", "home", row("indication", "asked_for", line="adjunct")),
        method("sun-protection", "advice", indicated("everyone")),
        method(
            "ref-doctor",
            "referral",
            *(indicated(code) for code in RedFlagCode.values),
        ),
    ),
    questions=frozenset(
        [
            "pregnant",
            "active_herpes",
            "anticoagulant",
            "allergy_silicone",
            "keloid_history_self",
            "keloid_history_family",
            "radiotherapy_site",
            "immunosuppressed",
        ]
    ),
    red_flags=tuple(RedFlag(code=code, route="Doctor") for code in RedFlagCode.values),
)


@pytest.fixture(scope="module")
def shipped(django_db_setup, django_db_blocker):
    with django_db_blocker.unblock():
        return live.protocol()


def told(found, limit=3):
    return [f"patient {number}: {wrong}\n{raw}" for number, raw, wrong in found[:limit]]


def of_all(protocol, numbers, properties, *, seed):
    """Return what is wrong with any patient; each is worked out once for all properties.

    `properties` returns those that a patient, by number, is held against.
    """
    found = []
    for number in numbers:
        case = Case(number, protocol, seed=seed)
        for prop in properties(number):
            found += [(number, case.raw, f"{prop.__name__}: {w}") for w in prop(case)]
    return found


def test_every_property_holds_of_every_kind_of_rule():
    props = [
        each
        for each in SHIPPED
        if each in ANYWHERE or not each.__name__.startswith(("darker", "no_closed"))
    ]
    numbers = range(ON_SYNTHETIC)
    found = of_all(SYNTHETIC, numbers, lambda _number: props, seed="synthetic")
    assert told(found) == []


# pytest-django makes a test database only where a test is marked so, and without one the
# fixture would read the developer's own.
@pytest.mark.django_db
def test_every_property_holds_of_the_catalogue_that_we_ship(shipped):
    """What asks the engine several times takes its turn of the patients."""
    cheap = [prop for prop in SHIPPED if prop not in COSTLY]

    def properties(number):
        turn = number % (2 * len(COSTLY))
        return [*cheap, *COSTLY[turn : turn + 1]]

    found = of_all(shipped, range(PATIENTS), properties, seed="patients")
    assert told(found) == []


@pytest.mark.django_db
def test_the_patients_are_of_every_kind(shipped):
    cases = [Case(number, shipped) for number in range(300)]
    raws = [case.raw for case in cases]
    for name in ("body_site", "scar_cause", "elevation", "fitzpatrick", "colour"):
        assert {raw[name] for raw in raws} == {*patients.SCAR[name], "unknown"}
    assert any("treatments" in raw for raw in raws)
    # Enough of them have options that a property about options says something.
    assert sum(bool(case.options) for case in cases) > 60


@for_each("turn", [(n, w) for n, (_h, bad) in patients.HEALTH.items() for w in bad])
def test_a_worse_answer_is_another_fact_than_the_healthy_one(turn):
    name, worse = turn
    healthy = patients.HEALTH[name][0]
    assert read({name: healthy}, SYNTHETIC) != read({name: worse}, SYNTHETIC)


def test_a_missing_answer_is_an_unknown_one():
    for number in range(200):
        case = Case(number, SYNTHETIC, seed="missing")
        names = case.random.sample(sorted(case.raw), 8)
        left_out = {name: each for name, each in case.raw.items() if name not in names}
        unknown = case.with_(**dict.fromkeys(names, "unknown"))
        assert Case(number, SYNTHETIC, left_out).answer == unknown.answer


# The properties can fail


def test_a_property_sees_an_option_that_a_forgotten_answer_makes(monkeypatch):
    monkeypatch.setattr(
        "methods.protocol.sorting.holds",
        lambda when, _unless, findings: all(findings.get(code) for code in when),
    )
    numbers = range(ON_SYNTHETIC)
    for prop in (
        an_answer_replaced_by_not_known_makes_no_option,
        no_option_has_a_safety_question_that_was_not_put,
    ):
        assert list(failures(prop, numbers, SYNTHETIC, seed="synthetic"))


def test_a_property_sees_a_question_that_matters_and_is_not_put(monkeypatch):
    put = "tests.methods.protocol.properties.facts_that_matter"
    monkeypatch.setattr(put, lambda _facts, _protocol: frozenset())
    numbers = range(ON_SYNTHETIC)
    prop = what_an_intake_does_not_ask_changes_no_card
    assert list(failures(prop, numbers, SYNTHETIC, seed="synthetic"))


def test_a_property_sees_a_partner_that_is_out(monkeypatch):
    monkeypatch.setattr("methods.protocol.relations.unmet", lambda *_all: None)
    prop = a_hard_partner_that_is_out_takes_its_dependent_out
    numbers = range(ON_SYNTHETIC)
    assert list(failures(prop, numbers, SYNTHETIC, seed="synthetic"))


def test_a_property_sees_an_adjunct_before_a_first_line(monkeypatch):
    monkeypatch.setattr("methods.protocol.cards.LINES", {})
    numbers = range(ON_SYNTHETIC)
    prop = options_stand_first_and_by_line
    assert list(failures(prop, numbers, SYNTHETIC, seed="synthetic"))
