"""Texts with citation codes, such as [G12], and their links to a page's sources."""

import re

from django import template
from django.template.defaultfilters import cut
from django.template.loader import render_to_string

from methods.publishing.freezing import CITATION
from methods.website.references import NO_BREAK_SPACE

register = template.Library()
CODE = re.compile(CITATION.pattern.replace("(", "(?:"))


@register.filter
def cite(text, references):
    """Render a text with its codes as numbered links; one that is no source stays."""
    context = {"pieces": references.pieces(text)}
    # The template ends with its line; a sentence may go on.
    return cut(render_to_string("methods/cited.html", context), "\n")


@register.filter
def cite_sources(codes, references):
    """Render the codes of sources as numbered links."""
    return cite(NO_BREAK_SPACE.join(f"[{code}]" for code in codes), references)


@register.filter
def uncited(text):
    """Return a text without its codes, for a place that has no list of sources."""
    # A pattern that begins with the space would try itself at each space of the text.
    *before, rest = CODE.split(str(text))
    return "".join(map(str.rstrip, before)) + rest
