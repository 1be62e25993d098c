"""What methods say of each other: each kind of relation, hard and soft."""

from methods.protocol.engine import suggest
from methods.protocol.entries import Criterion, Method, Protocol, Relation
from methods.protocol.facts import Facts, Treatment
from methods.protocol.relations import WEEKS_A_MONTH, After
from tests.tables import for_each

QUESTIONS = frozenset({"late", "careful", "barred", "possible", "about"})
NO = dict.fromkeys(QUESTIONS, False)
HYPERTROPHIC = {"elevation": "raised", "beyond_edges": "no", "still_growing": False}
FLAT = {"elevation": "flat", "beyond_edges": "no"}


def row(kind, when, **fields):
    if kind == "indication":
        fields.setdefault("line", "first")
    return Criterion(kind=kind, when=(when,), **fields)


def method(slug, *relations, rows=None, **fields):
    rows = (row("indication", "everyone"),) if rows is None else rows
    return Method(slug=slug, title=slug, criteria=rows, relations=relations, **fields)


def relation(kind, *methods, **fields):
    fields = {"for_patient": "Together only.", "for_staff": "It needs it."} | fields
    return Relation(kind=kind, methods=methods, **fields)


# May be anything, as the questions are answered.
PARTNER = method(
    "injection",
    rows=(
        row("indication", "everyone"),
        row("contraindication", "barred"),
        row("deferral", "late", until="it is over"),
        row("precaution", "careful"),
    ),
)


def cards(*methods, answers=(), **facts):
    told = HYPERTROPHIC | {"prior_treatments": ()} | facts
    facts = Facts(answers=NO | dict(answers), **told)
    protocol = Protocol(methods=methods, questions=QUESTIONS)
    return {card.method: card for card in suggest(facts, protocol).cards}


# Needs

STATES = [
    ({}, "suggested"),
    ({"careful": True}, "suggested"),
    ({"careful": None}, "suggested"),
    ({"late": True}, "deferred"),
    ({"late": None}, "undetermined"),
    ({"barred": None}, "undetermined"),
    ({"barred": True}, "not-indicated"),
]


@for_each(("answers", "verdict"), STATES)
@for_each("kind", ["needs", "after"])
def test_a_method_is_no_option_without_the_one_that_it_needs(answers, verdict, kind):
    excision = method("excision", relation(kind, "injection", is_hard=True))
    card = cards(excision, PARTNER, answers=answers)["excision"]
    assert card.verdict == verdict
    if verdict != "suggested":
        [told] = [each for each in card.reasons if each.kind == "needs"]
        assert (told.rationale, told.for_patient) == ("It needs it.", "Together only.")
        assert not card.is_option


@for_each("answers", [answers for answers, _verdict in STATES])
@for_each("kind", ["needs", "after"])
def test_a_soft_relation_takes_no_method_out(answers, kind):
    excision = method("excision", relation(kind, "injection"))
    assert cards(excision, PARTNER, answers=answers)["excision"].verdict == "suggested"


def test_a_partner_that_is_not_in_the_catalogue_is_none():
    excision = method("excision", relation("needs", "injection", is_hard=True))
    assert cards(excision)["excision"].verdict == "not-indicated"


def test_any_one_of_several_partners_is_enough():
    excision = method(
        "excision", relation("needs", "injection", "silicone", is_hard=True)
    )
    found = cards(excision, PARTNER, method("silicone"), answers={"barred": True})
    assert found["excision"].verdict == "suggested"
    assert found["excision"].together == ("silicone",)


def test_of_several_partners_the_nearest_to_an_option_counts():
    excision = method(
        "excision", relation("needs", "injection", "silicone", is_hard=True)
    )
    late = method(
        "silicone",
        rows=(
            row("indication", "everyone"),
            row("deferral", "careful", until="later"),
        ),
    )
    answers = {"barred": True, "careful": True}
    found = cards(excision, PARTNER, late, answers=answers)
    assert found["excision"].verdict == "deferred"
    assert found["excision"].until == "Together only."


def test_who_waits_for_a_partner_names_no_days():
    excision = method("excision", relation("needs", "injection", is_hard=True))
    card = cards(excision, PARTNER, answers={"late": True})["excision"]
    assert (card.until, card.until_days) == ("Together only.", None)


