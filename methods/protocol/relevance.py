"""Which facts and questions may still change a card: what an intake has to ask.

A treatment that certainly does not fit a scar never becomes an option, whatever else is
answered. Of the others every rule counts: safety, checks, indications, relations.
"""

from collections.abc import Iterable
from functools import lru_cache

from methods.protocol import findings as find
from methods.protocol.coded_findings import DerivedFinding, ScarTypeCode
from methods.protocol.entries import Criterion, Method, Protocol
from methods.protocol.facts import Facts
from methods.protocol.findings import Findings
from methods.protocol.sorting import holds
from methods.protocol.tracing import facts_of_rule
from methods.protocol.vocabulary import CriterionKind

_WISH = DerivedFinding.ASKED_FOR.value
# How a scar looks is asked of everybody, and takes long to trace.
_LOOKS = frozenset(ScarTypeCode.values)


class _Ranked:
    """A ranked method: what speaks for it, and all else that its cards are dealt from."""

    def __init__(self, method: Method) -> None:
        self.slug = method.slug
        self.indications = method.criteria_of(CriterionKind.INDICATION)
        self.criteria = [
            each for each in method.criteria if each.kind != CriterionKind.INDICATION
        ]
        self.related = frozenset(
            code for each in method.relations for code in each.scars + each.when
        )


# One for all patients of a protocol; several while threads ask under several.
@lru_cache(maxsize=4)
def _ranked(protocol: Protocol) -> tuple[_Ranked, ...]:
    return tuple(_Ranked(each) for each in protocol.methods if each.is_ranked)


def facts_that_matter(facts: Facts, protocol: Protocol) -> frozenset[str]:
    """Return the names of unknown facts and questions that may change a card of a scar.

    Those of every ranked method that is indicated, that may be once more is known, or
    that the patient asked about; and those of the red flags, which stop every option.
    Without those that only tell a scar's type.
    """
    findings = find.establish(facts, protocol.questions)
    unknown = {flag.code for flag in protocol.red_flags if findings[flag.code] is None}
    for method in _ranked(protocol):
        is_wished = method.slug in (facts.wants or ())
        known = findings | {_WISH: True} if is_wished else findings
        indications = _open(method.indications, known)
        if indications or is_wished:
            unknown |= _unknown_in(indications, known)
            unknown |= _unknown_in(_open(method.criteria, known), known)
            unknown |= {code for code in method.related if known.get(code) is None}
    rules = unknown - _LOOKS
    return frozenset(rules).union(*map(facts_of_rule, sorted(rules)))


@lru_cache(maxsize=4)
def facts_of_rules(protocol: Protocol) -> frozenset[str]:
    """Return the names of the facts and questions that any rule of a protocol reads.

    What none reads is asked for whoever reviews the answers.
    """
    rules = {code for each in _ranked(protocol) for code in each.related}
    for method in _ranked(protocol):
        for row in [*method.indications, *method.criteria]:
            rules.update(row.when + row.unless)
    rules.update(flag.code for flag in protocol.red_flags)
    return frozenset(rules).union(*map(facts_of_rule, sorted(rules - _LOOKS)))


def _open(criteria: Iterable[Criterion], findings: Findings) -> list[Criterion]:
    """Return the criteria that hold, or of which it is not known."""
    return [
        each
        for each in criteria
        if holds(each.when, each.unless, findings) is not False
    ]


def _unknown_in(criteria: Iterable[Criterion], findings: Findings) -> set[str]:
    return {
        code
        for each in criteria
        for code in each.when + each.unless
        if findings.get(code) is None
    }
