"""Pages of the intake, counted without knowing whose."""

from concurrent.futures import ThreadPoolExecutor
from datetime import date, datetime, timedelta

import pytest
from django.contrib.auth.models import Permission
from django.db import connection, connections, transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from consultations.intake import statistics, steps
from consultations.intake.questions.pages import SLUGS
from consultations.models import Intake, StepTally
from scarclinic.staff.models import User
from tests.consultations.factories import CHECK, answer, begin, fill_in

pytestmark = pytest.mark.django_db

PAGE = reverse("admin:consultations_steptally_changelist")


@pytest.fixture
def draft():
    intake, _token = Intake.objects.begin()
    return intake


@pytest.fixture
def clock(monkeypatch):
    """Return a clock that a test moves on: `clock.now += seconds`."""

    class Clock:
        now = 1_700_000_000

    monkeypatch.setattr(statistics, "time", lambda: Clock.now)
    return Clock


def counts():
    """Return {page: (reached, answered, errors, left, seconds)} of all days."""
    return {
        page: (its.reached, its.completed, its.errors, its.left, dict(its.seconds))
        for page, its in statistics.since(date.min).items()
    }


def reread(intake):
    return Intake.objects.get(pk=intake.pk)


@pytest.fixture(params=["open", "ended"])
def counted(request):
    """Return a function: what is counted of drafts that are open, or came to an end."""

    def count(*drafts):
        for draft in drafts:
            draft.save()
            if request.param == "ended":
                statistics.fold(reread(draft))
                draft.delete()
        return counts()

    return count


# Count


def test_a_page_is_reached_once_by_each_draft(draft, clock, counted):
    other, _token = Intake.objects.begin()
    statistics.reached(draft, "you")
    clock.now += 60
    statistics.reached(draft, "you")
    statistics.reached(other, "you")
    assert draft.visits == {"you": [clock.now - 60, None, 0]}
    assert counted(draft, other) == {"you": (2, 0, 0, 0, {})}


def test_the_scars_of_one_draft_count_at_one_page(draft, counted):
    statistics.reached(draft, "scar-cause/1")
    statistics.reached(draft, "scar-cause/2")
    assert counted(draft) == {"scar-cause": (2, 0, 0, 0, {})}


def test_a_page_is_answered_once_with_the_time_since_it_was_reached(
    draft, clock, counted
):
    statistics.reached(draft, "you")
    clock.now += 20
    statistics.completed(draft, "you")
    clock.now += 500
    statistics.completed(draft, "you")
    statistics.reached(draft, "you")
    assert counted(draft) == {"you": (1, 1, 0, 0, {"7": 1})}


def test_a_page_that_was_answered_by_its_address_counts_as_reached_without_a_time(
    draft, counted
):
    statistics.completed(draft, "skin")
    statistics.reached(draft, "skin")
    assert counted(draft) == {"skin": (1, 1, 0, 0, {})}


def test_a_clock_that_jumps_back_counts_as_a_second(draft, clock, counted):
    statistics.reached(draft, "you")
    clock.now -= 3600
    statistics.completed(draft, "you")
    assert counted(draft) == {"you": (1, 1, 0, 0, {"0": 1})}


def test_every_error_counts_and_is_no_visit(draft, counted):
    statistics.failed(draft, "scar-look/1")
    statistics.failed(draft, "scar-look/1")
    statistics.failed(draft, "scar-look/2")
    assert counted(draft) == {"scar-look": (0, 0, 3, 0, {})}


def test_each_day_counts_its_own(draft, clock, counted):
    statistics.reached(draft, "you")
    clock.now += 2 * 86_400
    statistics.completed(draft, "you")
    counted(draft)
    first, second = (
        datetime.fromtimestamp(at, timezone.get_current_timezone()).date()
        for at in (clock.now - 2 * 86_400, clock.now)
    )
    both, later = statistics.since(first)["you"], statistics.since(second)["you"]
    assert (both.reached, both.completed) == (1, 1)
    assert (later.reached, later.completed) == (0, 1)


def lefts():
    return {page: row[3] for page, row in counts().items() if row[3]}


def test_a_draft_is_left_where_it_stood(draft, clock):
    for key in ("you", "scar-cause/1", "scar-since/1"):
        statistics.reached(draft, key)
        clock.now += 1
    statistics.completed(draft, "you")
    statistics.completed(draft, "scar-cause/1")
    statistics.failed(draft, "skin")
    statistics.fold(draft, is_left=True)
    assert lefts() == {"scar-since": 1}


