"""A configuration unfit for patients says why in plain lines, and does not start."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

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


def test_days_that_make_no_sense_are_refused_in_development_too():
    done = run("manage.py", "check", DEBUG="on", WITHDRAWN_DAYS="0")
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
