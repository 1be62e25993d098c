"""A password alone opens nothing: apps, recovery codes, what is lost, what is removed."""

import json

import pytest
from allauth.account.utils import user_pk_to_url_str
from allauth.mfa.models import Authenticator
from django.contrib.auth.models import Group
from django.contrib.sessions.models import Session
from django.core.cache import cache
from django.test import Client
from fido2.utils import websafe_encode

from scarclinic.staff import throttle
from scarclinic.staff.checks import second_factor_is_asked_for
from scarclinic.staff.models import Action, Event
from tests.scarclinic.factors import (
    ACCOUNT,
    APP,
    CODE,
    LOGIN,
    begin,
    code,
    enrol,
    give_app,
    give_passkey,
    make_account,
    told,
)

pytestmark = pytest.mark.django_db
INDEX = "/admin/"
PASSKEY = f"{LOGIN}passkey/"
OF_PAIR = throttle.RATES["code by name and address"].burst


@pytest.fixture(autouse=True)
def clinic(settings):
    """A clinic, which asks for a second factor."""
    settings.SECOND_FACTOR = True
    cache.clear()


@pytest.fixture
def clara():
    clara = make_account()
    clara.groups.add(Group.objects.get(name="Cosmetologist"))
    return clara


def actions():
    """Return what the ledger says of accounts."""
    events = Event.objects.filter(subject_model="staff.user").order_by("pk")
    return [Action(each) for each in events.values_list("action", flat=True)]


def opens(client):
    """Return whether a browser opens the admin."""
    return client.get(INDEX).status_code == 200


# Enrolment


def test_after_the_password_an_account_without_a_factor_reaches_nothing_but_enrolment(
    clara,
):
    client, answer = begin()
    assert (answer.status_code, answer["Location"]) == (302, INDEX)
    for url in (INDEX, "/admin/consultations/plan/", "/admin/password_change/", "/"):
        assert client.get(url)["Location"] == ACCOUNT
    assert client.post("/admin/consultations/plan/1/change/")["Location"] == ACCOUNT
    page = client.get(ACCOUNT)
    assert page.status_code == 200
    assert page.context["is_needed"]


def test_an_app_is_enrolled_by_its_first_code_and_opens_the_admin(clara):
    client, _answer = begin()
    secret, recovery = enrol(client)
    assert len(recovery) == 10
    assert opens(client)
    other, answer = begin()
    assert answer["Location"] == CODE
    assert not opens(other)
    assert other.post(CODE, {"code": code(secret, 1)})["Location"] == INDEX
    assert opens(other)
    assert actions() == [
        *(Action.LOGIN, Action.FACTOR_ADDED),
        *(Action.LOGIN,),
    ]


def test_a_wrong_code_enrols_nothing(clara):
    client, _answer = begin()
    client.get(APP)
    assert told(client.post(APP, {"code": "000000"})) == ["Incorrect code."]
    assert not Authenticator.objects.exists()
    assert not opens(client)


def test_the_key_is_drawn_for_the_app_and_for_nobody_else(clara):
    client, _answer = begin()
    assert client.get(f"{APP}qr/").status_code == 404
    client.get(APP)
    drawn = client.get(f"{APP}qr/")
    assert drawn["Content-Type"] == "image/svg+xml; charset=utf-8"
    assert drawn["Cache-Control"].count("no-store") == 1
    assert Client().get(f"{APP}qr/").status_code == 302


def test_who_had_stolen_the_password_stays_outside_when_the_owner_enrols(clara):
    thief, _answer = begin()
    owner, _answer = begin()
    enrol(owner)
    assert not opens(thief)
    assert thief.get(ACCOUNT)["Location"].startswith(LOGIN)


def test_recovery_codes_are_shown_once(clara):
    client, _answer = begin()
    _secret, recovery = enrol(client)
    page = client.get(f"{ACCOUNT}codes/").content.decode()
    assert [each for each in recovery if each in page] == []


# Log-in


def test_without_the_code_the_password_opens_nothing(clara):
    give_app(clara)
    client, answer = begin()
    assert answer["Location"] == CODE
    assert client.get(INDEX)["Location"].startswith(LOGIN)
    assert client.get(ACCOUNT)["Location"].startswith(LOGIN)
    assert actions() == []


def test_a_code_works_once_in_all_processes(clara, settings):
    give_app(clara)
    now = code()
    first, _answer = begin()
    assert first.post(CODE, {"code": now})["Location"] == INDEX
    # As another process has it: what the library notes in its cache is not there.
    settings.CACHES = {
        "default": {"BACKEND": "django.core.cache.backends.dummy.DummyCache"}
    }
    second, _answer = begin()
    assert told(second.post(CODE, {"code": now})) == ["Incorrect code."]


def test_codes_are_not_guessed_without_limit(clara):
    give_app(clara)
    client, _answer = begin()
    answers = [told(client.post(CODE, {"code": "000000"})) for _ in range(OF_PAIR)]
    assert answers == [["Incorrect code."]] * OF_PAIR
    [wait] = told(client.post(CODE, {"code": code()}))
    assert wait.startswith("There were too many wrong attempts.")
    assert actions() == [Action.LOGIN_FAILED] * OF_PAIR


def test_a_recovery_code_opens_once(clara):
    recovery = give_app(clara).get_unused_codes()
    first, _answer = begin()
    assert first.post(CODE, {"code": recovery[0]})["Location"] == INDEX
    assert actions() == [Action.CODE_USED, Action.LOGIN]
    second, _answer = begin()
    assert told(second.post(CODE, {"code": recovery[0]})) == ["Incorrect code."]
    assert second.post(CODE, {"code": recovery[1]})["Location"] == INDEX


