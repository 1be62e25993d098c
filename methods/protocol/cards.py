"""Cards: what the engine says of each method for one scar, and in which order.

Cards are CDS Hooks': a verdict with its reasons and sources. A person decides.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import NamedTuple

from methods.protocol.coded_findings import DerivedFinding
from methods.protocol.entries import RedFlag
from methods.protocol.findings import Findings
from methods.protocol.relations import After
from methods.protocol.vocabulary import (
    BESIDE_TREATMENTS,
    OPTIONS,
    CriterionKind,
    Level,
    Line,
    MethodGroup,
    Verdict,
)

VERDICTS = {verdict: place for place, verdict in enumerate(Verdict.values)}
LINES = {line: place for place, line in enumerate(Line.values)}
LEVELS = {"": 0} | {level: place for place, level in enumerate(Level.values, start=1)}
UNKNOWN_KIND = "unknown"
RED_FLAG_KIND = "red_flag"
NOT_INDICATED_KIND = "not_indicated"
WISH_KIND = "wish"
NEEDS_KIND = "needs"
WAIT_KIND = "wait"
SOFT_WAIT_KIND = "soft_wait"
REFER_KIND = "refer"

# The order of a card's reasons.
_REASON_ORDER = {
    kind: place
    for place, kind in enumerate(
        (
            RED_FLAG_KIND,
            CriterionKind.CONTRAINDICATION,
            NEEDS_KIND,
            CriterionKind.DEFERRAL,
            WAIT_KIND,
            REFER_KIND,
            CriterionKind.INDICATION,
            CriterionKind.PRECAUTION,
            SOFT_WAIT_KIND,
            UNKNOWN_KIND,
            CriterionKind.NOT_RECOMMENDED,
            NOT_INDICATED_KIND,
            WISH_KIND,
            CriterionKind.CHECK,
        )
    )
}


class Reason(NamedTuple):
    """Why a card says what it says: the findings, and what the clinic holds of them.

    A tuple, since `suggest` writes 300 reasons a patient, most of them by now written
    before, and a dataclass takes five times as long to be looked up.
    """

    kind: str
    findings: tuple[str, ...]
    rationale: str = ""
    for_patient: str = ""
    sources: tuple[str, ...] = ()
    contested: str = ""
    line: str = ""
    level: str = ""


@dataclass(frozen=True, slots=True)
class Card:
    """Verdict and reasons for one method and one scar. Immutable."""

    method: str
    title: str
    verdict: str
    line: str
    position: int
    reasons: tuple[Reason, ...]
    ask: tuple[str, ...] = ()
    until: str = ""
    until_days: int | None = None
    revision: int | None = None
    is_wish: bool = False
    """Nothing but the patient's wish speaks for it."""
    group: str = ""
    level: str = ""
    """Of an option: the heaviest `Level` of its precautions, "doctor" if not known."""
    together: tuple[str, ...] = ()
    """The methods that belong to it and are options for this scar."""
    after: tuple[After, ...] = ()
    """What comes before it in a plan."""

    @property
    def is_option(self) -> bool:
        """Return whether a clinician may choose it: a treatment, suggested or caution."""
        return self.verdict in OPTIONS and self.group not in BESIDE_TREATMENTS


@dataclass(frozen=True, slots=True)
class Answer:
    """All that the engine says of one scar: types, red flags, and a card per method."""

    types: tuple[str, ...]
    red_flags: tuple[RedFlag, ...]
    cards: tuple[Card, ...]
    findings: Findings

    @property
    def referrals(self) -> tuple[str, ...]:
        """Return the slugs of the referrals that something speaks for."""
        return tuple(
            card.method
            for card in self.cards
            if card.group == MethodGroup.REFERRAL and card.verdict in OPTIONS
        )


def reason_order(reason: Reason) -> int:
    """Return a reason's place on its card."""
    return _REASON_ORDER[reason.kind]


def _place(card: Card) -> tuple[int, int, bool, int, int, int, str]:
    """Return a card's place: options by line, then level, then the clinic's order."""
    is_option = card.verdict in OPTIONS
    return (
        _GROUPS.get(card.group, 0),
        0 if is_option else VERDICTS[card.verdict],
        card.is_wish,
        LINES.get(card.line, len(LINES)),
        # We do it another way, but at the same place.
        max(0, LEVELS.get(card.level, 0) - LEVELS[Level.TECHNIQUE]),
        card.position,
        card.method,
    )


_GROUPS = {MethodGroup.ADVICE.value: 1, MethodGroup.REFERRAL.value: 2}


def in_order(cards: Iterable[Card]) -> tuple[Card, ...]:
    """Return cards in the order of the desk: treatments, advice, referrals.

    What only a wish speaks for comes after every other option, and is none without one.
    Only a home remedy may rest on a wish: nothing that pierces, burns or cuts does.
    """
    cards = list(cards)
    has_other = any(card.is_option and not card.is_wish for card in cards)
    return tuple(
        sorted(
            (
                card
                if not (card.is_option and card.is_wish)
                or (has_other and card.group == MethodGroup.HOME)
                else _unwished(card)
                for card in cards
            ),
            key=_place,
        )
    )


def _unwished(card: Card) -> Card:
    wish = Reason(kind=WISH_KIND, findings=(DerivedFinding.ASKED_FOR.value,))
    return replace(
        card,
        verdict=Verdict.NOT_INDICATED.value,
        level="",
        together=(),
        after=(),
        reasons=(*card.reasons, wish),
    )
