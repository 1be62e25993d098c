"""How criteria become a verdict: each rule of precedence by itself."""

from methods.protocol.coded_findings import CODED_FINDINGS
from methods.protocol.dealing import evaluate
from methods.protocol.engine import of_one_person, suggest
from methods.protocol.entries import (
    Criterion,
    Method,
    Protocol,
    RedFlag,
)
from methods.protocol.facts import Facts
from methods.protocol.vocabulary import CriterionKind, MethodGroup
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


def dealt(*criteria, facts=None, flag=False, group="", **findings):
    """Return the card of one method; `flag` is True, False or None, not known."""
    established = dict.fromkeys(CODED_FINDINGS, False) | {"everyone": True} | findings
    answer = suggest(
        facts or Facts(),
        Protocol(methods=(make_method(*criteria, group=group),), red_flags=(FLAG,)),
        flags={FLAG.code: flag},
        established=established,
    )
    [card] = answer.cards
    return card


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


@for_each(("pit", "verdict"), [(False, "not-indicated"), (None, "undetermined")])
def test_without_an_indication_that_holds_it_is_no_option(pit, verdict):
    card = dealt(INDICATED, pit=pit)
    assert (card.verdict, card.is_option) == (verdict, False)


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
    card = dealt(INDICATED, pit=True, flag=True)
    assert card.verdict == "contraindicated"
    assert card.reasons[0].kind == "red_flag"
    assert card.reasons[0].findings == ("rf_ulcer",)
    assert card.reasons[0].rationale == "Doctor, urgent"
    assert card.reasons[0].for_patient == "Please see a doctor."


def test_a_red_flag_stops_also_what_is_not_indicated():
    assert dealt(INDICATED, pit=False, flag=True).verdict == "contraindicated"


# What is unknown


UNKNOWN_MAKES = {
    "precaution": "caution",
    "deferral": "undetermined",
    "contraindication": "undetermined",
}


@for_each("kind", PRECEDENCE)
def test_an_unanswered_safety_question_is_asked_and_is_never_a_no(kind):
    card = dealt(INDICATED, rule(kind, "x"), pit=True, x=None)
    assert card.verdict == UNKNOWN_MAKES[kind]
    assert card.is_option == (kind == "precaution")
    assert card.ask == ("x",)
    assert ("unknown", ("x",)) in [(each.kind, each.findings) for each in card.reasons]


def test_an_unknown_precaution_weighs_as_much_as_a_doctors():
    row = rule("precaution", "x", level="technique")
    assert dealt(INDICATED, row, pit=True, x=None).level == "doctor"


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


@for_each("unknown", PRECEDENCE)
@for_each(
    ("kind", "verdict"),
    [("deferral", "deferred"), ("contraindication", "contraindicated")],
)
def test_what_is_unknown_never_softens_a_verdict(kind, verdict, unknown):
    card = dealt(INDICATED, rule(kind, "x"), rule(unknown, "y"), pit=True, x=True)
    assert (card.verdict, card.ask) == (verdict, ("y",))


def test_what_is_ruled_out_by_what_is_known_is_not_undetermined():
    card = dealt(INDICATED, rule("contraindication", "x"), pit=None, x=True)
    assert card.verdict == "contraindicated"


@for_each("kind", ["deferral", "contraindication"])
def test_what_nothing_speaks_for_is_not_undetermined_for_its_safety(kind):
    card = dealt(INDICATED, rule(kind, "x"), pit=False, x=None)
    assert card.verdict == "not-indicated"


def test_one_indication_that_holds_is_enough():
    rows = [INDICATED, rule("indication", "deep", line="second")]
    card = dealt(*rows, pit=None, deep=True)
    assert (card.verdict, card.line, card.ask) == ("suggested", "second", ())


def test_an_unanswered_red_flag_leaves_no_option_and_is_asked():
    card = dealt(INDICATED, pit=True, flag=None)
    assert (card.verdict, card.ask) == ("undetermined", ("rf_ulcer",))
    assert [(each.kind, each.findings) for each in card.reasons] == [
        ("indication", ("pit",)),
        ("unknown", ("rf_ulcer",)),
    ]


def test_red_flags_are_asked_before_anything_else():
    card = dealt(INDICATED, rule("precaution", "x"), pit=True, flag=None)
    assert card.ask == ("rf_ulcer", "x")


def test_an_unknown_indication_is_asked_for():
    assert dealt(rule("indication", "pit", "deep"), pit=None, deep=True).ask == ("pit",)


# Advice and referrals


@for_each("group", ["advice", "referral"])
@for_each("flag", [True, None])
def test_advice_and_referrals_stand_under_a_flag_and_are_never_options(group, flag):
    card = dealt(INDICATED, pit=True, group=group, flag=flag)
    assert (card.verdict, card.is_option, card.group) == ("suggested", False, group)


