"""Measure the review desk with 1,000 and with 100,000 intakes, side by side.

The clinic measured is further behind than any: of its plans two in five are open, and
of these one in five has a red flag, one in six waits for the patient, one in six has an
answer that nobody has read, one in nine of all a message, half are late, half are claimed. They came in over the last
six days, the signed ones over two years; 60 were signed today, on either side, as many
as a day allows. So each list fills its page of 50 rows on both sides, and what is
compared is what the size costs, not what a longer page does. The many are copies of the
few. Each intake has a scar; cards, answers and decisions only the one has that is
opened: of 30 cards each there would be millions.

Exit status 1 when a page costs more than QUERIES queries, or with many intakes more than
LIMIT times what it costs with few, on SQLite or, where one answers, on PostgreSQL.
"""

import json
import os
import secrets
import statistics
import subprocess
import sys
import tempfile
from contextlib import ExitStack, contextmanager
from pathlib import Path

import psycopg

ROOT = Path(__file__).resolve().parent.parent
FEW, MANY = 1_000, 100_000
ROUNDS = 9
QUERIES = 25
LIMIT = 1.5
NARROWED = [
    *("type=rolling", "site=ear", "cause=acne", "method=subcision", "signed_by=1"),
    *("sent_from=2020-01-01", "signed_to=2040-01-01"),
]
"""What half the plans have, and what few have: as many as fill a page on either side."""
POSTGRES = "postgres://postgres@127.0.0.1:5432/postgres"

