"""Audit of a protocol: what is missing or wrong in it, and what waits for a person.

A fault is a hole, a contradiction, or a page without its rule. What waits is true as far
as we know, and nobody has confirmed it, or no good source bears it.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import combinations

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

from methods.protocol.audit_words import CONDITIONS, FOR_A_SIGNATURE, RELATION_IN_PROSE
from methods.protocol.circles import circles
from methods.protocol.coded_findings import CODED_FINDINGS, SITES, DerivedFinding
from methods.protocol.entries import (
    Condition,
    Criterion,
    Looser,
    Method,
    Protocol,
    grade_of,
)
from methods.protocol.exclusive import can_hold
from methods.protocol.tracing import facts_of_rule
from methods.protocol.vocabulary import (
    SAFETY_KINDS,
    WEAK_GRADES,
    CriterionKind,
    Level,
    MethodGroup,
)

EVERYONE = DerivedFinding.EVERYONE.value


class Fault(TextChoices):
    """What must not be in a protocol that is published."""

    HOLE = "hole", _("Neither a rule nor a word why none is needed")
    PAGE_WITHOUT_RULE = "page_without_rule", _("The page warns of what no rule knows")
    NEVER_HOLDS = "never_holds", _("A rule that can never hold")
    CONTRADICTION = "contradiction", _("Rules of one treatment contradict each other")
    NOT_LIVE = "not_live", _("A relation or referral to what is not live")
    CIRCLE = "circle", _("Relations that go round in a circle")
    FLAG_WITHOUT_REFERRAL = "flag_without_referral", _("A red flag without a referral")
    FOR_EVERYONE = "for_everyone", _("A precaution that holds for everyone")
    UNUSED_QUESTION = "unused_question", _("A question that no rule reads")
    RELATION_IN_PROSE = "relation_in_prose", _("A relation that only the prose knows")


class Wait(TextChoices):
    """What holds until a person has looked at it."""

    UNCONFIRMED = "unconfirmed", _("Rules that nobody has confirmed")
    FOR_A_SOURCE = "for_a_source", _("Weakly sourced rules that wait for a source")
    FOR_A_DOCTOR = (
        "for_a_doctor",
        _("Weakly sourced rules that wait for the doctor's signature"),
    )
    SOFT_RELATION = "soft_relation", _("Relations not enforced, for want of a source")
    LOOSER = "looser", _("Looser rules that wait for a doctor")


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing that the audit found."""

    kind: str
    methods: tuple[str, ...] = ()
    findings: tuple[str, ...] = ()
    origin: str = ""
    detail: str = ""
    """What the page says, which rules disagree, or what sort of rule it is."""


@dataclass(frozen=True, slots=True)
class Report:
    """What the audit found."""

    faults: tuple[Entry, ...]
    waits: tuple[Entry, ...]


def counts(entries: Iterable[Entry], kinds: type[TextChoices]) -> dict[str, int]:
    """Return {kind: how many}, 0 where there is none; of holes, the cells count."""
    found = dict.fromkeys(kinds.values, 0)
    for each in entries:
        found[each.kind] += len(each.methods) if each.kind == Fault.HOLE else 1
    return found


def audit(
    protocol: Protocol,
    conditions: Sequence[Condition],
    looser: Iterable[Looser] = (),
) -> Report:
    """Return what is wrong in a protocol, and what waits in it.

    `conditions` are the live pages of the safety matrix, `looser` the rules that a source
    would loosen.
    """
    faults = [
        *holes(protocol, conditions),
        *_pages_without_rules(protocol),
        *_never_hold(protocol),
        *_contradictions(protocol, conditions),
        *_not_live(protocol),
        *_circles(protocol),
        *_flags_without_referral(protocol),
        *_for_everyone(protocol),
        *_unused_questions(protocol),
        *_relations_in_prose(protocol),
    ]
    waits = [
        *_unconfirmed(protocol),
        *_weakly_sourced(protocol),
        *_soft_relations(protocol),
        *(
            Entry(
                Wait.LOOSER,
                each.methods,
                (each.condition,),
                detail=f"{each.today} → {each.proposed}",
            )
            for each in looser
        ),
    ]
    return Report(tuple(faults), tuple(waits))


def _shared(entries: Iterable[Entry]) -> Iterator[Entry]:
    """Yield what is found in several methods once, with all of them."""
    methods: dict[Entry, list[str]] = {}
    for each in entries:
        methods.setdefault(replace(each, methods=()), []).extend(each.methods)
    for each, slugs in methods.items():
        yield replace(each, methods=tuple(dict.fromkeys(slugs)))


def _in_words(row: Criterion) -> str:
    level = row.level or (Level.DOCTOR if row.kind == CriterionKind.PRECAUTION else "")
    return " ".join(filter(None, [row.kind, row.line, level]))


# Holes


def columns(protocol: Protocol) -> list[Method]:
    """Return the methods that every condition has to settle."""
    return [each for each in protocol.methods if each.is_ranked_treatment]


