"""A configuration unfit for patients says why in plain lines, and does not start."""

import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from scarclinic import configuration
from tests.tables import for_each

ROOT = Path(__file__).parents[2]
# Every variable is named, so that no developer's .env or shell decides a test.
GOOD = {
    "DEBUG": "off",
    "SECRET_KEY": "pU3-vh7Qx_Zk0nW5tLr8Yb2Jf9Sd4Ga6Hc1MeXoNqRiTwKzBvDy",
    "LEDGER_KEY": "mD8-qn2Wv_Ea5sT1yHj7Ku4Rp9Xc3Gb6Fo0ZlBiNtLxUzSgCkQe",
    "DATA_KEYS": "rT4-kx9Pm_Vb2cN6wQe8Zs1Ly5Jd7Hf3Ga0UoIiRpEtYuXvCnMq",
    "ALLOWED_HOSTS": "clinic.example",
    "BEHIND_PROXY": "off",
    "TIME_ZONE": "UTC",
    "DATABASE_URL": "sqlite://:memory:",
    "CACHE_URL": "locmemcache://",
    "EMAIL_URL": "smtp://localhost",
    "SECURE_SSL_REDIRECT": "on",
    "SECURE_HSTS_SECONDS": "31536000",
    "SITE_URL": "https://clinic.example",
    "DEFAULT_FROM_EMAIL": "desk@clinic.example",
    "MEDIA_ROOT": tempfile.mkdtemp(),
}


def run(*command, **variables):
    """Run Python on a command with the good variables and these."""
    return subprocess.run(
        [sys.executable, *command],
        cwd=ROOT,
        env={"PATH": os.environ["PATH"], **GOOD, **variables},
        capture_output=True,
        text=True,
        timeout=60,
    )


def test_a_good_configuration_passes_django_s_deployment_check():
    done = run("manage.py", "check", "--deploy", "--fail-level", "WARNING")
    assert (done.returncode, done.stderr) == (0, "")


def test_a_cookie_is_taken_by_https_and_from_this_host_only():
    names = "SESSION_COOKIE_NAME CSRF_COOKIE_NAME INTAKE_COOKIE_NAME COOKIE_PREFIX"
    done = run(
        "-c",
        "import os; os.environ['DJANGO_SETTINGS_MODULE'] = 'scarclinic.settings'; "
        "from django.conf import settings; "
        f"print(*(getattr(settings, name) for name in {names.split()}));"
        "from scarclinic.staff import messages; print(messages.Cookie.cookie_name)",
    )
    assert (done.stderr, len(done.stdout.split())) == ("", 5)
    assert all(name.startswith("__Host-") for name in done.stdout.split())


UNREADABLE = "cannot be read: README.md, Configure, shows how to write it."


@pytest.mark.parametrize(
    ("variable", "value", "line"),
    [
        ("SECRET_KEY", "", "is missing: set it to 50 or more random characters."),
        ("SECRET_KEY", "x" * 60, "is too short: use 50 or more random characters."),
        ("SECRET_KEY", "Ab3-Ef6_", "is too short: use 50 or more random characters."),
        (
            "SECRET_KEY",
            "only-for-development-and-refused-when-debug-is-off",
            "is a published one: set it to random characters.",
        ),
        ("DATA_KEYS", "", "is missing: set it to 50 or more random characters."),
        (
            "DATA_KEYS",
            f"{GOOD['DATA_KEYS']},Ab3-Ef6_",
            "has one too short: use 50 or more random characters.",
        ),
        (
            "DATA_KEYS",
            f"{GOOD['DATA_KEYS']},{GOOD['SECRET_KEY']}",
            "has another key: give it characters of its own.",
        ),
        ("ALLOWED_HOSTS", "", "is empty: name the hosts this site answers to."),
        (
            "ALLOWED_HOSTS",
            "clinic.example,*",
            "is *: name the hosts this site answers to.",
        ),
        (
            "DEFAULT_FROM_EMAIL",
            "Scar clinic, Vienna <desk@clinic.example>",
            "is not one address: put a name with a comma into quotes, as "
            '"Scars, Vienna" <desk@clinic.example>.',
        ),
        (
            "MEDIA_ROOT",
            "/nowhere/media",
            "needs the folder /nowhere/media: make it, or mount its disk.\n"
            "TOMBSTONES needs the folder /nowhere: make it, or mount its disk.",
        ),
        ("TIME_ZONE", "Europe/Wein", UNREADABLE),
        ("DATABASE_URL", "mysql://clinic:secret@db.example/clinic", UNREADABLE),
        ("DATABASE_URL", "postgres://clinic:secret@db.example:port/", UNREADABLE),
        ("CACHE_URL", "memory", UNREADABLE),
        ("EMAIL_URL", "mail.example", UNREADABLE),
        ("SECURE_HSTS_SECONDS", "a year", UNREADABLE),
        ("SITE_URL", "clinic.example", UNREADABLE),
        ("DRAFT_WARNING_DAYS", "0", "is too short: 1 or more."),
        (
            "DRAFT_DAYS",
            "10",
            "is too short: 11 or more (more than DRAFT_WARNING_DAYS).",
        ),
        ("SENT_DAYS", "-1", "is too short: 180 or more (LINK_DAYS)."),
        ("SENT_DAYS", "a year", UNREADABLE),
        ("WITHDRAWN_DAYS", "0", "is too short: 1 or more."),
        ("CLOSED_DAYS", "179", "is too short: 180 or more (LINK_DAYS)."),
        ("CLOSED_DAYS", "36526", "is too long: 36525 at most."),
        ("LEDGER_DAYS", "89", "is too short: 90 or more."),
        (
            "SMS_BACKEND",
            "consultations.letters.sms.Console",
            "is the console, a log: name an adapter, or none.",
        ),
        (
            "SMS_BACKEND",
            "gateway.Misspelled",
            "names nothing that can be made: README.md, Configure, shows how to write it.",
        ),
        ("SMS_BACKEND", "collections.Counter", "names a class without send()."),
    ],
)
def test_a_fault_is_told_in_one_line(variable, value, line):
    done = run("manage.py", "check", **{variable: value})
    assert done.returncode == 1
    assert (done.stdout, done.stderr) == ("", f"{variable} {line}\n")


