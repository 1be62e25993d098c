"""docs/hazards.csv: each hazard has a control, a test that holds it, and says what remains."""

import csv

from tests.named_tests import ROOT, missing

COLUMNS = ["id", "hazard", "cause", "harm", "severity", "control", "where", "remains"]
SEVERITIES = {"minor", "serious", "critical"}


def read():
    with (ROOT / "docs/hazards.csv").open(newline="") as file:
        return list(csv.DictReader(file))


def fault(row):
    """Return what is wrong with a row, None if nothing is."""
    if empty := [name for name in COLUMNS if not row[name].strip()]:
        return f"{', '.join(empty)} says nothing"
    if row["severity"] not in SEVERITIES:
        return f"{row['severity']} is no severity"
    for each in missing(row["where"].split()):
        return f"{each} is no test"
    return None


def test_every_hazard_has_a_control_that_a_test_holds():
    assert list(read()[0]) == COLUMNS
    assert [(row["id"], told) for row in read() if (told := fault(row))] == []


def test_hazards_are_numbered_in_order():
    assert [row["id"] for row in read()] == [
        f"H{number:02d}" for number in range(1, len(read()) + 1)
    ]


def test_a_hazard_without_a_test_is_recognised():
    good = read()[0]
    assert fault(good) is None
    broken = [{"where": "tests/test_hazards.py::test_gone"}, {"remains": " "}]
    broken += [{"severity": "some"}, {"where": ""}]
    assert all(fault(good | each) for each in broken)
