"""The search. What is typed there may be private: nothing of it is kept anywhere."""

from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from methods.models import (
    KEY_FACTS,
    Method,
    MethodRevision,
    ScarType,
    ScarTypeRevision,
)
from methods.protocol.vocabulary import SAFETY_KINDS
from methods.publishing import editions
from methods.templatetags.citations import uncited
from methods.website.search_alerts import phrases_of_alerts
from methods.website.search_index import Index
from methods.website.search_results import Page, Passage
from methods.website.search_words import LONGEST_QUERY

# Where a section stands on its page, and its heading there.
KEY_FACTS_AT = ("facts", lazy("Key facts"))
METHOD_SECTIONS = {
    "can": ("can", lazy("What it can do")),
    "cannot": ("cannot", lazy("What it cannot do")),
    "before_do": ("before", lazy("Before")),
    "before_do_not": ("before", lazy("Before")),
    "steps": ("steps", lazy("What happens")),
    "after_do": ("after", lazy("After")),
    "after_do_not": ("after", lazy("After")),
    "risks_common": ("risks", lazy("Risks")),
    "risks_less_common": ("risks", lazy("Risks")),
    "risks_rare": ("risks", lazy("Risks")),
    "call_today": ("call", lazy("When to call")),
    "call_emergency": ("call", lazy("When to call")),
    "alternatives": ("alternatives", lazy("Alternatives")),
    "questions": ("questions", lazy("Questions to ask")),
}
WHO_AT = ("who", lazy("Who should not have it, or should wait"))
SCAR_TYPE_SECTIONS = {
    "looks_like": ("looks-like", lazy("What it looks like")),
    "comes_from": ("comes-from", lazy("How it comes about")),
    "without_treatment": ("without-treatment", lazy("Without treatment")),
    "see_a_doctor": ("see-a-doctor", lazy("Ask a doctor to look at it if")),
}
PLACES = {
    "methods:list": (
        lazy("All treatments"),
        lazy("Each with its sessions, days off and pain, and who should not have it."),
    ),
    "methods:scars": (
        lazy("All scar types"),
        lazy("Find the one that looks most like yours, in pictures and in words."),
    ),
    "methods:compare": (
        lazy("Compare treatments"),
        lazy("Two or three side by side: sessions, days off, pain, risks and price."),
    ),
    "consultations:start": (
        lazy("Start a consultation"),
        lazy(
            "Describe your scar in ten minutes. A clinician reads it and writes to you."
        ),
    ),
    "methods:contact": (
        lazy("Contact"),
        lazy("Our address, telephone, e-mail and opening hours."),
    ),
    "methods:about": (
        lazy("About us"),
        lazy("Who works here, with which profession and registration."),
    ),
    "methods:how-we-review": (
        lazy("How we review what we publish"),
        lazy("Who writes these pages, on which sources, and how mistakes are mended."),
    ),
    "methods:privacy": (
        lazy("Privacy"),
        lazy("What we know of you, who reads it, and for how long we keep it."),
    ),
    "methods:accessibility": (
        lazy("Accessibility"),
        lazy("How this site works for everyone, and whom to tell where it does not."),
    ),
}

# Words to recognise, each list in the language of the pages.
STOP_WORDS = lazy(
    "a an and any are as at be been by can could did do does doing for from get getting "
    "got had has have he her how i i'm if in into is it it's its just long many me much "
    "my myself of on or our please she should so some than that the their there these they "
    "this to up us want was we were what when where which who why will with would you "
    "your"
)
# Right as they stand, though a letter or two make another word of them.
RIGHT_WORDS = lazy(
    "bike blend cancel cook doze draw feet glow hike inflection latex sceptic sell shower "
    "sweep walk wedding"
)
EXAMPLES = (
    lazy("acne scars"),
    lazy("stretch marks"),
    lazy("keloid"),
    lazy("sunscreen after laser"),
    lazy("opening hours"),
)


def _key(content):
    return (
        ("method", content["slug"]) if "slug" in content else ("scar", content["code"])
    )


def _live_contents():
    """Return {("method", slug) or ("scar", code): content} of what is live. One query."""
    methods = MethodRevision.objects.filter(
        pk__in=Method.objects.values("live_revision")
    )
    scar_types = ScarTypeRevision.objects.filter(
        pk__in=ScarType.objects.values("live_revision")
    )
    contents = methods.order_by().values_list("content", flat=True)
    contents = contents.union(
        scar_types.order_by().values_list("content", flat=True), all=True
    )
    return {_key(each): each for each in contents}


def _key_facts(content):
    """Return a treatment's key facts as sentences."""
    facts = content.get("key_facts", {})
    return [f"{KEY_FACTS[name]}: {fact}" for name, fact in facts.items() if fact]


def _who(content):
    """Return whom a treatment is not for, or not yet, or with extra care."""
    rows = content.get("criteria", ())
    return [row["for_patient"] for row in rows if row["kind"] in SAFETY_KINDS]


def _passages(page, content, sections):
    """Yield the sentences of a page, each with the address of its section."""
    parts = [(sections[n], texts) for n, texts in content.get("sections", {}).items()]
    parts += [(KEY_FACTS_AT, _key_facts(content)), (WHO_AT, _who(content))]
    for (anchor, heading), texts in parts:
        heading, address = str(heading), f"{page}#{anchor}"
        yield from (Passage(heading, address, uncited(text)) for text in texts)


def _page(kind, summary, address, content, sections):
    return Page(
        kind=kind,
        title=summary.title,
        address=address,
        also_called=summary.also_called,
        summary=uncited(summary.summary),
        passages=tuple(_passages(address, content, sections)),
    )


def _pages(edition):
    """Yield all that can be found, of equals the more likely first."""
    contents = _live_contents()
    for summary in edition.catalogue.scar_types:
        address = reverse("methods:scar", args=[summary.code])
        content = contents.get(("scar", summary.code), {})
        yield _page(_("Scar type"), summary, address, content, SCAR_TYPE_SECTIONS)
    for summary in edition.catalogue.treatments:
        address = reverse("methods:detail", args=[summary.address])
        content = contents.get(("method", summary.slug), {})
        yield _page(_("Treatment"), summary, address, content, METHOD_SECTIONS)
    for name, (title, summary) in PLACES.items():
        yield Page(_("Page"), str(title), reverse(name), summary=str(summary))


_indexes = {}
"""The last index by edition and language: to make one costs what 10 searches cost."""


def index(edition):
    """Return the `Index` of an edition with its catalogue. One query if it is new."""
    key = edition.digest, get_language()
    known = _indexes.get(key)
    if known is None:
        known = Index(
            _pages(edition),
            synonyms=edition.catalogue.synonyms,
            stop_words=str(STOP_WORDS),
            right_words=str(RIGHT_WORDS),
            alerts=phrases_of_alerts(),
        )
        _indexes.clear()
        _indexes[key] = known
    return known


@require_safe
@never_cache
def search(request):
    """Find treatments, scar types and sections by what a visitor calls them.

    Not `editions.published`: an answer is stored nowhere.
    """
    request.edition = edition = editions.current(catalogue=True)
    answer = index(edition).search(request.GET.get("q", ""))
    context = {
        "answer": answer,
        # Who speaks of self-harm, and not of scars from it, is shown no treatments.
        "is_quiet": "about_scars" not in answer.alerts
        and ("in_danger" in answer.alerts or "self_harm" in answer.only_alerts),
        "longest": LONGEST_QUERY,
        "examples": EXAMPLES,
    }
    return render(request, "methods/search.html", context)
