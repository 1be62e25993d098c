"""`manage.py suggest`, as the outside uses it."""

import io
import json
import os
import subprocess
import sys
from collections import Counter
from pathlib import Path
from types import SimpleNamespace

import pytest
from django.conf import settings
from django.core.management import call_command
from django.db import connection

from methods.models import (
    Criterion,
    Finding,
    Method,
    Source,
)
from methods.protocol.vocabulary import BESIDE_TREATMENTS, OPTIONS
from methods.publishing import verbs
from tests.methods.test_content import ADVICE, RANKED, REFERRALS
from tests.tables import for_each

# Each by itself, too: the site that `suggest` runs on is copied from the test database,
# which is made only where a test asks for one.
pytestmark = pytest.mark.django_db

VIGNETTES = json.loads(
    (Path(__file__).parents[1] / "data" / "vignettes.json").read_text()
)
BESIDE = ADVICE | REFERRALS
# "Every yes/no fact" of the clinical reference, 1a and 1b.
YES_NO = """
    large_area wound_closed still_growing flattens_on_stretch tight_limits_movement
    visible_at_50cm makeup_covers
    pregnant breastfeeding active_infection_site active_herpes hsv_history anticoagulant
    antiplatelet bleeding_disorder keloid_history_self keloid_history_family
    photosensitising_drug gold_therapy immunosuppressed pacemaker_icd
    metal_implant_at_site allergy_lidocaine allergy_salicylate allergy_metal
    allergy_adhesive_silicone allergy_nut allergy_fragrance steroid_risk vitiligo
    psoriasis lichen_planus koebner_active eczema_at_site radiotherapy_site
    recent_filler_weeks recent_resurfacing_weeks cold_condition smoker
    rf_ulcer rf_bleed rf_lump rf_pigment rf_no_injury rf_treated_grew rf_infection
    rf_contracture rf_feature rf_systemic rf_selfharm_recent rf_bdd rf_child rf_minor
"""
ONE = {
    "age_years": 30,
    "fitzpatrick": 2,
    "scar_cause": "acne",
    "scar_age_months": 8,
    "body_site": "face",
    "elevation": "flat",
    "colour": "brown",
}


def in_full(facts):
    """Return a vignette's facts with every default written out."""
    defaults = dict(VIGNETTES["meta"]["defaults"])
    other = defaults.pop("other_boolean_facts")
    new = {
        name: each["default"] for name, each in VIGNETTES["meta"]["new_facts"].items()
    }
    return dict.fromkeys(YES_NO.split(), other) | new | defaults | facts


RAISED = {
    "age_years": 30,
    "fitzpatrick": 2,
    "scar_cause": "surgery",
    "scar_age_months": 18,
    "body_site": "upper_arm",
    "elevation": "raised",
    "beyond_edges": "no",
}


def line(facts):
    return json.dumps(facts, ensure_ascii=False).encode()


@pytest.fixture(scope="session")
def command(tmp_path_factory, django_db_setup, django_db_blocker):
    """Return a function that runs a `manage.py` command on a site of its own."""
    database = tmp_path_factory.mktemp("suggest") / "site.sqlite3"
    env = os.environ | {"DATABASE_URL": f"sqlite:///{database}", "DEBUG": "on"}

    def run(*words, stdin=b""):
        return subprocess.run(
            [sys.executable, "manage.py", *map(str, words)],
            input=stdin,
            capture_output=True,
            cwd=settings.BASE_DIR,
            env=env,
            check=False,
        )

    if connection.vendor == "sqlite":
        with django_db_blocker.unblock():
            database.write_bytes(connection.connection.serialize())
        return run
    for words in (["migrate", "-v0"], ["load_catalogue", "-v0"]):
        run(*words).check_returncode()
    return run


@pytest.fixture(scope="session")
def suggest(command):
    """Return a function: what `suggest` answers to bytes, complains of, and its status."""

    def ask(stdin, *words):
        done = command("suggest", *words, stdin=stdin)
        return SimpleNamespace(
            answers=[json.loads(row) for row in done.stdout.split(b"\n")[:-1]],
            complaints=done.stderr.decode().splitlines(),
            status=done.returncode,
        )

    return ask


