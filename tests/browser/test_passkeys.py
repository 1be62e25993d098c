"""Passkeys in Chromium, with an authenticator that the browser itself plays."""

import pytest
from allauth.mfa.models import Authenticator
from django.core.cache import cache

from consultations.models import Plan
from scarclinic.staff.models import Action, Event
from tests.consultations.deciding import desk, make_plan
from tests.consultations.factories import make_clinician

pytestmark = pytest.mark.django_db(transaction=True)
PASSWORD = "kuvo-mira-tepo"


@pytest.fixture(autouse=True)
def clinic(settings):
    settings.SECOND_FACTOR = True
    cache.clear()


@pytest.fixture
def clara():
    clara = make_clinician("clara")
    clara.set_password(PASSWORD)
    clara.save()
    return clara


def plug_in(window):
    """Give a window an authenticator that knows its owner's finger."""
    devtools = window.context.new_cdp_session(window)
    devtools.send("WebAuthn.enable", {"enableUI": False})
    return devtools, devtools.send(
        "WebAuthn.addVirtualAuthenticator",
        {
            "options": {
                "protocol": "ctap2",
                "transport": "internal",
                "hasResidentKey": True,
                "hasUserVerification": True,
                "isUserVerified": True,
                "automaticPresenceSimulation": True,
            }
        },
    )["authenticatorId"]


def press(window, name):
    with window.expect_navigation():
        window.get_by_role("button", name=name, exact=True).click()


def type_password(window):
    window.goto("/admin/")
    window.get_by_label("Username:").fill("clara")
    window.get_by_label("Password:").fill(PASSWORD)
    press(window, "Log in")


def enrol(window):
    window.get_by_role("link", name="Add a passkey").click()
    window.get_by_label("Name of this passkey:").fill("Telephone")
    press(window, "Make a passkey")
    assert window.locator(".recovery-codes li").count() == 10
    window.get_by_role("link", name="I have them. Go on").click()
    window.get_by_role("heading", name="What waits").wait_for()


def log_out(window):
    window.goto("/admin/account/")
    press(window, "Log out")


def test_a_passkey_is_enrolled_and_logs_in_by_itself_and_after_the_password(
    clara, open_window
):
    window = open_window()
    plug_in(window)
    type_password(window)
    enrol(window)
    key = Authenticator.objects.get(type=Authenticator.Type.WEBAUTHN)
    assert (key.user, key.wrap().name) == (clara, "Telephone")
    log_out(window)
    press(window, "Use a passkey")
    window.get_by_role("heading", name="What waits").wait_for()
    log_out(window)
    type_password(window)
    window.get_by_role("heading", name="The second step").wait_for()
    press(window, "Use a passkey")
    window.get_by_role("heading", name="What waits").wait_for()
    assert Event.objects.filter(action=Action.LOGIN, by=clara).count() == 3
    assert Event.objects.filter(action=Action.FACTOR_ADDED, by=clara).count() == 1


def test_a_desk_goes_on_by_a_passkey_with_what_was_typed(
    clara, open_window, monkeypatch
):
    plan = make_plan()
    window = open_window()
    plug_in(window)
    type_password(window)
    enrol(window)
    monkeypatch.setattr("scarclinic.staff.proof.FRESH_SECONDS", 0)
    window.goto(desk(plan))
    window.get_by_label("Message to the patient", exact=True).fill("Dear Ada")
    for option in window.locator(".desk-card[data-open]").all():
        option.get_by_role("radio", name="Not included", exact=True).check()
    press(window, "Save and preview")
    press(window, "Sign")
    window.get_by_role("heading", name="Show that it is you").wait_for()
    assert not Plan.objects.get().is_signed
    press(window, "Use a passkey")
    assert Plan.objects.get().note == "Dear Ada"


def test_without_a_passkey_the_button_says_so(clara, open_window):
    window = open_window()
    devtools, device = plug_in(window)
    window.goto("/admin/login/")
    devtools.send(
        "WebAuthn.setUserVerified", {"authenticatorId": device, "isUserVerified": False}
    )
    assert window.get_by_role("alert").count() == 0
    window.get_by_role("button", name="Use a passkey").click()
    window.get_by_role("alert").wait_for()
