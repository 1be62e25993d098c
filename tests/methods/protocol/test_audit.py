"""The audit of a protocol: each fault and each wait by itself."""

from datetime import date

from methods.protocol.audit import Fault, Wait, audit, counts
from methods.protocol.entries import (
    Condition,
    Criterion,
    Looser,
    Method,
    Pathway,
    PathwayStep,
    Protocol,
    RedFlag,
    Relation,
)
from methods.protocol.exclusive import can_hold
from tests.tables import for_each

SITES = {
    code: Condition(code, {"laser": "It is far away.", "knife": "It is far away."})
    for code in [
        "on_face",
        "on_eyelid",
        "on_lip",
        "on_beard",
        "on_brow",
        "on_scalp",
        "on_ear",
        "on_neck",
        "on_chest",
        "on_shoulder_or_back",
        "on_hand",
        "on_finger",
        "on_joint",
        "on_lower_leg",
        "on_other_body",
        "on_hip_or_buttock",
        "on_groin_or_armpit",
        "on_genital",
        "on_nipple",
    ]
}


def rule(kind, *when, **fields):
    fields = {"sources": ("G1",), "reviewed_on": date(2026, 1, 1)} | fields
    return Criterion(kind=kind, when=when, **fields)


def laser(*criteria, relations=(), slug="laser", **fields):
    return Method(
        slug=slug, title=slug, criteria=criteria, relations=tuple(relations), **fields
    )


def report(*methods, conditions=(), looser=(), **fields):
    """Return what the audit says of a protocol in which every site is settled."""
    protocol = Protocol(methods=methods or (laser(),), **fields)
    return audit(protocol, [*SITES.values(), *conditions], looser)


def faults(*methods, **fields):
    """Return (kind, methods, findings, detail) of each fault."""
    return [
        (each.kind, each.methods, each.findings, each.detail)
        for each in report(*methods, **fields).faults
    ]


def waits(*methods, **fields):
    return [
        (each.kind, each.methods, each.findings, each.origin)
        for each in report(*methods, **fields).waits
    ]


def test_a_protocol_whose_cells_are_settled_has_no_fault_and_waits_for_nothing():
    clean = laser(
        rule("indication", "rolling", line="first"),
        rule("precaution", "pregnant", level="doctor"),
        sections={"before_do": ("Tell us if you are pregnant.",)},
    )
    found = report(clean, conditions=[Condition("pregnant")], questions={"pregnant"})
    assert (found.faults, found.waits) == ((), ())


# Holes


def test_a_condition_without_rule_or_word_is_a_hole():
    knows = laser(rule("check", "pregnant"), slug="knife")
    pregnant = Condition("pregnant")
    assert faults(laser(), knows, conditions=[pregnant]) == [
        ("hole", ("laser",), ("pregnant",), "")
    ]
    said = Condition("pregnant", {"laser": "Light does not reach the child."})
    assert faults(laser(), knows, conditions=[said]) == []
    nothing_said = Condition("pregnant", {"laser": ""})
    assert faults(laser(), knows, conditions=[nothing_said]) != []


def test_a_question_of_one_treatments_safety_has_to_be_settled_for_all():
    knife = laser(rule("contraindication", "smoker"), slug="knife")
    asked = {"questions": frozenset({"smoker"})}
    assert faults(laser(), knife, **asked) == [("hole", ("laser",), ("smoker",), "")]


def test_a_question_beside_a_condition_is_no_row_of_its_own():
    knife = laser(
        rule("contraindication", "pregnant", "smoker"),
        rule("check", "pregnant"),
        slug="knife",
    )
    told = Condition("pregnant", {"laser": "Light does not reach the child."})
    asked = {"questions": frozenset({"smoker"})}
    assert faults(laser(), knife, conditions=[told], **asked) == []


def test_a_site_is_settled_or_a_hole():
    found = audit(Protocol(methods=(laser(rule("check", "on_lip")),)), []).faults
    assert {each.findings for each in found} == {
        (code,) for code in SITES if code != "on_lip"
    }
    assert counts(found, Fault)["hole"] == len(SITES) - 1


def test_referrals_and_advice_have_no_cells():
    referral = laser(slug="ref-dermatologist", group="referral")
    advice = laser(slug="sun-protection", group="advice")
    hidden = laser(slug="page-only", is_ranked=False)
    knows = laser(rule("check", "pregnant"))
    pregnant = Condition("pregnant")
    assert faults(knows, referral, advice, hidden, conditions=[pregnant]) == []


# Pages