@pytest.fixture
def suggest_here(monkeypatch, db):
    """Return a function like that of `suggest`, without a process of its own."""

    def ask(stdin, *words):
        out, err = io.StringIO(), io.StringIO()
        monkeypatch.setattr(sys, "stdin", SimpleNamespace(buffer=io.BytesIO(stdin)))
        try:
            call_command("suggest", *map(str, words), stdout=out, stderr=err)
            status = 0
        except SystemExit as end:
            status = end.code
        return SimpleNamespace(
            answers=[json.loads(row) for row in out.getvalue().split("\n")[:-1]],
            complaints=err.getvalue().splitlines(),
            status=status,
        )

    return ask


# The vignettes


@pytest.fixture(scope="module")
def answers(suggest):
    """Return {id of a vignette: what `suggest` answers}."""
    cases = VIGNETTES["vignettes"]
    said = suggest(b"\n".join(line(in_full(each["facts"])) for each in cases))
    assert (said.complaints, said.status) == ([], 0)
    return {
        each["id"]: answer for each, answer in zip(cases, said.answers, strict=True)
    }


def is_option(card):
    beside = card.get("group") in BESIDE_TREATMENTS
    return card["verdict"] in OPTIONS and not beside


def options(cards):
    return [card["method"] for card in cards if is_option(card)]


@pytest.mark.parametrize(
    "vignette", VIGNETTES["vignettes"], ids=lambda each: each["id"]
)
def test_a_vignette_holds(vignette, answers):
    answer = answers[vignette["id"]]
    cards = answer["cards"]
    verdicts = {card["method"]: card["verdict"] for card in cards}
    offered, top = set(options(cards)), set(options(cards[:3]))
    flags = [flag["code"] for flag in answer["red_flags"]]

    types, first = vignette["expected_types_any"], vignette["must_rank_top3"]
    assert not types or set(types) & set(answer["types"])
    assert not first or set(first) & top
    barred = vignette["must_not_suggest"]
    assert offered & (verdicts.keys() if barred == ["*"] else set(barred)) == set()
    assert top & set(vignette["must_not_rank_top3"]) == set()
    assert [
        slug
        for slug in vignette["must_caution"]
        if slug in offered and verdicts[slug] != "caution"
    ] == []
    assert [
        slug
        for slug in vignette["must_remain_available"]
        if verdicts[slug] in ("contraindicated", "deferred")
    ] == []
    if vignette["red_flag"]:
        assert vignette["red_flag"] in flags
        assert offered == set()
    else:
        assert flags == []


def test_the_vignettes_are_about_options(answers):
    """A protocol that offers nobody anything would hold them all."""
    offered = [card for each in answers.values() for card in each["cards"]]
    verdicts = Counter(card["verdict"] for card in offered if is_option(card))
    assert verdicts["suggested"] >= 20
    assert verdicts["caution"] >= 200
    flagged = [each for each in VIGNETTES["vignettes"] if each["red_flag"]]
    without = [id for id, each in answers.items() if not options(each["cards"])]
    assert len(without) <= len(flagged) + 7


