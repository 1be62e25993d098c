"""Structured data of a public page, as plain values of schema.org.

Texts are the page's own, without the codes of their sources. Property names are checked
by a test against a list of schema.org's.
"""

import json

from django.conf import settings
from django.utils.safestring import mark_safe
from django.utils.translation import gettext_lazy as _

from methods.protocol.vocabulary import MethodGroup
from methods.templatetags.citations import uncited

PAGES = {
    "home": _("What can be done about a scar, and what cannot"),
    "list": _("Treatments"),
    "prices": _("Prices"),
    "scars": _("Scars"),
    "compare": _("Compare treatments"),
    "search": _("Search"),
    "about": _("About us"),
    "how-we-review": _("How we review what we publish"),
    "privacy": _("Privacy"),
    "accessibility": _("Accessibility"),
    "contact": _("Contact"),
}
"""Pages that are no treatment and no scar type, by the name of their address."""

PERCUTANEOUS = {MethodGroup.NEEDLING, MethodGroup.INJECTION}
INVASIVE_TRAITS = {"breaks_epidermis", "injection", "incision", "peel", "freezing"}


def root(request):
    """Return what begins every address in full: one host, however we are asked."""
    return settings.SITE_URL or f"{request.scheme}://{request.get_host()}"


def data_block(values):
    """Return values as JSON that is safe inside a script element.

    It is the only text that Python vouches for: escaped as HTML it would be no JSON.
    """
    text = json.dumps(values, ensure_ascii=False, separators=(",", ":"), default=str)
    # What could end the element leaves as JSON's own escapes, as in Django's json_script.
    escapes = {ord(each): f"\\u{ord(each):04X}" for each in "<>&"}
    return mark_safe(text.translate(escapes))  # noqa: S308


def graph(*things):
    """Return several things as one description."""
    return {"@context": "https://schema.org", "@graph": [*filter(None, things)]}


def _thing(kind, **properties):
    """Return a thing with those properties that have a value."""
    return {"@type": kind} | {
        name: value for name, value in properties.items() if value
    }


def _joined(texts):
    return uncited(" ".join(texts))


# The clinic and its site


def _clinic_id(home):
    return f"{home}#clinic"


def _publisher(clinic, home):
    return {"@type": "MedicalClinic", "@id": _clinic_id(home), "name": clinic.name}


def clinic(details, home, *, priced=()):
    """Describe the clinic, an `public_site.Clinic`, whose first page is at `home`.

    `priced` are the treatments whose prices the page names.
    """
    address = _thing(
        "PostalAddress",
        streetAddress=details.street,
        postalCode=details.postal_code,
        addressLocality=details.town,
        addressCountry=details.country,
    )
    hours = [
        _thing(
            "OpeningHoursSpecification",
            dayOfWeek=f"https://schema.org/{row.weekday.name.capitalize()}",
            opens=f"{row.opens:%H:%M}",
            closes=f"{row.closes:%H:%M}",
        )
        for row in details.hours
    ]
    return {"@id": _clinic_id(home)} | _thing(
        "MedicalClinic",
        name=details.name,
        url=home,
        address=address if len(address) > 1 else None,
        telephone=details.telephone,
        email=details.email,
        currenciesAccepted=details.currency,
        openingHoursSpecification=hours,
        makesOffer=list(
            filter(None, (_offer(each, details.currency) for each in priced))
        ),
    )


def website(details, home, search):
    """Describe the site, and how to search it; `search` is the search's address."""
    return _thing(
        "WebSite",
        name=details.name,
        url=home,
        publisher={"@id": _clinic_id(home)},
        potentialAction={
            "@type": "SearchAction",
            "target": {
                "@type": "EntryPoint",
                "urlTemplate": f"{search}?q={{search_term_string}}",
            },
            "query-input": "required name=search_term_string",
        },
    )


def breadcrumbs(trail):
    """Describe the way to a page: (name, address) from the first page to this one."""
    return _thing(
        "BreadcrumbList",
        itemListElement=[
            {"@type": "ListItem", "position": n, "name": name, "item": address}
            for n, (name, address) in enumerate(trail, start=1)
        ],
    )


# Pages


def _medical_page(entry, url, **properties):
    return _thing("MedicalWebPage", url=url, name=entry.title, **properties)


def _procedure_type(entry):
    """Return how far a treatment goes in, where schema.org has a word for it."""
    if entry.group in PERCUTANEOUS:
        return "https://schema.org/PercutaneousProcedure"
    if entry.group == MethodGroup.SURGERY or INVASIVE_TRAITS & set(entry.traits):
        return None
    return "https://schema.org/NoninvasiveProcedure"


def _offer(entry, currency):
    """Return the price of a session as an offer, None while there is none."""
    price = entry.price
    if price.low is None or not currency:
        return None
    return _thing(
        "Offer",
        name=entry.title,
        description=price.remark,
        priceSpecification=_thing(
            "PriceSpecification",
            # As text: JSON's numbers are floats to whoever reads them.
            minPrice=str(price.low),
            maxPrice=str(price.high),
            priceCurrency=currency,
        ),
    )


def treatment(entry, details, *, url, home, **page):
    """Describe the page of a treatment, an `entries.Method`, and the treatment."""
    sections = entry.sections
    offer = _offer(entry, details.currency)
    is_surgery = entry.group == MethodGroup.SURGERY
    reviewer = entry.reviewed_on and _thing("Person", name=entry.reviewed_by)
    return _medical_page(
        entry,
        url,
        publisher=_publisher(details, home) | ({"makesOffer": offer} if offer else {}),
        lastReviewed=entry.reviewed_on,
        reviewedBy=reviewer,
        mainEntity=_thing(
            "SurgicalProcedure" if is_surgery else "MedicalProcedure",
            name=entry.title,
            alternateName=entry.also_called,
            description=uncited(entry.summary),
            procedureType=_procedure_type(entry),
            preparation=_joined(sections["before_do"] + sections["before_do_not"]),
            howPerformed=_joined(sections["steps"]),
            followup=_joined(sections["after_do"] + sections["after_do_not"]),
        ),
        **page,
    )


def scar_type(entry, details, *, url, home, **page):
    """Describe the page of a scar type, an `public_pages.ScarType`, and the scar type."""
    signs = [
        {"@type": "MedicalSign", "name": uncited(text)}
        for text in entry.sections["looks_like"]
    ]
    return _medical_page(
        entry,
        url,
        publisher=_publisher(details, home),
        about=_thing(
            "MedicalCondition",
            name=entry.title,
            alternateName=entry.also_called,
            description=uncited(entry.summary),
            signOrSymptom=signs,
            naturalProgression=_joined(entry.sections["without_treatment"]),
        ),
        **page,
    )


def cause(entry, details, *, url, home, **page):
    """Describe a page by what happened, a `public_pages.Cause`."""
    return _medical_page(entry, url, publisher=_publisher(details, home), **page)
