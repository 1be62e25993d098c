"""The questions about what a scar has had before: which treatments, when, how they went."""

import calendar
import datetime
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy
from django.utils.translation import ngettext

from consultations.intake.questions.kinds import (
    JSON,
    NOT_SURE,
    Methods,
    Page,
    Question,
    Row,
    Text,
    Words,
    nothing_known,
)
from methods.protocol.about_scar import STEROIDS
from methods.protocol.vocabulary import PriorResponse

NONE = "none"
OTHER = "other"
MONTH_DAYS = 365.25 / 12

TRIED: dict[str, tuple[tuple[str, Words], ...]] = {
    lazy("Everyday care"): (
        ("silicone", lazy("Silicone gel or sheets")),
        ("pressure-therapy", lazy("Pressure clothes or clip")),
        ("scar-massage", lazy("Massage")),
        ("prescription-pigment-cream", lazy("Cream against dark marks")),
    ),
    lazy("Injections"): (
        ("steroid-injection", lazy("Cortisone (steroid)")),
        ("steroid-5fu-injection", lazy("5-FU")),
        ("dermal-filler", lazy("A filler")),
    ),
    lazy("Light, needles, cold, acid"): (
        ("vascular-laser", lazy("Laser for redness")),
        ("laser", lazy("Another or unknown laser")),
        ("microneedling", lazy("Needling (pen or roller)")),
        ("cryotherapy", lazy("Freezing")),
        ("peel", lazy("A peel")),
        ("tca-cross", lazy("Acid dots (TCA CROSS)")),
    ),
    lazy("Operations and rays"): (
        ("surgical-excision", lazy("An operation")),
        ("punch-excision", lazy("Pits cut out (punch)")),
        ("subcision", lazy("Strands cut (subcision)")),
        ("ref-radiotherapy", lazy("Radiotherapy")),
    ),
}
"""What can be ticked, {heading: ((code, words), …)}. A code is a slug or one of KINDS."""

KINDS = {
    "laser": (
        "vascular-laser",
        "non-ablative-fractional-laser",
        "fractional-ablative-laser",
        "full-field-ablative-laser",
    ),
    "peel": ("fruit-acid-peel", "mandelic-peel", "salicylic-peel"),
}
"""{code: the slugs that it may have been}, where nobody asks for the kind."""

WORDS = {code: words for listed in TRIED.values() for code, words in listed}

USED_EVERY_DAY = {
    "silicone",
    "pressure-therapy",
    "scar-massage",
    "prescription-pigment-cream",
}
"""What has no sessions that one could count."""


def ticked(scar: Row) -> list[str]:
    """Return the codes of the treatments that a scar has had, "other" among them."""
    return [each for each in scar.prior_treatments if each not in (NONE, NOT_SURE)]


def has_had_some(scar: Row) -> bool:
    return bool(ticked(scar))


def has_had_another(scar: Row) -> bool:
    return OTHER in scar.prior_treatments


def words_for(code: str, scar: Row) -> Words:
    """Return what a treatment is called for the patient: the own words of "other"."""
    if code == OTHER:
        return scar.treatment_words or _("Something else")
    return WORDS.get(code, code)


def slugs_of(code: str, methods: Collection[str]) -> list[str]:
    """Return the methods that a tick may stand for, of those that rules know."""
    return [each for each in KINDS.get(code, (code,)) if each in methods]


@dataclass(frozen=True, eq=False)
class Tried(Methods):
    """Which treatments a scar has had, of those in TRIED, or another."""

    @property
    def gives(self) -> tuple[str, ...]:
        return ("prior_treatments", "treatments", "steroid_sessions")

    def facts(
        self, row: Row, day: datetime.date, methods: Collection[str]
    ) -> dict[str, JSON]:
        chosen = row.prior_treatments
        if not chosen or NOT_SURE in chosen:
            return {}
        slugs = [slug for code in chosen for slug in slugs_of(code, methods)]
        facts: dict[str, JSON] = {"prior_treatments": list(dict.fromkeys(slugs))}
        if not set(chosen).intersection(STEROIDS):
            facts["steroid_sessions"] = 0
        if not has_had_some(row):
            facts["treatments"] = []
        return facts

    def shown(self, row: Row, titles: Mapping[str, str]) -> Any:
        words = {**WORDS, **self.also, OTHER: words_for(OTHER, row)}
        return ", ".join(str(words.get(each, each)) for each in row.prior_treatments)