def test_a_referral_may_rest_on_a_flag():
    referral = make_method(
        rule("indication", "rf_ulcer"), slug="ref-dermatologist", group="referral"
    )
    protocol = make_protocol(
        referral,
        make_method(rule("indication", "everyone")),
        red_flags=(FLAG,),
        questions=["rf_ulcer"],
    )
    answer = suggest(Facts(answers={"rf_ulcer": True}), protocol)
    assert [(card.method, card.verdict) for card in answer.cards] == [
        ("laser", "contraindicated"),
        ("ref-dermatologist", "suggested"),
    ]
    assert answer.referrals == ("ref-dermatologist",)


# Levels of precautions


@for_each(
    ("levels", "heaviest"),
    [
        (["technique"], "technique"),
        (["technique", "test"], "test"),
        (["doctor", "test", "technique"], "doctor"),
        # Without a level it is a doctor's.
        ([""], "doctor"),
        ([], ""),
    ],
)
def test_an_option_has_the_heaviest_level_of_its_precautions(levels, heaviest):
    rows = [
        rule("precaution", f"x{number}", level=level)
        for number, level in enumerate(levels)
    ]
    codes = {f"x{number}": True for number in range(len(levels))}
    card = dealt(INDICATED, *rows, pit=True, **codes)
    assert card.level == heaviest
    assert card.verdict == ("caution" if levels else "suggested")


def test_a_level_is_told_with_its_precaution_and_with_nothing_else():
    rows = [rule("precaution", "x", level="test"), rule("check", "x")]
    card = dealt(INDICATED, *rows, pit=True, x=True)
    assert [(each.kind, each.level) for each in card.reasons] == [
        ("indication", ""),
        ("precaution", "test"),
        ("check", ""),
    ]


@for_each("kind", ["deferral", "contraindication"])
def test_what_is_no_option_has_no_level(kind):
    rows = [rule("precaution", "x", level="test"), rule(kind, "x")]
    assert dealt(INDICATED, *rows, pit=True, x=True).level == ""


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
        flag=True,
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


BROWN = Facts(
    elevation="flat",
    colour="brown",
    scar_cause="acne",
    stripes="none",
    wound_closed=False,
)


def indicated(line, *more, slug, position, **fields):
    return make_method(
        rule("indication", "pih", line=line),
        *more,
        slug=slug,
        position=position,
        **fields,
    )


def care(level):
    return rule("precaution", "pih", level=level)


def test_options_stand_by_line_then_level_then_the_clinics_order_then_name():
    methods = [
        make_method(rule("contraindication", "pih"), slug="out", position=1),
        make_method(slug="not-indicated", position=2),
        make_method(rule("indication", "zinc"), slug="perhaps", position=2),
        indicated("first", rule("deferral", "wound_open"), slug="later", position=3),
        indicated("adjunct", slug="adjunct", position=1),
        indicated("second", slug="second", position=1),
        indicated("second", care("test"), slug="second-test", position=0),
        indicated("first", care("doctor"), slug="first-doctor", position=1),
        indicated("first", care(""), slug="first-no-level", position=2),
        indicated(
            "first", rule("precaution", "zinc"), slug="first-unknown", position=3
        ),
        indicated("first", care("test"), slug="first-test", position=4),
        # We do it another way, but at the same place.
        indicated("first", care("technique"), slug="first-technique", position=6),
        indicated("first", slug="first-early-b", position=5),
        indicated("first", slug="first-early-a", position=5),
        indicated("first", slug="first-late", position=7),
        indicated("first", slug="sun", position=0, group="advice"),
        indicated("first", slug="ref", position=0, group="referral"),
    ]
    expected = [
        "first-early-a",
        "first-early-b",
        "first-technique",
        "first-late",
        "first-test",
        "first-doctor",
        "first-no-level",
        "first-unknown",
        "second",
        "second-test",
        "adjunct",
        "later",
        "perhaps",
        "not-indicated",
        "out",
        "sun",
        "ref",
    ]
    assert in_order(BROWN, *methods, questions=["zinc"]) == expected
    assert in_order(BROWN, *reversed(methods), questions=["zinc"]) == expected


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


def wish(slug="clay", group="home", **fields):
    row = rule("indication", "asked_for", line="adjunct")
    return make_method(row, slug=slug, group=group, **fields)


FIRST = make_method(rule("indication", "everyone"), slug="first", position=9)


@for_each(
    ("wants", "verdict"),
    [
        (("clay",), "caution"),
        (("first",), "not-indicated"),
        ((), "not-indicated"),
        (None, "not-indicated"),
    ],
)
def test_a_wish_counts_for_the_home_remedy_that_was_asked_for(wants, verdict):
    cards = suggest(Facts(wants=wants), make_protocol(wish(), FIRST)).cards
    assert {card.method: card.verdict for card in cards}["clay"] == verdict


@for_each(
    "group",
    [each for each in MethodGroup.values if each not in ("home", "advice", "referral")],
)
def test_a_wish_opens_nothing_but_a_home_remedy(group):
    cards = suggest(
        Facts(wants=("laser",)), make_protocol(wish("laser", group), FIRST)
    ).cards
    [card] = [card for card in cards if card.method == "laser"]
    assert card.verdict == "not-indicated"
    assert card.reasons[-1].kind == "wish"


