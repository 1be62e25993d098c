"""Published pages as bytes, kept in front of Django: a page is rendered once per edition.

A response that carries an `edition` (see `methods.publishing.editions.published`) says that its
page is the same for everybody. Such a page is rendered for a request that holds nothing
of whoever asked, no cookie and no parameter that the page does not read. From then on it
is answered out of memory, before sessions, authentication and the database. All else
passes through untouched.
"""

import gzip
import hashlib
import logging
import os
from functools import lru_cache
from math import inf
from threading import Lock, Thread
from time import monotonic, time
from typing import NamedTuple
from urllib.parse import parse_qsl, urlencode

import brotli
from django.conf import settings
from django.db import Error, connections
from django.utils.cache import patch_vary_headers
from django.utils.http import parse_etags

logger = logging.getLogger("django.scarclinic")

# In bytes, for one process. Variants, a page with a query, are counted apart, so that no
# flood of made-up queries pushes out the pages themselves.
PAGES_LIMIT = 12 * 2**20
VARIANTS_LIMIT = 4 * 2**20
ADDRESSES_LIMIT = 4096
OVERHEAD = 4096
"""What a page takes beside its bodies, rounded up."""

ASK_AGAIN_AFTER = 60
"""Seconds between two questions to the database, whether the edition is still out."""
PATIENCE = 1
"""Seconds that a page waits for the answer."""

# The first to ask waits for it: 1 ms for 37 kB. Brotli at its highest saves 12 % more,
# and takes 70.
ENCODERS = {
    "br": lambda body: brotli.compress(body, mode=brotli.MODE_TEXT, quality=5),
    "gzip": lambda body: gzip.compress(body, compresslevel=6, mtime=0),
    "identity": lambda body: body,
}
"""What we can answer with, the smallest first."""


# What a client asks for


def _weight(text):
    """Return a q-value; what is none says "not accepted"."""
    try:
        weight = float(text)
    except ValueError:
        return 0
    return weight if 0 <= weight <= 1 else 0


@lru_cache(maxsize=256)
def encoding_for(accepted):
    """Return the encoding to answer with, for the text of an Accept-Encoding header.

    Who accepts none of ours gets "identity", as RFC 9110 leaves open.
    """
    weights = {}
    for part in accepted.lower().split(","):
        name, _, parameter = part.partition(";")
        key, _, value = parameter.partition("=")
        weights[name.strip()] = _weight(value) if key.strip() == "q" else 1
    others = weights.get("*", 0)
    # Unless it is refused, identity is accepted without being named, as the last choice.
    unnamed = {"identity": weights.get("*", 1e-9)}
    weights = {name: weights.get(name, unnamed.get(name, others)) for name in ENCODERS}
    best = max(weights, key=weights.get)
    return best if weights[best] else "identity"


def _names(header, etag):
    """Return whether an If-None-Match names an ETag, which a proxy may have weakened."""
    return any(held in ("*", etag, f"W/{etag}") for held in parse_etags(header))


def _declared(query, params):
    """Return those parameters of a query that a page reads, by name, as a query.

    Raises `ValueError` if there are more than Django reads.
    """
    if not query or not params:
        return ""
    # WSGI hands over bytes as Latin-1: so they come out as they went in.
    pairs = parse_qsl(
        query,
        keep_blank_values=True,
        encoding="latin-1",
        max_num_fields=settings.DATA_UPLOAD_MAX_NUMBER_FIELDS,
    )
    read = [(name, value) for name, value in pairs if name in params]
    return urlencode(sorted(read, key=lambda pair: pair[0]), encoding="latin-1")


def _impersonal(environ, address, query):
    """Return the request for a page as nobody in particular would make it."""
    scheme, host, script_name, path = address
    of_server = {
        name: value
        for name, value in environ.items()
        if name.startswith(("wsgi.", "SERVER_"))
    }
    of_page = {
        "REQUEST_METHOD": "GET",
        "wsgi.url_scheme": scheme,
        "SCRIPT_NAME": script_name,
        "PATH_INFO": path,
        "QUERY_STRING": query,
    }
    of_host = {"HTTP_HOST": host} if host else {}
    return of_server | of_page | of_host


# What is kept


class Copy(NamedTuple):
    """A page in one encoding, as it is sent."""

    etag: str
    headers: tuple
    headers_of_304: tuple
    body: bytes


