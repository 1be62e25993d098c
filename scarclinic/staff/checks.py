"""Checks of log-in, keys, files and connections, for `manage.py check` with `--deploy`, with `--database`."""

import os
import stat
from urllib.parse import urlsplit

from django.conf import settings
from django.core.checks import Error, Tags, Warning, register
from django.db import Error as DatabaseError
from django.utils.translation import gettext as _

from scarclinic.staff.encryption import checking


@register(deploy=True)
def second_factor_is_asked_for(app_configs, **kwargs):
    """Warn where a password alone opens every patient."""
    if settings.SECOND_FACTOR:
        return []
    return [
        Warning(
            _("SECOND_FACTOR is off: one password that is given away opens all."),
            hint=_("Leave it on, but for a demonstration without patients."),
            id="staff.W001",
        )
    ]


@register(deploy=True)
def files_are_the_site_s_alone(app_configs, **kwargs):
    """Warn of files with patients' data that others on this machine may read."""
    database = settings.DATABASES["default"]
    paths = [settings.MEDIA_ROOT]
    if database["ENGINE"].endswith("sqlite3"):
        paths.append(database["NAME"])
    return [
        Warning(
            _("Others on this machine may read %s.") % path,
            hint=_("chmod go= takes that away; what the site makes itself is its own."),
            id="staff.W002",
        )
        for path in map(str, paths)
        if os.path.exists(path)
        and os.stat(path).st_mode & (stat.S_IRGRP | stat.S_IROTH)
    ]


THIS_MACHINE = ("", "localhost", "127.0.0.1", "::1")


def _is_elsewhere(host):
    # PostgreSQL's may be the folder of a socket.
    return host not in THIS_MACHINE and not host.startswith("/")


def _in_clear():
    """Return the variables that lead to another machine without a sure TLS."""
    database = settings.DATABASES["default"]
    sslmode = database.get("OPTIONS", {}).get("sslmode")
    if _is_elsewhere(database.get("HOST", "")) and sslmode != "verify-full":
        yield "DATABASE_URL"
    location = settings.CACHES["default"].get("LOCATION", "")
    for each in [location] if isinstance(location, str) else location:
        cache = urlsplit(each)
        if cache.scheme == "redis" and _is_elsewhere(cache.hostname or ""):
            yield "CACHE_URL"
            break
    mail_is_safe = settings.EMAIL_USE_TLS or settings.EMAIL_USE_SSL
    if _is_elsewhere(settings.EMAIL_HOST or "") and not mail_is_safe:
        yield "EMAIL_URL"


@register(deploy=True)
def connections_are_encrypted(app_configs, **kwargs):
    """Warn of a database, cache or mail server elsewhere that is spoken with in clear."""
    return [
        Warning(
            _("%s leads to another machine, and does not insist on TLS.") % variable,
            hint=_("?sslmode=verify-full, rediss:// or smtp+tls:// does."),
            id="staff.W003",
        )
        for variable in _in_clear()
    ]


@register(Tags.database)
def data_keys_are_the_database_s(app_configs, databases=None, **kwargs):
    """Refuse keys that do not open what this database has; `migrate` asks, too."""
    if not databases:
        return []
    try:
        faults = checking.faults()
    except DatabaseError:
        # Not migrated yet: there is nothing to open.
        return []
    return [Error(fault, id="staff.E002") for fault in faults]
