"""What loosens protection between two frozen versions of one page or rule.

Pure: content in, `Change`s out. A list names what is plainly words and what plainly
protects more; what it does not name loosens. Words may be corrected in their spelling
wherever they stand.
"""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from methods.protocol.claims import claims
from methods.protocol.vocabulary import CriterionKind, Level, RelationKind

Content = Mapping[str, Any]
Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Change:
    """One difference: where, what stood there, what stands there now, and its weight.

    `part` is a path such as `sections.risks_common`; a missing row or text is None.
    """

    part: str
    old: Any
    new: Any
    loosens: bool


NEW = "new"
"""The part of the one change of a page that was not live before."""
OFF = "off"
"""The part of the one change of what is taken off the site."""

# Words

_CITATION = re.compile(r"\[([A-Z][A-Za-z0-9-]*)\]")
_QUOTES = str.maketrans("‘’“”", "''\"\"")
SHORTEST_SLIP = 5
"""Letters of the shortest word of which one letter more, less or other is a slip."""


def _citations(text: str) -> set[str]:
    return set(_CITATION.findall(text))


def _words(text: str) -> list[str]:
    bare = _CITATION.sub("", text).translate(_QUOTES)
    words = re.sub(r"\s+([.,;:])", r"\1", bare).lower().split()
    if words:
        words[-1] = words[-1].rstrip(".")
    return words


def _is_slip(old: str, new: str) -> bool:
    """Return whether a long word differs in one letter, or two that changed places."""
    old, new = old.strip(".,;:()"), new.strip(".,;:()")
    if min(len(old), len(new)) < SHORTEST_SLIP or old[0] != new[0]:
        return False
    if not (old.isalpha() and new.isalpha()):
        return False
    if len(old) == len(new):
        at = [i for i, (a, b) in enumerate(zip(old, new, strict=True)) if a != b]
        swaps = len(at) == 2 and at[1] == at[0] + 1
        crossed = swaps and (old[at[0]], old[at[1]]) == (new[at[1]], new[at[0]])
        return len(at) == 1 or crossed
    short, long = sorted((old, new), key=len)
    return len(long) - len(short) == 1 and any(
        long[:i] + long[i + 1 :] == short for i in range(len(long))
    )


def says_the_same(old: str, new: str) -> bool:
    """Return whether a text says what it said: spelling aside, with no source less."""
    if not _citations(old) <= _citations(new):
        return False
    before, after = _words(old), _words(new)
    return len(before) == len(after) and all(
        a == b or _is_slip(a, b) for a, b in zip(before, after, strict=True)
    )


# Texts and plain fields

PLAIN = frozenset(
    {
        *("title", "also_called", "position", "sections.questions"),
        *("price.price_from", "price.price_to", "price.price_remark"),
        # How long a visit is booked for, and how a page is found and begins.
        *("measures.visit_minutes", "drawing", "link", "teaser"),
        *("first_heading", "kinds_heading"),
    }
)
"""What is plainly words or money, as long as it promises nothing."""
ADDABLE = frozenset(
    f"sections.{name}"
    for name in (
        *("cannot", "gravest", "before_do_not", "after_do_not", "risks_common"),
        *("risks_less_common", "risks_rare", "call_today", "call_emergency"),
        "see_a_doctor",
    )
)
"""Lists in which a line more protects more."""
REMOVABLE = frozenset({"sections.can"})
"""Lists in which a line less claims less."""


def _flat(content: Content, prefix: str = "") -> dict[str, Any]:
    """Return {path: value} of all that is no list of rows."""
    flat: dict[str, Any] = {}
    for name, value in content.items():
        if isinstance(value, Mapping):
            flat |= _flat(value, f"{prefix}{name}.")
        elif not (value and isinstance(value, list) and isinstance(value[0], Mapping)):
            flat[f"{prefix}{name}"] = value
    return flat


def _is_promised(new: Any, old: Any = "") -> bool:
    """Return whether words promise what they did not."""
    more, less = _joined(new), _joined(old)
    return not set(claims(more)) <= set(claims(less))


def _joined(value: Any) -> str:
    return "\n".join(value) if isinstance(value, list) else str(value or "")


