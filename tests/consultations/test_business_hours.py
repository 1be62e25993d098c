"""The clinic's own time: working days, and hours in which it was open."""

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.utils import timezone
from django.utils.formats import date_format

from consultations.letters import wording
from consultations.review import business_hours
from consultations.review.business_hours import BusinessHours
from methods.models import Clinic, OpeningHours
from methods.publishing import editions
from tests.consultations.deciding import make_plan

WEEKDAYS = BusinessHours([(day, time(9), time(17)) for day in range(5)])
WITH_A_BREAK = BusinessHours(
    [
        (1, time(9), time(12)),
        (1, time(14), time(18)),
        (3, time(12), time(20)),
    ]
)
ALWAYS = BusinessHours([(day, time(0), time.max) for day in range(7)])
MONDAY = date(2026, 11, 23)


def hours(count):
    return timedelta(hours=count)


def on(day, clock, zone="Europe/Vienna"):
    return datetime.combine(day, time.fromisoformat(clock), ZoneInfo(zone))


@pytest.fixture(autouse=True)
def vienna():
    with timezone.override("Europe/Vienna"):
        yield


# Days


@pytest.mark.parametrize(
    ("count", "expected"),
    [
        (0, MONDAY),
        (1, date(2026, 11, 24)),
        (4, date(2026, 11, 27)),
        (5, date(2026, 11, 30)),
        (260, date(2027, 11, 22)),
    ],
)
def test_working_days_leave_out_the_weekend(count, expected):
    assert WEEKDAYS.working_day_after(MONDAY, count) == expected


def test_the_first_working_day_after_a_friday_and_a_sunday_is_monday():
    days = [date(2026, 11, 27), date(2026, 11, 29)]
    after = {WEEKDAYS.working_day_after(day, 1) for day in days}
    assert after == {date(2026, 11, 30)}


def test_a_clinic_that_is_open_on_two_days_works_on_two_days():
    after = [WITH_A_BREAK.working_day_after(MONDAY, n) for n in (1, 2, 3)]
    assert after == [date(2026, 11, 24), date(2026, 11, 26), date(2026, 12, 1)]


# Hours


@pytest.mark.parametrize(
    ("start", "end", "expected"),
    [
        (on(MONDAY, "10:00"), on(MONDAY, "11:30"), hours(1.5)),
        # The night counts nothing.
        (on(MONDAY, "16:00"), on(MONDAY + timedelta(1), "10:00"), hours(2)),
        (on(MONDAY, "17:00"), on(MONDAY + timedelta(1), "09:00"), hours(0)),
        # Before it opens until after it closes is one day.
        (on(MONDAY, "00:00"), on(MONDAY, "23:59"), hours(8)),
        # Friday to Monday.
        (on(date(2026, 11, 27), "16:30"), on(date(2026, 11, 30), "09:30"), hours(1)),
        (on(date(2026, 11, 28), "10:00"), on(date(2026, 11, 29), "22:00"), hours(0)),
        # Told in another zone it is the same moment.
        (on(MONDAY, "09:00", "UTC"), on(MONDAY, "10:00", "UTC"), hours(1)),
        (on(MONDAY, "17:00", "UTC"), on(MONDAY, "18:00", "UTC"), hours(0)),
        # No time at all, and time that runs backwards.
        (on(MONDAY, "10:00"), on(MONDAY, "10:00"), hours(0)),
        (on(MONDAY, "12:00"), on(MONDAY, "10:00"), hours(0)),
        (on(MONDAY, "12:00"), on(date(2026, 11, 2), "10:00"), hours(0)),
    ],
)
def test_only_open_hours_count(start, end, expected):
    assert WEEKDAYS.worked(start, end) == expected


def test_a_break_counts_nothing():
    tuesday = MONDAY + timedelta(1)
    start, end = on(tuesday, "11:00"), on(tuesday, "15:00")
    assert WITH_A_BREAK.worked(start, end) == hours(2)


def test_hours_that_overlap_count_once():
    doubled = BusinessHours(
        [(0, time(9), time(13)), (0, time(10), time(11)), (0, time(12), time(14))]
    )
    start, end = on(MONDAY, "00:00"), on(MONDAY, "23:00")
    assert doubled.worked(start, end) == hours(5)


def test_weeks_and_years_add_up():
    start = on(date(2024, 1, 1), "12:00")
    for weeks in (1, 2, 7, 52, 150):
        end = on(date(2024, 1, 1) + timedelta(weeks=weeks), "12:00")
        assert WEEKDAYS.worked(start, end) == hours(40 * weeks)


@pytest.mark.parametrize("days", range(0, 30, 3))
def test_a_long_time_is_the_sum_of_its_days(days):
    start = on(date(2026, 10, 14), "13:00")
    ends = [on(date(2026, 10, 14 + n), "13:00") for n in range(1, 15)]
    ends += [on(date(2026, 11, 1) + timedelta(days), "10:15")]
    parts = zip([start, *ends], ends, strict=False)
    total = sum((WITH_A_BREAK.worked(*part) for part in parts), timedelta())
    assert WITH_A_BREAK.worked(start, ends[-1]) == total