def test_a_draft_with_every_page_answered_was_left_before_sending(draft):
    statistics.reached(draft, "you")
    statistics.completed(draft, "you")
    statistics.fold(draft, is_left=True)
    assert lefts() == {"check": 1}


def test_a_draft_that_reached_nothing_was_left_nowhere(draft):
    statistics.fold(draft, is_left=True)
    assert counts() == {}


def test_what_is_folded_is_not_counted_again(draft):
    statistics.reached(draft, "you")
    statistics.fold(draft)
    statistics.fold(draft)
    assert counts() == {"you": (1, 0, 0, 0, {})}


def test_rows_of_past_days_are_merged_and_say_the_same(draft, clock):
    for _each in range(3):
        statistics.reached(draft, "you")
        statistics.failed(draft, "skin")
        clock.now += 20
        statistics.completed(draft, "you")
        statistics.fold(draft)
    add("you", reached=1, completed=1)
    add("you", reached=1)
    before, today = counts(), timezone.localdate()
    # Errors on a page that nobody reached are of the day when they are added up.
    assert statistics.merge(today) == 1
    assert statistics.merge(today) == 0
    assert counts() == before
    assert StepTally.objects.filter(step="you", day__lt=today).count() == 1
    assert StepTally.objects.filter(step="you", day=today).count() == 2


def test_a_row_says_nothing_about_a_person():
    assert {field.name for field in StepTally._meta.get_fields()} == {
        "id",
        "step",
        "day",
        "reached",
        "completed",
        "errors",
        "left",
        "seconds",
    }


def test_counting_asks_the_database_nothing(draft, django_assert_num_queries):
    with django_assert_num_queries(0):
        statistics.reached(draft, "you")
        statistics.failed(draft, "you")
        statistics.completed(draft, "you")


def test_the_end_of_a_draft_adds_rows_with_one_statement(
    draft, django_assert_num_queries
):
    for number in range(50):
        statistics.reached(draft, f"scar-cause/{number}")
        statistics.completed(draft, "skin")
    with django_assert_num_queries(1):
        statistics.fold(draft)


@pytest.mark.skipif(
    connection.vendor == "sqlite", reason="lets one at a time write, whatever we do"
)
@pytest.mark.django_db(transaction=True)
def test_a_frozen_transaction_of_one_patient_does_not_stall_another():
    """Both answer a page, fail at one and send; the first never ends its transaction."""
    frozen, other = fill_in(), fill_in()

    def walk():
        try:
            with connection.cursor() as cursor:
                cursor.execute("SET lock_timeout = '2s'")
            answer(other, "you", name="")
            answer(other, "you")
            return other.post(CHECK)["Location"]
        finally:
            connections.close_all()

    with transaction.atomic(), ThreadPoolExecutor(1) as pool:
        answer(frozen, "you", name="")
        answer(frozen, "you")
        frozen.post(CHECK)
        assert pool.submit(walk).result().startswith("/status/")
        transaction.set_rollback(True)


def test_a_walk_through_the_intake_is_counted_page_by_page(client):
    begin(client)
    assert answer(client, "you", name="").status_code == 200
    fill_in(client)
    client.post(CHECK)
    pages = counts()
    assert [pages["you"][:4], pages["check"][:4]] == [(1, 1, 1, 0), (1, 1, 0, 0)]
    assert {row[:4] for step, row in pages.items() if step != "you"} == {(1, 1, 0, 0)}
    assert [sum(row[4].values()) for row in pages.values()] == [1] * len(pages)


# Seconds


@pytest.mark.parametrize(
    ("seconds", "bucket"), [(-5, 0), (0, 0), (1, 0), (1.6, 1), (20, 7), (86_400, 28)]
)
def test_a_bucket_holds_from_one_power_to_the_next(seconds, bucket):
    assert statistics.bucket_of(seconds) == bucket
    assert 1.5**bucket <= max(seconds, 1) < 1.5 ** (bucket + 1)


