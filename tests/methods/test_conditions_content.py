"""The pages of the safety matrix: no empty cell, every row whole and in our voice."""

import re
import tomllib

from methods import content
from methods.protocol.coded_findings import CODED_FINDINGS
from methods.protocol.entries import grade_of
from methods.protocol.vocabulary import WEAK_GRADES, MethodGroup, SourceKind
from methods.publishing.freezing import CITATION
from tests.methods.test_content import BANNED, RANKED, STOPPING_A_MEDICINE, WORD

KINDS = {"precaution", "deferral", "contraindication", "check"}
LEVELS = {"technique", "test", "doctor"}
MOST = {"for_patient": 400, "for_staff": 600}

SOURCES = content.sources()
REFERRALS = {
    page["slug"] for page in content.methods() if page["group"] == MethodGroup.REFERRAL
}
KNOWN = CODED_FINDINGS.keys() | content.findings().keys()


def read(path):
    with path.open("rb") as file:
        return tomllib.load(file)


CONDITIONS = {
    path.stem: read(path)
    for path in sorted((content.FOLDER / "conditions").glob("*.toml"))
}
WAITING = read(content.FOLDER / "looser.toml")["looser"]
ROWS = [
    (f"{code}, row {number}", row)
    for code, page in CONDITIONS.items()
    for number, row in enumerate(page.get("rows", ()), start=1)
]


def wrong(says):
    """Return what is wrong, as "keloid_history_self, row 3: …", of all rows."""
    return [f"{place}: {fault}" for place, row in ROWS for fault in says(row)]


def told(row):
    return [row["for_patient"], row.get("until", "")]


# No cell is empty


def cells(page):
    """Return the treatments that have a row, and those that are said to need none."""
    named = {slug for row in page.get("rows", ()) for slug in row["methods"]}
    lists = [each["methods"] for each in page.get("not_needed", ())]
    spared = [slug for each in lists if each != "rest" for slug in each]
    if "rest" in lists:
        spared += RANKED - named - set(spared)
    return named, spared


def test_every_condition_is_a_finding():
    assert CONDITIONS.keys() - KNOWN == set()


def test_every_treatment_has_a_row_or_a_word_why_it_needs_none():
    faults = []
    for code, page in CONDITIONS.items():
        named, spared = cells(page)
        faults += [(code, slug) for slug in RANKED ^ (named | set(spared))]
        faults += [(code, slug) for slug in spared if slug in named]
        faults += [(code, "twice") for _ in spared[len(set(spared)) :]]
    assert faults == []


def test_two_safety_rows_of_a_treatment_hold_for_different_findings():
    faults = []
    for code, page in CONDITIONS.items():
        seen = set()
        for row in page.get("rows", ()):
            others = frozenset(row.get("also", ())), frozenset(row.get("unless", ()))
            cells = {(slug, *others, row["kind"] == "check") for slug in row["methods"]}
            faults += [(code, slug) for slug, *_ in cells & seen]
            seen |= cells
    assert faults == []


def test_what_needs_no_row_says_why():
    assert [
        code
        for code, page in CONDITIONS.items()
        if not all(each["why"] for each in page.get("not_needed", ()))
    ] == []


# Every row is whole


def test_a_row_is_whole():
    def faults(row):
        findings = {*row.get("also", ()), *row.get("unless", ())}
        yield from (f"unknown finding {code}" for code in findings - KNOWN)
        yield from (f"unknown treatment {slug}" for slug in {*row["methods"]} - RANKED)
        yield from (f"unknown source {code}" for code in {*row["sources"]} - {*SOURCES})
        if row["kind"] not in KINDS:
            yield f"kind {row['kind']}"
        if (row.get("level") in LEVELS) != (row["kind"] == "precaution"):
            yield "a precaution has a level, nothing else has"
        if bool(row.get("until")) != (row["kind"] == "deferral"):
            yield "a deferral says until when, nothing else does"
        if row.get("refer") and row["kind"] != "contraindication":
            yield "only a contraindication refers"
        yield from (
            f"unknown referral {slug}" for slug in {*row.get("refer", ())} - REFERRALS
        )
        if not row["sources"]:
            yield "no source"

    assert wrong(faults) == []


def test_a_row_with_weak_sources_only_tells_staff_so():
    assert [
        place
        for place, row in ROWS
        if {grade_of(code) for code in row["sources"]} <= WEAK_GRADES
        and "grade E" not in row["for_staff"]
        and "GK" not in row["for_staff"]
    ] == []


