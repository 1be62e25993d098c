"""`{% translate %}` for pages that say a hundred fixed phrases: each is looked up once.

`{% load i18n phrases %}` puts it in place of Django's own, which takes longer over a
phrase than the rest of such a page over its texts. It means the same. So does `day` for
`date:"j F Y"`; `clock` is `time`, on one line.
"""

from datetime import datetime
from functools import lru_cache

from django import template
from django.templatetags import i18n
from django.utils.dateformat import format
from django.utils.formats import time_format
from django.utils.translation import get_language

register = template.Library()


class Phrase(template.Node):
    """A translated literal, kept per language."""

    def __init__(self, node):
        self.node = node
        self.known = {}

    def render(self, context):
        # The base template has asked for the language already.
        language = context.get("LANGUAGE_CODE") or get_language()
        if language not in self.known:
            self.known[language] = self.node.render(context)
        return self.known[language]


@register.tag
def translate(parser, token):
    """Translate as Django does; keep what is the same on every page."""
    node = i18n.do_translate(parser, token)
    is_fixed = isinstance(node.filter_expression.var.literal, str) and not (
        node.filter_expression.filters or node.asvar or node.message_context
    )
    return Phrase(node) if is_fixed else node


@lru_cache(maxsize=1024)
def _in_words(_language, day):
    return format(day, "j F Y")


@register.filter(expects_localtime=True)
def day(moment):
    """Return the day of a date or a time in words, "" for none."""
    if isinstance(moment, datetime):
        moment = moment.date()
    return _in_words(get_language(), moment) if moment else ""


@register.filter
def clock(time):
    """Return a time of day in words that no line end parts, such as 9 from a.m."""
    return time_format(time).replace(" ", "\N{NO-BREAK SPACE}")