def _is_earlier(old: Any, new: Any) -> bool:
    return bool(new) and (not old or new < old)


def _loosens(part: str, old: Any, new: Any) -> bool:
    """Return whether another value of a plain field loosens."""
    if part in PLAIN:
        return _is_promised(new, old)
    if part == "traits":
        # What one that is added brings along stands among the rules.
        return not set(old or ()) <= set(new or ())
    if part in _NAMES:
        return True
    if part == "next_review_on":
        return not _is_earlier(old, new)
    if isinstance(old, str) and isinstance(new, str):
        return not says_the_same(old, new)
    return True


def _lines(part: str, old: Sequence[str], new: Sequence[str]) -> Iterable[Change]:
    """Yield what was taken out of a list of sentences, put in, or changed."""
    gone, come = [x for x in old if x not in new], [x for x in new if x not in old]
    for was in gone:
        # The most alike of what has come is what it has become.
        alike = max(come, key=lambda now: _shared(was, now), default=None)
        if alike is not None and _shared(was, alike) * 2 > len(set(_words(was))):
            come.remove(alike)
            is_same = says_the_same(was, alike) or (
                part in PLAIN and not _is_promised(alike, was)
            )
            yield Change(part, was, alike, not is_same)
        else:
            yield Change(part, was, None, part not in REMOVABLE | PLAIN)
    for now in come:
        is_no_claim = part == "sections.cannot" or not _is_promised(now)
        may_come = part in ADDABLE | PLAIN and is_no_claim
        yield Change(part, None, now, not may_come)


def _shared(old: str, new: str) -> int:
    return len(set(_words(old)) & set(_words(new)))


def _fields(before: Content, after: Content) -> Iterable[Change]:
    flat_before, flat_after = _flat(before), _flat(after)
    for part in dict.fromkeys((*flat_before, *flat_after)):
        if part in _ROWS:
            continue
        old, new = flat_before.get(part), flat_after.get(part)
        if old == new:
            continue
        if isinstance(old or new, list) and part not in _CODES:
            yield from _lines(part, old or (), new or ())
        else:
            yield Change(part, old, new, _loosens(part, old, new))


# Rules

_ROWS = ("criteria", "relations", "ceilings", "not_needed", "steps", "kinds")
_CODES = ("traits", "when")
_NAMES = ("reviewed_by", "reviewed_on")
_REASONS = ("for_patient", "for_staff", "contested")
_TEXTS = (*_REASONS, "why", "words", "enter", "dose", "measure", "next")
_SAFETY = (
    *(CriterionKind.PRECAUTION, CriterionKind.DEFERRAL),
    CriterionKind.CONTRAINDICATION,
)
_WEIGHT = {Level.TECHNIQUE: 0, Level.TEST: 1, Level.DOCTOR: 2, "": 2}


def _is_heavier(new: Row, old: Row) -> bool:
    """Return whether a safety rule asks for plainly more than another."""
    if CriterionKind.PRECAUTION == new["kind"] == old["kind"]:
        return _WEIGHT[new["level"]] > _WEIGHT[old["level"]]
    return (
        new["kind"] == CriterionKind.CONTRAINDICATION != old["kind"]
        and old["kind"] in _SAFETY
    )


def _has_reasons(new: Row, old: Row) -> bool:
    return all(says_the_same(old[name], new[name]) for name in _REASONS)


def _has_sources(new: Row, old: Row) -> bool:
    return set(old["sources"]) <= set(new["sources"])


def _holds_wherever(new: Row, old: Row) -> bool:
    """Return whether a rule holds for everybody for whom another did."""
    return set(new["when"]) <= set(old["when"]) and set(new["unless"]) <= set(
        old["unless"]
    )


def _protects_like(new: Row, old: Row) -> bool:
    """Return whether a criterion that protects is at least as heavy as another."""
    if new["kind"] == CriterionKind.INDICATION or not _holds_wherever(new, old):
        return False
    if _is_heavier(new, old):
        return set(old["refer"]) <= set(new["refer"])
    same = ("kind", "until", "reviewed_on", "line")
    return (
        all(new[name] == old[name] for name in same)
        and _WEIGHT[new["level"]] == _WEIGHT[old["level"]]
        and set(old["refer"]) <= set(new["refer"])
        and _has_reasons(new, old)
        and _has_sources(new, old)
    )


