"""The site as a server runs it, with the starter catalogue, for checks in a browser."""

import os
import secrets
import shutil
import signal
import socket
import ssl
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
PATIENCE = 30  # seconds until the server must be ready


def chromium():
    """Return the path of the browser; exits with what to install if there is none."""
    return shutil.which("chromium") or sys.exit(
        "Chromium is missing: apt-get install chromium"
    )


def free_port():
    """Return a port that nobody listens on."""
    with socket.create_server(("127.0.0.1", 0)) as door:
        return door.getsockname()[1]


def is_ready(url):
    """Return whether the server answers, and can serve."""
    try:
        # Of a certificate of our own making, too.
        with urlopen(f"{url}/readyz", context=ssl._create_unverified_context()):
            return True
    except (URLError, ConnectionError):
        return False


@contextmanager
def gunicorn(env, url, *options):
    """Serve at `url` while the block runs; its errors come out among ours."""
    server = subprocess.Popen(
        [
            *(sys.executable, "-m", "gunicorn", "scarclinic.wsgi"),
            *("--workers", "2", "--bind", url.partition("://")[2]),
            *("--log-level", "warning", *options),
        ],
        cwd=ROOT,
        env=env,
    )
    try:
        deadline = time.monotonic() + PATIENCE
        while not is_ready(url):
            if server.poll() is not None or time.monotonic() > deadline:
                sys.exit("The site does not start.")
            time.sleep(0.1)
        yield
    finally:
        server.terminate()
        server.wait()


@contextmanager
def installed(prepare="", **variables):
    """Install the starter catalogue as a deployment does; yield its environment.

    `prepare` is Python that is run in the site's shell; `variables` are of the environment.

    The database, the collected static files and all else that it writes lie in a folder
    of their own, which is gone afterwards.
    """
    # Who is told to stop, as by a time limit, tidies up first.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("Stopped."))
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "served_settings.py").write_text(
            "from scarclinic.settings import *\n"
            f"STATIC_ROOT = {str(folder / 'static')!r}\n"
        )
        (folder / "media").mkdir()
        env = os.environ | {
            "ALLOWED_HOSTS": "127.0.0.1",
            "DATABASE_URL": f"sqlite:///{folder / 'db.sqlite3'}",
            "DEBUG": "off",
            "DATA_KEYS": secrets.token_hex(32),
            "LEDGER_KEY": secrets.token_hex(32),
            "DJANGO_SETTINGS_MODULE": "served_settings",
            "MEDIA_ROOT": str(folder / "media"),
            "PYTHONPATH": f"{folder}:{ROOT}",
            # As in a demonstration: the walk types passwords only.
            "SECOND_FACTOR": "off",
            "SECRET_KEY": secrets.token_urlsafe(50),
            **variables,
        }
        commands = [
            *(["migrate"], ["load_catalogue"], ["load_texts"]),
            ["collectstatic", "--noinput"],
            *([["shell", f"--command={prepare}"]] if prepare else []),
        ]
        for command in commands:
            subprocess.run(
                [sys.executable, "manage.py", *command, "--verbosity=0"],
                cwd=ROOT,
                env=env,
                stdout=subprocess.DEVNULL,
                check=True,
            )
        yield env


@contextmanager
def site(prepare=""):
    """Serve the starter catalogue as a deployment does; yield the address, without a slash.

    `prepare` is Python that is run in the site's shell before it is served.
    """
    url = f"http://127.0.0.1:{free_port()}"
    with installed(prepare) as env, gunicorn(env, url):
        yield url
