"""The scar types, and one of them."""

from django.http import Http404
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _

from methods.models import ScarType
from methods.protocol.vocabulary import CriterionKind, Line, Meaning
from methods.publishing import editions
from methods.publishing.public_pages import parse_scar_type
from methods.website import drawings
from methods.website.references import References
from methods.website.views.site import ways_in
from methods.website.views.treatments import once

COMPARED = {Line.FIRST: _("Often tried first"), Line.SECOND: _("Second choice")}
"""The lines of which a page shows the treatments side by side."""
WHILE_PREGNANT = {"pregnant": _("pregnant"), "breastfeeding": _("breastfeeding")}


@editions.published(catalogue=True)
def scars(request, edition):
    """List the scar types."""
    scar_types = [
        (each, drawings.for_scar_type(each.code))
        for each in edition.catalogue.scar_types
    ]
    context = {"causes": ways_in(edition.catalogue), "scar_types": scar_types}
    return render(request, "methods/scars.html", context)


def _compared(methods, code, line):
    """Return [(method, its line in words, [(`Meaning`, words)] while pregnant or nursing)].

    Of the methods whose best line for a scar type it is, in the clinic's order.
    """
    return [
        (
            each,
            COMPARED[line],
            [
                (Meaning(meaning), label)
                for finding, label in WHILE_PREGNANT.items()
                if (meaning := each.meanings.get(finding))
            ],
        )
        for each in methods
        if each.lines.get(code) == line
    ]


def _added(methods, code):
    """Return [(method, its indications)] of what is done beside another treatment."""
    added = (
        (
            each,
            [
                row
                for row in once(each.criteria_for(CriterionKind.INDICATION, code))
                if row.line == Line.ADJUNCT
            ],
        )
        for each in methods
    )
    return [(each, rows) for each, rows in added if rows]


def _advised_against(methods, code):
    """Return {reason: the methods that it holds for} for a scar type."""
    reasons = {}
    for each in methods:
        for row in once(each.criteria_for(CriterionKind.NOT_RECOMMENDED, code)):
            reasons.setdefault(row.for_patient, []).append(each)
    return reasons


@editions.published(catalogue=True)
def scar(request, edition, code):
    """Show a scar type, with what helps first and what does not."""
    live = ScarType.objects.published().filter(finding__code=code)
    columns = ("live_revision__content", "live_revision__created_at")
    found = live.values_list(*columns).first()
    if found is None:
        raise Http404
    content, published_on = found
    entry = parse_scar_type(content)
    methods = edition.catalogue.treatments
    context = {
        "entry": entry,
        "references": References(entry.sources),
        "drawing_code": drawings.for_scar_type(code),
        "compared": _compared(methods, code, Line.FIRST),
        "compared_later": _compared(methods, code, Line.SECOND),
        "uses": [
            (each, rows)
            for each in methods
            if (rows := once(each.criteria_for(CriterionKind.INDICATION, code)))
            and each.lines.get(code) in COMPARED
        ],
        "added": _added(methods, code),
        "advised_against": _advised_against(methods, code),
        "changes": edition.site.latest_changes("scar", code),
        "published_on": published_on,
    }
    return render(request, "methods/scar.html", context)
