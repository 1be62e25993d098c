"""The pages by what happened."""

from django.http import Http404
from django.shortcuts import render

from methods.models import Cause
from methods.protocol.vocabulary import Line
from methods.publishing import editions
from methods.publishing.public_pages import parse_cause
from methods.website import drawings
from methods.website.references import References

SELF_HARM = "self-harm"
MOST_KINDS = 4
"""How many kinds of scar are shown without a press."""


def _first_choice(methods, code):
    """Return the treatment that is tried first for a scar type, None without one.

    One that is first for all comes before one that is first for some.
    """
    first = [each for each in methods if each.lines.get(code) == Line.FIRST]
    return min(first, key=lambda each: code in each.for_some, default=None)


@editions.published(catalogue=True)
def cause(request, edition, code):
    """Lead on from what happened to the kind of scar and what helps first."""
    columns = ("live_revision__content", "live_revision__created_at")
    found = Cause.objects.published().filter(code=code).values_list(*columns).first()
    if found is None:
        raise Http404
    content, published_on = found
    entry = parse_cause(content)
    titles = edition.site.scar_types
    kinds = [
        (
            kind,
            titles[kind.scar],
            drawings.for_scar_type(kind.scar),
            _first_choice(edition.catalogue.treatments, kind.scar),
        )
        for kind in entry.kinds
        if kind.scar in titles
    ]
    context = {
        "entry": entry,
        "references": References(entry.sources),
        "drawing_code": "",
        "kinds": kinds[:MOST_KINDS],
        "rarer_kinds": kinds[MOST_KINDS:],
        "is_self_harm": code == SELF_HARM,
        "changes": edition.site.latest_changes("cause", code),
        "published_on": published_on,
    }
    return render(request, "methods/cause.html", context)
