"""Days on which the clinic is closed: its own, and the public holidays of its country."""

from collections.abc import Mapping
from datetime import date
from functools import lru_cache

from methods.publishing.public_site import Clinic, Closed


@lru_cache(maxsize=128)
def public_holidays(
    country_code: str, subdivision: str, year: int, language: str = ""
) -> Mapping[date, str]:
    """Return {day: name} of a country's public holidays in one year.

    The names are in a language (a code such as "de" or "en-gb") if the library has it.
    A country or subdivision that it no longer knows has none of its own.
    """
    # Costs 0.1 s and 4 MB, and only who has a country needs it.
    import holidays

    try:
        known = holidays.country_holidays(country_code, subdiv=subdivision or None)
    except NotImplementedError:
        if subdivision:
            return public_holidays(country_code, "", year, language)
        return {}
    wanted = language.partition("-")[0]
    spoken = [each for each in known.supported_languages if each[:2] == wanted]
    found = holidays.country_holidays(
        country_code,
        subdiv=subdivision or None,
        years=year,
        language=spoken[0] if spoken else known.default_language,
    )
    return dict(found)


def is_closed(clinic: Clinic, day: date) -> bool:
    """Return whether the clinic is closed on a day, whatever its opening hours."""
    if any(each.starts_on <= day <= each.ends_on for each in clinic.closed_days):
        return True
    return bool(clinic.holidays_of) and day in public_holidays(
        clinic.holidays_of, clinic.subdivision, day.year
    )


def closed_between(
    clinic: Clinic, first: date, last: date, language: str
) -> list[Closed]:
    """Return what is closed in some days, a `Closed` each, the soonest first.

    Of the public holidays only those on days on which the clinic opens otherwise.
    """
    found = [
        each
        for each in clinic.closed_days
        if each.starts_on <= last and each.ends_on >= first
    ]
    weekdays = {row.weekday for row in clinic.hours}
    if clinic.holidays_of:
        found += [
            Closed(day, day, name)
            for year in range(first.year, last.year + 1)
            for day, name in public_holidays(
                clinic.holidays_of, clinic.subdivision, year, language
            ).items()
            if first <= day <= last and day.weekday() in weekdays
        ]
    return sorted(found)
