"""Measure what the protection of patients costs: the same pages with and without it.

Without it a page writes no ledger, seals and unseals nothing, hashes nothing to search by,
and asks for no second factor, no idle session and no clean input. Two processes of the same
code, on SQLite, take turns; what is compared is CPU time, since that a busy machine changes
least. Exit status 1 if a page costs more than LIMIT times as much.
"""

import json
import os
import statistics
import subprocess
import sys
import tempfile
from contextlib import ExitStack, contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PLANS = 30
ROUNDS = 15
LIMIT = 1.25

# Makes a clinic; then answers each line, the name of a page, with its seconds of CPU.
WORKER = """
import json, sys, time
import django
from django.conf import settings

def without_protection():
    from scarclinic.staff import ledger
    from scarclinic.staff.encryption import keys
    ledger._add = lambda **columns: ledger.Event(pk=ledger.new_number(), **columns)
    keys.seal_text = lambda text, place: "v1:" + text
    keys.unseal_text = lambda sealed, place: sealed.removeprefix("v1:")
    # Without a key, and alike where the others are: so that both find the same people.
    keys.index_hash = lambda key, kind, value: f"{hash((kind, value)) & (1 << 128) - 1:032x}"
    ours = {"staff.text.middleware.clean_input", "staff.sessions.end_idle"}
    ours = {f"scarclinic.{each}" for each in ours | {"staff.factors.require"}}
    settings.MIDDLEWARE = [each for each in settings.MIDDLEWARE if each not in ours]

django.setup()
if sys.argv[1] == "without":
    without_protection()
from django.core.management import call_command
from django.test import Client
from consultations.intake import devices
from tests.consultations.deciding import make_draft, make_plan
from tests.consultations.factories import make_clinician

for command in ("migrate", "load_catalogue", "load_texts"):
    call_command(command, verbosity=0, stdout=open("/dev/null", "w"))
plans = [make_plan(name=f"Patient {number}") for number in range(int(sys.argv[2]))]
draft, link = make_draft(elevation="raised", still_growing="yes", rf_lump="unknown")
draft.done = draft.done[: draft.done.index("scar-closer/1") + 1]
draft.save()
patient, staff = Client(headers={"host": "localhost"}), Client(headers={"host": "localhost"})
patient.cookies[settings.INTAKE_COOKIE_NAME] = devices.proof(link.split("/")[2])
staff.force_login(make_clinician("clara"))
queue = "/admin/consultations/plan/"
turn = {"lump": "none"}

def post():
    turn["lump"] = "none" if turn["lump"] == "whole_scar" else "whole_scar"
    return patient.post("/consultation/scar-closer/1/", turn | {"fast": "no"})

pages = {
    "intake": post,
    "queue": lambda: staff.get(queue),
    "desk": lambda: staff.get(f"{queue}{plans[0].pk}/change/"),
}
print("ready", flush=True)
for line in sys.stdin:
    began = time.process_time()
    for _each in range(5):
        response = pages[line.strip()]()
    took = time.process_time() - began
    assert response.status_code in (200, 302), (line, response.status_code)
    print(json.dumps(took / 5), flush=True)
"""


@contextmanager
def clinic(folder, how):
    """Start a worker "with" or "without" protection; yield it once it is ready."""
    env = os.environ | {
        "DATABASE_URL": f"sqlite:///{folder / how}.sqlite3",
        "DEBUG": "on",
        "DJANGO_SETTINGS_MODULE": "scarclinic.settings",
        "MEDIA_ROOT": str(folder / "media"),
        "PYTHONPATH": str(ROOT),
    }
    command = [sys.executable, "-c", WORKER, how, str(PLANS)]
    pipe = subprocess.PIPE
    with subprocess.Popen(
        command, cwd=ROOT, env=env, text=True, stdin=pipe, stdout=pipe
    ) as worker:
        try:
            assert worker.stdout.readline() == "ready\n"
            yield worker
        finally:
            worker.stdin.close()


def ask(worker, page):
    """Return the seconds of CPU that a page takes."""
    print(page, file=worker.stdin, flush=True)
    return json.loads(worker.stdout.readline())


def main():
    is_sound = True
    with tempfile.TemporaryDirectory() as name, ExitStack() as stack:
        workers = [
            stack.enter_context(clinic(Path(name), how)) for how in ("with", "without")
        ]
        for page in ("intake", "queue", "desk"):
            for worker in workers:
                ask(worker, page)
            costs = [
                [ask(worker, page) for worker in workers] for _round in range(ROUNDS)
            ]
            ratios = [protected / plain for protected, plain in costs]
            middle = statistics.median(ratios)
            holds = middle <= LIMIT
            is_sound &= holds
            print(
                f"{page}: {middle:.2f} ({min(ratios):.2f} to {max(ratios):.2f}) times what it"
                f" costs without; limit {LIMIT} {'holds' if holds else 'DOES NOT HOLD'}"
            )
    return 0 if is_sound else 1


if __name__ == "__main__":
    sys.exit(main())
