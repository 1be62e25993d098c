"""Where the site's own pages and files are, and the links at the head and foot of each page."""

from functools import lru_cache

from django import template
from django.core.files.storage import storages
from django.urls import get_script_prefix, reverse
from django.utils.html import format_html, format_html_join
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

register = template.Library()

NAMES = ("list", "compare", "scars", "search", "about", "how-we-review")
NAMES += ("privacy", "accessibility", "contact")
LINKS = {
    "main": {
        "list": _("Treatments"),
        "scars": _("Scar types"),
        "search": _("Search"),
        "start": _("Start a consultation"),
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


@lru_cache
def _below(_prefix):
    pages = {name.replace("-", "_"): reverse(f"methods:{name}") for name in NAMES}
    return pages | {"start": reverse("consultations:start")}


@register.simple_tag
def addresses():
    """Return {page: address}, looked up once: every page links to most of them.

    A treatment's page lies below `list`, a scar type's below `scars`.
    """
    return _below(get_script_prefix())


@lru_cache
def _items(_language, prefix, place, here=None, how=""):
    pages = _below(prefix)
    current = format_html(' aria-current="{}"', how)
    return format_html_join(
        "\n",
        '<li><a href="{}"{}>{}</a></li>',
        (
            (pages[name], current if name == here else "", words)
            for name, words in LINKS[place].items()
        ),
    )


@register.simple_tag(takes_context=True)
def main_links(context):
    """Return the links at the head of a page; the one that leads here is marked."""
    path = getattr(context.get("request"), "path", "")
    prefix = get_script_prefix()
    pages = _below(prefix)
    here = next((name for name in LINKS["main"] if path.startswith(pages[name])), None)
    how = "page" if path == pages.get(here) else "true"
    return _items(get_language(), prefix, "main", here, how)


@register.simple_tag
def about_links():
    """Return the links at the foot of a page."""
    return _items(get_language(), get_script_prefix(), "about")


@lru_cache
def _file(storage, path):
    return storage.url(path)


@register.simple_tag
def file(path):
    """Return the address of a static file, looked up once, as `{% static %}` would."""
    return _file(storages["staticfiles"], path)