def test_every_bracket_of_a_row_is_a_source_in_the_list():
    def faults(row):
        for name in ("for_patient", "for_staff", "contested"):
            text = row.get(name, "")
            if re.findall(r"\[[^]]*\]", text) != [
                found.group() for found in CITATION.finditer(text)
            ]:
                yield f"a bracket in {name}"
            yield from (code for code in CITATION.findall(text) if code not in SOURCES)

    assert wrong(faults) == []


def test_every_source_says_what_kind_it_is():
    kinds = {code: source.get("kind") for code, source in SOURCES.items()}
    assert [code for code in kinds if kinds[code] not in SourceKind.values] == []


def test_what_waits_for_a_doctor_keeps_the_stricter_kind():
    faults = []
    for wait in WAITING:
        kind = re.match(r"\w+( recommended)?", wait["today"]).group()
        kind = {"not recommended": "contraindication"}.get(kind, kind)
        rows = CONDITIONS.get(wait["condition"], {}).get("rows", ())
        kept = {slug for row in rows if row["kind"] == kind for slug in row["methods"]}
        faults += [(wait["condition"], slug) for slug in {*wait["methods"]} - kept]
    assert faults == []


# Voice


WHYS = [
    (code, each["why"])
    for code, page in CONDITIONS.items()
    for each in page.get("not_needed", ())
]


def test_a_word_why_no_row_is_needed_is_short_and_cites_what_is_in_the_list():
    def faults(why):
        yield from set(re.findall(r"\[([^]]*)\]", why)) - SOURCES.keys()
        if len(why) > MOST["for_patient"]:
            yield f"{len(why)} characters"
        for sentence in re.split(r"(?<=[.!?])\s+", CITATION.sub("", why)):
            if len(WORD.findall(sentence)) > 20:
                yield sentence
        if BANNED.search(why) or re.search("[!\N{EM DASH}]", why):
            yield why

    assert [(code, fault) for code, why in WHYS for fault in faults(why)] == []


def test_staff_are_not_told_to_have_a_medicine_stopped():
    texts = [(place, row["for_staff"]) for place, row in ROWS] + WHYS
    assert [place for place, text in texts if STOPPING_A_MEDICINE.search(text)] == []


def test_no_row_is_too_long_to_read():
    assert [
        f"{place}: {name}, {len(row[name])}"
        for place, row in ROWS
        for name, most in MOST.items()
        if not 0 < len(row[name]) <= most
    ] == []
    assert [
        f"{place}: {sentence}"
        for place, row in ROWS
        for text in told(row)
        for sentence in re.split(r"(?<=[.!?])\s+", text)
        if len(WORD.findall(sentence)) > 20
    ] == []


def test_no_row_promises_and_none_tells_to_stop_a_medicine():
    assert [
        f"{place}: {text}"
        for place, row in ROWS
        for text in told(row)
        if BANNED.search(text)
        or STOPPING_A_MEDICINE.search(text)
        or re.search("[!\N{EM DASH}]", text)
    ] == []


def test_near_the_mouth_every_way_that_can_wake_a_cold_sore_has_an_antiviral_first():
    """What the lip's own page says of it and what cold sores before say are one."""

    def slugs(page, is_meant):
        rows = CONDITIONS[page]["rows"]
        return {slug for row in rows if is_meant(row) for slug in row["methods"]}

    says = slugs("on_lip", lambda row: "ntiviral first" in row["for_staff"])
    first = slugs(
        "hsv_history",
        lambda row: (
            row.get("also") == ["on_lip"]
            and " antiviral " in row["for_patient"]
            and "you may" not in row["for_patient"]
        ),
    )
    assert len(says) > 12
    assert says <= first
    routine = slugs(
        "hsv_history",
        lambda row: (
            "no antiviral" in row["for_staff"] and "on_lip" not in row.get("unless", ())
        ),
    )
    assert routine == set()


def test_of_a_needle_that_can_harm_the_sight_patients_are_told_the_emergency():
    sudden = [
        (place, row) for place, row in ROWS if "change of sight" in row["for_staff"]
    ]
    assert len(sudden) >= 5
    assert [
        place
        for place, row in sudden
        if "A change of sight is an emergency." not in row["for_patient"]
    ] == []
