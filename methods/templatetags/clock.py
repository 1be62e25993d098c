"""Times of day."""

from datetime import time

from django import template
from django.utils.formats import time_format

register = template.Library()


@register.filter
def clock(value: time) -> str:
    """Return a time of day with no-break spaces, so that no line ends inside it."""
    return time_format(value).replace(" ", "\N{NO-BREAK SPACE}")