class Page:
    """A rendered page, and its copies so far."""

    def __init__(self, response):
        """Take over a response, which must be storable."""
        del response["Content-Length"]
        response["Cache-Control"] = "public, max-age=0, must-revalidate"
        patch_vary_headers(response, ["Accept-Encoding"])
        self.edition = response.edition
        self.over_at = response.keep_until.timestamp() if response.keep_until else inf
        self.last_asked = monotonic()
        self.copies = {}
        self._headers = tuple(response.items())
        self._body = response.content
        # Of the headers too: a new security policy must reach who holds the same text.
        # django-csp writes its directives in another order in each process.
        told = [(name, sorted(value.split("; "))) for name, value in self._headers]
        self._digest = hashlib.blake2b(
            repr(told).encode() + self._body, digest_size=12
        ).hexdigest()

    @property
    def size(self):
        """Return about how many bytes of memory it takes."""
        bodies = {copy.body for copy in self.copies.values()} | {self._body}
        return OVERHEAD + sum(map(len, bodies))

    def encode(self, encoding):
        """Return a new copy; as it is, where encoding saves nothing."""
        body = ENCODERS[encoding](self._body)
        if len(body) < len(self._body):
            own = (
                ("Content-Encoding", encoding),
                ("ETag", f'"{self._digest}-{encoding}"'),
            )
        else:
            body, own = self._body, (("ETag", f'"{self._digest}"'),)
        headers = (*self._headers, *own, ("Content-Length", str(len(body))))
        of_304 = ("Cache-Control", "ETag", "Vary")
        return Copy(
            etag=dict(own)["ETag"],
            headers=headers,
            headers_of_304=tuple(header for header in headers if header[0] in of_304),
            body=body,
        )


class Shelf(dict):
    """Pages by address, of which the longest unasked leave when space runs out."""

    def __init__(self, limit):
        super().__init__()
        self.limit = limit

    def trim(self):
        size = sum(page.size for page in self.values())
        while size > self.limit:
            size -= self.pop(min(self, key=lambda key: self[key].last_asked)).size


def is_storable(response):
    """Return whether a response is a whole page, and the same for everybody."""
    return (
        getattr(response, "edition", None) is not None
        and response.status_code == 200
        and not response.streaming
        and not response.cookies
        and "Content-Encoding" not in response
        and response.get("Vary", "Accept-Encoding").lower() == "accept-encoding"
        and not any(
            word in response.get("Cache-Control", "")
            for word in ("private", "no-store")
        )
    )


