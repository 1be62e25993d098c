"""What of a method's rules holds for a scar, or may hold: the parts its card is made of."""

from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache

from methods.protocol.cards import (
    LEVELS,
    LINES,
    NOT_INDICATED_KIND,
    Card,
    Reason,
)
from methods.protocol.entries import Criterion
from methods.protocol.vocabulary import SAFETY_KINDS, CriterionKind, Level

Unknown = tuple[int, tuple[str, ...]]
"""A criterion's place in its method, and the codes of what is not known of it."""

UnknownRule = tuple[Criterion, tuple[str, ...]]
"""A criterion that may hold, and the codes of what is not known of it."""

_CONTRAINDICATION = CriterionKind.CONTRAINDICATION.value
_DEFERRAL = CriterionKind.DEFERRAL.value
_INDICATION = CriterionKind.INDICATION.value
_PRECAUTION = CriterionKind.PRECAUTION.value
_CHECK = CriterionKind.CHECK.value


# The same rules hold for patient after patient: of 1,000 patients 275,000 reasons are
# 1,900 different ones.
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


def best_lines(indications: Sequence[Criterion]) -> Sequence[Criterion]:
    """Return indications without those that the same findings put in a better line."""
    if len(indications) < 2:
        return indications
    best: dict[frozenset[str], Criterion] = {}
    for each in sorted(indications, key=lambda each: LINES[each.line]):
        best.setdefault(frozenset(each.when), each)
    return [each for each in indications if each in best.values()]


def _level_of(criterion: Criterion) -> str:
    if criterion.kind != _PRECAUTION:
        return ""
    return criterion.level or Level.DOCTOR.value


@lru_cache(maxsize=512)
def not_indicated(criteria: tuple[Criterion, ...]) -> Reason:
    """Return the reason of a card that nothing speaks for: what would."""
    codes = dict.fromkeys(
        code for each in criteria if each.kind == _INDICATION for code in each.when
    )
    return Reason(kind=NOT_INDICATED_KIND, findings=tuple(codes) or ("everyone",))


class Held:
    """The criteria of one method that hold or may hold, sorted by kind.

    The same for patient after patient, hence never changed. `held` and `unknown` have a
    bit for each criterion that holds or may hold, by its place; `partly` says what is not
    known of one of which something is. A check counts as holding unless it certainly does
    not. `cards` are kept by who dealt them from nothing but this and red flags.
    """

    def __init__(
        self,
        criteria: tuple[Criterion, ...],
        held: int,
        unknown: int,
        partly: Mapping[int, tuple[str, ...]],
    ) -> None:
        self.reasons: dict[str, list[Reason]] = {}
        self.indications: list[Criterion] = []
        self.contraindications: list[Criterion] = []
        self.deferrals: list[Criterion] = []
        apart = {
            _INDICATION: self.indications,
            _CONTRAINDICATION: self.contraindications,
            _DEFERRAL: self.deferrals,
        }
        self.unknown_safety: list[UnknownRule] = []
        self.unknown_indications: list[UnknownRule] = []
        self.unknown_kinds = set()
        for place in _places(held | unknown):
            criterion = criteria[place]
            kind = criterion.kind
            if held >> place & 1 or kind == _CHECK:
                self.reasons.setdefault(kind, []).append(reason_of(criterion))
                if kind in apart:
                    apart[kind].append(criterion)
                continue
            codes = partly.get(place) or criterion.when + criterion.unless
            self.unknown_kinds.add(kind)
            if kind == _INDICATION:
                self.unknown_indications.append((criterion, codes))
            elif kind in SAFETY_KINDS:
                self.unknown_safety.append((criterion, codes))
        self.best_indications = best_lines(self.indications)
        levels = [each.level for each in self.reasons.get(_PRECAUTION, ())]
        self.level = max(levels, key=LEVELS.__getitem__, default="")
        self.cards: dict[tuple[object, ...], Card] = {}

    def is_unknown(self, *kinds: str) -> bool:
        """Return whether it is not known of a criterion of these kinds if it holds."""
        return not self.unknown_kinds.isdisjoint(kinds)


def _places(bits: int) -> Iterable[int]:
    """Yield the places of the bits that are set, from the lowest."""
    while bits:
        lowest = bits & -bits
        yield lowest.bit_length() - 1
        bits ^= lowest
