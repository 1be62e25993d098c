"""Middleware that cleans what a request says, before any form or filter reads it."""

from django.http import QueryDict

from scarclinic.staff.text.cleaning import clean_text


def _cleaned(data):
    """Return a `QueryDict` of clean texts; a password stays as it was typed."""
    clean = QueryDict(mutable=True)
    for name, texts in data.lists():
        is_secret = "password" in name
        clean.setlist(
            clean_text(name), texts if is_secret else [clean_text(t) for t in texts]
        )
    clean._mutable = False
    return clean


def clean_input(get_response):
    """Clean the texts of GET, POST and cookies; files and passwords pass untouched.

    POST is cleaned when it is read, so no body is read that no view asks for.
    """

    def middleware(request):
        # A client may claim any codec of Python's, also one that makes no text.
        request.encoding = "utf-8"
        request.GET = _cleaned(request.GET)
        request.COOKIES = {k: clean_text(v) for k, v in request.COOKIES.items()}
        load = request._load_post_and_files

        def load_clean():
            load()
            request._post = _cleaned(request._post)

        request._load_post_and_files = load_clean
        return get_response(request)

    return middleware
