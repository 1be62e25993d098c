"""The list of an intake's pages: what was answered, what is left, and for how long."""

import math
from dataclasses import dataclass, field
from typing import Any

from consultations.intake import answers
from consultations.intake.questions import pages
from consultations.intake.questions.kinds import NOT_SURE_WORDS, Part

MINUTES = 9
"""What an ordinary intake takes: 200 words a minute, and two seconds a tap. A test in a
browser counts them."""
ORDINARY_PAGES = 13
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
    if step.page.groups or step.page in (pages.PHOTOS, pages.WISHES):
        return ""
    said = [
        str(answer)
        for question in answers.told_on(step)
        for _ask, answer in question.said(step.subject, route.offer.titles)
        if answer not in ("", None)
    ]
    line = " · ".join(said)
    return line if len(line) <= MOST_LETTERS else f"{line[:MOST_LETTERS].rstrip()}…"


@dataclass
class Reading:
    """A part of the answers on the page where they are checked."""

    title: Any
    pages: list[tuple[Any, Any, list[answers.Shown]]]
    to_check: list[tuple[Any, Any, list[answers.Shown]]]
    """What is open or unsure: it is read without opening anything."""

    @property
    def count(self) -> int:
        return sum(len(said) for _step, _title, said in self.pages)


def read(route: Any) -> list[Reading]:
    """Return the answers by part."""
    by_part: dict[Any, list[tuple[Any, Any, list[answers.Shown]]]] = {}
    for step, title, said in answers.by_page(route):
        if said:
            part = step.page.part.words(route.intake) if step else title
            by_part.setdefault(part, []).append((step, title, said))
    return [
        Reading(
            part,
            its,
            [
                (step, title, unsure)
                for step, title, said in its
                if (unsure := [each for each in said if _is_unsure(each[1])])
            ],
        )
        for part, its in by_part.items()
    ]


def _is_unsure(answer: Any) -> bool:
    return str(answer) == str(NOT_SURE_WORDS)
