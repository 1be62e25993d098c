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
    Cause,
    CauseRevision,
    Method,
    MethodRevision,
    ScarType,
    ScarTypeRevision,
)
from methods.protocol.vocabulary import SAFETY_KINDS, MethodGroup
from methods.publishing import editions
from methods.templatetags.citations import uncited
from methods.website.search_alerts import phrases_of_alerts
from methods.website.search_index import Index
from methods.website.search_results import Page, Passage
from methods.website.search_words import LONGEST_QUERY, folded, words
from methods.website.views.causes import SELF_HARM

# Where a section stands on its page, and its heading there.
KEY_FACTS_AT = ("feel", lazy("How it feels, what it costs"))
METHOD_SECTIONS = {
    "can": ("can", lazy("What it can do")),
    "cannot": ("cannot", lazy("What it cannot do")),
    "feel": KEY_FACTS_AT,
    "gravest": ("gravest", lazy("The gravest risk")),
    "darker_skin": ("darker-skin", lazy("On brown or black skin")),
    "before_do": ("before", lazy("Before your visit")),
    "before_do_not": ("before", lazy("Before your visit")),
    "steps": ("steps", lazy("On the day, step by step")),
    "after_do": ("after", lazy("Afterwards")),
    "after_do_not": ("after", lazy("Afterwards")),
    "risks_common": ("risks", lazy("What can go wrong")),
    "risks_less_common": ("risks", lazy("What can go wrong")),
    "risks_rare": ("risks", lazy("What can go wrong")),
    "call_today": ("call", lazy("When to call us")),
    "call_emergency": ("gravest", lazy("In an emergency")),
    "alternatives": ("alternatives", lazy("What else there is, and doing nothing")),
    "questions": ("questions", lazy("Questions to ask us")),
}
WHO_AT = ("all-reasons", lazy("Not for you, or not yet"))
SCAR_TYPE_SECTIONS = {
    "looks_like": ("looks-like", lazy("Is it mine?")),
    "comes_from": ("comes-from", lazy("How it comes about")),
    "without_treatment": ("without-treatment", lazy("Without treatment")),
    "see_a_doctor": ("see-a-doctor", lazy("See a doctor first if")),
}
CAUSE_SECTIONS = {
    "support": ("first", lazy("What to do first")),
    "first": ("first", lazy("What to do first")),
    "darker_skin": ("darker-skin", lazy("If your skin is olive, brown or black")),
    "next": ("next", lazy("What comes next")),
    "see_a_doctor": ("see-a-doctor", lazy("See a doctor first if")),
    "when_to_wait": ("without-treatment", lazy("Without treatment")),
    "children": ("children", lazy("For children")),
    "pregnant": ("pregnant", lazy("If you are pregnant or breastfeeding")),
}
PLACES = {
    "methods:list": (
        lazy("All treatments"),
        lazy("Each with its sessions, days off and pain, and who should not have it."),
    ),
    "methods:prices": (
        lazy("Prices"),
        lazy("What each treatment costs a session, with sessions and days off."),
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
    "a an and any are as at be been by can could did do does doing for from get "
    "getting got had has have he her him his how i i'm if in into is it it's its just "
    "long many me much my myself of on or our please she should so some than that the "
    "their there these they this to up us want was we were what when where which who "
    "why will with would you your"
)
# Right as they stand, though a letter or two make another word of them.
RIGHT_WORDS = lazy(
    "bike blend cancel citizen city cook dance donor door doze draw feet genuine glow hike "
    "inflection latex plate precise sceptic sell shower smart sweep walk wedding yarn"
)
# Words of a title by which nothing is found for somebody who may speak of self-harm.
CUTTING = lazy("cut cutting")
EXAMPLES = (
    lazy("acne scars"),
    lazy("stretch marks"),
    lazy("keloid"),
    lazy("sunscreen after laser"),
    lazy("opening hours"),
)


def _key(content):
    if "slug" in content:
        return "method", content["slug"]
    return "cause" if "kinds" in content else "scar", content["code"]


def _live_contents():
    """Return {(kind of page, its slug or code): content} of what is live. One query."""
    methods = MethodRevision.objects.filter(
        pk__in=Method.objects.values("live_revision")
    )
    scar_types = ScarTypeRevision.objects.filter(
        pk__in=ScarType.objects.values("live_revision")
    )
    contents = methods.order_by().values_list("content", flat=True)
    causes = CauseRevision.objects.filter(pk__in=Cause.objects.values("live_revision"))
    contents = contents.union(
        scar_types.order_by().values_list("content", flat=True),
        causes.order_by().values_list("content", flat=True),
        all=True,
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


def _is_referral(summary):
    return summary.group == MethodGroup.REFERRAL


def _pages(edition):
    """Yield all that can be found, of equals the more likely first."""
    contents = _live_contents()
    for summary in edition.catalogue.causes:
        address = reverse("methods:cause", args=[summary.code])
        content = contents.get(("cause", summary.code), {})
        yield _page(_("What happened"), summary, address, content, CAUSE_SECTIONS)
    for summary in edition.catalogue.scar_types:
        address = reverse("methods:scar", args=[summary.code])
        content = contents.get(("scar", summary.code), {})
        yield _page(_("Scar type"), summary, address, content, SCAR_TYPE_SECTIONS)
    # Last those that others give: who looks for a cover cream or a surgeon finds them.
    for summary in sorted(edition.catalogue.methods, key=_is_referral):
        address = reverse("methods:detail", args=[summary.address])
        content = contents.get(("method", summary.slug), {})
        kind = _("Beside our treatments") if _is_referral(summary) else _("Treatment")
        yield _page(kind, summary, address, content, METHOD_SECTIONS)
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


def _is_about_self_harm(page):
    return page.address == reverse("methods:cause", args=[SELF_HARM])


def _is_named_for_cutting(result):
    """Return whether a query for cutting found a surgeon's cut by its title."""
    cuts = set(words(str(CUTTING)))
    hits = {folded(text) for text, is_hit in result.title if is_hit}
    return not cuts.isdisjoint(hits)


def _needs_support(answer):
    """Return whether words may be about self-harm, in any language staff know."""
    first = answer.results[:1]
    return "self_harm" in answer.alerts or any(
        _is_about_self_harm(each.page) for each in first
    )


def _is_quiet(answer):
    """Return whether somebody speaks of self-harm, and not of scars from it.

    They are shown no treatments.
    """
    is_about_it = "in_danger" in answer.alerts or "self_harm" in answer.only_alerts
    return is_about_it and "about_scars" not in answer.alerts


@require_safe
@never_cache
def search(request):
    """Find treatments, scar types and sections by what a visitor calls them.

    Not `editions.published`: an answer is stored nowhere.
    """
    request.edition = edition = editions.current(catalogue=True)
    answer = index(edition).search(request.GET.get("q", ""))
    needs_support, is_quiet = _needs_support(answer), _is_quiet(answer)
    results = answer.results
    if is_quiet:
        results = [each for each in results if _is_about_self_harm(each.page)]
    elif needs_support:
        results = [each for each in results if not _is_named_for_cutting(each)]
    context = {
        "answer": answer,
        "results": results,
        "more": answer.total > len(answer.results),
        "is_quiet": is_quiet,
        "needs_support": needs_support,
        "longest": LONGEST_QUERY,
        "examples": EXAMPLES,
    }
    return render(request, "methods/search.html", context)
