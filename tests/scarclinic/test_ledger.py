"""The ledger (audit log): an event for what is done and read; it names nobody but staff."""

import pytest
from django.contrib.auth.models import Group
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse

from consultations.intake import consents, private_link
from consultations.models import ConsentPurpose, ConsentText, ErasureRequest
from consultations.review import erasure, workflow
from methods.models import Method
from methods.pictures import keeping
from methods.publishing import protocol_versions, verbs
from scarclinic.staff import ledger
from scarclinic.staff.models import Action, Event, User
from tests.consultations.deciding import QUEUE, desk, make_plan, sign_off
from tests.consultations.factories import make_clinician
from tests.methods.test_pictures import make_consent

pytestmark = pytest.mark.django_db

LEDGER = "/admin/staff/event/"


def lines(since=0):
    """Return [(action, kind of subject, number, who)], oldest first."""
    events = Event.objects.order_by("pk")[since:]
    return [
        (each.action, each.subject_model, each.subject_id, each.by) for each in events
    ]


@pytest.fixture
def clara():
    return make_clinician("clara")


@pytest.fixture
def administrator():
    user = User.objects.create_user("ada", password="kuvo-mira", is_staff=True)
    user.groups.add(Group.objects.get(name="Administrator"))
    client = Client()
    client.force_login(user)
    return client


def test_what_is_done_with_a_plan_leaves_a_line_each(clara):
    before = Event.objects.count()
    plan = make_plan()
    intake, dora = plan.intake, make_clinician("dora")
    workflow.claim(plan, by=clara)
    workflow.release(plan, by=clara)
    workflow.first_look(plan, "Raised.", by=clara)
    workflow.assign(plan, dora, by=clara)
    question = workflow.ask(plan, "Since when?", [], by=dora)
    workflow.answer(question, "Since May.")
    signed = sign_off(plan, dora)
    amended = workflow.amend(signed, by=dora)
    private_link.renew_link(intake, by=clara)
    private_link.renew_link(intake)
    consents.withdraw(intake, ConsentPurpose.ASSESSMENT, by="patient")
    request = ErasureRequest.objects.create(intake=intake)
    erasure.keep(request, "The law asks for it.", by=clara)
    erasure.erase(intake, by=clara)
    of_intake, of_plan = ("consultations.intake", intake.pk), ("consultations.plan",)
    asked = ("consultations.question", question.pk)
    assert lines(before) == [
        ("consent_decided", *of_intake, None),
        ("intake_submitted", *of_intake, None),
        ("plan_claimed", *of_plan, plan.pk, clara),
        ("plan_released", *of_plan, plan.pk, clara),
        ("first_look_noted", *of_plan, plan.pk, clara),
        ("plan_assigned", *of_plan, plan.pk, clara),
        ("question_asked", *asked, dora),
        ("question_answered", *asked, None),
        ("plan_decided", *of_plan, plan.pk, dora),
        ("plan_signed", *of_plan, plan.pk, dora),
        ("plan_amended", *of_plan, amended.pk, dora),
        ("link_renewed", *of_intake, clara),
        ("link_renewed", *of_intake, None),
        ("consent_decided", *of_intake, None),
        ("consent_withdrawn", *of_intake, None),
        ("intake_withdrawn", *of_intake, None),
        ("erasure_refused", *of_intake, clara),
        ("intake_erased", *of_intake, clara),
    ]


def test_what_is_read_of_a_plan_leaves_a_line_and_a_list_none(clara):
    plan = make_plan()
    client = Client()
    client.force_login(clara)
    before = Event.objects.count()
    client.get(QUEUE)
    assert lines(before) == []
    client.get(desk(plan))
    for name in ("plan_plan", "plan_answers", "plan_answers_pdf"):
        client.get(reverse(f"admin:consultations_{name}", args=[plan.pk]))
    of_plan = ("consultations.plan", plan.pk, clara)
    assert lines(before) == [
        ("plan_read", *of_plan),
        ("plan_printed", *of_plan),
        ("answers_printed", *of_plan),
        ("answers_printed", *of_plan),
    ]


def test_what_goes_live_leaves_a_line_each(clara):
    method = Method.objects.get(slug="nutmeg-mask")
    before = Event.objects.count()
    verbs.publish(method, by=clara, note="Said so")
    verbs.revert(method, method.live_revision, by=clara)
    verbs.move(method, "nutmeg", by=clara)
    verbs.unpublish(method, by=clara)
    text = ConsentText.objects.first()
    consents.publish(text, by=clara)
    text.label = f"{text.label}!"
    text.save()
    consents.publish(text, by=clara)
    clara.profession = protocol_versions.DOCTOR
    version = protocol_versions.approve_protocol(by=clara)
    protocol_versions.approve_protocol(by=clara)
    of_method = ("methods.method", method.pk, clara)
    assert lines(before) == [
        ("published", *of_method),
        ("reverted", *of_method),
        ("moved", *of_method),
        ("unpublished", *of_method),
        ("published", "consultations.consenttext", text.pk, clara),
        ("protocol_approved", "methods.protocolversion", version.pk, clara),
    ]