BASE = {
    "DEBUG": False,
    "DEBUG_IS_OF_FILE": False,
    "BEHIND_PROXY": True,
    "SECRET_KEY": GOOD["SECRET_KEY"],
    "LEDGER_KEY": GOOD["LEDGER_KEY"],
    "DATA_KEYS": [GOOD["DATA_KEYS"]],
    "ALLOWED_HOSTS": ["clinic.example"],
    "SITE_URL": "https://clinic.example",
    "SMS_BACKEND": "",
    "EMAIL_BACKEND": "django.core.mail.backends.smtp.EmailBackend",
    "EMAIL_HOST": "mail.example",
    "DEFAULT_FROM_EMAIL": "desk@clinic.example",
    "MEDIA_ROOT": "/tmp",
    "TOMBSTONES": "/tmp/tombstones",
    "DATABASES": {"default": {"ENGINE": "django.db.backends.postgresql"}},
    "DRAFT_WARNING_DAYS": 10,
    "DRAFT_DAYS": 14,
    "LINK_DAYS": 180,
    "SENT_DAYS": 365,
    "WITHDRAWN_DAYS": 30,
    "CLOSED_DAYS": 3652,
    "LEDGER_DAYS": 2190,
}


def beginnings(**changes):
    """Return the first two words of what is wrong with good settings and these."""
    return [" ".join(e.split()[:2]) for e in configuration.faults({**BASE, **changes})]


def hosts(*names):
    return {"ALLOWED_HOSTS": names, "SITE_URL": ""}


CONSOLE = "django.core.mail.backends.console.EmailBackend"
SQLITE = "django.db.backends.sqlite3"


@for_each(
    ("changes", "told"),
    [
        ({}, []),
        (hosts("clinic.example www.clinic.example"), ["ALLOWED_HOSTS has"]),
        (hosts("https://clinic.example"), ["ALLOWED_HOSTS has"]),
        (hosts("clinic.example:443"), ["ALLOWED_HOSTS has"]),
        (hosts("clinic.example/"), ["ALLOWED_HOSTS has"]),
        (hosts("clinic.example", ""), ["ALLOWED_HOSTS has"]),
        (hosts(".clinic.example", "192.0.2.7", "[2001:db8::1]", "web"), []),
        ({"ALLOWED_HOSTS": ["www.clinic.example"]}, ["ALLOWED_HOSTS lacks"]),
        ({"ALLOWED_HOSTS": [".clinic.example"]}, []),
        ({"ALLOWED_HOSTS": ["Clinic.Example"]}, []),
        ({"SITE_URL": "http://clinic.example"}, ["SITE_URL is"]),
        (
            {"SITE_URL": "http://127.0.0.1:8000", "ALLOWED_HOSTS": ["127.0.0.1"]},
            [],
        ),
        ({"DEFAULT_FROM_EMAIL": "Scars, V <a@b.example>"}, ["DEFAULT_FROM_EMAIL is"]),
        ({"DEFAULT_FROM_EMAIL": '"Scars, V" <a@b.example>'}, []),
        ({"DEFAULT_FROM_EMAIL": "The clinic"}, ["DEFAULT_FROM_EMAIL is"]),
        ({"EMAIL_HOST": ""}, ["EMAIL_URL names"]),
        ({"EMAIL_BACKEND": CONSOLE}, ["EMAIL_URL writes"]),
        ({"MEDIA_ROOT": "/nowhere"}, ["MEDIA_ROOT needs"]),
        ({"TOMBSTONES": "/nowhere/tombstones"}, ["TOMBSTONES needs"]),
        (
            {"DATABASES": {"default": {"ENGINE": SQLITE, "NAME": "/nowhere/db"}}},
            ["DATABASE_URL needs"],
        ),
    ],
)
def test_settings_that_would_be_silently_wrong_are_told(changes, told):
    assert beginnings(**changes) == told