@for_each(
    ("section", "line", "findings"),
    [
        ("before_do", "Tell us about blood thinners.", ["anticoagulant"]),
        ("before_do_not", "Do not come with a tan.", ["recent_tan", "sunburn_now"]),
        ("cannot", "Not with a pacemaker.", ["pacemaker_icd"]),
        ("risks_rare", "A cold sore may flare.", ["hsv_history", "active_herpes"]),
    ],
)
def test_a_page_that_warns_of_what_no_rule_knows_is_a_fault(section, line, findings):
    page = {section: (line,)}
    assert faults(laser(sections=page)) == [
        ("page_without_rule", ("laser",), tuple(findings), line)
    ]
    assert faults(laser(sections={"steps": (line,)})) == []
    for finding in findings:
        settled = Condition(finding)
        known = laser(rule("check", finding), sections=page)
        assert faults(known, conditions=[settled]) == []


@for_each(
    ("row", "knows"),
    [
        (rule("indication", "keloid_suspected", line="first"), False),
        (rule("indication", "rolling", unless=("keloid_suspected",)), True),
        (rule("not_recommended", "keloid_suspected"), True),
    ],
)
def test_a_method_that_is_for_a_scar_does_not_warn_of_it(row, knows):
    page = {"risks_rare": ("It may leave a keloid.",)}
    kinds = [kind for kind, *_rest in faults(laser(row, sections=page))]
    assert kinds == ([] if knows else ["page_without_rule"])


# Rules


@for_each(
    ("when", "unless", "possible"),
    [
        (["on_face"], [], True),
        (["on_face", "on_beard"], [], True),
        (["on_face", "on_chest"], [], False),
        (["on_eyelid", "on_face"], [], False),
        (["phototype_4", "phototype_4_6"], [], True),
        (["phototype_3", "phototype_4"], [], False),
        (["phototype_5_6"], ["phototype_4_6"], False),
        (["phototype_4_6"], ["phototype_5_6"], True),
        (["scar_3_6", "scar_under_12_months"], [], True),
        (["scar_3_6", "scar_6_12"], [], False),
        (["scar_0_1", "acne_scar"], [], False),
        (["isotretinoin_under_6_months", "isotretinoin_6_to_12_months"], [], False),
        (["pregnant"], ["pregnant"], False),
        (["pregnant"], ["everyone"], False),
        (["pregnant", "on_face"], ["smoker"], True),
        (["everyone"], [], True),
        ([], [], True),
    ],
)
def test_what_excludes_each_other_never_holds(when, unless, possible):
    assert can_hold(when, unless) is possible


def test_a_rule_that_can_never_hold_is_a_fault():
    row = rule("check", "on_face", "on_chest")
    apart = Relation(kind="not_with", methods=("laser",), when=("on_face", "on_ear"))
    assert faults(laser(row, relations=[apart])) == [
        ("never_holds", ("laser",), ("on_face", "on_chest"), "check"),
        ("never_holds", ("laser",), ("on_face", "on_ear"), "not_with"),
    ]


@for_each(
    ("one", "other", "contradict"),
    [
        (rule("contraindication", "a"), rule("indication", "a", line="first"), True),
        (rule("contraindication", "a"), rule("indication", "a", "b"), True),
        (rule("contraindication", "a", "b"), rule("indication", "a"), False),
        (rule("contraindication", "a", unless=("c",)), rule("indication", "a"), False),
        (rule("precaution", "a", level="test"), rule("precaution", "a"), True),
        (rule("precaution", "a"), rule("precaution", "a", level="doctor"), False),
        (rule("deferral", "a"), rule("precaution", "a"), True),
        (rule("deferral", "a"), rule("precaution", "a", unless=("b",)), False),
        (rule("check", "a"), rule("precaution", "a"), False),
        (rule("not_recommended", "a"), rule("indication", "a"), True),
    ],
)
def test_rules_on_the_same_findings_agree(one, other, contradict):
    for rows in ([one, other], [other, one]):
        kinds = [kind for kind, *_rest in faults(laser(*rows))]
        assert kinds == ["contradiction"] * contradict


def test_what_is_said_not_to_be_needed_has_no_rule():
    word = Condition("pregnant", {"laser": "Light does not reach the child."})
    row = rule("precaution", "pregnant", level="doctor")
    assert faults(laser(row), conditions=[word]) == [
        ("contradiction", ("laser",), ("pregnant",), "not needed / precaution doctor")
    ]


def test_a_precaution_for_everyone_is_a_fault():
    row = rule("precaution", "everyone", for_staff="Always.")
    assert faults(laser(row)) == [
        ("for_everyone", ("laser",), ("everyone",), "Always.")
    ]
    assert faults(laser(rule("check", "everyone"))) == []


# Relations, referrals, questions


