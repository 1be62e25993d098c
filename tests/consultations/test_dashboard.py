"""The first page of the admin: what waits, before any table."""

import re
from datetime import timedelta
from html import unescape

import pytest
from django.contrib.auth.models import Group
from django.test import Client
from django.utils import timezone

from consultations.models import ErasureRequest, Letter
from methods.models import Cause, Condition, Finding, Method, Pathway, ScarType, Trait
from methods.publishing import drafts, proposals, verbs
from scarclinic.staff.models import AccountChange, User
from tests.consultations.factories import make_clinician
from tests.consultations.queueing import (
    make_recalled,
    make_signed,
    make_waiting,
    make_withdrawn,
    promised_in,
)

pytestmark = pytest.mark.django_db

HOME = "/admin/"
ITEM = re.compile(
    r"<li(?: class=\"(.*?)\")?><a href=\"(.*?)\"><strong>(\d+)</strong> (.*?)</a></li>"
)
ROBOTS = "Perhaps from a robot: nothing is sent until somebody looks"
OF_QUEUE = {"Messages from patients": 0, "Late": 0, "Unclaimed": 0}
OF_READERS = {
    "Crisis words": 0,
    "Letters to print": 0,
    "Red flags": 0,
    "Plans that a doctor has to sign": 0,
    "Patients to call": 0,
    "Patients to be asked back": 0,
    "Patients to call back": 0,
    ROBOTS: 0,
}
OF_CLINICIANS = {
    **OF_READERS,
    **OF_QUEUE,
    "Mine": 0,
    "Plans that patients have answered": 0,
    "Questions that patients have answered": 0,
    "Answers that patients have corrected": 0,
    "Photos that patients have added": 0,
    "Changes that a clinician has to confirm": 0,
}
OF_EDITORS = {
    "Changes that a clinician has to confirm": 0,
    # No page of the starter catalogue was ever reviewed.
    "Reviews due": 44,
    "Drafts not published: methods": 0,
    "Drafts not published: scar types": 0,
    "Drafts not published: pages by what happened": 0,
    "Drafts not published: traits": 0,
    "Drafts not published: conditions": 0,
    "Drafts not published: pathways": 0,
}


@pytest.fixture
def clara(db):
    return make_clinician("clara")


@pytest.fixture
def clinician(clara):
    client = Client()
    client.force_login(clara)
    return client


def items_of(client):
    """Return what waits, [(class, address, count, label)]."""
    html = client.get(HOME).content.decode()
    return [
        (kind, unescape(url), int(count), unescape(label))
        for kind, url, count, label in ITEM.findall(html)
    ]


def counts_of(client):
    """Return what waits, {label: count}."""
    return {label: count for _kind, _url, count, label in items_of(client)}


def listed_at(client, url):
    """Return how many rows a page of the admin lists."""
    context = client.get(url).context
    return (
        len(context["waiting"]) if "waiting" in context else context["cl"].result_count
    )


def change_drafts(subjects):
    """Change working copies as saving them in the admin does."""
    for subject in subjects:
        drafts.write_draft(subject, {"position": 7, "description": "Mine"})


def everything_waits(clara):
    """Make plans in every state, another number of each."""
    for _number in range(5):
        make_waiting(claimed_by=clara)
    for _number in range(4):
        make_waiting()
    for _number in range(3):
        make_waiting(intake=promised_in(-1), claimed_by=make_clinician(f"d{_number}"))
    d0 = {"claimed_by": User.objects.get(username="d0")}
    for _number in range(2):
        make_waiting(is_flagged=True, **d0)
    make_waiting(has_crisis_words=True, claimed_by=User.objects.get(username="d0"))
    make_waiting(has_answer=True, claimed_by=User.objects.get(username="d0"))
    make_waiting(has_correction=True, claimed_by=User.objects.get(username="d0"))
    make_waiting(has_photos=True, claimed_by=User.objects.get(username="d0"))
    for _number in range(2):
        make_waiting(
            claimed_by=User.objects.get(username="d0"),
            first_signed_by=clara,
            first_signed_at=timezone.now(),
            first_signed_name="Clara Weiss",
        )
    make_waiting(
        intake={"is_suspected": True}, claimed_by=User.objects.get(username="d0")
    )
    make_signed(clara, is_to_call=True, call_by=timezone.localdate())
    make_recalled(clara)
    for days in (0, 7):
        day = timezone.localdate() + timedelta(days=days)
        make_signed(clara, intake={"call_back_on": day})
    today = timezone.localdate()
    make_signed(clara, has_message=True, due_on=today, claimed_by=clara)
    make_signed(clara, has_message=True, has_response=True, due_on=today, **d0)
    make_waiting(has_message=True, due_on=today - timedelta(days=1), **d0)
    make_signed(clara, has_response=True, due_on=today, claimed_by=clara)
    # Of these none waits for the clinic.
    make_waiting(intake=promised_in(-1), is_asking=True, claimed_by=clara)
    make_signed(clara, is_flagged=True, intake=promised_in(-1))
    make_withdrawn(is_flagged=True, has_answer=True)
    proposals.unpublish(Method.objects.get(slug="tca-cross"), by=clara)