@pytest.mark.parametrize(
    ("buckets", "median"),
    [
        ({}, None),
        ({"7": 1}, 21),
        ({"0": 1, "7": 1, "20": 1}, 21),
        ({"20": 1, "7": 9}, 21),
        ({"7": 1, "20": 9}, 3982),
        # By number and not by letter.
        ({"9": 5, "10": 1}, 49),
    ],
)
def test_the_median_lies_in_the_bucket_of_the_middle_one(buckets, median):
    assert statistics.median_of(buckets) == median


# The page that staff read


def log_in(*permissions):
    user = User.objects.create_user("erika", is_staff=True)
    user.user_permissions.set(Permission.objects.filter(codename__in=permissions))
    client = Client()
    client.force_login(user)
    return client


@pytest.fixture
def reader():
    return log_in("view_steptally")


def shown(response):
    """Return {title: (reached, answered, errors, median, left)} of pages with a count."""
    return {
        str(title): (its.reached, its.completed, its.errors, its.median, its.left)
        for title, its, _corners in response.context["rows"]
        if its.reached or its.completed or its.errors or its.left
    }


def add(step, days_ago=0, **counted):
    day = timezone.localdate() - timedelta(days=days_ago)
    StepTally.objects.create(step=step, day=day, **counted)


def test_the_page_adds_up_thirty_days(reader):
    add("you", reached=10, completed=9, errors=2, left=1, seconds={"7": 8})
    add("you", 29, reached=1, completed=1, seconds={"7": 1, "0": 1})
    add("you", 30, reached=100)
    add("scar-cause", 3, reached=8)
    assert shown(reader.get(PAGE)) == {
        "About you": (11, 10, 2, 20, 1),
        "What happened, and where": (8, 0, 0, None, 0),
    }


def test_every_page_of_the_intake_is_listed_in_its_order(reader):
    titles = [str(title) for title, *_rest in reader.get(PAGE).context["rows"]]
    assert len(titles) == len(set(titles)) == len(SLUGS) + 1
    route = steps.Route(Intake.objects.begin()[0])
    walked = [str(step.title) for step in route.applicable]
    assert [title for title in titles if title in walked] == walked
    assert titles[-1] == "Check your answers"


def test_a_page_that_is_asked_no_more_keeps_its_row_at_the_end(reader):
    add("old-page", reached=3)
    titles = [str(title) for title, *_rest in reader.get(PAGE).context["rows"]]
    assert titles[-1] == "old-page"


def test_the_funnel_is_as_wide_as_people_were_many(reader):
    add("you", reached=10, completed=5)
    add("scar-cause", reached=5, completed=5)
    pieces = {
        str(title): corners for title, _its, corners in reader.get(PAGE).context["rows"]
    }
    assert pieces["About you"] == "0.0,0 200.0,0 150.0,40 50.0,40"
    assert pieces["What happened, and where"] == "50.0,0 150.0,0 150.0,40 50.0,40"
    assert pieces["Check your answers"] == "100.0,0 100.0,0 100.0,40 100.0,40"


def test_the_numbers_are_text_and_the_drawing_needs_no_style(reader):
    add("you", reached=11, completed=10, errors=2, left=1, seconds={"7": 8})
    html = reader.get(PAGE).content.decode()
    row = html[html.index('<th scope="row">About you</th>') :].split("</tr>")[0]
    assert [cell.split("</td>")[0] for cell in row.split("<td>")[1:6]] == [
        "11",
        "10",
        "2",
        "21",
        "1",
    ]
    assert html.count("<polygon ") == len(SLUGS) + 1
    assert " style=" not in html


def test_the_page_costs_the_same_for_one_row_and_for_many(reader, count_queries):
    add("you", reached=1)
    for_one = count_queries(reader, PAGE)
    for days_ago in range(1, 20):
        add("you", days_ago, reached=1, seconds={"3": 1})
        add("skin", days_ago, reached=1)
    assert count_queries(reader, PAGE) == for_one


def test_only_who_may_see_the_counts_sees_them():
    assert log_in().get(PAGE).status_code == 403


def test_nobody_adds_changes_or_deletes_a_count():
    add("you", reached=1)
    root = Client()
    root.force_login(User.objects.create_superuser("root"))
    tally = StepTally.objects.get()
    for name, args in (("add", []), ("change", [tally.pk]), ("delete", [tally.pk])):
        url = reverse(f"admin:consultations_steptally_{name}", args=args)
        assert root.post(url, {"reached": "9", "post": "yes"}).status_code == 403
    assert StepTally.objects.get().reached == 1
