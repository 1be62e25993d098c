"""Home, and the pages about the clinic."""

from datetime import date, timedelta

from django.conf import settings
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import get_language

from methods.protocol.vocabulary import WEAK_GRADES, Grade, Weekday
from methods.publishing import closed_days, editions
from methods.publishing.compiling import end_of
from methods.website import drawings
from methods.website.references import MARKS, MEANINGS

ACCESSIBILITY_STATED_ON = date(2026, 11, 22)
"""When the accessibility statement was last held against the site."""
CLOSED_DAYS_SHOWN = timedelta(weeks=8)
MOST_PRICES = 4
"""How many prices the home page names; the list has all."""


def ways_in(catalogue):
    """Return [(page by what happened, its drawing)] in the clinic's order."""
    return [(each, drawings.known(each.drawing)) for each in catalogue.causes]


def _week(hours):
    """Return [(days in words, their hours)]: days that are alike stand together."""
    by_day = {}
    for row in hours:
        by_day.setdefault(row.weekday, []).append(row)
    alike = {}
    for day, rows in by_day.items():
        key = tuple((row.opens, row.closes) for row in rows)
        alike.setdefault(key, ([], rows))[0].append(str(day.label))
    return [(", ".join(days), rows) for days, rows in alike.values()]


def _closed(clinic):
    """Return what is closed in the next weeks."""
    today = timezone.localdate()
    return closed_days.closed_between(
        clinic, today, today + CLOSED_DAYS_SHOWN, get_language()
    )


def _of_today(response, clinic):
    """Return a page that names closed days, which is true until the day is over."""
    if clinic.closed_days or clinic.holidays_of:
        response.keep_until = end_of(timezone.localdate())
    return response


@editions.published(catalogue=True)
def home(request, edition):
    """Lead on from what happened or from how it looks, and say what it costs."""
    catalogue = edition.catalogue
    context = {
        "causes": ways_in(catalogue),
        "scar_types": [
            (each, drawings.for_scar_type(each.code)) for each in catalogue.scar_types
        ],
        "prices": [each for each in catalogue.treatments if each.price.low is not None][
            :MOST_PRICES
        ],
        "week": _week(edition.site.clinic.hours),
        "closed": _closed(edition.site.clinic),
    }
    response = render(request, "methods/home.html", context)
    return _of_today(response, edition.site.clinic)


@editions.published(catalogue=True)
def about(request, edition):
    """Say who we are."""
    site = edition.site
    people = [
        (each, [site.methods[slug] for slug in site.methods if slug in each.methods])
        for each in edition.catalogue.people
    ]
    return render(request, "methods/about.html", {"people": people})


@editions.published()
def how_we_review(request, edition):
    """Say how what we publish is written, checked and corrected."""
    grades = [(grade, grade in WEAK_GRADES) for grade in Grade]
    marks = [(kind, word, MEANINGS[kind]) for kind, word in MARKS.items()]
    context = {"grades": grades, "marks": marks}
    return render(request, "methods/how_we_review.html", context)


@editions.published()
def privacy(request, edition):
    """Say what we know of a visitor and of a patient, and for how long."""
    # The cookie lasts as long as a draft.
    days = settings.DRAFT_DAYS
    context = {
        "draft_days": days,
        "cookie_days": days,
        "own_cookie_days": settings.LINK_DAYS,
        "intake_cookie": settings.INTAKE_COOKIE_NAME,
        "csrf_cookie": settings.CSRF_COOKIE_NAME,
    }
    return render(request, "methods/privacy.html", context)


@editions.published()
def accessibility(request, edition):
    """Say how accessible the site is, and whom to tell where it is not."""
    context = {"stated_on": ACCESSIBILITY_STATED_ON}
    return render(request, "methods/accessibility.html", context)


@editions.published()
def contact(request, edition):
    """Say where and when we are to be found."""
    clinic, hours = edition.site.clinic, edition.site.clinic.hours
    week = [(day, [row for row in hours if row.weekday == day]) for day in Weekday]
    context = {
        "week": week if hours else [],
        "closed": _closed(clinic),
    }
    return _of_today(render(request, "methods/contact.html", context), clinic)
