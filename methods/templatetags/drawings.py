"""`{% drawing %}`: one drawing of `methods.website.drawings`, from the one file of them all."""

from django import template
from django.templatetags.static import static

from methods.website.drawings import DRAWINGS

register = template.Library()


@register.inclusion_tag("methods/drawing.html", takes_context=True)
def drawing(context, code, decorative=False, tone=None):
    """Render a drawing as SVG, nothing for the empty code; KeyError for an unknown one.

    `decorative` where words beside it say the same; `tone`, a phototype from 1 to 6, for
    another skin than the drawing's own. Fill and stroke make it a drawing in black lines
    where the style sheet is missing.
    """
    if not code:
        return {}
    it = DRAWINGS[code]
    drawing = {
        "code": code,
        "tone": tone or it.tone,
        "sprite": static("clinic/drawings.svg"),
    }
    if decorative:
        return drawing
    # The lowest layer is shared by all templates of one page, where an id stands once.
    page = context.render_context.dicts[0]
    number = page["drawings"] = page.get("drawings", 0) + 1
    return drawing | {
        "id": f"drawing-{number}",
        "title": it.title,
        "description": it.description,
    }
