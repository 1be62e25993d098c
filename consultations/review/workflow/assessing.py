"""From an intake to cards: what the live protocol makes of it, kept for good."""

import json
from collections.abc import Sequence
from datetime import date
from typing import Any, cast

from consultations.intake.steps import Route
from consultations.models import Assessment, Card, Intake
from methods.models import MethodRevision
from methods.protocol import RULES_VERSION, engine, entries
from methods.protocol import cards as dealt
from methods.protocol.facts import read
from methods.publishing import live


def as_stored(reason: dealt.Reason) -> dict[str, Any]:
    """Return an engine's `Reason` as a card keeps it."""
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


def card_fields(card: dealt.Card) -> dict[str, Any]:
    """Return what a stored card says, from the engine's `Card`."""
    return {
        "verdict": card.verdict,
        "line": card.line,
        "until": card.until,
        "until_days": card.until_days,
        "reasons": [as_stored(reason) for reason in card.reasons],
        "ask": list(card.ask),
    }


def assess(
    intake: Intake, route: Route, number: int, day: date
) -> tuple[list[Card], bool]:
    """Store a round of assessments, one per scar with every card.

    Returns its cards, and whether a red flag stands on one of the scars.
    """
    protocol = live.protocol()
    raw_facts = [route.facts_of(scar, day) for scar in route.scars]
    answers = engine.of_one_person([read(raw, protocol) for raw in raw_facts], protocol)
    assessments = Assessment.objects.bulk_create(
        Assessment(
            intake=intake,
            scar=scar,
            round=number,
            facts=raw,
            questions=sorted(protocol.questions),
            red_flag_words=[
                {"code": flag.code, "route": flag.route, "advice": flag.advice}
                for flag in protocol.red_flags
            ],
            rules_version=RULES_VERSION,
            types=list(answer.types),
            red_flags=[flag.code for flag in answer.red_flags],
            assessed_on=day,
        )
        for scar, raw, answer in zip(route.scars, raw_facts, answers, strict=True)
    )
    cards = Card.objects.bulk_create(
        Card(
            assessment=assessment,
            revision_id=cast(int, card.revision),
            place=place,
            **card_fields(card),
        )
        for assessment, answer in zip(assessments, answers, strict=True)
        for place, card in enumerate(answer.cards, start=1)
    )
    return cards, any(each.red_flags for each in assessments)


class Protocols:
    """The protocols that stored assessments were made under. Parses each revision once."""

    def __init__(self) -> None:
        self._methods: dict[int, entries.Method] = {}
        self._protocols: dict[str, entries.Protocol] = {}

    def of(self, assessment: Assessment) -> entries.Protocol:
        """Return the protocol of an assessment. Reads `cards`."""
        revisions = sorted(card.revision_id for card in assessment.cards.all())
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
