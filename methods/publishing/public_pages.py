"""Dataclasses of single pages: scar types, causes, and what a treatment's calls a finding."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from methods.protocol.entries import Source, lists, sources


@dataclass(frozen=True, slots=True)
class ScarType:
    """The page of a scar type as it was published."""

    code: str
    title: str
    also_called: tuple[str, ...] = ()
    position: int = 0
    summary: str = ""
    sections: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    sources: Mapping[str, Source] = field(default_factory=dict)


class Reason(NamedTuple):
    """What a patient calls a finding, on the pages of treatments."""

    words: str
    group: str
    """A `ReasonGroup`, "" for none."""
    is_common: bool


class Kind(NamedTuple):
    """A scar type that a cause can leave, and how to tell it from the others."""

    scar: str
    words: str


@dataclass(frozen=True, slots=True)
class Cause:
    """A page by what happened, as it was published."""

    code: str
    title: str
    also_called: tuple[str, ...] = ()
    position: int = 0
    summary: str = ""
    link: str = ""
    teaser: str = ""
    drawing: str = ""
    first_heading: str = ""
    kinds_heading: str = ""
    sections: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    kinds: tuple[Kind, ...] = ()
    sources: Mapping[str, Source] = field(default_factory=dict)


def parse_scar_type(content):
    """Parse a scar type's content into a `ScarType`."""
    return ScarType(
        code=content["code"],
        title=content["title"],
        also_called=tuple(content["also_called"]),
        position=content["position"],
        summary=content["summary"],
        sections=lists(content["sections"]),
        sources=sources(content),
    )


def parse_cause(content):
    """Parse the content of a page by what happened into a `Cause`."""
    return Cause(
        **content
        | {
            "also_called": tuple(content["also_called"]),
            "sections": lists(content["sections"]),
            "kinds": tuple(Kind(**row) for row in content["kinds"]),
            "sources": sources(content),
        }
    )
