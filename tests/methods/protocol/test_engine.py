"""How criteria become a verdict: each rule of precedence by itself."""

from methods.protocol.dealing import deal, evaluate
from methods.protocol.engine import of_one_person, suggest
from methods.protocol.entries import (
    Criterion,
    Method,
    Protocol,
    RedFlag,
)
from methods.protocol.facts import Facts
from methods.protocol.vocabulary import CriterionKind
from tests.tables import for_each

FLAG = RedFlag(code="rf_ulcer", route="Doctor, urgent", advice="Please see a doctor.")


def rule(kind, *when, unless=(), **fields):
    if kind == "indication":
        fields.setdefault("line", "first")
    if kind == "deferral":
        fields.setdefault("until", "it has passed")
    return Criterion(kind=kind, when=when, unless=tuple(unless), **fields)


def make_method(*criteria, slug="laser", **fields):
    return Method(slug=slug, title=slug.title(), criteria=criteria, **fields)


def dealt(*criteria, facts=None, red_flags=(), unknown_flags=(), **findings):
    return deal(
        make_method(*criteria),
        findings,
        facts or Facts(),
        red_flags=red_flags,
        unknown_flags=unknown_flags,
    )


INDICATED = rule("indication", "pit")


# A criterion


@for_each(
    ("findings", "holds"),
    [
        ({"a": True, "b": True}, True),
        ({"a": True, "b": False}, False),
        ({"a": False, "b": False}, False),
        ({"a": True, "b": None}, None),
        ({"a": None, "b": None}, None),
        ({"a": False, "b": None}, False),
        ({"a": None, "b": False}, False),
        ({"a": True}, None),
        ({}, None),
    ],
)
def test_a_criterion_needs_all_its_findings(findings, holds):
    assert evaluate(rule("precaution", "a", "b"), findings) is holds


@for_each(
    ("findings", "holds"),
    [
        ({"a": True, "b": False, "c": False}, True),
        ({"a": True, "b": True, "c": False}, False),
        ({"a": True, "b": False, "c": True}, False),
        ({"a": True, "b": None, "c": False}, None),
        ({"a": True, "b": None, "c": True}, False),
        ({"a": None, "b": True, "c": False}, False),
        ({"a": False, "b": None, "c": None}, False),
        ({"a": True, "c": False}, None),
    ],
)
def test_a_criterion_does_not_hold_if_one_of_its_exceptions_does(findings, holds):
    assert evaluate(rule("precaution", "a", unless=["b", "c"]), findings) is holds


# A verdict


def test_an_indication_with_nothing_against_is_suggested():
    assert dealt(INDICATED, pit=True).verdict == "suggested"


@for_each("pit", [False, None])
def test_without_an_indication_that_holds_it_is_not_indicated(pit):
    assert dealt(INDICATED, pit=pit).verdict == "not-indicated"


def test_a_method_without_any_criterion_is_not_indicated_and_says_why():
    card = dealt()
    assert card.verdict == "not-indicated"
    assert [(each.kind, each.findings) for each in card.reasons] == [
        ("not_indicated", ("everyone",))
    ]


@for_each(
    ("kind", "verdict"),
    [
        ("precaution", "caution"),
        ("deferral", "deferred"),
        ("contraindication", "contraindicated"),
        ("not_recommended", "suggested"),
        ("check", "suggested"),
    ],
)
def test_what_else_holds_decides_the_verdict_of_what_is_indicated(kind, verdict):
    card = dealt(INDICATED, rule(kind, "x"), pit=True, x=True)
    assert card.verdict == verdict


# Best first; of two that hold, the one further right decides.
PRECEDENCE = ["precaution", "deferral", "contraindication"]
VERDICT_OF = dict(
    zip(PRECEDENCE, ["caution", "deferred", "contraindicated"], strict=True)
)


@for_each("weaker", PRECEDENCE)
@for_each("stronger", PRECEDENCE)
def test_the_stronger_of_two_effects_decides(weaker, stronger):
    weaker, stronger = sorted([weaker, stronger], key=PRECEDENCE.index)
    for rows in ([weaker, stronger], [stronger, weaker]):
        card = dealt(INDICATED, *(rule(kind, "x") for kind in rows), pit=True, x=True)
        assert card.verdict == VERDICT_OF[stronger]


