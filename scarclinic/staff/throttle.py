"""How often somebody may do a thing: counted in the cache, under keyed hashes.

Nobody is locked out by a neighbour: families, clinics and mobile networks share an
address, so the numbers are generous, and each window simply ends. If the cache is away,
everything is allowed. With the default cache (LocMem) every server process counts by
itself, and the numbers are multiplied by the processes; with Redis they are exact.
"""

import logging
from ipaddress import IPv6Address, ip_address, ip_network
from math import ceil
from time import time

from django.conf import settings
from django.core.cache import cache
from django.utils.crypto import salted_hmac

logger = logging.getLogger("django.scarclinic")

MINUTE = 60
HOUR = 60 * MINUTE

# {what: (how many, in how many seconds)}
PER_ADDRESS = {
    "start": (60, HOUR),
    "link": (30, HOUR),
    "login": (50, 15 * MINUTE),
}
PER_CONTACT = {
    "link": (5, HOUR),
    "birth": (5, 15 * MINUTE),
    "login": (10, 15 * MINUTE),
}
LETTERS_A_DAY = 10
"""So many e-mails one address gets in 24 hours; what is more waits in the outbox."""

_away = set()


def is_too_many(request, what):
    """Count a request; return whether its address has made too many of them."""
    return _is_over("address", _address(request), what, *PER_ADDRESS[what])


def is_too_many_for(contact, what):
    """Count what is done with an e-mail address, a user name or a link's hash."""
    return _is_over("contact", contact.strip().casefold(), what, *PER_CONTACT[what])


def is_used_up(request, contact, what):
    """Return whether one more from here, or for this contact, is too many. Counts none."""
    ways = [
        ("address", _address(request), PER_ADDRESS[what]),
        ("contact", contact.strip().casefold(), PER_CONTACT[what]),
    ]
    return any(
        _is_over(kind, who, what, count - 1, seconds, more=0)
        for kind, who, (count, seconds) in ways
    )


def minutes_left(what):
    """Return in how many minutes a contact may do again what was done too often."""
    _count, seconds = PER_CONTACT[what]
    return ceil((seconds - time() % seconds) / MINUTE)


def _address(request):
    """Return whom to count a request for, "" if that cannot be told.

    Behind a proxy only the last hop is its own word; what stands before it anybody can
    write. Without that word all visitors would be one, so none is counted.
    """
    if settings.BEHIND_PROXY:
        said = request.META.get("HTTP_X_FORWARDED_FOR", "").rpartition(",")[2].strip()
    else:
        said = request.META.get("REMOTE_ADDR", "")
    try:
        address = ip_address(said)
    except ValueError:
        return said
    if not isinstance(address, IPv6Address):
        return said
    if address.ipv4_mapped:
        return str(address.ipv4_mapped)
    # A household has a whole /64, and its devices change places in it.
    return str(ip_network((address.packed, 64), strict=False))


def _is_over(kind, who, what, count, seconds, more=1):
    if not who:
        return False
    window = int(time() // seconds)
    words = f"{kind} {what} {window} {who}"
    key = f"limit-{salted_hmac('scarclinic.staff.throttle', words).hexdigest()}"
    try:
        cache.add(key, 0, timeout=seconds)
        counted = cache.incr(key, more)
    except ValueError:
        # The key went between the two calls, or this cache keeps nothing.
        return False
    except Exception as error:  # each cache has errors of its own
        _tell_once(error)
        return False
    _away.clear()
    return counted > count


def _tell_once(error):
    if not _away:
        logger.warning(
            "The cache is away (%s): nothing is limited.", type(error).__name__
        )
    _away.add("cache")