def test_nothing_waits_in_a_new_clinic(clinician):
    assert counts_of(clinician) == OF_CLINICIANS
    assert {kind for kind, *_rest in items_of(clinician)} == {""}


def test_each_kind_of_work_is_counted(clinician, clara):
    everything_waits(clara)
    assert counts_of(clinician) == {
        "Crisis words": 1,
        "Letters to print": 0,
        "Red flags": 2,
        "Plans that a doctor has to sign": 2,
        "Patients to call": 1,
        "Patients to be asked back": 1,
        "Patients to call back": 2,
        ROBOTS: 1,
        "Messages from patients": 3,
        "Late": 4,
        "Unclaimed": 4,
        "Mine": 8,
        "Plans that patients have answered": 2,
        "Questions that patients have answered": 1,
        "Answers that patients have corrected": 1,
        "Photos that patients have added": 1,
        "Changes that a clinician has to confirm": 1,
    }


def test_each_count_leads_every_role_to_a_list_as_long(client_of, clinician, clara):
    everything_waits(clara)
    change_drafts(Method.objects.filter(slug="subcision"))
    change_drafts(ScarType.objects.all()[:3])
    Cause.objects.filter(code="acne").update(has_changes=True)
    change_drafts(Trait.objects.all()[:2])
    Condition.objects.create(finding=Finding.objects.get(code="everyone"))
    Pathway.objects.create(code="new", title="New")
    verbs.unpublish(Method.objects.get(slug="mandelic-peel"))
    plans = [make_waiting() for _number in range(3)]
    for number, plan in enumerate(plans):
        settled = {"settled_at": timezone.now(), "settled_by": clara, "told": "Law."}
        ErasureRequest.objects.create(intake=plan.intake, **(settled if number else {}))
        given_up = {"due_at": timezone.now(), "given_up_at": timezone.now()}
        Letter.objects.create(intake=plan.intake, kind="plan", key=number, **given_up)
    to_print = {"channel": "letter", "due_at": timezone.now()}
    Letter.objects.create(intake=plans[0].intake, kind="plan", key="p", **to_print)
    AccountChange.objects.create(user=clara, asked_by=clara, changes={})
    roles = Group.objects.exclude(name="Cosmetologist").values_list("name", flat=True)
    clients = {role: client_of(role) for role in roles} | {"Cosmetologist": clinician}
    wrong = [
        (role, label, count, listed_at(client, url))
        for role, client in clients.items()
        for _kind, url, count, label in items_of(client)
        if count != listed_at(client, url)
    ]
    assert wrong == []
    # Nothing that can be counted counted nothing, or the test would tell nothing.
    assert [
        (role, label)
        for role, client in clients.items()
        for label, count in counts_of(client).items()
        if not count
    ] == []


def test_what_is_urgent_is_marked_as_soon_as_there_is_any(clinician, clara):
    everything_waits(clara)
    urgent = [label for kind, *_rest, label in items_of(clinician) if kind]
    assert urgent == [
        "Crisis words",
        "Red flags",
        "Patients to call",
        "Patients to call back",
        "Late",
    ]


def test_what_waits_stands_before_the_tables(clinician):
    html = clinician.get(HOME).content.decode()
    assert 0 < html.index("What waits") < html.index('class="app-')


