"""The queue is narrowed by what a scar is, what is planned, who signed, and when."""

from datetime import date, timedelta

import pytest
from django.db import connection
from django.utils import timezone

from consultations.admin import sealed_search
from consultations.models import Facet, Intake, Plan
from consultations.review import workflow
from scarclinic.staff.models import Event
from tests.consultations.deciding import QUEUE, make_plan, sign_off
from tests.consultations.factories import make_clinician
from tests.consultations.queueing import make_signed, make_waiting, queue_of
from tests.consultations.writing import run

pytestmark = pytest.mark.django_db

ACNE = {"type": "rolling", "site": "face", "cause": "acne"}
EAR = {"type": "keloid_suspected", "site": "ear", "cause": "piercing"}


@pytest.fixture
def clara():
    return make_clinician("clara")


@pytest.fixture
def desk_client(client, clara):
    client.force_login(clara)
    return client


@pytest.fixture
def front_desk(client_of):
    return client_of("Front desk")


def make_coded(*, signed_by=None, **codes):
    plan = make_signed(signed_by) if signed_by else make_waiting()
    for kind, code in codes.items():
        Facet.objects.create(intake=plan.intake, kind=kind, code=code)
    return plan


def codes_of(intake):
    return {(each.kind, each.code) for each in intake.facets.all()}


# What is written


def test_what_was_found_and_what_is_planned_are_written_as_codes(clara):
    plan = make_plan(scar_cause="acne", body_site="face")
    found = codes_of(plan.intake)
    assert found >= {("site", "face"), ("cause", "acne")}
    types = {code for each in plan.intake.assessments.all() for code in each.types}
    assert {code for kind, code in found if kind == "type"} == types
    plan = sign_off(plan, clara, subcision="include")
    written = codes_of(plan.intake)
    assert written - found == {("method", "subcision")}
    Facet.objects.all().delete()
    run("index_people")
    assert codes_of(plan.intake) == written


def test_what_staff_have_seen_counts_above_what_the_patient_said(clara):
    plan = make_plan(body_site="face")
    workflow.examine(plan, {(1, "body_site"): "ear"}, how="in_person", by=clara)
    assert {code for kind, code in codes_of(plan.intake) if kind == "site"} == {"ear"}


# What is found


def test_each_filter_leaves_what_has_its_code_and_filters_add_up(desk_client, clara):
    dora = make_clinician("dora")
    acne, both = make_coded(**ACNE), make_coded(**ACNE | {"site": "ear"})
    signed = make_coded(signed_by=clara, method="subcision", **EAR)
    other = make_coded(signed_by=dora, method="silicone", **EAR)
    assert {
        name: queue_of(desk_client, **query)
        for name, query in {
            "type": {"type": "rolling"},
            "site": {"site": "ear"},
            "cause": {"cause": "piercing"},
            "method": {"method": "subcision"},
            "signer": {"signed_by": dora.pk},
            "two": {"type": "rolling", "site": "ear"},
            "signer and site": {"signed_by": clara.pk, "site": "ear"},
            "waiting": {"site": "ear", "state": "waiting"},
            "none has it": {"type": "ice_pick"},
        }.items()
    } == {
        "type": [both, acne],
        "site": [other, signed, both],
        "cause": [other, signed],
        "method": [signed],
        "signer": [other],
        "two": [both],
        "signer and site": [signed],
        "waiting": [both],
        "none has it": [],
    }
    # What is no code narrows nothing.
    assert len(queue_of(desk_client, type="nonsense", state="all")) == 4


def test_days_are_read_as_people_write_them_and_both_count(desk_client, clara):
    now = timezone.localtime().replace(hour=23, minute=30)
    plans = []
    for days in (0, 10, 20):
        plan = make_signed(clara)
        at = now - timedelta(days=days)
        Intake.objects.filter(pk=plan.intake_id).update(submitted_at=at)
        Plan.objects.filter(pk=plan.pk).update(signed_at=at)
        plans.append(plan)
    day = (now - timedelta(days=10)).date()
    for what in ("sent", "signed"):
        for text in (day.isoformat(), f"{day:%d.%m.%Y}", f"{day:%-d %B %Y}"):
            both = {f"{what}_from": text, f"{what}_to": text}
            assert queue_of(desk_client, **both) == [plans[1]]
        assert queue_of(desk_client, **{f"{what}_from": day}) == plans[:2]
        assert queue_of(desk_client, **{f"{what}_to": day}) == plans[1:]
    page = desk_client.get(QUEUE, {"sent_from": "32.1.2026"})
    assert "There is no such day." in page.text
    assert 'value="32.1.2026"' in page.text


