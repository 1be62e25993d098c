"""Load the live protocol (`entries.Protocol`) that the engine reads."""

from methods.models import (
    Finding,
    Method,
)
from methods.protocol import entries


def methods():
    """Return the published methods as entries, in the clinic's order. One query."""
    entries_of = [
        entries.method(method.live_revision.content, revision=method.live_revision_id)
        for method in Method.objects.published()
    ]
    return tuple(sorted(entries_of, key=lambda each: (each.position, each.title)))


def protocol():
    """Return the `entries.Protocol` in force now. Three queries."""
    return entries.Protocol(
        methods=methods(),
        questions=frozenset(
            Finding.objects.health_questions().values_list("code", flat=True)
        ),
        red_flags=tuple(
            entries.RedFlag(code=each.code, route=each.route, advice=each.advice)
            for each in Finding.objects.red_flags()
        ),
    )