AT_HOME = {
    "DEBUG": True,
    "BEHIND_PROXY": False,
    "ALLOWED_HOSTS": ["127.0.0.1", "localhost", "[::1]", "192.168.1.5"],
    "SITE_URL": "http://127.0.0.1:8000",
    "SECRET_KEY": "short",
}


@for_each(
    ("changes", "sign"),
    [
        ({}, None),
        ({"SITE_URL": "https://mac.local", "ALLOWED_HOSTS": ["mac.local"]}, None),
        ({"BEHIND_PROXY": True}, "BEHIND_PROXY is on"),
        ({"SITE_URL": "https://clinic.example"}, "SITE_URL is a public one"),
        ({"ALLOWED_HOSTS": ["clinic.example"]}, "ALLOWED_HOSTS has a public one"),
        ({"ALLOWED_HOSTS": ["8.8.8.8"]}, "ALLOWED_HOSTS has a public one"),
        ({"ALLOWED_HOSTS": ["*"]}, "ALLOWED_HOSTS has a public one"),
    ],
)
def test_debug_is_refused_where_the_public_is_served(changes, sign):
    told = f"DEBUG is on and {sign}: set DEBUG=off, and delete the .env of `make run` if it is left over."
    assert configuration.faults({**BASE, **AT_HOME, **changes}) == [told] * bool(sign)


def test_debug_of_a_file_that_was_left_over_is_refused_by_the_web_server(monkeypatch):
    monkeypatch.setenv("SERVER_SOFTWARE", "gunicorn/27.0.1")
    settings = {**BASE, **AT_HOME}
    # A developer who says it in the environment means it.
    assert configuration.faults(settings) == []
    [told] = configuration.faults({**settings, "DEBUG_IS_OF_FILE": True})
    assert told.startswith("DEBUG is on and gunicorn serves: ")


def test_the_settings_know_that_debug_comes_of_a_file():
    done = run("-c", "from scarclinic.settings import *; print(DEBUG_IS_OF_FILE)")
    assert (done.stdout, done.stderr) == ("False\n", "")


def test_a_password_with_an_at_sign_reaches_the_mail_server_whole():
    done = run(
        "-c",
        "from scarclinic.settings import *;"
        "print(EMAIL_HOST_USER, EMAIL_HOST_PASSWORD, EMAIL_HOST, EMAIL_PORT)",
        EMAIL_URL="smtp+tls://desk@clinic.example:se@cret@mail.example:587",
    )
    assert done.stdout == "desk@clinic.example se@cret mail.example 587\n"


def test_days_that_make_no_sense_are_refused_in_development_too():
    here = {"ALLOWED_HOSTS": "127.0.0.1", "SITE_URL": ""}
    done = run("manage.py", "check", DEBUG="on", WITHDRAWN_DAYS="0", **here)
    assert done.stderr == "WITHDRAWN_DAYS is too short: 1 or more.\n"


def test_all_that_is_missing_is_told_at_once():
    done = run("manage.py", "check", SECRET_KEY="", ALLOWED_HOSTS="")
    assert [line.split()[0] for line in done.stderr.splitlines()] == [
        "SECRET_KEY",
        "ALLOWED_HOSTS",
    ]


def test_a_web_server_does_not_start_on_a_fault():
    done = run("-c", "import scarclinic.wsgi", ALLOWED_HOSTS="")
    assert done.returncode == 1
    assert done.stderr.splitlines()[-1].endswith(
        "ALLOWED_HOSTS is empty: name the hosts this site answers to."
    )


