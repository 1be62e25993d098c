"""The page cache answers as a file server would, and never with an old page."""

import gzip
import io
import json
import logging
import os
import random
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from time import monotonic
from types import SimpleNamespace
from typing import NamedTuple
from wsgiref.util import FileWrapper, setup_testing_defaults
from wsgiref.validate import validator

import brotli
import pytest
from django.conf import settings as configured
from django.core.handlers.wsgi import WSGIHandler
from django.core.signals import request_finished, request_started
from django.db import close_old_connections, connection, transaction
from django.http import (
    FileResponse,
    HttpResponse,
    HttpResponseRedirect,
    StreamingHttpResponse,
)
from django.urls import path
from django.utils.cache import patch_vary_headers
from django.views.decorators.csrf import csrf_exempt

from methods.models import Finding, Method
from methods.publishing import edition_watch, verbs
from scarclinic import page_cache
from scarclinic.compression import encoding_for
from scarclinic.page_cache import PageCache

pytestmark = pytest.mark.urls(__name__)
NOON = datetime(2026, 5, 4, 12, tzinfo=UTC)

# A small site of our own: what the views show, and how often they were asked.
world = SimpleNamespace()


@pytest.fixture(autouse=True)
def _transactions_stay_open():
    """Do what Django's test client does: a test's connection outlives its requests."""
    request_started.disconnect(close_old_connections)
    request_finished.disconnect(close_old_connections)
    yield
    request_started.connect(close_old_connections)
    request_finished.connect(close_old_connections)


@pytest.fixture(autouse=True)
def _world():
    world.edition = "1"
    world.text = "A page about scars. " * 50
    world.renders = 0
    world.while_rendering = lambda: None
    world.keep_until = None
    world.is_live = True
    world.caches = []


def answer(content, params=(), **kwargs):
    world.renders += 1
    response = HttpResponse(content, **kwargs)
    response.edition = world.edition
    response.params = params
    response.keep_until = world.keep_until
    return response


@csrf_exempt
def page(request, name=""):
    if not world.is_live:
        return HttpResponse(request.headers.get("Cookie"), status=404)
    response = answer(name + world.text)
    world.while_rendering()
    return response


def variant(request):
    """Show all that a request says, but declare two parameters only."""
    told = {name: request.GET.getlist(name) for name in sorted(request.GET)}
    return answer(repr(told) + world.text, params=("scar", "days"))


def mirror(request):
    """Show all that is known of who asks."""
    told = {name: str(value) for name, value in request.META.items()}
    return answer(repr(sorted(told.items())) + request.scheme)


def plain(request):
    world.renders += 1
    return HttpResponse(world.text)


def count_findings(request):
    return answer(f"{Finding.objects.count()} {world.text}")


def tiny(request):
    return answer("tiny", content_type="text/plain")


def cookie(request):
    response = answer(world.text)
    response.set_cookie("seen", "yes")
    return response


def session(request):
    response = answer(world.text)
    patch_vary_headers(response, ["Cookie"])
    return response


def language(request):
    response = answer(world.text)
    patch_vary_headers(response, ["Accept-Language"])
    return response


def private(request):
    return answer(world.text, headers={"Cache-Control": "private"})


def encoded(request):
    return answer(gzip.compress(b"x"), headers={"Content-Encoding": "gzip"})


def missing(request):
    return answer(world.text, status=404)


def streaming(request):
    world.renders += 1
    response = StreamingHttpResponse([b"a", b"b"])
    response.edition, response.params, response.keep_until = world.edition, (), None
    return response


def download(request):
    return FileResponse(io.BytesIO(b"file"))


def moved(request):
    return HttpResponseRedirect("/page/")


def handler400(request, exception):
    """Answer without the clinic's template: it links to pages that are not here."""
    return HttpResponse(status=400)


