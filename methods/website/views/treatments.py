"""The list of treatments, one treatment, and some side by side."""

from itertools import zip_longest
from urllib.parse import urlencode

from django.http import Http404
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from methods.models import KEY_FACTS, MethodRevision
from methods.protocol import entries
from methods.protocol.vocabulary import CriterionKind, Line, MethodGroup
from methods.publishing import editions
from methods.publishing.compiling import end_of
from methods.templatetags.addresses import addresses
from methods.templatetags.money import priced
from methods.website import drawings, filters, reasons
from methods.website.references import References

FOR_SOME_WORDS = {
    Line.FIRST.value: _("Often tried first, for some"),
    Line.SECOND.value: _("Second choice, for some"),
    Line.ADJUNCT.value: _("Beside another treatment, for some"),
}
LINE_WORDS = {
    Line.FIRST.value: _("Often tried first"),
    Line.SECOND.value: _("Second choice"),
    Line.ADJUNCT.value: _("Beside another treatment"),
}
GLANCE = {"sessions": "apart", "days_off": "days_off_note", "pain": "anaesthetic"}
"""{key fact: the one that stands below it} in a page's panel of numbers."""
FEWEST, MOST = 2, 3
"""How many treatments can be compared."""
PLACES = (_("First"), _("Second"), _("Third, if you like"))
COMPARED_SECTIONS = {
    "can": _("What it can do"),
    "cannot": _("What it cannot do"),
    "risks_common": _("Common risks"),
    "risks_rare": _("Rare risks"),
}


def once(criteria):
    """Return criteria without duplicates of an earlier one's reason for the patient."""
    first = {}
    for each in criteria:
        first.setdefault((each.for_patient, each.until), each)
    return list(first.values())


# The list


def _query(choices):
    return urlencode({each.name: value for each, value in choices.items()})


@editions.published(catalogue=True, params=filters.NAMES)
def treatments(request, edition):
    """List the treatments by group, those that fit what a visitor chooses."""
    methods = edition.catalogue.treatments
    offered = filters.filters(edition.site.scar_types)
    choices = filters.chosen(offered, request.GET)
    scar = choices.get(offered[0], "")
    groups = {}
    for method, unknown in filters.fitting(methods, choices):
        words = FOR_SOME_WORDS if scar in method.for_some else LINE_WORDS
        line = words.get(method.lines.get(scar))
        shown = (method, drawings.for_method(method), line, unknown)
        groups.setdefault(method.group, []).append(shown)
    fitting = [method for group in groups.values() for method, *_rest in group]
    context = {
        "filters": [(each, choices.get(each, "")) for each in offered],
        "is_filtered": bool(choices),
        "groups": [
            (label, groups[group])
            for group, label in MethodGroup.choices
            if group in groups
        ],
        "count": len(fitting),
        "total": len(methods),
    }
    if all(method.is_for_everyone for method in fitting):
        context["loosened"] = [
            (each, found, _query(others))
            for each, found, others in filters.loosened(methods, choices)
        ]
    return render(request, "methods/list.html", context)


@editions.published(catalogue=True)
def prices(request, edition):
    """Say what each treatment costs a session, in the groups of the list."""
    methods = edition.catalogue.treatments
    groups = {}
    for method in methods:
        groups.setdefault(method.group, []).append(method)
    context = {
        "groups": [
            (label, groups[group])
            for group, label in MethodGroup.choices
            if group in groups
        ],
        "priced": methods,
    }
    return render(request, "methods/prices.html", context)


# One treatment


def _uses(entry, scar_types):
    """Return [(scar type, its address, [(line in words, indication)])], first line first."""
    indications = once(entry.criteria_of(CriterionKind.INDICATION))
    uses = {}
    for line, words in LINE_WORDS.items():
        for each in indications:
            if each.line == line:
                code = next(filter(entries.SCAR_TYPE_CODES.__contains__, each.when), "")
                uses.setdefault(code, []).append((words, each))
    scars = addresses()["scars"]
    return [
        (scar_types[code], f"{scars}{code}/", rows)
        if code in scar_types
        else (_("Other scars"), "", rows)
        for code, rows in uses.items()
    ]


def _note(entry, name):
    """Return what stands below a number in the panel; how long a visit takes as well."""
    words = entry.key_facts.get(name, "")
    minutes = entry.measures.get("visit_minutes") if name == "apart" else None
    if minutes:
        each = _("about %(minutes)d minutes each") % {"minutes": minutes}
        words = f"{words}, {each}" if words else each
    return words


def _family(slug, site):
    """Return the main entry that a variant follows, or the variants of a main entry."""
    slugs = [site.variants.get(slug)]
    slugs += [variant for variant, main in site.variants.items() if main == slug]
    return [site.methods[each] for each in slugs if each in site.methods]


