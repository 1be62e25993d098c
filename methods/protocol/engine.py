"""Suggestion engine: from findings and criteria to ordered cards. A person decides.

A contraindication that holds, or any red flag, leaves a treatment no option; an unknown
safety finding caps it at caution.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from methods.protocol import findings as find
from methods.protocol.coded_findings import DerivedFinding, ScarTypeCode
from methods.protocol.entries import Criterion, Method, Protocol, RedFlag
from methods.protocol.facts import Facts
from methods.protocol.findings import Findings
from methods.protocol.logic import Truth, any_of
from methods.protocol.vocabulary import OPTIONS, CriterionKind, Line, Verdict

VERDICTS = {verdict: place for place, verdict in enumerate(Verdict.values)}
LINES = {line: place for place, line in enumerate(Line.values)}
UNKNOWN_KIND = "unknown"
RED_FLAG_KIND = "red_flag"
NOT_INDICATED_KIND = "not_indicated"
WISH_KIND = "wish"
KELOID_HISTORY = "keloid_history_self"

# Listing an enumeration is slow, and a card needs the list: made once.
_KINDS = CriterionKind.values
_INDICATION = CriterionKind.INDICATION.value
_NOT_RECOMMENDED = CriterionKind.NOT_RECOMMENDED.value
_PRECAUTION = CriterionKind.PRECAUTION.value
_DEFERRAL = CriterionKind.DEFERRAL.value
_CONTRAINDICATION = CriterionKind.CONTRAINDICATION.value
_CHECK = CriterionKind.CHECK.value
# The order of a card's reasons.
_REASON_ORDER = {
    kind: place
    for place, kind in enumerate(
        (
            RED_FLAG_KIND,
            _CONTRAINDICATION,
            _DEFERRAL,
            _INDICATION,
            _PRECAUTION,
            UNKNOWN_KIND,
            _NOT_RECOMMENDED,
            NOT_INDICATED_KIND,
            WISH_KIND,
            _CHECK,
        )
    )
}


Held = dict[str, list[Criterion]]
"""The criteria that hold, by kind."""


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a card says what it says: the findings, and what the clinic holds of them."""

    kind: str
    findings: tuple[str, ...]
    rationale: str = ""
    for_patient: str = ""
    sources: tuple[str, ...] = ()
    contested: str = ""
    line: str = ""


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


@dataclass(frozen=True, slots=True)
class Answer:
    """All that the engine says of one scar: types, red flags, and a card per method."""

    types: tuple[str, ...]
    red_flags: tuple[RedFlag, ...]
    cards: tuple[Card, ...]
    findings: Findings


def evaluate(criterion: Criterion, findings: Findings) -> Truth:
    """Return whether a criterion holds: True, False, or None if that is not known."""
    unknown = False
    for code in criterion.when:
        value = findings.get(code)
        if value is False:
            return False
        if value is None:
            unknown = True
    for code in criterion.unless:
        value = findings.get(code)
        if value:
            return False
        if value is None:
            unknown = True
    return None if unknown else True


def _unknown_in(criterion: Criterion, findings: Findings) -> list[str]:
    return [
        code for code in criterion.when + criterion.unless if findings.get(code) is None
    ]


def _reason(
    criterion: Criterion, *, kind: str = "", codes: Iterable[str] = ()
) -> Reason:
    return Reason(
        kind=kind or criterion.kind,
        findings=tuple(codes or criterion.when),
        rationale=criterion.for_staff,
        for_patient=criterion.for_patient,
        sources=criterion.sources,
        contested=criterion.contested,
        line=criterion.line,
    )


def _best_lines(indications: list[Criterion]) -> list[Criterion]:
    """Return indications without those that the same findings put in a better line."""
    best: dict[frozenset[str], Criterion] = {}
    for each in sorted(indications, key=lambda each: LINES[each.line]):
        best.setdefault(frozenset(each.when), each)
    return [each for each in indications if each in best.values()]


def _not_indicated(method: Method) -> Reason:
    codes = dict.fromkeys(
        code for each in method.criteria_of(_INDICATION) for code in each.when
    )
    return Reason(kind=NOT_INDICATED_KIND, findings=tuple(codes) or ("everyone",))


def _wait(deferrals: list[Criterion], facts: Facts) -> tuple[str, int | None]:
    """Return (condition in words, days until time alone has fulfilled all, or None)."""
    words = "; ".join(dict.fromkeys(each.until for each in deferrals))
    days = [
        find.days_until_clear(each.when[0], facts) if len(each.when) == 1 else None
        for each in deferrals
    ]
    known = [each for each in days if each is not None]
    return words, max(known) if len(known) == len(days) else None


def _sorted_out(method: Method, findings: Findings) -> tuple[Held, list[Criterion]]:
    """Return ({kind: criteria that hold}, those of which that is not known).

    A check counts as holding unless it certainly does not.
    """
    held: Held = {kind: [] for kind in _KINDS}
    unknown: list[Criterion] = []
    for criterion in method.criteria:
        holds = evaluate(criterion, findings)
        if holds:
            held[criterion.kind].append(criterion)
        elif holds is None:
            (held[_CHECK] if criterion.kind == _CHECK else unknown).append(criterion)
    held[_INDICATION] = _best_lines(held[_INDICATION])
    return held, unknown


def _rests_on_a_wish(indications: list[Criterion]) -> bool:
    """Return whether nothing but the patient's wish speaks for a method."""
    return bool(indications) and all(
        DerivedFinding.ASKED_FOR in each.when for each in indications
    )


