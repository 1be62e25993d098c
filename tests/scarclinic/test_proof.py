"""Who signs, approves, exports or changes accounts proves again who they are."""

import re
import time
from html import unescape

import pytest
from allauth.usersessions.models import UserSession
from django.contrib.auth.models import Group
from django.core.cache import cache
from django.test import Client
from django.urls import reverse

from consultations.models import ErasureRequest, Plan
from consultations.review import workflow
from methods.models import ProtocolVersion
from scarclinic.staff import proof, throttle
from scarclinic.staff.models import Action, Event, User
from tests.consultations.deciding import (
    choices_for,
    desk,
    make_plan,
    posted,
    preview,
)
from tests.consultations.factories import make_clinician
from tests.methods.test_admin import form_data, unwritten
from tests.scarclinic.factors import PASSWORD, code, give_app, give_passkey

pytestmark = pytest.mark.django_db
TRIES = throttle.RATES["proof by account"].burst


@pytest.fixture(autouse=True)
def clear():
    cache.clear()


def browser_of(user, minutes=16):
    """Return a browser of somebody who proved who they are so long ago."""
    user.set_password(PASSWORD)
    user.save()
    client = Client()
    client.force_login(user)
    session = client.session
    for record in session["account_authentication_methods"]:
        record["at"] = time.time() - minutes * 60
    session.save()
    return client


@pytest.fixture
def clara():
    """A doctor, who signs alone."""
    clara = make_clinician("clara")
    clara.profession = "doctor"
    clara.save()
    return clara


@pytest.fixture
def chief():
    return User.objects.create_superuser("chief", email="chief@clinic.example")


def asks(response):
    """Return whether an answer asks for proof, and does nothing yet."""
    return "admin/staff/prove.html" in [each.name for each in response.templates]


def carried(response):
    """Return {name: texts} of the hidden fields that a page brings along."""
    fields = {}
    page = response.content.decode()
    for name, value in re.findall(
        r'<input type="hidden" name="([^"]+)" value="([^"]*)"', page
    ):
        fields.setdefault(unescape(name), []).append(unescape(value))
    fields.pop("csrfmiddlewaretoken", None)
    return fields


def sent_again(client, url, response, **given):
    return client.post(url, carried(response) | given)


WORDS = 'Line one.\n"Two" <b>& three</b>'


def decided(plan, by):
    """Save a finished desk; return the form that signs it, with words of several lines."""
    plan = Plan.objects.get(pk=plan.pk)
    choices = choices_for(plan, subcision="include")
    plan = workflow.decide(plan, choices, note="", seen_edits=plan.edits, by=by)
    return {"edits": plan.edits, "_sign": "x", "more": WORDS.replace("\n", "\r\n")}


def test_signing_without_a_fresh_proof_signs_nothing_and_keeps_what_was_typed(clara):
    plan = make_plan()
    client = browser_of(clara)
    typed = decided(plan, clara)
    response = client.post(preview(plan), typed)
    assert asks(response)
    assert "no-store" in response["Cache-Control"]
    assert not Plan.objects.get().is_signed
    kept = {name: texts[-1] for name, texts in carried(response).items()}
    assert kept == {
        name: str(value).replace("\r\n", "\n") for name, value in typed.items()
    }
    assert "Two" not in str(dict(client.session))


def test_with_the_proof_the_form_goes_on_as_it_was_typed(clara):
    plan = make_plan()
    client = browser_of(clara)
    response = client.post(preview(plan), decided(plan, clara))
    wrong = sent_again(client, preview(plan), response, **{"proof-password": "wrong"})
    assert asks(wrong)
    assert wrong.context["form"].non_field_errors() == [
        "That is not your password. Try again."
    ]
    assert not Plan.objects.get().is_signed
    sent_again(client, preview(plan), wrong, **{"proof-password": PASSWORD})
    assert Plan.objects.get().is_signed
    assert Event.objects.filter(action=Action.LOGIN_FAILED, by=clara).count() == 1


def test_saving_asks_for_no_proof(clara):
    plan = make_plan()
    response = browser_of(clara).post(desk(plan), posted(plan, note="A draft"))
    assert not asks(response)
    assert Plan.objects.get().note == "A draft"


def test_a_fresh_proof_is_not_asked_for_again(clara):
    plan = make_plan()
    typed = decided(plan, clara)
    assert not asks(browser_of(clara, minutes=14).post(preview(plan), typed))
    assert Plan.objects.get().is_signed


def test_who_has_an_app_proves_by_it_and_not_by_the_password(clara):
    give_app(clara)
    plan = make_plan()
    client = browser_of(clara)
    response = client.post(preview(plan), decided(plan, clara))
    assert "password" not in response.context["form"].fields
    by_password = sent_again(
        client, preview(plan), response, **{"proof-password": PASSWORD}
    )
    assert asks(by_password)
    sent_again(client, preview(plan), response, **{"proof-code": code()})
    assert Plan.objects.get().is_signed


