"""The page for an outage: the database is away, or a disk is full or cannot be written.

It costs no query. What was typed stands on it, to copy and to send again.
"""

import errno
import re
import sys

from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.cache import add_never_cache_headers
from django.views.defaults import server_error

from methods.publishing import editions
from scarclinic.staff import proof

DISK = {errno.ENOSPC, errno.EROFS, errno.EDQUOT, errno.EIO, errno.ESTALE}
RETRY_AFTER = 30
"""Seconds."""
CODE = re.compile(r"[a-z0-9_.:-]*|\S{40,}")
"""What a form's own choices look like, and what it has signed: nobody typed that."""


def error(request: HttpRequest) -> HttpResponse:
    """Answer for an error: 503 if it will pass by itself, else the page of a 500."""
    if not _is_outage(sys.exc_info()[1]):
        return server_error(request)
    try:
        typed = proof.typed(request) if request.method == "POST" else []
        has_files = bool(request.FILES)
    except Exception:  # the request broke off, or is what failed
        typed, has_files = [], False
    response = render(
        request,
        "outage.html",
        {
            "typed": typed,
            "words": "\n\n".join(
                text for _name, text in typed if not CODE.fullmatch(text)
            ),
            "has_files": has_files,
            "action": request.get_full_path(),
            "clinic": editions.last_clinic(),
        },
        status=503,
    )
    response["Retry-After"] = str(RETRY_AFTER)
    add_never_cache_headers(response)
    return response


def _is_outage(found: BaseException | None) -> bool:
    if isinstance(found, OSError):
        return found.errno in DISK
    return isinstance(found, OperationalError | InterfaceError)