UNFIT = [cookie, session, language, private, encoded, missing, streaming]
urlpatterns = [
    path("page/", page),
    path("page/<name>/", page),
    *(
        path(f"{view.__name__}/", view)
        for view in (variant, mirror, plain, count_findings, tiny, download, moved)
    ),
    *(path(f"{view.__name__}/", view) for view in UNFIT),
]


# Asking


class Answer(NamedTuple):
    status: int
    headers: dict
    body: bytes


def environ_of(url, method="GET", **variables):
    address, _, query = url.partition("?")
    environ = {
        "REQUEST_METHOD": method,
        "SCRIPT_NAME": "",
        "PATH_INFO": address.encode().decode("latin-1"),
        "QUERY_STRING": query,
        "HTTP_HOST": "testserver",
        **variables,
    }
    setup_testing_defaults(environ)
    return environ


def ask(application, url="/page/", method="GET", **variables):
    """Ask as a server would, and hold the application to WSGI."""
    began = []
    answered = validator(application)(
        environ_of(url, method, **variables), lambda *words: began.append(words)
    )
    try:
        body = b"".join(answered)
    finally:
        answered.close()
    [(status, headers)] = [words[:2] for words in began]
    assert len(dict(headers)) == len(headers)
    return Answer(int(status[:3]), dict(headers), body)


def watch(invalidate):
    """Do nothing: these tests tell of editions themselves."""


@pytest.fixture
def make_site():
    """Return a function that puts a page cache, as a process has it, before Django."""

    def make():
        world.caches.append(PageCache(WSGIHandler(), watch=watch))
        return world.caches[-1]

    return make


@pytest.fixture
def site(make_site):
    return make_site()


def announce():
    """Tell every cache which edition is out, as the watch of its process does."""
    for cache in world.caches:
        cache.invalidate(world.edition)


def publish(text):
    world.text = text
    world.edition = f"of {text}"
    announce()


# A page is rendered once


def test_a_page_is_rendered_once_and_then_the_same_for_everybody(site):
    first = ask(site)
    rendered = world.renders
    assert [ask(site), ask(site, HTTP_COOKIE="sessionid=x")] == [first, first]
    assert (first.status, first.body) == (200, world.text.encode())
    assert world.renders == rendered


def test_after_a_publish_one_rendering_is_enough(site):
    ask(site)
    rendered = world.renders
    publish("new")
    assert [ask(site).body for _ in range(3)] == [b"new"] * 3
    assert world.renders == rendered + 1


@pytest.fixture
def requests():
    """Return a list to which Django adds that a request began, or ended."""
    seen = []

    def began(**signal):
        seen.append("began")

    def ended(**signal):
        seen.append("ended")

    request_started.connect(began)
    request_finished.connect(ended)
    yield seen
    request_started.disconnect(began)
    request_finished.disconnect(ended)


@pytest.mark.django_db
def test_a_stored_page_costs_no_query_and_begins_no_request(
    site, requests, django_assert_num_queries
):
    first = ask(site, "/count_findings/")
    requests.clear()
    with django_assert_num_queries(0):
        assert ask(site, "/count_findings/", HTTP_COOKIE="sessionid=x") == first
    assert requests == []


def test_every_request_that_django_begins_it_also_ends(site, requests):
    for url in ("/page/", "/page/", "/plain/", "/missing/", "/cookie/"):
        ask(site, url)
    assert requests == ["began", "ended"] * 5


def test_a_hit_is_not_logged(site, caplog):
    caplog.set_level(logging.DEBUG)
    ask(site)
    caplog.clear()
    ask(site, "/page/?utm_source=letter")
    assert caplog.records == []


def test_a_stored_page_has_every_header_of_django_s_own(site):
    own = ask(WSGIHandler()).headers
    stored = ask(site) and ask(site).headers
    assert "Content-Security-Policy" in own
    assert stored == own | {
        "Cache-Control": "public, max-age=0, must-revalidate",
        "ETag": stored["ETag"],
        "Vary": "Accept-Encoding",
    }


