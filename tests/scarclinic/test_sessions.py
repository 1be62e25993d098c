"""Sessions end: idle, by their owner, at log-out; and nothing typed ends with them."""

import re
from html import unescape

import pytest
from allauth.usersessions.models import UserSession
from django.contrib.sessions.models import Session
from django.core.cache import cache
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from consultations.models import Plan
from scarclinic.staff import session_list, sessions
from scarclinic.staff.models import Action, Event, User
from tests.consultations.deciding import desk, make_plan, posted
from tests.consultations.factories import make_clinician
from tests.scarclinic.factors import PASSWORD, begin

pytestmark = pytest.mark.django_db
QUEUE = "/admin/consultations/plan/"
OUR = {"HTTP_ORIGIN": "http://testserver"}
WORDS = 'Line one.\nLine "two" & <three>'


@pytest.fixture
def clock(monkeypatch):
    """Return a function that lets minutes pass."""
    now = [sessions.time()]
    monkeypatch.setattr(sessions, "time", lambda: now[0])

    def wait(minutes):
        now[0] += minutes * 60

    return wait


@pytest.fixture
def clara():
    cache.clear()
    clara = make_clinician("clara")
    clara.set_password(PASSWORD)
    clara.save()
    return clara


@pytest.fixture
def client(clara):
    client = Client(enforce_csrf_checks=True)
    client.force_login(clara)
    client.get("/admin/")
    return client


OWN = ["", "sessions/", "prove/", "app/", "codes/", "codes/new/", "passkeys/add/"]


def is_in(client):
    return client.get(QUEUE).status_code == 200


def token(response):
    page = response.content.decode()
    return re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', page)[1]


def carried(response):
    """Return what a page brings along in its last form, as a browser would post it."""
    page = response.content.decode().rpartition("<form")[2]
    fields = re.findall(r'type="hidden" name="([^"]+)" value="([^"]*)"', page)
    return {unescape(name): unescape(value) for name, value in fields}


def is_kept(response):
    return "admin/staff/interrupted.html" in [each.name for each in response.templates]


def test_half_an_hour_without_a_press_ends_a_session(client, clock):
    clock(29)
    assert is_in(client)
    clock(29)
    assert is_in(client)
    clock(30)
    assert client.get(QUEUE)["Location"] == f"/admin/login/?next={QUEUE}"
    clock(-30)
    assert not is_in(client)