def rows(protocol: Protocol, conditions: Iterable[Condition]) -> list[str]:
    """Return the findings that have to be settled for every method.

    Those of the conditions, the health questions of safety criteria, and every site.
    """
    pages = [each.code for each in conditions]
    asked = {
        code
        for method in protocol.methods
        for each in method.criteria
        # Beside a condition, a question only says when that condition matters.
        if each.is_safety and set(pages).isdisjoint(each.when)
        for code in each.when
        if code in protocol.questions
    }
    return list(dict.fromkeys([*pages, *sorted(asked), *SITES]))


def settled(method: Method) -> set[str]:
    """Return the findings that a method's safety criteria and checks know."""
    kinds = SAFETY_KINDS | {CriterionKind.CHECK}
    return {
        code for each in method.criteria if each.kind in kinds for code in each.when
    }


def holes(protocol: Protocol, conditions: Sequence[Condition]) -> Iterator[Entry]:
    """Yield each finding with the methods for which nobody has settled it."""
    known = {method.slug: settled(method) for method in columns(protocol)}
    not_needed = {each.code: each.not_needed for each in conditions}
    for code in rows(protocol, conditions):
        words = not_needed.get(code, {})
        open_for = [
            slug for slug in known if code not in known[slug] and not words.get(slug)
        ]
        if open_for:
            yield Entry(Fault.HOLE, tuple(open_for), (code,))


# Pages


def _known_to_rules(method: Method) -> set[str]:
    """Return the findings that keep a method from somebody, or what makes an exception.

    To be for a scar is not to be careful of it: what an indication holds on is no warning.
    """
    return {
        code
        for each in method.criteria
        for code in each.unless
        + (() if each.kind == CriterionKind.INDICATION else each.when)
    }


def _pages_without_rules(protocol: Protocol) -> Iterator[Entry]:
    for method in columns(protocol):
        known = _known_to_rules(method)
        for words in CONDITIONS:
            if not known.isdisjoint(words.findings):
                continue
            for section in words.sections:
                for line in method.sections.get(section, ()):
                    if words.pattern.search(line):
                        yield Entry(
                            Fault.PAGE_WITHOUT_RULE,
                            (method.slug,),
                            words.findings,
                            origin=section,
                            detail=line,
                        )


# Rules


def _never_hold(protocol: Protocol) -> Iterator[Entry]:
    criteria = [
        Entry(
            Fault.NEVER_HOLDS,
            (method.slug,),
            row.when + row.unless,
            row.origin,
            _in_words(row),
        )
        for method in protocol.methods
        for row in method.criteria
        if not can_hold(row.when, row.unless)
    ]
    relations = [
        Entry(Fault.NEVER_HOLDS, (method.slug,), each.when, each.origin, each.kind)
        for method in protocol.methods
        for each in method.relations
        if not any(can_hold((*each.when, scar)) for scar in each.scars or (EVERYONE,))
    ]
    return _shared([*criteria, *relations])


def _contradictions(
    protocol: Protocol, conditions: Iterable[Condition]
) -> Iterator[Entry]:
    found = [
        Entry(Fault.CONTRADICTION, (method.slug,), one.when, "", _two(one, other))
        for method in protocol.methods
        for one, other in combinations(method.criteria, 2)
        if _contradict(one, other) or _contradict(other, one)
    ]
    for condition in conditions:
        for method in columns(protocol):
            if condition.not_needed.get(method.slug) is None:
                continue
            found += [
                Entry(
                    Fault.CONTRADICTION,
                    (method.slug,),
                    row.when,
                    "",
                    f"not needed / {_in_words(row)}",
                )
                for row in method.criteria
                if row.is_safety and row.when == (condition.code,)
            ]
    return _shared(found)


def _two(one: Criterion, other: Criterion) -> str:
    return " / ".join(
        " ".join(filter(None, [_in_words(row), row.origin and f"({row.origin})"]))
        for row in (one, other)
    )


def _contradict(one: Criterion, other: Criterion) -> bool:
    is_never = one.kind == CriterionKind.CONTRAINDICATION and not one.unless
    is_for = other.kind == CriterionKind.INDICATION
    if is_never and is_for and set(one.when) <= set(other.when):
        return True
    if (set(one.when), set(one.unless)) != (set(other.when), set(other.unless)):
        return False
    if one.is_safety and other.is_safety:
        return _in_words(one) != _in_words(other)
    return {one.kind, other.kind} == {
        CriterionKind.INDICATION,
        CriterionKind.NOT_RECOMMENDED,
    }


def _for_everyone(protocol: Protocol) -> Iterator[Entry]:
    return _shared(
        Entry(Fault.FOR_EVERYONE, (method.slug,), row.when, row.origin, row.for_staff)
        for method in protocol.methods
        for row in method.criteria_of(CriterionKind.PRECAUTION)
        if set(row.when) == {EVERYONE} and not row.unless
    )


# Relations