def test_what_is_stored_holds_nothing_of_who_asked_first(site):
    personal = {
        "HTTP_COOKIE": "theme=secretsecretsecret",
        "HTTP_AUTHORIZATION": "Basic secret",
        "HTTP_ACCEPT_LANGUAGE": "secret",
        "HTTP_USER_AGENT": "secret",
        "HTTP_X_FORWARDED_HOST": "secret",
        "HTTP_X_FORWARDED_FOR": "secret",
        "CONTENT_TYPE": "text/html; charset=utf-16",
        "REMOTE_ADDR": "secret",
        "REMOTE_USER": "secret",
    }
    first = ask(site, "/mirror/?fbclid=secret", **personal)
    assert b"secret" not in first.body
    assert b"utf-16" not in first.body
    assert ask(site, "/mirror/").body == first.body


# What is never stored


def test_what_is_no_published_page_passes_through(site):
    own = ask(WSGIHandler(), "/plain/")
    assert [ask(site, "/plain/"), ask(site, "/plain/")] == [own, own]
    assert world.renders == 3


@pytest.mark.parametrize("view", UNFIT)
def test_what_is_not_the_same_for_everybody_is_rendered_each_time(site, view):
    first = ask(site, f"/{view.__name__}/")
    assert ask(site, f"/{view.__name__}/") == first
    assert "ETag" not in first.headers
    assert world.renders == 2


def test_a_page_that_is_public_no_more_is_for_whoever_asks_again(site):
    ask(site)
    world.is_live, world.edition = False, "2"
    announce()
    assert ask(site, HTTP_COOKIE="a=b").status == 404
    assert ask(site, HTTP_COOKIE="a=b")[::2] == (404, b"a=b")
    world.is_live = True
    assert (ask(site).status, rendered_for(site, "/page/")) == (200, False)


def test_a_form_is_never_answered_from_the_store(site):
    ask(site)
    rendered = world.renders
    assert ask(site, method="POST").status == 200
    assert world.renders == rendered + 1


def test_a_file_is_handed_to_the_server_as_before(site):
    environ = environ_of("/download/") | {"wsgi.file_wrapper": FileWrapper}
    answered = site(environ, lambda *words: None)
    assert type(answered) is FileWrapper
    assert b"".join(answered) == b"file"
    answered.close()


def test_in_development_every_request_reaches_django(make_site, settings):
    settings.DEBUG = True
    site = make_site()
    assert "ETag" not in (ask(site) and ask(site).headers)
    assert world.renders == 2


# Which page


def rendered_for(site, url, **variables):
    """Return whether an address needed a rendering of its own."""
    before = world.renders
    assert ask(site, url, **variables).status == 200
    return world.renders > before


def test_a_page_is_another_on_another_path_or_host(site):
    ask(site)
    assert rendered_for(site, "/page/more/")
    assert rendered_for(site, "/page/", HTTP_HOST="testserver:8000")
    assert rendered_for(site, "/page/", SCRIPT_NAME="/clinic")
    assert not rendered_for(site, "/page/")


def test_an_address_beyond_ascii_is_found(site):
    first = ask(site, "/page/größe-шрам/")
    assert first.body == f"größe-шрам{world.text}".encode()
    assert ask(site, "/page/größe-шрам/") == first


def test_a_host_that_is_not_ours_is_refused(site):
    ask(site)
    assert ask(site, HTTP_HOST="elsewhere.example").status == 400


def test_behind_a_proxy_its_word_tells_https_from_http(make_site, settings):
    settings.SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    site = make_site()
    by_https = [
        ask(site, "/mirror/", HTTP_X_FORWARDED_PROTO=told).body.endswith(b"https")
        for told in ("https", "http", "https, http", "nonsense")
    ]
    assert by_https == [True, False, True, False]
    assert not rendered_for(site, "/mirror/", HTTP_X_FORWARDED_PROTO="https")
    assert rendered_for(site, "/mirror/", **{"wsgi.url_scheme": "https"}) is False


