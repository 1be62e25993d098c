"""The ledger cannot be changed unnoticed: triggers, MACs, the chain, and what is found."""

import random
from contextlib import contextmanager
from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import call_command
from django.db import DatabaseError, connection, transaction
from django.utils import timezone

from scarclinic.staff import ledger
from scarclinic.staff.ledger import chain, retention, triggers, verification
from scarclinic.staff.models import (
    Action,
    ChainHead,
    ChainLink,
    Checkpoint,
    Event,
    User,
)
from tests.consultations.factories import make_clinician

pytestmark = pytest.mark.django_db
MINUTE = timedelta(minutes=1)
TABLES = {
    "staff_event": "id",
    "staff_chainlink": "sequence",
    "staff_chainhead": "id",
    "staff_checkpoint": "sequence",
}


@pytest.fixture(autouse=True)
def no_event_yet():
    with unguarded() as sql:
        for table in TABLES:
            sql(f"DELETE FROM {table}")


@pytest.fixture
def people():
    return [make_clinician(name) for name in ("clara", "dora", "eve")]


@contextmanager
def unguarded():
    """Yield a function that runs SQL as somebody who owns the database and drops triggers."""

    def sql(statement, *values):
        with connection.cursor() as cursor:
            cursor.execute(statement, values)
            return cursor.fetchall() if cursor.description else None

    triggers.drop(connection)
    # On PostgreSQL a trigger that waits for the end would forbid it.
    yield sql
    triggers.make(connection)