# Makes a clinic with so many thousand intakes, then answers each line, a user and an
# address, with the queries and the seconds that the page took.
WORKER = """
import json, sys, time
from datetime import timedelta
import django
django.setup()
from django.contrib.auth.models import Group
from scarclinic.staff.models import User
from django.core.management import call_command
from django.db import connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from consultations.intake import references
from consultations.models import (
    Facet,
    Intake,
    IntakeStatus,
    Message,
    Plan,
    Reading,
    Scar,
)
from tests.consultations.deciding import make_plan
from tests.consultations.factories import make_clinician

thousands = int(sys.argv[1]) // 1000
for command in ("migrate", "load_catalogue", "load_texts"):
    call_command(command, verbosity=0, stdout=open("/dev/null", "w"))
clara, dora = make_clinician("clara"), make_clinician("dora")
now, DAY = timezone.now(), timedelta(days=1)
whole = make_plan()

def sent_at(number):
    if number < 400:
        return now - 6 * DAY * number / 400
    return now - 7 * DAY - 723 * DAY * (number - 400) / 600

def intake(number):
    sent, word = sent_at(number), f"{number:064x}"
    return Intake(
        token_hash=word, code_hash=word, link_nonce=word, link_expires_at=now,
        submitted_at=sent,
        reference=references.new(), status=IntakeStatus.SUBMITTED, language="en-gb",
        promised_on=(sent + 3 * DAY).date(), name=f"Patient {number}",
        email=f"p{number}@example.org", wants=["subcision"],
    )

def has_written(number):
    # More than a page of them; of those that are signed few wait for an answer.
    return number % (7 if number < 400 else 100) == 4

def message(number, intake):
    word = f"{number:032x}"
    day = (intake.submitted_at + 3 * DAY).date()
    return Message(intake=intake, key=word, text="Is that normal?", due_on=day)

def plan(number, intake):
    sent, common = intake.submitted_at, {"intake": intake, "is_flagged": number % 5 == 0}
    if has_written(number):
        common |= {"has_message": True, "due_on": (sent + 3 * DAY).date()}
    if number < 400:
        return Plan(
            **common, waiting_since=sent, is_asking=number % 6 == 1,
            has_answer=number % 6 == 2, claimed_by=[None, clara, None, dora][number // 6 % 4],
        )
    return Plan(
        **common, waiting_since=sent, claimed_by=clara, signed_by=clara,
        signed_name="Clara Weiss", registration_number="REG-0042", signed_at=sent + DAY,
    )

def facets(number, intake):
    # Two in five have acne scars in the face, 60 in a thousand have a keloid on an ear.
    rare = 500 <= number < 560
    coded = [
        ("type", "keloid_suspected" if rare else ("rolling", "hypertrophic")[number % 5 > 1]),
        ("site", "ear" if rare else ("face", "chest")[number % 5 > 1]),
        ("cause", "piercing" if rare else ("acne", "surgery")[number % 5 > 1]),
    ]
    coded += [("method", ("subcision", "silicone")[number % 2])] * (number >= 400)
    return [Facet(intake=intake, kind=kind, code=code) for kind, code in coded]

def multiply(made, **other):
    # Copies a thousand rows again and again, with keys of their own, inside the database.
    columns = [field.column for field in made[0]._meta.concrete_fields]
    other["id"] = f"id + {len(made)} * %(copy)s"
    values = ", ".join(other.get(name, f'"{name}"') for name in columns)
    names, table = ", ".join(f'"{name}"' for name in columns), made[0]._meta.db_table
    with connection.cursor() as cursor:
        for copy in range(1, thousands):
            cursor.execute(
                f"INSERT INTO {table} ({names}) SELECT {values} FROM {table}"
                " WHERE id BETWEEN %(first)s AND %(last)s",
                {"copy": copy, "first": made[0].pk, "last": made[-1].pk},
            )

with transaction.atomic():
    # The oldest first, as they come in.
    numbers = range(999, -1, -1)
    intakes = Intake.objects.bulk_create(map(intake, numbers))
    scars = Scar.objects.bulk_create(Scar(intake=each, number=1) for each in intakes)
    plans = Plan.objects.bulk_create(map(plan, numbers, intakes))
    written = [pair for pair in zip(numbers, intakes) if has_written(pair[0])]
    messages = Message.objects.bulk_create(message(*pair) for pair in written)
    coded = Facet.objects.bulk_create(
        each for pair in zip(numbers, intakes) for each in facets(*pair)
    )
    multiply(
        intakes,
        token_hash="substr(token_hash, 9) || '-copy' || %(copy)s",
        code_hash="substr(code_hash, 9) || '-copy' || %(copy)s",
        reference="reference || %(copy)s",
    )
    multiply(scars, intake_id="intake_id + 1000 * %(copy)s")
    multiply(plans, intake_id="intake_id + 1000 * %(copy)s")
    multiply(messages, intake_id="intake_id + 1000 * %(copy)s")
    multiply(coded, intake_id="intake_id + 1000 * %(copy)s")
    latest = Plan.objects.signed().order_by("-signed_at").values_list("pk", flat=True)
    Plan.objects.filter(pk__in=list(latest[:60])).update(signed_at=now)
    Reading.objects.bulk_create(
        Reading(plan=each, user=dora, seen_at=now) for each in Plan.objects.waiting()[:50]
    )
with connection.cursor() as cursor:
    cursor.execute("ANALYZE")
front = User.objects.create_user("front", is_staff=True)
front.groups.add(Group.objects.get(name="Front desk"))
clients = {}
for user in (clara, front):
    clients[user.username] = Client(headers={"host": "localhost"})
    clients[user.username].force_login(user)
    # A session notes its first use: no page is measured with it.
    clients[user.username].get("/admin/")
print(json.dumps([whole.pk, whole.intake.reference]), flush=True)
for line in sys.stdin:
    with CaptureQueriesContext(connection) as queries:
        began = time.perf_counter()
        who, url = line.split()
        response = clients[who].get(url)
        took = time.perf_counter() - began
    assert response.status_code == 200, (line, response.status_code)
    print(json.dumps([len(queries), took]), flush=True)
"""


