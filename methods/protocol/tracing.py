"""Which facts and answers a rule reads, found by running it."""

from collections.abc import Callable, Mapping
from functools import cache
from typing import Any, cast
from zlib import crc32

from methods.protocol import findings as find
from methods.protocol.facts import KINDS, Facts

_ANSWERS = (True, False)
_RUNS = 300


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


class _Sampler:
    """Facts that answer each question with one of its samples, another in each run."""

    def __init__(self, run: int) -> None:
        self.names: list[str] = []
        self.answers = _SampledAnswers(self._value)
        self._run = run

    def _value(self, name: str) -> Any:
        self.names.append(name)
        samples = (None, *(KINDS[name].samples if name in KINDS else _ANSWERS))
        # A checksum spreads evenly, and is the same on every machine.
        return samples[crc32(f"{self._run} {name}".encode()) % len(samples)]

    def __getattr__(self, name: str) -> Any:
        return self._value(name)


class _SampledAnswers(dict[str, Any]):
    def __init__(self, value: Callable[[str], Any]) -> None:
        super().__init__()
        self._value = value

    def get(self, code: str, default: Any = None) -> Any:
        return self._value(code)


@cache
def facts_of_rule(code: str) -> frozenset[str]:
    """Return the facts and questions that a finding's rule reads for any scar.

    Runs the rule on many different answers. Rules ask for nearly all they read at once,
    so that few of them would do.
    """
    rule = find.rule_of(code)
    if rule is None:
        return frozenset([code])
    found: set[str] = set()
    for run in range(_RUNS):
        sampler = _Sampler(run)
        rule(cast(Facts, sampler))
        found.update(sampler.names)
    return frozenset(found)