def _not_live(protocol: Protocol) -> Iterator[Entry]:
    live = {each.slug for each in protocol.methods}
    referrals = {
        each.slug for each in protocol.methods if each.group == MethodGroup.REFERRAL
    }
    for method in protocol.methods:
        for relation in method.relations:
            for slug in relation.methods:
                if slug not in live:
                    yield Entry(
                        Fault.NOT_LIVE,
                        (method.slug,),
                        origin=relation.kind,
                        detail=slug,
                    )
    yield from _shared(
        Entry(Fault.NOT_LIVE, (method.slug,), row.when, row.origin, slug)
        for method in protocol.methods
        for row in method.criteria
        for slug in row.refer
        if slug not in referrals
    )
    for pathway in protocol.pathways:
        for step in pathway.steps:
            for slug in step.methods:
                if slug not in live:
                    yield Entry(
                        Fault.NOT_LIVE,
                        findings=pathway.when,
                        origin=f"pathway:{pathway.code}",
                        detail=slug,
                    )


def _circles(protocol: Protocol) -> Iterator[Entry]:
    """Yield the circles of relations, which publishing refuses."""
    for each in circles(protocol.methods):
        round_trip = (*each.methods, each.methods[0])
        scars = (each.scar,) if each.scar else ()
        yield Entry(Fault.CIRCLE, round_trip, scars, detail=" → ".join(round_trip))


def _flags_without_referral(protocol: Protocol) -> Iterator[Entry]:
    referred = {
        code
        for method in protocol.methods
        if method.group == MethodGroup.REFERRAL and method.is_ranked
        for row in method.criteria_of(CriterionKind.INDICATION)
        if len(row.when) == 1 and not row.unless
        for code in row.when
    }
    for flag in protocol.red_flags:
        if flag.code not in referred:
            yield Entry(Fault.FLAG_WITHOUT_REFERRAL, findings=(flag.code,))


# Where a relation is written as prose, in capitals, the engine cannot read it.


def _relations_in_prose(protocol: Protocol) -> Iterator[Entry]:
    found = []
    for method in protocol.methods:
        texts = [
            (row.origin, text)
            for row in method.criteria
            for text in (row.for_patient, row.for_staff)
        ]
        texts += [
            (section, text)
            for section, lines in method.sections.items()
            for text in lines
        ]
        found += [
            Entry(Fault.RELATION_IN_PROSE, (method.slug,), (), origin, text)
            for origin, text in texts
            if RELATION_IN_PROSE.search(text)
        ]
    return _shared(found)


# Questions


def _unused_questions(protocol: Protocol) -> Iterator[Entry]:
    used: set[str] = {each.code for each in protocol.red_flags}
    for method in protocol.methods:
        for row in method.criteria:
            used.update(row.when, row.unless)
        for relation in method.relations:
            used.update(relation.when)
    for pathway in protocol.pathways:
        used.update(pathway.when)
    for code in CODED_FINDINGS:
        used.update(facts_of_rule(code))
    for code in sorted(protocol.questions - used):
        yield Entry(Fault.UNUSED_QUESTION, findings=(code,))


# What waits


def _rules(protocol: Protocol) -> Iterator[tuple[Method, Criterion]]:
    for method in protocol.methods:
        for row in method.criteria:
            yield method, row


def _rule(kind: Wait, method: Method, row: Criterion) -> Entry:
    owner = row.origin or f"method:{method.slug}"
    return Entry(kind, (method.slug,), row.when, owner, _in_words(row))


def _once(found: Iterable[tuple[str, Entry]]) -> Iterator[Entry]:
    """Yield each rule once, with the methods that share it.

    The key is its text for staff: two rules of a condition may have the same findings.
    """
    by_text: dict[tuple[str, Entry], list[str]] = defaultdict(list)
    for text, entry in found:
        by_text[text, replace(entry, methods=())].extend(entry.methods)
    for (_text, entry), slugs in by_text.items():
        yield replace(entry, methods=tuple(dict.fromkeys(slugs)))


def _unconfirmed(protocol: Protocol) -> Iterator[Entry]:
    return _once(
        (row.for_staff, _rule(Wait.UNCONFIRMED, method, row))
        for method, row in _rules(protocol)
        if row.reviewed_on is None
    )


def _is_weak(sources: Sequence[str]) -> bool:
    return all(grade_of(code) in WEAK_GRADES for code in sources)


def _weakly_sourced(protocol: Protocol) -> Iterator[Entry]:
    return _once(
        (
            row.for_staff,
            _rule(
                Wait.FOR_A_DOCTOR
                if FOR_A_SIGNATURE.search(row.for_staff)
                else Wait.FOR_A_SOURCE,
                method,
                row,
            ),
        )
        for method, row in _rules(protocol)
        if _is_weak(row.sources)
    )


def _soft_relations(protocol: Protocol) -> Iterator[Entry]:
    for method in protocol.methods:
        for each in method.relations:
            if not each.is_hard and _is_weak(each.sources):
                yield Entry(
                    Wait.SOFT_RELATION,
                    (method.slug,),
                    each.scars + each.when,
                    each.origin or f"method:{method.slug}",
                    f"{each.kind} {', '.join(each.methods)}",
                )