def _verdict(held: Held, *, is_stopped: bool, is_unsure: bool) -> Verdict:
    if is_stopped or held[_CONTRAINDICATION]:
        return Verdict.CONTRAINDICATED
    if not held[_INDICATION]:
        return Verdict.NOT_INDICATED
    if held[_DEFERRAL]:
        return Verdict.DEFERRED
    if held[_PRECAUTION] or is_unsure or _rests_on_a_wish(held[_INDICATION]):
        return Verdict.CAUTION
    return Verdict.SUGGESTED


def _why_unsure(
    unknown: list[Criterion], unknown_flags: Sequence[str], findings: Findings
) -> list[Reason]:
    reasons = [
        _reason(each, kind=UNKNOWN_KIND, codes=_unknown_in(each, findings))
        for each in unknown
    ]
    if unknown_flags:
        reasons.append(Reason(kind=UNKNOWN_KIND, findings=tuple(unknown_flags)))
    return reasons


def deal(
    method: Method,
    findings: Findings,
    facts: Facts,
    *,
    red_flags: Sequence[RedFlag] = (),
    unknown_flags: Sequence[str] = (),
) -> Card:
    """Return the card of one method.

    `findings` is {code: True, False or None}; `red_flags` are those that stand, and
    `unknown_flags` the codes of those that nobody has answered.
    """
    held, open_criteria = _sorted_out(method, findings)
    unknown = [each for each in open_criteria if each.is_safety]
    verdict = _verdict(
        held, is_stopped=bool(red_flags), is_unsure=bool(unknown or unknown_flags)
    )
    reasons = [
        Reason(
            kind=RED_FLAG_KIND,
            findings=(flag.code,),
            rationale=flag.route,
            for_patient=flag.advice,
        )
        for flag in red_flags
    ]
    for kind in (_CONTRAINDICATION, _DEFERRAL, _INDICATION, _PRECAUTION, _CHECK):
        reasons += [_reason(each) for each in held[kind]]
    if verdict in (Verdict.CAUTION, Verdict.DEFERRED):
        # Elsewhere an answer would not change what the card says now: `ask` is enough.
        reasons += _why_unsure(unknown, unknown_flags, findings)
    if not held[_INDICATION]:
        reasons += [_reason(each) for each in held[_NOT_RECOMMENDED]] or [
            _not_indicated(method)
        ]
        reasons += [
            _reason(each, kind=UNKNOWN_KIND, codes=_unknown_in(each, findings))
            for each in open_criteria
            if each.kind == _INDICATION
        ]
    until, until_days = "", None
    if verdict == Verdict.DEFERRED:
        until, until_days = _wait(held[_DEFERRAL], facts)
    asked = [code for each in unknown for code in _unknown_in(each, findings)]
    return Card(
        method=method.slug,
        title=method.title,
        verdict=verdict.value,
        line=min(
            (each.line for each in held[_INDICATION]), key=LINES.__getitem__, default=""
        ),
        position=method.position,
        reasons=tuple(sorted(reasons, key=_reason_order)),
        ask=tuple(dict.fromkeys([*unknown_flags, *asked])),
        until=until,
        until_days=until_days,
        revision=method.revision,
        is_wish=_rests_on_a_wish(held[_INDICATION]),
    )


def _reason_order(reason: Reason) -> int:
    return _REASON_ORDER[reason.kind]


def _place(card: Card) -> tuple[int, bool, int, int, str]:
    return (
        VERDICTS[card.verdict],
        card.is_wish,
        LINES.get(card.line, len(LINES)),
        card.position,
        card.method,
    )


def _in_order(cards: list[Card]) -> tuple[Card, ...]:
    """Return cards in the order of the desk.

    What only a wish speaks for comes after every other option, and is none without one.
    """
    if not any(card.verdict in OPTIONS and not card.is_wish for card in cards):
        wish = Reason(kind=WISH_KIND, findings=(DerivedFinding.ASKED_FOR.value,))
        cards = [
            replace(
                card,
                verdict=Verdict.NOT_INDICATED.value,
                reasons=(*card.reasons, wish),
            )
            if card.verdict in OPTIONS
            else card
            for card in cards
        ]
    return tuple(sorted(cards, key=_place))


def suggest(
    facts: Facts, protocol: Protocol, *, flags: Findings | None = None
) -> Answer:
    """Return the engine's `Answer` for one scar under a `Protocol`.

    `flags`, {code: True, False or None}, are the red flags of the whole person, where
    there are more scars than this one: any of them stops every option.
    """
    established = find.establish(facts, protocol.questions)
    flags = established if flags is None else flags
    red_flags = [flag for flag in protocol.red_flags if flags[flag.code]]
    unknown_flags = [
        flag.code for flag in protocol.red_flags if flags[flag.code] is None
    ]
    cards = []
    for method in protocol.methods:
        if not method.is_ranked:
            continue
        findings = established
        if facts.wants is not None:
            findings = established | {"asked_for": method.slug in facts.wants}
        cards.append(
            deal(
                method,
                findings,
                facts,
                red_flags=red_flags,
                unknown_flags=unknown_flags,
            )
        )
    return Answer(
        types=tuple(find.present_types(established)),
        red_flags=tuple(flag for flag in red_flags if established[flag.code]),
        cards=_in_order(cards),
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
        facts = replace(facts, answers={**facts.answers, KELOID_HISTORY: history})
        answers.append(suggest(facts, protocol, flags=flags))
    return answers
