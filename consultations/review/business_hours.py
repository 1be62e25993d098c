"""The clinic's own time: by when it answers, and how long somebody has waited.

Opening hours are [(weekday, opens, closes)], the weekday as in `datetime.weekday`.
"""

from datetime import UTC, date, datetime, time, timedelta

from django.utils import timezone

from methods.publishing import editions

WEEKDAYS = [(day, time(9), time(17)) for day in range(5)]
"""Where the clinic has said nothing: Monday to Friday."""
DAY, WEEK = timedelta(days=1), timedelta(days=7)


def opening_hours():
    """Return the hours that the clinic has published. Reads the edition."""
    clinic = editions.current().site.clinic
    hours = [(each.weekday, each.opens, each.closes) for each in clinic.hours]
    return hours or WEEKDAYS


def working_day_after(day, count, hours=None):
    """Return the date that is `count` of the clinic's days after a date."""
    open_on = {weekday for weekday, *_times in hours or opening_hours()}
    while count > 0:
        day += timedelta(days=1)
        count -= day.weekday() in open_on
    return day


def _of_weekday(hours, weekday):
    """Return when one weekday is open, [(opens, closes)]; what overlaps counts once."""
    spans = []
    for opens, closes in sorted(times for day, *times in hours if day == weekday):
        opens = max(opens, spans[-1][1]) if spans else opens
        if opens < closes:
            spans.append((opens, closes))
    return spans


def worked(start, end, hours):
    """Return how much of the time between two moments the clinic was open."""
    zone = timezone.get_current_timezone()
    open_on = [_of_weekday(hours, weekday) for weekday in range(7)]
    a_week = sum(
        (
            datetime.combine(date.min, closes) - datetime.combine(date.min, opens)
            for spans in open_on
            for opens, closes in spans
        ),
        timedelta(),
    )

    def at(day, clock):
        return datetime.combine(day, clock, zone)

    def of_day(day):
        # The clock may change between two times of a day: only in UTC they subtract.
        return sum(
            (
                max(
                    min(end, at(day, closes).astimezone(UTC))
                    - max(start, at(day, opens).astimezone(UTC)),
                    timedelta(),
                )
                for opens, closes in open_on[day.weekday()]
            ),
            timedelta(),
        )

    day, last = start.astimezone(zone).date(), end.astimezone(zone).date()
    start, end = start.astimezone(UTC), end.astimezone(UTC)
    total = of_day(day)
    day += DAY
    while day <= last:
        week_on = day + WEEK
        # A whole week in which no clock changes is like any other.
        if (
            week_on <= last
            and at(day, time()).utcoffset() == at(week_on, time()).utcoffset()
        ):
            total, day = total + a_week, week_on
        else:
            total, day = total + of_day(day), day + DAY
    return total