@contextmanager
def clinic(database, folder, count):
    """Start a worker on a database; yield its process and its whole intake."""
    env = os.environ | {
        "DATABASE_URL": database,
        "DEBUG": "on",
        "DJANGO_SETTINGS_MODULE": "scarclinic.settings",
        "MEDIA_ROOT": str(folder / "media"),
        "PYTHONPATH": str(ROOT),
    }
    command = [sys.executable, "-c", WORKER, str(count)]
    with subprocess.Popen(
        command,
        cwd=ROOT,
        env=env,
        text=True,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    ) as worker:
        try:
            yield worker, json.loads(worker.stdout.readline())
        finally:
            worker.stdin.close()


def ask(worker, page):
    """Return the queries and the seconds of one page."""
    print(page, file=worker.stdin, flush=True)
    return json.loads(worker.stdout.readline())


def pages(plan, reference):
    """Return {name: who opens it, and its address} of what is measured."""
    queue = "/admin/consultations/plan/"
    states = "waiting mine unclaimed flagged late asking answered signed_today all"
    states += " with_messages"
    return {
        **{
            f"queue, {state}": f"clara {queue}?state={state}"
            for state in states.split()
        },
        **{
            f"narrowed, {query.partition('=')[0]}": f"clara {queue}?{query}"
            for query in NARROWED
        },
        "queue, waiting, front desk": f"front {queue}",
        "queue, late, front desk": f"front {queue}?state=late",
        "search by reference": f"clara {queue}?q={reference}",
        "one intake": f"clara {queue}{plan}/change/",
    }


def compare(name, databases, folder):
    """Print what each page costs with few and with many; return whether all limits hold."""
    is_sound = True
    with ExitStack() as stack:
        few, many = (
            stack.enter_context(clinic(database, folder, count))
            for database, count in zip(databases, (FEW, MANY), strict=True)
        )
        addresses = zip(pages(*few[1]).items(), pages(*many[1]).values(), strict=True)
        for (page, few_url), many_url in addresses:
            sides = [(few[0], few_url), (many[0], many_url)]
            for side in sides:
                ask(*side)
            costs = [[ask(*side) for side in sides] for _round in range(ROUNDS)]
            queries = max(count for pair in costs for count, _seconds in pair)
            ratios = [pair[1][1] / pair[0][1] for pair in costs]
            middle = statistics.median(ratios)
            holds = queries <= QUERIES and middle <= LIMIT
            is_sound &= holds
            seconds = statistics.median(pair[1][1] for pair in costs)
            print(
                f"{name}, {page}: {queries} queries, {middle:.2f} ({min(ratios):.2f} to"
                f" {max(ratios):.2f}) times, {seconds * 1000:.0f} ms;"
                f" {'holds' if holds else 'DOES NOT HOLD'}",
                flush=True,
            )
    return is_sound


@contextmanager
def on_postgres():
    """Make two databases; yield their addresses, None if no server answers."""
    server = os.environ.get("DATABASE_URL", "")
    server = server if server.startswith("postgres") else POSTGRES
    try:
        connection = psycopg.connect(server, autocommit=True, connect_timeout=3)
    except psycopg.OperationalError:
        yield None
        return
    names = [f"bench_{count}_{secrets.token_hex(4)}" for count in (FEW, MANY)]
    with connection:
        for name in names:
            connection.execute(f"CREATE DATABASE {name}")
        try:
            yield [f"{server.rpartition('/')[0]}/{name}" for name in names]
        finally:
            for name in names:
                connection.execute(f"DROP DATABASE {name} WITH (FORCE)")


def main():
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        files = [f"sqlite:///{folder / str(count)}.sqlite3" for count in (FEW, MANY)]
        is_sound = compare("SQLite", files, folder)
        with on_postgres() as databases:
            if databases is None:
                print("PostgreSQL does not answer on", POSTGRES, "and is not measured.")
            else:
                is_sound &= compare("PostgreSQL", databases, folder)
    return 0 if is_sound else 1


if __name__ == "__main__":
    sys.exit(main())
