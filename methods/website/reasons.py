"""For whom a treatment is not, or not yet: a page's short table of its safety rules.

It is made of the same criteria that the engine reads, so that page and protocol cannot
disagree. Pure: criteria and words in, rows out.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache

from django.utils.functional import Promise
from django.utils.translation import gettext as _

from methods.protocol.entries import Criterion
from methods.protocol.facts import Facts
from methods.protocol.findings import Findings, establish
from methods.protocol.vocabulary import BodySite, Meaning, ReasonGroup
from methods.publishing.public_pages import Reason

OF_THE_SCAR = {"", ReasonGroup.SCAR, ReasonGroup.PLACE}
MOST_PLACES = 7
"""A "no" that leaves so few places out names those instead."""
MOST_TIMES = 3
"""From so many on, the times to wait under one heading are folded."""


@dataclass(frozen=True, slots=True)
class Row:
    """Some reasons with one meaning, for one time to wait."""

    meaning: Meaning
    words: tuple[str, ...]
    until: str = ""
    is_common: bool = True
    criteria: tuple[Criterion, ...] = ()
    but: tuple[str, ...] = ()
    """Of a "no" for most places: the places that it is not for."""

    @property
    def once(self) -> list[Criterion]:
        """Return its criteria, of those with the same words for the patient the first."""
        return list(
            {each.for_patient: each for each in reversed(self.criteria)}.values()
        )[::-1]

    @property
    def is_for_all(self) -> bool:
        """Return whether it stands above the folds: a "no" always does."""
        return self.meaning == Meaning.NO or self.is_common


@dataclass(frozen=True, slots=True)
class Group:
    """The reasons under one heading."""

    heading: str | Promise
    rows: tuple[Row, ...]

    @property
    def first(self) -> list[Row]:
        """Return what is shown without a press: of several waits one row without times."""
        shown = [row for row in self.rows if row.is_for_all]
        waits = [row for row in shown if row.meaning == Meaning.WAIT]
        if len(waits) < MOST_TIMES:
            return shown
        words = tuple(dict.fromkeys(word for row in waits for word in row.words))
        together = Row(Meaning.WAIT, words, str(_("it is over")))
        return [
            together if row is waits[0] else row
            for row in shown
            if row is waits[0] or row.meaning != Meaning.WAIT
        ]


def _reason(row: Criterion, reasons: Mapping[str, Reason]) -> Reason:
    """Return the words, the heading and whether it is common, of one criterion.

    Of several findings, one of the person leads, not one of the scar.
    """
    known = [reasons[code] for code in row.when if code in reasons]
    known.sort(key=lambda each: each.group in OF_THE_SCAR)
    return Reason(
        ", ".join(each.words for each in known),
        (known[0].group if known else "") or ReasonGroup.SCAR,
        all(each.is_common for each in known),
    )


@cache
def _places() -> dict[str, Findings]:
    """Return {place: what its name alone establishes}."""
    return {
        site: establish(Facts(body_site=BodySite(site))) for site in BodySite.values
    }


def _but(meaning: Meaning, group: str, rows: Iterable[Criterion]) -> tuple[str, ...]:
    """Return the few places that a "no" leaves out, () if it leaves many or none.

    A place is left out only if it is certain that none of the rules holds there.
    """
    if (meaning, group) != (Meaning.NO, ReasonGroup.PLACE):
        return ()
    ruled = [row.when for row in rows]
    left = [
        site
        for site, known in _places().items()
        if all(any(known.get(code) is False for code in when) for when in ruled)
    ]
    if len(left) > MOST_PLACES or BodySite.OTHER in left:
        return ()
    return tuple(str(BodySite(site).label).lower() for site in left)


def groups(criteria: Iterable[Criterion], reasons: Mapping[str, Reason]) -> list[Group]:
    """Return the safety rules of a treatment as `Group`s, each meaning and time once."""
    found: dict[str, dict[tuple[Meaning, str, bool], list[tuple[str, Criterion]]]] = {}
    for row in criteria:
        if row.meaning is None:
            continue
        reason = _reason(row, reasons)
        key = (row.meaning, row.until, reason.is_common or row.meaning == Meaning.NO)
        rows = found.setdefault(reason.group, {})
        rows.setdefault(key, []).append((reason.words, row))
    order = list(Meaning)
    return [
        Group(
            heading,
            tuple(
                Row(
                    meaning,
                    tuple(dict.fromkeys(words for words, _row in its)),
                    until,
                    is_common,
                    tuple(row for _words, row in its),
                    _but(meaning, group, [row for _words, row in its]),
                )
                for (meaning, until, is_common), its in sorted(
                    found[group].items(), key=lambda item: order.index(item[0][0])
                )
            ),
        )
        for group, heading in ReasonGroup.choices
        if group in found
    ]
