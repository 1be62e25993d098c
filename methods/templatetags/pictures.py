"""Photos of people, and pairs of them. None is shown once its consent is over."""

from django import template
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html

register = template.Library()


@register.simple_tag
def picture(picture, sizes, eager=False):
    """Return a photo as HTML, or "" if there is none to show.

    `sizes` says how wide it is on the page, as the attribute does. `eager` is for one
    that stands where the page opens.
    """
    if not picture or not picture.is_shown(timezone.now()):
        return ""
    # One list for all widths, although its files may be of two formats: a browser takes
    # the first list whose type it knows, and each that knows AVIF knows WebP.
    formats = {each.format for each in picture.renditions}
    newest = next(each for each in ("avif", "webp", "jpeg") if each in formats)
    fallback = picture.fallback
    address = reverse("methods:picture", args=[fallback.name])
    # Asked once: a page of two pairs has twenty files.
    folder = address.removesuffix(fallback.name)
    srcset = ", ".join(
        f"{folder}{each.name} {each.width}w" for each in picture.renditions
    )
    return format_html(
        '<picture><source type="image/{}" srcset="{}" sizes="{}">'
        '<img src="{}" alt="{}" width="{}" height="{}" {}="{}" decoding="async">'
        "</picture>",
        newest,
        srcset,
        sizes,
        address,
        picture.alt,
        fallback.width,
        fallback.height,
        *(("fetchpriority", "high") if eager else ("loading", "lazy")),
    )


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