def test_without_a_proxy_nobody_s_word_is_taken(site):
    told = ask(site, "/mirror/", HTTP_X_FORWARDED_PROTO="https")
    assert told.body.endswith(b"http")
    assert ask(site, "/mirror/", **{"wsgi.url_scheme": "https"}).body.endswith(b"https")


@pytest.mark.parametrize(
    ("query", "read"),
    [
        ("", {}),
        ("utm_source=letter&fbclid=1", {}),
        ("scar=ice_pick", {"scar": ["ice_pick"]}),
        ("scar=ice_pick&utm_source=letter", {"scar": ["ice_pick"]}),
        ("scar=b&scar=a", {"scar": ["b", "a"]}),
        ("scar=", {"scar": [""]}),
        ("scar=a%26b%3D+c", {"scar": ["a&b= c"]}),
        ("scar=%D1%88%D1%80%D0%B0%D0%BC", {"scar": ["шрам"]}),
    ],
)
def test_a_page_sees_the_parameters_it_declares_and_no_other(site, query, read):
    wanted = (repr(read) + world.text).encode()
    assert ask(site, f"/variant/?{query}").body == wanted
    assert ask(site, f"/variant/?{query}").body == wanted


@pytest.mark.parametrize(
    ("query", "same"),
    [
        ("scar=a&days=2", True),
        ("days=2&scar=a", True),
        ("utm_source=letter&days=2&scar=a&fbclid=1", True),
        ("d%61ys=2&scar=%61", True),
        ("days=3&scar=a", False),
        ("days=2", False),
        ("days=2&days=2&scar=a", False),
        ("days=2&scar=", False),
    ],
)
def test_variants_differ_by_what_the_page_reads(site, query, same):
    ask(site, "/variant/?scar=a&days=2")
    assert rendered_for(site, f"/variant/?{query}") is not same


def test_repeated_parameters_keep_their_order(site):
    ask(site, "/variant/?scar=a&scar=b")
    assert rendered_for(site, "/variant/?scar=b&scar=a")


def test_foreign_parameters_find_the_page_itself(site):
    ask(site)
    assert not rendered_for(site, "/page/?utm_source=letter")


def test_too_many_parameters_are_refused_as_django_does(site):
    ask(site, "/variant/")
    many = "&".join(["scar=a"] * (configured.DATA_UPLOAD_MAX_NUMBER_FIELDS + 1))
    assert ask(site, f"/variant/?{many}").status == 400


# Encodings


@pytest.mark.parametrize(
    ("accepted", "encoding"),
    [
        ("", "identity"),
        ("gzip", "gzip"),
        ("br", "br"),
        ("gzip, deflate, br, zstd", "br"),
        ("GZIP ; Q=1.0", "gzip"),
        ("gzip;q=1.0, br;q=0.5", "gzip"),
        ("br;q=0, gzip", "gzip"),
        ("br;q=0.001", "br"),
        ("deflate", "identity"),
        ("*", "br"),
        ("*, br;q=0", "gzip"),
        ("*;q=0", "identity"),
        ("gzip, *;q=0", "gzip"),
        ("identity", "identity"),
        ("identity, gzip;q=0.5", "identity"),
        ("identity;q=0.5, gzip", "gzip"),
        ("identity;q=0, gzip;q=0.1", "gzip"),
        ("identity;q=0", "identity"),
        ("br;q=nonsense, gzip", "gzip"),
        ("br;q=-1, gzip", "gzip"),
        ("br;q=nan, gzip", "gzip"),
        (",;,q=1;;", "identity"),
    ],
)
def test_the_encoding_is_the_one_the_client_likes_best(accepted, encoding):
    assert encoding_for(accepted) == encoding


def test_what_clients_accept_takes_a_bounded_space(site):
    for number in range(1000):
        encoding_for(f"gzip;q=0.{number}")
    assert encoding_for.cache_info().currsize == 256


