"""The scar types, and one of them."""

from django.http import Http404
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _

from methods.models import ScarType
from methods.protocol.vocabulary import CriterionKind, Line
from methods.publishing import editions
from methods.publishing.public_site import parse_scar_type
from methods.website import drawings
from methods.website.references import References
from methods.website.views.treatments import once

LINES = {
    Line.FIRST: ("first", _("Often tried first")),
    Line.SECOND: ("second", _("Second choice")),
    Line.ADJUNCT: ("beside", _("Beside another treatment")),
}
"""{line: (where it stands on the page, its heading)}."""
RELATED = 4


@editions.published(catalogue=True)
def scars(request, edition):
    """List the scar types."""
    scar_types = [
        (each, drawings.for_scar_type(each.code))
        for each in edition.catalogue.scar_types
    ]
    return render(request, "methods/scars.html", {"scar_types": scar_types})


def _by_line(methods, code):
    """Return [(anchor, heading, [(method, what it does for a scar type)])].

    A method of several lines stands under each, with what holds in that line.
    """
    indications = [
        (each, each.criteria_for(CriterionKind.INDICATION, code)) for each in methods
    ]
    return [
        (
            anchor,
            heading,
            [
                (each, once(in_line))
                for each, rows in indications
                if (in_line := [row for row in rows if row.line == line])
            ],
        )
        for line, (anchor, heading) in LINES.items()
    ]


def _advised_against(methods, code):
    """Return {reason: the methods that it holds for} for a scar type."""
    reasons = {}
    for each in methods:
        for row in once(each.criteria_for(CriterionKind.NOT_RECOMMENDED, code)):
            reasons.setdefault(row.for_patient, []).append(each)
    return reasons


def _related(code, catalogue):
    """Return the scar types that share most treatments with one, most first.

    Additions do not count: nearly every scar shares those.
    """
    treatments = {
        each.code: {
            m.slug
            for m in catalogue.treatments
            if m.lines.get(each.code) in (Line.FIRST, Line.SECOND)
        }
        for each in catalogue.scar_types
    }
    own = treatments.get(code, set())
    # The sort is stable: equals stay in the clinic's order.
    others = sorted(
        (each for each in catalogue.scar_types if each.code != code),
        key=lambda each: -len(own & treatments[each.code]),
    )
    return [each for each in others[:RELATED] if own & treatments[each.code]]


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
        "lines": _by_line(methods, code),
        "advised_against": _advised_against(methods, code),
        "related": _related(code, edition.catalogue),
        "changes": edition.site.latest_changes("scar", code),
        "published_on": published_on,
    }
    return render(request, "methods/scar.html", context)
