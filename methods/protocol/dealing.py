"""Deal one card: the criteria that hold or are not known, the verdict, the reasons."""

from collections.abc import Iterable, Sequence
from functools import lru_cache

from methods.protocol import findings as find
from methods.protocol import relations
from methods.protocol.cards import (
    LEVELS,
    LINES,
    NEEDS_KIND,
    NOT_INDICATED_KIND,
    RED_FLAG_KIND,
    SOFT_WAIT_KIND,
    UNKNOWN_KIND,
    VERDICTS,
    WAIT_KIND,
    Card,
    Reason,
)
from methods.protocol.coded_findings import DerivedFinding
from methods.protocol.entries import Criterion, Method, RedFlag, Relation
from methods.protocol.facts import Facts
from methods.protocol.findings import Findings
from methods.protocol.logic import Truth
from methods.protocol.relations import Verdicts, Wait
from methods.protocol.sorting import Row, holds
from methods.protocol.vocabulary import (
    OPTIONS,
    SAFETY_KINDS,
    CriterionKind,
    Level,
    Verdict,
)

# Listing an enumeration is slow, and a card needs the list: made once.
_KINDS = CriterionKind.values
_INDICATION = CriterionKind.INDICATION.value
_NOT_RECOMMENDED = CriterionKind.NOT_RECOMMENDED.value
_PRECAUTION = CriterionKind.PRECAUTION.value
_DEFERRAL = CriterionKind.DEFERRAL.value
_CONTRAINDICATION = CriterionKind.CONTRAINDICATION.value
_CHECK = CriterionKind.CHECK.value

Held = dict[str, list[Criterion]]
"""The criteria that hold, by kind."""


def evaluate(criterion: Criterion, findings: Findings) -> Truth:
    """Return whether a criterion holds: True, False, or None if that is not known."""
    return holds(criterion.when, criterion.unless, findings)


# The same rules hold for patient after patient: of 1,000 patients 275,000 reasons are
# 1,900 different ones, and `suggest` takes a sixth longer without this cache.
@lru_cache(maxsize=4096)
def reason_of(
    criterion: Criterion, kind: str = "", codes: tuple[str, ...] = ()
) -> Reason:
    """Return a criterion as a reason on a card."""
    return Reason(
        kind=kind or criterion.kind,
        findings=codes or criterion.when,
        rationale=criterion.for_staff,
        for_patient=criterion.for_patient,
        sources=criterion.sources,
        contested=criterion.contested,
        line=criterion.line,
        level=_level_of(criterion),
    )


def _level_of(criterion: Criterion) -> str:
    if criterion.kind != _PRECAUTION:
        return ""
    return criterion.level or Level.DOCTOR.value


def _best_lines(indications: list[Criterion]) -> list[Criterion]:
    """Return indications without those that the same findings put in a better line."""
    if len(indications) < 2:
        return indications
    best: dict[frozenset[str], Criterion] = {}
    for each in sorted(indications, key=lambda each: LINES[each.line]):
        best.setdefault(frozenset(each.when), each)
    return [each for each in indications if each in best.values()]


# The same for every patient of a protocol.
@lru_cache(maxsize=512)
def _not_indicated(criteria: tuple[Criterion, ...]) -> Reason:
    codes = dict.fromkeys(
        code for each in criteria if each.kind == _INDICATION for code in each.when
    )
    return Reason(kind=NOT_INDICATED_KIND, findings=tuple(codes) or ("everyone",))


def _rests_on_a_wish(indications: list[Criterion]) -> bool:
    """Return whether nothing but the patient's wish speaks for a method."""
    return bool(indications) and all(
        DerivedFinding.ASKED_FOR in each.when for each in indications
    )


