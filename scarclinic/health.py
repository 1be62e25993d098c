"""Two questions a load balancer asks: does the process live, can it serve?"""

from django.db import Error, connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from consultations import doctor
from scarclinic.staff.encryption import checking


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
    """Answer 200 when the database answers, is migrated and ours, else 503 and why."""
    try:
        executor = MigrationExecutor(connection)
        if executor.migration_plan(executor.loader.graph.leaf_nodes()):
            return _plain("not ready: migrations wait; run manage.py migrate", 503)
        if checking.faults():
            return _plain("not ready: DATA_KEYS lacks a key of this database", 503)
        # The database may have been away when this process began. One query.
        checking.enter()
    except Error:
        return _plain("not ready: the database does not answer", 503)
    return _plain("ready")
