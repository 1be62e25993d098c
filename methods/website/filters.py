"""Filters of the list of treatments. Pure: methods and choices in, methods out."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from methods.protocol import entries
from methods.protocol.vocabulary import MethodGroup, PainLevel

PAIN_LEVELS = tuple(PainLevel.values)


@dataclass(frozen=True, slots=True, eq=False)
class Filter:
    """One thing that visitors choose by."""

    name: str
    """As the address holds it."""
    label: str | Promise
    choices: Mapping[str, str | Promise]
    """{value as the address holds it: words}."""
    fits: Callable
    """Takes a method and a value: True, False, or None where that is not known of it."""
    unknown: str | Promise = ""
    """Label for a method of which that is not known."""


def _helps(method, code):
    return method.is_for_everyone or code in method.lines


def _is_of(method, group):
    return method.group == group


def _at_most(measure):
    def fits(method, limit):
        fewest = method.measures[f"{measure}_from"]
        most = entries.most(method.measures, measure)
        if fewest is not None and fewest > int(limit):
            return False
        return None if most is None else most <= int(limit)

    return fits


def _hurts_at_most(method, most):
    level = method.measures["pain_level"]
    if level not in PAIN_LEVELS:
        return None
    return PAIN_LEVELS.index(level) <= PAIN_LEVELS.index(most)


DAYS_OFF = Filter(
    "days",
    _("Days off"),
    {"0": _("None"), "3": _("Up to 3"), "7": _("Up to 7"), "14": _("Up to 14")},
    _at_most("days_off"),
    _("Days off not known"),
)
PAIN = Filter(
    "pain",
    _("Pain"),
    {"none": _("None"), "low": _("Low at most"), "moderate": _("Moderate at most")},
    _hurts_at_most,
    _("Pain not known"),
)
SESSIONS = Filter(
    "sessions",
    _("Sessions"),
    {"1": _("Up to 1"), "3": _("Up to 3"), "6": _("Up to 6")},
    _at_most("sessions"),
    _("Sessions not known"),
)
GROUPS = {
    group: label
    for group, label in MethodGroup.choices
    if group != MethodGroup.REFERRAL
}
GROUP = Filter("group", _("Kind of treatment"), GROUPS, _is_of)
NAMES = ("scar", "days", "pain", "sessions", "group")


def filters(scar_types):
    """Return every `Filter`, for the live scar types {code: title}."""
    scar = Filter("scar", _("Scar type"), scar_types, _helps)
    return (scar, DAYS_OFF, PAIN, SESSIONS, GROUP)


def chosen(offered, query):
    """Return {filter: value} of a query (a mapping), without what is no choice."""
    values = {each: query.get(each.name, "") for each in offered}
    return {each: value for each, value in values.items() if value in each.choices}


def fitting(methods, choices):
    """Return [(method, [what is not known of it])] for the methods that may fit.

    Unknown is never "no": only what certainly does not fit is left out.
    """
    kept = []
    for method in methods:
        answers = {each: each.fits(method, value) for each, value in choices.items()}
        if False not in answers.values():
            unknown = [each.unknown for each in answers if answers[each] is None]
            kept.append((method, unknown))
    return kept


def loosened(methods, choices):
    """Return [(filter, how many more would fit without it, the other choices)]."""
    ways = []
    for each in choices:
        others = {one: value for one, value in choices.items() if one != each}
        fit = fitting(methods, others)
        found = sum(not method.is_for_everyone for method, _unknown in fit)
        if found:
            ways.append((each, found, others))
    return ways