class Hand:
    """All that one card is dealt from.

    A check counts as holding unless it certainly does not.
    """

    def __init__(
        self,
        method: Method,
        rows: Iterable[Row],
        findings: Findings,
        facts: Facts,
        *,
        red_flags: Sequence[RedFlag] = (),
        unknown_flags: Sequence[str] = (),
    ) -> None:
        self.method, self.findings, self.facts = method, findings, facts
        self.red_flags = red_flags if method.is_treatment else ()
        self.unknown_flags = unknown_flags if method.is_treatment else ()
        self.held: Held = {kind: [] for kind in _KINDS}
        self.unknown_safety: list[Row] = []
        self.unknown_indications: list[Row] = []
        self._unknown_kinds = set()
        for row in rows:
            _place, criterion, unknown = row
            kind = criterion.kind
            if not unknown or kind == _CHECK:
                self.held[kind].append(criterion)
                continue
            self._unknown_kinds.add(kind)
            if kind == _INDICATION:
                self.unknown_indications.append(row)
            elif kind in SAFETY_KINDS:
                self.unknown_safety.append(row)
        # Each may lose its partner: then a later line takes its place.
        self._alone = self.held[_INDICATION]
        self.held[_INDICATION] = _best_lines(self._alone)
        waits = relations.waits(method, findings, facts)
        self.waits = [each for each in waits if each.relation.is_hard]
        # A gap that sources dispute takes nothing out: a doctor weighs it.
        self.soft_waits = [each for each in waits if not each.relation.is_hard]
        # One question, however many gaps hang on what was done before.
        undated = any(not each.is_dated for each in waits)
        self.unknown_past = (
            (DerivedFinding.EARLIER_TREATMENTS.value,) if undated else ()
        )
        self.unmet: list[tuple[Relation, Verdict]] = []

    def meet(self, verdicts: Verdicts) -> None:
        """Take out the indications whose partners are no options under these verdicts."""
        kept, self.unmet = [], []
        for indication in self._alone:
            failed = relations.unmet(
                self.method, indication, self.findings, self.facts, verdicts
            )
            if failed:
                self.unmet.append(failed)
            else:
                kept.append(indication)
        self.held[_INDICATION] = _best_lines(kept)

    @property
    def indications(self) -> list[Criterion]:
        return self.held[_INDICATION]

    @property
    def contraindications(self) -> list[Criterion]:
        return self.held[_CONTRAINDICATION]

    def is_unknown(self, *kinds: str) -> bool:
        """Return whether it is not known of a criterion of these kinds if it holds."""
        return not self._unknown_kinds.isdisjoint(kinds)

    @property
    def is_wait_unknown(self) -> bool:
        return any(each.days is None for each in self.waits)

    def verdict(self) -> Verdict:
        if self.red_flags or self.held[_CONTRAINDICATION]:
            return Verdict.CONTRAINDICATED
        if not self.indications:
            return self._without_indication()
        if self.held[_DEFERRAL] or any(each.days for each in self.waits):
            return Verdict.DEFERRED
        if (
            self.unknown_flags
            or self.is_wait_unknown
            or self.is_unknown(_CONTRAINDICATION, _DEFERRAL)
        ):
            return Verdict.UNDETERMINED
        if self.level() or _rests_on_a_wish(self.indications):
            return Verdict.CAUTION
        return Verdict.SUGGESTED

    def _without_indication(self) -> Verdict:
        if self.is_unknown(_INDICATION):
            return Verdict.UNDETERMINED
        instead = [verdict for _relation, verdict in self.unmet]
        return min(instead, key=VERDICTS.__getitem__, default=Verdict.NOT_INDICATED)

    def level(self) -> str:
        """Return the heaviest level of the precautions; of an unknown one, "doctor"."""
        if self.is_unknown(_PRECAUTION) or self.soft_waits:
            return Level.DOCTOR.value
        levels = [_level_of(each) for each in self.held[_PRECAUTION]]
        return max(levels, key=LEVELS.__getitem__, default="")

    def asked(self) -> tuple[str, ...]:
        """Return the codes of what to ask or look at: flags, safety, indications."""
        rows = self.unknown_safety
        if not self.indications:
            rows = rows + self.unknown_indications
        codes = [code for _place, _row, unknown in rows for code in unknown]
        related = [relation for relation, _verdict in self.unmet]
        related += [each.relation for each in _named(self.waits + self.soft_waits)]
        for relation in related:
            codes += relations.unknown_in(relation, self.findings)
        return tuple(dict.fromkeys([*self.unknown_flags, *codes, *self.unknown_past]))

    def reasons(self, verdict: Verdict) -> list[Reason]:
        reasons = [
            Reason(
                kind=RED_FLAG_KIND,
                findings=(flag.code,),
                rationale=flag.route,
                for_patient=flag.advice,
            )
            for flag in self.red_flags
        ]
        # In the order of `cards.reason_order`.
        reasons += map(reason_of, self.held[_CONTRAINDICATION])
        reasons += [
            _relation_reason(relation, NEEDS_KIND) for relation, _verdict in self.unmet
        ]
        reasons += map(reason_of, self.held[_DEFERRAL])
        reasons += [
            _relation_reason(each.relation, WAIT_KIND) for each in _named(self.waits)
        ]
        reasons += map(reason_of, self.indications)
        reasons += map(reason_of, self.held[_PRECAUTION])
        reasons += [
            _relation_reason(each.relation, SOFT_WAIT_KIND)
            for each in _named(self.soft_waits)
        ]
        if verdict in (Verdict.CAUTION, Verdict.DEFERRED, Verdict.UNDETERMINED):
            # Elsewhere an answer would not change what the card says now: `ask` is enough.
            reasons += _unknown_reasons(self.unknown_safety)
            for codes in (tuple(self.unknown_flags), self.unknown_past):
                if codes:
                    reasons.append(Reason(kind=UNKNOWN_KIND, findings=codes))
        if not self.indications:
            reasons += _unknown_reasons(self.unknown_indications)
            reasons += map(reason_of, self.held[_NOT_RECOMMENDED])
            if not self.held[_NOT_RECOMMENDED] and not self.unmet:
                reasons.append(_not_indicated(self.method.criteria))
        reasons += map(reason_of, self.held[_CHECK])
        return reasons