# What the reference says beyond the vignettes.
_PLAIN = {
    "age_years": 30,
    "fitzpatrick": 2,
    "scar_cause": "acne",
    "scar_age_months": 36,
    "body_site": "face",
    "colour": "skin",
}
_NARROW_PIT = {"pit_shape": "pinhole", "pit_width_mm": 1.5, "pit_depth": "deep"}
_WIDE_DENT = {
    "pit_shape": "sharp_edge_round",
    "pit_width_mm": 3,
    "pit_depth": "shallow",
}
_KELOID_WITH_PITS = {"elevation": "mixed", "beyond_edges": "yes", **_NARROW_PIT}
_RAISED_WITH_DENTS = {"elevation": "mixed", "beyond_edges": "no", **_WIDE_DENT}
_RED_AND_RAISED = RAISED | {"colour": "red", "scar_age_months": 5, "body_site": "elbow"}
_PALE_LINE = {
    "elevation": "flat",
    "colour": "white",
    "width": "fine_line",
    "scar_age_months": 20,
}
HELD = {
    "a tightness that nobody knows is asked about": (
        _RED_AND_RAISED | {"tight_limits_movement": "unknown"},
        {"silicone": "undetermined", "fractional-ablative-laser": "undetermined"},
    ),
    "self-harm of which nobody knows when is asked about": (
        _PALE_LINE | {"scar_cause": "self_harm", "self_harm_status": "unknown"},
        {"scar-massage": "undetermined", "dermabrasion": "undetermined"},
    ),
    "nothing is punched or burned with acid beside a keloid": (
        _KELOID_WITH_PITS,
        {"punch-excision": "contraindicated", "tca-cross": "contraindicated"},
    ),
    "least of all where keloids grow": (
        _KELOID_WITH_PITS | {"body_site": "jawline"},
        {"punch-excision": "contraindicated", "tca-cross": "contraindicated"},
    ),
    "the skin heals for four weeks before it is ground": (
        {"elevation": "depressed", **_WIDE_DENT, "recent_resurfacing_weeks": 1},
        {"dermabrasion": "deferred"},
    ),
    "a flat line has no edges to level": (
        _PALE_LINE | {"scar_cause": "surgery"},
        {"dermabrasion": "caution"},
    ),
    "what is raised beside a dent is left out": (
        _RAISED_WITH_DENTS,
        {"dermabrasion": "caution", "full-field-ablative-laser": "caution"},
    ),
    "weak defences ask for care with all that touches the skin": (
        _RED_AND_RAISED | {"immunosuppressed": "yes"},
        {
            "silicone": "caution",
            "pressure-therapy": "caution",
            "scar-massage": "caution",
        },
    ),
    "so does skin after radiotherapy": (
        {"elevation": "flat", "colour": "brown", "radiotherapy_site": "yes"},
        {"prescription-pigment-cream": "caution"},
    ),
    "red stretch marks wait until after the birth, for a mild peel as for a laser": (
        {"elevation": "flat", "colour": "red", "stripes": "red_purple"}
        | {"scar_cause": "stretch", "body_site": "abdomen", "pregnant": "yes"},
        {"fruit-acid-peel": "deferred", "vascular-laser": "deferred"},
    ),
    "a young scar of any wound can be massaged": (
        {"elevation": "flat", "colour": "red", "scar_age_months": 1}
        | {"scar_cause": "trauma"},
        {"scar-massage": "suggested"},
    ),
    "redness that an inflammation left is not massaged": (
        {"elevation": "flat", "colour": "red", "scar_age_months": 1}
        | {"scar_cause": "chickenpox"},
        {"scar-massage": "not-indicated", "vascular-laser": "caution"},
    ),
    "what may be more than a scar is not covered": (
        _PALE_LINE | {"scar_cause": "surgery", "width": "wide", "rf_lump": "yes"},
        {"medical-camouflage": "not-indicated", "ref-dermatologist": "suggested"},
    ),
    "an open wound is neither lasered as a settled scar nor covered": (
        {"elevation": "flat", "colour": "red", "scar_cause": "surgery"}
        | {"scar_age_months": 0.3, "wound_closed": "no", "wound_weeks": 1},
        {"vascular-laser": "not-indicated", "medical-camouflage": "not-indicated"},
    ),
    "a raised scar among hair roots is seen by a skin doctor": (
        {"elevation": "raised", "beyond_edges": "unsure", "colour": "darker"}
        | {"body_site": "scalp", "scar_cause": "other_inflammation"},
        {"ref-dermatologist": "suggested"},
    ),
    "a few spots ask for care with needles": (
        {"elevation": "depressed", "pit_shape": "wavy", "pit_width_mm": 6}
        | {"flattens_on_stretch": "yes", "active_acne": "mild"},
        {"microneedling": "caution"},
    ),
}


@pytest.fixture(scope="module")
def held(suggest):
    """Return {case of `HELD`: {method: verdict}}."""
    said = suggest(
        b"\n".join(line(in_full(_PLAIN | facts)) for facts, _verdicts in HELD.values())
    )
    assert (said.complaints, said.status) == ([], 0)
    return {
        case: {card["method"]: card["verdict"] for card in answer["cards"]}
        for case, answer in zip(HELD, said.answers, strict=True)
    }


@for_each("case", HELD)
def test_what_the_reference_says_holds(case, held):
    _facts, expected = HELD[case]
    assert {slug: held[case][slug] for slug in expected} == expected


def test_in_darker_skin_non_ablative_laser_comes_before_ablative(suggest_here):
    patient = _PLAIN | _RED_AND_RAISED | {"fitzpatrick": 5, "itch": 8}
    said = suggest_here(line(in_full(patient)))
    offered = options(said.answers[0]["cards"])
    assert offered.index("non-ablative-fractional-laser") < offered.index(
        "fractional-ablative-laser"
    )


