"""The doctor: what is wrong with this installation, a line per fault (`clinic doctor`)."""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from urllib.error import HTTPError, URLError
from urllib.request import Request, urlopen

from allauth.mfa.models import Authenticator
from django.conf import settings
from django.core.cache import cache
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.core.mail import get_connection
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.db.models import Max
from django.utils.timezone import now as current_time
from django.utils.translation import gettext as _

from consultations.intake.photos import folder
from consultations.letters import outbox
from consultations.models import Letter, Photo
from methods.publishing import protocol_versions
from scarclinic.staff import heartbeats
from scarclinic.staff.encryption import checking
from scarclinic.staff.models import Event, User

LEAST_FREE = 2**30
"""In bytes. Below, uploads and the database's log soon find no room."""
LEAST_FREE_PERCENT = 5
FORGED = "198.51.100.7"
"""Of a range that no computer has (RFC 5737): a proxy that lets it through trusts anybody."""
PATIENCE = 5
"""Seconds for a host that should answer at once."""
CLOCK_MAY_DIFFER = timedelta(seconds=30)
MOST_NAMES = 5

Check = Callable[[], Iterable[str]]


def faults(now: datetime) -> Iterator[str]:
    """Yield what is wrong, a sentence each. What cannot be checked is a fault as well."""
    yield from _checked(_("The database"), database_faults)
    with_database: dict[str, Check] = {
        _("The keys"): checking.faults,
        _("The media folder"): media_faults,
        _("The photos"): _lost_photos,
        _("The heartbeats"): partial(_late, now),
        _("The outbox"): partial(outbox_faults, now),
        _("The clock"): partial(_clock, now),
        _("The accounts"): _accounts,
        _("The protocol"): _sign_off,
    }
    without: dict[str, Check] = {
        _("The disk"): disk_faults,
        _("The file of tombstones"): _tombstones,
        _("The cache"): cache_faults,
        _("The mail server"): _mail,
        _("The site"): _site,
        _("PDFs"): _pdf,
        _("The backups"): _backups,
    }
    for name, check in (with_database | without).items():
        yield from _checked(name, check)


def _checked(name: str, check: Check) -> Iterator[str]:
    try:
        yield from check()
    except Exception as error:  # one that fails hides no other
        # Its words may quote a row, or a password.
        yield _("%(name)s: cannot be checked (%(error)s).") % {
            "name": name,
            "error": type(error).__name__,
        }


# Database, files, disk


def is_migrated() -> bool:
    """Return whether no migration waits; raises Django's `Error` if nobody answers."""
    executor = MigrationExecutor(connection)
    return not executor.migration_plan(executor.loader.graph.leaf_nodes())


def database_faults() -> Iterator[str]:
    """Yield whether the database answers and is migrated."""
    if not is_migrated():
        yield _("Migrations wait: run manage.py migrate.")


def media_faults() -> Iterator[str]:
    """Yield whether the media folder can be written, and is this database's."""
    try:
        name = default_storage.save("probe", ContentFile(b"1"))
        default_storage.delete(name)
    except OSError as error:
        yield _("The media folder cannot be written (%(error)s).") % {
            "error": error.strerror or type(error).__name__
        }
        return
    if default_storage.exists(folder.UNFINISHED):
        yield _("A restore was not finished: run manage.py clinic restore again.")
    try:
        folder.check(may_bind=False)
    except folder.NotBound as error:
        yield str(error)


def _places() -> dict[str, Path]:
    """Return where the site writes, by the name of the setting."""
    places = {"MEDIA_ROOT": Path(settings.MEDIA_ROOT)}
    if connection.vendor == "sqlite":
        places["DATABASE_URL"] = Path(connection.settings_dict["NAME"]).parent
    if settings.BACKUP_FOLDER:
        places["BACKUP_FOLDER"] = Path(settings.BACKUP_FOLDER)
    return {name: path for name, path in places.items() if path.is_dir()}


def full_disks(least: int) -> list[str]:
    """Return the settings whose disks have fewer free bytes."""
    return [
        name for name, path in _places().items() if shutil.disk_usage(path).free < least
    ]