def method_page(
    request, entry, site, extra_context=None, *, template="methods/detail.html"
):
    """Answer with the page of a treatment, live or previewed.

    `extra_context` has `published_on`, or what stands above a draft: a `banner`, and
    `back`, where its editor came from. The `template` of a preview has blocks for more.
    """
    overdue_from = end_of(entry.next_review_on)
    is_overdue = overdue_from is not None and overdue_from <= timezone.now()
    context = {
        "entry": entry,
        "references": References(entry.sources),
        "drawing_code": drawings.for_method(entry),
        "glance": [
            (KEY_FACTS[name], entry.key_facts[name], _note(entry, note))
            for name, note in GLANCE.items()
        ],
        "reasons": reasons.groups(entry.criteria, site.reasons),
        "disputes": once([each for each in entry.criteria if each.contested]),
        "uses": _uses(entry, site.scar_types),
        "not_for": once(entry.criteria_of(CriterionKind.NOT_RECOMMENDED)),
        "family": _family(entry.slug, site),
        "people": site.people_for(entry.slug),
        "related": [site.methods[slug] for slug in site.related.get(entry.slug, ())],
        "changes": site.latest_changes("method", entry.slug),
        "is_overdue": is_overdue,
    }
    response = render(request, template, context | (extra_context or {}))
    response.keep_until = None if is_overdue else overdue_from
    return response


def _entries(links):
    """Return the `entries.Method` of live treatments. One query."""
    rows = MethodRevision.objects.filter(pk__in=[each.revision for each in links])
    contents = dict(rows.order_by().values_list("pk", "content"))
    return [
        entries.method(contents[each.revision], revision=each.revision)
        for each in links
    ]


@editions.published()
def detail(request, edition, address):
    """Show a treatment as it was last published."""
    site = edition.site
    link = site.method_at(address)
    if link is None:
        moved = site.methods.get(site.former.get(address))
        if moved is None:
            raise Http404
        # With its query: a link in somebody's letter keeps what it was made with.
        url = reverse("methods:detail", args=[moved.address], query=request.GET)
        response = redirect(url, permanent=True)
        # Kept by a browser, it would lead round in a circle once the page moves back.
        response["Cache-Control"] = "no-cache"
        return response
    [entry] = _entries([link])
    return method_page(request, entry, site, {"published_on": link.published_at})


# Some side by side


def _first_choice_for(entry, scar_types):
    first = {
        code
        for row in entry.criteria_of(CriterionKind.INDICATION)
        if row.line == Line.FIRST
        for code in row.when
    }
    return [
        _("%(scar_type)s (for some)") % {"scar_type": title}
        if entry.is_for_some(code)
        else title
        for code, title in scar_types.items()
        if code in first
    ]


def _rows(compared, site):
    """Return [(row header, [(treatment, its texts)])] of a comparison."""
    not_for = CriterionKind.CONTRAINDICATION
    rows = {
        label: [[each.key_facts.get(name, "")] for each in compared]
        for name, label in KEY_FACTS.items()
    }
    rows |= {
        _("Price"): [
            [priced(each.price, site.clinic.currency) or _("Ask us.")]
            for each in compared
        ],
        _("Often tried first for"): [
            _first_choice_for(each, site.scar_types) for each in compared
        ],
        _("Not for you"): [
            [row.for_patient for row in once(each.criteria_of(not_for))]
            for each in compared
        ],
    }
    rows |= {
        label: [each.sections[name] for each in compared]
        for name, label in COMPARED_SECTIONS.items()
    }
    return [
        (label, list(zip(compared, cells, strict=True)))
        for label, cells in rows.items()
    ]


def _link(name, site):
    """Return the `Link` of the live treatment with a code or an address, or None.

    Our own links have codes. Visitors see addresses only, and may write a link by hand.
    """
    former = site.methods.get(site.former.get(name))
    return site.methods.get(name) or site.method_at(name) or former


@editions.published(params=("treatment",))
def compare(request, edition):
    """Show two or three treatments side by side (`?treatment=…&treatment=…`)."""
    site = edition.site
    asked = filter(None, request.GET.getlist("treatment"))
    found = list(dict.fromkeys(_link(name, site) for name in asked))
    links = list(filter(None, found))
    is_known = len(links) == len(found)
    context = {
        "links": links,
        "is_known": is_known,
        "most": MOST,
        "treatments": {
            slug: link.title
            for slug, link in site.methods.items()
            if slug not in site.referrals
        },
        "places": list(zip_longest(PLACES, [link.slug for link in links[:MOST]])),
    }
    if is_known and FEWEST <= len(links) <= MOST:
        context["rows"] = _rows(_entries(links), site)
    # What was never published must not fill the page cache.
    status = 200 if is_known else 404
    return render(request, "methods/compare.html", context, status=status)
