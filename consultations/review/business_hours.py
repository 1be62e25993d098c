"""Business hours of the clinic: deadlines for an answer, and waiting times."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import partial

from django.utils import timezone

from methods.publishing import closed_days, editions

WEEKDAYS = [(day, time(9), time(17)) for day in range(5)]
"""Where the clinic has said nothing: Monday to Friday."""
DAY, WEEK = timedelta(days=1), timedelta(days=7)


def _never(day: date) -> bool:
    return False


@dataclass(frozen=True)
class BusinessHours:
    """When the clinic is open: the hours of each weekday, but for closed days.

    `hours` are (weekday, opens, closes), the weekday as in `datetime.weekday`.
    """

    hours: Sequence[tuple[int, time, time]]
    is_closed: Callable[[date], bool] = _never

    def working_day_after(self, day: date, count: int) -> date:
        """Return the date that is `count` of the clinic's days after a date."""
        open_on = {weekday for weekday, *_times in self.hours}
        while count > 0:
            day += DAY
            count -= day.weekday() in open_on and not self.is_closed(day)
        return day

    def worked(self, start: datetime, end: datetime) -> timedelta:
        """Return how much of the time between two moments the clinic was open."""
        zone = timezone.get_current_timezone()
        open_on = [self._of_weekday(weekday) for weekday in range(7)]
        a_week = sum(
            (
                datetime.combine(date.min, closes) - datetime.combine(date.min, opens)
                for spans in open_on
                for opens, closes in spans
            ),
            timedelta(),
        )

        def at(day: date, clock: time) -> datetime:
            return datetime.combine(day, clock, zone)

        def of_day(day: date) -> timedelta:
            # The clock may change between two times of a day: only in UTC they subtract.
            return sum(
                (
                    max(
                        min(end, at(day, closes).astimezone(UTC))
                        - max(start, at(day, opens).astimezone(UTC)),
                        timedelta(),
                    )
                    for opens, closes in open_on[day.weekday()]
                    if not self.is_closed(day)
                ),
                timedelta(),
            )

        def is_like_any_other(day: date) -> bool:
            """Return whether in the week from a day no clock changes and none is closed."""
            is_steady = (
                at(day, time()).utcoffset() == at(day + WEEK, time()).utcoffset()
            )
            return is_steady and not any(
                self.is_closed(day + DAY * n) for n in range(7)
            )

        day, last = start.astimezone(zone).date(), end.astimezone(zone).date()
        start, end = start.astimezone(UTC), end.astimezone(UTC)
        total = of_day(day)
        day += DAY
        while day <= last:
            if day + WEEK <= last and is_like_any_other(day):
                total, day = total + a_week, day + WEEK
            else:
                total, day = total + of_day(day), day + DAY
        return total

    def _of_weekday(self, weekday: int) -> list[tuple[time, time]]:
        """Return when one weekday is open, [(opens, closes)]; what overlaps counts once."""
        spans: list[tuple[time, time]] = []
        for opens, closes in sorted(
            times for day, *times in self.hours if day == weekday
        ):
            opens = max(opens, spans[-1][1]) if spans else opens
            if opens < closes:
                spans.append((opens, closes))
        return spans


def current() -> BusinessHours:
    """Return the hours and closed days that the clinic has published. Reads the edition."""
    clinic = editions.current().site.clinic
    hours = [(each.weekday, each.opens, each.closes) for each in clinic.hours]
    return BusinessHours(hours or WEEKDAYS, partial(closed_days.is_closed, clinic))
