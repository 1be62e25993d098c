"""What was shown, taken and overridden: counts of which nobody is made out."""

import csv
from collections import defaultdict
from datetime import date
from io import StringIO
from itertools import product

import pytest
from django.contrib.auth.models import Group
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from consultations.admin.taken import safe
from consultations.models import Decision, Plan
from consultations.review import taken, workflow
from methods.models import Method
from scarclinic.staff.models import Event, User
from tests.consultations.deciding import make_plan, sign_off
from tests.consultations.factories import make_clinician
from tests.consultations.patients import html_of

PAGE = "/admin/consultations/plan/taken/"
FILE = "/admin/consultations/plan/taken.csv"


@pytest.fixture
def lead(db):
    user = User.objects.create_user("lena", is_staff=True)
    user.groups.add(Group.objects.get(name="Lead doctor"))
    client = Client()
    client.force_login(user)
    return client


@pytest.fixture
def clara(db):
    return make_clinician("clara", profession="doctor")


def tally(title):
    found = taken.counted(date.today(), date.today())
    return next(each for name, each in found.methods if name.startswith(title))


def copies(plan, count, **answers):
    """Make as many patients more with the same cards and decisions, without their texts."""
    decisions = list(plan.decisions.select_related("card__assessment"))
    for _number in range(count):
        other = make_plan(**answers)
        Plan.objects.filter(pk=other.pk).update(
            signed_at=plan.signed_at,
            signed_by=plan.signed_by,
            signed_name=plan.signed_name,
            registration_number=plan.registration_number,
        )
        for each in decisions:
            Decision.objects.filter(
                plan=other, card__revision=each.card.revision_id
            ).update(
                choice=each.choice,
                override_reason=each.override_reason,
                decided_by=each.decided_by,
                decided_at=each.decided_at,
            )


@pytest.mark.django_db
def test_per_treatment_and_rule_it_says_what_was_shown_taken_and_overridden(
    clara, lead
):
    against = ("include", "It helped before")
    plan = sign_off(
        make_plan(keloid_history_self="yes"),
        clara,
        options="not_included",
        subcision=against,
    )
    copies(plan, 1, keloid_history_self="yes")
    row = tally("Releasing")
    assert (row.shown, row.taken, row.against) == (0, 0, 2)
    assert row.why == "Other reasons: <5"
    html = html_of(lead.get(PAGE))
    assert "Releasing a scar from below (subcision)" in html
    assert "Contraindication" in html
    assert plan.intake.name not in html
    assert plan.intake.reference not in html
    assert "It helped before" not in html
    rules = taken.counted(date.today(), date.today()).rules
    assert any("eloid" in rule and each.against for _t, rule, each in rules)


@pytest.mark.django_db
def test_of_each_patient_the_newest_signed_version_counts_in_its_month(clara):
    plan = sign_off(make_plan(), clara, subcision="include")
    assert tally("Releasing").taken == 1
    amended = workflow.amend(plan, by=clara)
    assert tally("Releasing").taken == 1
    sign_off(amended, clara, subcision="not_now")
    row = tally("Releasing")
    assert (row.taken, row.not_now, row.shown) == (0, 1, 1)
    before = date(date.today().year - 1, 12, 1)
    assert taken.counted(before, before).methods == []


def test_no_small_number_is_told_by_what_stands_beside_it():
    """From a row's sum and its other cells nobody works out a cell of 1 to 4."""
    possible = defaultdict(list)
    for parts in product(range(20), repeat=3):
        shown = (taken.told(sum(parts)), *map(taken.told, parts))
        possible[shown].append(parts)
    for shown, rows in possible.items():
        if "15" in shown[1:]:
            # Beyond it we have not counted all.
            continue
        for at, cell in enumerate(shown[1:]):
            if cell == "<5":
                assert len({row[at] for row in rows}) > 1, shown
    assert [taken.told(count) for count in (0, 1, 4, 5, 9, 10)] == [
        "0",
        "<5",
        "<5",
        "5",
        "5",
        "10",
    ]


@pytest.mark.django_db
def test_the_page_costs_the_same_for_one_patient_and_for_more(clara, lead):
    def cost():
        with CaptureQueriesContext(connection) as queries:
            assert lead.get(PAGE).status_code == 200
        return len(queries)

    plan = sign_off(make_plan(), clara, subcision="include")
    cost()
    of_one = cost()
    copies(plan, 2)
    assert cost() == of_one


@pytest.mark.django_db
def test_the_file_has_both_tables_and_its_download_is_recorded(clara, lead):
    Method.objects.filter(slug="subcision").update(title="=HYPERLINK(1)")
    sign_off(make_plan(), clara, subcision="include")
    response = lead.get(FILE)
    assert response["Content-Disposition"] == 'attachment; filename="taken.csv"'
    rows = list(csv.reader(StringIO(response.content.decode("utf-8-sig"))))
    assert rows[0][:3] == ["Treatment", "Rule", "Shown as an option"]
    assert ["'=HYPERLINK(1)", "", "<5", "<5", "0", "0", "0", ""] in rows
    assert any(row[1] for row in rows[1:])
    event = Event.objects.get(action="numbers_exported")
    assert event.by.username == "lena"
    assert [safe(text) for text in ("-1", "@x", "\tx", "<5", "")] == [
        "'-1",
        "'@x",
        "'\tx",
        "<5",
        "",
    ]


@pytest.mark.django_db
def test_months_are_asked_in_words_and_a_wrong_one_is_named(lead):
    assert lead.get(PAGE, {"first": "2026-01", "last": "2026-02"}).context["taken"]
    for wrong in (
        {"first": "x", "last": "2026-02"},
        {"first": "2026-03", "last": "2026-02"},
    ):
        for url in (PAGE, FILE):
            response = lead.get(url, wrong)
            assert response.status_code == 200
            assert "errornote" in html_of(response)
            assert response.context["taken"] is None


@pytest.mark.django_db
def test_only_who_may_read_it_opens_it(client_of, lead):
    assert reverse("admin:consultations_plan_taken") == PAGE
    for role in ("Front desk", "Editor", "Cosmetologist", "Administrator"):
        client = client_of(role)
        assert {client.get(url).status_code for url in (PAGE, FILE)} == {403}
        assert PAGE not in html_of(client.get("/admin/"))
    assert PAGE in html_of(lead.get("/admin/"))