@for_each(
    ("facts", "verdict"),
    [
        (HYPERTROPHIC, "not-indicated"),
        (FLAT, "suggested"),
        # It may be one: then the partner is missing.
        ({"elevation": None}, "undetermined"),
    ],
)
def test_a_relation_for_a_scar_type_concerns_no_other(facts, verdict):
    needs = relation("needs", "injection", scars=("hypertrophic",), is_hard=True)
    rows = (row("indication", "hypertrophic"), row("indication", "everyone"))
    excision = method("excision", needs, rows=rows)
    found = cards(excision, PARTNER, answers={"barred": True}, **facts)
    # The indication by the scar type falls, that for everyone does not.
    assert found["excision"].verdict == "suggested"
    excision = method("excision", needs, rows=rows[:1])
    found = cards(excision, PARTNER, answers={"barred": True}, **facts)
    expected = {"suggested": "not-indicated"}.get(verdict, verdict)
    assert found["excision"].verdict == expected


@for_each(
    ("about", "verdict"),
    [(True, "not-indicated"), (False, "suggested"), (None, "undetermined")],
)
def test_a_relation_holds_only_where_its_findings_are_present(about, verdict):
    needs = relation("needs", "injection", when=("about",), is_hard=True)
    excision = method("excision", needs)
    answers = {"barred": True, "about": about}
    assert cards(excision, PARTNER, answers=answers)["excision"].verdict == verdict


@for_each(("line", "left"), [("first", "second"), ("second", "first"), ("", "")])
def test_a_relation_of_a_line_takes_out_that_line_only(line, left):
    rows = (
        row("indication", "everyone", line="first"),
        row("indication", "hypertrophic", line="second"),
    )
    needs = relation("needs", "injection", line=line, is_hard=True)
    card = cards(
        method("excision", needs, rows=rows), PARTNER, answers={"barred": True}
    )["excision"]
    assert card.line == left
    assert card.verdict == ("suggested" if left else "not-indicated")


def test_who_loses_a_partner_is_none_for_another():
    chain = [
        method("a", relation("needs", "b", is_hard=True)),
        method("b", relation("needs", "c", is_hard=True)),
        method("c", relation("needs", "injection", is_hard=True)),
    ]
    found = cards(*chain, PARTNER, answers={"barred": True})
    assert {found[slug].verdict for slug in "abc"} == {"not-indicated"}
    assert {cards(*chain, PARTNER)[slug].verdict for slug in "abc"} == {"suggested"}


def test_two_that_need_each_other_stand_and_fall_together():
    laser = method("laser", relation("needs", "injection", is_hard=True))
    both = method(
        "injection",
        relation("needs", "laser", is_hard=True),
        rows=PARTNER.criteria,
    )
    found = cards(laser, both)
    assert [found[slug].verdict for slug in ("laser", "injection")] == ["suggested"] * 2
    found = cards(laser, both, answers={"barred": True})
    assert found["laser"].verdict == "not-indicated"


def test_a_card_names_what_belongs_to_it_and_is_an_option():
    excision = method("excision", relation("needs", "injection", "silicone"))
    found = cards(excision, PARTNER, method("silicone"))
    assert found["excision"].together == ("injection", "silicone")
    found = cards(excision, PARTNER, method("silicone"), answers={"late": True})
    assert found["excision"].together == ("silicone",)


# After


def test_what_comes_first_is_a_step_of_the_plan_and_moves_no_card():
    laser = method(
        "a-laser", relation("after", "injection", sessions=2, weeks=6), position=1
    )
    found = cards(laser, PARTNER)
    assert list(found) == ["injection", "a-laser"] or found["a-laser"].position == 1
    assert found["a-laser"].after == (After("injection", 2, 6),)
    assert cards(laser, PARTNER, answers={"barred": True})["a-laser"].after == ()


@for_each(
    ("told", "is_done"),
    [
        ({"prior_treatments": ("injection",)}, True),
        ({"treatments": (Treatment("injection", 40),)}, True),
        ({"treatments": (Treatment("injection"),)}, True),
        ({"prior_treatments": ()}, False),
        ({"prior_treatments": None}, None),
    ],
)
def test_what_was_done_once_has_come_first(told, is_done):
    laser = method("laser", relation("after", "injection", is_hard=True))
    found = cards(laser, PARTNER, answers={"barred": True}, **told)["laser"]
    verdicts = {True: "suggested", False: "not-indicated", None: "undetermined"}
    assert found.verdict == verdicts[is_done]
    found = cards(laser, PARTNER, **told)["laser"]
    assert found.after == (() if is_done else (After("injection"),))