def test_a_proof_is_not_guessed_without_limit(clara):
    client = browser_of(clara)
    wrong = {"next": "/admin/", "proof-password": "wrong"}
    for _each in range(TRIES):
        client.post(reverse("prove"), wrong)
    response = client.post(reverse("prove"), wrong | {"proof-password": PASSWORD})
    [told] = response.context["form"].non_field_errors()
    assert told.startswith("There were too many wrong attempts.")
    assert not proof_is_fresh(client, clara)


def proof_is_fresh(client, user):
    plan = make_plan()
    edits = {"edits": decided(plan, user)["edits"], "_sign": "x"}
    return not asks(client.post(preview(plan), edits))


def test_a_proof_is_asked_for_before_a_page_is_exported(clara, quick_pdf):
    plan = make_plan()
    client = browser_of(clara)
    url = reverse("admin:consultations_plan_answers_pdf", args=[plan.pk])
    response = client.get(url)
    assert asks(response)
    assert carried(response) == {"next": [url]}
    answer = client.post(reverse("prove"), {"next": url, "proof-password": PASSWORD})
    assert answer["Location"] == url
    assert not asks(client.get(url))


def test_a_proof_leads_nowhere_else(clara):
    client = browser_of(clara, minutes=0)
    for target in ("https://evil.example/", "//evil.example", "javascript:x"):
        assert client.get(reverse("prove"), {"next": target})["Location"] == "/admin/"


def test_a_proof_is_asked_for_before_the_protocol_is_approved(chief):
    User.objects.filter(pk=chief.pk).update(profession="doctor")
    chief.refresh_from_db()
    version = ProtocolVersion.objects.first()
    data = {"action": "approve", "_selected_action": [version.pk]}
    url = reverse("admin:methods_protocolversion_changelist")
    client = browser_of(chief)
    response = client.post(url, data)
    assert asks(response)
    assert not ProtocolVersion.objects.exclude(approved_at=None).exists()
    sent_again(client, url, response, **{"proof-password": PASSWORD})
    assert ProtocolVersion.objects.get(pk=version.pk).approved_by == chief


def test_a_proof_is_asked_for_before_somebody_is_erased(chief):
    asked = ErasureRequest.objects.create(intake=make_plan().intake)
    url = reverse("admin:consultations_erasurerequest_erase", args=[asked.pk])
    assert asks(browser_of(chief).post(url))
    assert ErasureRequest.objects.exists()


def test_a_proof_is_asked_for_before_an_account_is_changed(chief, clara):
    client = browser_of(chief)
    role = Group.objects.get(name="Editor")
    for url in (
        reverse("admin:staff_user_change", args=[clara.pk]),
        reverse("admin:auth_group_change", args=[role.pk]),
    ):
        form = form_data(unwritten(client, url))
        response = client.post(url, form)
        assert asks(response)
    for url in (
        reverse("admin:staff_user_delete", args=[clara.pk]),
        reverse("admin:staff_user_changelist"),
        reverse("admin:staff_user_add"),
        reverse("admin:consultations_scope_add"),
    ):
        assert asks(client.post(url, {"post": "yes"}))
    assert User.objects.filter(pk=clara.pk).exists()


def test_a_proof_from_the_future_or_of_another_account_is_none(clara, chief):
    client = browser_of(clara, minutes=-30)
    plan = make_plan()
    assert asks(client.post(preview(plan), decided(plan, clara)))
    client = browser_of(clara, minutes=0)
    session = client.session
    session["account_authentication_methods_user"] = str(chief.pk)
    session.save()
    assert asks(client.post(preview(plan), decided(plan, clara)))
    assert proof.FRESH_SECONDS == 900


def test_a_proof_is_asked_for_before_ones_own_factors_are_changed(clara):
    give_app(clara)
    passkey = give_passkey(clara)
    client = browser_of(clara)
    for url in (
        reverse("mfa_activate_totp"),
        reverse("mfa_deactivate_totp"),
        reverse("mfa_view_recovery_codes"),
        reverse("mfa_generate_recovery_codes"),
        reverse("mfa_add_webauthn"),
        reverse("mfa_remove_webauthn", args=[passkey.pk]),
    ):
        assert asks(client.get(url)), url
        assert asks(client.post(url)), url
    assert clara.authenticator_set.count() == 3


def test_a_proof_begins_a_session_with_a_new_key(clara):
    client = browser_of(clara)
    UserSession.objects.create(
        user=clara, ip="192.0.2.1", session_key=client.session.session_key
    )
    copy = Client()
    copy.cookies["sessionid"] = client.cookies["sessionid"].value
    assert copy.get("/admin/").status_code == 200
    client.post(reverse("prove"), {"proof-password": PASSWORD})
    assert client.get("/admin/").status_code == 200
    assert copy.get("/admin/").status_code == 302
    [listed] = UserSession.objects.purge_and_list(clara)
    assert listed.session_key == client.cookies["sessionid"].value
