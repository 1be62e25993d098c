"""Reading what somebody typed: every key, right, wrong and unknown."""

import json
from datetime import date

import pytest

from methods.protocol.coded_findings import RedFlagCode
from methods.protocol.entries import Method, Protocol
from methods.protocol.facts import (
    FACT_NAMES,
    NEVER,
    Facts,
    Treatment,
    WrongFacts,
    read,
)
from tests.tables import for_each

PROTOCOL = Protocol(
    methods=(
        Method(slug="silicone", title="Silicone"),
        Method(slug="subcision", title="Subcision"),
    ),
    questions=frozenset({"smoker"}),
)

YES_NO = {"yes": True, "no": False, "possible": None, "unsure": None}
YES_NO_FACTS = {
    "wound_closed",
    "still_growing",
    "flattens_on_stretch",
    "large_area",
    "firm",
    "reopened",
    "fast",
    "spot_pain",
    "colour_bothers",
    "tight_limits_movement",
    "visible_at_50cm",
    "makeup_covers",
}
YES_NO_ANSWERS = {"smoker", *RedFlagCode.values}
CHOICES = {
    "scar_cause": "acne surgery trauma burn piercing chickenpox vaccination stretch "
    "self_harm other_inflammation none_remembered",
    "body_site": "face eyelid lip beard brow ear jawline neck scalp chest breast nipple "
    "shoulder upper_arm upper_back lower_back abdomen hip buttock groin genital armpit "
    "arm elbow hand finger thigh knee leg foot other",
    "elevation": "raised flat depressed mixed",
    "beyond_edges": "yes no unsure",
    "pit_shape": "pinhole sharp_edge_round wavy none mixed",
    "colour": "red purple brown darker white skin mixed",
    "width": "fine_line wide",
    "stripes": "none red_purple white_silver",
    "pulls_feature": "none eyelid lip nostril",
    "active_acne": "none mild moderate_severe",
    "isotretinoin": "never current stopped",
    "diabetes": "none controlled poor",
    "self_harm_status": "none ongoing recent_12m past_stable",
    "bdd_screen": "negative positive",
    "prior_response": "good insufficient worse",
    "lump": "none whole_scar separate",
}
# fact: (lowest, highest, just outside)
WHOLE = {
    "age_years": (0, 130, 131),
    "fitzpatrick": (1, 6, 7),
    "itch": (1, 10, 11),
    "pain": (1, 10, 11),
    "child_below": (0, 130, 131),
    "minor_below": (0, 130, 131),
    "steroid_sessions": (0, 200, 201),
}
MEASURED = {
    "scar_age_months": (0, 1500, 1500.1),
    "isotretinoin_stopped_months": (0, 1500, 1500.1),
    "pit_width_mm": (0, 500, 500.1),
    "wound_weeks": (0, 5200, 5200.1),
}
WEEKS = {"tan_weeks", "recent_filler_weeks", "recent_resurfacing_weeks"}
LISTS = {"wants", "prior_treatments"}
MONTH_DAYS = 365.25 / 12
ALL = [*sorted(FACT_NAMES), *sorted(YES_NO_ANSWERS)]

# What no fact accepts, whatever its kind.
NEVER_RIGHT = {
    "true": True,
    "false": False,
    "object": {"yes": 1},
    "nan": float("nan"),
    "infinity": float("inf"),
    "negative": -1,
    "400 digits": 10**400,
    "20 KB": "x" * 20_000,
    "empty": "",
    "blank": " ",
    "list of numbers": [1],
    "list of lists": [["silicone"]],
}


def reading(name, value):
    """Return what one fact is read as."""
    facts = read({name: value}, PROTOCOL)
    return facts.answers[name] if name in YES_NO_ANSWERS else getattr(facts, name)


def faults(raw):
    with pytest.raises(WrongFacts) as wrong:
        read(raw, PROTOCOL)
    return wrong.value.faults


def test_every_fact_has_a_table_here():
    tables = [YES_NO_FACTS, CHOICES, WHOLE, MEASURED, WEEKS, LISTS]
    assert {name for table in tables for name in table} | {
        "pit_depth",
        "ctd",
        "treatments",
    } == FACT_NAMES


# What is right


@for_each("name", sorted(YES_NO_FACTS | YES_NO_ANSWERS))
@for_each("value", YES_NO)
def test_a_yes_no_fact_is_read(name, value):
    assert reading(name, value) is YES_NO[value]


@for_each(
    ("name", "value"),
    [(name, value) for name, values in CHOICES.items() for value in values.split()],
)
def test_a_choice_is_read_as_it_stands(name, value):
    assert reading(name, value) == value


@for_each(
    ("value", "read_as"), [("shallow", "shallow"), ("deep", "deep"), ("unsure", None)]
)
def test_an_unsure_depth_is_unknown(value, read_as):
    assert reading("pit_depth", value) == read_as


@for_each("name", WHOLE)
def test_a_whole_number_is_read_from_its_lowest_to_its_highest(name):
    low, high, _ = WHOLE[name]
    assert [reading(name, value) for value in (low, high, float(high))] == [
        low,
        high,
        high,
    ]
    assert type(reading(name, float(high))) is int


