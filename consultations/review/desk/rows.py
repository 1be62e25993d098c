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
    NOT_INDICATED_KIND,
    RED_FLAG_KIND,
    REFER_KIND,
    SOFT_WAIT_KIND,
    UNKNOWN_KIND,
    WAIT_KIND,
    WISH_KIND,
)
from methods.protocol.vocabulary import CriterionKind, Level, Line, Verdict
from methods.templatetags.citations import uncited

KINDS = dict(CriterionKind.choices) | {
    RED_FLAG_KIND: lazy("Red flag"),
    NEEDS_KIND: lazy("Only with what is no option here"),
    WAIT_KIND: lazy("Too soon after an earlier treatment"),
    SOFT_WAIT_KIND: lazy("Perhaps too soon after an earlier treatment"),
    REFER_KIND: lazy("Referred here"),
    UNKNOWN_KIND: lazy("Not known: ask"),
    NOT_INDICATED_KIND: lazy("No indication among"),
    WISH_KIND: lazy("A wish alone is no first option"),
}
MOST_WORDS = 7
PLACE = "on_"
"""How the code of a finding about the scar's place begins."""
LINE_WORDS = {
    Line.FIRST: lazy("First"),
    Line.SECOND: lazy("Second"),
    Line.ADJUNCT: lazy("Adjunct"),
}
LEVEL_WORDS = {
    Level.TEST: lazy("Test spot"),
    Level.TECHNIQUE: lazy("Other way"),
}
"""A precaution's level in a word or two, the heaviest first."""
CLAUSE = re.compile(r"[^;:.,(]+(?=[;:.](?:\s|$)|$)")
"""A first clause that is whole: what a comma cuts off may be its condition."""
SENTENCE = re.compile(r"(?<=[.!?])\s+")
OF_EVIDENCE = re.compile(
    r"^(?:[\w’']+,? ){0,3}(?:review|stud(?:y|ies)|guideline|page|label|leaflet|series|trial"
    r"|knowledge|paper|consensus)s?\b[^:]*\((?:grades? [^)]*|GK)\)"
    r"(?:[^.:]*: the clinic's doctor must confirm)?\.?$",
    re.IGNORECASE,
)
"""A sentence that only names a source and its grade, such as "A study (grade C)."."""