def _claims_no_more(new: Row, old: Row) -> bool:
    """Return whether an indication says of no more people what another said."""
    return (
        CriterionKind.INDICATION == new["kind"] == old["kind"]
        and new["line"] == old["line"]
        and new["reviewed_on"] == old["reviewed_on"]
        and _holds_wherever(old, new)
        and _has_reasons(new, old)
        and _has_sources(new, old)
    )


def _of(row: Row) -> set[str | None]:
    """Return the treatments that a condition's row names; a treatment's own names none."""
    return set(row["methods"]) if "methods" in row else {None}


def _is_kept(old: Row, rows: Sequence[Row]) -> bool:
    """Return whether what a criterion does is still done, by one row or several."""
    alike = (
        _claims_no_more if old["kind"] == CriterionKind.INDICATION else _protects_like
    )
    left = _of(old)
    for row in rows:
        if alike(row, old):
            left -= _of(row)
    return not left


def _is_welcome(new: Row, rows: Sequence[Row]) -> bool:
    """Return whether a criterion may come: it protects, or was an indication before."""
    if new["kind"] != CriterionKind.INDICATION:
        return not any(_is_promised(new[name]) for name in _REASONS) or any(
            _protects_like(new, row) for row in rows
        )
    return any(_claims_no_more(new, row) and _of(new) <= _of(row) for row in rows)


def _criteria(old: Sequence[Row], new: Sequence[Row]) -> Iterable[Change]:
    def weigh(was: Row | None, now: Row | None) -> bool:
        lost = was is not None and not _is_kept(was, new)
        return lost or (now is not None and not _is_welcome(now, old))

    yield from _paired("criteria", old, new, weigh, ("kind", "when"))


def _is_no_less(old: Any, new: Any) -> bool:
    """Return whether a number is the same or greater; what is not said is its own."""
    return old == new or (None not in (old, new) and new >= old)


def _is_relation_kept(was: Row | None, now: Row | None) -> bool:
    if was is None or now is None:
        # What comes next is offered; all else asks for more.
        return was is None and now is not None and now["kind"] != RelationKind.THEN
    same = ("kind", "scars", "line")
    is_wider = now["kind"] == RelationKind.NOT_WITH and set(was["methods"]) <= set(
        now["methods"]
    )
    return (
        all(was[name] == now[name] for name in same)
        and (is_wider or was["methods"] == now["methods"])
        and set(now["when"]) <= set(was["when"])
        and now["is_hard"] >= was["is_hard"]
        and all(
            _is_no_less(was[name], now[name])
            for name in ("sessions", "weeks", "weeks_dark")
        )
        and _has_reasons(now, was)
        and _has_sources(now, was)
    )


def _is_lower(old: str | None, new: str | None) -> bool:
    return old == new or (new is not None and (old is None or float(new) < float(old)))


def _is_ceiling_kept(was: Row | None, now: Row | None) -> bool:
    if was is None or now is None:
        return was is None
    return (
        (was["substance"], was["unit"]) == (now["substance"], now["unit"])
        and _is_lower(was["reason_above"], now["reason_above"])
        and _is_lower(was["refuse_above"], now["refuse_above"])
        and says_the_same(was["for_staff"], now["for_staff"])
        and _has_sources(now, was)
    )


def _is_row_kept(was: Row | None, now: Row | None) -> bool:
    """Return whether a row that nobody has a rule for is the same but for spelling."""
    if was is None or now is None:
        return False
    return all(
        says_the_same(was[name], now[name])
        if name in _TEXTS
        else was[name] == now[name]
        for name in was
    )


def _is_not_needed_kept(was: Row | None, now: Row | None) -> bool:
    if was is None or now is None:
        return now is None
    return set(now["methods"]) <= set(was["methods"]) and says_the_same(
        was["why"], now["why"]
    )


def _bare(row: Row) -> Row:
    """Return a row without where it comes from: that decides nothing."""
    return {name: value for name, value in row.items() if name != "origin"}


