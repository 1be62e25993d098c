"""The scar types, and one of them."""

from django.shortcuts import get_object_or_404, render

from methods import editions, entries
from methods.models import ScarType
from methods.references import References
from methods.views.treatments import LINE_WORDS, once
from methods.vocabulary import CriterionKind


@editions.published(catalogue=True)
def scars(request, edition):
    """List the scar types."""
    context = {"scar_types": edition.catalogue.scar_types}
    return render(request, "methods/scars.html", context)


def _by_line(methods, code):
    """Return {line in words: [(method, its indications for a scar type)]}."""
    return {
        words: [
            (each, once(each.criteria_for(CriterionKind.INDICATION, code)))
            for each in methods
            if each.lines.get(code) == line
        ]
        for line, words in LINE_WORDS.items()
    }


def _advised_against(methods, code):
    """Return {reason: the methods that it holds for} for a scar type."""
    reasons = {}
    for each in methods:
        for row in once(each.criteria_for(CriterionKind.NOT_RECOMMENDED, code)):
            reasons.setdefault(row.for_patient, []).append(each)
    return reasons


def scar_page(request, entry, edition, extra_context=None):
    """Answer with the page of a scar type, live or previewed."""
    methods = edition.catalogue.methods
    context = {
        "entry": entry,
        "references": References(entry.sources),
        "lines": _by_line(methods, entry.code),
        "advised_against": _advised_against(methods, entry.code),
    }
    return render(request, "methods/scar.html", context | (extra_context or {}))


@editions.published(catalogue=True)
def scar(request, edition, code):
    """Show a scar type, with what helps first and what does not."""
    scar_type = get_object_or_404(ScarType.objects.published(), finding__code=code)
    revision = scar_type.live_revision
    entry = entries.scar_type(revision.content)
    return scar_page(request, entry, edition, {"published_on": revision.created_at})
