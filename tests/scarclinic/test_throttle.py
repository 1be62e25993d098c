"""Token buckets: exact with any number of processes, and nobody's name stands in them."""

import os
import subprocess
import sys
from types import SimpleNamespace

import pytest
from django.conf import settings as configured
from django.db import connection, transaction
from django.test import RequestFactory

from scarclinic.staff import throttle
from scarclinic.staff.models import TokenBucket

HOUR = 3600
NOON = 1_800_000_000.0
LINK = "link by address"
BURST = throttle.RATES[LINK].burst
REFILL = throttle.RATES[LINK].seconds / BURST
"""Seconds until one more token is there."""

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def clock(monkeypatch):
    """Return a clock that the test sets."""
    now = [NOON]
    monkeypatch.setattr(throttle, "time", lambda: now[0])
    return now


def request_from(address="192.0.2.1", **meta):
    return RequestFactory().get("/", REMOTE_ADDR=address, **meta)


def ask(times, address="192.0.2.1", **meta):
    """Ask so many times; return how many were one too many."""
    who = throttle.client_address(request_from(address, **meta))
    return sum(throttle.spend(LINK, who) > 0 for _ in range(times))


def test_one_more_than_the_limit_is_too_many():
    assert ask(BURST) == 0
    assert ask(2) == 2


def test_a_limit_that_is_reached_is_logged_and_nobody_named(monkeypatch):
    lines = []
    logger = SimpleNamespace(
        warning=lambda words, *values: lines.append(words % values)
    )
    monkeypatch.setattr(throttle, "logger", logger)
    ask(BURST + 2)
    ask(BURST + 1, "192.0.2.77")
    assert [line.partition(" (")[0] for line in lines] == [
        "Rate limit reached: link by address"
    ] * 3
    assert lines[0] == lines[1] != lines[2]
    assert "192.0.2" not in "".join(lines)


def test_who_has_to_wait_is_told_how_long(clock):
    ask(BURST)
    assert throttle.spend(LINK, "192.0.2.1") == REFILL
    clock[0] += REFILL - 1
    assert throttle.spend(LINK, "192.0.2.1") == 1
    clock[0] += 1
    assert throttle.spend(LINK, "192.0.2.1") == 0


def test_a_bucket_refills_little_by_little_and_no_window_opens_it_at_once(clock):
    clock[0] = NOON // HOUR * HOUR + HOUR - 1
    ask(BURST)
    clock[0] += 1
    assert ask(1) == 1
    clock[0] += 3 * REFILL
    assert ask(10) == 7
    clock[0] += 10 * HOUR
    assert ask(BURST + 1) == 1


def test_another_address_and_another_page_are_counted_by_themselves():
    ask(BURST)
    assert ask(1, "192.0.2.2") == 0
    assert throttle.spend("start by address", "192.0.2.1") == 0
    assert ask(1) == 1


def test_a_household_s_devices_share_an_ipv6_network():
    ask(BURST, "2001:db8:1:2::1")
    assert ask(1, "2001:db8:1:2:ffff::9") == 1
    assert ask(1, "2001:db8:1:3::1") == 0


def test_an_ipv4_address_in_ipv6_clothes_is_itself():
    ask(BURST, "192.0.2.1")
    assert ask(1, "::ffff:192.0.2.1") == 1


def test_behind_a_proxy_its_own_word_counts_and_no_other(settings):
    settings.BEHIND_PROXY = True
    for number in range(BURST):
        ask(1, "10.0.0.1", HTTP_X_FORWARDED_FOR=f"203.0.113.{number}, 192.0.2.1")
    assert ask(1, "10.0.0.1", HTTP_X_FORWARDED_FOR="192.0.2.1") == 1
    assert ask(1, "10.0.0.1", HTTP_X_FORWARDED_FOR="192.0.2.1, 192.0.2.2") == 0


def test_without_a_proxy_what_a_visitor_claims_changes_nothing():
    ask(BURST)
    assert ask(1, HTTP_X_FORWARDED_FOR="192.0.2.9") == 1


