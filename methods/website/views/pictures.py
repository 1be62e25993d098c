"""The files of pictures."""

from django.core.files.storage import default_storage
from django.http import Http404, HttpResponse
from django.utils import timezone
from django.utils.cache import get_conditional_response
from django.utils.http import quote_etag
from django.views.decorators.http import require_safe

from methods.pictures import keeping
from methods.publishing import editions


def picture_response(name):
    """Answer with a file of a picture; raises Http404 if the storage has none."""
    try:
        with default_storage.open(keeping.path_of(name)) as file:
            body = file.read()
    except FileNotFoundError:
        raise Http404 from None
    _name, _, kind = name.rpartition(".")
    return HttpResponse(body, content_type=f"image/{kind}")


@require_safe
def picture(request, name):
    """Send a file of a picture, as long as a page shows it. One query."""
    if not editions.current().site.shows(name, timezone.now()):
        raise Http404
    # A file never changes under its name.
    unchanged = get_conditional_response(request, etag=quote_etag(name))
    response = unchanged or picture_response(name)
    # A browser asks before each use, so that after a withdrawal it shows nothing either;
    # no proxy keeps a copy, no search engine an entry, and no other site embeds it.
    response["Cache-Control"] = "private, no-cache"
    response["ETag"] = quote_etag(name)
    response["X-Robots-Tag"] = "noindex"
    response["Cross-Origin-Resource-Policy"] = "same-origin"
    return response