def test_three_steroid_injections_that_did_not_help_change_the_plan(suggest_here):
    patient = _PLAIN | _RED_AND_RAISED | {"itch": 5, "prior_response": "insufficient"}
    patient |= {"prior_treatments": ["steroid-injection"]}
    counts = [2, 3, "unknown"]
    said = suggest_here(
        b"\n".join(line(in_full(patient | {"steroid_sessions": n})) for n in counts)
    )
    course = ["steroid_course_failed"]
    told = []
    for answer in said.answers:
        [card] = [c for c in answer["cards"] if c["method"] == "steroid-injection"]
        rows = [each for each in card["reasons"] if each["findings"] == course]
        told.append([(each["kind"], each["level"]) for each in rows])
    assert told == [[], [("precaution", "doctor")], [("unknown", "doctor")]]


def test_every_vignette_names_methods_and_flags_that_exist(answers):
    lists = [
        "must_rank_top3",
        "must_not_suggest",
        "must_caution",
        "must_not_rank_top3",
        "must_remain_available",
    ]
    named = {
        slug for each in VIGNETTES["vignettes"] for name in lists for slug in each[name]
    }
    assert named - {"*"} <= RANKED


# What is no option comes after all options, in this order.
NO_OPTIONS = ["deferred", "undetermined", "not-indicated", "contraindicated"]
LINES = ["first", "second", "adjunct"]


@for_each("number", range(len(VIGNETTES["vignettes"])))
def test_options_come_first_and_every_ranked_method_has_one_card(number, answers):
    cards = answers[VIGNETTES["vignettes"][number]["id"]]["cards"]
    assert sorted(card["method"] for card in cards) == sorted(RANKED | BESIDE)
    groups = [card.get("group", "") for card in cards]
    assert groups == sorted(groups)
    places = [
        (group, is_wish(card), LINES.index(card["line"]))
        if card["verdict"] in OPTIONS
        else (group, True, len(LINES) + NO_OPTIONS.index(card["verdict"]))
        for group, card in zip(groups, cards, strict=True)
    ]
    assert places == sorted(places)


def is_wish(card):
    """Return whether only the patient's wish speaks for a card."""
    speaking = [each for each in card["reasons"] if each["kind"] == "indication"]
    return bool(speaking) and all("asked_for" in each["findings"] for each in speaking)


@for_each("number", range(len(VIGNETTES["vignettes"])))
def test_the_referrals_are_those_whose_cards_are_suggested(number, answers):
    answer = answers[VIGNETTES["vignettes"][number]["id"]]
    assert answer["referrals"] == [
        card["method"]
        for card in answer["cards"]
        if card.get("group") == "referral" and card["verdict"] == "suggested"
    ]
    assert answer["referrals"] or not answer["red_flags"]


def test_types_stand_in_the_order_of_the_reference(answers):
    assert answers["V05"]["types"] == ["hypertrophic", "hypertrophic_widespread"]
    assert answers["V51"]["types"] == ["hypertrophic", "contracture"]
    assert answers["N89"]["types"] == ["ice_pick", "boxcar_deep", "rolling"]
    # What a colour says comes last; redness that an inflammation left stands alone.
    assert answers["V18"]["types"] == ["widened", "hypopigmented"]
    assert answers["V13"]["types"] == ["pie"]


# The shape


def test_an_answer_has_exactly_this_shape(suggest):
    [answer] = suggest(line(in_full(ONE) | {"rf_ulcer": "yes"})).answers
    assert list(answer) == ["types", "red_flags", "referrals", "cards"]
    assert [list(flag) for flag in answer["red_flags"]] == [["code", "route"]]
    assert answer["referrals"] == ["ref-dermatologist"]
    for card in answer["cards"]:
        beside = ["group"] if card["method"] in BESIDE else []
        assert list(card) == [
            *("method", "title", "verdict", "line", "until", "ask"),
            *(*beside, "reasons"),
        ]
        for reason in card["reasons"]:
            level = ["level"] if reason["kind"] == "precaution" else []
            assert list(reason) == [
                *("kind", "findings", "rationale", "source"),
                *level,
            ]