@pytest.mark.parametrize("claimed", ["", "unknown", "192.0.2.1, nonsense"])
def test_who_cannot_be_told_apart_shares_a_large_bucket(settings, claimed):
    settings.BEHIND_PROXY = True
    limit = BURST * throttle.UNKNOWN_TIMES
    assert ask(limit + 2, "10.0.0.1", HTTP_X_FORWARDED_FOR=claimed) == 2
    assert ask(1, "10.0.0.1", HTTP_X_FORWARDED_FOR="192.0.2.1") == 0


def test_a_contact_is_the_same_in_capitals():
    count = throttle.RATES["link by contact"].burst
    who = "ada@example.org"
    asked = [throttle.spend("link by contact", who) for _ in range(count)]
    assert asked == [0] * count
    assert throttle.spend("link by contact", " ADA@example.org") > 0
    assert throttle.spend("link by contact", "eve@example.org") == 0


def test_neither_address_nor_contact_stands_in_the_database():
    ask(1)
    throttle.spend("link by contact", "ada@example.org")
    keys = [bucket.key for bucket in TokenBucket.objects.all()]
    assert len(keys) == 2
    assert {(len(key), key.strip("0123456789abcdef")) for key in keys} == {(64, "")}


def test_of_several_buckets_all_are_spent_from_or_none(clock):
    mine, shared = (LINK, "192.0.2.1"), (LINK, "192.0.2.2")
    ask(BURST, "192.0.2.2")
    assert throttle.spend_all(mine, shared) == REFILL
    assert ask(BURST) == 0
    clock[0] += HOUR
    assert throttle.spend_all(mine, shared) == 0
    throttle.refund_all(mine, shared)
    assert (ask(BURST), ask(BURST, "192.0.2.2")) == (0, 0)


def test_full_buckets_are_deleted_and_others_stay(clock):
    ask(1)
    clock[0] += REFILL - 1
    ask(2, "192.0.2.2")
    assert throttle.delete_full() == 0
    clock[0] += 1
    assert throttle.delete_full() == 1
    assert ask(BURST, "192.0.2.2") == 2


@pytest.mark.parametrize("in_transaction", [True, False])
def test_spending_is_one_statement(django_assert_num_queries, in_transaction):
    throttle.spend(LINK, "192.0.2.1")
    with transaction.atomic(), django_assert_num_queries(1):
        assert throttle.spend(LINK, "192.0.2.1" if in_transaction else "new") == 0


SPEND = """
import sys
import django
django.setup()
from scarclinic.staff import throttle
sys.stdin.readline()
print(sum(throttle.spend("login by name", "ada") == 0 for _each in range(60)))
"""
MAKE_TABLE = """
import django
django.setup()
from django.db import connection
from scarclinic.staff.models import TokenBucket
with connection.schema_editor() as editor:
    editor.create_model(TokenBucket)
"""


def process(script, env):
    return subprocess.Popen(
        [sys.executable, "-c", script],
        cwd=configured.BASE_DIR,
        env=os.environ | env | {"DJANGO_SETTINGS_MODULE": "scarclinic.settings"},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )


def spent_by(processes):
    """Let processes that wait at the line spend at once; return how many tokens each got."""
    for each in processes:
        each.stdin.write("go\n")
        each.stdin.flush()
    return [int(each.communicate(timeout=60)[0]) for each in processes]


@pytest.mark.django_db(transaction=True)
def test_four_processes_together_take_no_more_than_the_limit(tmp_path):
    env = {"DEBUG": "on", "DATABASE_URL": f"sqlite:///{tmp_path}/limits.sqlite3"}
    if connection.vendor == "postgresql":
        base = os.environ["DATABASE_URL"].rpartition("/")[0]
        env["DATABASE_URL"] = f"{base}/{connection.settings_dict['NAME']}"
    else:
        making = process(MAKE_TABLE, env)
        making.communicate(timeout=60)
        assert making.returncode == 0
    got = spent_by([process(SPEND, env) for _each in range(4)])
    assert sum(got) == throttle.RATES["login by name"].burst