@pytest.mark.parametrize(
    ("url", "wanted"),
    [
        ("sqlite:////srv/clinic.sqlite3", "sqlite3 /srv/clinic.sqlite3 IMMEDIATE"),
        ("postgres://u:p@db.example:5433/clinic", "postgresql clinic None"),
    ],
)
def test_one_variable_names_the_database(url, wanted):
    done = run(
        "-c",
        "from scarclinic.settings import DATABASES as d; d = d['default'];"
        "print(d['ENGINE'].split('.')[-1], d['NAME'],"
        " d.get('OPTIONS', {}).get('transaction_mode'))",
        DATABASE_URL=url,
    )
    assert (done.stdout.strip(), done.stderr) == (wanted, "")


def test_what_a_setting_says_is_cleaned():
    done = run(
        "-c",
        "from scarclinic.settings import *;"
        "print(ALLOWED_HOSTS, SITE_URL, TIME_ZONE, DEFAULT_FROM_EMAIL)",
        ALLOWED_HOSTS="clinic.example\u200b, www.clinic.example",
        SITE_URL="\ufeffhttps://clinic.example/\xa0",
        TIME_ZONE="Europe/Vienna\u200e",
        DEFAULT_FROM_EMAIL="Scar\xa0clinic <desk@clinic.example>\x0b",
    )
    assert (done.stdout, done.stderr) == (
        "['clinic.example', 'www.clinic.example'] https://clinic.example "
        "Europe/Vienna Scar clinic <desk@clinic.example>\n",
        "",
    )


def test_a_password_is_stored_by_a_slow_hash():
    done = run(
        "-c",
        "import django; django.setup();"
        "from django.contrib.auth.hashers import get_hasher, make_password;"
        "hasher = get_hasher(); print(hasher.memory_cost, hasher.time_cost);"
        "print(make_password('kuvo-mira-tepo'))",
        DJANGO_SETTINGS_MODULE="scarclinic.settings",
    )
    [costs, stored] = done.stdout.splitlines()
    # KiB and rounds: what OWASP asks of Argon2id, at least.
    memory, rounds = map(int, costs.split())
    assert (memory >= 19 * 1024, rounds >= 2) == (True, True)
    assert stored.startswith("argon2$argon2id$")


def test_a_mail_server_shows_a_certificate_that_holds():
    done = run(
        "-c",
        "import django; django.setup();"
        "from django.core.mail import get_connection;"
        "context = get_connection().ssl_context;"
        "print(context.verify_mode.name, context.check_hostname)",
        DJANGO_SETTINGS_MODULE="scarclinic.settings",
        EMAIL_URL="smtp+tls://clinic:secret@mail.example:587",
    )
    assert (done.stdout, done.stderr) == ("CERT_REQUIRED True\n", "")


@pytest.mark.parametrize(
    ("variables", "told"),
    [
        ({}, "63072000 False False\n"),
        ({"SECURE_HSTS_INCLUDE_SUBDOMAINS": "on"}, "63072000 True False\n"),
        (
            {"SECURE_HSTS_INCLUDE_SUBDOMAINS": "on", "SECURE_HSTS_PRELOAD": "on"},
            "63072000 True True\n",
        ),
    ],
)
def test_browsers_insist_on_https_for_as_much_as_the_clinic_says(variables, told):
    done = run(
        "-c",
        "from scarclinic import settings as s; print(s.SECURE_HSTS_SECONDS,"
        " s.SECURE_HSTS_INCLUDE_SUBDOMAINS, s.SECURE_HSTS_PRELOAD)",
        SECURE_HSTS_SECONDS="63072000",
        **variables,
    )
    assert (done.stdout, done.stderr) == (told, "")


SAFE = {
    "DATABASE_URL": "postgres://u:p@db.example/clinic?sslmode=verify-full",
    "CACHE_URL": "rediss://cache.example:6379/1",
    "EMAIL_URL": "smtp+tls://u:p@mail.example:587",
}
NEAR = {
    "DATABASE_URL": "postgres://u:p@127.0.0.1/clinic",
    "CACHE_URL": "redis://localhost:6379/1",
    "EMAIL_URL": "smtp://localhost",
}


@pytest.mark.parametrize(
    ("variables", "warned"),
    [
        (SAFE, []),
        (NEAR, []),
        (
            {
                "DATABASE_URL": "postgres://u:p@db.example/clinic?sslmode=require",
                "CACHE_URL": "redis://cache.example:6379/1",
                "EMAIL_URL": "smtp://mail.example:25",
            },
            ["DATABASE_URL", "CACHE_URL", "EMAIL_URL"],
        ),
    ],
)
def test_a_connection_in_clear_to_another_machine_is_warned_of(variables, warned):
    done = run("manage.py", "check", "--deploy", **variables)
    assert sorted(re.findall(r"\(staff.W003\) (\w+)", done.stderr)) == sorted(warned)
    assert done.returncode == 0
