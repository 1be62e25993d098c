"""Which facts and answers a rule reads, found by running it."""

from collections.abc import Mapping
from functools import cache
from typing import Any, cast

from methods.protocol import findings as find
from methods.protocol.facts import KINDS, Facts

_ANSWERS = (True, False)


class _Answers(dict[str, Any]):
    """Answers to health questions that record which of them are read."""

    def __init__(self, answers: Mapping[str, Any], names: list[str]) -> None:
        super().__init__(answers)
        self._names = names

    def get(self, code: str, default: Any = None) -> Any:
        self._names.append(code)
        return super().get(code, default)


class _Recorder:
    """Facts that record which of them are read; what is not given is not known."""

    def __init__(self, values: Mapping[str, Any], answers: Mapping[str, Any]) -> None:
        self.names: list[str] = []
        self.answers = _Answers(answers, self.names)
        self._values = values

    def __getattr__(self, name: str) -> Any:
        self.names.append(name)
        return self._values.get(name)


def facts_behind(code: str, facts: Facts) -> list[str]:
    """Return the facts and questions that a rule reads for one scar, in order.

    A rule stops where the matter is settled, so these are what settled it.
    """
    rule = find.rule_of(code)
    if rule is None:
        return [code]
    values = {name: getattr(facts, name) for name in KINDS}
    recorder = _Recorder(values, facts.answers)
    rule(cast(Facts, recorder))
    return list(dict.fromkeys(recorder.names))


@cache
def facts_of_rule(code: str) -> frozenset[str]:
    """Return the facts and questions that a finding's rule reads for any scar.

    Follows every path through the rule: each fact it reads takes each of its samples.
    """
    rule = find.rule_of(code)
    if rule is None:
        return frozenset([code])
    found: set[str] = set()
    paths: list[dict[str, Any]] = [{}]
    while paths:
        path = paths.pop()
        recorder = _Recorder(path, path)
        rule(cast(Facts, recorder))
        found.update(recorder.names)
        fork = next((name for name in recorder.names if name not in path), None)
        if fork:
            samples = KINDS[fork].samples if fork in KINDS else _ANSWERS
            paths += [path | {fork: value} for value in (None, *samples)]
    return frozenset(found)
