"""Public pages. They read live revisions only, and neither session nor user."""

from django.conf import settings
from django.db.models import Q, Value
from django.db.models.fields.json import KeyTextTransform
from django.shortcuts import get_object_or_404, render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from methods import entries, publishing
from methods.models import KEY_FACTS, Method, ScarType
from methods.vocabulary import CriterionKind, Line, MethodGroup, ScarTypeCode

LINE_WORDS = {
    Line.FIRST.value: _("Often tried first"),
    Line.SECOND.value: _("Second choice"),
    Line.ADJUNCT.value: _("Beside another treatment"),
}


class References:
    """Numbers a page's sources in the order in which its texts first cite them.

    Iterated after the last text, it yields every source: the cited ones in the order of
    their numbers, then the rest.
    """

    def __init__(self, sources):
        self._sources = sources
        self._numbers = {}

    def number(self, code):
        """Return the number of a code, or None if it is no source of this page."""
        if code not in self._sources:
            return None
        return self._numbers.setdefault(code, len(self._numbers) + 1)

    def __iter__(self):
        for code in self._sources:
            self.number(code)
        return (self._sources[code] for code in self._numbers)


def _once(criteria):
    """Return criteria without those that tell a patient the same as an earlier one."""
    told = {}
    for each in criteria:
        told.setdefault((each.for_patient, each.until), each)
    return list(told.values())


# Home and lists


@require_safe
def home(request):
    """Say what the clinic does, and lead to every scar type."""
    methods = publishing.live_methods()
    scar_types = [
        (each, [method for method in methods if method.line_for(each.code) == "first"])
        for each in publishing.live_scar_types()
    ]
    return render(request, "methods/home.html", {"scar_types": scar_types})


@require_safe
def treatments(request):
    """List the treatments by group, on request (`?scar=ice_pick`) those for one type."""
    scar = request.GET.get("scar", "")
    scar = scar if scar in ScarTypeCode.values else ""
    shown = [
        (each, LINE_WORDS.get(each.line_for(scar)))
        for each in publishing.live_methods()
        if not scar or not each.is_ranked or each.line_for(scar)
    ]
    groups = {
        group.label: [pair for pair in shown if pair[0].group == group]
        for group in MethodGroup
    }
    context = {"groups": groups, "scar": scar, "scar_choices": ScarTypeCode.choices}
    return render(request, "methods/list.html", context)


@require_safe
def scars(request):
    """List the scar types."""
    scar_types = publishing.live_scar_types()
    return render(request, "methods/scars.html", {"scar_types": scar_types})


# One treatment


def _live_titles(entry):
    """Return the live titles that a page links to: scar types, main entry, variants.

    One query; {"scar": {code: title}, "method": {slug: title}}.
    """
    title = KeyTextTransform("title", "live_revision__content")
    scar_types = ScarType.objects.published().order_by()
    family = Method.objects.published().order_by()
    family = family.filter(
        Q(slug=entry.follows) | Q(live_revision__content__follows=entry.slug)
    )
    rows = scar_types.values_list(Value("scar"), "finding__code", title).union(
        family.values_list(Value("method"), "slug", title)
    )
    titles = {"scar": {}, "method": {}}
    for kind, address, live_title in sorted(rows):
        titles[kind][address] = live_title
    return titles


def _uses(entry):
    """Return {scar type code, or "": [(line in words, indication)]}, first line first."""
    indications = _once(entry.criteria_of(CriterionKind.INDICATION))
    uses = {}
    for each in sorted(indications, key=lambda each: Line.values.index(each.line)):
        code = next((code for code in each.when if code in ScarTypeCode.values), "")
        uses.setdefault(code, []).append((LINE_WORDS[each.line], each))
    return uses


def method_page(request, entry, extra_context=None):
    """Answer with the page of a treatment, live or previewed.

    `extra_context` has `published_on`, or what stands above a draft: a `banner`, and
    `back`, where its editor came from.
    """
    titles = _live_titles(entry)
    context = {
        "entry": entry,
        "references": References(entry.sources),
        "key_facts": [
            (label, entry.key_facts[name])
            for name, label in KEY_FACTS.items()
            if entry.key_facts[name]
        ],
        "contraindications": _once(entry.criteria_of(CriterionKind.CONTRAINDICATION)),
        "deferrals": _once(entry.criteria_of(CriterionKind.DEFERRAL)),
        "precautions": _once(entry.criteria_of(CriterionKind.PRECAUTION)),
        "uses": [
            (code, titles["scar"].get(code), rows)
            for code, rows in _uses(entry).items()
        ],
        "not_for": _once(entry.criteria_of(CriterionKind.NOT_RECOMMENDED)),
        "family": titles["method"],
        "telephone": settings.CLINIC_TELEPHONE,
    }
    return render(request, "methods/detail.html", context | (extra_context or {}))


@require_safe
def detail(request, slug):
    """Show a treatment as it was last published."""
    method = get_object_or_404(Method.objects.published(), slug=slug)
    revision = method.live_revision
    entry = entries.method(revision.content, revision=revision.pk)
    return method_page(request, entry, {"published_on": revision.created_at})


# One scar type


def _by_line(methods, code):
    """Return {line in words: [(method, its indications for a scar type)]}."""
    return {
        words: [
            (
                each,
                _once(
                    row
                    for row in each.criteria_of(CriterionKind.INDICATION)
                    if code in row.when
                ),
            )
            for each in methods
            if each.line_for(code) == line
        ]
        for line, words in LINE_WORDS.items()
    }


def _advised_against(methods, code):
    """Return {reason: the methods that it holds for} for a scar type."""
    reasons = {}
    for each in methods:
        for row in _once(each.criteria_of(CriterionKind.NOT_RECOMMENDED)):
            if code in row.when:
                reasons.setdefault(row.for_patient, []).append(each)
    return reasons


@require_safe
def scar(request, code):
    """Show a scar type, with what helps first and what does not."""
    scar_type = get_object_or_404(ScarType.objects.published(), finding__code=code)
    entry = entries.scar_type(scar_type.live_revision.content)
    methods = publishing.live_methods()
    context = {
        "entry": entry,
        "references": References(entry.sources),
        "lines": _by_line(methods, code),
        "advised_against": _advised_against(methods, code),
        "published_on": scar_type.live_revision.created_at,
    }
    return render(request, "methods/scar.html", context)
