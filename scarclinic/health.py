"""Two questions a load balancer asks: does the process live, can it serve?"""

from django.db import Error, connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from scarclinic.staff.encryption import checking


def _plain(text, status=200):
    return HttpResponse(f"{text}\n", status=status, content_type="text/plain")


@never_cache
@require_safe
def livez(request):
    """Answer 200 while the process runs. Touches nothing."""
    return _plain("alive")


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
