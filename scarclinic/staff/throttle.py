"""Rate limits: each rate limit is a token bucket in the database, exact for all processes.

Spending is one atomic statement: no lock is held beyond it, but inside a transaction
PostgreSQL keeps the bucket's row locked until the end. Spend before you open a long one.
"""

import logging
from datetime import datetime, timedelta
from ipaddress import IPv6Address, ip_address, ip_network
from math import ceil
from time import time
from typing import NamedTuple

from django.conf import settings
from django.db import connection
from django.db.models import F
from django.http import HttpRequest
from django.utils import timezone
from django.utils.crypto import salted_hmac

from scarclinic.staff.models import TokenBucket

logger = logging.getLogger("django.security.throttle")

MINUTE = 60
HOUR = 60 * MINUTE
DAY = 24 * HOUR
YEAR = 365 * DAY


class Rate(NamedTuple):
    """So many tokens fit into a bucket; an empty one is full again in so many seconds."""

    burst: int
    seconds: int


# Families, clinics and mobile networks share an address: what is counted by address
# alone is generous.
RATES = {
    "start by address": Rate(60, HOUR),
    "link by address": Rate(30, HOUR),
    "link by contact": Rate(5, HOUR),
    # Of a draft: its writer may type anybody's address.
    "link to anybody by contact": Rate(5, HOUR),
    # Wrong dates of birth use up these, not what a patient is written by.
    "lost link by contact and address": Rate(5, HOUR),
    "lost link by contact": Rate(100, DAY),
    "birth date by link": Rate(5, 15 * MINUTE),
    # Fifteen wrong dates of birth, and no more as long as a link lives.
    "birth date by link, total": Rate(15, 15 * YEAR),
    "birth date of caller": Rate(5, HOUR),
    "people by date of birth": Rate(20, HOUR),
    "photo by intake": Rate(60, HOUR),
    "message by link": Rate(20, HOUR),
    "pdf by case": Rate(20, HOUR),
    "login by name and address": Rate(10, 15 * MINUTE),
    "login by address": Rate(50, 15 * MINUTE),
    "login by name": Rate(100, DAY),
    "login by known device": Rate(10, 15 * MINUTE),
    "code by name and address": Rate(10, 15 * MINUTE),
    "code by address": Rate(50, 15 * MINUTE),
    "code by name": Rate(100, DAY),
    "code by known device": Rate(10, 15 * MINUTE),
    # A code of an app holds for three steps of 30 seconds, and works once.
    "code used": Rate(1, 2 * MINUTE),
    "passkey by address": Rate(50, 15 * MINUTE),
    # Each leaves a session behind, which lives for half a day.
    "passkey begun by address": Rate(60, 15 * MINUTE),
    "reset by address": Rate(20, HOUR),
    "reset by e-mail and address": Rate(3, HOUR),
    "reset by e-mail": Rate(30, DAY),
    "reset by known device": Rate(3, HOUR),
    "proof by account": Rate(10, 15 * MINUTE),
    "old password by account": Rate(10, 15 * MINUTE),
}
UNKNOWN = ""
"""The address of all requests whose proxy does not say where they come from."""
UNKNOWN_TIMES = 10
"""How many addresses those requests count as."""

SPEND = """
INSERT INTO staff_tokenbucket (key, full_at) VALUES (%(key)s, %(now)s + %(interval)s)
ON CONFLICT (key) DO UPDATE SET full_at = %(interval)s + CASE
    WHEN staff_tokenbucket.full_at > %(now)s THEN staff_tokenbucket.full_at
    ELSE %(now)s END
WHERE staff_tokenbucket.full_at <= %(latest)s
"""


def spend(name: str, who: str) -> int:
    """Take a token; return 0, or in how many seconds there is one. One statement.

    `name` is a key of RATES; `who` an address, a contact, a link's hash, a user name.
    """
    key, interval, burst = _bucket(name, who)
    now = time()
    # A millisecond more, lest rounding take the last token.
    latest = now + (burst - 1) * interval + 0.001
    with connection.cursor() as cursor:
        cursor.execute(
            SPEND, {"key": key, "now": now, "interval": interval, "latest": latest}
        )
        if cursor.rowcount:
            return 0
    # Whoever reads the log sees one source as one, and not who it is.
    logger.warning("Rate limit reached: %s (%s)", name, key[:8])
    bucket = TokenBucket.objects.filter(key=key).first()
    # It is gone only if it was full, and deleted a moment ago.
    return max(1, ceil(bucket.full_at - latest)) if bucket else 1


def refund(name: str, who: str) -> None:
    """Put a token back that was spent for nothing."""
    key, interval, _burst = _bucket(name, who)
    TokenBucket.objects.filter(key=key).update(full_at=F("full_at") - interval)


def spend_all(*buckets: tuple[str, str]) -> int:
    """Take a token from each (name, who), or none; return 0, or the seconds to wait."""
    for number, bucket in enumerate(buckets):
        if seconds := spend(*bucket):
            refund_all(*buckets[:number])
            return seconds
    return 0


def refund_all(*buckets: tuple[str, str]) -> None:
    """Put back a token into each (name, who)."""
    for bucket in buckets:
        refund(*bucket)


def delete_full() -> int:
    """Delete the buckets that are full, which count as none; return how many."""
    return TokenBucket.objects.filter(full_at__lte=time()).delete()[0]


def after(seconds: int) -> datetime:
    """Return when to try again, for a message: a minute later than needed."""
    return timezone.now() + timedelta(seconds=seconds + MINUTE)


def last_hop(request: HttpRequest) -> str:
    """Return the address that a request comes from, UNKNOWN if a proxy does not say.

    Behind a proxy only the last hop is its own word; what stands before it anybody can
    write.
    """
    if settings.BEHIND_PROXY:
        hop = request.META.get("HTTP_X_FORWARDED_FOR", "").rpartition(",")[2].strip()
    else:
        hop = request.META.get("REMOTE_ADDR", "")
    try:
        address = ip_address(hop)
    except ValueError:
        return UNKNOWN
    mapped = isinstance(address, IPv6Address) and address.ipv4_mapped
    return str(mapped or address)


def client_address(request: HttpRequest) -> str:
    """Return what limits count a request by: its address, or UNKNOWN.

    An IPv6 address counts as its /64: a household has a whole one.
    """
    hop = last_hop(request)
    if hop == UNKNOWN:
        return UNKNOWN
    address = ip_address(hop)
    if isinstance(address, IPv6Address):
        return str(ip_network((address.packed, 64), strict=False))
    return str(address)


def _bucket(name: str, who: str) -> tuple[str, float, int]:
    """Return the key of a bucket, the seconds per token, and how many tokens fit."""
    burst, seconds = RATES[name]
    if who == UNKNOWN:
        return _key(name, who), seconds / burst / UNKNOWN_TIMES, burst * UNKNOWN_TIMES
    return _key(name, who.strip().casefold()), seconds / burst, burst


def _key(name: str, who: str) -> str:
    words = f"{name}: {who}"
    return salted_hmac(
        "scarclinic.staff.throttle", words, algorithm="sha256"
    ).hexdigest()
