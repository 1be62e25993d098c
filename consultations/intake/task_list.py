"""The list of an intake's pages: what was answered, what is left, and for how long."""

import math
from dataclasses import dataclass, field
from textwrap import shorten
from typing import Any, NamedTuple

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from consultations.intake import answers
from consultations.intake.questions import pages
from consultations.intake.questions.kinds import Part

MINUTES = 9
"""What an ordinary intake takes: 200 words a minute, and two seconds a tap. A test in a
browser counts them."""
ORDINARY_PAGES = 13
MANY_NOES = 8
"""From so many on, what is not so stands folded on the check page; red flags are fewer."""
MOST_LETTERS = 60
"""Of what was answered, under the name of a page."""


def minutes_left(route: Any) -> int:
    """Return about how many minutes the pages that are left take."""
    return math.ceil(len(route.unfinished()) * MINUTES / ORDINARY_PAGES)


@dataclass
class Task:
    """A page of the list, and what was answered on it in a few words."""

    step: Any
    is_done: bool
    is_next: bool
    said: str = ""

    @property
    def title(self) -> Any:
        return self.step.title


@dataclass
class PartOfIntake:
    """Some pages under one heading."""

    title: Any
    tasks: list[Task] = field(default_factory=list)

    @property
    def done(self) -> int:
        return sum(task.is_done for task in self.tasks)


def parts(route: Any) -> list[PartOfIntake]:
    """Return the parts with their pages, in order."""
    found = {part: PartOfIntake(part.words(route.intake)) for part in Part}
    following = route.next_step
    for step in route.pages:
        is_done = route.is_done(step)
        task = Task(
            step,
            is_done,
            is_next=following is not None and step.key == following.key,
            said=_in_short(route, step) if is_done else "",
        )
        found[step.page.part].tasks.append(task)
    return [part for part in found.values() if part.tasks]


def _in_short(route: Any, step: Any) -> str:
    """Return the answers to the choices and names of a page, cut to a line."""
    if step.page is pages.PHOTOS:
        return _added(len(route.photos(step.subject)))
    if step.page.groups or step.page is pages.WISHES:
        return ""
    said = [
        brief
        for question in answers.told_on(step)
        if (brief := question.in_brief(step.subject, route.offer.titles))
    ]
    return shorten(" · ".join(said), MOST_LETTERS, placeholder=" …")


def _added(count: int) -> str:
    if not count:
        return _("No photo")
    return ngettext("%(count)d photo", "%(count)d photos", count) % {"count": count}


class Line(NamedTuple):
    """A question with its answer, on the page where they are checked."""

    question: Any
    answer: Any
    is_not_sure: bool


@dataclass
class Read:
    """The answers of one page of the intake, where they are checked."""

    step: Any
    title: Any
    lines: list[Line]
    noes: list[Line]
    """A long list of what is not so: it stands folded."""

    @property
    def said(self) -> list[answers.Shown]:
        return [(line.question, line.answer) for line in [*self.lines, *self.noes]]


@dataclass
class Reading:
    """A part of the answers on the page where they are checked."""

    title: Any
    pages: list[Read]

    @property
    def has_doubts(self) -> bool:
        return any(line.is_not_sure for page in self.pages for line in page.lines)


def read(route: Any) -> list[Reading]:
    """Return what was answered, by part; a long list of "no" apart from the rest."""
    by_part: dict[Any, list[Read]] = {}
    for step, title, said in answers.by_page(route):
        doubts = answers.not_sure_on(route, step) if step else []
        ruled_out = set(answers.ruled_out_on(route, step)) if step else set()
        lines = [
            Line(ask, answer, (ask, answer) in doubts)
            for ask, answer in said
            if answer not in ("", None)
        ]
        noes = [line for line in lines if line.question in ruled_out]
        if len(noes) < MANY_NOES:
            noes = []
        rest = [line for line in lines if line not in noes]
        if said:
            part = step.page.part.words(route.intake) if step else title
            by_part.setdefault(part, []).append(Read(step, title, rest, noes))
    return [Reading(part, its) for part, its in by_part.items()]