def test_years_without_hours_count_nothing():
    start, end = on(date(1990, 1, 1), "00:00"), on(date(2026, 1, 1), "00:00")
    assert BusinessHours([]).worked(start, end) == hours(0)


@pytest.mark.parametrize(
    ("sunday", "length"), [(date(2026, 3, 29), 23), (date(2026, 10, 25), 25)]
)
def test_an_hour_that_the_clock_takes_or_gives_is_one_that_passed(sunday, length):
    night_shift = BusinessHours([(6, time(1), time(5))])
    start, end = on(sunday, "00:00"), on(sunday, "23:00")
    assert night_shift.worked(start, end) == hours(4 + length - 24)
    weeks_before, week_after = start - timedelta(14), end + timedelta(7)
    shifts = night_shift.worked(weeks_before, week_after)
    assert shifts == hours(4 * 4 + length - 24)


def test_what_is_open_all_the_time_counts_all_of_a_year():
    start = on(date(2026, 1, 1), "00:00")
    end = on(date(2027, 1, 1), "00:00")
    counted = ALWAYS.worked(start, end)
    assert abs(counted - (end.astimezone(UTC) - start.astimezone(UTC))) < hours(0.001)


# The clinic's own hours


@pytest.fixture
def open_on_saturdays(db):
    clinic = Clinic.objects.get()
    OpeningHours.objects.create(
        clinic=clinic, weekday=5, opens=time(10), closes=time(12)
    )
    editions.renew()


def test_a_clinic_that_gives_no_hours_works_from_monday_to_friday(db):
    assert business_hours.current().hours == WEEKDAYS.hours
    assert business_hours.current().working_day_after(date(2026, 11, 27), 1) == date(
        2026, 11, 30
    )


def test_the_hours_that_the_clinic_has_published_count(open_on_saturdays):
    assert business_hours.current().working_day_after(MONDAY, 1) == date(2026, 11, 28)
    start, end = on(MONDAY, "00:00"), on(MONDAY + timedelta(7), "00:00")
    assert business_hours.current().worked(start, end) == hours(2)


# Closed days


CLOSED = {date(2026, 11, 26), date(2026, 12, 1)}
LESS_TWO = replace(WEEKDAYS, is_closed=CLOSED.__contains__)


def test_a_closed_day_is_no_working_day():
    after = [LESS_TWO.working_day_after(MONDAY, n) for n in (2, 3, 4, 5, 6)]
    assert [day.day for day in after] == [25, 27, 30, 2, 3]


@pytest.mark.parametrize("days", range(0, 40, 5))
def test_a_closed_day_has_no_open_hours(days):
    start, end = on(date(2026, 11, 2), "12:00"), on(MONDAY + timedelta(days), "12:00")
    missed = sum(start.date() <= day < end.date() for day in CLOSED)
    assert LESS_TWO.worked(start, end) == WEEKDAYS.worked(start, end) - hours(
        8 * missed
    )


@pytest.fixture
def closed_clinic(db):
    """Return the clinic, in Austria, closed in a week of December."""
    clinic = Clinic.objects.get()
    clinic.country_code = "AT"
    clinic.save()
    clinic.closed_days.create(
        starts_on=date(2026, 12, 14), ends_on=date(2026, 12, 18), words="Move"
    )
    editions.renew()
    return clinic


def test_the_clinic_s_closed_days_and_public_holidays_count(closed_clinic):
    # The 8th is Immaculate Conception, in Austria a public holiday.
    current = business_hours.current()
    assert current.working_day_after(date(2026, 12, 7), 1) == date(2026, 12, 9)
    assert current.working_day_after(date(2026, 12, 11), 1) == date(2026, 12, 21)
    start, end = on(date(2026, 12, 7), "00:00"), on(date(2026, 12, 21), "00:00")
    assert current.worked(start, end) == hours(4 * 8)


def test_a_clinic_that_opens_on_public_holidays_says_so(closed_clinic):
    Clinic.objects.update(is_closed_on_holidays=False)
    editions.renew()
    current = business_hours.current()
    assert current.working_day_after(date(2026, 12, 7), 1) == date(2026, 12, 8)
    assert current.working_day_after(date(2026, 12, 11), 1) == date(2026, 12, 21)


def test_a_region_has_public_holidays_of_its_own(closed_clinic):
    def after(**fields):
        Clinic.objects.update(country_code="DE", **fields)
        editions.renew()
        return business_hours.current().working_day_after(date(2026, 6, 3), 1).day

    # Corpus Christi is one in Bavaria, and not in all of Germany.
    assert [after(), after(subdivision="BY"), after(subdivision="??")] == [4, 5, 4]


def test_a_closed_day_is_no_day_by_which_an_answer_is_promised(closed_clinic, settings):
    settings.ANSWER_WITHIN_DAYS, settings.SITE_URL = 1, "https://clinic.example"
    today = timezone.localdate()
    closed_clinic.closed_days.create(
        starts_on=today + timedelta(1), ends_on=today + timedelta(9)
    )
    editions.renew()
    plan = make_plan()
    promised = plan.intake.promised_on
    assert promised > today + timedelta(9)
    received = plan.intake.letters.get(kind="received")
    assert date_format(promised) in wording.message(received).body