AGAINST = {
    Verdict.DEFERRED: {CriterionKind.DEFERRAL, WAIT_KIND, NEEDS_KIND},
    Verdict.UNDETERMINED: {UNKNOWN_KIND},
    Verdict.CONTRAINDICATED: {
        RED_FLAG_KIND,
        CriterionKind.CONTRAINDICATION,
        NEEDS_KIND,
        REFER_KIND,
    },
    Verdict.NOT_INDICATED: {CriterionKind.NOT_RECOMMENDED, WISH_KIND},
}
"""The kinds of reasons why a card of this verdict is no option."""
OF_RELATIONS = {WAIT_KIND, NEEDS_KIND}
"""Of these a reason says itself, in a sentence, what is waited for."""


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
    """The reasons that several cards share, with their titles."""

    reasons: list
    """[(findings, until when or what is waited for, "" if for nothing)]."""
    titles: list
    key: str
    """Of the first of the cards."""
    is_of_all: bool
    """Whether no treatment is left: then nobody needs them by name."""

    MOST_UNKNOWN = 4
    """How many unknown findings are named: all stand on top of the page already."""

    @property
    def more(self):
        return max(0, len(self.reasons) - self.MOST_UNKNOWN)

    @property
    def findings(self):
        return "; ".join(findings for findings, _until in self.reasons)


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
    found = CLAUSE.match(uncited(rationale))
    clause = found[0].strip() if found else ""
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
        elif kind == CriterionKind.CHECK:
            checks += 1
    words = [
        (str(LEVEL_WORDS[level]), ", ".join(filter(None, dict.fromkeys(found))))
        for level, found in cautions.items()
        if found
    ]
    is_offered = card.is_offered
    return Row(
        line=str(LINE_WORDS.get(card.line, "")) if is_offered else "",
        why=why if is_offered else ", ".join(_against(card, named)),
        cautions=words if is_offered else [],
        checks=checks if is_offered else 0,
        unknown=len(card.ask) if is_offered else 0,
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
    if stored["kind"] == SOFT_WAIT_KIND:
        # Its findings, if any, say on whom: not that something may be too soon.
        labels = [str(KINDS[SOFT_WAIT_KIND])]
    else:
        labels = _beside_the_strip(stored["findings"], named)
    return DoctorNote(", ".join(labels), plain(stored["rationale"]), same)


def is_of_doctor(stored):
    """Return whether a doctor decides on a stored reason first: the engine's `level`."""
    return stored["kind"] == SOFT_WAIT_KIND or (
        stored["kind"] == CriterionKind.PRECAUTION
        and (stored.get("level") or Level.DOCTOR) == Level.DOCTOR
    )


def shared(cards, named, *, count=None):
    """Return the reasons that cards share, a `Shared` each, the most frequent first.

    A card stands once, under all its reasons together: who settles one must see the
    others. `count` is how many treatments there are: a reason of all needs no names.
    """
    reasons = {
        card: list(
            dict.fromkeys(
                (_label(stored, named), _until(card, stored))
                for stored in card.reasons
                if _speaks_against(card, stored)
            )
        )
        or [(", ".join(named(card.ask)), "")]
        for card in cards
    }
    of_all = []
    if len(cards) == count:
        first, *others = reasons.values()
        of_all = [each for each in first if all(each in its for its in others)]
    groups = {}
    for card, given in reasons.items():
        if rest := tuple(each for each in given if each not in of_all):
            groups.setdefault(rest, []).append(card)
    lines = sorted(groups.items(), key=lambda each: -len(each[1]))
    if of_all:
        lines.insert(0, (of_all, cards))
    return [
        Shared(
            list(given),
            [card.title for card in its],
            key_of(its[0]),
            is_of_all=len(its) == count,
        )
        for given, its in lines
    ]


def of_beside(cards, named):
    """Return why advice and referrals are put off or unsuitable, a `Shared` each.

    Under "nothing speaks for it" nobody would look for that.
    """
    stopped = (Verdict.DEFERRED, Verdict.CONTRAINDICATED)
    return shared([each for each in cards if each.verdict in stopped], named)


def _against(card, named):
    """Return why a card is not offered, in labels. What is not known stands as asked."""
    if card.verdict == Verdict.UNDETERMINED:
        return []
    labels = [
        _label(stored, named)
        for stored in card.reasons
        if _speaks_against(card, stored)
    ]
    return list(dict.fromkeys(labels))


def _label(stored, named):
    """Return the findings of a reason; its kind, where it has none that say why."""
    found = [] if stored["kind"] == WISH_KIND else named(stored["findings"])
    return ", ".join(found) or str(KINDS[stored["kind"]])


def _until(card, stored):
    """Return until when a card is put off for this reason, with the date if one is known."""
    if not card.until:
        return ""
    waits = [
        each["for_patient"] for each in card.reasons if each["kind"] in OF_RELATIONS
    ]
    if stored["kind"] in OF_RELATIONS:
        # A sentence of its own, which no "until" may begin.
        words = uncited(stored["for_patient"]).rstrip(".")
    else:
        rest = card.until
        for wait in filter(None, waits):
            rest = rest.replace(wait, "")
        until = uncited(rest).strip("; ").rstrip(".")
        words = _("until %(until)s") % {"until": until} if until else ""
    date = card.until_date
    return ", ".join(filter(None, [words, date.isoformat() if date else ""]))


def _speaks_against(card, stored):
    """Return whether a reason is why a card is no option."""
    return stored["kind"] in AGAINST.get(card.verdict, ())
