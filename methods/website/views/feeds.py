"""Sitemap, robots.txt, Atom feed of changes, and share pictures (Open Graph)."""

from uuid import NAMESPACE_URL, uuid5

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.feedgenerator import Atom1Feed
from django.utils.html import escape
from django.utils.translation import gettext as _

from methods.publishing import editions
from methods.website import drawings, share_pictures
from methods.website.metadata import PAGES, root

NOT_FOR_ROBOTS = ("/admin/", "/consultation/", "/plan/", "/search/")


def _on_share_picture(catalogue, kind, key):
    """Return (title, subtitle, drawing code) of a share picture; raises KeyError."""
    if kind == "treatments":
        method = {each.slug: each for each in catalogue.methods}[key]
        text = _("What it can do, what it cannot, and how we know.")
        return method.title, text, drawings.for_method(method)
    if kind == "scars":
        scar_type = {each.code: each for each in catalogue.scar_types}[key]
        text = _("What it looks like, what helps first, and what does not.")
        return scar_type.title, text, drawings.for_scar_type(key)
    if kind == "causes":
        cause = {each.code: each for each in catalogue.causes}[key]
        text = _("Which kind it may be, and what helps first.")
        return cause.title, text, drawings.known(cause.drawing)
    text = _("What each scar treatment can and cannot do.")
    return str({"pages": PAGES}[kind][key]), text, "mature_linear"


@editions.published(catalogue=True)
def share_picture(request, edition, kind, key):
    """Draw the share picture (Open Graph image) of a page as PNG."""
    try:
        title, text, drawing = _on_share_picture(edition.catalogue, kind, key)
    except KeyError:
        raise Http404 from None
    site_name = edition.site.clinic.name
    png = share_pictures.draw(
        title=title, text=text, site_name=site_name, drawing=drawing
    )
    return HttpResponse(png, content_type="image/png")


def _addresses(site):
    """Yield (path, time of last modification, None if unknown) for the sitemap."""
    for name in PAGES.keys() - {"search"}:
        yield reverse(f"methods:{name}"), site.changed_on(name)
    for slug, link in site.methods.items():
        path = reverse("methods:detail", args=[link.address])
        yield path, site.changed_on("detail", slug)
    for code in site.scar_types:
        yield reverse("methods:scar", args=[code]), site.changed_on("scar", code)
    for code in site.causes:
        yield reverse("methods:cause", args=[code]), site.changed_on("cause", code)


@editions.published()
def sitemap(request, edition):
    """List every public page, with the day on which it last changed."""
    site_root = root(request)
    pages = [
        (site_root + path, on and on.isoformat(timespec="seconds"))
        for path, on in _addresses(edition.site)
    ]
    context = {"pages": sorted(pages)}
    return render(
        request, "methods/sitemap.xml", context, content_type="application/xml"
    )


@editions.published()
def robots(request, edition):
    """Tell crawlers which paths to leave alone, and where the sitemap is."""
    lines = ["User-agent: *", *(f"Disallow: {path}" for path in NOT_FOR_ROBOTS), ""]
    lines += [f"Sitemap: {root(request)}{reverse('methods:sitemap')}", ""]
    return HttpResponse("\n".join(lines), content_type="text/plain; charset=utf-8")


FEED_LENGTH = 50


class ChangesFeed(Atom1Feed):
    """An Atom feed with an `updated` time even without entries."""

    def latest_post_date(self):
        return self.feed["updated"]


def _changed_page(change, site):
    """Return the title and path of a page that changed, or None if it is gone."""
    if change.kind == "method" and (method := site.methods.get(change.key)):
        return method.title, reverse("methods:detail", args=[method.address])
    if change.kind == "scar" and (title := site.scar_types.get(change.key)):
        return title, reverse("methods:scar", args=[change.key])
    if change.kind == "cause" and (title := site.causes.get(change.key)):
        return title, reverse("methods:cause", args=[change.key])
    return None


@editions.published()
def changes(request, edition):
    """Answer with an Atom feed of what was published again within a year, newest first."""
    site = edition.site
    shown = [
        (change, page)
        for change in site.changes
        if (page := _changed_page(change, site))
    ]
    site_root = root(request)
    feed = ChangesFeed(
        title=_("%(name)s: what changed") % {"name": site.clinic.name},
        link=site_root + reverse("methods:home"),
        feed_url=site_root + request.path,
        description=_("What our pages say anew, and why."),
        author_name=site.clinic.name,
        updated=shown[0][0].on if shown else site.changed_on("home") or timezone.now(),
    )
    for change, (title, path) in shown[:FEED_LENGTH]:
        # A page may move, and the host may change: what is the same stays the same.
        name = f"{change.kind}/{change.key}/{change.on.isoformat()}"
        feed.add_item(
            title=title,
            link=site_root + path,
            description=escape(change.note),  # Atom takes it for HTML.
            unique_id=uuid5(NAMESPACE_URL, name).urn,
            pubdate=change.on,
            updateddate=change.on,
        )
    return HttpResponse(feed.writeString("utf-8"), content_type=feed.content_type)