def test_what_is_needed_beside_it_is_not_done_by_an_earlier_one():
    laser = method("laser", relation("needs", "injection", is_hard=True))
    done = {"prior_treatments": ("injection",)}
    card = cards(laser, PARTNER, answers={"barred": True}, **done)["laser"]
    assert card.verdict == "not-indicated"


# Not with

APART = relation("not_with", "injection", "laser", weeks=4, weeks_dark=8, is_hard=True)
LASER = method("laser", APART)


def after(weeks, slug="injection", **facts):
    months = None if weeks is None else weeks / WEEKS_A_MONTH
    done = (Treatment(slug, months),)
    return cards(LASER, PARTNER, treatments=done, **facts)["laser"]


@for_each(
    ("phototype", "weeks", "verdict"),
    [
        *((light, 3.9, "deferred") for light in (1, 2, 3)),
        *((light, 4.01, "suggested") for light in (1, 2, 3)),
        *((dark, 7.9, "deferred") for dark in (4, 5, 6)),
        *((dark, 8.01, "suggested") for dark in (4, 5, 6)),
        # An unknown phototype counts as the darker.
        (None, 7.9, "deferred"),
        (None, 8.01, "suggested"),
        # Without a date it may have been yesterday.
        (2, None, "undetermined"),
        (2, 0, "deferred"),
    ],
)
def test_weeks_pass_between_two_treatments(phototype, weeks, verdict):
    assert after(weeks, fitzpatrick=phototype).verdict == verdict


def test_a_wait_says_until_when_and_why():
    card = after(3, fitzpatrick=2)
    assert (card.until, card.until_days) == ("Together only.", 7)
    assert [each.kind for each in card.reasons] == ["wait", "indication"]


def test_the_longest_wait_counts_and_one_of_unknown_length_has_no_days():
    laser = method("laser", APART, relation("not_with", "peel", weeks=10, is_hard=True))
    done = {
        "injection": Treatment("injection", 3 / WEEKS_A_MONTH),
        "peel": Treatment("peel", 3 / WEEKS_A_MONTH),
    }
    facts = {"fitzpatrick": 1}
    card = cards(laser, PARTNER, treatments=tuple(done.values()), **facts)["laser"]
    assert (card.verdict, card.until_days) == ("deferred", 49)
    undated = (done["injection"], Treatment("peel"))
    card = cards(laser, PARTNER, treatments=undated, **facts)["laser"]
    assert (card.verdict, card.until_days) == ("deferred", None)


def test_weeks_pass_between_two_sessions_of_the_same_treatment():
    assert after(2, slug="laser", fitzpatrick=1).verdict == "deferred"


@for_each("weeks", [0, None, 3])
def test_another_treatment_is_no_matter(weeks):
    assert after(weeks, slug="peel", fitzpatrick=1).verdict == "suggested"


def test_a_wait_for_another_scar_type_is_none():
    laser = method("laser", relation("not_with", "injection", scars=("pih",), weeks=9))
    done = (Treatment("injection", 0),)
    assert cards(laser, PARTNER, treatments=done)["laser"].verdict == "suggested"


def test_one_that_may_be_of_the_scar_type_of_a_wait_is_not_known():
    laser = method(
        "laser",
        relation(
            "not_with", "injection", scars=("hypertrophic",), weeks=9, is_hard=True
        ),
    )
    done = (Treatment("injection", 0),)
    card = cards(laser, PARTNER, treatments=done, beyond_edges=None)["laser"]
    assert (card.verdict, card.ask) == ("undetermined", ("hypertrophic",))


@for_each("weeks", [0, 3.9, None])
def test_a_soft_wait_asks_for_care_and_takes_no_method_out(weeks):
    laser = method("laser", relation("not_with", "injection", weeks=4))
    months = None if weeks is None else weeks / WEEKS_A_MONTH
    done = (Treatment("injection", months),)
    card = cards(laser, PARTNER, treatments=done, fitzpatrick=1)["laser"]
    assert (card.verdict, card.is_option) == ("caution", True)
    assert "soft_wait" in [each.kind for each in card.reasons]


