"""Citation codes in texts, such as [G12], as links to the sources of a page."""

import re

from django import template
from django.utils.html import format_html, format_html_join
from django.utils.translation import gettext as _

from methods.publishing import CITATION

register = template.Library()
SPACED_CITATION = re.compile(rf"\s*{CITATION.pattern}")


def _link(code, references):
    number = references.number(code)
    if number is None:
        return f"[{code}]"
    return format_html(
        '<a class="cite" href="#source-{0}" aria-label="{1}">[{0}]</a>',
        number,
        _("Source %(number)d") % {"number": number},
    )


@register.filter
def cite(text, references):
    """Turn a text's codes into numbered links; one that is no source stays as it is."""
    # A no-break space keeps a number with its claim. Splitting on a pattern with one
    # group puts what the group matched at the odd places.
    parts = CITATION.split(text.replace(" [", "\N{NO-BREAK SPACE}["))
    parts[1::2] = [_link(code, references) for code in parts[1::2]]
    return format_html_join("", "{}", ([part] for part in parts))


@register.filter
def cited_items(texts, references):
    """Return texts as the items of a list, with their codes as numbered links."""
    return format_html_join("\n", "<li>{}</li>", ([cite(t, references)] for t in texts))


@register.filter
def cite_codes(codes, references):
    """Return the numbered links of bare codes."""
    return format_html_join(
        "\N{NO-BREAK SPACE}", "{}", ([_link(code, references)] for code in codes)
    )


@register.filter
def uncited(text):
    """Return a text without its codes, for a place that has no list of sources."""
    return SPACED_CITATION.sub("", text)
