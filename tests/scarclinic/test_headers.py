import re

import pytest
from django.test import Client

pytestmark = pytest.mark.django_db

POLICY = {
    "default-src 'none'",
    "base-uri 'none'",
    "connect-src 'self'",
    "font-src 'self'",
    "form-action 'self'",
    "frame-ancestors 'none'",
    "img-src 'self'",
    "script-src 'self'",
    "style-src 'self'",
}
PAGES = ["/", "/treatments/", "/consultation/", "/admin/login/", "/nowhere", "/livez"]


@pytest.mark.parametrize("address", [*PAGES, "/static/clinic/clinic.css"])
def test_every_answer_is_held_to_our_own_files(client, address):
    response = client.get(address)
    response.getvalue()  # reads a static file to its end, which closes it
    headers = response.headers
    assert set(headers["Content-Security-Policy"].split("; ")) == POLICY
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "same-origin"
    assert headers["Cross-Origin-Opener-Policy"] == "same-origin"
    assert headers["Cross-Origin-Resource-Policy"] == "same-origin"
    refused = headers["Permissions-Policy"].split(", ")
    assert {"camera=()", "geolocation=()", "microphone=()"} <= set(refused)
    assert all(each.endswith("=()") for each in refused)


@pytest.mark.parametrize("address", PAGES)
def test_no_page_can_be_framed(client, address):
    assert client.get(address).headers["X-Frame-Options"] == "DENY"


@pytest.mark.parametrize("address", [*PAGES, "/static/clinic/clinic.css"])
def test_no_other_site_reads_what_we_send(client, address):
    response = client.get(address, headers={"origin": "https://evil.example"})
    response.getvalue()
    assert [name for name in response.headers if name.startswith("Access-")] == []


TEXTS = {
    "/": "text/html",
    "/livez": "text/plain",
    "/robots.txt": "text/plain",
    "/sitemap.xml": "application/xml",
    "/changes.xml": "application/atom+xml",
    "/static/clinic/clinic.css": "text/css",
    "/static/consultations/desk.js": "text/javascript",
    "/static/clinic/favicon.svg": "image/svg+xml",
}


def test_a_text_says_how_it_is_encoded(client):
    kinds = {}
    for address in TEXTS:
        response = client.get(address)
        response.getvalue()
        kinds[address] = re.sub('"', "", response.headers["Content-Type"]).lower()
    assert kinds == {
        address: f"{kind}; charset=utf-8" for address, kind in TEXTS.items()
    }


@pytest.mark.parametrize("method", ["TRACE", "PUT", "DELETE", "PROPFIND"])
@pytest.mark.parametrize("address", ["/", "/admin/", "/admin/login/", "/livez"])
def test_a_method_that_we_do_not_use_is_refused(staff_client, method, address):
    assert staff_client.generic(method, address).status_code == 405


def test_browsers_are_led_to_https_and_kept_there(settings):
    settings.SECURE_SSL_REDIRECT = True
    settings.SECURE_HSTS_SECONDS = 63_072_000
    client = Client()
    led = client.get("/treatments/")
    assert (led.status_code, led["Location"]) == (301, "https://testserver/treatments/")
    for address in PAGES:
        response = client.get(address, secure=True)
        assert response.headers["Strict-Transport-Security"] == "max-age=63072000"
