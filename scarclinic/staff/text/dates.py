"""Dates and times as people write them, in English and the language of the page."""

import datetime
import re
import unicodedata

from django.core.exceptions import ValidationError
from django.utils import dates
from django.utils.formats import get_format
from django.utils.translation import gettext as _
from django.utils.translation import override

from scarclinic.staff.text.cleaning import one_line

YEARS = (1900, 2200)
"""The first and the last that a date of ours can have."""
TIME = re.compile(r"(?:^|[\sT,])(\d{1,2})[:h](\d{2})(?::\d{2})?(?=\D|$)")
EXAMPLE = "27 March 2026"


def _plain(text: str) -> str:
    """Return a text in small letters, without accents, its digits as 0 to 9."""
    plain = "".join(
        str(unicodedata.decimal(each)) if each.isdecimal() else each
        for each in unicodedata.normalize("NFKD", one_line(text).casefold())
    )
    return "".join(each for each in plain if not unicodedata.combining(each))


def _months() -> dict[str, int]:
    """Return what the months are called, {plain name: number}."""
    named = {}
    for table in (dates.MONTHS, dates.MONTHS_AP, dates.MONTHS_3, dates.MONTHS_ALT):
        for number, name in table.items():
            named[_plain(str(name)).rstrip(".")] = number
    return named


def _is_month_first() -> bool:
    """Return whether the page's language writes 3/27/2026."""
    for form in get_format("DATE_INPUT_FORMATS"):
        if not form.startswith("%Y") and {"%d", "%m"} <= set(re.findall("%.", form)):
            return form.index("%m") < form.index("%d")
    return False


def _refuse(message: str, code: str = "invalid") -> ValidationError:
    return ValidationError(message % {"example": EXAMPLE}, code)


def _month_names() -> dict[str, int]:
    """Return what the months are called in English and the language of the page."""
    with override("en"):
        months = _months()
    return months | _months()


def read_month(text: str) -> tuple[int, int | None]:
    """Return (year, month) of a text: "March 2025", "3/2025", "2025-03"; "2025" alone.

    The month of a year alone is None, and the day of a whole date is left out. Raises
    `ValidationError`, also for a year of two digits and one outside `YEARS`.
    """
    plain = _plain(text)
    words = re.findall(r"[^\W\d_]+", plain)
    months = _month_names()
    named = {months[word] for word in words if word in months}
    numbers = re.findall(r"\d+", plain)
    if len(numbers) + len(named) > 2:
        day = read_date(text)
        return day.year, day.month
    years = [each for each in numbers if len(each) == 4]
    others = [int(each[:4]) for each in numbers if len(each) != 4]
    if len(years) != 1:
        raise _refuse(
            _("Type the month and all four digits of the year, as in March 2025.")
        )
    month = next(iter([*named, *others]), None)
    is_month = month is None or 1 <= month <= 12
    if not is_month or not YEARS[0] <= int(years[0]) <= YEARS[1]:
        raise _refuse(_("There is no such month. Write it as in March 2025."))
    if words and not named:
        raise _refuse(_("Type the month as in March 2025, or the year alone."))
    return int(years[0]), month


def read_date(text: str) -> datetime.date:
    """Return the date of a text: "27 March 2026", "27.3.2026", "2026-03-27".

    Where both orders are possible the language of the page decides. Raises
    `ValidationError`, also for a year of two digits and one outside `YEARS`.
    """
    plain = _plain(text)
    months = _month_names()
    named = [months[word] for word in re.findall(r"[^\W\d_]+", plain) if word in months]
    numbers = re.findall(r"\d+", plain)
    if len(numbers) == 1 and len(numbers[0]) == 8 and not named:
        [run] = numbers
        numbers = [run[:4], run[4:6], run[6:]]
        if not 1 <= int(numbers[1]) <= 12:
            numbers = [run[:2], run[2:4], run[4:]]
    if len(numbers) + min(len(named), 1) != 3 or len(set(named)) > 1:
        raise _refuse(_("Type day, month and year, for example %(example)s."))
    is_year_first = len(numbers[0]) > 2
    if is_year_first:
        numbers.append(numbers.pop(0))
    year = numbers.pop()
    if len(year) != 4:
        raise _refuse(_("Type all four digits of the year, as in %(example)s."), "year")
    if named:
        day, month = int(numbers[0][:4]), named[0]
    else:
        day, month = (int(number[:4]) for number in numbers)
        if is_year_first or (_is_month_first() and day <= 12) or month > 12:
            day, month = month, day
    if not YEARS[0] <= int(year) <= YEARS[1]:
        raise _refuse(_("Check the year: %(example)s is written like this."), "year")
    try:
        return datetime.date(int(year), month, day)
    except ValueError:
        raise _refuse(_("There is no such day. Write it as in %(example)s.")) from None


def read_moment(text: str) -> datetime.datetime:
    """Return the naive date and time of a text, "27 March 2026 10:30"; else midnight."""
    plain = one_line(text)
    time = TIME.search(plain)
    day = read_date(plain.replace(time[0], " ", 1) if time else plain)
    try:
        at = datetime.time(int(time[1]), int(time[2])) if time else datetime.time.min
    except ValueError:
        raise _refuse(_("There is no such time. Write it as in 10:30.")) from None
    return datetime.datetime.combine(day, at)
