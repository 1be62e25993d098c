"""Pages of the intake, counted without knowing whose."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

import pytest
from django.contrib.auth.models import Permission
from django.db import connection, connections, transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from consultations.intake import statistics, steps
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
    """Return {page: (reached, answered, errors, left, seconds)} as the database has it."""
    return {
        row.step: (row.reached, row.completed, row.errors, row.left, row.seconds)
        for row in StepTally.objects.all()
    }


def reread(intake):
    return Intake.objects.get(pk=intake.pk)


# Count


def test_a_page_is_reached_once_by_each_draft(draft, clock):
    other, _token = Intake.objects.begin()
    statistics.reached(draft, "you")
    clock.now += 60
    statistics.reached(reread(draft), "you")
    statistics.reached(other, "you")
    assert counts() == {"you": (2, 0, 0, 0, {})}
    assert reread(draft).reached == {"you": clock.now - 60}


def test_the_scars_of_one_draft_count_at_one_page(draft):
    statistics.reached(draft, "scar-cause/1")
    statistics.reached(draft, "scar-cause/2")
    assert counts() == {"scar-cause": (2, 0, 0, 0, {})}


def test_a_page_is_answered_once_with_the_time_since_it_was_reached(draft, clock):
    statistics.reached(draft, "you")
    clock.now += 20
    statistics.completed(draft, "you")
    clock.now += 500
    statistics.completed(reread(draft), "you")
    statistics.reached(reread(draft), "you")
    assert counts() == {"you": (1, 1, 0, 0, {"7": 1})}


def test_a_page_that_was_answered_by_its_address_counts_as_reached_without_a_time(
    draft,
):
    statistics.completed(draft, "skin")
    statistics.reached(draft, "skin")
    assert counts() == {"skin": (1, 1, 0, 0, {})}


def test_a_clock_that_jumps_back_counts_as_a_second(draft, clock):
    statistics.reached(draft, "you")
    clock.now -= 3600
    statistics.completed(draft, "you")
    assert counts() == {"you": (1, 1, 0, 0, {"0": 1})}


def test_every_error_counts():
    statistics.failed("scar-age/1")
    statistics.failed("scar-age/2")
    assert counts() == {"scar-age": (0, 0, 2, 0, {})}


def test_a_draft_is_left_where_it_stood(draft, clock):
    statistics.reached(draft, "you")
    clock.now += 1
    statistics.completed(draft, "you")
    statistics.reached(draft, "scar-cause/1")
    clock.now += 1
    statistics.reached(draft, "scar-since/1")
    clock.now += 1
    statistics.completed(draft, "scar-cause/1")
    statistics.left(reread(draft))
    assert {step: row[3] for step, row in counts().items()} == {
        "you": 0,
        "scar-cause": 0,
        "scar-since": 1,
    }


def test_a_draft_with_every_page_answered_was_left_before_sending(draft):
    statistics.reached(draft, "you")
    statistics.completed(draft, "you")
    statistics.left(draft)
    assert counts()["check"] == (0, 0, 0, 1, {})


def test_a_draft_that_reached_nothing_was_left_nowhere(draft):
    statistics.left(draft)
    assert counts() == {}


def test_each_day_has_a_row_of_its_own(draft):
    StepTally.objects.create(
        step="you", day=timezone.localdate() - timedelta(days=1), reached=5
    )
    statistics.reached(draft, "you")
    rows = StepTally.objects.order_by("day").values_list("reached", flat=True)
    assert list(rows) == [5, 1]


def test_what_the_caller_undoes_is_not_counted(draft):
    with transaction.atomic():
        statistics.reached(draft, "you")
        statistics.failed("you")
        transaction.set_rollback(True)
    assert counts() == {}
    assert reread(draft).reached == {}


def test_a_row_says_nothing_about_a_person(draft):
    statistics.reached(draft, "scar-cause/1")
    statistics.completed(draft, "scar-cause/1")
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


def test_counting_costs_the_same_on_the_first_day_and_in_a_long_draft(
    draft, count_of_queries
):
    def first_page():
        statistics.reached(draft, "you")
        statistics.completed(draft, "you")

    def later_page():
        statistics.reached(draft, "contact")
        statistics.completed(draft, "contact")

    StepTally.objects.create(step="you", day=timezone.localdate())
    StepTally.objects.create(step="contact", day=timezone.localdate())
    before = count_of_queries(first_page)
    for number in range(50):
        statistics.reached(draft, f"scar-cause/{number}")
        statistics.completed(draft, f"scar-cause/{number}")
    assert count_of_queries(later_page) == before


@pytest.fixture
def count_of_queries(django_assert_max_num_queries):
    def count(act):
        with django_assert_max_num_queries(100) as queries:
            act()
        return len(queries)

    return count


@pytest.mark.skipif(
    connection.vendor == "sqlite", reason="lets one at a time write, whatever we do"
)
@pytest.mark.django_db(transaction=True)
def test_two_who_count_at_the_same_pages_in_opposite_orders_do_not_block_each_other():
    drafts = [Intake.objects.begin()[0] for _each in range(8)]
    StepTally.objects.create(step="you", day=timezone.localdate())
    StepTally.objects.create(step="skin", day=timezone.localdate())
    together = Barrier(len(drafts))

    def walk(intake, pages):
        together.wait()
        try:
            for number in range(5):
                with transaction.atomic():
                    for page in pages:
                        statistics.reached(intake, f"{page}/{number}")
        finally:
            connections.close_all()

    with ThreadPoolExecutor(len(drafts)) as pool:
        orders = [("you", "skin"), ("skin", "you")] * 4
        list(pool.map(walk, drafts, orders))
    assert counts() == {"you": (40, 0, 0, 0, {}), "skin": (40, 0, 0, 0, {})}


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
        "What caused the scar": (8, 0, 0, None, 0),
    }


def test_every_page_of_the_intake_is_listed_in_its_order(reader):
    titles = [str(title) for title, *_rest in reader.get(PAGE).context["rows"]]
    assert len(titles) == len(set(titles)) == len(steps.SLUGS) + 1
    route = steps.Route(Intake.objects.begin()[0])
    walked = [str(route.form(page).title) for page in route.applicable]
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
    assert pieces["What caused the scar"] == "50.0,0 150.0,0 150.0,40 50.0,40"
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
    assert html.count("<polygon ") == len(steps.SLUGS) + 1
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