@for_each(
    ("kind", "verdict"),
    [
        ("precaution", "not-indicated"),
        ("deferral", "not-indicated"),
        ("contraindication", "contraindicated"),
    ],
)
def test_what_is_not_indicated_is_neither_careful_nor_late_but_may_be_ruled_out(
    kind, verdict
):
    card = dealt(INDICATED, rule(kind, "x"), pit=False, x=True)
    assert card.verdict == verdict


def test_a_red_flag_stands_above_everything():
    card = dealt(INDICATED, pit=True, red_flags=[FLAG])
    assert card.verdict == "contraindicated"
    assert card.reasons[0].kind == "red_flag"
    assert card.reasons[0].findings == ("rf_ulcer",)
    assert card.reasons[0].rationale == "Doctor, urgent"
    assert card.reasons[0].for_patient == "Please see a doctor."


def test_a_red_flag_stops_also_what_is_not_indicated():
    assert dealt(INDICATED, pit=False, red_flags=[FLAG]).verdict == "contraindicated"


# What is unknown


@for_each("kind", PRECEDENCE)
def test_an_unanswered_safety_question_caps_at_caution_and_is_asked(kind):
    card = dealt(INDICATED, rule(kind, "x"), pit=True, x=None)
    assert card.verdict == "caution"
    assert card.ask == ("x",)
    assert ("unknown", ("x",)) in [(each.kind, each.findings) for each in card.reasons]


def test_an_unanswered_exception_of_a_safety_rule_is_asked_too():
    card = dealt(
        INDICATED, rule("precaution", "x", unless=["y"]), pit=True, x=True, y=None
    )
    assert (card.verdict, card.ask) == ("caution", ("y",))


def test_a_safety_rule_that_can_no_longer_apply_asks_nothing():
    card = dealt(INDICATED, rule("precaution", "x", "y"), pit=True, x=False, y=None)
    assert (card.verdict, card.ask) == ("suggested", ())


def test_only_what_is_unknown_is_asked_and_only_once():
    card = dealt(
        INDICATED,
        rule("precaution", "x", "y"),
        rule("deferral", "y", "z"),
        pit=True,
        x=True,
        y=None,
        z=None,
    )
    assert card.ask == ("y", "z")


@for_each(
    ("kind", "verdict"),
    [("deferral", "deferred"), ("contraindication", "contraindicated")],
)
def test_what_is_unknown_never_softens_a_verdict(kind, verdict):
    card = dealt(INDICATED, rule(kind, "x"), rule("precaution", "y"), pit=True, x=True)
    assert (card.verdict, card.ask) == (verdict, ("y",))


def test_an_unanswered_red_flag_caps_at_caution_and_is_asked():
    card = dealt(INDICATED, pit=True, unknown_flags=["rf_bleed"])
    assert (card.verdict, card.ask) == ("caution", ("rf_bleed",))
    assert [(each.kind, each.findings) for each in card.reasons] == [
        ("indication", ("pit",)),
        ("unknown", ("rf_bleed",)),
    ]


def test_red_flags_are_asked_before_anything_else():
    card = dealt(
        INDICATED, rule("precaution", "x"), pit=True, unknown_flags=["rf_bleed"]
    )
    assert card.ask == ("rf_bleed", "x")


def test_an_unknown_indication_asks_nothing():
    assert dealt(INDICATED, pit=None).ask == ()


# Lines


@for_each(
    ("lines", "best"),
    [
        (["adjunct", "second", "first"], "first"),
        (["adjunct", "second"], "second"),
        (["adjunct"], "adjunct"),
    ],
)
def test_of_several_indications_the_best_line_counts(lines, best):
    findings = ["pit", "deep", "wide"]
    rows = [
        rule("indication", finding, line=line)
        for finding, line in zip(findings, lines, strict=False)
    ]
    card = dealt(*rows, **dict.fromkeys(findings, True))
    assert card.line == best
    assert [each.line for each in card.reasons] == lines


@for_each("lines", [("first", "second"), ("second", "first")])
def test_the_same_findings_in_two_lines_are_told_once_in_the_better(lines):
    rows = [rule("indication", "pit", "deep", line=line) for line in lines]
    card = dealt(*rows, pit=True, deep=True)
    assert [each.line for each in card.reasons] == ["first"]


