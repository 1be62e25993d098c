"""Open Graph and structured data of a public page, and the foot of a printed one."""

from django import template
from django.template.loader_tags import BLOCK_CONTEXT_KEY
from django.urls import reverse
from django.utils.translation import get_language, to_locale
from django.utils.translation import gettext as _

from methods.website import metadata as describe

register = template.Library()

PARENTS = {"detail": "list", "scar": "scars", "cause": "scars"}
OF_KIND = {
    "detail": describe.treatment,
    "scar": describe.scar_type,
    "cause": describe.cause,
}
ABOUT_THE_CLINIC = {"about", "contact", "prices"}
NOT_INDEXED = {"search"}
QUIET = 4
"""The empty border of a QR code, in modules."""


def _block(context, name):
    """Render a block of the page: titles are written once, in templates."""
    return context.render_context[BLOCK_CONTEXT_KEY].get_block(name).render(context)


def _page(context):
    """Return the name of the public page that is rendered, or None.

    A preview of a draft uses the same templates, but has no public address.
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


def _path(name, *args):
    return reverse(f"methods:{name}", args=args)


def _share_picture(name, entry):
    """Return the path of a page's share picture."""
    if name == "detail":
        return _path("share-picture", "treatments", entry.slug)
    if name == "scar":
        return _path("share-picture", "scars", entry.code)
    if name == "cause":
        return _path("share-picture", "causes", entry.code)
    return _path("share-picture", "pages", name)


def _language():
    return to_locale(get_language()).replace("_", "-")


def _description(name, context, *, root, url, image):
    """Return the `graph` of a page."""
    details, entry = context["edition"].site.clinic, context.get("entry")
    home = root + _path("home")
    if name == "home":
        return describe.graph(
            describe.website(details, home, search=root + _path("search")),
            describe.clinic(details, home),
        )
    names = describe.PAGES | {"home": _("Home")}
    trail = [(names["home"], home)]
    if parent := PARENTS.get(name):
        trail.append((names[parent], root + _path(parent)))
    trail.append((entry.title if parent else names[name], url))
    page = None
    if parent:
        of_kind = OF_KIND[name]
        page = of_kind(
            entry,
            details,
            url=url,
            home=home,
            image=image,
            inLanguage=_language(),
            dateModified=_modified(name, context),
        )
    clinic = None
    if name in ABOUT_THE_CLINIC:
        clinic = describe.clinic(details, home, priced=context.get("priced", ()))
    return describe.graph(page, clinic, describe.breadcrumbs(trail))


@register.inclusion_tag("methods/metadata.html", takes_context=True)
def metadata(context):
    """Tell search engines and those who share a link what the public page is."""
    name = _page(context)
    if name is None:
        return {}
    request, entry = context["request"], context.get("entry")
    root = describe.root(request)
    # Without the query: filters and what was searched for are views of one page.
    url, image = root + request.path, root + _share_picture(name, entry)
    graph = _description(name, context, root=root, url=url, image=image)
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
            "og:image": image,
            "og:image:type": "image/png",
            "og:image:width": "1200",
            "og:image:height": "630",
            "og:image:alt": title,
            "article:modified_time": _modified(name, context),
        },
        "data": describe.data_block(graph),
    }


def qr_code(text):
    """Return the width of a QR code in modules, and the path that draws it as SVG."""
    import segno  # Only who renders a page needs it: the start need not wait.
    from segno.utils import matrix_to_lines

    code = segno.make(text, error="l", micro=False)
    path, at_x, at_y = "", 0, 0
    for (x, y), (end, _y) in matrix_to_lines(code.matrix, QUIET, QUIET + 0.5):
        path += f"m{x - at_x:g} {y - at_y:g}h{end - x:g}"
        at_x, at_y = end, y
    return code.symbol_size(border=QUIET)[0], path


@register.inclusion_tag("methods/leaflet_foot.html", takes_context=True)
def leaflet_foot(context):
    """End a printed page as a leaflet ends: who we are, how old it is, where it lives."""
    name = _page(context)
    if name is None:
        return {}
    request = context["request"]
    url = describe.root(request) + request.path
    size, path = qr_code(url)
    return {
        "clinic": context["edition"].site.clinic,
        "entry": context.get("entry"),
        "is_treatment": name == "detail",
        "published_on": context.get("published_on"),
        "url": url,
        "qr_size": size,
        "qr_path": path,
    }
