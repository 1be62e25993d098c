"""`{% addresses %}`: where the site's own pages are."""

from functools import lru_cache

from django import template
from django.urls import get_script_prefix, reverse

register = template.Library()

NAMES = ("list", "compare", "scars", "search", "about", "how-we-review")
NAMES += ("privacy", "accessibility", "contact")


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
