"""Checks of log-in and keys, for `manage.py check` with `--deploy`, with `--database`."""

import os
import stat

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
