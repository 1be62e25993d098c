"""Load the live protocol (`entries.Protocol`) that the engine reads."""

from methods.models import Condition, Finding, Method, Pathway, ProtocolVersion
from methods.protocol import entries


def methods():
    """Return the published methods as entries, in the clinic's order. One query."""
    entries_of = [
        entries.method(method.live_revision.content, revision=method.live_revision_id)
        for method in Method.objects.published()
    ]
    return tuple(in_order(entries_of))


def in_order(methods):
    """Return methods in the clinic's order."""
    return sorted(methods, key=lambda each: (each.position, each.title))


def pathways():
    """Return the published pathways as entries, by title. One query."""
    return tuple(
        entries.pathway(
            pathway.live_revision.content, revision=pathway.live_revision_id
        )
        for pathway in Pathway.objects.published()
    )


def conditions():
    """Return the published conditions as entries. One query."""
    return tuple(
        entries.condition(condition.live_revision.content)
        for condition in Condition.objects.published()
    )


def protocol(live_methods=None):
    """Return the `entries.Protocol` in force now. Five queries.

    `live_methods` are `methods()`, of whoever has read them.
    """
    numbers = ProtocolVersion.objects.values_list("number", flat=True)
    return entries.Protocol(
        methods=methods() if live_methods is None else live_methods,
        questions=frozenset(
            Finding.objects.health_questions().values_list("code", flat=True)
        ),
        red_flags=tuple(
            entries.RedFlag(code=each.code, route=each.route, advice=each.advice)
            for each in Finding.objects.red_flags()
        ),
        pathways=pathways(),
        number=numbers.first() or 0,
    )
