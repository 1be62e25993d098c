"""Two questions a load balancer asks: does the process live, can it serve?"""

import os

from django.conf import settings
from django.db import Error
from django.http import HttpResponse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from consultations import doctor
from consultations.intake.photos.folder import UNFINISHED
from scarclinic.staff.encryption import checking
from scarclinic.staff.postgresql import patience

SECONDS = 1.5
"""For the database. A load balancer waits two."""
LEAST_FREE = 100 * 2**20
"""In bytes: below, what a visitor sends cannot be kept."""


def _plain(text, status=200):
    return HttpResponse(f"{text}\n", status=status, content_type="text/plain")


@never_cache
@require_safe
def livez(request):
    """Answer 200 while the process runs. Touches nothing.

    `clinic doctor` asks with an address that no visitor has, and reads what came of it.
    """
    response = _plain("alive")
    response["Scarclinic-Sees"] = ", ".join(_sees(request))
    return response


def _sees(request):
    """Yield what the proxy has told of who asks."""
    yield "https" if request.is_secure() else "http"
    if hops := request.headers.get("X-Forwarded-For"):
        last = hops.split(",")[-1].strip()
        yield "forged" if last == doctor.FORGED else "forwarded"


@never_cache
@require_safe
def readyz(request):
    """Answer 200 when this process can serve, else 503, and why; then the version.

    What others have to mend, mail and cache, is told and refuses nothing: no visitor is
    better served by another host.
    """
    with patience.within(SECONDS):
        if fault := _fault():
            return _plain(f"not ready: {fault}\nversion {settings.VERSION}", 503)
        told = [f"degraded: {each}" for each in _degraded()]
    return _plain("\n".join(["ready", *told, f"version {settings.VERSION}"]))


def _fault():
    """Return for what reason nobody can be served here, None if there is none."""
    try:
        if not doctor.is_migrated():
            return "migrations wait; run manage.py migrate"
        if checking.faults():
            return "DATA_KEYS lacks a key of this database"
        # The database may have been away when this process began. One query.
        checking.enter()
    except Error:
        return "the database does not answer"
    folder = settings.MEDIA_ROOT
    if not os.path.isdir(folder) or not os.access(folder, os.W_OK | os.X_OK):
        return "the media folder cannot be written"
    if os.path.exists(os.path.join(folder, UNFINISHED)):
        return "a restore was not finished"
    if full := doctor.full_disks(LEAST_FREE):
        return f"the disk of {full[0]} is full"
    return None


def _degraded():
    """Yield what is wrong elsewhere."""
    yield from doctor.cache_faults()
    try:
        yield from doctor.outbox_faults(timezone.now())
    except Error:
        yield "the outbox cannot be read"


PROBES = ("/livez", "/readyz", "/metrics")


def by_any_name(get_response):
    """Let load balancers ask by a number or any name: what they are told is no page."""

    def answer(request):
        if request.path_info in PROBES:
            request.META["HTTP_HOST"] = settings.ALLOWED_HOSTS[0].lstrip(".")
            request.META.pop("HTTP_X_FORWARDED_HOST", None)
        return get_response(request)

    return answer
