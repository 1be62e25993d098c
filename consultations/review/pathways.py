"""The pathway's step for a treatment of one scar: sessions, interval, what is measured."""

import re
from collections.abc import Iterable, Mapping
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from consultations.models import Card
from methods.protocol import relations
from methods.protocol.entries import Method, Pathway
from methods.protocol.findings import Findings
from methods.protocol.vocabulary import MethodGroup
from methods.templatetags.citations import uncited

Step = dict[str, Any]
"""A step as a card keeps it, {} where no pathway has one."""

KEPT = (
    "number",
    "enter",
    "sessions_from",
    "sessions_to",
    "weeks_from",
    "weeks_to",
    "dose",
    "measure",
    "next",
)


def step_for(method: Method, findings: Findings, pathways: Iterable[Pathway]) -> Step:
    """Return the first step with this method, of the pathway that fits the scar best.

    A pathway is for a scar where all of its findings are present; the more it names, the
    better it fits. A step names several methods, each with weeks of its own between two
    sessions (`weeks_apart`).
    """
    fitting = [
        pathway
        for pathway in pathways
        if pathway.when and all(findings.get(code) for code in pathway.when)
    ]
    for pathway in sorted(fitting, key=lambda each: -len(each.when)):
        for step in sorted(pathway.steps, key=lambda each: each.number):
            if method.slug in step.methods:
                kept = {name: getattr(step, name) for name in KEPT}
                return {
                    "pathway": pathway.code,
                    "title": pathway.title,
                    "response": pathway.response,
                    "weeks_apart": relations.weeks_apart(method, findings),
                    **kept,
                }
    return {}


def proposed(card: Card, titles: Mapping[str, str]) -> dict[str, str]:
    """Return what the fields of a plan's line begin with, {name: text}: as on the desk.

    The fewest sessions of the pathway's step; the method's own interval, else the step's
    longest. Nothing for what is no option. `titles` are those of the treatments, by slug.
    """
    if not card.is_option:
        return {}
    step = card.step
    weeks = (
        step.get("weeks_apart") or step.get("weeks_to") or step.get("weeks_from") or ""
    )
    is_worn_or_used = card.group in USED_AT_HOME
    measure = _plain(step.get("measure", ""))
    if is_worn_or_used:
        measure = AFTER_A_SESSION.sub("", measure)
    measure = measured_within(measure, step.get("sessions_from"))
    before = "; ".join(in_words(each, titles) for each in card.after)
    values = {
        "sessions": None if is_worn_or_used else step.get("sessions_from"),
        "weeks_apart": None if is_worn_or_used else f"{weeks:g}" if weeks else "",
        "before": before[:LONGEST],
        "measure": "" if measure == NOTHING else measure[:LONGEST],
    }
    return {name: str(value) for name, value in values.items() if value}


LONGEST = 400
USED_AT_HOME = {MethodGroup.CONSERVATIVE, MethodGroup.TOPICAL, MethodGroup.HOME}
"""What is worn or used every day, and has no sessions of its own."""
NOTHING = "nothing"
"""What a pathway says of a step at which nothing is measured."""
GRADE = re.compile(r"\s*\((?:GK|[A-E])\)")


def _plain(text: str) -> str:
    """Return a pathway's words without the codes of sources and grades."""
    return GRADE.sub("", uncited(text))


ORDINALS = r"(?:\d+(?:st|nd|rd|th)(?:, | and )?)+"
AFTER_SESSIONS = re.compile(rf"(?<=after the ){ORDINALS} sessions?")
AFTER_A_SESSION = re.compile(rf",?( \d+ \w+)? after the {ORDINALS} sessions?")
ORDINAL = re.compile(r"(\d+)(?:st|nd|rd|th)")


def measured_within(text: str, sessions: int | None) -> str:
    """Return what is measured without sessions that a line does not have.

    Of "after the 3rd and 6th session" three sessions keep the 3rd, two the last.
    """

    def of_line(found: re.Match[str]) -> str:
        named = [each[0] for each in ORDINAL.finditer(found[0]) if int(each[1]) <= most]
        return f"{' and '.join(named) or 'last'} session"

    most = sessions or 0
    return AFTER_SESSIONS.sub(of_line, text) if sessions else text


def in_words(after: Mapping[str, Any], titles: Mapping[str, str]) -> str:
    """Return one thing that comes before, such as "Silicone: 3 sessions"."""
    title = titles.get(after["method"], after["method"])
    if after["sessions"]:
        many = ngettext("%(count)d session", "%(count)d sessions", after["sessions"])
        return f"{title}: {many % {'count': after['sessions']}}"
    if after["weeks"]:
        weeks = _("%(count)s weeks") % {"count": f"{after['weeks']:g}"}
        return f"{title}: {weeks}"
    return title


def _between(low: int | None, high: int | None) -> str:
    if low and high and low != high:
        return _("%(low)d to %(high)d") % {"low": low, "high": high}
    return str(low or high or "")


def step_in_words(step: Mapping[str, Any]) -> str:
    """Return a card's step as a sentence or two for the clinician, "" for none."""
    if not step:
        return ""
    said = [f"{step['title']}, {_('step %d') % step['number']}"]
    if sessions := _between(step["sessions_from"], step["sessions_to"]):
        said.append(_("%s sessions") % sessions)
    if weeks := _between(step["weeks_from"], step["weeks_to"]):
        said.append(_("%s weeks apart") % weeks)
    if step["dose"]:
        said.append(_plain(step["dose"]))
    words = [", ".join(said)]
    if step["enter"]:
        words.append(_("Begin when: %s") % _plain(step["enter"]))
    if step["measure"] and step["measure"] != NOTHING:
        words.append(_("Measure: %s") % _plain(step["measure"]))
    if step["response"]:
        words.append(_("Response: %s") % _plain(step["response"]))
    if step["next"]:
        words.append(_("Next: %s") % _plain(step["next"]))
    return ". ".join(each.rstrip(".") for each in words) + "."
