"""Photos of people, and pairs of them. None is shown once its consent is over."""

from django import template
from django.urls import reverse
from django.utils import timezone

register = template.Library()


@register.inclusion_tag("methods/picture.html")
def picture(picture, sizes, eager=False):
    """Render a photo, nothing if there is none to show.

    `sizes` says how wide it is on the page, as the attribute does. `eager` is for one
    that stands where the page opens.
    """
    if not picture or not picture.is_shown(timezone.now()):
        return {}
    # One list for all widths, although its files may be of two formats: a browser takes
    # the first list whose type it knows, and each that knows AVIF knows WebP.
    formats = {each.format for each in picture.renditions}
    fallback = picture.fallback
    return {
        "format": next(each for each in ("avif", "webp", "jpeg") if each in formats),
        "srcset": ", ".join(
            f"{reverse('methods:picture', args=[each.name])} {each.width}w"
            for each in picture.renditions
        ),
        "sizes": sizes,
        "address": reverse("methods:picture", args=[fallback.name]),
        "alt": picture.alt,
        "width": fallback.width,
        "height": fallback.height,
        "eager": eager,
    }


@register.inclusion_tag("methods/pairs.html", takes_context=True)
def before_and_after(context, *, method="", scar_type=""):
    """Show the pairs of a method (by slug) or of a scar type (by code), if there are any."""
    site = context["edition"].site
    pairs = site.pairs_at(timezone.now(), method=method, scar_type=scar_type)
    return {
        "rows": [
            (
                pair,
                # What the page is about itself need not be named.
                None if method else site.methods.get(pair.method),
                None if scar_type else site.scar_types.get(pair.scar_type),
            )
            for pair in pairs
        ]
    }