def test_new_recovery_codes_end_the_old_ones(clara):
    recovery = give_app(clara).get_unused_codes()
    client, _answer = begin()
    client.post(CODE, {"code": code()})
    client.post(f"{ACCOUNT}codes/new/")
    other, _answer = begin()
    assert told(other.post(CODE, {"code": recovery[0]})) == ["Incorrect code."]
    assert Action.CODES_RENEWED in actions()


def test_an_account_that_is_closed_or_no_staff_logs_in_nowhere(clara):
    for field in ("is_active", "is_staff"):
        setattr(clara, field, False)
        clara.save()
        client, answer = begin()
        assert told(answer)[0].startswith("Please enter the correct username")
        setattr(clara, field, True)
    assert not opens(client)


def test_there_is_no_second_door():
    """What the admin and the library bring of log-in, sign-up and e-mail is not there."""
    page = Client().get("/admin/login/")
    assert page.templates[0].name == "account/login.html"
    for path in ("signup/", "accounts/login/", "account/email/", "login/code/confirm/"):
        assert Client().get(f"/admin/{path}").status_code in (302, 404)
        assert Client().post(f"/admin/{path}").status_code in (302, 404)
    assert Client().get("/accounts/signup/").status_code == 404


# Removal


def test_who_removes_the_last_factor_is_asked_for_another_at_once(clara):
    give_app(clara)
    client, _answer = begin()
    client.post(CODE, {"code": code()})
    other, _answer = begin()
    other.post(CODE, {"code": code(steps=1)})
    assert opens(other)
    assert client.post(f"{APP}remove/")["Location"] == ACCOUNT
    assert client.get(INDEX)["Location"] == ACCOUNT
    assert not opens(other)
    assert actions()[-1] == Action.FACTOR_REMOVED
    enrol(client)
    assert opens(client)


# The demonstration


def test_a_demonstration_asks_for_a_password_only_and_says_so(clara, settings):
    settings.SECOND_FACTOR = False
    client, answer = begin()
    assert answer["Location"] == INDEX
    assert opens(client)
    said = "This is a demonstration"
    assert said in Client().get(LOGIN).content.decode()
    settings.SECOND_FACTOR = True
    assert said not in Client().get(LOGIN).content.decode()


def test_who_has_a_factor_is_asked_for_it_in_a_demonstration_too(clara, settings):
    settings.SECOND_FACTOR = False
    give_app(clara)
    client, answer = begin()
    assert answer["Location"] == CODE
    assert not opens(client)


def test_a_server_without_second_factors_is_warned_of(settings):
    assert second_factor_is_asked_for(None) == []
    settings.SECOND_FACTOR = False
    [warning] = second_factor_is_asked_for(None)
    assert warning.id == "staff.W001"


def test_a_recovery_code_is_not_guessed_by_chance():
    make_account()
    client, _answer = begin()
    _secret, codes = enrol(client)
    assert (len(set(codes)), {len(each) for each in codes}) == (10, {8})


# Passkeys, without a browser


@pytest.mark.parametrize(
    "credential",
    [
        "1",
        '"a"',
        '{"id": "YQ", "rawId": "YQ", "type": "public-key", "response": {}}',
        '{"id": 1, "rawId": [], "response": null}',
    ],
)
def test_a_wrong_passkey_is_told(client, credential):
    response = client.post(PASSKEY, {"credential": credential}, follow=True)
    assert response.redirect_chain == [(LOGIN, 302)]
    assert [str(each) for each in response.context["messages"]] == [
        "No account here knows this passkey. Use your password."
    ]
    assert Event.objects.filter(action=Action.LOGIN_FAILED).count() == 1


def test_an_answer_that_no_browser_wrote_is_told_too(client, clara):
    give_passkey(clara)
    script = {"HTTP_X_REQUESTED_WITH": "XMLHttpRequest"}
    client.get(PASSKEY, **script, HTTP_ACCEPT="application/json")
    said = {"type": "webauthn.get", "challenge": "YQ", "origin": 5}
    parts = {
        "clientDataJSON": json.dumps(said).encode(),
        "authenticatorData": bytes(37),
        "signature": b"x",
        "userHandle": user_pk_to_url_str(clara).encode(),
    }
    credential = {"id": "a2V5", "rawId": "a2V5", "type": "public-key"}
    credential["response"] = {n: websafe_encode(each) for n, each in parts.items()}
    typed = {"credential": json.dumps(credential)}
    assert client.post(PASSKEY, typed)["Location"] == LOGIN


@pytest.mark.parametrize("credential", ["", "{}", "[]", "{"])
def test_a_passkey_that_is_none_is_told_as_well(client, credential):
    response = client.post(PASSKEY, {"credential": credential}, follow=True)
    assert [str(each) for each in response.context["messages"]] == [
        "No account here knows this passkey. Use your password."
    ]


def test_nobody_fills_the_table_of_sessions_by_beginning_passkeys(client):
    most = throttle.RATES["passkey begun by address"].burst
    script = {
        "HTTP_X_REQUESTED_WITH": "XMLHttpRequest",
        "HTTP_ACCEPT": "application/json",
    }
    answers = [Client().get(PASSKEY, **script).status_code for _ in range(most + 2)]
    assert answers == [200] * most + [429] * 2
    assert Session.objects.count() == most
    assert Client().get(PASSKEY)["Location"] == LOGIN
    assert Session.objects.count() == most
