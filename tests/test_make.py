"""What make says before there is a virtual environment."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

MAKEFILE = Path(__file__).parents[1] / "Makefile"


@pytest.fixture
def make(tmp_path):
    """Return a function that runs make in a folder without an environment."""
    for name in ("Makefile", "requirements.txt", "requirements-dev.txt"):
        shutil.copy(MAKEFILE.with_name(name), tmp_path)

    def run(*arguments):
        # Nothing else of the environment: `make test` itself would shine through.
        return subprocess.run(
            ["make", *arguments],
            cwd=tmp_path,
            env={"PATH": os.environ["PATH"]},
            capture_output=True,
            text=True,
        )

    return run


@pytest.fixture
def python(tmp_path):
    """Return a function that makes a stand-in for python3, and its path."""

    def write(script):
        program = tmp_path / "python"
        program.write_text(f"#!/bin/sh\n{script}\n")
        program.chmod(0o755)
        return f"PYTHON={program}"

    return write


def test_bare_make_tells_every_command(make):
    targets = re.search(r"^\.PHONY: (.*)$", MAKEFILE.read_text(), re.MULTILINE)[1]
    told = [line.split()[:2] for line in make().stdout.splitlines()]
    assert told == [["make", target] for target in targets.split()]


@pytest.mark.parametrize("command", ["run", "test"])
def test_an_old_python_is_named_and_the_way_out_too(make, python, tmp_path, command):
    old = python(
        '[ "$1" = --version ] && echo Python 3.10.9 && exit\n'
        f'exec {sys.executable} -c "import sys; sys.version_info = (3, 10, 9); $2"'
    )
    done = make(command, old)
    assert done.returncode == 2
    assert done.stdout.splitlines() == [
        f"Python 3.11 or newer is needed; {tmp_path}/python is Python 3.10.9.",
        f"Name another: make {command} PYTHON=python3.12",
    ]


def test_a_missing_python_is_named(make):
    done = make("run", "PYTHON=no-such-python")
    assert done.stdout.splitlines()[0] == (
        "Python 3.11 or newer is needed; no-such-python is missing."
    )


def test_a_python_without_venv_is_told_what_to_install(make, python, tmp_path):
    done = make("run", python('case "$2" in *ensurepip*) exit 1 ;; esac'))
    assert done.stdout.splitlines()[1] == (
        "On Debian or Ubuntu: apt install python3-venv"
    )
    assert not (tmp_path / ".venv").exists()
