"""Circles of relations: methods that each wait for the next, round and round."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import NamedTuple

from methods.protocol.entries import Method, Relation
from methods.protocol.vocabulary import RelationKind

KINDS = (RelationKind.NEEDS, RelationKind.AFTER)
"""Needs is a graph of its own. After and then make one: what is next comes after."""


class Circle(NamedTuple):
    """Methods of which each leads to the next, and the last to the first."""

    kind: str
    scar: str
    """A scar type code, or "" where it holds for all."""
    methods: tuple[str, ...]
    """Slugs, beginning with the first of them in the alphabet."""


def _others(method: Method, relation: Relation) -> list[str]:
    """Return whom a relation leads to. A method that names itself leads nowhere."""
    return [slug for slug in relation.methods if slug != method.slug]


def _graph(methods: Iterable[Method], kind: str, scar: str) -> dict[str, list[str]]:
    """Return {slug: slugs it leads to} for one scar type."""
    graph: dict[str, list[str]] = defaultdict(list)
    for method in methods:
        for relation in method.relations:
            if relation.scars and scar not in relation.scars:
                continue
            if relation.kind == kind:
                graph[method.slug] += _others(method, relation)
            elif (kind, relation.kind) == (RelationKind.AFTER, RelationKind.THEN):
                for slug in _others(method, relation):
                    graph[slug].append(method.slug)
    return graph


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
    """Return every shortest `Circle` of needs, and of after and then, each once."""
    methods = list(methods)
    scars = {code for each in methods for row in each.relations for code in row.scars}
    found: dict[tuple[str, tuple[str, ...]], Circle] = {}
    for kind in KINDS:
        for scar in ("", *sorted(scars)):
            graph = _graph(methods, kind, scar)
            for slug in sorted(graph):
                way = _way_back(graph, slug)
                if way and slug == min(way):
                    found.setdefault((kind, way), Circle(kind, scar, way))
    return list(found.values())
