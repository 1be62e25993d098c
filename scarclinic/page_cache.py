"""Page cache: an LRU of rendered public pages, in memory, in front of Django (WSGI).

A response with an `edition` (`methods.publishing.editions.published`) is the same for
everybody. It is rendered once, for a request without cookies and personal headers, and
then served from memory, before sessions, authentication and the database: per scheme,
host and path, for the query parameters that the page declares, in the encoding that
Accept-Encoding prefers, and with an ETag (If-None-Match: 304). All other requests, and
with `DEBUG` on every one, pass through to Django.

Another edition invalidates all pages (see `methods.publishing.edition_watch`), the time
in its `keep_until` one page. A hit asks neither the database nor the disk.
"""

import hashlib
import re
from collections import OrderedDict
from math import inf
from threading import Lock
from time import time
from typing import NamedTuple
from urllib.parse import parse_qsl, urlencode, urlsplit

from django.conf import settings
from django.utils.cache import patch_vary_headers
from django.utils.http import parse_etags

from scarclinic.compression import ENCODERS, encoding_for

# In bytes, for one process. Variants, a page with a query or by an odd name of the host
# (another port, capitals), are counted apart, so that no flood of made-up queries or Host
# headers evicts the pages themselves.
PAGES_LIMIT = 12 * 2**20
VARIANTS_LIMIT = 4 * 2**20
ADDRESSES_LIMIT = 4096
OVERHEAD = 4096  # what a page takes beside its bodies, rounded up


def _declared(query, params):
    """Return the parameters of a query that a page reads, by name, as a query string.

    Raises ValueError if there are more than Django reads.
    """
    if not query or not params:
        return ""
    # WSGI hands over bytes as Latin-1: so they come out as they went in.
    most = settings.DATA_UPLOAD_MAX_NUMBER_FIELDS
    pairs = parse_qsl(query, True, encoding="latin-1", max_num_fields=most)
    read = [(name, value) for name, value in pairs if name in params]
    return urlencode(sorted(read, key=lambda pair: pair[0]), encoding="latin-1")


def _impersonal(environ, address, query):
    """Return a WSGI environ without cookies and personal headers."""
    names = ("wsgi.url_scheme", "HTTP_HOST", "SCRIPT_NAME", "PATH_INFO")
    kept = {k: v for k, v in environ.items() if k.startswith(("wsgi.", "SERVER_"))}
    of_page = {name: value for name, value in zip(names, address, strict=True) if value}
    return kept | of_page | {"REQUEST_METHOD": "GET", "QUERY_STRING": query}


def is_storable(response):
    """Return whether a response is a whole page, and the same for everybody."""
    return (
        getattr(response, "edition", None) is not None
        and response.status_code == 200
        and not response.streaming
        and not response.cookies
        and "Content-Encoding" not in response
        and response.get("Vary", "Accept-Encoding").lower() == "accept-encoding"
        and not re.search("private|no-store", response.get("Cache-Control", ""))
    )


class Copy(NamedTuple):
    """A page in one encoding, as it is sent."""

    etag: str
    headers: tuple
    headers_of_304: tuple
    body: bytes


class Page:
    """A rendered page in every encoding, made from a storable response."""

    def __init__(self, response):
        del response["Content-Length"]
        response["Cache-Control"] = "public, max-age=0, must-revalidate"
        patch_vary_headers(response, ["Accept-Encoding"])
        self.edition = response.edition
        self.over_at = response.keep_until.timestamp() if response.keep_until else inf
        headers, body = tuple(response.items()), response.content
        # Of the headers too: a new security policy must reach who holds the same text.
        # django-csp writes its directives in another order in each process.
        ordered = [(name, sorted(value.split("; "))) for name, value in headers]
        digest = hashlib.blake2b(repr(ordered).encode() + body, digest_size=12)
        self.copies = {
            encoding: self._encode(encoding, headers, body, digest.hexdigest())
            for encoding in ENCODERS
        }
        self.size = OVERHEAD + sum(map(len, {c.body for c in self.copies.values()}))

    @staticmethod
    def _encode(encoding, headers, body, digest):
        """Return the copy in an encoding; unencoded, where that saves nothing."""
        encoded = ENCODERS[encoding](body)
        etag = f'"{digest}"'
        if len(encoded) < len(body):
            body, etag = encoded, f'"{digest}-{encoding}"'
            headers = (*headers, ("Content-Encoding", encoding))
        headers = (*headers, ("ETag", etag), ("Content-Length", str(len(body))))
        kept = ("Cache-Control", "ETag", "Vary")
        return Copy(etag, headers, tuple(h for h in headers if h[0] in kept), body)

    def answer(self, environ, start_response):
        """Answer a GET or HEAD request: 200, or 304 to who holds this copy."""
        copy = self.copies[encoding_for(environ.get("HTTP_ACCEPT_ENCODING", ""))]
        held = environ.get("HTTP_IF_NONE_MATCH")
        # A proxy may have weakened the ETag.
        names = {"*", copy.etag, f"W/{copy.etag}"}
        if held and (held == copy.etag or names.intersection(parse_etags(held))):
            start_response("304 Not Modified", list(copy.headers_of_304))
            return ()
        start_response("200 OK", list(copy.headers))
        return (copy.body,) if environ["REQUEST_METHOD"] == "GET" else ()


