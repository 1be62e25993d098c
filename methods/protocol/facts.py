"""What a patient said about one scar, checked and typed.

Names and values are those of the clinical reference (shared/clinical.md, 1a). A missing
key and "unknown" mean the same: not known.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, fields

from methods.protocol.vocabulary import (
    FACT_NAMES,
    ActiveAcne,
    BddScreen,
    BeyondEdges,
    BodySite,
    Colour,
    Diabetes,
    Elevation,
    Isotretinoin,
    PitDepth,
    PitShape,
    PriorResponse,
    PulledFeature,
    RedFlagCode,
    ScarCause,
    SelfHarmStatus,
    Stripes,
    Width,
)

NEVER = math.inf
"""For "how many weeks ago": it has not happened."""

UNKNOWN = ("unknown", None)
YES_NO = {"yes": True, "no": False, "possible": None, "unsure": None}


class WrongFacts(ValueError):
    """Facts that cannot be read. `faults` names each key or value, a line each."""

    def __init__(self, faults):
        super().__init__("; ".join(faults))
        self.faults = faults


@dataclass(frozen=True, slots=True)
class Facts:
    """One scar of one patient. `None` is "not known".

    Ages are in years or months, widths in millimetres, intervals in weeks (`NEVER` for
    what has not happened), itch and pain 1 to 10 (POSAS), phototype 1 to 6. `child_below`
    and `minor_below` are the clinic's own ages, `None` for the clinical reference's.
    """

    age_years: int | None = None
    fitzpatrick: int | None = None
    scar_cause: str | None = None
    scar_age_months: float | None = None
    wound_closed: bool | None = None
    body_site: str | None = None
    elevation: str | None = None
    beyond_edges: str | None = None
    still_growing: bool | None = None
    pit_shape: str | None = None
    pit_width_mm: float | None = None
    pit_depth: str | None = None
    flattens_on_stretch: bool | None = None
    colour: str | None = None
    width: str | None = None
    stripes: str | None = None
    large_area: bool | None = None
    tight_limits_movement: bool | None = None
    pulls_feature: str | None = None
    itch: int | None = None
    pain: int | None = None
    visible_at_50cm: bool | None = None
    makeup_covers: bool | None = None
    active_acne: str | None = None
    isotretinoin: str | None = None
    isotretinoin_stopped_months: float | None = None
    diabetes: str | None = None
    ctd: str | None = None
    tan_weeks: float | None = None
    recent_filler_weeks: float | None = None
    recent_resurfacing_weeks: float | None = None
    self_harm_status: str | None = None
    bdd_screen: str | None = None
    prior_treatments: tuple[str, ...] | None = None
    prior_response: str | None = None
    wants: tuple[str, ...] | None = None
    child_below: int | None = None
    minor_below: int | None = None
    answers: Mapping[str, bool | None] = field(default_factory=dict)
    """Yes/no answers to health questions and red flags, by the finding's code."""


class _Wrong(Exception):
    pass


def _shown(value):
    text = repr(value)
    return text if len(text) <= 40 else f"{text[:37]}..."


def _one_of(choices, **also):
    allowed = {str(value): value for value in choices.values} | also

    def read(value):
        if isinstance(value, str) and value in allowed:
            return allowed[value]
        raise _Wrong(f"expected one of {', '.join(allowed)} or unknown")

    return read


def _yes_no(value):
    if isinstance(value, str) and value in YES_NO:
        return YES_NO[value]
    raise _Wrong("expected yes, no or unknown")


def _number(low, high, *, whole=False, unit=""):
    kind = "a whole number" if whole else "a number"

    def read(value):
        is_number = isinstance(value, int | float) and not isinstance(value, bool)
        if is_number and low <= value <= high and not (whole and value != int(value)):
            return int(value) if whole else float(value)
        raise _Wrong(f"expected {kind}{unit} from {low} to {high}")

    return read


def _weeks_ago(value):
    if value == "no":
        return NEVER
    if value == "yes":
        return 0.0
    try:
        return _number(0, 5200)(value)
    except _Wrong:
        raise _Wrong("expected a number of weeks, or null for none") from None


