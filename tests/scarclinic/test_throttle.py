"""Nobody floods the clinic, no family is locked out, and a cache that is away stops none."""

import logging
import os
import socket
import subprocess
import sys

import pytest
from django.conf import settings as configured
from django.core.cache import cache
from django.test import RequestFactory

from scarclinic.staff import throttle

HOUR = 3600
NOON = 1_800_000_000 // HOUR * HOUR
ASKED = throttle.PER_ADDRESS["link"][0]


@pytest.fixture(autouse=True)
def clock(settings, monkeypatch):
    """Return a clock that the test sets; the cache is the test's own."""
    settings.CACHES = {
        "default": {
            "BACKEND": "django.core.cache.backends.locmem.LocMemCache",
            "LOCATION": "limits",
        }
    }
    cache.clear()
    monkeypatch.setattr(throttle, "_away", set())
    now = [NOON]
    monkeypatch.setattr(throttle, "time", lambda: now[0])
    return now


def request_from(address="192.0.2.1", **meta):
    return RequestFactory().get("/", REMOTE_ADDR=address, **meta)


def ask(times, address="192.0.2.1", **meta):
    """Ask so many times; return how many were one too many."""
    request = request_from(address, **meta)
    return sum(throttle.is_too_many(request, "link") for _ in range(times))


def test_one_more_than_the_limit_is_too_many():
    assert ask(ASKED) == 0
    assert ask(2) == 2


def test_another_address_and_another_page_are_counted_by_themselves():
    ask(ASKED)
    assert ask(1, "192.0.2.2") == 0
    assert not throttle.is_too_many(request_from(), "start")
    assert ask(1) == 1


def test_the_window_ends(clock):
    clock[0] += HOUR - 1
    ask(ASKED)
    assert ask(1) == 1
    clock[0] += 1
    assert ask(1) == 0


def test_a_household_s_devices_share_an_ipv6_network():
    ask(ASKED, "2001:db8:1:2::1")
    assert ask(1, "2001:db8:1:2:ffff::9") == 1
    assert ask(1, "2001:db8:1:3::1") == 0


def test_an_ipv4_address_in_ipv6_clothes_is_itself():
    ask(ASKED, "192.0.2.1")
    assert ask(1, "::ffff:192.0.2.1") == 1


def test_behind_a_proxy_its_own_word_counts_and_no_other(settings):
    settings.BEHIND_PROXY = True
    for number in range(ASKED):
        ask(1, "10.0.0.1", HTTP_X_FORWARDED_FOR=f"203.0.113.{number}, 192.0.2.1")
    assert ask(1, "10.0.0.1", HTTP_X_FORWARDED_FOR="192.0.2.1") == 1
    assert ask(1, "10.0.0.1", HTTP_X_FORWARDED_FOR="192.0.2.1, 192.0.2.2") == 0


def test_without_a_proxy_what_a_visitor_claims_changes_nothing():
    ask(ASKED)
    assert ask(1, HTTP_X_FORWARDED_FOR="192.0.2.9") == 1


@pytest.mark.parametrize("is_behind_proxy", [True, False])
def test_who_cannot_be_told_apart_is_not_counted(settings, is_behind_proxy):
    settings.BEHIND_PROXY = is_behind_proxy
    assert ask(ASKED + 1, "10.0.0.1" if is_behind_proxy else "") == 0


def test_a_contact_is_the_same_in_capitals():
    count, _seconds = throttle.PER_CONTACT["birth"]
    asked = [throttle.is_too_many_for("ada@example.org", "birth") for _ in range(count)]
    assert asked == [False] * count
    assert throttle.is_too_many_for(" ADA@example.org", "birth")
    assert not throttle.is_too_many_for("eve@example.org", "birth")


def test_neither_address_nor_contact_stands_in_the_cache():
    ask(1)
    throttle.is_too_many_for("ada@example.org", "link")
    kept = " ".join(cache._cache)
    assert len(cache._cache) == 2
    assert [each for each in ("192.0.2.1", "ada", "example") if each in kept] == []


def test_a_cache_that_is_away_limits_nobody_and_is_told_of_once(settings, caplog):
    # Nothing listens on the port of a socket that is closed at once.
    away = {"BACKEND": "django.core.cache.backends.redis.RedisCache"}
    settings.CACHES = {"default": away | {"LOCATION": "redis://127.0.0.1:1/0"}}
    with caplog.at_level(logging.WARNING, "django.scarclinic"):
        assert ask(ASKED + 5) == 0
    told = ["The cache is away (ConnectionError): nothing is limited."]
    assert [record.getMessage() for record in caplog.records] == told

    locmem = "django.core.cache.backends.locmem.LocMemCache"
    settings.CACHES = {"default": {"BACKEND": locmem, "LOCATION": "limits"}}
    assert ask(ASKED + 1) == 1
    settings.CACHES = {"default": away | {"LOCATION": "redis://127.0.0.1:1/0"}}
    ask(2)
    assert [record.getMessage() for record in caplog.records] == told * 2


HANGS = """
from time import monotonic
import django
django.setup()
from django.test import RequestFactory
from scarclinic.staff import throttle
request = RequestFactory().get("/", REMOTE_ADDR="192.0.2.1")
began = monotonic()
print(throttle.is_too_many(request, "start"), monotonic() - began < 2)
"""


def test_a_redis_that_hangs_holds_nobody_up():
    with socket.create_server(("127.0.0.1", 0)) as silent:
        env = os.environ | {
            "CACHE_URL": f"redis://127.0.0.1:{silent.getsockname()[1]}/0",
            "DEBUG": "on",
            "DJANGO_SETTINGS_MODULE": "scarclinic.settings",
        }
        done = subprocess.run(
            [sys.executable, "-c", HANGS],
            cwd=configured.BASE_DIR,
            env=env,
            capture_output=True,
            text=True,
        )
    assert done.stdout == "False True\n", done.stderr
