import pytest

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