def test_an_exception_moves_the_same_findings_to_the_later_line():
    rows = [
        rule("indication", "pit", unless=["dark"], line="first"),
        rule("indication", "pit", line="second"),
    ]
    lines = {
        dark: dealt(*rows, pit=True, dark=dark).line for dark in (True, False, None)
    }
    assert lines == {True: "second", False: "first", None: "second"}


def test_an_indication_that_does_not_hold_gives_no_line():
    rows = [
        rule("indication", "x", line="first"),
        rule("indication", "pit", line="second"),
    ]
    assert dealt(*rows, pit=True, x=False).line == "second"
    assert dealt(*rows, pit=False, x=None).line == ""


# Reasons


def test_a_reason_repeats_its_criterion():
    row = rule(
        "precaution",
        "x",
        for_staff="Go slowly.",
        for_patient="We go slowly.",
        sources=("C1", "E2"),
        contested="Others rush [E3].",
    )
    told = dealt(INDICATED, row, pit=True, x=True).reasons[1]
    assert told.kind == "precaution"
    assert told.findings == ("x",)
    assert told.rationale == "Go slowly."
    assert told.for_patient == "We go slowly."
    assert told.sources == ("C1", "E2")
    assert told.contested == "Others rush [E3]."


def test_reasons_are_told_from_the_gravest_to_the_mildest():
    kinds = [
        "check",
        "not_recommended",
        "precaution",
        "indication",
        "deferral",
        "contraindication",
    ]
    card = dealt(
        *(rule(kind, "x") for kind in kinds),
        x=True,
        red_flags=[FLAG],
    )
    assert [each.kind for each in card.reasons] == [
        "red_flag",
        "contraindication",
        "deferral",
        "indication",
        "precaution",
        "check",
    ]


def test_what_is_not_recommended_is_told_only_when_nothing_indicates():
    rows = [INDICATED, rule("not_recommended", "x", for_staff="Too deep.")]
    indicated = dealt(*rows, pit=True, x=True)
    assert [each.kind for each in indicated.reasons] == ["indication"]
    other = dealt(*rows, pit=False, x=True)
    assert [(each.kind, each.rationale) for each in other.reasons] == [
        ("not_recommended", "Too deep.")
    ]


@for_each("x", [False, None])
def test_without_a_better_reason_a_card_names_what_would_indicate_it(x):
    rows = [
        rule("indication", "pit", "deep"),
        rule("indication", "pit", "wide"),
        rule("not_recommended", "x"),
    ]
    card = dealt(*rows, pit=False, x=x)
    assert [(each.kind, each.findings) for each in card.reasons] == [
        ("not_indicated", ("pit", "deep", "wide"))
    ]


@for_each(
    ("x", "told"),
    [
        (True, ["indication", "check"]),
        (None, ["indication", "check"]),
        (False, ["indication"]),
    ],
)
def test_a_check_is_told_unless_it_is_known_not_to_matter(x, told):
    card = dealt(INDICATED, rule("check", "x"), pit=True, x=x)
    assert [each.kind for each in card.reasons] == told
    assert (card.verdict, card.ask) == ("suggested", ())


# Until when


def until(*criteria, **facts):
    codes = {code for each in criteria for code in each.when}
    card = dealt(
        INDICATED,
        *criteria,
        facts=Facts(**facts),
        pit=True,
        **dict.fromkeys(codes, True),
    )
    return card.until, card.until_days


TAN = rule("deferral", "recent_tan", until="6 weeks after the sun")
FILLER = rule("deferral", "recent_filler", until="2 weeks after the filler")
BIRTH = rule("deferral", "pregnant", until="after the birth")


def test_a_wait_that_time_ends_says_how_many_days():
    assert until(TAN, tan_weeks=5) == ("6 weeks after the sun", 7)


def test_a_wait_that_an_event_ends_says_no_days():
    assert until(BIRTH) == ("after the birth", None)


def test_the_longest_of_several_waits_counts():
    assert until(TAN, FILLER, tan_weeks=5, recent_filler_weeks=0) == (
        "6 weeks after the sun; 2 weeks after the filler",
        14,
    )


def test_one_wait_without_an_end_leaves_the_days_open():
    assert until(TAN, BIRTH, tan_weeks=5) == (
        "6 weeks after the sun; after the birth",
        None,
    )


