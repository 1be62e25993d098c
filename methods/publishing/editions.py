"""The edition: all that public pages share, compiled into one row and read with one query.

Whatever changes what the public sees calls `renew` in its own transaction. A page reads
the edition and at most its own frozen revisions, and writes nothing; the page cache in
front of Django (`scarclinic.page_cache`) hears of a new edition by `edition_watch`.
"""

import hashlib
import json
import re
from collections.abc import Callable, Iterable
from datetime import datetime
from functools import lru_cache, wraps
from typing import Any

from django.core.serializers.json import DjangoJSONEncoder
from django.db import transaction
from django.http import HttpResponse
from django.utils import timezone
from django.views.decorators.http import require_safe

from methods.models import Edition
from methods.publishing import edition_watch, public_site
from methods.publishing.compiling import SHAPE, compiled

View = Callable[..., Any]
# Templates are indented for who reads them; sent, that is 2 % of a long page.
INDENTATION = re.compile(rb"\n\s+")


# Compile


def _serialised(before: Edition) -> tuple[str, ...]:
    """Return the two parts of an edition as JSON, given the one before."""
    return tuple(
        json.dumps(part, cls=DjangoJSONEncoder, ensure_ascii=False)
        for part in compiled(before)
    )


def lock() -> Edition:
    """Make whoever publishes wait for whoever does so at the same time; return the row.

    Call it in a transaction.
    """
    Edition.objects.get_or_create(pk=Edition.ONLY)
    return Edition.objects.select_for_update().get(pk=Edition.ONLY)


@transaction.atomic
def renew() -> None:
    """Recompile the edition. Call it wherever something public has changed.

    Two who publish at once take turns here, so that the later edition holds both.
    """
    edition = lock()
    site, catalogue = _serialised(edition)
    digest = f"{SHAPE}-{hashlib.sha256((site + catalogue).encode()).hexdigest()}"[:64]
    if digest != edition.digest:
        Edition.objects.filter(pk=edition.pk).update(
            digest=digest, site=site, catalogue=catalogue
        )
        edition_watch.announce(digest)


# Read


@lru_cache(maxsize=2)
def _site(text: str) -> public_site.Site:
    return public_site.parse_site(json.loads(text))


@lru_cache(maxsize=2)
def _catalogue(text: str) -> public_site.Catalogue:
    return public_site.parse_catalogue(json.loads(text))


@lru_cache(maxsize=1)
def _recompiled(digest: str) -> tuple[str, ...]:
    """Return the edition compiled in memory, where the row has another `SHAPE`; cached."""
    return _serialised(Edition.objects.get(pk=Edition.ONLY))


_last: public_site.Site | None = None


def last_clinic() -> Any:
    """Return the clinic as this process read it last, without a query; None at first."""
    return _last.clinic if _last else None


def current(*, catalogue: bool = False) -> public_site.Edition:
    """Return the `public_site.Edition` that is out, with its catalogue if asked for.

    One query, as long as the row has our `SHAPE`.
    """
    columns = ["digest", "site", *(["catalogue"] if catalogue else [])]
    row = next(iter(Edition.objects.values_list(*columns)), None)
    if row is None:
        row = ("", *_serialised(Edition()))
    elif not row[0].startswith(f"{SHAPE}-"):
        row = (row[0], *_recompiled(row[0]))
    global _last
    _last = _site(row[1])
    return public_site.Edition(
        digest=row[0],
        site=_last,
        catalogue=_catalogue(row[2]) if catalogue else None,
    )


def soonest(*times: datetime | None) -> datetime | None:
    """Return the first of some times, each of which may be None; None if all are."""
    return min((each for each in times if each), default=None)


def published(
    *, catalogue: bool = False, params: Iterable[str] = ()
) -> Callable[[View], View]:
    """Decorate a public view: pass it the edition, and let the page cache store its response.

    `params` are the names of the query parameters that the view reads. A view whose page changes at a time
    of its own sets `keep_until` on its response.
    """

    def decorate(view: View) -> View:
        @require_safe
        @wraps(view)
        def page(request: Any, **kwargs: Any) -> HttpResponse:
            # Asked first: what begins while the view runs is to come, and not past.
            now = timezone.now()
            request.edition = edition = current(catalogue=catalogue)
            response = view(request, edition, **kwargs)
            if response.status_code == 200:
                if response["Content-Type"].startswith("text/html"):
                    response.content = INDENTATION.sub(b"\n", response.content)
                response.edition = edition.digest
                response.params = params
                response.keep_until = soonest(
                    getattr(response, "keep_until", None),
                    edition.site.next_change(now),
                )
            return response

        return page

    return decorate