def test_what_is_ruled_out_does_not_wait():
    laser = method(
        "laser",
        APART,
        rows=(row("indication", "everyone"), row("contraindication", "barred")),
    )
    done = (Treatment("injection", 0),)
    card = cards(laser, PARTNER, treatments=done, answers={"barred": True})["laser"]
    assert card.verdict == "contraindicated"


UNDATED = [
    ({"prior_treatments": ()}, "suggested", ()),
    ({"prior_treatments": ("peel",)}, "suggested", ()),
    # Named, and nobody said when.
    ({"prior_treatments": ("injection",)}, None, ("earlier_treatments",)),
    (
        {"prior_treatments": (), "treatments": (Treatment("injection"),)},
        None,
        ("earlier_treatments",),
    ),
    # Nobody said what was done: it may have been anything.
    ({"prior_treatments": None}, None, ("earlier_treatments",)),
    ({"prior_treatments": None, "treatments": ()}, None, ("earlier_treatments",)),
    (
        {"prior_treatments": None, "treatments": (Treatment("injection", 90),)},
        None,
        ("earlier_treatments",),
    ),
    (
        {
            "prior_treatments": ("injection",),
            "treatments": (Treatment("injection", 90),),
        },
        "suggested",
        (),
    ),
]


@for_each(("facts", "verdict", "ask"), UNDATED)
@for_each(("hard", "open_verdict"), [(True, "undetermined"), (False, "caution")])
def test_what_was_done_before_and_when_is_asked_where_it_blocks(
    facts, verdict, ask, hard, open_verdict
):
    laser = method("laser", relation("not_with", "injection", weeks=4, is_hard=hard))
    card = cards(laser, PARTNER, method("peel"), **facts)["laser"]
    assert (card.verdict, card.ask) == (verdict or open_verdict, ask)
    told = [each.findings for each in card.reasons if each.kind == "unknown"]
    assert told == [ask] * bool(ask)
    assert card.until == ""


def test_an_open_past_is_asked_about_once_however_much_it_blocks():
    slugs = ("injection", "peel", "needling")
    apart = [relation("not_with", slug, weeks=4, is_hard=True) for slug in slugs]
    card = cards(method("laser", *apart), prior_treatments=None)["laser"]
    assert [each.kind for each in card.reasons] == ["indication", "unknown"]


def test_an_open_past_leaves_no_number_of_days():
    facts = {"prior_treatments": None, "fitzpatrick": 1}
    card = after(3, **facts)
    assert (card.verdict, card.until_days) == ("deferred", None)
    assert card.ask == ("earlier_treatments",)


def test_without_weeks_nothing_waits():
    laser = method("laser", relation("not_with", "injection"))
    done = (Treatment("injection"),)
    assert cards(laser, PARTNER, treatments=done)["laser"].verdict == "suggested"
    assert cards(laser, PARTNER, prior_treatments=None)["laser"].verdict == "suggested"


# Then


@for_each("hard", [True, False])
def test_what_comes_next_is_for_the_plan(hard):
    laser = method("laser", relation("then", "injection", sessions=3, is_hard=hard))
    found = cards(laser, PARTNER, answers={"barred": True})["laser"]
    assert (found.verdict, found.together, found.after) == ("suggested", (), ())


@for_each(
    ("told", "verdict"),
    [
        ({"treatments": (Treatment("injection", 9, 3),)}, "suggested"),
        ({"treatments": (Treatment("injection", 9, 2),)}, "not-indicated"),
        (
            {
                "treatments": (
                    Treatment("injection", 9, 2),
                    Treatment("injection", 5, 1),
                )
            },
            "suggested",
        ),
        ({"treatments": (Treatment("injection", 9),)}, "undetermined"),
        ({"prior_treatments": ("injection",)}, "undetermined"),
    ],
)
def test_as_many_sessions_come_first_as_it_takes(told, verdict):
    first = relation("after", "injection", is_hard=True, sessions=3)
    found = cards(method("laser", first), PARTNER, answers={"barred": True}, **told)
    assert found["laser"].verdict == verdict


def test_of_two_partners_that_are_missing_the_one_that_never_comes_decides():
    waits = relation("needs", "injection", is_hard=True)
    never = relation("needs", "nobody", is_hard=True)
    for rows in ((waits, never), (never, waits)):
        found = cards(method("laser", *rows), PARTNER, answers={"late": True})
        assert found["laser"].verdict == "not-indicated"
