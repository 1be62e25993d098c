"""The test database as the clinic opens: kept once, brought back after a flush.

To load the catalogue again takes seconds, this a few milliseconds.
"""

import sqlite3

from django.apps import apps
from django.contrib.contenttypes.models import ContentType
from django.core.management.color import no_style
from django.db import connection, transaction


def _names(cursor):
    return [
        connection.ops.quote_name(t)
        for t in connection.introspection.table_names(cursor)
    ]


def keep():
    """Return a function that brings back every row as it is now."""
    restore = (
        _kept_by_sqlite() if connection.vendor == "sqlite" else _kept_by_postgres()
    )

    def bring_back():
        restore()
        # The flush has made content types anew, and remembers them by other keys.
        ContentType.objects.clear_cache()

    return bring_back


def _kept_by_sqlite():
    kept = sqlite3.connect(":memory:", check_same_thread=False)
    connection.connection.backup(kept)
    return lambda: kept.backup(connection.connection)


def _kept_by_postgres():
    with connection.cursor() as cursor:
        tables = _names(cursor)
        cursor.execute("DROP SCHEMA IF EXISTS kept CASCADE")
        cursor.execute("CREATE SCHEMA kept")
        for table in tables:
            cursor.execute(f"CREATE TABLE kept.{table} AS TABLE public.{table}")
    sequences = connection.ops.sequence_reset_sql(no_style(), apps.get_models())

    @transaction.atomic
    def restore():
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL session_replication_role = replica")
            cursor.execute(f"TRUNCATE {', '.join(tables)}")
            for table in tables:
                cursor.execute(f"INSERT INTO {table} SELECT * FROM kept.{table}")
            for statement in sequences:
                cursor.execute(statement)

    return restore
