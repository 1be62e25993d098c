"""Deal one card: the criteria that hold or are not known, the verdict, the reasons."""

from collections.abc import Iterable, Sequence

from methods.protocol import findings as find
from methods.protocol import relations
from methods.protocol.cards import (
    LINES,
    NEEDS_KIND,
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
from methods.protocol.held import (
    Held,
    UnknownRule,
    best_lines,
    not_indicated,
    reason_of,
)
from methods.protocol.logic import Truth
from methods.protocol.relations import Verdicts
from methods.protocol.sorting import holds
from methods.protocol.vocabulary import (
    OPTIONS,
    CriterionKind,
    Level,
    Verdict,
)

_PRECAUTION = CriterionKind.PRECAUTION.value
_INDICATION = CriterionKind.INDICATION.value
_NOT_RECOMMENDED = CriterionKind.NOT_RECOMMENDED.value
_DEFERRAL = CriterionKind.DEFERRAL.value
_CONTRAINDICATION = CriterionKind.CONTRAINDICATION.value
_CHECK = CriterionKind.CHECK.value


def evaluate(criterion: Criterion, findings: Findings) -> Truth:
    """Return whether a criterion holds: True, False, or None if that is not known."""
    return holds(criterion.when, criterion.unless, findings)


def _rests_on_a_wish(indications: Sequence[Criterion]) -> bool:
    """Return whether nothing but the patient's wish speaks for a method."""
    return bool(indications) and all(
        DerivedFinding.ASKED_FOR in each.when for each in indications
    )


class Hand:
    """All that one card is dealt from: what holds of a method, and for whom."""

    def __init__(
        self,
        method: Method,
        held: Held,
        findings: Findings,
        facts: Facts,
        *,
        red_flags: Sequence[RedFlag] = (),
        unknown_flags: Sequence[str] = (),
    ) -> None:
        self.method, self.held = method, held
        self.findings, self.facts = findings, facts
        self.red_flags = red_flags if method.is_treatment else ()
        self.unknown_flags = unknown_flags if method.is_treatment else ()
        # Each may lose its partner: then a later line takes its place.
        self.indications = held.best_indications
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
        for indication in self.held.indications:
            failed = relations.unmet(
                self.method, indication, self.findings, self.facts, verdicts
            )
            if failed:
                self.unmet.append(failed)
            else:
                kept.append(indication)
        self.indications = best_lines(kept)

    @property
    def has_relations(self) -> bool:
        """Return whether what others were or are makes a difference to the card."""
        return bool(self.waits or self.soft_waits or self.unmet)

    @property
    def is_wait_unknown(self) -> bool:
        return any(each.days is None for each in self.waits)

    def verdict(self) -> Verdict:
        if self.red_flags or self.held.contraindications:
            return Verdict.CONTRAINDICATED
        if not self.indications:
            return self._without_indication()
        if self.held.deferrals or any(each.days for each in self.waits):
            return Verdict.DEFERRED
        if (
            self.unknown_flags
            or self.is_wait_unknown
            or self.held.is_unknown(_CONTRAINDICATION, _DEFERRAL)
        ):
            return Verdict.UNDETERMINED
        if self.level() or _rests_on_a_wish(self.indications):
            return Verdict.CAUTION
        return Verdict.SUGGESTED

    def _without_indication(self) -> Verdict:
        if self.held.is_unknown(_INDICATION):
            return Verdict.UNDETERMINED
        instead = [verdict for _relation, verdict in self.unmet]
        return min(instead, key=VERDICTS.__getitem__, default=Verdict.NOT_INDICATED)

    def level(self) -> str:
        """Return the heaviest level of the precautions; of an unknown one, "doctor"."""
        if self.held.is_unknown(_PRECAUTION) or self.soft_waits:
            return Level.DOCTOR.value
        return self.held.level

    def asked(self) -> tuple[str, ...]:
        """Return the codes of what to ask or look at: flags, safety, indications."""
        rows = self.held.unknown_safety
        if not self.indications:
            rows = rows + self.held.unknown_indications
        codes = [*self.unknown_flags]
        codes += [code for _criterion, unknown in rows for code in unknown]
        for relation, _verdict in self.unmet:
            codes += relations.unknown_in(relation, self.findings)
        for wait in self.waits + self.soft_waits:
            if wait.method:
                codes += relations.unknown_in(wait.relation, self.findings)
        return tuple(dict.fromkeys([*codes, *self.unknown_past]))

    def reasons(self, verdict: Verdict) -> list[Reason]:
        reasons = [_flag_reason(flag) for flag in self.red_flags]
        held = self.held.reasons
        # In the order of `cards.reason_order`.
        reasons += held.get(_CONTRAINDICATION, ())
        reasons += [
            _relation_reason(relation, NEEDS_KIND) for relation, _verdict in self.unmet
        ]
        reasons += held.get(_DEFERRAL, ())
        reasons += [
            _relation_reason(each.relation, WAIT_KIND)
            for each in self.waits
            if each.method
        ]
        reasons += map(reason_of, self.indications)
        reasons += held.get(_PRECAUTION, ())
        reasons += [
            _relation_reason(each.relation, SOFT_WAIT_KIND)
            for each in self.soft_waits
            if each.method
        ]
        if verdict in (Verdict.CAUTION, Verdict.DEFERRED, Verdict.UNDETERMINED):
            # Elsewhere an answer would not change what the card says now: `ask` is enough.
            reasons += _unknown_reasons(self.held.unknown_safety)
            for codes in (tuple(self.unknown_flags), self.unknown_past):
                if codes:
                    reasons.append(Reason(kind=UNKNOWN_KIND, findings=codes))
        if not self.indications:
            reasons += _unknown_reasons(self.held.unknown_indications)
            reasons += held.get(_NOT_RECOMMENDED, ())
            if not held.get(_NOT_RECOMMENDED, ()) and not self.unmet:
                reasons.append(not_indicated(self.method.criteria))
        reasons += held.get(_CHECK, ())
        return reasons


def _unknown_reasons(rows: Iterable[UnknownRule]) -> list[Reason]:
    return [reason_of(criterion, UNKNOWN_KIND, codes) for criterion, codes in rows]


def _flag_reason(flag: RedFlag) -> Reason:
    return Reason(
        kind=RED_FLAG_KIND,
        findings=(flag.code,),
        rationale=flag.route,
        for_patient=flag.advice,
    )


def _relation_reason(relation: Relation, kind: str) -> Reason:
    return Reason(
        kind=kind,
        findings=relation.scars or relation.when or (DerivedFinding.EVERYONE.value,),
        rationale=relation.for_staff,
        for_patient=relation.for_patient,
        sources=relation.sources,
        contested=relation.contested,
    )


def card_of(hand: Hand, verdicts: Verdicts) -> Card:
    """Return the card of a hand, given the verdicts of all methods.

    Three in four rest on the rules that hold and on red flags alone, and come again with
    patient after patient: these are dealt once.
    """
    verdict = hand.verdict()
    if verdict in OPTIONS or verdict == Verdict.DEFERRED or hand.has_relations:
        return _card(hand, verdict, verdicts)
    key = (*hand.red_flags, *hand.unknown_flags)
    if key not in hand.held.cards:
        hand.held.cards[key] = _card(hand, verdict, verdicts)
    return hand.held.cards[key]


def _card(hand: Hand, verdict: Verdict, verdicts: Verdicts) -> Card:
    method, findings, facts = hand.method, hand.findings, hand.facts
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
    deferrals = hand.held.deferrals
    words = [each.until for each in deferrals]
    words += [each.relation.for_patient for each in hand.waits if each.method]
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
