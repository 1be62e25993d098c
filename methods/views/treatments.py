"""The list of treatments, one treatment, and some side by side."""

from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext_lazy as _

from methods import editions, entries
from methods.models import KEY_FACTS, Method
from methods.references import References
from methods.vocabulary import (
    CriterionKind,
    Line,
    MethodGroup,
    ScarTypeCode,
)

LINE_WORDS = {
    Line.FIRST.value: _("Often tried first"),
    Line.SECOND.value: _("Second choice"),
    Line.ADJUNCT.value: _("Beside another treatment"),
}


def once(criteria):
    """Return criteria without those that tell a patient the same as an earlier one."""
    told = {}
    for each in criteria:
        told.setdefault((each.for_patient, each.until), each)
    return list(told.values())


@editions.published(
    catalogue=True, params=("scar", "group", "days", "pain", "sessions")
)
def treatments(request, edition):
    """List the treatments by group, on request (`?scar=ice_pick`) those for one type."""
    scar = request.GET.get("scar", "")
    scar = scar if scar in edition.site.scar_types else ""
    shown = [
        (each, LINE_WORDS.get(each.lines.get(scar)))
        for each in edition.catalogue.methods
        if not scar or not each.is_ranked or each.lines.get(scar)
    ]
    groups = {
        group.label: [pair for pair in shown if pair[0].group == group]
        for group in MethodGroup
    }
    context = {
        "groups": groups,
        "scar": scar,
        "scar_choices": edition.site.scar_types.items(),
    }
    return render(request, "methods/list.html", context)


def _uses(entry):
    """Return {scar type code, or "": [(line in words, indication)]}, first line first."""
    indications = once(entry.criteria_of(CriterionKind.INDICATION))
    uses = {}
    for each in sorted(indications, key=lambda each: Line.values.index(each.line)):
        code = next((code for code in each.when if code in ScarTypeCode.values), "")
        uses.setdefault(code, []).append((LINE_WORDS[each.line], each))
    return uses


def _family(slug, site):
    """Return the main entry that a variant follows, or the variants of a main entry."""
    slugs = [site.variants.get(slug)]
    slugs += [variant for variant, main in site.variants.items() if main == slug]
    return [site.methods[each] for each in slugs if each in site.methods]


def method_page(request, entry, site, extra_context=None):
    """Answer with the page of a treatment, live or previewed.

    `extra_context` has `published_on`, or what stands above a draft: a `banner`, and
    `back`, where its editor came from.
    """
    context = {
        "entry": entry,
        "references": References(entry.sources),
        "key_facts": [
            (label, entry.key_facts[name])
            for name, label in KEY_FACTS.items()
            if entry.key_facts[name]
        ],
        "contraindications": once(entry.criteria_of(CriterionKind.CONTRAINDICATION)),
        "deferrals": once(entry.criteria_of(CriterionKind.DEFERRAL)),
        "precautions": once(entry.criteria_of(CriterionKind.PRECAUTION)),
        "uses": [
            (code, site.scar_types.get(code), rows)
            for code, rows in _uses(entry).items()
        ],
        "not_for": once(entry.criteria_of(CriterionKind.NOT_RECOMMENDED)),
        "family": _family(entry.slug, site),
        "related": [site.methods[slug] for slug in site.related.get(entry.slug, ())],
        "changes": [
            change
            for change in site.changes
            if (change.kind, change.key) == ("method", entry.slug)
        ],
    }
    return render(request, "methods/detail.html", context | (extra_context or {}))


@editions.published()
def detail(request, edition, address):
    """Show a treatment as it was last published."""
    site = edition.site
    link = site.method_at(address)
    if link is None:
        moved = site.methods.get(site.former.get(address))
        if moved is None:
            raise Http404
        return redirect("methods:detail", moved.address, permanent=True)
    method = get_object_or_404(Method.objects.published(), slug=link.slug)
    revision = method.live_revision
    entry = entries.method(revision.content, revision=revision.pk)
    return method_page(request, entry, site, {"published_on": revision.created_at})


@editions.published(params=("treatment",))
def compare(request, edition):
    """Show two or three treatments side by side (`?treatment=…&treatment=…`)."""
    raise Http404
