"""Deal one card: the criteria that hold or are not known, the verdict, the reasons."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from methods.protocol import findings as find
from methods.protocol import relations
from methods.protocol.cards import (
    LEVELS,
    LINES,
    NEEDS_KIND,
    NOT_INDICATED_KIND,
    RED_FLAG_KIND,
    UNKNOWN_KIND,
    VERDICTS,
    WAIT_KIND,
    Card,
    Reason,
    reason_order,
)
from methods.protocol.coded_findings import DerivedFinding
from methods.protocol.entries import Criterion, Method, RedFlag, Relation
from methods.protocol.facts import Facts
from methods.protocol.findings import Findings
from methods.protocol.logic import Truth
from methods.protocol.relations import Verdicts, Wait
from methods.protocol.vocabulary import OPTIONS, CriterionKind, Level, Verdict

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


def reason_of(
    criterion: Criterion, *, kind: str = "", codes: Iterable[str] = ()
) -> Reason:
    """Return a criterion as a reason on a card."""
    return Reason(
        kind=kind or criterion.kind,
        findings=tuple(codes or criterion.when),
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
    best: dict[frozenset[str], Criterion] = {}
    for each in sorted(indications, key=lambda each: LINES[each.line]):
        best.setdefault(frozenset(each.when), each)
    return [each for each in indications if each in best.values()]


def _not_indicated(method: Method) -> Reason:
    codes = dict.fromkeys(
        code for each in method.criteria_of(_INDICATION) for code in each.when
    )
    return Reason(kind=NOT_INDICATED_KIND, findings=tuple(codes) or ("everyone",))


def _sorted_out(method: Method, findings: Findings) -> tuple[Held, list[Criterion]]:
    """Return ({kind: criteria that hold}, those of which that is not known).

    A check counts as holding unless it certainly does not.
    """
    held: Held = {kind: [] for kind in _KINDS}
    unknown: list[Criterion] = []
    absent = {code for code, value in findings.items() if value is False}
    for criterion in method.criteria:
        # Most conditions are absent: asked first, in one step.
        if not absent.isdisjoint(criterion.when):
            continue
        holds = evaluate(criterion, findings)
        if holds:
            held[criterion.kind].append(criterion)
        elif holds is None:
            (held[_CHECK] if criterion.kind == _CHECK else unknown).append(criterion)
    return held, unknown


def _rests_on_a_wish(indications: list[Criterion]) -> bool:
    """Return whether nothing but the patient's wish speaks for a method."""
    return bool(indications) and all(
        DerivedFinding.ASKED_FOR in each.when for each in indications
    )


