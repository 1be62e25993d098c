"""Circles of relations: methods that each wait for the next, round and round."""

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from methods.protocol.entries import Method
from methods.protocol.vocabulary import RelationKind

ORDERING = (RelationKind.NEEDS, RelationKind.AFTER, RelationKind.THEN)
"""The kinds that lead from one method to another; weeks between two lead nowhere."""


class Circle(NamedTuple):
    """Methods of which each leads to the next, and the last to the first."""

    kind: str
    scar: str
    """A scar type code, or "" where it holds for all."""
    methods: tuple[str, ...]
    """Slugs, beginning with the first of them in the alphabet."""


def _graph(
    methods: Iterable[Method], kind: str, scar: str
) -> dict[str, tuple[str, ...]]:
    """Return {slug: slugs it leads to} for one scar type. A method may name itself."""
    return {
        method.slug: tuple(
            other
            for relation in method.relations
            if relation.kind == kind and (not relation.scars or scar in relation.scars)
            for other in relation.methods
            if other != method.slug
        )
        for method in methods
    }


def _way_back(graph: Mapping[str, Iterable[str]], start: str) -> tuple[str, ...]:
    """Return the shortest way from a method to itself, without the return; () if none."""
    ways: list[tuple[str, ...]] = [(start,)]
    seen = set()
    for way in ways:
        for other in graph.get(way[-1], ()):
            if other == start:
                return way
            if other not in seen:
                seen.add(other)
                ways.append((*way, other))
    return ()


def circles(methods: Iterable[Method]) -> list[Circle]:
    """Return every shortest `Circle` of needs, after and then, each once."""
    methods = list(methods)
    scars = {code for each in methods for row in each.relations for code in row.scars}
    found: dict[tuple[str, tuple[str, ...]], Circle] = {}
    for kind in ORDERING:
        for scar in ("", *sorted(scars)):
            graph = _graph(methods, kind, scar)
            for slug in sorted(graph):
                way = _way_back(graph, slug)
                if way and slug == min(way):
                    found.setdefault((kind, way), Circle(kind, scar, way))
    return list(found.values())
