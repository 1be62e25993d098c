"""Facts: the answers about one scar, validated and typed.

Allowed values are the enumerations of `methods.protocol.vocabulary`. A missing key and
"unknown" mean the same: not known.
"""

import math
from calendar import monthrange
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from datetime import date
from typing import Any, NamedTuple

from methods.protocol.coded_findings import RedFlagCode
from methods.protocol.vocabulary import (
    ActiveAcne,
    BddScreen,
    BeyondEdges,
    BodySite,
    Colour,
    Diabetes,
    Elevation,
    Isotretinoin,
    Lump,
    PitDepth,
    PitShape,
    PriorResponse,
    PulledFeature,
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

    def __init__(self, faults: list[str]) -> None:
        super().__init__("; ".join(faults))
        self.faults = faults


class _Wrong(Exception):
    pass


# Kinds of facts


class Kind(NamedTuple):
    """Parser of a fact's JSON value; `samples` are representative values, for tracing.

    `read` raises an error that says what it expects. `null` is what JSON null means.
    """

    read: Callable[[Any], Any]
    samples: tuple[Any, ...]
    null: float | None = None


class _AnySlug(str):
    """A method slug that equals every slug."""

    def __eq__(self, other: object) -> bool:
        return True

    __hash__ = str.__hash__


class _Any(tuple[str, ...]):
    """Method slugs that hold every slug."""

    def __contains__(self, slug: object) -> bool:
        return True


def _shown(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 40 else f"{text[:37]}..."


def _one_of(choices: Any, **also: None) -> Kind:
    allowed = {str(value): value for value in choices.values} | also

    def read(value: Any) -> Any:
        if isinstance(value, str) and value in allowed:
            return allowed[value]
        raise _Wrong(f"expected one of {', '.join(allowed)} or unknown")

    return Kind(read, tuple(allowed.values()))


def _read_yes_no(value: Any) -> bool | None:
    if isinstance(value, str) and value in YES_NO:
        return YES_NO[value]
    raise _Wrong("expected yes, no or unknown")


def _number(low: int, high: int, *, whole: bool = False, unit: str = "") -> Kind:
    kind = "a whole number" if whole else "a number"

    def read(value: Any) -> float:
        is_number = isinstance(value, int | float) and not isinstance(value, bool)
        if is_number and low <= value <= high and not (whole and value != int(value)):
            return int(value) if whole else float(value)
        raise _Wrong(f"expected {kind}{unit} from {low} to {high}")

    return Kind(read, (low, (low + high) // 2, high))


def _read_weeks_ago(value: Any) -> float:
    if value == "no":
        return NEVER
    if value == "yes":
        return 0.0
    try:
        return _number(0, 5200).read(value)
    except _Wrong:
        raise _Wrong("expected a number of weeks, or null for none") from None


def _read_slugs(value: Any) -> tuple[str, ...]:
    if isinstance(value, list) and all(isinstance(each, str) for each in value):
        return tuple(value)
    raise _Wrong("expected a list of method slugs")


def _read_disease(value: Any) -> str:
    if isinstance(value, str) and 0 < len(value.strip()) <= 200:
        return "none" if value.strip().lower() in ("none", "no") else value.strip()
    raise _Wrong("expected none or the name of the disease")


class Treatment(NamedTuple):
    """One earlier treatment of this scar, as the patient or the clinic remembers it.

    `months_ago` counts from its last session; None where nobody knows.
    """

    method: str
    months_ago: float | None = None
    sessions: int | None = None
    response: str | None = None


_TREATMENT_KEYS = {"method", "date", "months_ago", "sessions", "response"}
_MONTH_DAYS = 365.25 / 12


def _latest_day(value: Any) -> date:
    """Return the last day that "2025-03-14" or "2025-03" can mean."""
    text = str(value)
    if len(text) > len("2025-03"):
        return date.fromisoformat(text)
    first = date.fromisoformat(f"{text}-01")
    return first.replace(day=monthrange(first.year, first.month)[1])


def _months_since(value: Any, today: date) -> float:
    """Return the fewest months that it can be from a date to today: the safe side."""
    try:
        day = _latest_day(value)
    except ValueError:
        raise _Wrong("expected a date such as 2025-03 or 2025-03-14") from None
    is_this_month = str(value) == f"{today:%Y-%m}"
    if day > today and not is_this_month:
        raise _Wrong("expected a date that is not in the future")
    return max(0, (today - day).days) / _MONTH_DAYS


def _dated(value: Any, today: date) -> Any:
    """Return treatments as they were given, with months ago in place of dates."""
    if not isinstance(value, list):
        return value
    return [_undated(each, today) if isinstance(each, dict) else each for each in value]


def _undated(treatment: dict[str, Any], today: date) -> dict[str, Any]:
    told = {name: each for name, each in treatment.items() if name != "date"}
    when = treatment.get("date")
    if when in UNKNOWN:
        return told
    if treatment.get("months_ago") not in UNKNOWN:
        # Which of the two is right nobody can tell from here.
        raise _Wrong("expected a date or months_ago, and not both")
    return told | {"months_ago": _months_since(when, today)}


def _read_treatment(value: Any) -> Treatment:
    if not isinstance(value, dict) or not isinstance(value.get("method"), str):
        raise _Wrong("expected a list of treatments, each with a method")
    if wrong := sorted(value.keys() - _TREATMENT_KEYS):
        raise _Wrong(
            f"a treatment has {', '.join(sorted(_TREATMENT_KEYS))}, not {wrong[0]}"
        )
    known = {name: each for name, each in value.items() if each not in UNKNOWN}
    if "date" in known:
        raise _Wrong("stored facts say months_ago, not a date")
    return Treatment(
        method=known["method"],
        months_ago=(
            _MONTHS.read(known["months_ago"]) if "months_ago" in known else None
        ),
        sessions=_SESSIONS.read(known["sessions"]) if "sessions" in known else None,
        response=_RESPONSE.read(known["response"]) if "response" in known else None,
    )


def _read_treatments(value: Any) -> tuple[Treatment, ...]:
    if isinstance(value, list):
        return tuple(_read_treatment(each) for each in value)
    raise _Wrong("expected a list of treatments, each with a method")


_YES_NO = Kind(_read_yes_no, (True, False))
_YEARS = _number(0, 130, whole=True, unit=" of years")
_MONTHS = _number(0, 1500, unit=" of months")
_POSAS = _number(1, 10, whole=True)
_WEEKS_AGO = Kind(_read_weeks_ago, (0.0, 10.0, NEVER), null=NEVER)
_SLUGS = Kind(_read_slugs, ((), _Any()))
_SESSIONS = _number(0, 200, whole=True, unit=" of sessions")
_RESPONSE = _one_of(PriorResponse)
_TREATMENTS = Kind(
    _read_treatments,
    (
        (),
        (Treatment(_AnySlug()),),
        *(
            (Treatment(_AnySlug(), months, 0, response),)
            for months in (0, 1500)
            for response in PriorResponse.values
        ),
    ),
)


def _fact(kind: Kind) -> Any:
    return field(default=None, metadata={"kind": kind})


@dataclass(frozen=True, slots=True)
class Facts:
    """One scar of one patient. `None` is "not known".

    Ages are in years or months, widths in millimetres, intervals in weeks (`NEVER` for
    what has not happened), itch and pain 1 to 10 (POSAS), phototype 1 to 6. `child_below`
    and `minor_below` are the clinic's own ages, `None` for those of `thresholds`.
    """

    age_years: int | None = _fact(_YEARS)
    fitzpatrick: int | None = _fact(_number(1, 6, whole=True))
    scar_cause: str | None = _fact(_one_of(ScarCause))
    scar_age_months: float | None = _fact(_MONTHS)
    wound_closed: bool | None = _fact(_YES_NO)
    body_site: str | None = _fact(_one_of(BodySite))
    elevation: str | None = _fact(_one_of(Elevation))
    beyond_edges: str | None = _fact(_one_of(BeyondEdges))
    still_growing: bool | None = _fact(_YES_NO)
    firm: bool | None = _fact(_YES_NO)
    reopened: bool | None = _fact(_YES_NO)
    wound_weeks: float | None = _fact(_number(0, 5200, unit=" of weeks"))
    lump: str | None = _fact(_one_of(Lump))
    fast: bool | None = _fact(_YES_NO)
    spot_pain: bool | None = _fact(_YES_NO)
    pit_shape: str | None = _fact(_one_of(PitShape))
    pit_width_mm: float | None = _fact(_number(0, 500, unit=" of millimetres"))
    pit_depth: str | None = _fact(_one_of(PitDepth, unsure=None))
    flattens_on_stretch: bool | None = _fact(_YES_NO)
    colour: str | None = _fact(_one_of(Colour))
    colour_bothers: bool | None = _fact(_YES_NO)
    width: str | None = _fact(_one_of(Width))
    stripes: str | None = _fact(_one_of(Stripes))
    large_area: bool | None = _fact(_YES_NO)
    tight_limits_movement: bool | None = _fact(_YES_NO)
    pulls_feature: str | None = _fact(_one_of(PulledFeature))
    itch: int | None = _fact(_POSAS)
    pain: int | None = _fact(_POSAS)
    visible_at_50cm: bool | None = _fact(_YES_NO)
    makeup_covers: bool | None = _fact(_YES_NO)
    active_acne: str | None = _fact(_one_of(ActiveAcne))
    isotretinoin: str | None = _fact(_one_of(Isotretinoin))
    isotretinoin_stopped_months: float | None = _fact(_MONTHS)
    diabetes: str | None = _fact(_one_of(Diabetes))
    ctd: str | None = _fact(Kind(_read_disease, ("none", "lupus")))
    tan_weeks: float | None = _fact(_WEEKS_AGO)
    recent_filler_weeks: float | None = _fact(_WEEKS_AGO)
    recent_resurfacing_weeks: float | None = _fact(_WEEKS_AGO)
    self_harm_status: str | None = _fact(_one_of(SelfHarmStatus))
    bdd_screen: str | None = _fact(_one_of(BddScreen))
    prior_treatments: tuple[str, ...] | None = _fact(_SLUGS)
    prior_response: str | None = _fact(_RESPONSE)
    treatments: tuple[Treatment, ...] | None = _fact(_TREATMENTS)
    steroid_sessions: int | None = _fact(_SESSIONS)
    wants: tuple[str, ...] | None = _fact(_SLUGS)
    child_below: int | None = _fact(_YEARS)
    minor_below: int | None = _fact(_YEARS)
    answers: Mapping[str, bool | None] = field(default_factory=dict)
    """Yes/no answers to health questions and red flags, by the finding's code."""


KINDS: Mapping[str, Kind] = {
    each.name: each.metadata["kind"] for each in fields(Facts) if each.metadata
}
"""How each fact is read, by its name."""

FACT_NAMES = frozenset(KINDS)
"""No health question may take one of these as its code."""


def read(raw: Any, protocol: Any, *, today: date | None = None) -> Facts:
    """Return the `Facts` in a flat JSON object.

    `protocol` tells which health questions and which method slugs exist. With `today`
    treatments may have dates instead of `months_ago`, none of them in the future; stored
    facts never do. Raises `WrongFacts`, naming every key and value that is wrong.
    """
    if not isinstance(raw, dict):
        raise WrongFacts(["expected one JSON object of facts"])
    yes_no = protocol.questions | set(RedFlagCode.values)
    slugs = {method.slug for method in protocol.methods}
    known: dict[str, Any] = {}
    answers: dict[str, bool | None] = {}
    faults: list[str] = []
    for name, value in raw.items():
        try:
            if kind := KINDS.get(name):
                if value is None:
                    known[name] = kind.null
                elif value != "unknown":
                    if name == "treatments" and today:
                        value = _dated(value, today)
                    known[name] = kind.read(value)
            elif name in yes_no:
                answers[name] = None if value in UNKNOWN else _read_yes_no(value)
            else:
                faults.append(f"{_shown(name)} is not the name of a fact")
        except _Wrong as wrong:
            faults.append(f"{name}: {wrong}, not {_shown(value)}")
    named = {name: known.get(name) or () for name in ("wants", "prior_treatments")}
    named["treatments"] = tuple(each.method for each in known.get("treatments") or ())
    faults += [
        f"{name}: no method has the slug {_shown(slug)}"
        for name, given in named.items()
        for slug in given
        if slug not in slugs
    ]
    if faults:
        raise WrongFacts(faults)
    return Facts(**known, answers=answers)
