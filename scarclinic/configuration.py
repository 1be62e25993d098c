"""What makes a configuration unfit, a line per fault: `settings` refuses to start with one."""

import os
import re
from collections.abc import Iterator, Mapping
from email.utils import getaddresses
from ipaddress import ip_address
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

DEVELOPMENT_KEY = "only-for-development-and-refused-when-debug-is-off"
LEAST_LEDGER_DAYS = 90
MOST_DAYS = 36_525
"""A hundred years."""
HOST = re.compile(r"\.?[\w-]+(\.[\w-]+)*\.?|\[[0-9a-fA-F:.]+\]")
LETS_READ = ("console", "filebased")
"""Backends of e-mail that keep private links where others read them."""
NOT_PUBLIC = (".localhost", ".local", ".test", ".internal", ".lan")

Settings = Mapping[str, Any]


def faults(settings: Settings) -> list[str]:
    """Return what is wrong with a settings module's names, as `vars()` has them."""
    # Whatever deletes for good must not begin with nonsense, in development either.
    found = list(_days(settings))
    if settings["DEBUG"]:
        return found + list(_debug_in_production(settings))
    return [
        *found,
        *_keys(settings),
        *_hosts(settings),
        *_letters(settings),
        *_folders(settings),
    ]


def _days(settings: Settings) -> Iterator[str]:
    """Yield what is wrong with the days that something is kept."""
    link, warning = settings["LINK_DAYS"], settings["DRAFT_WARNING_DAYS"]
    least = {
        "DRAFT_WARNING_DAYS": (1, ""),
        "DRAFT_DAYS": (warning + 1, " (more than DRAFT_WARNING_DAYS)"),
        "LINK_DAYS": (1, ""),
        "SENT_DAYS": (link, " (LINK_DAYS)"),
        "WITHDRAWN_DAYS": (1, ""),
        "CLOSED_DAYS": (link, " (LINK_DAYS)"),
        "LEDGER_DAYS": (LEAST_LEDGER_DAYS, ""),
    }
    for name, (days, why) in least.items():
        if settings[name] < days:
            yield f"{name} is too short: {days} or more{why}."
        elif settings[name] > MOST_DAYS:
            yield f"{name} is too long: {MOST_DAYS} at most."


def is_public(host: str | None) -> bool:
    """Return whether a name or number is one that visitors elsewhere could ask for."""
    name = (host or "").strip("[].").casefold()
    try:
        return ip_address(name).is_global
    except ValueError:
        return "." in name and not name.endswith(NOT_PUBLIC)


def _debug_in_production(settings: Settings) -> Iterator[str]:
    """Yield what says that a place with DEBUG on serves the public: tracebacks, no checks."""
    signs = {
        "BEHIND_PROXY is on": settings["BEHIND_PROXY"],
        "SITE_URL is a public one": is_public(urlsplit(settings["SITE_URL"]).hostname),
        "ALLOWED_HOSTS has a public one": any(
            host == "*" or is_public(host) for host in settings["ALLOWED_HOSTS"]
        ),
        # A developer's shell says it aloud.
        "gunicorn serves": settings["DEBUG_IS_OF_FILE"]
        and os.environ.get("SERVER_SOFTWARE", "").startswith("gunicorn"),
    }
    for sign, is_seen in signs.items():
        if is_seen:
            yield (
                f"DEBUG is on and {sign}: set DEBUG=off, and delete the .env of "
                "`make run` if it is left over."
            )


def _keys(settings: Settings) -> Iterator[str]:
    secret, ledger = settings["SECRET_KEY"], settings["LEDGER_KEY"]
    data = settings["DATA_KEYS"]
    if not secret:
        yield "SECRET_KEY is missing: set it to 50 or more random characters."
    elif secret == DEVELOPMENT_KEY or secret.startswith("django-insecure-"):
        yield "SECRET_KEY is a published one: set it to random characters."
    elif _is_short(secret):
        yield "SECRET_KEY is too short: use 50 or more random characters."
    if not ledger:
        yield "LEDGER_KEY is missing: set it to 50 or more random characters."
    elif ledger == secret:
        yield "LEDGER_KEY is the SECRET_KEY: give it characters of its own."
    elif _is_short(ledger):
        yield "LEDGER_KEY is too short: use 50 or more random characters."
    if not data:
        yield "DATA_KEYS is missing: set it to 50 or more random characters."
    elif {secret, ledger} & set(data):
        yield "DATA_KEYS has another key: give it characters of its own."
    elif any(map(_is_short, data)):
        yield "DATA_KEYS has one too short: use 50 or more random characters."


def _is_short(key: str) -> bool:
    return len(key) < 50 or len(set(key)) < 5


def _hosts(settings: Settings) -> Iterator[str]:
    hosts = settings["ALLOWED_HOSTS"]
    home = urlsplit(settings["SITE_URL"]).hostname
    if not hosts:
        yield "ALLOWED_HOSTS is empty: name the hosts this site answers to."
    elif "*" in hosts:
        yield "ALLOWED_HOSTS is *: name the hosts this site answers to."
    elif odd := [host for host in hosts if not HOST.fullmatch(host)]:
        yield (
            f"ALLOWED_HOSTS has “{odd[0]}”: write bare names, by commas, as "
            "clinic.example,www.clinic.example."
        )
    elif home and not any(_allows(host.casefold(), home) for host in hosts):
        yield "ALLOWED_HOSTS lacks the host of SITE_URL: links in letters would fail."
    if settings["SITE_URL"].startswith("http://") and is_public(home):
        yield "SITE_URL is without https: no browser would keep anybody logged in."


def _allows(pattern: str, host: str) -> bool:
    if pattern.startswith("."):
        return host == pattern[1:] or host.endswith(pattern)
    return host in (pattern, pattern.strip("[]"))


def _letters(settings: Settings) -> Iterator[str]:
    if settings["SMS_BACKEND"] == "consultations.letters.sms.Console":
        yield "SMS_BACKEND is the console, a log: name an adapter, or none."
    backend = settings["EMAIL_BACKEND"].split(".")[-2]
    if backend in LETS_READ:
        yield "EMAIL_URL writes letters where others read them: name a mail server."
    elif backend == "smtp" and not settings["EMAIL_HOST"]:
        yield "EMAIL_URL names no mail server: smtp+tls://user:password@host:587."
    senders = getaddresses([settings["DEFAULT_FROM_EMAIL"]])
    if len(senders) != 1 or not re.fullmatch(r"[^@\s]+@[^@\s]+", senders[0][1]):
        yield (
            "DEFAULT_FROM_EMAIL is not one address: put a name with a comma into "
            'quotes, as "Scars, Vienna" <desk@clinic.example>.'
        )


def _folders(settings: Settings) -> Iterator[str]:
    """Yield which folders are not there or not ours to write: a disk that is not mounted."""
    folders = {
        "MEDIA_ROOT": Path(settings["MEDIA_ROOT"]),
        "TOMBSTONES": Path(settings["TOMBSTONES"]).parent,
    }
    database = settings["DATABASES"]["default"]
    if database["ENGINE"].endswith("sqlite3") and database["NAME"] != ":memory:":
        folders["DATABASE_URL"] = Path(database["NAME"]).parent
    for name, folder in folders.items():
        if not folder.is_dir():
            yield f"{name} needs the folder {folder}: make it, or mount its disk."
        elif not os.access(folder, os.W_OK | os.X_OK):
            yield f"{name} needs the folder {folder}: let the site write into it."
