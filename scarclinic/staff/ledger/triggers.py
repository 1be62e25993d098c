"""Triggers that refuse to change or delete what the ledger holds, on both databases.

Only what a checkpoint covers may be deleted (`retention`). Whoever puts in a checkpoint
without the key is found out by its MAC. `make` may run again, and must after a migration
that changes one of these tables: SQLite then makes the table anew, without its triggers.
"""

from typing import Any

REFUSED = "The ledger is append-only"

COVERED = "(SELECT coalesce(max(sequence), 0) FROM staff_checkpoint)"
MAY_GO = {
    "staff_event": "EXISTS (SELECT 1 FROM staff_chainlink"  # noqa: S608
    f" WHERE event_id = OLD.id AND sequence <= {COVERED})",
    "staff_chainlink": f"OLD.sequence <= {COVERED}",
    "staff_checkpoint": "1 = 0",
}
"""Table: when one of its rows may be deleted."""
MADE = {
    "sqlite": "SELECT name FROM sqlite_master WHERE type = 'trigger'",
    "postgresql": "SELECT tgname FROM pg_trigger WHERE tgenabled <> 'D'",
}


def _names(vendor: str, table: str) -> list[str]:
    acts = ["update", "delete", *(["truncate"] if vendor == "postgresql" else [])]
    return [f"{table}_no_{act}" for act in acts]


def _sqlite(table: str, may_go: str) -> list[str]:
    refuse = f"BEGIN SELECT RAISE(ABORT, '{REFUSED}'); END"
    on_update, on_delete = _names("sqlite", table)
    return [
        f"CREATE TRIGGER {on_update} BEFORE UPDATE ON {table} {refuse}",
        f"CREATE TRIGGER {on_delete} BEFORE DELETE ON {table}"
        f" WHEN NOT ({may_go}) {refuse}",
    ]


def _postgresql(table: str, may_go: str) -> list[str]:
    refuse = "EXECUTE FUNCTION staff_ledger_refuse()"
    on_update, on_delete, on_truncate = _names("postgresql", table)
    return [
        f"CREATE OR REPLACE FUNCTION {on_delete}() RETURNS trigger LANGUAGE plpgsql AS"
        f" $$ BEGIN IF {may_go} THEN RETURN OLD; END IF;"
        f" RAISE EXCEPTION '{REFUSED}'; END $$",
        f"CREATE TRIGGER {on_update} BEFORE UPDATE ON {table} FOR EACH ROW {refuse}",
        f"CREATE TRIGGER {on_delete} BEFORE DELETE ON {table} FOR EACH ROW"
        f" EXECUTE FUNCTION {on_delete}()",
        f"CREATE TRIGGER {on_truncate} BEFORE TRUNCATE ON {table}"
        f" FOR EACH STATEMENT {refuse}",
    ]


def make(connection: Any) -> None:
    """Make the triggers; those of before are replaced."""
    drop(connection)
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(
                "CREATE OR REPLACE FUNCTION staff_ledger_refuse() RETURNS trigger"
                f" LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION '{REFUSED}'; END $$"
            )
        write = _postgresql if connection.vendor == "postgresql" else _sqlite
        for table, may_go in MAY_GO.items():
            for statement in write(table, may_go):
                cursor.execute(statement)


def drop(connection: Any) -> None:
    """Drop the triggers: for a migration, and for tests that empty the database."""
    with connection.cursor() as cursor:
        for table in MAY_GO:
            on = f" ON {table}" if connection.vendor == "postgresql" else ""
            for name in _names(connection.vendor, table):
                cursor.execute(f"DROP TRIGGER IF EXISTS {name}{on}")


def missing(connection: Any) -> list[str]:
    """Return the names of the triggers that the database lacks, or that are disabled."""
    with connection.cursor() as cursor:
        cursor.execute(MADE[connection.vendor])
        made = {name for (name,) in cursor.fetchall()}
    wanted = [each for table in MAY_GO for each in _names(connection.vendor, table)]
    return [name for name in wanted if name not in made]
