"""From facts to findings: what is present, absent or unknown in one scar."""

import math
from collections.abc import Callable, Iterable

from methods.protocol import about_person, about_scar, red_flags, scar_types
from methods.protocol import thresholds as at
from methods.protocol.coded_findings import CODED_FINDINGS, ScarTypeCode
from methods.protocol.facts import NEVER, Facts
from methods.protocol.logic import Truth
from methods.protocol.vocabulary import Isotretinoin

Findings = dict[str, Truth]
Rule = Callable[[Facts], Truth]

_MODULES = (scar_types, red_flags, about_scar, about_person)
# A finding that no function establishes stops the site at its start.
_ESTABLISHED_BY: dict[str, Rule] = {
    code: next(getattr(each, code) for each in _MODULES if hasattr(each, code))
    for code in CODED_FINDINGS
}

_UNCLASSIFIED = ScarTypeCode.UNCLASSIFIED.value

_WEEK, _MONTH = 7, 365.25 / 12
# What time alone ends: the fact that counts, up to where, and the days in its unit.
_PASSES = {
    "scar_under_12_months": ("scar_age_months", at.MATURING_MONTHS, _MONTH),
    "isotretinoin_under_6_months": (
        "isotretinoin_stopped_months",
        at.ISOTRETINOIN_WASHOUT_MONTHS,
        _MONTH,
    ),
    "recent_tan": ("tan_weeks", at.TAN_WEEKS, _WEEK),
    "recent_filler": ("recent_filler_weeks", at.FILLER_WEEKS, _WEEK),
    "recent_resurfacing": ("recent_resurfacing_weeks", at.RESURFACING_WEEKS, _WEEK),
    "resurfacing_under_6_months": (
        "recent_resurfacing_weeks",
        at.DEEP_RESURFACING_WEEKS,
        _WEEK,
    ),
}


def establish(facts: Facts, questions: Iterable[str] = ()) -> Findings:
    """Return {code: True, False or None} for every coded finding and health question."""
    findings = {
        code: rule(facts)
        for code, rule in _ESTABLISHED_BY.items()
        if code != _UNCLASSIFIED
    }
    # Its own rule would run those of all other types once more.
    findings[_UNCLASSIFIED] = scar_types.is_of_no_type(facts, findings)
    for code in questions:
        findings.setdefault(code, facts.answers.get(code))
    return findings


def rule_of(code: str) -> Rule | None:
    """Return the function that establishes a coded finding, None for any other."""
    return _ESTABLISHED_BY.get(code)


def state_of(code: str, facts: Facts) -> bool | None:
    """Return True, False or None for one coded finding or health question."""
    rule = rule_of(code)
    return rule(facts) if rule else facts.answers.get(code)


def present_types(findings: Findings) -> list[str]:
    """Return the provisional scar types that are present; "unclassified" if none is.

    A scar may wait for an answer before a type fits: it is to be examined all the same,
    though the finding `unclassified`, that certainly no type fits, is not known then.
    """
    present = [code for code in ScarTypeCode.values if findings[code]]
    return present or [_UNCLASSIFIED]


def days_until_clear(code: str, facts: Facts) -> int | None:
    """Return the days until time alone ends this finding, None if it will not."""
    if code not in _PASSES or (
        code == "isotretinoin_under_6_months"
        and facts.isotretinoin == Isotretinoin.CURRENT
    ):
        return None
    fact, limit, days = _PASSES[code]
    passed = getattr(facts, fact)
    if passed is None or passed == NEVER:
        return None
    return math.ceil(max(0, limit - passed) * days)
