"""Measure `manage.py suggest` on 1,000 patients, start-up included.

Makes a database of its own, and compares each run with a bare start-up of Django in the
same minute. Exit status 1 if the median takes LIMIT seconds or more, and RATIO times the
bare start-up: on a machine that is busy with something else both take longer.
"""

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from itertools import cycle, islice
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
LINES = 1000
RUNS = 5
LIMIT = 3.0
RATIO = 7

# Laid over the vignettes in turn: as many as are coprime to their number, so that all
# lines differ.
VARIATIONS = [
    {},
    {"fitzpatrick": 1},
    {"fitzpatrick": 5, "tan_weeks": 3},
    {"pregnant": "unknown"},
    {"isotretinoin": "stopped", "isotretinoin_stopped_months": 4},
    {"smoker": "yes", "hsv_history": "yes"},
    {"scar_age_months": 2},
    {"scar_age_months": 30, "wants": ["silicone", "subcision"]},
    {"anticoagulant": "yes", "diabetes": "poor"},
    {"itch": 8, "prior_treatments": ["silicone"], "prior_response": "insufficient"},
    {"rf_bleed": "yes"},
    {"age_years": 19},
    {"allergy_nut": "yes", "active_acne": "mild"},
]


def patients():
    """Return the bytes of so many lines of facts, the same at every run."""
    told = json.loads((ROOT / "tests" / "data" / "vignettes.json").read_text())
    defaults = dict(told["meta"]["defaults"])
    del defaults["other_boolean_facts"]
    vignettes = cycle(defaults | each["facts"] for each in told["vignettes"])
    pairs = islice(zip(vignettes, cycle(VARIATIONS), strict=False), LINES)
    return b"\n".join(json.dumps(facts | change).encode() for facts, change in pairs)


def manage(env, *words, stdin=b""):
    """Run a command; return its seconds and its output."""
    began = time.perf_counter()
    done = subprocess.run(
        [sys.executable, "manage.py", *words],
        input=stdin,
        stdout=subprocess.PIPE,
        cwd=ROOT,
        env=env,
        check=True,
    )
    return time.perf_counter() - began, done.stdout


def measure(env, stdin):
    """Return the seconds of each run of `suggest`, and of each bare start-up."""
    suggesting, starting = [], []
    for _ in range(RUNS):
        starting.append(manage(env, "check")[0])
        seconds, answers = manage(env, "suggest", stdin=stdin)
        assert answers.count(b"\n") == LINES
        suggesting.append(seconds)
    return suggesting, starting


def main():
    with tempfile.TemporaryDirectory() as folder:
        database = Path(folder) / "benchmark.sqlite3"
        env = os.environ | {
            "DATABASE_URL": f"sqlite:///{database}",
            "DEBUG": "on",
            # Compiled once, as where the site is installed.
            "PYTHONDONTWRITEBYTECODE": "",
            "PYTHONPYCACHEPREFIX": folder,
        }
        manage(env, "migrate", "--verbosity=0")
        manage(env, "load_catalogue", "--verbosity=0")
        suggesting, starting = measure(env, patients())
    median, bare = statistics.median(suggesting), statistics.median(starting)
    print(f"suggest, {LINES} patients: {median:.2f} s, median of {RUNS} runs")
    print(f"spread: {min(suggesting):.2f} to {max(suggesting):.2f} s")
    print(f"bare start-up (check): {bare:.2f} s; ratio {median / bare:.1f}")
    return 1 if median >= LIMIT and median / bare >= RATIO else 0


if __name__ == "__main__":
    sys.exit(main())