DECODERS = {
    "identity": lambda body: body,
    "gzip": gzip.decompress,
    "br": brotli.decompress,
}


@pytest.mark.parametrize("encoding", DECODERS)
@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_an_encoded_page_is_the_same_page(site, encoding, method):
    sent = ask(site, HTTP_ACCEPT_ENCODING=encoding)
    assert DECODERS[encoding](sent.body) == world.text.encode()
    assert sent.headers.get("Content-Encoding", "identity") == encoding
    assert sent.headers["Content-Length"] == str(len(sent.body))
    assert sent.headers["Vary"] == "Accept-Encoding"


def test_each_encoding_has_a_strong_etag_of_its_own(site):
    etags = [
        ask(site, HTTP_ACCEPT_ENCODING=encoding).headers["ETag"]
        for encoding in DECODERS
    ]
    assert len(set(etags)) == 3
    assert [etag[0] + etag[-1] for etag in etags] == ['""'] * 3


def test_the_etag_is_the_same_in_every_process_and_another_for_another_text(make_site):
    etags = [ask(make_site()).headers["ETag"] for _ in range(2)]
    publish("new")
    etags.append(ask(make_site()).headers["ETag"])
    assert etags[0] == etags[1] != etags[2]


def test_a_new_policy_is_a_new_page(make_site, settings):
    before = ask(make_site()).headers["ETag"]
    settings.X_FRAME_OPTIONS = "SAMEORIGIN"
    assert ask(make_site()).headers["ETag"] != before


def test_what_gets_no_smaller_is_sent_as_it_is(site):
    sent = ask(site, "/tiny/", HTTP_ACCEPT_ENCODING="br")
    assert sent.body == b"tiny"
    assert "Content-Encoding" not in sent.headers
    assert sent.headers["ETag"] == ask(site, "/tiny/").headers["ETag"]


@pytest.mark.parametrize("encoding", DECODERS)
@pytest.mark.parametrize("url", ["/page/", "/variant/?scar=a"])
def test_head_is_get_without_the_body(make_site, url, encoding):
    head = ask(make_site(), url, "HEAD", HTTP_ACCEPT_ENCODING=encoding)
    site = make_site()
    get = ask(site, url, HTTP_ACCEPT_ENCODING=encoding)
    assert head == (200, get.headers, b"")
    assert ask(site, url, "HEAD", HTTP_ACCEPT_ENCODING=encoding) == head


# Not modified


@pytest.mark.parametrize(
    ("held", "status"),
    [
        ("{etag}", 304),
        ("W/{etag}", 304),
        ('"other", {etag}', 304),
        ('W/"other",W/{etag} , "more"', 304),
        ("*", 304),
        ('"other"', 200),
        ('"{etag}"', 200),
        ("nonsense", 200),
        ("", 200),
    ],
)
@pytest.mark.parametrize("encoding", DECODERS)
@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_who_holds_the_page_is_not_sent_it_again(site, method, encoding, held, status):
    first = ask(site, HTTP_ACCEPT_ENCODING=encoding)
    again = ask(
        site,
        method=method,
        HTTP_ACCEPT_ENCODING=encoding,
        HTTP_IF_NONE_MATCH=held.replace("{etag}", first.headers["ETag"]),
    )
    assert again.status == status
    if status == 304:
        kept = ("Cache-Control", "ETag", "Vary")
        assert again.headers == {name: first.headers[name] for name in kept}
        assert again.body == b""


def test_another_encoding_s_etag_does_not_count(site):
    held = ask(site, HTTP_ACCEPT_ENCODING="gzip").headers["ETag"]
    assert ask(site, HTTP_IF_NONE_MATCH=held).status == 200


def test_who_holds_yesterday_s_page_is_sent_today_s(site):
    held = ask(site).headers["ETag"]
    publish("new")
    again = ask(site, HTTP_IF_NONE_MATCH=held)
    assert (again.status, again.body) == (200, b"new")


