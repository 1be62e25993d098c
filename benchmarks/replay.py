"""Measure `manage.py replay` on 1,000 stored assessments, start-up included.

Makes a database of its own with the catalogue that we ship and 1,000 intakes of generated
patients, each dealt and stored by the verbs that run when one is sent: half were made in
January, half in July. Compares each run with a bare start-up of Django in the same minute.
Exit status 1 if a run differs or counts wrongly, or if the median takes LIMIT seconds or
more, and RATIO times the bare start-up: on a machine that is busy both take longer.
"""

import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
STORED = 1000
RUNS = 3
LIMIT = 5.0
RATIO = 7
SINCE = "2026-07-01"

# Stores so many assessments, one intake each.
MAKE = """
import sys
from datetime import date
from types import SimpleNamespace
import django
django.setup()
from django.db import transaction
from django.utils import timezone
from consultations.intake import references
from consultations.models import Intake, IntakeStatus, Scar
from consultations.review.workflow import assessing
from methods.publishing import live
from tests.methods.protocol.patients import patient

now, protocol = timezone.now(), live.protocol()
with transaction.atomic():
    for number in range(int(sys.argv[1])):
        word = f"{number:064x}"
        day = date(2026, 7 if number % 2 else 1, 15)
        intake = Intake.objects.create(
            token_hash=word, code_hash=word, link_nonce=word, link_expires_at=now,
            submitted_at=now,
            promised_on=day, reference=references.new(), status=IntakeStatus.SUBMITTED,
            language="en-gb", name=f"Patient {number}",
        )
        scar = Scar.objects.create(intake=intake, number=1)
        facts = patient(number, protocol, seed="replay")
        dealt = assessing.deal([facts], [{}], protocol)
        assessing.keep(intake, SimpleNamespace(scars=[scar]), 1, day, dealt)
"""


def run(env, *words):
    """Run a command; return its seconds, what it printed, and its progress."""
    began = time.perf_counter()
    done = subprocess.run(
        [sys.executable, *words],
        capture_output=True,
        text=True,
        cwd=ROOT,
        env=env,
        check=False,
    )
    if done.returncode:
        sys.exit(f"{' '.join(words[:2])}: {done.stdout[-2000:]}{done.stderr[-2000:]}")
    return time.perf_counter() - began, done.stdout, done.stderr


def replay(env, *options, expect):
    """Run `replay`; return its seconds and its progress. Exits on a wrong count."""
    seconds, told, progress = run(env, "manage.py", "replay", *options)
    if told != f"Assessments made again: {expect}. Differences: 0.\n":
        sys.exit(f"replay {' '.join(options)}: expected {expect}, printed {told}")
    return seconds, progress.split("\n")[:-1]


def main():
    with tempfile.TemporaryDirectory() as folder:
        database = Path(folder) / "benchmark.sqlite3"
        env = os.environ | {
            "DATABASE_URL": f"sqlite:///{database}",
            "DEBUG": "on",
            "DJANGO_SETTINGS_MODULE": "scarclinic.settings",
            # Compiled once, as where the site is installed.
            "PYTHONDONTWRITEBYTECODE": "",
            "PYTHONPYCACHEPREFIX": folder,
        }
        for command in ("migrate", "load_catalogue"):
            run(env, "manage.py", command, "--verbosity=0")
        storing, *_printed = run(env, "-c", MAKE, str(STORED))
        print(f"{STORED} assessments dealt and stored in {storing:.0f} s")
        replaying, starting = [], []
        for _ in range(RUNS):
            starting.append(run(env, "manage.py", "check")[0])
            seconds, progress = replay(env, expect=STORED)
            replaying.append(seconds)
        since, _progress = replay(env, "--since", SINCE, expect=STORED // 2)
        sample, _progress = replay(env, "--sample", "50", expect=50)
    median, bare = statistics.median(replaying), statistics.median(starting)
    print(f"replay, {STORED} assessments: {median:.2f} s, median of {RUNS} runs")
    print(f"spread: {min(replaying):.2f} to {max(replaying):.2f} s")
    print(f"bare start-up (check): {bare:.2f} s; ratio {median / bare:.1f}")
    print(f"--since, half of them: {since:.2f} s; --sample 50: {sample:.2f} s")
    print(f"progress: {', '.join(progress)}")
    return 1 if median >= LIMIT and median / bare >= RATIO else 0


if __name__ == "__main__":
    sys.exit(main())