@dataclass(frozen=True, eq=False)
class Course(Question):
    """When each of those treatments was last, how many sessions, and how it went.

    Kept as {code: {"last": "2025-03" or "2025" or "", "sessions": int or None,
    "response": str}}.
    """

    @property
    def gives(self) -> tuple[str, ...]:
        return ("treatments", "prior_response", "steroid_sessions")

    def is_answered(self, row: Row) -> bool:
        return bool(row.treatments)

    def is_complete(self, row: Row) -> bool:
        return set(ticked(row)) <= row.treatments.keys()

    def facts(
        self, row: Row, day: datetime.date, methods: Collection[str]
    ) -> dict[str, JSON]:
        told = {code: row.treatments.get(code) or {} for code in ticked(row)}
        return {
            "treatments": [
                _treatment(slug, each, day, is_one=len(slugs) == 1)
                for code, each in told.items()
                for slugs in [slugs_of(code, methods)]
                for slug in slugs
            ],
            "prior_response": _worst([each.get("response") for each in told.values()]),
            **_steroid_sessions(told),
        }

    def shown(self, row: Row, titles: Mapping[str, str]) -> Any:
        return "; ".join(f"{ask}: {answer}" for ask, answer in self.said(row, titles))

    def said(self, row: Row, titles: Mapping[str, str]) -> list[tuple[Words, Any]]:
        return [
            (words_for(code, row), in_words(row.treatments.get(code) or {}))
            for code in ticked(row)
        ]


def _treatment(
    slug: str, told: Mapping[str, Any], day: datetime.date, *, is_one: bool
) -> dict[str, JSON]:
    treatment = {"method": slug, "response": told.get("response") or NOT_SURE}
    if last := told.get("last"):
        treatment["months_ago"] = months_ago(last, day)
    # Sessions of a treatment whose kind nobody knows are nobody's.
    if is_one and told.get("sessions") is not None:
        treatment["sessions"] = told["sessions"]
    return treatment


def months_ago(last: str, day: datetime.date) -> float:
    """Return the fewest months that it can be from "2025-03" or "2025" to a day."""
    year, _dash, month = last.partition("-")
    number = int(month or 12)
    latest = datetime.date(int(year), number, calendar.monthrange(int(year), number)[1])
    return round(max(0, (day - latest).days) / MONTH_DAYS, 2)


def _worst(responses: list[str | None]) -> str:
    """Return the worst of several responses; good only if all are known to be."""
    for each in (PriorResponse.WORSE, PriorResponse.INSUFFICIENT):
        if each in responses:
            return each
    is_good = set(responses) == {PriorResponse.GOOD}
    return PriorResponse.GOOD if is_good else NOT_SURE


def _steroid_sessions(told: Mapping[str, Mapping[str, Any]]) -> dict[str, JSON]:
    """Return how many injections of steroid there were, if each number is known."""
    counts = [each.get("sessions") for code, each in told.items() if code in STEROIDS]
    return {} if None in counts else {"steroid_sessions": sum(counts)}


def in_words(told: Mapping[str, Any]) -> str:
    """Return what was told of one treatment, as it reads."""
    parts = []
    if last := told.get("last"):
        parts.append(_("last in %(month)s") % {"month": month_in_words(last)})
    if (sessions := told.get("sessions")) is not None:
        text = ngettext("%(count)d session", "%(count)d sessions", sessions)
        parts.append(text % {"count": sessions})
    response = dict(PriorResponse.choices).get(told.get("response"), _("Not sure"))
    return "; ".join([str(response), *parts])


def month_in_words(last: str) -> str:
    """Return "March 2025" for "2025-03", "2025" for "2025"."""
    year, _dash, month = last.partition("-")
    if not month:
        return year
    return date_format(datetime.date(int(year), int(month), 1), "F Y")


# Questions

PRIOR_TREATMENTS = Tried(
    "prior_treatments",
    ask=lazy("Which of these has this scar had already?"),
    also={NONE: lazy("None of these"), NOT_SURE: lazy("Not sure")},
)
TREATMENT_WORDS = Text(
    "treatment_words",
    ask=lazy("Something else: what was it?"),
    fact="prior_treatments",
    from_row=nothing_known,
    is_required=False,
    follows=has_had_another,
)
COURSE = Course(
    "treatments",
    ask=lazy("When was it, and how did it go?"),
    applies=has_had_some,
)


# Pages


def check_treated(answers):
    """Return what is wrong with the list of earlier treatments, {name: message}."""
    chosen = answers.get("prior_treatments", [])
    if len(chosen) > 1 and set(chosen) & set(PRIOR_TREATMENTS.also):
        message = _("Choose treatments, or “None of these”, or “Not sure”: not both.")
        return {"prior_treatments": message}
    if OTHER not in chosen:
        answers["treatment_words"] = ""
    elif not answers.get("treatment_words", "").strip():
        return {"treatment_words": _("Say in a few words what it was.")}
    return {}


TREATED = Page(
    "scar-treated",
    lazy("What has been tried"),
    (PRIOR_TREATMENTS, TREATMENT_WORDS),
    check=check_treated,
    is_of_scar=True,
    # The words may stay empty only if nothing else is ticked, which is not "optional".
    marks_optional=False,
)
COURSES = Page(
    "scar-treatments",
    lazy("When it was, and how it went"),
    (COURSE,),
    intro=lazy("A guess is enough: a month, a year, or “2 years ago”."),
    is_of_scar=True,
    # How it went is asked of each, which is not "optional".
    marks_optional=False,
)
