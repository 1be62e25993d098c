"""Which facts a rule reads."""

import pytest

from methods.protocol import findings as find
from methods.protocol.coded_findings import CODED_FINDINGS
from methods.protocol.facts import KINDS, Facts
from methods.protocol.logic import is_value
from methods.protocol.tracing import facts_behind, facts_of_rule


def branching(facts):
    if facts.elevation == "flat":
        return facts.wound_closed
    if is_value(facts.colour, "white") and facts.answers.get("smoker"):
        return facts.width == "wide"
    return None


@pytest.fixture
def rule(monkeypatch):
    monkeypatch.setattr(find, "rule_of", {"branching": branching}.get)
    facts_of_rule.cache_clear()
    yield "branching"
    facts_of_rule.cache_clear()


def test_every_path_through_a_rule_is_followed(rule):
    read = {"elevation", "wound_closed", "colour", "smoker", "width"}
    assert facts_of_rule(rule) == read


def test_for_one_scar_only_what_settled_it_is_named(rule):
    assert facts_behind(rule, Facts(elevation="flat")) == ["elevation", "wound_closed"]
    white = Facts(colour="white", answers={"smoker": False})
    assert facts_behind(rule, white) == ["elevation", "colour", "smoker"]


def test_what_no_rule_establishes_rests_on_its_own_question():
    assert facts_behind("smoker", Facts()) == ["smoker"]
    assert facts_of_rule("smoker") == {"smoker"}


def test_every_coded_finding_reads_something():
    silent = {code for code in CODED_FINDINGS if not facts_of_rule(code)}
    # A wish is put in by the engine, for one card at a time.
    assert silent == {"everyone", "asked_for"}


def test_every_coded_finding_reads_something_even_where_nothing_is_known():
    silent = {code for code in CODED_FINDINGS if not facts_behind(code, Facts())}
    # A wish is put in by the engine, for one card at a time.
    assert silent == {"everyone", "asked_for"}


def test_every_fact_matters_to_a_finding():
    read = {name for code in CODED_FINDINGS for name in facts_of_rule(code)}
    # Which treatment was asked for, only the engine reads.
    assert KINDS.keys() - read == {"wants"}
