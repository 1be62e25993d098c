"""Which findings cannot be present together, found by running their rules.

Sites, phototypes, ages and their like come from one fact each: two that no value of that
fact gives at once exclude each other.
"""

from collections.abc import Iterable, Iterator
from functools import cache
from typing import Any

from methods.protocol.facts import Facts
from methods.protocol.findings import establish
from methods.protocol.vocabulary import (
    ActiveAcne,
    BodySite,
    Diabetes,
    Isotretinoin,
    Phototype,
    ScarCause,
    SelfHarmStatus,
)

# Between and on the bounds that rules compare with, in months and years.
_SCAR_AGES = (0, 0.5, 1, 2, 3, 4, 6, 9, 12, 18, 24, 25, 60)
_AGES = (10, 15, 16, 17, 18, 21, 22, 40, 80)
_STOPPED = (0, 3, 6, 9, 12, 24)
_PIT_WIDTHS = (1, 2, 2.5, 3, 4)
_WEEKS_SINCE = (0, 3, 4, 10, 26, 52)


def _values() -> Iterator[list[dict[str, Any]]]:
    """Yield, for each fact that excludes, all that it can be."""
    yield [{"body_site": site} for site in BodySite]
    yield [{"fitzpatrick": phototype} for phototype in Phototype]
    yield [{"age_years": age} for age in _AGES]
    yield [{"pit_width_mm": width} for width in _PIT_WIDTHS]
    yield [{"recent_resurfacing_weeks": weeks} for weeks in _WEEKS_SINCE]
    yield [{"active_acne": value} for value in ActiveAcne]
    yield [{"diabetes": value} for value in Diabetes]
    yield [{"self_harm_status": value} for value in SelfHarmStatus]
    yield [
        {"scar_cause": cause, "scar_age_months": age}
        for cause in ScarCause
        for age in _SCAR_AGES
    ]
    yield [
        {"isotretinoin": value, "isotretinoin_stopped_months": months}
        for value in Isotretinoin
        for months in (_STOPPED if value == Isotretinoin.STOPPED else (None,))
    ]


@cache
def _worlds() -> tuple[tuple[frozenset[str], tuple[frozenset[str], ...]], ...]:
    """Return (codes that a fact settles, those present at each of its values) each."""
    worlds = []
    for values in _values():
        found = [establish(Facts(**each)) for each in values]
        settled = frozenset(
            code
            for code in found[0]
            if {findings[code] for findings in found} == {True, False}
        )
        worlds.append(
            (
                settled,
                tuple(
                    frozenset(code for code in settled if findings[code])
                    for findings in found
                ),
            )
        )
    return tuple(worlds)


def can_hold(when: Iterable[str], unless: Iterable[str] = ()) -> bool:
    """Return whether some patient has all findings of `when` and none of `unless`."""
    needed, excluded = frozenset(when), frozenset(unless)
    if needed & excluded or "everyone" in excluded:
        return False
    return all(
        any(
            present.issuperset(needed & settled) and present.isdisjoint(excluded)
            for present in at_each
        )
        for settled, at_each in _worlds()
        if needed & settled
    )