def _paired(
    part: str,
    old: Sequence[Row],
    new: Sequence[Row],
    weigh: Callable[[Row | None, Row | None], bool],
    names: tuple[str, ...],
) -> Iterable[Change]:
    """Yield the rows that differ; those alike in all, or else one, of `names` are one row."""
    gone, come = [x for x in old if x not in new], [x for x in new if x not in old]

    def alike(was: Row, now: Row) -> int:
        agreed = sum(was[name] == now[name] for name in was)
        return agreed if any(was[name] == now[name] for name in names) else 0

    for was in gone:
        now = max(come, key=lambda row: alike(was, row), default=None)
        if now is not None and alike(was, now) * 2 > len(was):
            come.remove(now)
        else:
            now = None
        yield Change(part, was, now, weigh(was, now))
    for now in come:
        yield Change(part, None, now, weigh(None, now))


_KEPT = {
    "relations": (_is_relation_kept, ("kind",)),
    "ceilings": (_is_ceiling_kept, ("substance",)),
    "not_needed": (_is_not_needed_kept, ("why", "methods")),
    "steps": (_is_row_kept, ("number",)),
    "kinds": (_is_row_kept, ("scar",)),
}


def _rows(before: Content, after: Content) -> Iterable[Change]:
    for part in _ROWS:
        old = [_bare(row) for row in before.get(part, ())]
        new = [_bare(row) for row in after.get(part, ())]
        if part == "criteria":
            yield from _criteria(old, new)
        else:
            is_kept, names = _KEPT[part]

            def weigh(was: Row | None, now: Row | None, is_kept: Any = is_kept) -> bool:
                return not is_kept(was, now)

            yield from _paired(part, old, new, weigh, names)


# All of it

_SHOWN_OF_SOURCES = {"title", "year", "url", "note"}


def _sources(before: Content, after: Content) -> Iterable[Change]:
    """Yield the cited sources that were corrected: another kind is another weight."""
    old, new = before.get("sources", {}), after.get("sources", {})
    for code in old.keys() & new.keys():
        if old[code] != new[code]:
            others = {
                name for name in new[code] if old[code].get(name) != new[code][name]
            }
            loosens = not others <= _SHOWN_OF_SOURCES
            yield Change(f"sources.{code}", old[code], new[code], loosens)


def compare(before: Content | None, after: Content) -> list[Change]:
    """Return all that differs between two frozen versions, each with its weight.

    A page that was not live makes one change, which loosens: all it says is new. Only a
    trait or a condition that does nothing but protect goes by its rows.
    """
    if before is None:
        if "criteria" not in after or "title" in after:
            return [Change(NEW, None, after.get("title"), True)]
        # Without the condition nobody asked for a rule: that none is needed takes none.
        shown = {part: rows for part, rows in after.items() if part != "not_needed"}
        rows = list(_rows({}, shown))
        return [Change(NEW, None, after.get("name"), False), *rows]
    plain = {name: value for name, value in before.items() if name != "sources"}
    now = {name: value for name, value in after.items() if name != "sources"}
    return [*_fields(plain, now), *_rows(before, after), *_sources(before, after)]


# Rows that act as soon as they are saved

SHOWN = {"position", "is_common", "reason_group"}
"""Where a finding stands on a page, and under which heading."""
SWITCHES = {"is_asked", "is_asked_alone"}
"""Switched on, more is asked."""
FILLED = {"question", "group", "route", "advice", "patient_words"}
"""What asks or stops as soon as it is filled in, where nothing stood."""
OF_CLINIC = {"emergency_number", "support_line"}


def field_loosens(kind: str, name: str, old: Any, new: Any) -> bool:
    """Return whether another value in a row that acts at once loosens."""
    if old == new:
        return False
    if kind == "clinic":
        is_longer = name == "support_line" and set(old.splitlines()) <= set(
            new.splitlines()
        )
        return name in OF_CLINIC and not is_longer
    if name in SHOWN:
        return False
    if name in SWITCHES:
        return not new
    if name in FILLED and not old:
        return False
    is_text = isinstance(old, str) and isinstance(new, str) and name != "group"
    return not (is_text and bool(old) and says_the_same(old, new))
