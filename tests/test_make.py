"""What make says before there is a virtual environment."""

import os
import re
import shutil
import signal
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
    text = MAKEFILE.read_text().replace("\\\n", "")
    targets = re.search(r"^\.PHONY: (.*)$", text, re.MULTILINE)[1]
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


# Two processes


@pytest.fixture
def site(tmp_path):
    """Return a function that starts `make run` with a stand-in for python.

    It says what it begins, and when it is told to end; a server ends at once if `taken`.
    """
    for name in ("Makefile", "requirements.txt", "requirements-dev.txt"):
        shutil.copy(MAKEFILE.with_name(name), tmp_path)
    python = tmp_path / ".venv" / "bin" / "python"
    python.parent.mkdir(parents=True)
    python.write_text(
        "#!/bin/sh\n"
        'case "$2$TAKEN" in runservertaken) echo "$2 is taken"; exit 1 ;; esac\n'
        'case "$2" in db_worker|runserver) ;; *) exit ;; esac\n'
        "trap 'echo \"$2 ends\"; exit' TERM\n"
        'echo "$2 begins"\n'
        "while :; do sleep 0.02; done\n"
    )
    python.chmod(0o755)
    (tmp_path / ".venv" / "requirements.stamp").touch()
    (tmp_path / ".env").touch()

    def start(**env):
        return subprocess.Popen(
            ["make", "run"],
            cwd=tmp_path,
            env={"PATH": os.environ["PATH"], **env},
            start_new_session=True,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            # A worker of pytest-xdist ignores it, and so would its children.
            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
        )

    return start


def lines_of(process):
    """Return what is said until all who may say something have ended."""
    try:
        said, _none = process.communicate(timeout=20)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        raise
    lines = [line.strip() for line in said.splitlines()]
    return sorted(line for line in lines if not line.startswith("make"))


@pytest.mark.parametrize("how", ["Ctrl-C", "signal"])
def test_server_and_worker_begin_together_and_end_together(site, how):
    process = site()
    begun = sorted(process.stdout.readline().strip() for _ in range(2))
    assert begun == ["db_worker begins", "runserver begins"]
    if how == "Ctrl-C":
        os.killpg(process.pid, signal.SIGINT)
    else:
        process.terminate()
    assert lines_of(process) == ["db_worker ends", "runserver ends"]


def test_a_server_that_cannot_start_ends_the_worker_and_fails(site):
    process = site(TAKEN="taken")
    said = lines_of(process)
    assert [each for each in said if each.startswith("runserver")] == [
        "runserver is taken"
    ]
    assert process.returncode == 2
