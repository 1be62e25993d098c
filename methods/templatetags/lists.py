"""The items of the long lists, written in one go: each text escaped, the whole vouched for.

Thirty treatments in a template's loop take four times as long as all else of the page.
"""

from functools import lru_cache
from html import escape

from django import template
from django.utils.safestring import SafeString
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from methods.models import KEY_FACTS
from methods.templatetags.citations import uncited
from methods.templatetags.drawings import drawing
from methods.website import filters

register = template.Library()


@lru_cache(maxsize=256)
def _picture(_language, code):
    return drawing(template.Context(), code, decorative=True)


def _link(method, to):
    return f'<a href="{to["list"]}{method.address}/">{escape(method.title)}</a>'


def _links(methods, to):
    return "; ".join(_link(each, to) for each in methods)


@lru_cache
def _words(_language):
    """Return what these lists say themselves, escaped, looked up once per language."""
    offered = {
        each.name: (escape(str(each.label)), _options(each.choices))
        for each in filters.filters({})
    }
    shown = ("sessions", "days_off", "pain")
    labels = [(name, escape(str(KEY_FACTS[name]))) for name in shown]
    return offered, labels, escape(_("Compare"))


def _options(choices):
    """Return [(value, its option up to where `selected` may stand, the rest)]."""
    return [
        (value, f'<option value="{escape(value)}"', f">{escape(str(words))}</option>")
        for value, words in choices.items()
    ]


def _written(options, chosen):
    return "".join(
        f"{option} selected{rest}" if value == chosen else option + rest
        for value, option, rest in options
    )


@register.filter
def options(choices, chosen):
    """Return {value: words} as the options of a choice."""
    return SafeString(_written(_options(choices), chosen))


@register.filter
def filter_fields(chosen):
    """Return [(filter, chosen value)] as choices, each with its label."""
    offered, *_others = _words(get_language())
    anything = escape(_("Any"))
    fields = []
    for each, value in chosen:
        label, options = offered[each.name]
        # The scar types are the edition's own.
        options = options or _options(each.choices)
        fields.append(
            f'<div>\n<label for="{each.name}">{label}</label>\n'
            f'<select id="{each.name}" name="{each.name}">\n'
            f'<option value="">{anything}</option>\n{_written(options, value)}\n'
            "</select>\n</div>"
        )
    return SafeString("\n".join(fields))


def method_items(shown, to):
    """Return [(card, drawing, line in words or None, what is not known)] as items."""
    language = get_language()
    _offered, labels, compare = _words(language)
    items = []
    for card, code, line, unknown in shown:
        title = escape(card.title)
        tags = f'<p><span class="tag">{escape(str(line))}</span></p>' if line else ""
        for each in unknown:
            tags += (
                f'<p><span class="tag tag--contested">{escape(str(each))}</span></p>'
            )
        told = "".join(
            f"<div><dt>{label}</dt> <dd>{escape(card.key_facts[name])}</dd></div>"
            for name, label in labels
        )
        items.append(
            f"<li>{_picture(language, code)}<h3>{_link(card, to)}</h3>{tags}"
            f"<p>{escape(uncited(card.summary))}</p>"
            f'<dl class="meta">{told}</dl>'
            f'<label class="tick no-print"><input type="checkbox" name="treatment"'
            f' value="{escape(card.slug)}"> {compare}'
            f'<span class="visually-hidden">: {title}</span></label></li>'
        )
    return SafeString("\n".join(items))


@register.filter
def method_groups(groups, to):
    """Return [(name, what `method_items` takes)] as headings, each with its list."""
    return SafeString(
        "\n".join(
            f'<h2>{escape(name)}</h2>\n<ul class="method-list">\n'
            f"{method_items(shown, to)}\n</ul>"
            for name, shown in groups
        )
    )


def _scar_link(scar_type, to):
    return f'<a href="{to["scars"]}{scar_type.code}/">{escape(scar_type.title)}</a>'


@register.filter
def scar_type_items(scar_types, to):
    """Return [(card, drawing)] as items with what each scar type is."""
    language = get_language()
    return SafeString(
        "\n".join(
            f"<li>{_picture(language, code)}<h2>{_scar_link(card, to)}</h2>"
            f"<p>{escape(uncited(card.summary))}</p></li>"
            for card, code in scar_types
        )
    )


@register.filter
def first_choice_items(scar_types, to):
    """Return [(card, drawing, the methods tried first)] as items."""
    language, first = get_language(), escape(_("Often tried first:"))
    some = escape(_("(for some)"))

    def links(code, methods):
        return "; ".join(
            f"{_link(each, to)} {some}" if code in each.for_some else _link(each, to)
            for each in methods
        )

    return SafeString(
        "\n".join(
            f"<li>{_picture(language, code)}<h3>{_scar_link(card, to)}</h3>"
            + (
                f'<p class="meta">{first} {links(card.code, methods)}</p>'
                if methods
                else ""
            )
            + "</li>"
            for card, code, methods in scar_types
        )
    )


@register.simple_tag
def related_items(methods, entry, to):
    """Return methods as items, each with the way to compare it with a treatment."""
    compare = escape(_("Compare"))
    query = f"{to['compare']}?treatment={escape(entry.slug)}&amp;treatment="
    return SafeString(
        "\n".join(
            f'<li>{_link(each, to)} <a class="meta" href="{query}{escape(each.slug)}">'
            f'{compare}<span class="visually-hidden">: {escape(each.title)}</span></a></li>'
            for each in methods
        )
    )


@register.filter
def help_items(methods, to):
    """Return [(card, its indications)] as items: what each does for a scar type."""
    return SafeString(
        "\n".join(
            f"<li><h3>{_link(card, to)}</h3>"
            + "".join(f"<p>{escape(row.for_patient)}</p>" for row in indications)
            + "</li>"
            for card, indications in methods
        )
    )


@register.filter
def against_items(reasons, to):
    """Return {reason: the methods that it holds for} as items."""
    return SafeString(
        "\n".join(
            f"<li>{_links(methods, to)}: {escape(reason)}</li>"
            for reason, methods in reasons.items()
        )
    )