def test_what_narrows_is_shown_and_each_is_left_out_by_a_link(desk_client):
    make_coded(**EAR)
    page = desk_client.get(QUEUE, {"site": "ear", "type": "rolling", "p": "1"})
    shown = page.context["cl"].narrowed
    assert [(str(title), str(chosen)) for title, chosen, _link in shown] == [
        ("Scar type", "Rolling scar"),
        ("Place on the body", "Ear"),
    ]
    [_type, (_title, _chosen, without)] = shown
    assert without == "?type=rolling"
    assert '<a href="?">Clear all</a>' in page.text
    assert "Clear all" not in desk_client.get(QUEUE).text


# Who may


def test_the_front_desk_neither_sees_nor_filters_what_is_health(front_desk, clara):
    make_coded(**ACNE)
    page = front_desk.get(QUEUE)
    for name, code in {**ACNE, "method": "subcision"}.items():
        assert f'name="{name}"' not in page.text
        assert front_desk.get(QUEUE, {name: code}).status_code == 400
    assert "Rolling scar" not in page.text
    signed = make_coded(signed_by=clara, **EAR)
    assert queue_of(front_desk, signed_by=clara.pk) == [signed]
    assert len(queue_of(front_desk, sent_from=date.today())) == 2


# What an address says


def test_a_name_is_posted_and_no_address_names_it(desk_client):
    plan = make_waiting(intake={"name": "Ada Okafor"})
    before = Event.objects.filter(action="people_searched").count()
    response = desk_client.post(
        f"{QUEUE}?site=ear&state=waiting&p=2", {"q": " Okafor ", "_search": "Search"}
    )
    address = response["Location"]
    assert "kafor" not in address.lower()
    assert address.startswith(f"{QUEUE}?site=ear&q=.")
    found = desk_client.get(address.replace("site=ear&", ""))
    assert list(found.context["cl"].result_list) == [plan]
    assert 'value="Okafor"' in found.text
    links = [part.partition('"')[0] for part in found.text.split('href="')[1:]]
    assert [each for each in links if "kafor" in each.lower()] == []
    assert Event.objects.filter(action="people_searched").count() == before + 1
    # Nothing typed is no search.
    emptied = desk_client.post(QUEUE, {"q": " ", "_search": "Search"})
    assert emptied["Location"] == f"{QUEUE}?"


def test_what_is_sealed_opens_and_what_was_changed_finds_nobody(settings):
    sealed = sealed_search.sealed("Ада Okafor")
    assert sealed_search.opened(sealed) == "Ада Okafor"
    for text in (sealed[:-4] + "AAAA", ".", ".é", "." + "A" * 40):
        assert sealed_search.opened(text) == ""
    assert sealed_search.opened("Ada") == "Ada"


# What it costs

FILTERS = [*ACNE.items(), ("method", "subcision"), ("sent_from", "1.1.2020")]


def test_a_narrowed_list_costs_the_same_for_one_and_for_many(
    desk_client, clara, count_queries
):
    queries = [f"{QUEUE}?{name}={value}" for name, value in FILTERS]
    queries += [f"{QUEUE}?signed_by={clara.pk}", f"{QUEUE}?signed_from=1.1.2020"]
    make_coded(signed_by=clara, method="subcision", **ACNE)
    for_one = [count_queries(desk_client, url) for url in queries]
    for _number in range(4):
        make_coded(signed_by=clara, method="subcision", **ACNE)
    assert [count_queries(desk_client, url) for url in queries] == for_one
    assert max(for_one) <= 15


def test_each_filter_is_answered_by_an_index(desk_client, clara):
    for _number in range(3):
        make_coded(signed_by=clara, method="subcision", **ACNE)
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SET LOCAL enable_seqscan = off")
    for name, value in [*FILTERS, ("signed_by", clara.pk), ("signed_to", "1.1.2040")]:
        response = desk_client.get(QUEUE, {name: value})
        found = response.context["cl"].get_queryset(response.wsgi_request)
        how = found[:50].explain()
        assert "SCAN consultations" not in how, (name, how)
        assert "Seq Scan" not in how, (name, how)
