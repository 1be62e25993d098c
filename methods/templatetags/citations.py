"""Texts with citation codes, such as [G12], as HTML with links to a page's sources.

A page cites its sources some four hundred times. These filters write its lists in one
go: they escape each text, then put the links in, and vouch for the whole.
"""

import re
from functools import lru_cache
from html import escape

from django import template
from django.utils.safestring import SafeString
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from methods.protocol.vocabulary import Grade
from methods.publishing.freezing import CITATION

register = template.Library()
CODE = re.compile(CITATION.pattern.replace("(", "(?:"))
NO_BREAK_SPACE = "\N{NO-BREAK SPACE}"


def _cited(text, references):
    # A no-break space keeps a number with its claim. Escaping leaves codes as they are.
    return CITATION.sub(
        lambda code: references.link(code[1]),
        escape(text).replace(" [", f"{NO_BREAK_SPACE}["),
    )


def _links(codes, references):
    return NO_BREAK_SPACE.join(references.link(code) for code in codes)


@register.filter
def cite(text, references):
    """Turn a text's codes into numbered links; one that is no source stays as it is."""
    return SafeString(_cited(text, references))


@register.filter
def cited_items(texts, references):
    """Return texts as the items of a list, with their codes as numbered links."""
    # An item is one line: so the whole list is escaped, and its codes found, at once.
    cited = _cited("\n".join(texts), references).replace("\n", "</li>\n<li>")
    return SafeString(f"<li>{cited}</li>" if texts else "")


@lru_cache
def _words(_language):
    """Return what these lists say themselves, looked up once per language."""
    until, disagree = escape(_("Until %(until)s.")), escape(_("Sources disagree:"))
    kinds = {grade.value: escape(grade.label) for grade in Grade}
    return until, disagree, escape(_("no year given")), kinds


def _reason(row, references, disagree):
    reason = (
        f"{escape(row.for_patient)}{NO_BREAK_SPACE}{_links(row.sources, references)}"
    )
    if row.contested:
        reason += f"<br><small>{disagree} {_cited(row.contested, references)}</small>"
    return reason


@register.filter
def criteria_items(criteria, references):
    """Return what criteria tell a patient as the items of a list, with their sources."""
    until, disagree, *_others = _words(get_language())
    items = []
    for row in criteria:
        wait = until % {"until": _cited(row.until, references)} if row.until else ""
        wait = f"<strong>{wait}</strong> " if wait else ""
        items.append(f"<li>{wait}{_reason(row, references, disagree)}</li>")
    return SafeString("\n".join(items))


@register.filter
def use_items(uses, references):
    """Return [(words, address, [(line in words, indication)])] as the groups of a <dl>."""
    _until, disagree, *_others = _words(get_language())
    groups = []
    for title, address, rows in uses:
        title = escape(title)
        name = f'<a href="{escape(address)}">{title}</a>' if address else title
        reasons = "".join(
            f"<p><strong>{escape(line)}.</strong> {_reason(row, references, disagree)}</p>"
            for line, row in rows
        )
        groups.append(f"<div><dt>{name}</dt> <dd>{reasons}</dd></div>")
    return SafeString("\n".join(groups))


@register.filter
def fact_rows(facts):
    """Return [(label, value)] as the rows of a table."""
    return SafeString(
        "\n".join(
            f'<tr><th scope="row">{escape(label)}</th> <td>{escape(value)}</td></tr>'
            for label, value in facts
        )
    )


def _cell(texts, title):
    told = [escape(uncited(str(text))) for text in texts]
    if len(told) > 1:
        told = [f"<ul>{''.join(f'<li>{text}</li>' for text in told)}</ul>"]
    return f'<td><b class="of">{title}</b> {"".join(told) or "–"}</td>'


@register.filter
def compared_rows(rows, links):
    """Return [(row header, [texts of each treatment])] as the rows of a table.

    Each cell names its treatment: where the table is too narrow for columns, the style
    sheet shows the name and stacks the cells.
    """
    titles = [escape(each.title) for each in links]
    return SafeString(
        "\n".join(
            f'<tr><th scope="row">{escape(str(label))}</th> '
            + " ".join(map(_cell, cells, titles))
            + "</tr>"
            for label, cells in rows
        )
    )


@register.filter
def source_items(references):
    """Return the sources of a page as the items of its numbered list."""
    *_others, no_year, kinds = _words(get_language())
    items = []
    for number, source in enumerate(references, start=1):
        name = escape(source.title)
        if source.url:
            name = f'<a href="{escape(source.url)}">{name}</a>'
        year = escape(str(source.year)) if source.year else no_year
        # General knowledge has no title of its own that a reader could look up.
        is_general = source.code == Grade.GK.value
        kind = kinds[source.code if is_general else source.code[0]]
        said = "" if is_general else f"{name} ({year}). "
        items.append(f'<li id="source-{number}">{said}{kind}.</li>')
    return SafeString("\n".join(items))


@register.filter
def uncited(text):
    """Return a text without its codes, for a place that has no list of sources."""
    # A pattern that begins with the space would try itself at each space of the text.
    *told, rest = CODE.split(text)
    return "".join(map(str.rstrip, told)) + rest