def test_two_waits_in_the_same_words_are_told_once():
    again = rule("deferral", "active_herpes", until="after the birth")
    assert until(BIRTH, again) == ("after the birth", None)


def test_a_wait_on_two_findings_says_no_days():
    both = rule("deferral", "recent_tan", "on_face", until="the tan is gone")
    assert until(both, tan_weeks=5) == ("the tan is gone", None)


@for_each("kind", sorted({*CriterionKind.values} - {"deferral"}))
def test_only_what_is_deferred_says_until_when(kind):
    card = dealt(INDICATED, rule(kind, "x"), TAN, pit=True, x=True, recent_tan=False)
    assert (card.until, card.until_days) == ("", None)


# A protocol


def make_protocol(*methods, questions=(), red_flags=()):
    return Protocol(
        methods=methods, questions=frozenset(questions), red_flags=red_flags
    )


def in_order(facts, *methods, **protocol):
    answer = suggest(facts, make_protocol(*methods, **protocol))
    return [card.method for card in answer.cards]


def test_cards_stand_by_verdict_then_line_then_the_clinics_order_then_name():
    flat = Facts(elevation="flat", colour="brown", wound_closed=False)

    def indicated(line, *more):
        return (rule("indication", "pih", line=line), *more)

    methods = [
        make_method(rule("contraindication", "pih"), slug="out", position=1),
        make_method(slug="not-indicated", position=2),
        make_method(
            *indicated("first", rule("deferral", "wound_open")),
            slug="later",
            position=3,
        ),
        make_method(
            *indicated("first", rule("precaution", "pih")), slug="careful", position=4
        ),
        make_method(*indicated("adjunct"), slug="adjunct", position=5),
        make_method(*indicated("second"), slug="second", position=6),
        make_method(*indicated("first"), slug="first-late", position=8),
        make_method(*indicated("first"), slug="first-early-b", position=7),
        make_method(*indicated("first"), slug="first-early-a", position=7),
    ]
    expected = [
        "first-early-a",
        "first-early-b",
        "first-late",
        "second",
        "adjunct",
        "careful",
        "later",
        "not-indicated",
        "out",
    ]
    assert in_order(flat, *methods) == expected
    assert in_order(flat, *reversed(methods)) == expected


def test_advice_that_no_rule_ranks_has_no_card():
    assert in_order(Facts(), make_method(slug="sun", is_ranked=False)) == []


def test_a_card_carries_what_it_was_dealt_from():
    method = make_method(INDICATED, slug="laser", position=30, revision=7)
    [card] = suggest(Facts(), make_protocol(method)).cards
    assert (card.method, card.title, card.position, card.revision) == (
        "laser",
        "Laser",
        30,
        7,
    )


@for_each(
    ("wants", "verdict"),
    [
        (("clay",), "caution"),
        (("laser",), "not-indicated"),
        ((), "not-indicated"),
        (None, "not-indicated"),
    ],
)
def test_a_wish_counts_for_the_method_that_was_asked_for(wants, verdict):
    clay = make_method(rule("indication", "asked_for"), slug="clay", position=2)
    first = make_method(rule("indication", "everyone"), slug="first", position=1)
    cards = suggest(Facts(wants=wants), make_protocol(clay, first)).cards
    assert {card.method: card.verdict for card in cards}["clay"] == verdict


def test_a_wish_comes_after_every_other_option():
    clay = make_method(rule("indication", "asked_for"), slug="clay", position=1)
    last = make_method(
        rule("indication", "everyone", line="adjunct"),
        rule("precaution", "everyone"),
        slug="last",
        position=2,
    )
    cards = suggest(Facts(wants=("clay",)), make_protocol(clay, last)).cards
    assert [(card.method, card.verdict) for card in cards] == [
        ("last", "caution"),
        ("clay", "caution"),
    ]


def test_an_unknown_indication_is_told_as_unknown():
    card = dealt(rule("indication", "pit", "deep"), pit=True, deep=None)
    assert [(each.kind, each.findings) for each in card.reasons] == [
        ("unknown", ("deep",)),
        ("not_indicated", ("pit", "deep")),
    ]
    assert card.ask == ()


def test_what_only_a_wish_speaks_for_never_leads():
    clay = make_method(rule("indication", "asked_for"), slug="clay")
    [card] = suggest(Facts(wants=("clay",)), make_protocol(clay)).cards
    assert card.verdict == "not-indicated"
    assert card.reasons[-1].kind == "wish"
    assert card.reasons[-1].findings == ("asked_for",)


