"""Hold the properties of the protocol over 20,000 generated patients.

    .venv/bin/python benchmarks/properties.py            # all of them, some minutes
    .venv/bin/python benchmarks/properties.py 1000       # so many

Patients of phototypes I to VI, raised and flat, of every site and cause, before the
catalogue that we ship. Prints how many fail each property, and the first of them.
Makes a database of its own. Exit status 1 if one fails.
"""

import json
import os
import subprocess
import sys
import tempfile
from multiprocessing import Pool
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))
PATIENTS = 20_000
CHUNK = 250


def protocol():
    """Return the protocol of the shipped catalogue, from a database in a new folder."""
    with tempfile.TemporaryDirectory() as folder:
        url = f"sqlite:///{folder}/properties.sqlite3"
        os.environ |= {"DATABASE_URL": url, "DEBUG": "on"}
        os.environ["DJANGO_SETTINGS_MODULE"] = "scarclinic.settings"
        for words in (["migrate"], ["load_catalogue"]):
            subprocess.run(
                [sys.executable, "manage.py", *words, "--verbosity=0"],
                cwd=ROOT,
                check=True,
            )
        import django

        django.setup()
        from methods.publishing import live

        return live.protocol()


def check(work):
    """Return [(property, patient, facts, what is wrong)] of some patients."""
    start, end, catalogue = work
    from tests.methods.protocol.properties import SHIPPED, Case

    found = []
    for number in range(start, end):
        case = Case(number, catalogue, seed="benchmark")
        for prop in SHIPPED:
            found += [(prop.__name__, number, case.raw, each) for each in prop(case)]
    return found


def main():
    count = int(sys.argv[1]) if len(sys.argv) > 1 else PATIENTS
    catalogue = protocol()
    from tests.methods.protocol.properties import SHIPPED

    works = [
        (start, min(start + CHUNK, count), catalogue)
        for start in range(0, count, CHUNK)
    ]
    found = []
    with Pool(os.cpu_count()) as pool:
        for some in pool.imap(check, works):
            found += some
    print(f"{count} patients, {len(SHIPPED)} properties")
    for prop in SHIPPED:
        wrong = [each for each in found if each[0] == prop.__name__]
        failing = len({number for _name, number, _raw, _told in wrong})
        print(f"{failing:6}  {prop.__name__.replace('_', ' ')}")
        if wrong:
            _name, number, raw, told = wrong[0]
            print(f"        patient {number}: {told}\n        {json.dumps(raw)}")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
