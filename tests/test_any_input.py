"""No input is a 500, and no box drops what it cannot read, on any page of the site."""

import re
from urllib.parse import quote

import pytest
from django.conf import settings
from django.contrib import admin
from django.contrib.admin.filters import SimpleListFilter
from django.test import Client, RequestFactory
from django.urls import get_resolver, reverse
from django.urls.resolvers import URLResolver

from scarclinic.staff.models import User
from tests.consultations.deciding import make_plan

pytestmark = pytest.mark.django_db

NASTY = ["a\0\x0b\u202e\u3164\r\n\ud800", "9" * 5000, "9999-99-99", ""]
NUMBERS = ["0", "9" * 30]
DROPS = {"number", "date", "datetime-local", "month", "range"}
QUERIES = {
    "methods:search": "q",
    "methods:list": "type",
    "methods:compare": "treatment",
}


def typed(text):
    """Return a text as a browser sends it, half characters included."""
    return quote(text.encode("utf-8", "surrogatepass"))


@pytest.fixture
def superuser():
    client = Client()
    client.force_login(User.objects.create_superuser("root"))
    return client


@pytest.fixture
def request_of_superuser():
    request = RequestFactory().get("/")
    request.user = User.objects.create_superuser("anne")
    return request


def failures(client, asked):
    """Return {address: status} of those that our code fails to answer."""
    got = {address: client.get(address).status_code for address in asked}
    return {address: status for address, status in got.items() if status >= 500}


def routes(patterns, prefix=""):
    """Return every route of the site."""
    for each in patterns:
        route = prefix + str(each.pattern)
        if isinstance(each, URLResolver):
            yield from routes(each.url_patterns, route)
        elif "(?P" not in route and "logout" not in route:
            yield route


def addresses(route):
    """Return a route with nasty texts in place of its converters."""
    has_text = "<str:" in route or "<path:" in route
    for value in map(typed, NASTY[:2]) if has_text else NUMBERS:
        number = NUMBERS[-1] if has_text else value
        address = re.sub(r"<(str|path):\w+>", value, route)
        address = re.sub(r"<int:\w+>", number, address)
        yield "/" + re.sub(r"<\w+:\w+>", "a-b", address)


def test_no_address_breaks_whatever_stands_in_it(superuser):
    make_plan()
    known = list(routes(get_resolver().url_patterns))
    assert len(known) > 100
    every = {address for route in known for address in addresses(route)}
    assert failures(superuser, sorted(every)) == {}


def test_no_public_page_breaks_on_its_query(client):
    asked = [
        f"{reverse(name)}?{param}={typed(text)}"
        for name, param in QUERIES.items()
        for text in NASTY
    ]
    assert failures(client, asked) == {}


def parameters(model_admin, request):
    """Return what the address of an admin list may ask for."""
    yield from ("q", "o", "p", "pk__in", "x__exact")
    for each in model_admin.get_list_filter(request):
        if isinstance(each, type) and issubclass(each, SimpleListFilter):
            yield each.parameter_name
        else:
            yield f"{each}__exact"


def test_no_admin_list_breaks_on_its_query(superuser, request_of_superuser):
    make_plan()
    asked = [
        f"{reverse(f'admin:{model._meta.app_label}_{model._meta.model_name}_changelist')}"
        f"?{param}={typed(text)}"
        for model, model_admin in admin.site._registry.items()
        for param in parameters(model_admin, request_of_superuser)
        for text in NASTY[:2]
    ]
    assert len(asked) > 150
    assert failures(superuser, asked) == {}


def test_no_form_breaks_on_what_is_posted(client):
    names = ["email", "contact", "login", "date_of_birth_day", "date_of_birth_year"]
    for text in NASTY:
        posted = "&".join(f"{name}={typed(text)}" for name in names)
        for address in (reverse("consultations:lost_link"), reverse("admin:login")):
            response = client.generic(
                "POST", address, posted, "application/x-www-form-urlencoded"
            )
            assert response.status_code < 500


def test_no_page_has_a_box_that_drops_what_it_cannot_read():
    """`type=number` and `type=date` send nothing for what a browser cannot read."""
    box = re.compile(r"""NumberInput|type(=|["']: )["'](number|date\b|datetime)""")
    sources = [
        path
        for folder in ("consultations", "methods", "scarclinic", "templates", "static")
        for path in (settings.BASE_DIR / folder).rglob("*.[phj][yts]*")
        if path.suffix in (".py", ".html", ".js")
    ]
    assert len(sources) > 200
    assert [str(path) for path in sources if box.search(path.read_text())] == []


def forms_of(model_admin, request):
    """Return the form classes of an admin page and its inlines."""
    if model_admin.has_change_permission(request):
        yield model_admin.get_form(request)
        for inline in model_admin.get_inline_instances(request):
            yield inline.get_formset(request).form


def test_no_box_of_the_admin_drops_what_it_cannot_read(request_of_superuser):
    assert [
        f"{model.__name__}.{name}"
        for model, model_admin in admin.site._registry.items()
        for form in forms_of(model_admin, request_of_superuser)
        for name, field in form.base_fields.items()
        if getattr(field.widget, "input_type", "") in DROPS
    ] == []
