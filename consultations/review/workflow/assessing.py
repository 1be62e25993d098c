"""From an intake to cards: what the live protocol makes of it, kept for good."""

from collections.abc import Sequence
from datetime import date
from typing import Any, cast

from consultations.intake.steps import Route
from consultations.models import Assessment, Card, Intake
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


def recomputed(assessments: Sequence[Assessment]) -> list[dealt.Answer]:
    """Return the engine's `Answer`s from what one round of assessments kept."""
    first = assessments[0]
    protocol = entries.Protocol(
        methods=tuple(
            entries.method(card.revision.content, revision=card.revision_id)
            for card in first.cards.all()
        ),
        questions=frozenset(first.questions),
        red_flags=tuple(entries.RedFlag(**words) for words in first.red_flag_words),
    )
    return engine.of_one_person(
        [read(each.facts, protocol) for each in assessments], protocol
    )
