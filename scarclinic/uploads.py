"""A limit to what anybody may upload, checked before anything of it is read."""

from time import monotonic

from django.conf import settings
from django.http import HttpResponse
from django.template.loader import render_to_string

LARGEST_REQUEST = settings.FILE_UPLOAD_MAX_MEMORY_SIZE
"""In bytes, all of it kept in memory. A form that takes files has a lower limit, and explains it."""
LARGEST_LEFT_UNREAD = 200 * 2**20
PATIENCE = 10
"""Seconds."""
PIECE = 2**20


class TooLarge(HttpResponse):
    """The answer to a request of which nothing has been read.

    Once it is sent, what the browser still sends is read and forgotten. A browser reads
    no answer before it has sent all; if we hung up meanwhile, it would show none.
    """

    status_code = 413

    def __init__(self, request):
        words = render_to_string("413.html", {"back": request.path}, request)
        super().__init__(words)
        self._request = request

    def close(self):
        self._forget_the_rest()
        super().close()

    def _forget_the_rest(self):
        until, left = monotonic() + PATIENCE, LARGEST_LEFT_UNREAD
        try:
            while left > 0 and monotonic() < until:
                piece = self._request.read(PIECE)
                if not piece:
                    return
                left -= len(piece)
        except OSError:
            # The browser has hung up itself.
            return


def limit(get_response):
    """Refuse a request that is too large, in words, whatever it is for.

    `DATA_UPLOAD_MAX_MEMORY_SIZE` counts no files.
    """

    def refuse_or_ask(request):
        # Without a length, or with one that is no number, Django reads nothing.
        length = request.META.get("CONTENT_LENGTH") or ""
        if length.isdecimal() and int(length) > LARGEST_REQUEST:
            return TooLarge(request)
        return get_response(request)

    return refuse_or_ask
