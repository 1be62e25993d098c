"""What stands on a public page for machines, and on paper for those who printed it."""

from functools import lru_cache

from django import template
from django.template.loader_tags import BLOCK_CONTEXT_KEY
from django.urls import reverse
from django.utils.html import conditional_escape
from django.utils.safestring import SafeString
from django.utils.translation import get_language, to_locale
from django.utils.translation import gettext as _

from methods.website import metadata as describe

register = template.Library()

PARENTS = {"detail": "list", "scar": "scars"}
ABOUT_THE_CLINIC = {"about", "contact"}
NOT_INDEXED = {"search"}


def _block(context, name):
    """Return what a block of the page says: titles are written once, in templates."""
    return context.render_context[BLOCK_CONTEXT_KEY].get_block(name).render(context)


def _page(context):
    """Return the name of the public page that is rendered, or None.

    A preview of a draft uses the same templates, but has no address to tell of.
    """
    match = getattr(context.get("request"), "resolver_match", None)
    return match.url_name if match and match.namespace == "methods" else None


def _modified(name, context):
    """Return when what a treatment's or scar type's page shows last changed, or None."""
    if name not in PARENTS:
        return None
    site, entry = context["edition"].site, context["entry"]
    changed_on = site.changed_on(name, entry.slug if name == "detail" else entry.code)
    return changed_on and changed_on.isoformat(timespec="seconds")


@lru_cache
def _path(name, *args):
    return reverse(f"methods:{name}", args=args)


def _card(name, entry):
    """Return the path of the picture that others show beside a link to a page."""
    if name == "detail":
        return _path("card", "treatments", entry.slug)
    if name == "scar":
        return _path("card", "scars", entry.code)
    return _path("card", "pages", name)


@lru_cache
def _names(_language):
    """Return what pages are called on the way to others, looked up once per language."""
    called = describe.PAGES | {"home": _("Home")}
    return {name: str(words) for name, words in called.items()}


def _language():
    return to_locale(get_language()).replace("_", "-")


def _description(name, context, *, root, url, card):
    """Return the `graph` of a page."""
    details, entry = context["edition"].site.clinic, context.get("entry")
    home = root + _path("home")
    if name == "home":
        return describe.graph(
            describe.website(details, home, search=root + _path("search")),
            describe.clinic(details, home),
        )
    names = _names(get_language())
    trail = [(names["home"], home)]
    if parent := PARENTS.get(name):
        trail.append((names[parent], root + _path(parent)))
    trail.append((entry.title if parent else names[name], url))
    page = None
    if parent:
        of_kind = describe.treatment if name == "detail" else describe.scar_type
        page = of_kind(
            entry,
            details,
            url=url,
            home=home,
            image=card,
            inLanguage=_language(),
            dateModified=_modified(name, context),
        )
    clinic = describe.clinic(details, home) if name in ABOUT_THE_CLINIC else None
    return describe.graph(page, clinic, describe.breadcrumbs(trail))


@register.filter
def properties(told):
    """Return {property: text} as elements, for those that have a text."""
    return SafeString(
        "\n".join(
            f'<meta property="{name}" content="{conditional_escape(text)}">'
            for name, text in told.items()
            if text
        )
    )


@register.inclusion_tag("methods/metadata.html", takes_context=True)
def metadata(context):
    """Tell search engines and those who share a link what the public page is."""
    name = _page(context)
    if name is None:
        return {}
    request, entry = context["request"], context.get("entry")
    root = describe.root(request)
    # Without the query: filters and what was searched for are views of one page.
    url, card = root + request.path, root + _card(name, entry)
    graph = _description(name, context, root=root, url=url, card=card)
    title = _block(context, "title") or _block(context, "full_title")
    return {
        "url": url,
        "is_indexed": name not in NOT_INDEXED,
        "feed": _path("changes"),
        "open_graph": {
            "og:title": title,
            "og:description": _block(context, "description"),
            "og:type": "article" if entry else "website",
            "og:url": url,
            "og:site_name": context["edition"].site.clinic.name,
            "og:locale": to_locale(get_language()),
            "og:image": card,
            "og:image:type": "image/png",
            "og:image:width": "1200",
            "og:image:height": "630",
            "og:image:alt": title,
            "article:modified_time": _modified(name, context),
        },
        "data": describe.data_block(graph),
    }


@lru_cache(maxsize=256)
def qr_code(text):
    """Return a QR code as SVG. It takes 6 ms, so each is made once."""
    import segno  # Only who renders a page needs it: the start need not wait.

    code = segno.make(text, error="l", micro=False)
    # Made of digits and letters of segno's own; none of `text` is in it.
    return SafeString(code.svg_inline(svgclass="qr", lineclass=None, omitsize=True))


@register.inclusion_tag("methods/leaflet_foot.html", takes_context=True)
def leaflet_foot(context):
    """End a printed page as a leaflet ends: who we are, how old it is, where it lives."""
    name = _page(context)
    if name is None:
        return {}
    request = context["request"]
    url = describe.root(request) + request.path
    return {
        "clinic": context["edition"].site.clinic,
        "entry": context.get("entry"),
        "is_treatment": name == "detail",
        "published_on": context.get("published_on"),
        "url": url,
        "qr": qr_code(url),
    }
