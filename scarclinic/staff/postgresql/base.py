"""Django's engine for PostgreSQL with time limits, the server's and our own.

A server that is stopped or cut off keeps no limit of its own, so the client keeps one, too.
"""

from types import ModuleType
from typing import Any

import psycopg
from django.db.backends.postgresql import base
from psycopg import errors

from scarclinic.staff.postgresql import patience

LATE = "The database did not answer in time."


class Connection(psycopg.Connection):
    """A connection that is closed when an answer takes too long."""

    def wait(
        self, gen: Any, interval: float = 0.1, timeout: float | None = None
    ) -> Any:
        limit = patience.of_client()
        if timeout is not None or limit is None:
            return super().wait(gen, interval, timeout)
        try:
            return super().wait(gen, interval, limit)
        except errors._WaitTimeout:
            self.pgconn.finish()
            raise psycopg.OperationalError(LATE) from None


database = ModuleType("psycopg_with_deadline")
vars(database).update(vars(psycopg), connect=Connection.connect)


class DatabaseWrapper(base.DatabaseWrapper):
    """Connect with limits; what `DATABASE_URL` says of them wins."""

    Database = database

    def get_connection_params(self) -> dict[str, Any]:
        params = super().get_connection_params()
        params.setdefault("connect_timeout", patience.SECONDS_TO_CONNECT)
        left = patience.of_client()
        if left == 0:
            # Another connection would take seconds again.
            raise psycopg.OperationalError(LATE)
        if left is not None and left < patience.SECONDS_TO_CONNECT:
            params["connect_timeout"] = patience.LEAST_TO_CONNECT
        limits = " ".join(
            f"-c {name}={value}" for name, value in patience.of_server().items()
        )
        # The last one counts.
        params["options"] = f"{limits} {params.get('options', '')}".strip()
        return params
