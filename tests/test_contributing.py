"""What CONTRIBUTING.md and README.md name exists."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]


@pytest.mark.parametrize("name", ["CONTRIBUTING.md", "README.md"])
def test_every_file_that_is_named_exists(name):
    text = (ROOT / name).read_text()
    prefixes = ("scarclinic/", "methods/", "consultations/", "tests/", "benchmarks/")
    named = {
        path
        for path in re.findall(r"`([\w./*-]+)`", text)
        if path.startswith((*prefixes, "templates/", "static/"))
    }
    assert len(named) > 5
    assert [path for path in named if not list(ROOT.glob(path))] == []


def test_the_example_of_a_finding_is_as_it_is_told():
    text = (ROOT / "CONTRIBUTING.md").read_text()
    code = (ROOT / "methods/protocol/about_scar.py").read_text()
    [line] = re.findall(r"`(return negated[^`]*)`", text)
    assert line in code
    thresholds = (ROOT / "methods/protocol/thresholds.py").read_text()
    assert re.search(r"`(VERY_ITCHY_FROM = \d)`", text)[1] in thresholds