def test_half_a_day_ends_a_session_that_is_in_use(client, clock, settings):
    for _each in range(settings.SESSION_COOKIE_AGE // 60 // 20):
        clock(20)
        last = is_in(client)
    assert not last


def test_a_session_from_the_future_ends(client, clock):
    clock(-10)
    assert not is_in(client)


def test_a_page_in_use_costs_a_write_each_minute_at_most(client, clock, count_queries):
    first = count_queries(client, QUEUE)
    assert count_queries(client, QUEUE) == first
    clock(2)
    assert count_queries(client, QUEUE) > first
    assert count_queries(client, QUEUE) == first


def test_what_was_typed_outlives_the_session(client, clock, clara):
    plan = make_plan()
    typed = posted(plan, note=WORDS, subcision="include")
    typed["csrfmiddlewaretoken"] = token(client.get(desk(plan)))
    clock(31)
    kept = client.post(desk(plan), typed, **OUR)
    assert (kept.status_code, is_kept(kept)) == (403, True)
    assert "no-store" in kept["Cache-Control"]
    assert carried(kept)["note"] == WORDS
    assert Plan.objects.get().note == ""
    # Logged in again in another tab, whose log-in has changed the token.
    clock(-31)
    client.force_login(clara)
    client.cookies.pop("csrftoken")
    client.get("/admin/")
    again = client.post(desk(plan), carried(kept), **OUR)
    assert (again.status_code, is_kept(again)) == (403, True)
    assert client.post(desk(plan), carried(again), **OUR).status_code == 302
    assert Plan.objects.get().note == WORDS


def test_a_password_is_carried_nowhere(client, clock):
    typed = {"old_password": PASSWORD, "csrfmiddlewaretoken": "x" * 32}
    response = client.post("/admin/password_change/", typed | {"a": "b"}, **OUR)
    assert is_kept(response)
    assert PASSWORD not in response.content.decode()


def test_a_form_of_another_site_is_not_shown_again(client):
    plan = make_plan()
    typed = posted(plan, note="Mine")
    for origin in ({}, {"HTTP_ORIGIN": "https://evil.example"}):
        response = client.post(desk(plan), typed, **origin)
        assert (response.status_code, is_kept(response)) == (403, False)
    assert Plan.objects.get().note == ""


def test_log_out_empties_the_browser_and_leaves_it_known(clara):
    client, _answer = begin()
    client.cookies["intake"] = "a patient's"
    [device] = [name for name in client.cookies if name.startswith("device-")]
    response = client.post("/admin/logout/")
    assert response["Clear-Site-Data"] == '"cache"'
    emptied = {
        name for name, cookie in response.cookies.items() if cookie["max-age"] == 0
    }
    assert {"sessionid", "intake"} <= emptied
    assert device not in emptied
    assert not is_in(client)


def test_log_out_is_asked_for_by_a_form_only(clara):
    client, _answer = begin()
    response = client.get("/admin/logout/")
    assert "Clear-Site-Data" not in response
    assert is_in(client)


def test_what_a_session_said_of_a_browser_goes_with_it(clara):
    here, _answer = begin()
    begin()
    assert UserSession.objects.count() == 2
    Session.objects.exclude(pk=here.session.session_key).update(
        expire_date=timezone.now()
    )
    assert session_list.forget() == 1
    assert UserSession.objects.get().session_key == here.session.session_key
    assert Session.objects.count() == 1


def test_one_lists_where_one_is_logged_in_and_ends_the_others(clara):
    here, _answer = begin()
    there, _answer = begin()
    page = here.get("/admin/account/sessions/")
    assert sorted(is_this for _each, is_this in page.context["sessions"]) == [
        False,
        True,
    ]
    here.post("/admin/account/sessions/")
    assert (is_in(here), is_in(there)) == (True, False)
    assert Event.objects.filter(action=Action.SESSIONS_ENDED, by=clara).count() == 1


def test_a_session_that_was_ended_is_opened_by_no_copy_of_its_cookie(client):
    key = client.cookies["sessionid"].value
    client.cookies.pop("csrftoken")
    client.handler.enforce_csrf_checks = False
    client.post("/admin/logout/")
    copy = Client()
    copy.cookies["sessionid"] = key
    assert not is_in(copy)


def test_who_is_closed_or_no_staff_any_more_is_out_at_once(client, clara):
    for change in ({"is_active": False}, {"is_staff": False}):
        clara.__class__.objects.update(is_active=True, is_staff=True)
        assert is_in(client)
        clara.__class__.objects.update(**change)
        assert not is_in(client)


def test_every_page_of_the_admin_offers_to_log_out(client):
    for page in ("/admin/", QUEUE, "/admin/password_change/", "/admin/account/"):
        assert 'action="/admin/logout/"' in client.get(page).content.decode(), page


def test_sessions_are_ended_by_whoever_proves_who_they_are(clara):
    here, _answer = begin()
    there, _answer = begin()
    session = here.session
    for record in session["account_authentication_methods"]:
        record["at"] -= 16 * 60
    session.save()
    asked = here.post("/admin/account/sessions/")
    assert "admin/staff/prove.html" in [each.name for each in asked.templates]
    assert is_in(there)
    here.post("/admin/account/sessions/", {"proof-password": PASSWORD})
    assert (is_in(here), is_in(there)) == (True, False)


def test_a_new_password_keeps_ones_own_session_in_the_list(clara):
    here, _answer = begin()
    there, _answer = begin()
    both = {f"new_password{number}": "xylo-mira-scar-42" for number in (1, 2)}
    here.post("/admin/password_change/", {"old_password": PASSWORD} | both)
    assert (is_in(here), is_in(there)) == (True, False)
    page = here.get("/admin/account/sessions/")
    [(listed, is_this)] = page.context["sessions"]
    assert (listed.session_key, is_this) == (here.session.session_key, True)
    session_list.end(clara, by=clara)
    assert not is_in(here)


def test_a_session_that_no_list_has_is_listed_once_it_is_proved(clara):
    client = Client()
    client.force_login(clara)
    session = client.session
    for record in session["account_authentication_methods"]:
        record["at"] -= 16 * 60
    session.save()
    client.post("/admin/account/prove/", {"proof-password": PASSWORD})
    assert UserSession.objects.get().session_key == client.session.session_key


def test_the_lists_of_sessions_cost_the_same_for_one_and_for_three(
    clara, count_queries
):
    chief = Client()
    chief.force_login(User.objects.create_superuser("chief"))
    here, _answer = begin()
    pages = [
        (here, "/admin/account/sessions/"),
        (chief, reverse("admin:auth_user_password_change", args=[clara.pk])),
    ]
    for_one = [count_queries(*page) for page in pages]
    begin()
    begin()
    assert [count_queries(*page) for page in pages] == for_one
    for client, url in pages:
        assert len(client.get(url).context["sessions"]) == 3


def test_no_list_has_a_session_that_opens_nothing_any_more(clara):
    begin()
    begin()
    [first, second] = session_list.of(clara)
    Session.objects.filter(pk=first.session_key).update(expire_date=timezone.now())
    assert session_list.of(clara) == [second]
    clara.set_password("xylo-mira-scar-42")
    clara.save()
    assert session_list.of(clara) == []


@pytest.mark.parametrize("page", OWN)
def test_who_is_no_staff_any_more_has_no_account_to_look_after(client, clara, page):
    url = f"/admin/account/{page}"
    User.objects.filter(pk=clara.pk).update(is_staff=False)
    response = client.get(url)
    assert response["Location"].partition("?")[0] == "/admin/login/"
    assert not Session.objects.filter(pk=client.session.session_key).exists()
