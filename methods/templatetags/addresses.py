"""The addresses of the site's own pages, and the links at the head and foot of each page."""

from django import template
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

register = template.Library()

NAMES = ("list", "prices", "compare", "scars", "search", "about", "how-we-review")
NAMES += ("privacy", "accessibility", "contact")
LINKS = {
    "main": {
        "scars": _("Scars"),
        "list": _("Treatments"),
        "prices": _("Prices"),
        "search": _("Search"),
    },
    "about": {
        "contact": _("Contact and opening hours"),
        "about": _("About us"),
        "how_we_review": _("How we review"),
        "compare": _("Compare treatments"),
        "privacy": _("Privacy"),
        "accessibility": _("Accessibility"),
    },
}


@register.simple_tag
def addresses():
    """Return {page: address}.

    A treatment's page lies below `list`, a scar type's below `scars`.
    """
    pages = {name.replace("-", "_"): reverse(f"methods:{name}") for name in NAMES}
    return pages | {"start": reverse("consultations:start")}


@register.inclusion_tag("methods/links.html", takes_context=True)
def main_links(context):
    """Render the links at the head of a page; the one that leads here is marked."""
    path = getattr(context.get("request"), "path", "")
    pages = addresses()
    here = next((name for name in LINKS["main"] if path.startswith(pages[name])), None)
    current = "page" if path == pages.get(here) else "true"
    return {
        "links": [
            (pages[name], label, current if name == here else "")
            for name, label in LINKS["main"].items()
        ]
    }


@register.inclusion_tag("methods/links.html")
def about_links():
    """Render the links at the foot of a page."""
    pages = addresses()
    return {
        "links": [(pages[name], label, "") for name, label in LINKS["about"].items()]
    }
