"""What methods say of each other: together, first, apart. Next (`then`) is for the plan.

A relation holds for one scar where one of its scar types and all its findings are
present. What is hard is enforced by the engine; the rest is shown.
"""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from methods.protocol.about_scar import done_before, tried
from methods.protocol.entries import Criterion, Method, Relation
from methods.protocol.facts import Facts
from methods.protocol.findings import Findings
from methods.protocol.logic import Truth, all_of
from methods.protocol.vocabulary import OPTIONS, RelationKind, Verdict

WEEKS_A_MONTH = 365.25 / 12 / 7
Verdicts = Mapping[str, str]
"""{slug: the verdict of its card}, so far."""

# What a missing partner makes of the method that needs it, best first.
_INSTEAD = (Verdict.DEFERRED, Verdict.UNDETERMINED)


@dataclass(frozen=True, slots=True)
class After:
    """A step that comes before: its method, and the sessions or weeks it takes."""

    method: str
    sessions: int | None = None
    weeks: float | None = None


@dataclass(frozen=True, slots=True)
class Wait:
    """Weeks that must pass since an earlier treatment; `days` is None if not known.

    `is_dated` is False where nobody knows when it was; `method` is "" where nobody knows
    what was done, if anything.
    """

    relation: Relation
    method: str
    days: int | None
    is_dated: bool = True


def weeks_between(relation: Relation, findings: Findings) -> float:
    """Return the weeks for this skin; an unknown phototype counts as the darker."""
    weeks, dark = relation.weeks or 0, relation.weeks_dark
    is_light = findings.get("phototype_4_6") is False
    return weeks if dark is None or is_light else dark


def weeks_apart(method: Method, findings: Findings) -> float | None:
    """Return the weeks between a method's own sessions on this skin, None if not said."""
    gaps = [
        weeks_between(each, findings)
        for each in method.relations
        if each.kind == RelationKind.NOT_WITH
        and method.slug in each.methods
        and is_about(each, findings)
    ]
    return max(gaps, default=None)


def is_about(relation: Relation, findings: Findings) -> Truth:
    """Return whether a relation concerns this scar."""
    scars = [findings.get(code) for code in relation.scars]
    has_type = True if not scars or True in scars else None if None in scars else False
    return all_of(has_type, *(findings.get(code) for code in relation.when))


def _concerns(relation: Relation, indication: Criterion) -> bool:
    """Return whether an indication stands or falls with a partner."""
    return relation.line in ("", indication.line) and (
        not relation.scars or not set(relation.scars).isdisjoint(indication.when)
    )


def is_done(relation: Relation, facts: Facts) -> Truth:
    """Return whether what has to come first was done, in as many sessions as it takes.

    None where nobody said what was tried, or how often.
    """
    was_tried = tried(facts, *relation.methods)
    if not was_tried or relation.sessions is None:
        return was_tried
    counts = [
        each.sessions
        for each in facts.treatments or ()
        if each.method in relation.methods
    ]
    known = [count for count in counts if count is not None]
    if sum(known) >= relation.sessions:
        return True
    return False if counts and len(known) == len(counts) else None


def unmet(
    method: Method,
    indication: Criterion,
    findings: Findings,
    facts: Facts,
    verdicts: Verdicts,
) -> tuple[Relation, Verdict] | None:
    """Return the hard relation that an indication fails worst, and its verdict then."""
    failed = []
    for relation in method.relations:
        if not relation.is_hard or relation.kind not in _TOGETHER_OR_AFTER:
            continue
        holds = is_about(relation, findings)
        if holds is False or not _concerns(relation, indication):
            continue
        partners = {verdicts.get(slug) for slug in relation.methods}
        done = relation.kind == RelationKind.AFTER and is_done(relation, facts)
        if partners & _OPTIONS or done:
            continue
        if holds is None or done is None:
            verdict = Verdict.UNDETERMINED
        else:
            verdict = next(
                (each for each in _INSTEAD if each in partners), Verdict.NOT_INDICATED
            )
        failed.append((relation, verdict))
    return max(failed, key=lambda each: _WORSE[each[1]], default=None)


_WORSE = {verdict: place for place, verdict in enumerate(Verdict)}
_TOGETHER_OR_AFTER = (RelationKind.NEEDS, RelationKind.AFTER)
_OPTIONS = frozenset(OPTIONS)


def _current(
    method: Method, kind: RelationKind, findings: Findings
) -> Iterable[Relation]:
    return (
        each
        for each in method.relations
        if each.kind == kind and is_about(each, findings)
    )


def together(method: Method, findings: Findings, verdicts: Verdicts) -> tuple[str, ...]:
    """Return the methods that belong to this one and are options here."""
    return tuple(
        dict.fromkeys(
            slug
            for relation in _current(method, RelationKind.NEEDS, findings)
            for slug in relation.methods
            if verdicts.get(slug) in _OPTIONS
        )
    )


def steps_before(
    method: Method, findings: Findings, facts: Facts, verdicts: Verdicts
) -> tuple[After, ...]:
    """Return what comes first in a plan: options of this patient, not yet done."""
    steps = {
        slug: After(slug, relation.sessions, relation.weeks)
        for relation in _current(method, RelationKind.AFTER, findings)
        for slug in relation.methods
        if verdicts.get(slug) in _OPTIONS and not is_done(relation, facts)
    }
    return tuple(steps.values())


def waits(method: Method, findings: Findings, facts: Facts) -> list[Wait]:
    """Return the washouts after earlier treatments that are not over, the longest first.

    They count from `treatments`, as the clinic's own and the intake give them. One without
    a date blocks like the longest gap until somebody asks; so does one of which it is not
    known whether the relation concerns this scar, and whatever may have been done where
    nobody knows what was.
    """
    done = done_before(facts)
    is_all = facts.prior_treatments is not None
    if is_all and not done:
        return []
    found = []
    for relation in method.relations:
        if relation.kind != RelationKind.NOT_WITH:
            continue
        earlier = [each for each in done if each.method in relation.methods]
        if is_all and not earlier:
            continue
        weeks, holds = weeks_between(relation, findings), is_about(relation, findings)
        if not weeks or holds is False:
            continue
        if not is_all:
            found.append(Wait(relation, "", None, is_dated=False))
        for each in earlier:
            if each.months_ago is None:
                found.append(Wait(relation, each.method, None, is_dated=False))
            elif (left := weeks - each.months_ago * WEEKS_A_MONTH) > 0:
                days = math.ceil(left * 7) if holds else None
                found.append(Wait(relation, each.method, days))
    return sorted(
        found, key=lambda each: -math.inf if each.days is None else -each.days
    )


def unknown_in(relation: Relation, findings: Findings) -> list[str]:
    """Return the codes that tell whether a relation concerns this scar, if not known."""
    if is_about(relation, findings) is not None:
        return []
    return [
        code for code in relation.scars + relation.when if findings.get(code) is None
    ]