def disk_faults() -> Iterator[str]:
    """Yield which disk is nearly full."""
    for name, path in _places().items():
        usage = shutil.disk_usage(path)
        if usage.free < max(LEAST_FREE, usage.total * LEAST_FREE_PERCENT // 100):
            yield _("The disk of %(name)s is nearly full: %(free)d MB are free.") % {
                "name": name,
                "free": usage.free >> 20,
            }


def _tombstones() -> Iterator[str]:
    path = Path(settings.TOMBSTONES)
    if not os.access(path if path.exists() else path.parent, os.W_OK):
        yield _("TOMBSTONES cannot be written: erased people could come back.")


def _lost_photos() -> Iterator[str]:
    there = {name.partition(".")[0] for name in folder.names()}
    lost = [
        name
        for name in Photo.objects.values_list("name", flat=True).iterator()
        if name not in there
    ]
    if lost:
        yield _("Photos without a file: %(count)d (%(names)s).") % {
            "count": len(lost),
            "names": ", ".join([*lost[:MOST_NAMES], *["…"] * (len(lost) > MOST_NAMES)]),
        }


# What has to run


def _late(now: datetime) -> Iterator[str]:
    said = {
        heartbeats.WORKER: _("The worker does not run: start manage.py db_worker."),
        heartbeats.PRUNE: _("prune has not run for a day: nothing is deleted in time."),
        heartbeats.BACKUP: _("No real patient before there is a backup of last night."),
    }
    for name, age in heartbeats.late(now).items():
        since = _("Never seen.")
        if age is not None:
            since = _("Seen %(hours)d hours ago.") % {
                "hours": age.total_seconds() // 3600
            }
        yield f"{said[name]} {since}"


def outbox_faults(now: datetime) -> Iterator[str]:
    """Yield how many letters wait for longer than they should."""
    if count := Letter.objects.due(now - outbox.LEASE).count():
        yield _("Letters wait to be sent: %(count)d are overdue.") % {"count": count}


def _clock(now: datetime) -> Iterator[str]:
    newest = Event.objects.aggregate(newest=Max("at"))["newest"]
    if newest and newest - now > CLOCK_MAY_DIFFER:
        yield _("The clock went back: the ledger has events of the future.")
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT clock_timestamp()")
            [there] = cursor.fetchone()
        if abs(there - current_time()) > CLOCK_MAY_DIFFER:
            yield _("The clocks of this machine and of the database differ.")


def _backups() -> Iterator[str]:
    if not settings.BACKUP_KEY:
        yield _("BACKUP_KEY is missing: manage.py clinic new-backup-key makes one.")


# Who is asked


def cache_faults() -> Iterator[str]:
    """Yield whether a shared cache answers."""
    if not settings.CACHES["default"]["BACKEND"].endswith("RedisCache"):
        return
    try:
        cache.set("probe", 1, timeout=10)
    except Exception:  # each library of a cache has errors of its own
        yield _("The cache does not answer: CACHE_URL.")


def _mail() -> Iterator[str]:
    if not settings.EMAIL_BACKEND.endswith("smtp.EmailBackend"):
        if not settings.EMAIL_BACKEND.endswith("locmem.EmailBackend"):
            yield _("EMAIL_URL names no mail server: nobody gets a letter.")
        return
    server = get_connection(timeout=PATIENCE)
    try:
        server.open()
    except (TimeoutError, OSError) as error:
        yield _("The mail server does not take us (%(error)s): EMAIL_URL.") % {
            "error": type(error).__name__
        }
    finally:
        server.close()


def _site() -> Iterator[str]:
    """Ask the site as a visitor does, with a forged header, and read how it saw us."""
    if not settings.SITE_URL:
        yield _("SITE_URL is missing: no letter can say where a private link leads.")
        return
    request = Request(  # noqa: S310 - `site_url` lets no other scheme through
        f"{settings.SITE_URL}/livez", headers={"X-Forwarded-For": FORGED}
    )
    try:
        with urlopen(request, timeout=PATIENCE) as answer:  # noqa: S310
            sees = answer.headers.get("Scarclinic-Sees", "")
    except (HTTPError, URLError, OSError) as error:
        yield _("SITE_URL does not lead here (%(error)s).") % {
            "error": type(error).__name__
        }
        return
    if not sees:
        yield _("SITE_URL leads to another site.")
    elif "forged" in sees:
        yield _(
            "The proxy lets visitors choose their address: it has to set X-Forwarded-For."
        )
    elif settings.BEHIND_PROXY and "forwarded" not in sees:
        yield _("The proxy sends no X-Forwarded-For: all visitors share one limit.")
    if sees and settings.SITE_URL.startswith("https:") and "https" not in sees:
        yield _("The proxy sends no X-Forwarded-Proto: BEHIND_PROXY needs it.")


def _pdf() -> Iterator[str]:
    """Make a line of text into a PDF, as the pages do: in a process of its own."""
    script = (
        "import sys, weasyprint as w;"
        "page = w.HTML(string='Ag').render(); page.write_pdf();"
        "sys.exit(not page.fonts)"
    )
    done = subprocess.run(  # noqa: S603
        [sys.executable, "-c", script], capture_output=True, timeout=60
    )
    if done.returncode:
        yield _(
            "No PDFs: Pango or a font is missing. Debian: apt-get install "
            "libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0 fonts-dejavu-core"
        )


# Before there is a real patient


def _accounts() -> Iterator[str]:
    if not settings.SECOND_FACTOR:
        yield _("No real patient before second factors: SECOND_FACTOR is off.")
    staff = User.objects.filter(is_active=True, is_staff=True)
    without = staff.exclude(pk__in=Authenticator.objects.values("user"))
    if names := list(without.order_by("username").values_list("username", flat=True)):
        yield _("No real patient before second factors: %(names)s lack one.") % {
            "names": ", ".join(names[:MOST_NAMES])
        }


def _sign_off() -> Iterator[str]:
    version = protocol_versions.current()
    if version is None or version.approved_at is None:
        yield _(
            "No real patient before a doctor has approved the protocol, in the admin."
        )
