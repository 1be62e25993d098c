"""A card as one line: six words why, a word of caution, sessions, days off, price.

Nothing is shortened in the middle of a sentence: what does not fit is named by its finding,
and stands in full under "Why".
"""

import re
from dataclasses import dataclass

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy

from consultations.review.desk.form import key_of
from methods.protocol import entries
from methods.protocol.cards import (
    NEEDS_KIND,
    RED_FLAG_KIND,
    REFER_KIND,
    SOFT_WAIT_KIND,
    UNKNOWN_KIND,
    WAIT_KIND,
)
from methods.protocol.vocabulary import CriterionKind, Level, Line, Verdict
from methods.templatetags.citations import uncited

MOST_WORDS = 7
PLACE = "on_"
"""How the code of a finding about the scar's place begins."""
LINE_WORDS = {
    Line.FIRST: lazy("First"),
    Line.SECOND: lazy("Second"),
    Line.ADJUNCT: lazy("Adds"),
}
LEVEL_WORDS = {
    Level.TEST: lazy("Test spot"),
    Level.TECHNIQUE: lazy("Other way"),
}
"""A precaution's level in a word or two, the heaviest first."""
CLAUSE = re.compile(r"[;:.,(]")
SENTENCE = re.compile(r"(?<=[.!?])\s+")
OF_EVIDENCE = re.compile(
    r"^(?:[\w’']+,? ){0,3}(?:review|stud(?:y|ies)|guideline|page|label|leaflet|series|trial"
    r"|knowledge|paper|consensus)s?\b[^:]*\((?:grades? [^)]*|GK)\)"
    r"(?:[^.:]*: the clinic's doctor must confirm)?\.?$",
    re.IGNORECASE,
)
"""A sentence that only names a source and its grade, such as "A study (grade C)."."""


AGAINST = {
    Verdict.DEFERRED: {CriterionKind.DEFERRAL, WAIT_KIND},
    Verdict.UNDETERMINED: {UNKNOWN_KIND},
    Verdict.CONTRAINDICATED: {
        RED_FLAG_KIND,
        CriterionKind.CONTRAINDICATION,
        NEEDS_KIND,
        REFER_KIND,
    },
}
"""The kinds of reasons why a card of this verdict is no option."""


@dataclass(frozen=True)
class Row:
    """What the line of a card shows beside its title."""

    line: str
    why: str
    cautions: list
    """[(word, findings)] by level, the heaviest first; a doctor's stands in full."""
    checks: int
    unknown: int
    sessions: str
    days_off: str
    price: entries.Price


@dataclass(frozen=True)
class DoctorNote:
    """Why a doctor decides first, open on the line; or the card that says so above."""

    findings: str
    sentence: str
    same: tuple | None


@dataclass(frozen=True)
class Shared:
    """One reason that several cards share, with their titles."""

    findings: str
    until: str
    titles: list
    key: str
    """Of the first of the cards."""
    is_of_all: bool
    """Whether no treatment is left: then nobody needs them by name."""


def _between(low, high, most):
    """Return "1 to 4, up to 8", "2 to 3" or "3"; "" where no number is known."""
    if high is None:
        return ""
    said = (
        str(high)
        if low in (None, high)
        else _("%(low)d to %(high)d") % {"low": low, "high": high}
    )
    if most is None or most == high:
        return said
    return _("%(usual)s, up to %(most)d") % {"usual": said, "most": most}


def _measured(content, name):
    """Return a treatment's sessions or days off: its numbers, else its words."""
    measures = content["measures"]
    numbers = [measures[f"{name}_{end}"] for end in ("from", "to", "most")]
    # What is worn or used every day has words, and a nought for a number.
    words = uncited(content["key_facts"][name])
    return (_between(*numbers) if any(numbers) else "") or words


def _clause(rationale):
    """Return the first clause of a reason if it is short and says something, else ""."""
    clause = CLAUSE.split(uncited(rationale), maxsplit=1)[0].strip()
    return clause if 3 <= len(clause.split()) <= MOST_WORDS else ""


def plain(rationale):
    """Return a reason without the sentences that only name its evidence."""
    first, *others = SENTENCE.split(uncited(rationale))
    kept = [each for each in others if not OF_EVIDENCE.search(each)]
    return " ".join([first, *kept])


def row(card, named):
    """Return the `Row` of a card. `named` turns findings' codes into labels."""
    content = card.revision.content

    def labels(codes):
        found = ", ".join(named(codes))
        return found or _("For everyone")

    cautions = {level: [] for level in LEVEL_WORDS}
    why, checks = "", 0
    for stored in card.reasons:
        kind, findings = stored["kind"], stored["findings"]
        if kind == CriterionKind.INDICATION and not why:
            why = _clause(stored["rationale"]) or labels(findings)
        elif kind == CriterionKind.PRECAUTION and not is_of_doctor(stored):
            cautions[stored["level"]] += _beside_the_strip(findings, named)
        elif kind == SOFT_WAIT_KIND:
            cautions[Level.TECHNIQUE] += named(findings)
        elif kind == CriterionKind.CHECK:
            checks += 1
    words = [
        (str(LEVEL_WORDS[level]), ", ".join(filter(None, dict.fromkeys(found))))
        for level, found in cautions.items()
        if found
    ]
    return Row(
        line=str(LINE_WORDS.get(card.line, "")),
        why=why,
        cautions=words if card.is_option else [],
        checks=checks if card.is_option else 0,
        unknown=len(card.ask) if card.is_option else 0,
        sessions=_measured(content, "sessions"),
        days_off=_measured(content, "days_off"),
        price=entries.price(content["price"]),
    )


def _beside_the_strip(findings, named):
    """Return labels of findings, none for a place: the strip says where the scar is."""
    if all(code.startswith(PLACE) for code in findings):
        return [""]
    return named(findings) or [_("everyone")]


def doctor_note(stored, named, same):
    """Return a `DoctorNote` of a precaution."""
    labels = _beside_the_strip(stored["findings"], named)
    return DoctorNote(", ".join(labels), plain(stored["rationale"]), same)


def is_of_doctor(stored):
    """Return whether a stored reason is a precaution that a doctor decides on first."""
    return (
        stored["kind"] == CriterionKind.PRECAUTION
        and (stored.get("level") or Level.DOCTOR) == Level.DOCTOR
    )


def shared(cards, named, *, count):
    """Return the reasons that cards share, a `Shared` each: each card once.

    Of a card's several reasons the one that most of the others share, too. `count` is how
    many treatments there are.
    """
    reasons = {
        card: [
            (", ".join(named(stored["findings"])) or _("everyone"), _until(card))
            for stored in card.reasons
            if _speaks_against(card, stored)
        ]
        or [(", ".join(named(card.ask)), "")]
        for card in cards
    }
    lines = []
    while reasons:
        counts = {}
        for given in reasons.values():
            for each in dict.fromkeys(given):
                counts[each] = counts.get(each, 0) + 1
        # The first of the most frequent, in the cards' own order.
        most = max(counts, key=counts.get)
        its = [card for card, given in reasons.items() if most in given]
        findings, until = most
        titles = [card.title for card in its]
        is_of_all = len(its) == count
        lines.append(Shared(findings, until, titles, key_of(its[0]), is_of_all))
        for card in its:
            del reasons[card]
    return lines


def _until(card):
    return uncited(card.until).rstrip(".")


def _speaks_against(card, stored):
    """Return whether a reason is why a card is no option."""
    return stored["kind"] in AGAINST[card.verdict]