def test_a_card_says_what_goes_with_it_and_what_comes_first(suggest_here):
    [answer] = suggest_here(line(in_full(ONE))).answers
    cards = {card["method"]: card for card in answer["cards"]}
    cream, peel = cards["prescription-pigment-cream"], cards["mandelic-peel"]
    assert cream["with"] == ["sun-protection"]
    assert "after" not in cream
    assert peel["with"] == ["sun-protection"]
    assert peel["after"] == [
        {"method": "prescription-pigment-cream", "sessions": None, "weeks": 8}
    ]
    levels = [
        (each["findings"], each["level"])
        for each in peel["reasons"]
        if each["kind"] == "precaution"
    ]
    assert (["on_face"], "technique") in levels


def test_dark_skin_is_primed_before_the_laser_and_the_acid(suggest_here):
    pits = {"elevation": "depressed", **_NARROW_PIT, "fitzpatrick": 6}
    [answer] = suggest_here(line(in_full(_PLAIN | pits))).answers
    cards = {card["method"]: card for card in answer["cards"]}
    first = {"method": "prescription-pigment-cream", "sessions": None, "weeks": 2}
    assert first in cards["tca-cross"]["after"]
    assert first in cards["fractional-ablative-laser"]["after"]


def test_a_keloid_that_came_back_is_not_told_of_as_still_flat(suggest_here):
    patient = _PLAIN | {
        "body_site": "ear",
        "scar_cause": "piercing",
        "elevation": "raised",
        "beyond_edges": "yes",
        "keloid_history_self": "yes",
        "prior_treatments": ["surgical-excision"],
        "prior_response": "insufficient",
    }
    [answer] = suggest_here(line(in_full(patient))).answers
    cards = {card["method"]: card for card in answer["cards"]}
    [clip] = [
        set(each["findings"])
        for each in cards["pressure-therapy"]["reasons"]
        if each["kind"] == "indication"
    ]
    assert clip == {"excised_before", "keloid_suspected", "on_ear"}


def test_what_a_card_does_not_say_is_null(suggest_here):
    [answer] = suggest_here(line(in_full(ONE))).answers
    cards = {card["method"]: card for card in answer["cards"]}
    cream = cards["prescription-pigment-cream"]
    assert (cream["line"], cream["until"]) == ("first", None)
    assert cards["silicone"]["line"] is None
    assert cream["reasons"][0]["kind"] == "indication"
    assert cream["reasons"][0]["findings"] == ["pih"]
    assert cream["reasons"][0]["source"] == "C2"


def test_a_deferral_says_until_when_in_words_and_days(suggest_here):
    facts = in_full(ONE | {"colour": "red"})
    [answer] = suggest_here(line(facts | {"tan_weeks": 5})).answers
    [laser] = [each for each in answer["cards"] if each["method"] == "vascular-laser"]
    assert laser["verdict"] == "deferred"
    assert laser["until"] == (
        "6 weeks after the last sun, sunbed or self-tan (about 7 days from now)"
    )


def test_a_person_of_whom_nothing_is_known_is_asked_and_offered_nothing(suggest_here):
    [answer] = suggest_here(b"{}").answers
    assert (answer["types"], answer["red_flags"]) == (["unclassified"], [])
    assert (answer["referrals"], options(answer["cards"])) == ([], [])
    for card in answer["cards"]:
        if card["method"] in RANKED:
            assert {"rf_ulcer", "rf_bdd", "rf_child"} <= set(card["ask"])
    # What is only wished for is not asked about: nobody has wished for it.
    verdicts = {card["method"]: card["verdict"] for card in answer["cards"]}
    assert {slug for slug in RANKED if verdicts[slug] != "undetermined"} == {
        *("almond-oil-massage", "blue-clay-mask", "bodyaga-mask", "mesotherapy"),
        *("essential-oil-massage", "nutmeg-mask"),
    }
    assert verdicts["sun-protection"] == "suggested"


# What it reads


def test_a_single_object_may_run_over_many_lines(suggest_here):
    said = suggest_here(json.dumps(ONE, indent=2).encode())
    assert (len(said.answers), said.complaints, said.status) == (1, [], 0)


def test_lines_are_answered_in_order_and_blank_ones_are_not(suggest_here):
    brown, red = in_full(ONE), in_full(ONE | {"colour": "red"})
    said = suggest_here(
        b"\n\n".join([line(brown), b"  ", line(red), line(brown)]) + b"\n\n"
    )
    assert [answer["types"] for answer in said.answers] == [["pih"], ["pie"], ["pih"]]
    assert (said.complaints, said.status) == ([], 0)


