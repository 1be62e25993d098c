"""Sort out which criteria hold for a scar, each rule once for all methods that share it."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from functools import lru_cache
from typing import NamedTuple

from methods.protocol.coded_findings import DerivedFinding
from methods.protocol.entries import Criterion, Method
from methods.protocol.findings import Findings
from methods.protocol.held import Held, Unknown
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


class _Rule:
    """One condition, and the criteria that rest on it: their bits, and whose they are."""

    def __init__(self, when: tuple[str, ...], unless: tuple[str, ...]) -> None:
        self.when, self.unless, self.codes = when, unless, when + unless
        self.bits = 0
        self.users: list[tuple[str, int]] = []


class _Share(NamedTuple):
    """A method's share of the bits: where it begins, and its bits once moved to 0."""

    start: int
    bits: int


class RuleIndex:
    """The criteria of methods by the findings that they hold on.

    Most conditions are absent: their rules are never looked at. What holds is a bit set
    over the criteria of all methods. A method's share of it is the key to what `Held`
    makes of it: patient after patient has the same.
    """

    def __init__(self, methods: Iterable[Method]) -> None:
        self._criteria: dict[str, tuple[Criterion, ...]] = {}
        self._shares: dict[str, _Share] = {}
        self._by_finding: dict[str, list[_Rule]] = {}
        self._of_wishes: list[tuple[str, _Rule]] = []
        rules: dict[tuple[tuple[str, ...], ...], _Rule] = {}
        start = 0
        for method in methods:
            count = len(method.criteria)
            self._criteria[method.slug] = method.criteria
            self._shares[method.slug] = _Share(start, (1 << count) - 1)
            for place, row in enumerate(method.criteria):
                rule = rules.get((row.when, row.unless))
                if rule is None or _WISH in rule.codes:
                    rule = rules[row.when, row.unless] = _Rule(row.when, row.unless)
                    self._file(method.slug, rule)
                rule.bits |= 1 << start + place
                rule.users.append((method.slug, place))
            start += count
        self._held_of = lru_cache(maxsize=2048)(self._made)

    def _file(self, slug: str, rule: _Rule) -> None:
        """Put a new rule where it is looked for: a wish is for one method only."""
        if _WISH in rule.codes:
            self._of_wishes.append((slug, rule))
        else:
            rare = next((code for code in rule.when if code != _EVERYONE), _EVERYONE)
            self._by_finding.setdefault(rare, []).append(rule)

    def sort_out(
        self, findings: Findings, wishes: Collection[str] = ()
    ) -> Mapping[str, Held]:
        """Return {method slug: its criteria that hold or may hold, by kind}.

        `wishes` are the slugs that the patient asked about.
        """
        held = unknown = 0
        partly: dict[str, list[Unknown]] = {}
        for rule, known in self._candidates(findings, wishes):
            truth = holds(rule.when, rule.unless, known)
            if truth:
                held |= rule.bits
            elif truth is None:
                unknown |= rule.bits
                if len(rule.codes) > 1:
                    codes = _unknown_in(rule.codes, known)
                    for slug, place in rule.users:
                        partly.setdefault(slug, []).append((place, codes))
        return {
            slug: self._held_of(
                slug,
                held >> share.start & share.bits,
                unknown >> share.start & share.bits,
                tuple(sorted(partly.get(slug, ()))),
            )
            for slug, share in self._shares.items()
        }

    def _candidates(
        self, findings: Findings, wishes: Collection[str]
    ) -> Iterator[tuple[_Rule, Findings]]:
        """Yield the rules that may hold, each with the findings of its method."""
        for code, rules in self._by_finding.items():
            if findings.get(code) is not False:
                for rule in rules:
                    yield rule, findings
        for slug, rule in self._of_wishes:
            yield rule, findings | {_WISH: slug in wishes}

    def _made(
        self, slug: str, held: int, unknown: int, partly: tuple[Unknown, ...]
    ) -> Held:
        return Held(self._criteria[slug], held, unknown, dict(partly))


def _unknown_in(codes: Iterable[str], findings: Findings) -> tuple[str, ...]:
    return tuple(code for code in codes if findings.get(code) is None)
