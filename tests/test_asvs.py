"""docs/asvs.csv answers every requirement of OWASP ASVS 5.0.0, level 2, by tests or plainly."""

import csv
from collections import Counter

from tests.named_tests import ROOT, missing

IDS = ROOT / "tests/data/asvs-5.0.0-ids.txt"
COLUMNS = ["id", "level", "asks", "applies", "state", "where", "note"]
STATES = {("yes", "met"), ("yes", "not met"), ("no", "not applicable")}


def read():
    with (ROOT / "docs/asvs.csv").open(newline="") as file:
        return list(csv.DictReader(file))


def fault(row):
    """Return what is wrong with a row, None if nothing is."""
    named = row["where"].split()
    for each in missing(named):
        return f"{each} is no test"
    if (row["applies"], row["state"]) not in STATES or not row["asks"]:
        return "applies and state do not go together"
    if row["state"] == "met" and not named:
        return "met, and no test says so"
    if row["state"] != "met" and (named or not row["note"]):
        return "not met or not applicable, and no note says why"
    return None


def test_every_requirement_is_answered_once_and_in_order():
    listed = [
        tuple(line.split())
        for line in IDS.read_text().splitlines()
        if not line.startswith("#")
    ]
    assert len(listed) == 253
    assert [(row["id"], row["level"]) for row in read()] == listed
    assert list(read()[0]) == COLUMNS


def test_what_is_met_has_a_test_and_what_is_not_is_said():
    assert [(row["id"], told) for row in read() if (told := fault(row))] == []


def test_what_security_md_counts_is_so():
    states = Counter(row["state"] for row in read())
    met, missing = states["met"], states["not met"]
    foreign = states["not applicable"]
    told = (ROOT / "SECURITY.md").read_text()
    assert (
        f"Of its 253 requirements {met} are met, {missing} are not, "
        f"and {foreign} do not apply." in " ".join(told.split())
    )


def test_an_answer_without_a_test_or_a_reason_is_recognised():
    good = dict.fromkeys(COLUMNS, "x") | {
        "applies": "yes",
        "state": "met",
        "where": "tests/test_asvs.py::"
        "test_an_answer_without_a_test_or_a_reason_is_recognised",
    }
    assert fault(good) is None
    assert fault(good | {"state": "not met", "where": ""}) is None
    for bad in (
        {"where": ""},
        {"where": "tests/test_asvs.py::test_that_is_gone"},
        {"where": "tests/test_gone.py::test_that_is_gone"},
        {"where": "tests/test_asvs.py::read"},
        {"state": "not met"},
        {"state": "not met", "where": "", "note": ""},
        {"state": "not applicable", "where": ""},
        {"applies": "no"},
        {"asks": ""},
    ):
        assert fault(good | bad), bad
