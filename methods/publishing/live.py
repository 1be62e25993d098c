"""Load the live protocol (`entries.Protocol`) that the engine reads.

A revision never changes, so each process parses it once, and keeps what is live. While
nothing changes the protocol is one and the same object: the engine keeps what it works out
of the rules for that object.
"""

from dataclasses import fields

from methods.models import Condition, Finding, Method, Pathway, ProtocolVersion
from methods.models.emergency import filled
from methods.protocol import entries

_parsed = {Method: {}, Pathway: {}}
"""{model: {(number of a revision, when it was made): entry}}, of what was live last."""
_known = [entries.Protocol(methods=())]
"""The protocol that was in force last."""


def _live(model, parse):
    """Return the entries of what is published. One query, two after a publication."""
    of_revisions = model.objects.filter(live_revision__isnull=False)
    # A restored backup may give a number to another revision, but not in the same moment.
    keys = list(of_revisions.values_list("live_revision", "live_revision__created_at"))
    known = _parsed[model]
    if not known.keys() >= set(keys):
        unread = [pk for pk, made in keys if (pk, made) not in known]
        revisions = model._meta.get_field("live_revision").related_model
        read = dict(
            revisions.objects.filter(pk__in=unread).values_list("pk", "content")
        )
        known = {
            (pk, made): known.get((pk, made)) or parse(read[pk], revision=pk)
            for pk, made in keys
        }
        _parsed[model] = known
    return [known[key] for key in keys]


def methods():
    """Return the published methods as entries, in the clinic's order."""
    return tuple(in_order(_live(Method, entries.method)))


def in_order(methods):
    """Return methods in the clinic's order."""
    return sorted(methods, key=lambda each: (each.position, each.title))


def pathways():
    """Return the published pathways as entries, by title."""
    return tuple(_live(Pathway, entries.pathway))


def conditions():
    """Return the published conditions as entries. One query."""
    return tuple(
        entries.condition(condition.live_revision.content)
        for condition in Condition.objects.published()
    )


def protocol(live_methods=None):
    """Return the `entries.Protocol` in force now. Five queries, seven after a publication.

    The same object as before, if it says the same. `live_methods` are `methods()`, of
    whoever has read them.
    """
    numbers = ProtocolVersion.objects.values_list("number", flat=True)
    fresh = entries.Protocol(
        methods=methods() if live_methods is None else live_methods,
        questions=frozenset(
            Finding.objects.health_questions().values_list("code", flat=True)
        ),
        red_flags=tuple(
            entries.RedFlag(
                code=each.code,
                route=each.route,
                advice=filled(each.advice, each.emergency_number),
                advice_for_child=filled(each.advice_for_child, each.emergency_number),
            )
            for each in Finding.objects.red_flags()
        ),
        pathways=pathways(),
        number=numbers.first() or 0,
    )
    last = _known[0]
    # What is live is parsed once: methods that are equal are mostly the same object.
    if all(
        getattr(fresh, each.name) == getattr(last, each.name) for each in fields(fresh)
    ):
        return last
    _known[0] = fresh
    return fresh
