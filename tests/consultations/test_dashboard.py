"""The first page of the admin: what waits, before any table."""

import re
from datetime import timedelta
from html import unescape

import pytest
from django.test import Client
from django.utils import timezone

from consultations.models import ErasureRequest, Letter
from methods.models import Method, ScarType, Trait
from scarclinic.staff.models import User
from tests.consultations.factories import make_clinician
from tests.consultations.queueing import (
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
OF_QUEUE = {"Late": 0, "Unclaimed": 0}
OF_CLINICIANS = {
    "Red flags": 0,
    **OF_QUEUE,
    "Mine": 0,
    "Questions that patients have answered": 0,
}
OF_EDITORS = {
    "Reviews due": 0,
    "Drafts not published: methods": 0,
    "Drafts not published: scar types": 0,
    "Drafts not published: traits": 0,
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
    return client.get(url).context["cl"].result_count


def everything_waits(clara):
    """Make plans in every state, another number of each."""
    for _number in range(5):
        make_waiting(claimed_by=clara)
    for _number in range(4):
        make_waiting()
    for _number in range(3):
        make_waiting(intake=promised_in(-1), claimed_by=make_clinician(f"d{_number}"))
    for _number in range(2):
        make_waiting(is_flagged=True, claimed_by=User.objects.get(username="d0"))
    make_waiting(has_answer=True, claimed_by=User.objects.get(username="d0"))
    # Of these none waits for the clinic.
    make_waiting(intake=promised_in(-1), is_asking=True, claimed_by=clara)
    make_signed(clara, is_flagged=True, intake=promised_in(-1))
    make_withdrawn(is_flagged=True, has_answer=True)


def test_nothing_waits_in_a_new_clinic(clinician):
    assert counts_of(clinician) == OF_CLINICIANS
    assert {kind for kind, *_rest in items_of(clinician)} == {""}


def test_each_kind_of_work_is_counted(clinician, clara):
    everything_waits(clara)
    assert counts_of(clinician) == {
        "Red flags": 2,
        "Late": 3,
        "Unclaimed": 4,
        "Mine": 6,
        "Questions that patients have answered": 1,
    }


def test_each_count_leads_to_a_list_as_long(clinician, clara):
    everything_waits(clara)
    for _kind, url, count, label in items_of(clinician):
        assert (label, listed_at(clinician, url)) == (label, count)


def test_what_is_urgent_is_marked_as_soon_as_there_is_any(clinician, clara):
    everything_waits(clara)
    urgent = [label for kind, *_rest, label in items_of(clinician) if kind]
    assert urgent == ["Red flags", "Late"]


def test_what_waits_stands_before_the_tables(clinician):
    html = clinician.get(HOME).content.decode()
    assert 0 < html.index("What waits") < html.index('class="app-')


def test_the_front_desk_learns_of_no_flag(client_of):
    client = client_of("Front desk")
    make_waiting(is_flagged=True, intake=promised_in(-1))
    assert counts_of(client) == {"Late": 1, "Unclaimed": 1}
    assert "flag" not in client.get(HOME).content.decode()


def test_an_editor_sees_what_waits_on_the_pages_and_nothing_of_patients(client_of):
    make_waiting(is_flagged=True)
    assert counts_of(client_of("Editor")) == OF_EDITORS


def test_an_administrator_sees_the_queue_requests_and_e_mails(client_of):
    assert counts_of(client_of("Administrator")) == {
        "Red flags": 0,
        **OF_QUEUE,
        "Requests to erase": 0,
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
    Method.objects.filter(slug="subcision").update(next_review_on=today)
    Method.objects.filter(slug="tca-cross").update(
        next_review_on=today + timedelta(days=1)
    )
    assert counts_of(client)["Reviews due"] == 1


def test_drafts_are_counted_until_they_are_published(client_of):
    client = client_of("Editor")
    Method.objects.filter(slug__in=["subcision", "tca-cross"]).update(title="Mine")
    trait = Trait.objects.first()
    Trait.objects.filter(pk=trait.pk).update(name="Mine")
    ScarType.objects.filter(pk__in=ScarType.objects.values("pk")[:3]).update(title="X")
    assert counts_of(client) == OF_EDITORS | {
        "Drafts not published: methods": 2,
        "Drafts not published: scar types": 3,
        "Drafts not published: traits": 1,
    }


@pytest.mark.parametrize("role", ["Front desk", "Editor", "Administrator"])
def test_the_first_page_costs_the_same_however_much_waits(
    client_of, clara, count_queries, role
):
    client = client_of(role)
    before = count_queries(client, HOME)
    everything_waits(clara)
    Method.objects.update(title="Mine", next_review_on=timezone.localdate())
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