# Fresh


def test_a_publish_shows_in_every_process_with_the_next_request(make_site):
    processes = [make_site(), make_site()]
    for text in ("one", "two", "three"):
        publish(text)
        assert [ask(each).body for each in processes] == [text.encode()] * 2
        assert [ask(each).body for each in processes] == [text.encode()] * 2


def test_variants_are_dropped_with_the_pages(site):
    ask(site, "/variant/?scar=a")
    publish("new")
    assert ask(site, "/variant/?scar=a").body == b"{'scar': ['a']}new"


def test_a_page_rendered_while_something_is_published_is_rendered_again(site):
    ask(site)
    publish("old")
    world.while_rendering = lambda: publish("new")
    assert ask(site).body == b"old"
    world.while_rendering = lambda: None
    assert ask(site).body == b"new"


def test_nor_is_it_kept_where_another_thread_has_seen_the_publish(site):
    ask(site, "/tiny/")
    ask(site)
    publish("old")

    def meanwhile():
        publish("new")
        ask(site, "/tiny/")

    world.while_rendering = meanwhile
    ask(site)
    world.while_rendering = lambda: None
    assert ask(site).body == b"new"


def test_a_page_changes_by_itself_when_its_time_comes(site, monkeypatch):
    now = NOON
    monkeypatch.setattr(page_cache, "time", lambda: now.timestamp())
    world.keep_until = NOON + timedelta(hours=1)
    ask(site)
    now = NOON + timedelta(minutes=59)
    assert not rendered_for(site, "/page/")
    world.text, world.keep_until = "the notice has ended", None
    now = NOON + timedelta(hours=1)
    assert ask(site).body == b"the notice has ended"
    assert not rendered_for(site, "/page/")


def test_to_hear_of_the_edition_that_is_stored_drops_nothing(site):
    ask(site)
    announce()
    assert not rendered_for(site, "/page/")


def test_hearing_of_an_edition_for_the_first_time_costs_no_second_rendering(site):
    world.while_rendering = announce
    ask(site)
    assert not rendered_for(site, "/page/")


def test_a_page_of_a_new_edition_drops_those_of_the_old(site):
    ask(site, "/page/")
    world.text, world.edition = "new", "2"
    ask(site, "/page/more/")
    assert ask(site, "/page/").body == b"new"


# Bounded memory


@pytest.fixture
def small(monkeypatch):
    """Return a function that makes room for so many pages, and so many variants."""

    def allow(pages, variants):
        size = page_cache.OVERHEAD + 2 * len(world.text) + 50
        monkeypatch.setattr(page_cache, "PAGES_LIMIT", pages * size)
        monkeypatch.setattr(page_cache, "VARIANTS_LIMIT", variants * size)

    return allow


def test_the_longest_unasked_page_makes_room(small, make_site):
    small(pages=2, variants=0)
    site = make_site()
    for url in ("/page/", "/page/a/", "/page/", "/page/b/"):
        ask(site, url)
    assert not rendered_for(site, "/page/")
    assert not rendered_for(site, "/page/b/")
    assert rendered_for(site, "/page/a/")


def test_made_up_queries_push_out_no_page(small, make_site):
    small(pages=2, variants=2)
    site = make_site()
    ask(site, "/variant/")
    for number in range(10):
        ask(site, f"/variant/?scar={number}")
    assert not rendered_for(site, "/variant/")
    assert not rendered_for(site, "/variant/?scar=9")
    assert rendered_for(site, "/variant/?scar=0")


def test_made_up_names_of_the_host_push_out_no_page(small, make_site):
    small(pages=2, variants=2)
    site = make_site()
    ask(site)
    for number in range(1, 10):
        assert ask(site, HTTP_HOST=f"testserver:8{number}").status == 200
    for odd in ("TestServer", "testserver.", "TESTSERVER"):
        assert ask(site, HTTP_HOST=odd).status == 200
    assert not rendered_for(site, "/page/")