class Store:
    """A WSGI application that answers for published pages, and for all else asks Django.

    `stamp` is the path of a link that leads elsewhere with every edition (see
    `methods.publishing.editions.announce`); `current_edition` asks the database which one is out. With `DEBUG` on, nothing is stored.

    Several threads may call it. A hit takes no lock: it reads a key and writes one
    attribute, each a single step. Whatever adds or drops a page holds the lock.
    """

    def __init__(self, django, *, stamp, current_edition):
        self._django = django
        self._stamp_path = os.fspath(stamp)
        self._current_edition = current_edition
        self._is_on = not settings.DEBUG
        self._proxy_header = settings.SECURE_PROXY_SSL_HEADER
        self._lock = Lock()
        self._params = {}
        self._pages = Shelf(PAGES_LIMIT)
        self._variants = Shelf(VARIANTS_LIMIT)
        self._stamp = None
        self._edition = None
        self._ask_at = monotonic() + ASK_AGAIN_AFTER
        self._asking = None
        self._is_database_away = False

    def __call__(self, environ, start_response):
        """Answer a request."""
        if not self._is_on or environ["REQUEST_METHOD"] not in ("GET", "HEAD"):
            return self._django(environ, start_response)
        try:
            stamp = os.readlink(self._stamp_path)
        except OSError:
            stamp = None
        now = monotonic()
        if stamp != self._stamp or now >= self._ask_at:
            self._refresh(stamp)
        address = self._address(environ)
        # What is asked for most takes the shortest way.
        page = None if environ.get("QUERY_STRING") else self._pages.get(address)
        if page is None or page.over_at <= time():
            return self._find(address, environ, start_response)
        page.last_asked = now
        return self._answer(self._pages, page, environ, start_response)

    def _find(self, address, environ, start_response):
        """Answer a request that may ask for a variant, a new page, or none of ours."""
        params = self._params.get(address)
        if params is None:
            began, response = self._ask_django(environ)
            if not is_storable(response):
                start_response(*began)
                return response
            response.close()
            params = self._learn(address, response.params)
        try:
            query = _declared(environ.get("QUERY_STRING"), params)
        except ValueError:
            return self._django(environ, start_response)
        shelf, key = (
            (self._variants, (address, query)) if query else (self._pages, address)
        )
        page = shelf.get(key)
        if page is None or page.over_at <= time():
            # Read before rendering: what is published meanwhile makes it another.
            stamp = self._stamp
            began, response = self._ask_django(_impersonal(environ, address, query))
            if not is_storable(response):
                if not query:
                    self._forget(address)
                start_response(*began)
                return response
            page = Page(response)
            response.close()
            self._keep(shelf, key, page, stamp)
        page.last_asked = monotonic()
        return self._answer(shelf, page, environ, start_response)

    def _answer(self, shelf, page, environ, start_response):
        encoding = encoding_for(environ.get("HTTP_ACCEPT_ENCODING", ""))
        copy = page.copies.get(encoding) or self._encode(shelf, page, encoding)
        held = environ.get("HTTP_IF_NONE_MATCH")
        if held and (held == copy.etag or _names(held, copy.etag)):
            start_response("304 Not Modified", list(copy.headers_of_304))
            return ()
        start_response("200 OK", list(copy.headers))
        return (copy.body,) if environ["REQUEST_METHOD"] == "GET" else ()

    def _address(self, environ):
        """Return what names a page but for its query: scheme, host, script name, path.

        It is what Django would see, behind a proxy too.
        """
        scheme = environ["wsgi.url_scheme"]
        if self._proxy_header:
            header, secure = self._proxy_header
            if header in environ:
                told = environ[header].split(",", 1)[0].strip()
                scheme = "https" if told == secure else "http"
        return (
            scheme,
            environ.get("HTTP_HOST", ""),
            environ.get("SCRIPT_NAME", ""),
            environ.get("PATH_INFO", ""),
        )

    def _ask_django(self, environ):
        """Return the status and headers with which Django begins, and its response."""
        began = []
        response = self._django(environ, lambda *arguments: began.extend(arguments))
        return began, response

    # Pages in and out

    def _learn(self, address, params):
        """Remember that a page is public, and what it reads of a query."""
        with self._lock:
            if len(self._params) >= ADDRESSES_LIMIT:
                self._params.clear()
            self._params[address] = params
        return params

    def _forget(self, address):
        with self._lock:
            self._params.pop(address, None)

    def _keep(self, shelf, key, page, stamp):
        """Store a page, unless another edition was announced since its stamp was read."""
        with self._lock:
            if stamp != self._stamp or page.size > shelf.limit:
                return
            if page.edition != self._edition:
                self._drop()
                self._edition = page.edition
            shelf[key] = page
            shelf.trim()

    def _drop(self):
        """Empty the store. The caller holds the lock."""
        self._pages.clear()
        self._variants.clear()
        self._edition = None

    def _encode(self, shelf, page, encoding):
        copy = page.encode(encoding)
        with self._lock:
            page.copies[encoding] = copy
            shelf.trim()
        return copy

    # Freshness

    def _refresh(self, stamp):
        """Drop all pages if another edition is out."""
        if stamp != self._stamp:
            with self._lock:
                self._stamp = stamp
                self._drop()
        if monotonic() >= self._ask_at:
            self._ask_database()

    def _ask_database(self):
        """Look for an edition that was not announced.

        Its publisher died in between, or runs on another machine. A database that hangs
        must not take the pages with it: so the question has a thread of its own.
        """
        with self._lock:
            if monotonic() < self._ask_at or (self._asking and self._asking.is_alive()):
                return
            self._ask_at = monotonic() + ASK_AGAIN_AFTER
            asking = self._asking = Thread(target=self._compare, daemon=True)
            asking.start()
        asking.join(PATIENCE)

    def _compare(self):
        try:
            edition = self._current_edition()
        except Error:
            if not self._is_database_away:
                logger.warning(
                    "The database is away; stored pages are served as they are.",
                    exc_info=True,
                )
            self._is_database_away = True
        else:
            self._is_database_away = False
            with self._lock:
                if self._edition is not None and edition != self._edition:
                    self._drop()
        finally:
            connections.close_all()