def test_windows_line_ends_and_a_byte_order_mark_are_no_matter(suggest):
    said = suggest(b"\xef\xbb\xbf" + line(ONE) + b"\r\n" + line(ONE) + b"\r\n")
    assert (len(said.answers), said.complaints, said.status) == (2, [], 0)


@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"])
def test_a_file_is_read_like_standard_input(mark, suggest_here, tmp_path):
    file = tmp_path / "facts.jsonl"
    file.write_bytes(mark + line(ONE) + b"\n" + line({"ctd": "волчанка"}))
    from_file = suggest_here(b"", file)
    assert from_file == suggest_here(file.read_bytes())
    assert (len(from_file.answers), from_file.status) == (2, 0)


def test_a_file_that_is_not_there_is_named(suggest_here, tmp_path):
    said = suggest_here(b"", tmp_path / "none.json")
    assert (said.answers, len(said.complaints), said.status) == ([], 1, 2)
    assert "none.json" in said.complaints[0]


def test_a_line_separator_inside_a_text_ends_no_line(suggest):
    said = suggest(line({"ctd": "lupus\u2028erythematosus"}) + b"\n" + line(ONE))
    assert (len(said.answers), said.complaints, said.status) == (2, [], 0)


# What is wrong

WRONG = {
    "a wrong key": (b'{"shoe_size": 42}', "line 2: 'shoe_size' is not the name"),
    "a wrong value": (b'{"elevation": "bumpy"}', "line 2: elevation: expected"),
    "a slug that is none": (b'{"wants": ["leeches"]}', "line 2: wants: no method"),
    "not JSON": (b"{elevation: flat}", "line 2: not JSON"),
    "half an object": (b'{"elevation": "fl', "line 2: not JSON"),
    "a list": (b"[]", "line 2: expected one JSON object"),
    "a text": (b'"flat"', "line 2: expected one JSON object"),
    "two objects": (line(ONE) * 2, "line 2: not JSON"),
    "400 digits": (b'{"age_years": ' + b"9" * 400 + b"}", "line 2: age_years"),
    "5,000 digits": (b'{"age_years": ' + b"9" * 5000 + b"}", "line 2: not JSON"),
    "nested 100,000 deep": (b"[" * 100_000, "line 2: not JSON"),
    "20 KB of text": (b'{"smoker": "' + b"x" * 20_000 + b'"}', "line 2: smoker: "),
    "half a surrogate": (b'{"smoker": "\\ud800"}', "line 2: smoker: expected"),
    "a line end in a key": (b'{"a\\nb": 1}', "line 2: 'a\\nb' is not the name"),
    "bytes that are not UTF-8": (b'{"ctd": "\xff"}', "line 2: not JSON"),
}


@for_each("name", WRONG)
def test_what_is_wrong_is_told_in_one_line_and_the_others_are_answered(
    name, suggest_here
):
    wrong, complaint = WRONG[name]
    said = suggest_here(b"\n".join([line(ONE), wrong, line(ONE)]))
    assert len(said.answers) == 2
    assert said.answers[0] == said.answers[1]
    assert len(said.complaints) == 1
    assert said.complaints[0].startswith(complaint)
    assert len(said.complaints[0]) < 300
    assert said.status == 2


def test_all_that_is_wrong_in_one_run_is_told_and_stops_no_answer(suggest):
    """By a process of its own, whose output is written as bytes."""
    rows = [line(ONE)]
    for wrong, _complaint in WRONG.values():
        rows += [wrong, line(ONE)]
    said = suggest(b"\n".join(rows))
    assert said.answers == [said.answers[0]] * (len(WRONG) + 1)
    expected = [
        complaint.replace("line 2:", f"line {2 * number}:")
        for number, (_wrong, complaint) in enumerate(WRONG.values(), 1)
    ]
    told = [
        each[: len(begin)]
        for each, begin in zip(said.complaints, expected, strict=True)
    ]
    assert told == expected
    assert said.status == 2


def test_every_wrong_line_is_told_with_its_own_number(suggest_here):
    said = suggest_here(
        b'{"a": 1}\n\n' + line(ONE) + b'\n{"b": 1, "elevation": "c"}\nnothing'
    )
    assert [each.split(":")[0] for each in said.complaints] == [
        "line 1",
        "line 4",
        "line 5",
    ]
    assert "'b'" in said.complaints[1]
    assert "elevation" in said.complaints[1]
    assert (len(said.answers), said.status) == (1, 2)


