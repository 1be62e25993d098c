"""`{% drawing %}`: one drawing of `methods.website.drawings`, from the one file of them all."""

from functools import lru_cache

from django import template
from django.utils.html import format_html
from django.utils.translation import get_language

from methods.templatetags.addresses import file
from methods.website.drawings import DRAWINGS

register = template.Library()

HIDDEN = (
    '<svg class="drawing tone-{tone}" viewBox="0 0 240 160" width="240" height="160"'
    ' fill="none" stroke="currentColor" aria-hidden="true">'
    '<use href="{sprite}#{code}"/></svg>'
)
NAMED = (
    '<svg class="drawing tone-{tone}" viewBox="0 0 240 160" width="240" height="160"'
    ' fill="none" stroke="currentColor" role="img" aria-labelledby="{id} {id}-shows">'
    '<title id="{id}">{title}</title><desc id="{id}-shows">{description}</desc>'
    '<use href="{sprite}#{code}"/></svg>'
)


@register.simple_tag(takes_context=True)
def drawing(context, code, decorative=False, tone=None):
    """Return a drawing as SVG, nothing for the empty code; KeyError for an unknown one.

    `decorative` where words beside it say the same; `tone`, a phototype from 1 to 6, for
    another skin than the drawing's own. Fill and stroke make it a drawing in black lines
    where the style sheet is missing.
    """
    if not code:
        return ""
    # The lowest layer is shared by all templates of one page, where an id stands once.
    page = context.render_context.dicts[0]
    if "drawings" not in page:
        page["drawings"] = {"sprite": file("clinic/drawings.svg"), "named": 0}
    page = page["drawings"]
    if decorative:
        return _svg(get_language(), page["sprite"], code, tone, None)
    page["named"] += 1
    return _svg(get_language(), page["sprite"], code, tone, page["named"])


@lru_cache(maxsize=1024)
def _svg(_language, sprite, code, tone, number):
    it = DRAWINGS[code]
    tone = tone or it.tone
    if number is None:
        return format_html(HIDDEN, tone=tone, sprite=sprite, code=code)
    return format_html(
        NAMED,
        tone=tone,
        sprite=sprite,
        code=code,
        title=it.title,
        description=it.description,
        id=f"drawing-{number}",
    )