def test_what_is_related_has_to_be_live():
    needs = Relation(kind="needs", methods=("laser", "gone"))
    row = rule("contraindication", "a", refer=("laser", "ref-nobody"))
    path = Pathway("a", "A", ("a",), (PathwayStep(1, ("laser", "lost")),))
    found = faults(laser(row, relations=[needs]), pathways=(path,))
    assert [each for each in found if each[0] != "circle"] == [
        ("not_live", ("laser",), (), "gone"),
        ("not_live", ("laser",), ("a",), "laser"),
        ("not_live", ("laser",), ("a",), "ref-nobody"),
        ("not_live", (), ("a",), "lost"),
    ]


def test_a_circle_is_a_fault_of_its_scar_type():
    def after(slug, **fields):
        return Relation(
            kind="after", methods=(slug,), scars=("rolling",), is_hard=True, **fields
        )

    one = laser(relations=[after("knife")])
    other = laser(slug="knife", relations=[after("laser")])
    assert faults(one, other) == [
        ("circle", ("knife", "laser", "knife"), ("rolling",), "knife → laser → knife")
    ]
    assert faults(laser(relations=[after("knife")]), laser(slug="knife")) == []


def test_a_red_flag_needs_a_referral():
    flag = RedFlag("rf_ulcer", "Doctor", "Please see a doctor.")
    assert faults(red_flags=(flag,)) == [
        ("flag_without_referral", (), ("rf_ulcer",), "")
    ]
    doctor = laser(
        rule("indication", "rf_ulcer", line="first"),
        slug="ref-dermatologist",
        group="referral",
    )
    assert faults(laser(), doctor, red_flags=(flag,)) == []


def test_a_referral_for_everyone_is_none_of_a_red_flag():
    flag = RedFlag("rf_ulcer", "Doctor", "Please see a doctor.")
    always = laser(
        rule("indication", "everyone", line="first"),
        slug="medical-camouflage",
        group="referral",
    )
    assert faults(laser(), always, red_flags=(flag,)) == [
        ("flag_without_referral", (), ("rf_ulcer",), "")
    ]


def test_a_question_that_nothing_reads_is_a_fault():
    # Derived rules read the history of keloids.
    asked = frozenset({"smoker", "keloid_history_self"})
    assert faults(questions=asked) == [("unused_question", (), ("smoker",), "")]


def test_a_relation_in_capitals_is_a_fault():
    row = rule("check", "a", for_staff="ONLY WITH steroid.", origin="trait:light")
    both = [laser(row), laser(row, slug="knife")]
    assert faults(*both) == [
        ("relation_in_prose", ("laser", "knife"), (), "ONLY WITH steroid.")
    ]


# What waits


def test_a_shared_rule_that_nobody_confirmed_waits_once():
    row = rule("check", "a", reviewed_on=None, origin="condition:a")
    own = rule("check", "b", reviewed_on=None)
    assert waits(laser(row, own), laser(row, slug="knife")) == [
        ("unconfirmed", ("laser", "knife"), ("a",), "condition:a"),
        ("unconfirmed", ("laser",), ("b",), "method:laser"),
    ]


@for_each(
    ("sources", "words", "kind"),
    [
        (["E1", "GK"], "A clinic page.", "for_a_source"),
        (["GK"], "No source seen: the clinic's doctor must confirm.", "for_a_doctor"),
        (["GK", "C1"], "A review.", None),
    ],
)
def test_a_weak_source_waits_for_a_better_one_or_for_a_doctor(sources, words, kind):
    row = rule("check", "a", sources=tuple(sources), for_staff=words)
    expected = [(kind, ("laser",), ("a",), "method:laser")] if kind else []
    assert waits(laser(row)) == expected


def test_a_relation_that_is_not_enforced_waits_for_a_source():
    def then(**fields):
        return Relation(kind="then", methods=("laser",), when=("a",), **fields)

    soft, hard = then(sources=("GK",)), then(sources=("GK",), is_hard=True)
    sourced = then(sources=("G1",))
    found = waits(laser(relations=[soft, sourced]), laser(slug="k", relations=[hard]))
    assert found == [("soft_relation", ("laser",), ("a",), "method:laser")]


def test_a_looser_rule_waits_for_a_doctor():
    looser = Looser("pregnant", ("laser",), "contraindication", "deferral", "LactMed")
    found = report(looser=[looser])
    assert [(each.kind, each.detail) for each in found.waits] == [
        ("looser", "contraindication → deferral")
    ]
    assert counts(found.waits, Wait) == {
        "unconfirmed": 0,
        "for_a_source": 0,
        "for_a_doctor": 0,
        "soft_relation": 0,
        "looser": 1,
    }