def _slugs(value):
    if isinstance(value, list) and all(isinstance(each, str) for each in value):
        return tuple(value)
    raise _Wrong("expected a list of method slugs")


def _disease(value):
    if isinstance(value, str) and 0 < len(value.strip()) <= 200:
        return "none" if value.strip().lower() in ("none", "no") else value.strip()
    raise _Wrong("expected none or the name of the disease")


_months = _number(0, 1500, unit=" of months")
_READERS = {
    "age_years": _number(0, 130, whole=True, unit=" of years"),
    "fitzpatrick": _number(1, 6, whole=True),
    "scar_cause": _one_of(ScarCause),
    "scar_age_months": _months,
    "wound_closed": _yes_no,
    "body_site": _one_of(BodySite),
    "elevation": _one_of(Elevation),
    "beyond_edges": _one_of(BeyondEdges),
    "still_growing": _yes_no,
    "pit_shape": _one_of(PitShape),
    "pit_width_mm": _number(0, 500, unit=" of millimetres"),
    "pit_depth": _one_of(PitDepth, unsure=None),
    "flattens_on_stretch": _yes_no,
    "colour": _one_of(Colour),
    "width": _one_of(Width),
    "stripes": _one_of(Stripes),
    "large_area": _yes_no,
    "tight_limits_movement": _yes_no,
    "pulls_feature": _one_of(PulledFeature),
    "itch": _number(1, 10, whole=True),
    "pain": _number(1, 10, whole=True),
    "visible_at_50cm": _yes_no,
    "makeup_covers": _yes_no,
    "active_acne": _one_of(ActiveAcne),
    "isotretinoin": _one_of(Isotretinoin),
    "isotretinoin_stopped_months": _months,
    "diabetes": _one_of(Diabetes),
    "ctd": _disease,
    "tan_weeks": _weeks_ago,
    "recent_filler_weeks": _weeks_ago,
    "recent_resurfacing_weeks": _weeks_ago,
    "self_harm_status": _one_of(SelfHarmStatus),
    "bdd_screen": _one_of(BddScreen),
    "prior_treatments": _slugs,
    "prior_response": _one_of(PriorResponse),
    "wants": _slugs,
    "child_below": _number(0, 130, whole=True, unit=" of years"),
    "minor_below": _number(0, 130, whole=True, unit=" of years"),
}
# For these, null says "none"; for every other fact it says "unknown".
_NULL_IS_NONE = {
    "tan_weeks": NEVER,
    "recent_filler_weeks": NEVER,
    "recent_resurfacing_weeks": NEVER,
}
assert (  # noqa: S101
    FACT_NAMES == _READERS.keys() == {each.name for each in fields(Facts)} - {"answers"}
)


def read(raw, protocol):
    """Return the `Facts` in a flat JSON object.

    `protocol` tells which health questions and which method slugs exist. Raises
    `WrongFacts`, naming every key and value that is wrong.
    """
    if not isinstance(raw, dict):
        raise WrongFacts(["expected one JSON object of facts"])
    yes_no = protocol.questions | set(RedFlagCode.values)
    slugs = {method.slug for method in protocol.methods}
    known, answers, faults = {}, {}, []
    for name, value in raw.items():
        try:
            if name in _READERS:
                if value is None:
                    known[name] = _NULL_IS_NONE.get(name)
                elif value != "unknown":
                    known[name] = _READERS[name](value)
            elif name in yes_no:
                answers[name] = None if value in UNKNOWN else _yes_no(value)
            else:
                faults.append(f"{_shown(name)} is not the name of a fact")
        except _Wrong as wrong:
            faults.append(f"{name}: {wrong}, not {_shown(value)}")
    for name in ("wants", "prior_treatments"):
        faults += [
            f"{name}: no method has the slug {_shown(slug)}"
            for slug in known.get(name) or ()
            if slug not in slugs
        ]
    if faults:
        raise WrongFacts(faults)
    return Facts(**known, answers=answers)
