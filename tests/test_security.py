"""What SECURITY.md says is so."""

import re
from pathlib import Path

from django.apps import apps
from django.conf import settings
from django.core.management import get_commands

from consultations.intake import devices
from scarclinic import uploads
from scarclinic.staff import login, proof, sessions, throttle
from scarclinic.staff.decoding import limits
from scarclinic.staff.private_fields import PrivateTextField
from tests.test_architecture import PYTHON

TEXT = (Path(settings.BASE_DIR) / "SECURITY.md").read_text()


def section(title):
    """Return what stands under a heading."""
    return re.search(rf"^## {title}\n(.*?)(?=^## |\Z)", TEXT, re.M | re.S)[1]


def rows(title):
    """Return the rows of a section's table, each a list of cells."""
    lines = [line for line in section(title).splitlines() if line.startswith("| ")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines[2:]]


def test_every_rate_limit_is_told_with_its_numbers():
    told = {
        name.strip("`"): (int(tokens), time)
        for name, tokens, time in rows("Rate limits")
    }
    assert told == {
        name: (rate.burst, f"{rate.seconds // throttle.MINUTE} minutes")
        for name, rate in throttle.RATES.items()
    }


def test_every_way_in_names_limits_that_there_are():
    for way, _proof, limited in rows("Ways in"):
        for words in re.findall(r"`([^`]+)`", limited):
            begins = words.rstrip(" …")
            found = [name for name in throttle.RATES if name.startswith(begins)]
            assert found, (way, words)


def test_every_session_is_told_with_its_end():
    hour, day = throttle.HOUR, throttle.DAY
    ends = dict(rows("Sessions"))
    numbers = [list(map(int, re.findall(r"\d+", end))) for end in ends.values()]
    assert numbers == [
        [sessions.IDLE_SECONDS // 60, settings.SESSION_COOKIE_AGE // hour],
        [proof.FRESH_SECONDS // 60],
        [settings.PASSWORD_RESET_TIMEOUT // hour],
        [devices.FORGETS_AFTER.total_seconds() // 60, devices.OWN_COOKIE_AGE // day],
        [settings.DRAFT_DAYS],
        [settings.LINK_DAYS],
        [login.DEVICE_DAYS],
    ]
    assert settings.SESSION_EXPIRE_AT_BROWSER_CLOSE


def test_what_files_are_taken_is_told_with_its_limits():
    said = section("What is typed and sent").partition("Two forms take files")[2]
    numbers = list(map(int, re.findall(r"(\d+)(?= MB| million| seconds)", said)))
    assert numbers == [
        limits.MAX_BYTES // 2**20,
        limits.MAX_PIXELS // 10**6,
        uploads.LARGEST_REQUEST // 2**20,
        limits.SECONDS,
        limits.MEMORY // 2**20,
    ]


def test_every_table_of_the_database_has_its_class():
    told = [
        name
        for _kind, what, _rules in rows("What is kept, and how it is protected")
        for name in re.findall(r"`(\w+)`", what)
    ]
    models = apps.get_models()
    assert sorted(told) == sorted(model.__name__ for model in models)
    words = rows("What is kept, and how it is protected")[0][1]
    private = {
        model.__name__
        for model in models
        if any(isinstance(each, PrivateTextField) for each in model._meta.fields)
    }
    assert set(re.findall(r"`(\w+)`", words)) == private | {"Photo"}


def test_every_key_is_in_the_inventory():
    code = (Path(settings.BASE_DIR) / "scarclinic/settings.py").read_text()
    keys = set(re.findall(r"^(\w+_KEYS?) = env", code, re.M))
    assert {key.strip("`") for key, *_more in rows("Keys and algorithms")} == keys
    used = {"AES": "AESGCM", "HKDF": "HKDF", "Argon2id": "Argon2", "HMAC": "hmac"}
    source = "\n".join(path.read_text() for path in PYTHON)
    said = section("Keys and algorithms")
    assert [told for told, name in used.items() if told not in said] == []
    assert [name for name in used.values() if name not in source] == []


def test_every_log_is_in_the_inventory():
    said = section("Logs")
    for path in PYTHON:
        for name in re.findall(r'getLogger\("([\w.]+)"\)', path.read_text()):
            assert f"`{name}`" in said, path
    assert set(settings.LOGGING["loggers"]) == {"django"}
    assert {each["class"] for each in settings.LOGGING["handlers"].values()} == {
        "logging.StreamHandler"
    }


LEADS_NOWHERE = {"SITE_URL", "DEFAULT_FROM_EMAIL", "SECURE_HSTS_SECONDS"}
"""Variables that name an address or a host, and that nobody connects to."""
ADDRESSES = r"URL|HOST|DSN|ENDPOINT|SERVER|PROXY|BROKER|BUCKET"


def test_every_place_that_the_site_connects_to_is_told():
    code = (Path(settings.BASE_DIR) / "scarclinic/settings.py").read_text()
    read = set(re.findall(r'(?:env(?:\.\w+)?|read)\(\s*"(\w+)"', code))
    assert {"DEBUG", "SECRET_KEY", "DATABASE_URL", "EMAIL_URL"} <= read
    leads = {each for each in read if re.search(ADDRESSES, each)} - LEADS_NOWHERE
    # The first says who asks us, the second who stands in front of us.
    leads -= {"ALLOWED_HOSTS", "BEHIND_PROXY"}
    assert set(re.findall(r"`(\w+_URL)`", section("Where it connects to"))) == leads


def test_every_command_that_is_told_of_is_there():
    targets = re.findall(
        r"^(\w+):", (Path(settings.BASE_DIR) / "Makefile").read_text(), re.M
    )
    told = re.findall(r"`make (\w+)`", TEXT)
    assert "outdated" in told
    assert [each for each in told if each not in targets] == []
    commands = get_commands()
    told = re.findall(r"`manage\.py (\w+)", TEXT)
    assert "check" in told
    assert [each for each in told if each not in commands] == []


def test_how_fast_a_weakness_is_mended_is_told():
    words = " ".join(section("Packages").split())
    sentence = (
        r"A weakness that can be used against the site is mended within (\d+) days, any "
        r"other within (\d+), and other updates within (\d+)\."
    )
    days = [int(each) for each in re.search(sentence, words).groups()]
    assert 0 < days[0] < days[1] < days[2] <= 90


def test_nothing_that_asvs_asks_for_has_lost_its_section():
    assert re.findall("^## (.*)$", TEXT, re.M) == [
        "Who may do what",
        "Ways in",
        "Rate limits",
        "Sessions",
        "What is typed and sent",
        "What is costly",
        "What is kept, and how it is protected",
        "Keys and algorithms",
        "Logs",
        "Where it connects to",
        "Packages",
    ]
    empty = [
        title
        for title in re.findall("^## (.*)$", TEXT, re.M)
        if len(section(re.escape(title)).split()) < 30
    ]
    assert empty == []