@contextmanager
def at(moment):
    """Let it be another time for what is recorded."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(timezone, "now", lambda: moment)
        yield


def write(people, count=6, ago=MINUTE * 3):
    """Record events of different kinds, of a while ago."""
    actions = [Action.LOGIN, Action.PLAN_READ, Action.ACCOUNT_CHANGED]
    with at(timezone.now() - ago):
        return [
            ledger.record(
                actions[number % 3], people[number % 2], by=people[number % 3]
            )
            for number in range(count)
        ]


def extend(writer=None):
    return (writer or chain.Writer()).extend(timezone.now())


def faults(noted=None):
    return list(verification.faults(timezone.now(), noted))


# Append-only


@pytest.mark.parametrize("model", [Event, ChainLink])
@pytest.mark.parametrize(
    "act",
    [
        lambda rows: rows.update(at=timezone.now()),
        lambda rows: rows._raw_delete("default"),
        lambda rows: rows.delete(),
        lambda rows: rows.first().save(),
    ],
)
def test_the_database_refuses_to_change_what_was_recorded(act, model, people):
    write(people, count=1)
    extend()
    before = list(model.objects.values_list())
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        act(model.objects.all())
    assert list(model.objects.values_list()) == before


@pytest.mark.skipif("connection.vendor != 'postgresql'", reason="SQLite has none")
def test_the_database_refuses_to_truncate():
    for table in triggers.MAY_GO:
        with (
            pytest.raises(DatabaseError, match="append-only"),
            transaction.atomic(),
            connection.cursor() as cursor,
        ):
            cursor.execute(f"TRUNCATE {table} CASCADE")


def test_a_checkpoint_that_nobody_sealed_lets_rows_go_and_is_found(people):
    write(people)
    extend()
    last = ChainLink.objects.latest("sequence")
    Checkpoint.objects.create(
        sequence=last.sequence, hash=last.hash, at=timezone.now(), mac="0" * 64
    )
    Event.objects.all()._raw_delete("default")
    ChainLink.objects.all()._raw_delete("default")
    assert f"Checkpoint {last.sequence} was put in or changed." in faults()


# The chain


def test_what_is_recorded_is_chained_once_and_the_ledger_is_whole(people):
    events = write(people)
    assert [extend(), extend()] == [6, 0]
    assert list(ChainLink.objects.order_by("sequence").values_list("event_id")) == [
        (event.pk,) for event in events
    ]
    assert faults() == []


def test_what_commits_late_is_chained_too(people):
    writer = chain.Writer()
    early, _late = write(people, count=2)
    with unguarded() as sql:
        sql("DELETE FROM staff_event WHERE id = %s", early.pk)
    extend(writer)
    early.save(force_insert=True)
    assert extend(writer) == 1
    assert faults() == []


def test_more_than_fits_into_one_transaction_is_chained(people, monkeypatch):
    monkeypatch.setattr(chain, "AT_ONCE", 4)
    write(people, count=10)
    assert extend() == 10
    assert faults() == []


def test_a_row_whose_hash_fits_no_link_is_not_continued(people):
    write(people)
    extend()
    with unguarded() as sql:
        sql("UPDATE staff_chainhead SET sequence = 3")
    with pytest.raises(chain.ChainBroken):
        extend()


def test_an_old_head_brought_back_deceives_no_writer_that_was_further(people):
    writer = chain.Writer()
    write(people)
    extend(writer)
    with unguarded() as sql:
        [old] = sql("SELECT sequence, hash, at, mac FROM staff_chainhead")
        write(people)
        extend(writer)
        numbers = sql(
            "SELECT event_id FROM staff_chainlink WHERE sequence > %s", old[0]
        )
        for (number,) in numbers:
            sql("DELETE FROM staff_event WHERE id = %s", number)
        sql("DELETE FROM staff_chainlink WHERE sequence > %s", old[0])
        sql(
            "UPDATE staff_chainhead SET sequence = %s, hash = %s, at = %s, mac = %s",
            *old,
        )
    with pytest.raises(chain.ChainBroken):
        extend(writer)
    # Nor whoever has written down the end, nor a verification a minute later.
    assert faults((12, "0" * 64)) != []
    later = timezone.now() + 2 * MINUTE
    assert any(
        "Nothing was chained since" in each for each in verification.faults(later)
    )


# What is found


def test_a_key_of_before_still_holds(people, settings):
    write(people)
    extend()
    settings.LEDGER_KEY, former = "another" * 10, settings.LEDGER_KEY
    assert len(faults()) > 1
    settings.LEDGER_KEY_FALLBACKS = [former]
    write(people)
    extend()
    assert faults() == []


def test_a_deleted_event_is_found_with_its_number(people):
    events = write(people)
    extend()
    with unguarded() as sql:
        sql("DELETE FROM staff_event WHERE id = %s", events[2].pk)
    assert [str(events[2].pk) in each for each in faults()] == [True]


def test_an_event_and_its_link_deleted_are_found(people):
    events = write(people)
    extend()
    with unguarded() as sql:
        sql("DELETE FROM staff_event WHERE id = %s", events[2].pk)
        sql("DELETE FROM staff_chainlink WHERE event_id = %s", events[2].pk)
    assert faults() == ["Links 3 to 3 of the chain were deleted."]


@pytest.mark.parametrize("count", [1, 4, 6])
def test_a_tail_cut_off_is_found(count, people):
    events = write(people)
    extend()
    with unguarded() as sql:
        for event in events[-count:]:
            sql("DELETE FROM staff_event WHERE id = %s", event.pk)
            sql("DELETE FROM staff_chainlink WHERE event_id = %s", event.pk)
    assert any("The end was cut off" in each for each in faults())


def test_an_empty_ledger_of_a_clinic_at_work_is_found(people):
    assert faults() == []
    User.objects.filter(pk=people[0].pk).update(last_login=timezone.now())
    assert faults() == ["The ledger is empty, although people have logged in."]


@pytest.mark.parametrize("is_chained", [True, False])
def test_an_event_put_in_is_found(is_chained, people):
    events = write(people)
    extend()
    forged = Event(pk=events[-1].pk + 9, at=timezone.now(), by=people[0])
    forged.action, forged.mac = Action.LOGIN, events[-1].mac
    forged.save(force_insert=True)
    if is_chained:
        extend()
    assert [str(forged.pk) in each for each in faults()] == [True]


def test_an_event_copied_under_another_number_is_found(people):
    event = write(people)[0]
    extend()
    event.pk = ledger.new_number()
    event.save(force_insert=True)
    extend()
    assert [str(event.pk) in each for each in faults()] == [True]


def test_what_nobody_chains_for_a_minute_is_found(people):
    write(people, ago=MINUTE / 2)
    assert faults() == []
    write(people)
    assert [each.split(".")[0] for each in faults()] == [
        "Events older than a minute that are not chained: 6"
    ]


def test_triggers_that_are_missing_are_found():
    with unguarded():
        missing = faults()
    assert len(missing) == (6 if connection.vendor == "sqlite" else 9)
    assert faults() == []


def test_what_a_column_cannot_hold_is_found(people):
    if connection.vendor != "sqlite":
        pytest.skip("PostgreSQL refuses it")
    events = write(people)
    extend()
    for at_changed in ("2026-13-45 00:00:00", "yesterday"):
        with unguarded() as sql:
            sql(
                "UPDATE staff_event SET at = %s WHERE id = %s", at_changed, events[1].pk
            )
        assert [str(events[1].pk) in each for each in faults()] == [True]
    with unguarded() as sql:
        sql("UPDATE staff_chainlink SET at = '2026-13-45' WHERE sequence = 2")
    assert faults() != []


def test_who_verifies_while_the_worker_goes_on_finds_nothing(people, monkeypatch):
    writer, unchained = chain.Writer(), verification._faults_of_unchained
    write(people)
    extend(writer)

    def more_meanwhile(now):
        write(people, count=2)
        extend(writer)
        yield from unchained(now)

    monkeypatch.setattr(verification, "_faults_of_unchained", more_meanwhile)
    assert faults() == []


# A thousand changes


def other(value, chance, table, column):
    """Return another value of the same kind as one in a column, as raw SQL has it."""
    if column in ("by_id",):
        return chance.choice([*set(User.objects.values_list("pk", flat=True)), None])
    if column == "action":
        return chance.choice(Action.values)
    if column == "subject_model":
        return chance.choice(["staff.user", "consultations.plan", "", "x"])
    if column == "at":
        return timezone.now() - timedelta(microseconds=chance.randrange(10**12))
    if value is None:
        return chance.randrange(1, 10**6)
    if isinstance(value, int):
        return abs(value + chance.choice([-1, 1, 2048, 10**6]))
    place = chance.randrange(len(value))
    digit = chance.choice([each for each in "0123456789abcdef" if each != value[place]])
    return value[:place] + digit + value[place + 1 :]


def test_each_of_a_thousand_single_changes_of_any_column_is_found(people, monkeypatch):
    chance = random.Random(13)
    write(people, count=4, ago=timedelta(days=3000))
    extend()
    assert retention.shorten(timezone.now()) == 4
    write(people, count=5)
    extend()
    assert faults() == []
    tried = dict.fromkeys(TABLES, 0)
    missed = []
    with unguarded() as sql:
        columns = {
            table: [
                each.name
                for each in connection.introspection.get_table_description(
                    connection.cursor(), table
                )
            ]
            for table in TABLES
        }
        # That they are gone is found, too: here it would hide what is not.
        monkeypatch.setattr(triggers, "missing", lambda _connection: [])
        while sum(tried.values()) < 1000:
            table = chance.choice([*TABLES, "staff_event", "staff_event"])
            key = TABLES[table]
            column = chance.choice(columns[table])
            [(row,)] = chance.choices(sql(f"SELECT {key} FROM {table}"))
            [(value,)] = sql(f"SELECT {column} FROM {table} WHERE {key} = %s", row)
            new = other(value, chance, table, column)
            point = transaction.savepoint()
            try:
                with transaction.atomic():
                    sql(f"UPDATE {table} SET {column} = %s WHERE {key} = %s", new, row)
                    now = row if column != key else new
                    [(kept,)] = sql(
                        f"SELECT {column} FROM {table} WHERE {key} = %s", now
                    )
            except DatabaseError:
                # The number of another row, or of nobody.
                transaction.savepoint_rollback(point)
                continue
            if kept != value:
                tried[table] += 1
                if not any(verification.faults(timezone.now())):
                    missed.append((table, column, value, kept))
            transaction.savepoint_rollback(point)
    assert missed == []
    assert min(tried.values()) > 100


# The command


def verify(*arguments):
    """Return the exit status and the lines that the command prints."""
    out, status = StringIO(), 0
    try:
        call_command("clinic", "verify-ledger", *arguments, stdout=out)
    except SystemExit as end:
        status = end.code
    return status, out.getvalue().splitlines()


def test_the_command_says_what_and_where_in_plain_words(people):
    events = write(people)
    extend()
    status, (whole, end) = verify()
    assert (status, whole) == (0, "The ledger is whole: 6 events.")
    noted = end.rpartition(" ")[2]
    assert verify(f"--since={noted}")[0] == 0
    with unguarded() as sql:
        sql("UPDATE staff_event SET action = 'moved' WHERE id = %s", events[3].pk)
    status, [line] = verify()
    assert status == 1
    assert line.startswith(f"Event {events[3].pk} was changed (link 4); it says: ")
    assert "moved" in line
    assert verify(f"--since=6:{'0' * 64}")[1][1:] == [
        "Link 6 is not the one that was written down."
    ]


# Retention


def test_old_events_go_behind_a_checkpoint_and_the_rest_is_whole(people, settings):
    settings.LEDGER_DAYS = 400
    old = write(people, count=4, ago=timedelta(days=401))
    young = write(people, count=3)
    extend()
    assert retention.shorten(timezone.now()) == 4
    extend()
    assert faults() == []
    assert not Event.objects.filter(pk__in=[each.pk for each in old]).exists()
    assert Event.objects.filter(pk__in=[each.pk for each in young]).count() == 3
    assert Event.objects.filter(action=Action.LEDGER_SHORTENED).count() == 1
    assert retention.shorten(timezone.now()) == 0
    with pytest.raises(DatabaseError), transaction.atomic():
        Event.objects.all()._raw_delete("default")


def test_a_ledger_that_is_not_whole_keeps_what_is_old(people, settings):
    old = write(people, count=4, ago=timedelta(days=3000))
    extend()
    with unguarded() as sql:
        sql("UPDATE staff_event SET action = 'moved' WHERE id = %s", old[1].pk)
    with pytest.raises(retention.NotWhole):
        retention.shorten(timezone.now())
    assert Event.objects.count() == 4
    assert ChainHead.objects.get().sequence == 4
