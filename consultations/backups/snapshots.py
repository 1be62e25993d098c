"""The database as it stands at one moment, while others go on writing.

It lies in a file that has no name: whoever is killed leaves nothing of it.
"""

import os
import sqlite3
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

from django.db import connection, transaction

from consultations.models import Photo

Rows = Callable[[str], list[tuple[Any, ...]]]
"""Run a SELECT at the moment of the snapshot."""


class NotTaken(Exception):
    """No backup was made. Says why in a sentence."""


@dataclass(frozen=True)
class Snapshot:
    """The database's bytes, and what stood in it at that moment."""

    file: BinaryIO
    counts: dict[str, int]
    migrations: list[str]
    photos: set[str]


@contextmanager
def snapshot(folder: Path) -> Iterator[Snapshot]:
    """Yield the `Snapshot`; its file takes the room of the database on the folder's disk."""
    taken = _of_sqlite if connection.vendor == "sqlite" else _of_postgres
    with taken(folder) as found:
        found.file.seek(0)
        yield found


def _described(file: BinaryIO, rows: Rows, tables: list[str]) -> Snapshot:
    quoted = connection.ops.quote_name
    return Snapshot(
        file=file,
        # The names come from the database itself.
        counts={
            table: rows(f"SELECT count(*) FROM {quoted(table)}")[0][0]  # noqa: S608
            for table in sorted(tables)
        },
        migrations=sorted(
            f"{app}.{name}"
            for app, name in (
                rows("SELECT app, name FROM django_migrations")
                if "django_migrations" in tables
                else ()
            )
        ),
        photos={
            name
            for (name,) in rows(f"SELECT name FROM {quoted(Photo._meta.db_table)}")  # noqa: S608
        },
    )


@contextmanager
def _of_sqlite(folder: Path) -> Iterator[Snapshot]:
    """Copy the file by SQLite's own means: `cp` of a live database loses rows."""
    name = connection.settings_dict["NAME"]
    descriptor, path = tempfile.mkstemp(prefix=".snapshot-", dir=folder)
    with (
        open(descriptor, "rb") as file,
        # As Django does, which may name a database in memory.
        closing(sqlite3.connect(name, isolation_level=None, uri=True)) as source,
        closing(sqlite3.connect(path, isolation_level=None)) as copy,
    ):
        # SQLite opens its file with the first question.
        copy.execute("PRAGMA journal_mode = OFF")
        copy.execute("SELECT count(*) FROM sqlite_master").fetchall()
        os.unlink(path)
        # Everything below is of the moment of this transaction's first read.
        source.execute("BEGIN")
        tables = source.execute(
            "SELECT name FROM sqlite_master WHERE type = 'table' "
            "AND name NOT LIKE 'sqlite_%'"
        ).fetchall()
        source.backup(copy)
        rows: Rows = lambda sql: source.execute(sql).fetchall()  # noqa: E731
        found = _described(file, rows, [table for (table,) in tables])
        # Held on, it would keep the write-ahead log from being emptied.
        source.execute("COMMIT")
        yield found


@contextmanager
def _of_postgres(folder: Path) -> Iterator[Snapshot]:
    """Have pg_dump write the database as an exported snapshot has it."""
    with tempfile.TemporaryFile(dir=folder) as file:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
            for timeout in ("statement_timeout", "idle_in_transaction_session_timeout"):
                cursor.execute(f"SET LOCAL {timeout} = 0")
            cursor.execute("SELECT pg_export_snapshot()")
            [exported] = cursor.fetchone()
            program(
                "pg_dump",
                "--format=custom",
                "--no-owner",
                "--no-privileges",
                f"--snapshot={exported}",
                stdout=file,
            )

            def rows(sql: str) -> list[tuple[Any, ...]]:
                cursor.execute(sql)
                return cursor.fetchall()

            found = _described(file, rows, connection.introspection.table_names(cursor))
        yield found


def program(name: str, *arguments: str, **files: Any) -> None:
    """Run one of PostgreSQL's programs on our database; raises `NotTaken`.

    Its own words stay unread: they may quote rows.
    """
    [_psql, *where], env = connection.client.settings_to_cmd_args_env(
        connection.settings_dict, []
    )
    *options, database = where
    command = [name, *arguments, *options, f"--dbname={database}"]
    try:
        done = subprocess.run(  # noqa: S603
            command, env=os.environ | (env or {}), stderr=subprocess.PIPE, **files
        )
    except FileNotFoundError:
        raise NotTaken(
            f"{name} is missing. Debian: apt-get install postgresql-client"
        ) from None
    if done.returncode:
        first = done.stderr.decode(errors="replace").splitlines()[:1]
        is_version = "server version mismatch" in "".join(first)
        reason = "it is older than the server" if is_version else done.returncode
        raise NotTaken(f"{name} failed ({reason}).")