def test_a_consent_to_pictures_withdrawn_twice_leaves_one_line(clara):
    consent = make_consent()
    before = Event.objects.count()
    keeping.withdraw(consent, by=clara)
    keeping.withdraw(consent, by=clara)
    subject = ("methods.consent", consent.pk, clara)
    assert lines(before) == [("pictures_withdrawn", *subject)]


def test_a_desk_saved_unchanged_and_a_consent_given_twice_leave_no_second_line(clara):
    plan = make_plan()
    edits = workflow.decide(plan, {}, note="Hello", seen_edits=0, by=clara).edits
    consents.decide(plan.intake, {ConsentPurpose.ASSESSMENT: True}, by="patient")
    before = Event.objects.count()
    workflow.decide(plan, {}, note="Hello", seen_edits=edits, by=clara)
    consents.decide(plan.intake, {ConsentPurpose.ASSESSMENT: True}, by="patient")
    assert lines(before) == []


def test_what_a_verb_refuses_leaves_none(clara):
    plan = make_plan()
    before = Event.objects.count()
    with pytest.raises(workflow.NotAllowed):
        workflow.ask(plan, " ", [], by=clara)
    with pytest.raises(workflow.NotAllowed):
        workflow.amend(plan, by=clara)
    assert lines(before) == []


def test_log_ins_leave_a_line_and_a_wrong_one_names_the_account_if_there_is_one(clara):
    clara.set_password("kuvo-mira")
    clara.save()
    client = Client()
    before = Event.objects.count()
    for name, password in [
        ("clara", "wrong"),
        ("nobody", "wrong"),
        ("clara", "kuvo-mira"),
    ]:
        client.post("/admin/login/", {"username": name, "password": password})
    new = {"old_password": "kuvo-mira"}
    new |= {f"new_password{number}": "xylo-mira-42" for number in (1, 2)}
    client.post("/admin/password_change/", new)
    assert lines(before) == [
        ("login_failed", "staff.user", clara.pk, None),
        ("login_failed", "", None, None),
        ("login", "staff.user", clara.pk, clara),
        ("password_changed", "staff.user", clara.pk, clara),
    ]


def test_whoever_changes_an_account_leaves_a_line(administrator):
    ada = User.objects.get(username="ada")
    before = Event.objects.count()
    twice = {f"password{number}": "xylo-mira-42" for number in (1, 2)}
    twice |= {"usable_password": "true"}
    administrator.post("/admin/staff/user/add/", {"username": "eve"} | twice)
    eve = User.objects.get(username="eve")
    administrator.post(f"/admin/staff/user/{eve.pk}/password/", twice)
    administrator.post(f"/admin/staff/user/{eve.pk}/delete/", {"post": "yes"})
    assert lines(before) == [
        ("account_added", "staff.user", eve.pk, ada),
        ("account_changed", "staff.user", eve.pk, ada),
        ("account_deleted", "staff.user", eve.pk, ada),
    ]


def test_the_ledger_costs_the_same_for_one_line_and_for_many(
    administrator, clara, count_queries
):
    ledger.record(Action.LOGIN, clara, by=clara)
    for_one = count_queries(administrator, LEDGER)
    for name in ("dora", "berta", "eve"):
        ledger.record(Action.LOGIN, clara, by=make_clinician(name))
    assert count_queries(administrator, LEDGER) == for_one


def test_the_ledger_is_read_and_never_written_in_the_admin(administrator, clara):
    event = ledger.record(Action.LOGIN, clara, by=clara)
    assert "Logged in" in administrator.get(LEDGER).content.decode()
    chief = Client()
    chief.force_login(User.objects.create_superuser("chief"))
    page = f"{LEDGER}{event.pk}/"
    tried = [f"{LEDGER}add/", f"{page}change/", f"{page}delete/"]
    assert [chief.post(each).status_code for each in tried] == [403] * 3
    assert Event.objects.filter(pk=event.pk).exists()


def test_an_action_that_nobody_declared_is_refused(clara):
    with pytest.raises(IntegrityError), transaction.atomic():
        ledger.record("looked", clara)
