"""Key facts of a treatment in a sentence: "2 to 3" alone says nothing beside a price."""

import re

from django import template
from django.utils.translation import gettext as _

register = template.Library()

COUNTED = re.compile(r"\d\D*\d+$|\d+$|\d+ or more$")
"""Words that a unit may follow: "2 to 3", "7 or more"; not "1 lesson"."""


@register.filter
def sessions(words: str) -> str:
    """Return how many sessions, with what is counted: "3 to 6 sessions"."""
    if words == "1":
        return _("1 session")
    if COUNTED.search(words):
        return _("%(number)s sessions") % {"number": words}
    return words


@register.filter
def pain(words: str) -> str:
    """Return how much it hurts, with what is meant: "pain: low"."""
    return _("pain: %(words)s") % {"words": words[:1].lower() + words[1:]}


@register.filter
def days_off(words: str) -> str:
    """Return how many days off, with what is counted: "3 days off"."""
    if words == "1":
        return _("1 day off")
    if COUNTED.search(words):
        return _("%(number)s days off") % {"number": words}
    return _("days off: %(words)s") % {"words": words[:1].lower() + words[1:]}
