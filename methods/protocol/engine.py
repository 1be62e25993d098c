"""Suggestion engine: from facts and the protocol to ordered cards. A person decides.

A contraindication that holds, or any red flag, leaves a treatment no option; so does one
that is not known. An unknown precaution caps it at caution. Advice and referrals get
cards too, are never options, and stand under every flag.
"""

from collections.abc import Sequence
from dataclasses import replace
from functools import lru_cache

from methods.protocol import findings as find
from methods.protocol.cards import (
    NOT_INDICATED_KIND,
    REFER_KIND,
    Answer,
    Card,
    Reason,
    in_order,
    reason_order,
)
from methods.protocol.coded_findings import DerivedFinding, ScarTypeCode
from methods.protocol.dealing import Hand, card_of
from methods.protocol.entries import Protocol
from methods.protocol.facts import Facts
from methods.protocol.findings import Findings
from methods.protocol.held import reason_of
from methods.protocol.logic import any_of
from methods.protocol.relations import Verdicts
from methods.protocol.sorting import RuleIndex
from methods.protocol.vocabulary import OPTIONS, Line, Verdict

KELOID_HISTORY = "keloid_history_self"
_WISH = DerivedFinding.ASKED_FOR.value


def _with_referrals(cards: Sequence[Card], hands: Sequence[Hand]) -> Sequence[Card]:
    """Return cards, with the referrals that take over what a contraindication rules out.

    Only of a method that something speaks for: nobody is referred for what is not needed.
    """
    taken_over: dict[str, list[Reason]] = {}
    for card, hand in zip(cards, hands, strict=True):
        if card.verdict != Verdict.CONTRAINDICATED or not card.line:
            continue
        for row in hand.held.contraindications:
            for slug in row.refer:
                taken_over.setdefault(slug, []).append(reason_of(row, REFER_KIND))
    return [
        _taking_over(card, taken_over[card.method])
        if card.method in taken_over and card.verdict != Verdict.CONTRAINDICATED
        else card
        for card in cards
    ]


def _taking_over(card: Card, refers: Sequence[Reason]) -> Card:
    """Return a referral's card with the reasons for which others refer to it."""
    own = [each for each in card.reasons if each.kind != NOT_INDICATED_KIND]
    return replace(
        card,
        verdict=card.verdict if card.verdict in OPTIONS else Verdict.SUGGESTED.value,
        line=card.line or Line.SECOND.value,
        reasons=tuple(sorted(dict.fromkeys([*refers, *own]), key=reason_order)),
    )


def _settled(hands: Sequence[Hand]) -> Verdicts:
    """Return {slug: verdict} once nobody rests on a partner that is no option.

    Who loses a partner may be the partner of another: each round can only take out more.
    """
    verdicts: dict[str, str] = {hand.method.slug: hand.verdict() for hand in hands}
    related = [hand for hand in hands if hand.indications and hand.method.relations]
    for _round in range(len(related) + 1):
        before = dict(verdicts)
        for hand in related:
            hand.meet(before)
            verdicts[hand.method.slug] = hand.verdict()
        if verdicts == before:
            break
    return verdicts


# One for all patients of a protocol; several while threads deal under several.
@lru_cache(maxsize=4)
def _index_of(protocol: Protocol) -> RuleIndex:
    return RuleIndex(each for each in protocol.methods if each.is_ranked)


def suggest(
    facts: Facts,
    protocol: Protocol,
    *,
    flags: Findings | None = None,
    established: Findings | None = None,
) -> Answer:
    """Return the engine's `Answer` for one scar under a `Protocol`.

    `flags`, {code: True, False or None}, are the red flags of the whole person, where
    there are more scars than this one: any of them stops every option. `established` are
    the findings of these facts, where the caller has them.
    """
    if established is None:
        established = find.establish(facts, protocol.questions)
    flags = established if flags is None else flags
    red_flags = [flag for flag in protocol.red_flags if flags[flag.code]]
    unknown_flags = [
        flag.code for flag in protocol.red_flags if flags[flag.code] is None
    ]
    wishes = facts.wants or ()
    sorted_out = _index_of(protocol).sort_out(established, wishes)
    hands = [
        Hand(
            method,
            sorted_out[method.slug],
            established | {_WISH: True} if method.slug in wishes else established,
            facts,
            red_flags=red_flags,
            unknown_flags=unknown_flags,
        )
        for method in protocol.methods
        if method.is_ranked
    ]
    verdicts = _settled(hands)
    cards = _with_referrals([card_of(hand, verdicts) for hand in hands], hands)
    return Answer(
        types=tuple(find.present_types(established)),
        red_flags=tuple(flag for flag in red_flags if established[flag.code]),
        cards=in_order(cards),
        findings=established,
    )


def of_one_person(scars: Sequence[Facts], protocol: Protocol) -> list[Answer]:
    """Return an `Answer` per scar, each under the red flags and keloids of all of them.

    A keloid or a hypertrophic scar is a history of raised scars for the others, as the
    question about it says; so is one of which it is not known.
    """
    established = [find.establish(facts, protocol.questions) for facts in scars]
    flags = {
        flag.code: any_of(*(findings[flag.code] for findings in established))
        for flag in protocol.red_flags
    }
    answers = []
    for number, facts in enumerate(scars):
        history = any_of(
            facts.answers.get(KELOID_HISTORY),
            *(
                findings[raised]
                for other, findings in enumerate(established)
                for raised in (ScarTypeCode.KELOID_SUSPECTED, ScarTypeCode.HYPERTROPHIC)
                if other != number
            ),
        )
        known = established[number]
        if history != facts.answers.get(KELOID_HISTORY):
            facts = replace(facts, answers={**facts.answers, KELOID_HISTORY: history})
            known = find.establish(facts, protocol.questions)
        answers.append(suggest(facts, protocol, flags=flags, established=known))
    return answers