def _named(waits: Iterable[Wait]) -> list[Wait]:
    """Return the waits for something that is known to have been done."""
    return [each for each in waits if each.method]


def _relation_reason(relation: Relation, kind: str) -> Reason:
    return Reason(
        kind=kind,
        findings=relation.scars or relation.when or (DerivedFinding.EVERYONE.value,),
        rationale=relation.for_staff,
        for_patient=relation.for_patient,
        sources=relation.sources,
        contested=relation.contested,
    )


def _unknown_reasons(unknown: Iterable[Row]) -> list[Reason]:
    return [
        reason_of(criterion, UNKNOWN_KIND, codes)
        for _place, criterion, codes in unknown
    ]


def card_of(hand: Hand, verdicts: Verdicts) -> Card:
    """Return the card of a hand, given the verdicts of all methods."""
    method, findings, facts = hand.method, hand.findings, hand.facts
    verdict = hand.verdict()
    until, until_days = "", None
    if verdict == Verdict.DEFERRED:
        until, until_days = _wait(hand)
    is_option = verdict in OPTIONS
    return Card(
        method=method.slug,
        title=method.title,
        verdict=verdict.value,
        line=min(
            (each.line for each in hand.indications),
            key=LINES.__getitem__,
            default="",
        ),
        position=method.position,
        reasons=tuple(hand.reasons(verdict)),
        ask=hand.asked(),
        until=until,
        until_days=until_days,
        revision=method.revision,
        is_wish=_rests_on_a_wish(hand.indications),
        group=method.group,
        level=hand.level() if is_option else "",
        together=relations.together(method, findings, verdicts) if is_option else (),
        after=(
            relations.steps_before(method, findings, facts, verdicts)
            if is_option
            else ()
        ),
    )


def _wait(hand: Hand) -> tuple[str, int | None]:
    """Return (condition in words, days until time alone has fulfilled all, or None)."""
    deferrals = hand.held[_DEFERRAL]
    words = [each.until for each in deferrals]
    words += [each.relation.for_patient for each in _named(hand.waits)]
    words += [
        relation.for_patient
        for relation, verdict in hand.unmet
        if verdict == Verdict.DEFERRED
    ]
    days = [
        find.days_until_clear(each.when[0], hand.facts) if len(each.when) == 1 else None
        for each in deferrals
    ]
    days += [each.days for each in hand.waits]
    known = [each for each in days if each is not None]
    text = "; ".join(dict.fromkeys(filter(None, words)))
    return text, max(known) if known and len(known) == len(days) else None
