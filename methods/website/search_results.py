"""Dataclasses of the search's results. Pure."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

BRACKETED = re.compile(r"(.*?)\s*\((.*)\)$")


@dataclass(frozen=True, slots=True)
class Passage:
    """A sentence of a page, and the section it is in."""

    heading: str
    address: str
    text: str


@dataclass(frozen=True, slots=True)
class Page:
    """A page that can be found."""

    kind: str
    """What it is, in a word."""
    title: str
    address: str
    also_called: tuple[str, ...] = ()
    summary: str = ""
    passages: tuple[Passage, ...] = ()

    @property
    def titles(self):
        """Return the title, its part outside brackets and that inside."""
        parts = BRACKETED.match(self.title)
        return (self.title, *(parts.groups() if parts else ()))


@dataclass(frozen=True, slots=True)
class Result:
    """A page that was found; texts in pieces [(text, whether it was asked for)]."""

    page: Page
    title: list
    summary: list
    passage: Passage | None
    """A sentence with something that title and summary do not have."""
    sentence: list


@dataclass(frozen=True, slots=True)
class Answer:
    """Results of a search, and how the query was interpreted."""

    query: str
    results: tuple[Result, ...] = ()
    total: int = 0
    readings: Mapping[str, str] = field(default_factory=dict)
    """{what was typed: what we took it for}."""
    unknown: tuple[str, ...] = ()
    """Words that no page has."""
    near: tuple[Page, ...] = ()
    """Where nothing was found: pages with a name that looks alike."""
    alerts: frozenset[str] = frozenset()
    """Which alerts of the index the query touches."""
    only_alerts: frozenset[str] = frozenset()
    """Those of them beside which the query says nothing else."""