@pytest.mark.parametrize("stdin", [b"", b"\n \n"])
def test_nothing_to_read_is_a_fault(stdin, suggest_here):
    said = suggest_here(stdin)
    assert (said.answers, len(said.complaints), said.status) == ([], 1, 2)


@pytest.mark.parametrize("wrong", [b"{no", b'{"shoe_size": 42}'])
def test_a_lonely_wrong_line_is_told_with_its_number(wrong, suggest_here):
    said = suggest_here(b"\n\n" + wrong + b"\n")
    assert [each.split(":")[0] for each in said.complaints] == ["line 3"]
    assert (said.answers, said.status) == ([], 2)


# What is live


@pytest.fixture
def answer_to(suggest_here):
    """Return a function: what `suggest` answers to facts, here and now."""

    def ask(facts):
        said = suggest_here(line(facts))
        assert (said.complaints, said.status) == ([], 0)
        return said.answers[0]

    return ask


def add_contraindication(slug, code):
    row = Criterion.objects.create(
        method=Method.objects.get(slug=slug),
        kind="contraindication",
        for_patient="If this holds, you should not have it.",
        for_staff="Do not treat.",
    )
    row.when.add(Finding.objects.get(code=code))
    row.sources.add(Source.objects.get(code="GK"))


def verdict_of(answer, slug):
    [card] = [card for card in answer["cards"] if card["method"] == slug]
    return card["verdict"]


def test_an_edit_changes_nothing_until_it_is_published(answer_to):
    facts = in_full(RAISED)
    before = answer_to(facts)
    assert verdict_of(before, "silicone") == "suggested"

    add_contraindication("silicone", "hypertrophic")
    Method.objects.filter(slug="silicone").update(title="Glue", position=9999)
    assert answer_to(facts) == before

    verbs.publish(Method.objects.get(slug="silicone"), by=None, note="Tightened")
    after = answer_to(facts)
    assert verdict_of(after, "silicone") == "contraindicated"
    assert "Glue" in [card["title"] for card in after["cards"]]


def test_what_is_taken_off_the_site_has_no_card(answer_to):
    verbs.unpublish(Method.objects.get(slug="nutmeg-mask"))
    methods = {card["method"] for card in answer_to(ONE)["cards"]}
    assert methods == RANKED - {"nutmeg-mask"} | BESIDE


def test_a_health_question_that_staff_add_is_a_fact_at_once_and_acts(answer_to):
    Finding.objects.create(
        code="takes_zinc",
        label="Takes zinc",
        question="Do you take zinc?",
        group="medicines",
    )
    add_contraindication("silicone", "takes_zinc")
    verbs.publish(Method.objects.get(slug="silicone"), by=None, note="Zinc")
    facts = in_full(RAISED)
    verdicts = {
        told: verdict_of(answer_to(facts | told_as), "silicone")
        for told, told_as in {
            "yes": {"takes_zinc": "yes"},
            "no": {"takes_zinc": "no"},
            "unknown": {"takes_zinc": "unknown"},
            "missing": {},
        }.items()
    }
    assert verdicts == {
        "yes": "contraindicated",
        "no": "suggested",
        "unknown": "undetermined",
        "missing": "undetermined",
    }


def test_a_red_flag_that_staff_add_stops_everything(answer_to):
    Finding.objects.create(
        code="rf_travel",
        label="Travelled",
        question="Have you had this treated abroad in the last month?",
        group="changes",
        route="Doctor, this week",
        advice="Please see a doctor this week.",
    )
    answer = answer_to(in_full(ONE) | {"rf_travel": "yes"})
    assert answer["red_flags"] == [{"code": "rf_travel", "route": "Doctor, this week"}]
    verdicts = {card["method"]: card["verdict"] for card in answer["cards"]}
    assert {verdicts[slug] for slug in RANKED} == {"contraindicated"}
    assert verdicts["sun-protection"] == "suggested"


def test_a_site_without_a_published_method_says_what_to_do(monkeypatch, capsys):
    Method.objects.update(live_revision=None)
    monkeypatch.setattr(sys, "stdin", SimpleNamespace(buffer=io.BytesIO(line(ONE))))
    with pytest.raises(SystemExit) as stopped:
        call_command("suggest")
    assert stopped.value.code == 2
    assert capsys.readouterr().err.splitlines() == [
        "No method is published: run load_catalogue first."
    ]