def test_a_page_too_large_to_keep_costs_the_others_nothing(small, make_site):
    small(pages=2, variants=0)
    site = make_site()
    ask(site)
    text = world.text
    world.text = "x" * 100_000
    assert ask(site, "/page/large/").status == 200
    assert rendered_for(site, "/page/large/")
    world.text = text
    assert not rendered_for(site, "/page/")


def test_encoded_copies_take_room_too(make_site, monkeypatch):
    world.text = random.Random(1).randbytes(50_000).hex()  # gzip halves it
    monkeypatch.setattr(page_cache, "PAGES_LIMIT", 2 * (page_cache.OVERHEAD + 110_000))
    site = make_site()
    for url in ("/page/a/", "/page/b/"):
        ask(site, url)
    assert not rendered_for(site, "/page/b/")
    assert rendered_for(site, "/page/a/")


def test_made_up_hosts_take_a_bounded_space(monkeypatch, make_site):
    monkeypatch.setattr(page_cache, "ADDRESSES_LIMIT", 10)
    site = make_site()
    for port in range(1, 30):
        assert ask(site, HTTP_HOST=f"testserver:{port}").status == 200
    assert len(site._params) <= 10


# Threads


def test_threads_share_a_store(small, make_site):
    small(pages=3, variants=3)
    site = make_site()

    def visit(number):
        url = f"/variant/?scar={number % 7}" if number % 2 else f"/page/{number % 5}/"
        if number % 20 == 0:
            announce()
        return ask(
            site, url, HTTP_ACCEPT_ENCODING=["br", "gzip", ""][number % 3]
        ).status

    with ThreadPoolExecutor(8) as threads:
        assert set(threads.map(visit, range(400))) == {200}


# Our own site

PUBLIC = [
    "/",
    "/treatments/",
    "/treatments/?scar=ice_pick",
    "/treatments/silicone/",
    "/scars/",
    "/scars/ice_pick/",
]


@pytest.fixture
def clinic(monkeypatch):
    """Return a cache before the site itself, which hears what its own process publishes."""
    cache = PageCache(WSGIHandler(), watch=watch)
    monkeypatch.setattr(edition_watch, "_listener", cache.invalidate)
    return cache


@pytest.fixture
def signed_in(staff_client):
    """Return what the browser of a signed-in cosmetologist sends."""
    return {"HTTP_COOKIE": f"sessionid={staff_client.cookies['sessionid'].value}"}


@pytest.mark.urls("scarclinic.urls")
@pytest.mark.parametrize("url", PUBLIC)
def test_a_public_page_costs_no_query_and_sets_no_cookie(
    clinic, signed_in, django_assert_num_queries, url
):
    first = ask(clinic, url)
    with django_assert_num_queries(0):
        assert ask(clinic, url, **signed_in) == first
    assert first.status == 200
    assert "Set-Cookie" not in first.headers


@pytest.mark.urls("scarclinic.urls")
@pytest.mark.parametrize("url", ["/admin/", "/admin/methods/method/", "/consultation/"])
def test_nothing_personal_is_stored(clinic, signed_in, url):
    for _ in range(2):
        shown = ask(clinic, url, **signed_in)
        assert (shown.status, "ETag" in shown.headers) == (200, False)
    assert ask(clinic, url).body != shown.body


@pytest.mark.django_db
@pytest.mark.urls("scarclinic.urls")
def test_what_an_editor_publishes_shows_with_the_next_request(
    clinic, django_capture_on_commit_callbacks
):
    for url in PUBLIC:
        ask(clinic, url)
    method = Method.objects.get(slug="silicone")
    Method.objects.filter(pk=method.pk).update(title="Silicone, renamed")
    with django_capture_on_commit_callbacks(execute=True):
        verbs.publish(method, by=None, note="Renamed")
    assert b"Silicone, renamed" in ask(clinic, "/treatments/").body
    assert b"Silicone, renamed" in ask(clinic, "/treatments/silicone/").body


