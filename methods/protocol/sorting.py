"""Sort out which criteria hold for a scar, each rule once for all methods that share it."""

from collections.abc import Collection, Iterable, Mapping
from operator import itemgetter
from typing import NamedTuple

from methods.protocol.coded_findings import DerivedFinding
from methods.protocol.entries import Criterion, Method
from methods.protocol.findings import Findings
from methods.protocol.logic import Truth

_EVERYONE = DerivedFinding.EVERYONE.value
_WISH = DerivedFinding.ASKED_FOR.value


def holds(when: Iterable[str], unless: Iterable[str], findings: Findings) -> Truth:
    """Return whether all of `when` are present and none of `unless`, None if unknown."""
    unknown = False
    for code in when:
        value = findings.get(code)
        if value is False:
            return False
        if value is None:
            unknown = True
    for code in unless:
        value = findings.get(code)
        if value:
            return False
        if value is None:
            unknown = True
    return None if unknown else True


Row = tuple[int, Criterion, tuple[str, ...]]
"""A criterion's place in its method, it, and what is not known of it: () if it holds."""


class _User(NamedTuple):
    """A method's criterion, and its place among them."""

    method: str
    place: int
    criterion: Criterion


class _Rule(NamedTuple):
    when: tuple[str, ...]
    unless: tuple[str, ...]
    users: list[_User]


class RuleIndex:
    """The criteria of methods by the findings that they hold on.

    Most conditions are absent: their rules are never looked at.
    """

    def __init__(self, methods: Iterable[Method]) -> None:
        rules: dict[tuple[tuple[str, ...], tuple[str, ...]], _Rule] = {}
        self._methods = []
        for method in methods:
            self._methods.append(method.slug)
            for place, row in enumerate(method.criteria):
                key = row.when, row.unless
                rule = rules.setdefault(key, _Rule(*key, []))
                rule.users.append(_User(method.slug, place, row))
        self._by_finding: dict[str, list[_Rule]] = {}
        self._of_wishes: list[_Rule] = []
        for rule in rules.values():
            if _WISH in rule.when + rule.unless:
                self._of_wishes.append(rule)
                continue
            rare = next((code for code in rule.when if code != _EVERYONE), _EVERYONE)
            self._by_finding.setdefault(rare, []).append(rule)

    def sort_out(
        self, findings: Findings, wishes: Collection[str] = ()
    ) -> Mapping[str, list[Row]]:
        """Return {method slug: its criteria that hold or may hold, in its order}.

        `wishes` are the slugs that the patient asked about.
        """
        found: dict[str, list[Row]] = {slug: [] for slug in self._methods}
        for code, rules in self._by_finding.items():
            if findings.get(code) is False:
                continue
            for when, unless, users in rules:
                truth = holds(when, unless, findings)
                if truth is False:
                    continue
                unknown = () if truth else _unknown_in(when + unless, findings)
                for slug, place, criterion in users:
                    found[slug].append((place, criterion, unknown))
        for when, unless, users in self._of_wishes:
            for slug, place, criterion in users:
                wished = findings | {_WISH: slug in wishes}
                truth = holds(when, unless, wished)
                if truth is not False:
                    unknown = () if truth else _unknown_in(when + unless, wished)
                    found[slug].append((place, criterion, unknown))
        for rows in found.values():
            rows.sort(key=itemgetter(0))
        return found


def _unknown_in(codes: Iterable[str], findings: Findings) -> tuple[str, ...]:
    return tuple(code for code in codes if findings.get(code) is None)