def test_a_wish_comes_after_every_other_option():
    last = make_method(
        rule("indication", "everyone", line="adjunct"),
        rule("precaution", "everyone"),
        slug="last",
        position=2,
    )
    clay = wish(position=1)
    cards = suggest(Facts(wants=("clay",)), make_protocol(clay, last)).cards
    assert [(card.method, card.verdict) for card in cards] == [
        ("last", "caution"),
        ("clay", "caution"),
    ]


def test_a_wish_is_no_option_beside_advice_and_referrals_alone():
    beside = [
        make_method(rule("indication", "everyone"), slug=group, group=group)
        for group in ("advice", "referral")
    ]
    cards = suggest(Facts(wants=("clay",)), make_protocol(wish(), *beside)).cards
    assert {card.method: card.verdict for card in cards} == {
        "clay": "not-indicated",
        "advice": "suggested",
        "referral": "suggested",
    }


def test_an_unknown_indication_is_told_as_unknown():
    card = dealt(rule("indication", "pit", "deep"), pit=True, deep=None)
    assert [(each.kind, each.findings) for each in card.reasons] == [
        ("unknown", ("deep",)),
        ("not_indicated", ("pit", "deep")),
    ]
    assert (card.verdict, card.ask) == ("undetermined", ("deep",))


def test_what_only_a_wish_speaks_for_never_leads():
    [card] = suggest(Facts(wants=("clay",)), make_protocol(wish())).cards
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


# Rows that refer


def referred(*rows, **answers):
    """Return {slug: verdict} of a laser with these rows, and of a surgeon."""
    methods = [
        make_method(*rows),
        make_method(rule("indication", "zinc"), slug="surgeon", group="referral"),
    ]
    protocol = make_protocol(*methods, questions=["eye", "zinc", "lead"])
    answer = suggest(Facts(answers={"zinc": False, "lead": False} | answers), protocol)
    return {card.method: card for card in answer.cards}, answer.referrals


WANTED = rule("indication", "everyone")
TAKES_OVER = rule("contraindication", "eye", refer=("surgeon",), for_staff="Thin skin.")


def test_what_is_somebody_elses_work_is_referred_with_the_reason():
    cards, referrals = referred(WANTED, TAKES_OVER, eye=True)
    assert cards["laser"].verdict == "contraindicated"
    assert cards["surgeon"].verdict == "suggested"
    assert cards["surgeon"].line == "second"
    assert [(each.kind, each.findings) for each in cards["surgeon"].reasons] == [
        ("refer", ("eye",))
    ]
    assert referrals == ("surgeon",)


def test_only_the_rule_that_holds_says_who_takes_over():
    """Two on the same findings, in the same words: of one the exception holds."""
    spared = rule("contraindication", "eye", unless=("zinc",), refer=("surgeon",))
    stands = rule("contraindication", "eye", unless=("lead",))
    cards, referrals = referred(WANTED, spared, stands, eye=True, zinc=True, lead=False)
    assert cards["laser"].verdict == "contraindicated"
    assert [each.kind for each in cards["surgeon"].reasons] == ["indication"]
    assert referrals == ("surgeon",)


@for_each(("eye", "laser"), [(False, "suggested"), (None, "undetermined")])
def test_nobody_is_referred_while_a_row_does_not_hold(eye, laser):
    cards, referrals = referred(WANTED, TAKES_OVER, eye=eye)
    assert (cards["laser"].verdict, referrals) == (laser, ())
    assert cards["surgeon"].verdict == "not-indicated"


def test_nobody_is_referred_for_what_nothing_speaks_for():
    cards, referrals = referred(rule("indication", "zinc"), TAKES_OVER, eye=True)
    assert (cards["surgeon"].verdict, referrals) == ("not-indicated", ())


def test_a_referral_keeps_its_own_reason_and_line():
    cards, _referrals = referred(WANTED, TAKES_OVER, eye=True, zinc=True)
    assert cards["surgeon"].line == "first"
    assert [each.kind for each in cards["surgeon"].reasons] == ["refer", "indication"]


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
    return Facts(
        elevation=elevation,
        beyond_edges=beyond_edges,
        still_growing=False,
        wound_closed=True,
        answers=SAFE | answers,
    )


KELOID = {"elevation": "raised", "beyond_edges": "yes"}


def test_a_hypertrophic_scar_is_a_history_of_raised_scars_for_the_others():
    assert verdicts(scar(), scar("raised")) == [["contraindicated"], ["suggested"]]


def test_each_scar_has_its_own_answer():
    types = [
        answer.types
        for answer in of_one_person(
            [scar("raised"), BROWN],
            make_protocol(HISTORY),
        )
    ]
    assert types == [("hypertrophic",), ("pih", "not_closed")]


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
    assert verdicts(scar(), scar(rf_ulcer=None)) == [["undetermined"]] * 2


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
    assert verdicts(perhaps, scar()) == [["suggested"], ["undetermined"]]


def test_one_scar_alone_is_judged_as_it_is():
    assert verdicts(scar(**KELOID)) == [["suggested"]]