PROCESS = """
import json, sys
from wsgiref.util import setup_testing_defaults
from django.conf import settings

settings.DEBUG = False  # as a server has it, but for the collected static files
from scarclinic.wsgi import application

for line in sys.stdin:
    environ = json.loads(line)
    setup_testing_defaults(environ)
    began = []
    body = b"".join(application(environ, lambda *words: began.extend(words)))
    print(json.dumps([began[0], dict(began[1]), body.decode()]), flush=True)
"""
PUBLISH = """
from methods.models import Method
from methods.publishing.verbs import publish
Method.objects.filter(slug="silicone").update(title="Silicone, renamed")
publish(Method.objects.get(slug="silicone"), by=None, note="Renamed")
"""


class Process:
    """A process of the web server, without the server."""

    def __init__(self, env):
        self._popen = subprocess.Popen(
            [sys.executable, "-c", PROCESS],
            cwd=configured.BASE_DIR,
            env=env,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def ask(self, url):
        environ = {"PATH_INFO": url, "SCRIPT_NAME": "", "HTTP_HOST": "localhost"}
        self._popen.stdin.write(f"{json.dumps(environ)}\n")
        self._popen.stdin.flush()
        status, headers, body = json.loads(self._popen.stdout.readline())
        return Answer(int(status[:3]), headers, body)

    def end(self):
        self._popen.communicate(timeout=10)


@pytest.fixture
def env(tmp_path):
    """Return the environment of a server on what the database of the tests holds."""
    if connection.vendor == "sqlite":
        database = tmp_path / "clinic.sqlite3"
        connection.ensure_connection()
        database.write_bytes(connection.connection.serialize())
        url = f"sqlite:///{database}"
    else:
        it = connection.settings_dict
        user = f"{it['USER']}:{it['PASSWORD']}".rstrip(":")
        url = f"postgres://{user}@{it['HOST']}:{it['PORT']}/{it['NAME']}"
    return os.environ | {
        "DATABASE_URL": url,
        "DEBUG": "on",
        "DJANGO_SETTINGS_MODULE": "scarclinic.settings",
        "SECRET_KEY": "x" * 50,
    }


@pytest.fixture
def processes(env):
    """Return two processes of a web server on one database."""
    started = [Process(env), Process(env)]
    yield started
    for process in started:
        process.end()


URL = "/treatments/silicone/"


@pytest.mark.django_db(transaction=True)
def test_what_one_process_publishes_shows_in_the_others_within_two_seconds(
    env, processes
):
    before = [process.ask(URL) for process in processes]
    subprocess.run(
        [sys.executable, "manage.py", "shell", "-c", PUBLISH],
        cwd=configured.BASE_DIR,
        env=env,
        check=True,
        capture_output=True,
    )
    until = monotonic() + 2
    after = before
    while monotonic() < until and not all("renamed" in each.body for each in after):
        after = [process.ask(URL) for process in processes]
    assert before[0].headers["ETag"] == before[1].headers["ETag"]
    assert after[0].headers["ETag"] == after[1].headers["ETag"]
    assert ["Silicone, renamed" in each.body for each in before + after] == [
        False,
        False,
        True,
        True,
    ]


@pytest.mark.skipif(connection.vendor != "postgresql", reason="locks a table")
@pytest.mark.django_db(transaction=True)
def test_a_database_that_hangs_delays_no_stored_page(processes):
    for process in processes:
        process.ask(URL)
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("LOCK TABLE methods_edition IN ACCESS EXCLUSIVE MODE")
        cursor.execute("SELECT pg_notify(%s, '')", [edition_watch.CHANNEL])
        began = monotonic()
        assert [process.ask(URL).status for process in processes] == [200, 200]
        assert monotonic() - began < 0.5