@for_each("name", MEASURED)
def test_a_measure_is_read_from_its_lowest_to_its_highest(name):
    low, high, _ = MEASURED[name]
    assert [reading(name, value) for value in (low, 0.5, 1, high)] == [
        low,
        0.5,
        1,
        high,
    ]


@for_each("name", sorted(WEEKS))
@for_each(
    ("value", "weeks"),
    [(0, 0), (5.5, 5.5), (5200, 5200), ("yes", 0), ("no", NEVER), (None, NEVER)],
)
def test_weeks_ago_are_a_number_or_null_for_none(name, value, weeks):
    assert reading(name, value) == weeks


@for_each(
    ("value", "disease"),
    [
        ("none", "none"),
        ("None", "none"),
        ("no", "none"),
        (" lupus ", "lupus"),
        ("Ehlers-Danlos", "Ehlers-Danlos"),
        ("склеродермия", "склеродермия"),
        ("🤷", "🤷"),
        ("x" * 200, "x" * 200),
    ],
)
def test_a_connective_tissue_disease_is_none_or_a_name(value, disease):
    assert reading("ctd", value) == disease


@for_each("name", sorted(LISTS))
@for_each("slugs", [[], ["silicone"], ["silicone", "subcision"]])
def test_a_list_of_treatments_is_read(name, slugs):
    assert reading(name, slugs) == tuple(slugs)


# Earlier treatments with their dates

DONE = {"method": "silicone"}
TODAY = date(2026, 11, 30)


@for_each(
    ("told", "treatment"),
    [
        ({}, Treatment("silicone")),
        ({"months_ago": 3}, Treatment("silicone", 3)),
        ({"months_ago": 0, "sessions": 4}, Treatment("silicone", 0, 4)),
        ({"response": "worse"}, Treatment("silicone", response="worse")),
        (
            {"months_ago": None, "sessions": None, "response": "unknown"},
            Treatment("silicone"),
        ),
    ],
)
def test_an_earlier_treatment_is_read(told, treatment):
    assert reading("treatments", [DONE | told]) == (treatment,)


def test_several_treatments_are_read_in_order():
    told = [DONE | {"months_ago": 3}, {"method": "subcision"}, DONE]
    assert [each.method for each in reading("treatments", told)] == [
        "silicone",
        "subcision",
        "silicone",
    ]
    assert reading("treatments", []) == ()


@for_each(
    ("day", "months"),
    [
        ("2026-11-30", 0),
        ("2025-11-30", 12),
        ("2026-05-31", 6),
        # Of a month nobody said the day: its last, the safe side, or today.
        ("2026-11", 0),
        ("2026-10", 30 / MONTH_DAYS),
        ("2026-02", 275 / MONTH_DAYS),
    ],
)
def test_a_date_counts_in_months_up_to_today(day, months):
    raw = {"treatments": [DONE | {"date": day}]}
    [done] = read(raw, PROTOCOL, today=TODAY).treatments
    assert done.months_ago == pytest.approx(months, abs=0.05)


def test_this_month_is_not_in_the_future():
    raw = {"treatments": [DONE | {"date": "2026-11"}]}
    [done] = read(raw, PROTOCOL, today=date(2026, 11, 1)).treatments
    assert done.months_ago == 0


def faults_of_treatment(told):
    with pytest.raises(WrongFacts) as wrong:
        read({"treatments": [DONE | told]}, PROTOCOL, today=TODAY)
    return wrong.value.faults


@for_each("day", ["2026-12-01", "2026-12", "2027-01", "9999-12-31"])
def test_a_date_in_the_future_is_wrong(day):
    [fault] = faults_of_treatment({"date": day})
    expected = "treatments: expected a date that is not in the future, not "
    assert fault.startswith(expected)


def test_a_date_and_months_ago_are_not_weighed_against_each_other():
    [fault] = faults_of_treatment({"date": "2020-01-01", "months_ago": 0})
    expected = "treatments: expected a date or months_ago, and not both, not "
    assert fault.startswith(expected)


@for_each("nothing", [None, "unknown"])
def test_what_nobody_knows_contradicts_nothing(nothing):
    for told in (
        {"date": nothing, "months_ago": 12},
        {"date": "2025-11-30", "months_ago": nothing},
    ):
        raw = {"treatments": [DONE | told]}
        [done] = read(raw, PROTOCOL, today=TODAY).treatments
        assert done.months_ago == pytest.approx(12, abs=0.05)


@for_each("day", [None, "unknown"])
def test_a_date_that_nobody_knows_is_none(day):
    raw = {"treatments": [DONE | {"date": day}]}
    assert read(raw, PROTOCOL, today=TODAY).treatments == (Treatment("silicone"),)


def test_facts_that_are_kept_have_no_dates():
    """The same facts are read again in years, and then must mean the same."""
    [fault] = faults({"treatments": [DONE | {"date": "2025-03"}]})
    assert fault.startswith("treatments: stored facts say months_ago, not a date")


