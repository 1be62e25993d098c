"""Texts with citation codes, such as [G12], and their links to a page's sources."""

import re

from django import template
from django.template.defaultfilters import cut
from django.template.loader import render_to_string

from methods.publishing.freezing import CITATION

register = template.Library()
CODE = re.compile(CITATION.pattern.replace("(", "(?:"))


@register.filter
def cite(text, references):
    """Render a text with a mark of the best source behind each claim."""
    context = {"pieces": references.pieces(text)}
    # The template ends with its line; a sentence may go on.
    return cut(render_to_string("methods/cited.html", context), "\n")


@register.filter
def cite_sources(codes, references):
    """Render the mark of the best of some sources, nothing for general knowledge."""
    context = {"pieces": [("", references.mark(codes))]}
    return cut(render_to_string("methods/cited.html", context), "\n")


@register.filter
def uncited(text):
    """Return a text without its codes, for a place that has no list of sources."""
    # A pattern that begins with the space would try itself at each space of the text.
    *before, rest = CODE.split(str(text))
    return "".join(map(str.rstrip, before)) + rest