def test_a_health_question_acts_by_its_code():
    method = make_method(rule("indication", "everyone"), rule("precaution", "zinc"))
    protocol = make_protocol(method, questions=["zinc"])
    verdicts = {
        answer: suggest(Facts(answers={"zinc": answer}), protocol).cards[0].verdict
        for answer in (True, False, None)
    }
    assert verdicts == {True: "caution", False: "suggested", None: "caution"}


def test_the_protocol_says_which_findings_stop_and_where_to():
    protocol = make_protocol(
        make_method(rule("indication", "everyone")),
        questions=["rf_new"],
        red_flags=(RedFlag(code="rf_new", route="Nurse"),),
    )
    answer = suggest(Facts(answers={"rf_new": True}), protocol)
    assert [(flag.code, flag.route) for flag in answer.red_flags] == [
        ("rf_new", "Nurse")
    ]
    assert [card.verdict for card in answer.cards] == ["contraindicated"]


# Several scars of one person

SAFE = {"rf_ulcer": False, "keloid_history_self": False}
HISTORY = make_method(
    rule("indication", "everyone"),
    rule("contraindication", "keloid_history_self"),
)


def verdicts(*scars, method=HISTORY, red_flags=(FLAG,), questions=SAFE):
    protocol = make_protocol(method, questions=questions, red_flags=red_flags)
    return [
        [card.verdict for card in answer.cards]
        for answer in of_one_person(scars, protocol)
    ]


def scar(elevation="flat", beyond_edges="no", **answers):
    return Facts(elevation=elevation, beyond_edges=beyond_edges, answers=SAFE | answers)


KELOID = {"elevation": "raised", "beyond_edges": "yes"}


def test_a_hypertrophic_scar_is_a_history_of_raised_scars_for_the_others():
    assert verdicts(scar(), scar("raised")) == [["contraindicated"], ["suggested"]]


def test_each_scar_has_its_own_answer():
    types = [
        answer.types
        for answer in of_one_person(
            [scar("raised"), Facts(elevation="flat", colour="brown")],
            make_protocol(HISTORY),
        )
    ]
    assert types == [("hypertrophic",), ("pih",)]


def test_a_red_flag_on_one_scar_stops_every_option_on_all():
    assert verdicts(scar(), scar(rf_ulcer=True), scar()) == [["contraindicated"]] * 3


def test_the_scar_with_the_red_flag_is_the_one_that_shows_it():
    protocol = make_protocol(HISTORY, questions=SAFE, red_flags=(FLAG,))
    answers = of_one_person([scar(), scar(rf_ulcer=True)], protocol)
    assert [answer.red_flags for answer in answers] == [(), (FLAG,)]
    for answer in answers:
        told = [each.kind for each in answer.cards[0].reasons]
        assert told.count("red_flag") == 1


def test_a_red_flag_that_staff_added_stops_the_other_scars_too():
    new = RedFlag(code="rf_new", route="Nurse")
    assert verdicts(
        scar(rf_new=False),
        scar(rf_new=True),
        red_flags=(new,),
        questions=[*SAFE, "rf_new"],
    ) == [["contraindicated"], ["contraindicated"]]


def test_a_red_flag_unanswered_on_one_scar_leaves_nothing_suggested_on_another():
    assert verdicts(scar(), scar(rf_ulcer=None)) == [["caution"], ["caution"]]


def test_a_keloid_on_one_scar_is_a_keloid_history_for_the_others():
    assert verdicts(scar(), scar(**KELOID), scar()) == [
        ["contraindicated"],
        ["suggested"],
        ["contraindicated"],
    ]


def test_two_keloids_are_a_history_for_each_other():
    assert verdicts(scar(**KELOID), scar(**KELOID)) == [["contraindicated"]] * 2


def test_a_scar_that_may_be_a_keloid_leaves_the_history_of_the_others_open():
    perhaps = scar(elevation="raised", beyond_edges="unsure")
    assert verdicts(perhaps, scar()) == [["suggested"], ["caution"]]


def test_one_scar_alone_is_judged_as_it_is():
    assert verdicts(scar(**KELOID)) == [["suggested"]]
