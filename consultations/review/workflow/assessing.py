"""From an intake to cards: what the live protocol makes of it, kept for good."""

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from functools import lru_cache
from typing import Any, cast

from consultations.intake.steps import Route
from consultations.models import Assessment, Card, Intake
from consultations.review import facets
from consultations.review.examined import Seen, seen_of
from consultations.review.pathways import step_for
from methods.models import MethodRevision
from methods.protocol import RULES_VERSION, engine, entries
from methods.protocol import cards as dealt
from methods.protocol import findings as find
from methods.protocol.coded_findings import RedFlagCode
from methods.protocol.entries import Protocol
from methods.protocol.facts import KINDS, WrongFacts, read
from methods.publishing import live

RawFacts = dict[str, Any]
"""{name: JSON value}, as an assessment keeps it."""


@lru_cache(maxsize=4096)
def as_stored(reason: dealt.Reason) -> Mapping[str, Any]:
    """Return an engine's `Reason` as a card keeps it: one for all cards, not to change."""
    return {
        "kind": reason.kind,
        "findings": list(reason.findings),
        "rationale": reason.rationale,
        "for_patient": reason.for_patient,
        "sources": list(reason.sources),
        "contested": reason.contested,
        "line": reason.line,
        "level": reason.level,
    }


CARD_FIELDS = (
    *("verdict", "line", "until", "until_days", "reasons", "ask"),
    *("group", "level", "together", "after"),
)


def card_fields(card: dealt.Card) -> dict[str, Any]:
    """Return what a stored card says, from the engine's `Card`."""
    return {
        "verdict": card.verdict,
        "line": card.line,
        "until": card.until,
        "until_days": card.until_days,
        "reasons": [as_stored(reason) for reason in card.reasons],
        "ask": list(card.ask),
        "group": card.group,
        "level": card.level,
        "together": list(card.together),
        "after": [asdict(each) for each in card.after],
    }


@dataclass(frozen=True)
class Dealt:
    """What a protocol makes of one patient: per scar the facts, what was seen, the answer."""

    protocol: Protocol
    facts: list[RawFacts]
    seen: list[Seen]
    answers: list[dealt.Answer]
    cleared: list[list[str]]
    """Per scar, what the answers say and what was seen takes back: flags, and a "yes"."""

    @property
    def red_flags(self) -> set[str]:
        return {flag.code for each in self.answers for flag in each.red_flags}


def deal(facts: Sequence[RawFacts], seen: Sequence[Seen], protocol: Protocol) -> Dealt:
    """Return what a protocol makes of the patient's facts with what staff have seen.

    A name or method that this protocol does not know is left out: so facts of today can
    be read by the protocol of before.
    """
    merged = [
        known_to(protocol, theirs | ours)
        for theirs, ours in zip(facts, seen, strict=True)
    ]
    answers = engine.of_one_person([read(raw, protocol) for raw in merged], protocol)
    cleared = [
        _cleared(theirs, ours, answer, protocol) if ours else []
        for theirs, ours, answer in zip(facts, seen, answers, strict=True)
    ]
    return Dealt(protocol, merged, list(seen), answers, cleared)


def _cleared(
    theirs: RawFacts, ours: Seen, answer: dealt.Answer, protocol: Protocol
) -> list[str]:
    own = find.establish(read(known_to(protocol, theirs), protocol))
    raised = [flag.code for flag in protocol.red_flags if own.get(flag.code)]
    taken_back = [
        code
        for code in sorted(protocol.questions)
        if theirs.get(code) == "yes" and ours.get(code) == "no"
    ]
    cleared = [code for code in raised if not answer.findings[code]]
    return list(dict.fromkeys(cleared + taken_back))


def known_to(protocol: Protocol, raw: RawFacts) -> RawFacts:
    """Return facts without what a protocol does not know."""
    names = KINDS.keys() | protocol.questions | set(RedFlagCode.values)
    slugs = {method.slug for method in protocol.methods}
    lists = {
        name: [slug for slug in raw[name] if slug in slugs]
        for name in ("wants", "prior_treatments")
        if isinstance(raw.get(name), list)
    }
    if isinstance(raw.get("treatments"), list):
        lists["treatments"] = [
            each for each in raw["treatments"] if each["method"] in slugs
        ]
    return {name: value for name, value in raw.items() if name in names} | lists