def test_the_front_desk_learns_of_no_flag(client_of):
    client = client_of("Front desk")
    make_waiting(is_flagged=True, intake=promised_in(-1))
    assert counts_of(client) == {
        "Patients to call": 0,
        "Patients to be asked back": 0,
        "Patients to call back": 0,
        ROBOTS: 0,
        "Messages from patients": 0,
        "Late": 1,
        "Unclaimed": 1,
    }
    assert "flag" not in client.get(HOME).content.decode()


def test_an_editor_sees_what_waits_on_the_pages_and_nothing_of_patients(client_of):
    make_waiting(is_flagged=True)
    assert counts_of(client_of("Editor")) == OF_EDITORS


def test_an_administrator_sees_the_queue_requests_and_e_mails(client_of):
    assert counts_of(client_of("Administrator")) == {
        **OF_READERS,
        **OF_QUEUE,
        "Requests to erase": 0,
        "Changes of accounts to confirm": 0,
        "E-mails that could not be sent": 0,
    }


def test_requests_and_e_mails_are_counted_until_they_are_settled(client_of):
    client = client_of("Administrator")
    plan, kept = make_waiting(), make_waiting()
    now = timezone.now()
    ErasureRequest.objects.create(intake=plan.intake)
    settled = {"settled_at": now, "settled_by": make_clinician(), "told": "The law."}
    ErasureRequest.objects.create(intake=kept.intake, **settled)
    for key, given_up in (("one", now), ("two", now), ("three", None)):
        Letter.objects.create(
            intake=plan.intake, kind="plan", key=key, due_at=now, given_up_at=given_up
        )
    items = {label: (count, url) for _kind, url, count, label in items_of(client)}
    for label, expected in (
        ("Requests to erase", 1),
        ("E-mails that could not be sent", 2),
    ):
        count, url = items[label]
        assert (label, count, listed_at(client, url)) == (label, expected, expected)


def test_reviews_due_are_counted_from_the_day_on(client_of):
    client, today = client_of("Editor"), timezone.localdate()
    for slug, days in (("subcision", 0), ("tca-cross", 1)):
        due = today + timedelta(days)
        Method.objects.filter(slug=slug).update(next_review_on=due)
        verbs.publish(Method.objects.get(slug=slug), by=None, note="Reviewed")
    assert counts_of(client)["Reviews due"] == 43
    # What counts is live: a draft's date is no promise.
    Method.objects.update(next_review_on=today + timedelta(days=9))
    assert counts_of(client)["Reviews due"] == 43
    listed = client.get("/admin/methods/method/?review=due").context["cl"].result_list
    assert listed[len(listed) - 1].slug == "subcision"


def test_drafts_are_counted_until_they_are_published(client_of):
    client = client_of("Editor")
    change_drafts(Method.objects.filter(slug__in=["subcision", "tca-cross"]))
    change_drafts(ScarType.objects.all()[:3])
    change_drafts(Trait.objects.all()[:1])
    assert counts_of(client) == OF_EDITORS | {
        "Drafts not published: methods": 2,
        "Drafts not published: scar types": 3,
        "Drafts not published: traits": 1,
    }
    verbs.publish(Method.objects.get(slug="subcision"), by=None, note="Mine")
    assert counts_of(client)["Drafts not published: methods"] == 1


@pytest.mark.parametrize("role", ["Front desk", "Editor", "Administrator"])
def test_the_first_page_costs_the_same_however_much_waits(
    client_of, clara, count_queries, role
):
    client = client_of(role)
    before = count_queries(client, HOME)
    everything_waits(clara)
    Method.objects.update(has_changes=True)
    assert count_queries(client, HOME) == before


def test_the_first_page_costs_a_clinician_the_same_however_much_waits(
    clinician, clara, count_queries
):
    before = count_queries(clinician, HOME)
    everything_waits(clara)
    assert count_queries(clinician, HOME) == before


def test_who_has_no_role_yet_is_told_of_nothing():
    client = Client()
    client.force_login(User.objects.create_user("new", is_staff=True))
    assert items_of(client) == []
    assert "What waits" not in client.get(HOME).content.decode()