@dataclass(slots=True)
class _Hand:
    """All that one card is dealt from."""

    method: Method
    findings: Findings
    facts: Facts
    red_flags: Sequence[RedFlag]
    unknown_flags: Sequence[str]
    held: Held
    unknown: list[Criterion]
    waits: list[Wait]
    unmet: list[tuple[Relation, Verdict]]

    @property
    def indications(self) -> list[Criterion]:
        return self.held[_INDICATION]

    def unknown_of(self, *kinds: str) -> list[Criterion]:
        return [each for each in self.unknown if each.kind in kinds]

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
            or self.unknown_of(_CONTRAINDICATION, _DEFERRAL)
        ):
            return Verdict.UNDETERMINED
        if self.level() or _rests_on_a_wish(self.indications):
            return Verdict.CAUTION
        return Verdict.SUGGESTED

    def _without_indication(self) -> Verdict:
        if self.unknown_of(_INDICATION):
            return Verdict.UNDETERMINED
        instead = [verdict for _relation, verdict in self.unmet]
        return min(instead, key=VERDICTS.__getitem__, default=Verdict.NOT_INDICATED)

    def level(self) -> str:
        """Return the heaviest level of the precautions; of an unknown one, "doctor"."""
        if self.unknown_of(_PRECAUTION):
            return Level.DOCTOR.value
        levels = [_level_of(each) for each in self.held[_PRECAUTION]]
        return max(levels, key=LEVELS.__getitem__, default="")

    def asked(self) -> tuple[str, ...]:
        """Return the codes of what to ask or look at: flags, safety, indications."""
        rows = [each for each in self.unknown if each.is_safety]
        if not self.indications:
            rows += self.unknown_of(_INDICATION)
        codes = [code for each in rows for code in _unknown_in(each, self.findings)]
        related = [relation for relation, _verdict in self.unmet]
        related += [each.relation for each in self.waits]
        for relation in related:
            codes += relations.unknown_in(relation, self.findings)
        return tuple(dict.fromkeys([*self.unknown_flags, *codes]))

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
        for kind in (_CONTRAINDICATION, _DEFERRAL, _INDICATION, _PRECAUTION, _CHECK):
            reasons += [reason_of(each) for each in self.held[kind]]
        reasons += [_relation_reason(each.relation, WAIT_KIND) for each in self.waits]
        reasons += [
            _relation_reason(relation, NEEDS_KIND) for relation, _verdict in self.unmet
        ]
        if verdict in (Verdict.CAUTION, Verdict.DEFERRED, Verdict.UNDETERMINED):
            # Elsewhere an answer would not change what the card says now: `ask` is enough.
            reasons += _why_unsure(
                [each for each in self.unknown if each.is_safety],
                self.unknown_flags,
                self.findings,
            )
        if not self.indications:
            reasons += [reason_of(each) for each in self.held[_NOT_RECOMMENDED]]
            if not self.held[_NOT_RECOMMENDED] and not self.unmet:
                reasons.append(_not_indicated(self.method))
            reasons += [
                reason_of(
                    each, kind=UNKNOWN_KIND, codes=_unknown_in(each, self.findings)
                )
                for each in self.unknown_of(_INDICATION)
            ]
        return sorted(reasons, key=reason_order)


def _relation_reason(relation: Relation, kind: str) -> Reason:
    return Reason(
        kind=kind,
        findings=relation.scars or relation.when or (DerivedFinding.EVERYONE.value,),
        rationale=relation.for_staff,
        for_patient=relation.for_patient,
        sources=relation.sources,
        contested=relation.contested,
    )


def _why_unsure(
    unknown: list[Criterion], unknown_flags: Sequence[str], findings: Findings
) -> list[Reason]:
    reasons = [
        reason_of(each, kind=UNKNOWN_KIND, codes=_unknown_in(each, findings))
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
    verdicts: Verdicts | None = None,
) -> Card:
    """Return the card of one method.

    `findings` is {code: True, False or None}; `red_flags` are those that stand, and
    `unknown_flags` the codes of those that nobody has answered. `verdicts` are those of
    the other methods, where relations are to count.
    """
    held, unknown = _sorted_out(method, findings)
    lost = []
    if verdicts is not None:
        kept = []
        for indication in held[_INDICATION]:
            failed = relations.unmet(method, indication, findings, facts, verdicts)
            if failed:
                lost.append(failed)
            else:
                kept.append(indication)
        held[_INDICATION] = kept
    held[_INDICATION] = _best_lines(held[_INDICATION])
    hand = _Hand(
        method=method,
        findings=findings,
        facts=facts,
        red_flags=red_flags if method.is_treatment else (),
        unknown_flags=unknown_flags if method.is_treatment else (),
        held=held,
        unknown=unknown,
        waits=relations.waits(method, findings, facts),
        unmet=lost,
    )
    verdict = hand.verdict()
    until, until_days = "", None
    if verdict == Verdict.DEFERRED:
        until, until_days = _wait(hand)
    is_option = verdict in OPTIONS
    others = verdicts or {}
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
        together=relations.together(method, findings, others) if is_option else (),
        after=(
            relations.steps_before(method, findings, facts, others) if is_option else ()
        ),
    )


def _wait(hand: _Hand) -> tuple[str, int | None]:
    """Return (condition in words, days until time alone has fulfilled all, or None)."""
    deferrals = hand.held[_DEFERRAL]
    words = [each.until for each in deferrals]
    words += [each.relation.for_patient for each in hand.waits]
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