@for_each("day", ["March 2025", "2025", "2025-13", "2025-02-30", "", 2025, [], "x" * 9])
def test_a_wrong_date_is_named(day):
    [fault] = faults_of_treatment({"date": day})
    assert fault.startswith("treatments: expected a date such as 2025-03")


@for_each(
    "value",
    [
        "silicone",
        ["silicone"],
        DONE,
        [{}],
        [{"method": None}],
        [DONE | {"when": "2025-03"}],
        [DONE | {"months_ago": -1}],
        [DONE | {"months_ago": "3"}],
        [DONE | {"sessions": 1.5}],
        [DONE | {"sessions": 201}],
        [DONE | {"response": "fine"}],
        [DONE, 3],
    ],
)
def test_a_wrong_treatment_is_named(value):
    for today in (None, TODAY):
        with pytest.raises(WrongFacts) as wrong:
            read({"treatments": value}, PROTOCOL, today=today)
        [fault] = wrong.value.faults
        assert fault.startswith("treatments: ")


def test_a_treatment_that_is_no_method_is_named():
    assert faults({"treatments": [{"method": "leeches"}, DONE]}) == [
        "treatments: no method has the slug 'leeches'"
    ]


# What is unknown


@for_each("name", ALL)
def test_unknown_is_what_a_missing_key_is(name):
    missing = read({}, PROTOCOL)
    told = (
        missing.answers.get(name) if name in YES_NO_ANSWERS else getattr(missing, name)
    )
    assert reading(name, "unknown") is told is None


@for_each("name", [name for name in ALL if name not in WEEKS])
def test_null_is_unknown(name):
    assert reading(name, None) is None


def test_no_facts_are_facts():
    assert read({}, PROTOCOL) == Facts()


# What is wrong


@for_each("name", ALL)
@for_each("value", NEVER_RIGHT.values())
def test_a_wrong_value_is_named_with_its_key_in_a_short_line(name, value):
    [fault] = faults({name: value})
    shown = repr(value)
    assert fault.startswith(f"{name}: ")
    assert shown[:37] in fault
    assert len(fault) < 350
    assert len(fault.splitlines()) == 1


@for_each("name", sorted(set(ALL) - {"ctd"}))
@for_each("value", ["Yes", "YES", "true", "1", "никогда", "🙂", "none "])
def test_a_near_miss_is_wrong(name, value):
    [fault] = faults({name: value})
    assert fault.startswith(f"{name}: ")
    assert fault.endswith(f"not {value!r}")


@for_each(
    ("name", "value"),
    [
        *((name, outside) for name, (_, _, outside) in (WHOLE | MEASURED).items()),
        *((name, low - 1) for name, (low, _, _) in (WHOLE | MEASURED).items()),
        *((name, 2.5) for name in WHOLE),
        *((name, 5200.5) for name in sorted(WEEKS)),
        *((name, "3") for name in sorted({*WHOLE, *MEASURED, *WEEKS})),
        ("ctd", 3),
        ("ctd", []),
        ("ctd", "x" * 201),
        ("wants", "silicone"),
        ("wants", ["silicone", None]),
        ("prior_treatments", {}),
        ("scar_cause", ["acne"]),
        ("smoker", 0),
        ("smoker", 1),
    ],
)
def test_a_value_of_another_kind_or_out_of_range_is_wrong(name, value):
    [fault] = faults({name: value})
    assert fault.startswith(f"{name}: expected ")
    assert f", not {repr(value)[:37]}" in fault


@for_each("name", sorted(LISTS))
def test_every_slug_that_is_no_method_is_named(name):
    assert faults({name: ["silicone", "leeches", "🙂", "x" * 20_000]}) == [
        f"{name}: no method has the slug 'leeches'",
        f"{name}: no method has the slug '🙂'",
        f"{name}: no method has the slug '{'x' * 36}...",
    ]


@for_each(
    "name",
    ["", "Age_years", "age", "answers", "pregnant", "🙂", "a\nb", "x" * 20_000],
)
def test_a_key_that_is_no_fact_is_named(name):
    [fault] = faults({name: "yes"})
    assert fault.endswith(" is not the name of a fact")
    assert repr(name)[:37] in fault
    assert len(fault) < 80
    assert len(fault.splitlines()) == 1


def test_everything_wrong_is_named_at_once_and_in_order():
    assert faults({"age_years": "old", "smoker": "no", "mood": 1, "itch": 0}) == [
        "age_years: expected a whole number of years from 0 to 130, not 'old'",
        "'mood' is not the name of a fact",
        "itch: expected a whole number from 1 to 10, not 0",
    ]


@for_each("raw", [None, [], [{}], "yes", 3, True])
def test_facts_are_one_object(raw):
    assert faults(raw) == ["expected one JSON object of facts"]


def test_what_json_calls_a_number_is_no_crash():
    raw = json.loads('{"age_years": 1e999, "itch": NaN, "tan_weeks": -Infinity}')
    assert [fault.partition(":")[0] for fault in faults(raw)] == [*raw]