class LRU:
    """Pages by key, bounded in bytes: the least recently used is evicted first."""

    def __init__(self, limit):
        self._limit, self._size = limit, 0
        self._pages = OrderedDict()
        self._lock = Lock()

    def get(self, key):
        """Return a page, or None if there is none or its time is over."""
        with self._lock:
            page = self._pages.get(key)
            if page is None or page.over_at <= time():
                return None
            self._pages.move_to_end(key)
            return page

    def put(self, key, page):
        """Store a page, unless it is larger than all the room."""
        with self._lock:
            if page.size > self._limit:
                return
            replaced = self._pages.pop(key, None)
            self._pages[key] = page
            self._size += page.size - (replaced.size if replaced else 0)
            while self._size > self._limit:
                self._size -= self._pages.popitem(last=False)[1].size


class PageCache:
    """A WSGI application that answers for public pages, and for all else asks Django.

    `watch(invalidate)` is called before each rendering: it starts, once per process,
    what calls `invalidate` for each edition. Threads may share the cache.
    """

    def __init__(self, django, *, watch):
        self._django = django
        self._watch = watch
        self._is_on = not settings.DEBUG
        self._proxy_header = settings.SECURE_PROXY_SSL_HEADER
        self._hosts = {*settings.ALLOWED_HOSTS, urlsplit(settings.SITE_URL).netloc}
        self._lock = Lock()
        self._params = {}  # {address of a public page: query parameters it reads}
        self._generation = 0
        self._adopt(None)

    def __call__(self, environ, start_response):
        """Answer a request."""
        if not self._is_on or environ["REQUEST_METHOD"] not in ("GET", "HEAD"):
            return self._django(environ, start_response)
        address = self._address(environ)
        query = environ.get("QUERY_STRING")
        if not query and (page := self._pages.get(address)):
            return page.answer(environ, start_response)
        if (params := self._params.get(address)) is None:
            began, response = self._ask_django(environ)
            if not is_storable(response):
                start_response(*began)
                return response
            response.close()
            if len(self._params) >= ADDRESSES_LIMIT:
                self._params.clear()
            params = self._params[address] = response.params
        try:
            query = _declared(query, params)
        except ValueError:
            return self._django(environ, start_response)
        is_variant = bool(query) or not self._is_our_host(environ)
        lru, key = self._place(address, query, is_variant)
        if page := lru.get(key):
            return page.answer(environ, start_response)
        self._watch(self.invalidate)
        generation = self._generation
        began, response = self._ask_django(_impersonal(environ, address, query))
        if not is_storable(response):
            if not query:
                self._params.pop(address, None)
            start_response(*began)
            return response
        page = Page(response)
        response.close()
        self._store(address, query, is_variant, page, generation)
        return page.answer(environ, start_response)

    def _address(self, environ):
        """Return scheme, host, script name and path as Django sees them behind a proxy."""
        scheme = environ["wsgi.url_scheme"]
        if self._proxy_header:
            header, secure = self._proxy_header
            if header in environ:
                first = environ[header].split(",", 1)[0].strip()
                scheme = "https" if first == secure else "http"
        rest = ("HTTP_HOST", "SCRIPT_NAME", "PATH_INFO")
        return (scheme, *(environ.get(name, "") for name in rest))

    def _is_our_host(self, environ):
        """Return whether the Host header is as visitors send it; Django takes more."""
        host = environ.get("HTTP_HOST", "")
        name = host.removesuffix(f":{environ.get('SERVER_PORT')}")
        return host in self._hosts or name in self._hosts

    def _place(self, address, query, is_variant):
        """Return the LRU that a page belongs in, and its key there."""
        if is_variant:
            return self._variants, (address, query)
        return self._pages, address

    def _ask_django(self, environ):
        """Return the status and headers with which Django begins, and its response."""
        began = []
        response = self._django(environ, lambda *arguments: began.extend(arguments))
        return began, response

    def _store(self, address, query, is_variant, page, generation):
        """Store a page, unless its edition was invalidated while it was rendered."""
        with self._lock:
            if page.edition != self._edition:
                if generation != self._generation:
                    return
                self._adopt(page.edition)
            lru, key = self._place(address, query, is_variant)
            lru.put(key, page)

    def _adopt(self, edition):
        self._edition = edition
        self._pages, self._variants = LRU(PAGES_LIMIT), LRU(VARIANTS_LIMIT)

    def invalidate(self, edition):
        """Drop the pages of every edition but this one, which is out now."""
        with self._lock:
            self._generation += 1
            if edition != self._edition:
                self._adopt(edition)