def facts_by_scar(route: Route, day: date) -> list[RawFacts]:
    """Return what the patient answered of each scar, as JSON facts on a day."""
    return [route.facts_of(scar, day) for scar in route.scars]


def assess(
    intake: Intake, route: Route, number: int, day: date
) -> tuple[list[Card], bool]:
    """Store a round of assessments, one per scar with every card.

    Returns its cards, and whether a red flag stands on one of the scars.
    """
    result = deal(
        facts_by_scar(route, day), seen_of(intake, route.scars), live.protocol()
    )
    return keep(intake, route, number, day, result)


def keep(
    intake: Intake, route: Route, number: int, day: date, result: Dealt
) -> tuple[list[Card], bool]:
    """Store what was dealt as a round; see `assess`."""
    protocol = result.protocol
    assessments = Assessment.objects.bulk_create(
        Assessment(
            intake=intake,
            scar=scar,
            round=number,
            facts=raw,
            seen=seen,
            questions=sorted(protocol.questions),
            red_flag_words=[asdict(flag) for flag in protocol.red_flags],
            rules_version=RULES_VERSION,
            protocol_number=protocol.number,
            types=list(answer.types),
            red_flags=[flag.code for flag in answer.red_flags],
            cleared=cleared,
            assessed_on=day,
        )
        for scar, raw, seen, answer, cleared in zip(
            route.scars,
            result.facts,
            result.seen,
            result.answers,
            result.cleared,
            strict=True,
        )
    )
    facets.note_found(intake, assessments, is_first=number == 1)
    methods = {method.slug: method for method in protocol.methods}
    cards = Card.objects.bulk_create(
        Card(
            assessment=assessment,
            revision_id=cast(int, card.revision),
            place=place,
            step=step_for(methods[card.method], answer.findings, protocol.pathways),
            **card_fields(card),
        )
        for assessment, answer in zip(assessments, result.answers, strict=True)
        for place, card in enumerate(answer.cards, start=1)
    )
    return cards, bool(result.red_flags)


class Protocols:
    """The protocols that stored assessments were made under. Parses each revision once."""

    def __init__(self) -> None:
        self._methods: dict[int, entries.Method] = {}
        self._protocols: dict[str, entries.Protocol] = {}

    def of(
        self, assessment: Assessment, revisions: Collection[int] | None = None
    ) -> entries.Protocol:
        """Return the protocol of an assessment; reads `cards` unless told `revisions`."""
        if revisions is None:
            revisions = [card.revision_id for card in assessment.cards.all()]
        revisions = sorted(revisions)
        kept = (revisions, assessment.questions, assessment.red_flag_words)
        key = json.dumps(kept)
        if key not in self._protocols:
            self._parse(set(revisions) - self._methods.keys())
            methods = [self._methods[each] for each in revisions]
            self._protocols[key] = entries.Protocol(
                methods=tuple(live.in_order(methods)),
                questions=frozenset(assessment.questions),
                red_flags=tuple(
                    entries.RedFlag(**words) for words in assessment.red_flag_words
                ),
            )
        return self._protocols[key]

    def _parse(self, revisions: set[int]) -> None:
        stored = MethodRevision.objects.filter(pk__in=revisions)
        for pk, content in stored.values_list("pk", "content"):
            self._methods[pk] = entries.method(content, revision=pk)


def recomputed(
    assessments: Sequence[Assessment], protocol: entries.Protocol
) -> list[dealt.Answer]:
    """Return the engine's `Answer`s from what one round of assessments kept."""
    return engine.of_one_person(
        [read(each.facts, protocol) for each in assessments], protocol
    )


def dealt_by(
    protocol: Protocol, assessments: Sequence[Assessment]
) -> list[dealt.Answer] | None:
    """Return the `Answer`s of another protocol to one round's facts.

    None if the rules of today cannot read them.
    """
    try:
        return engine.of_one_person(
            [read(known_to(protocol, each.facts), protocol) for each in assessments],
            protocol,
        )
    except WrongFacts:
        return None


def of_round(intake: Intake, number: int) -> list[Assessment]:
    """Return the assessments of one round, with all that `Protocols.of` reads."""
    return list(
        Assessment.objects.filter(intake=intake, round=number)
        .select_related("scar")
        .prefetch_related("cards__revision")
    )
