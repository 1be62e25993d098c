"""A server that is killed again and again, as patients send answers and photos.

A site of its own: a database file, a folder for photos, gunicorn.
"""

import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, suppress
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from threading import Condition

import pytest
from django.conf import settings
from django.db import connection

from tests.consultations.photos.files import drawn, saved

# For the database that the site is a copy of.
pytestmark = pytest.mark.django_db

# 200 and more take minutes: KILL_TEST_PATIENTS=200 .venv/bin/python -m pytest …/test_kill.py
PATIENTS = int(os.environ.get("KILL_TEST_PATIENTS", 40))
WITH_PHOTO = 8
"""Every eighth patient sends a photo first."""
AT_ONCE, WORKERS = 8, 4
"""So that each kill meets several requests half way."""
PATIENCE = 60
"""Seconds in which a press must get through, however busy the machine is."""
KILLED_AFTER = [PATIENTS * twentieths // 20 for twentieths in (4, 9, 13, 16)]
"""So many answers of the server."""

# Opens the clinic, where it has not been copied.
OPEN = """
import json, sys
import django
django.setup()
from django.apps import apps
from django.conf import settings
from django.core.management import call_command

# From the models as they are: quicker than by every migration.
settings.MIGRATION_MODULES = {each.label: None for each in apps.get_app_configs()}
call_command("migrate", run_syncdb=True, verbosity=0)
for command in ("load_catalogue", "load_texts"):
    call_command(command, stdout=sys.stderr)
print(json.dumps("done"))
"""

# Walks one intake to its last page, and copies it; prints what a browser holds.
PREPARE = """
import json, sys
import django
django.setup()
from django.db import transaction
from django.test.utils import setup_test_environment
from consultations.intake import devices
from consultations.models import Intake
from tests.consultations.factories import draft_of, fill_in

setup_test_environment()
draft = draft_of(fill_in(photos="on"))
parts = [*draft.scars.all(), *draft.answers.all(), *draft.consents.all()]
tokens = []
with transaction.atomic():
    for _each in range(int(sys.argv[1])):
        copy = Intake.objects.get(pk=draft.pk)
        copy.pk = None
        tokens.append(devices.proof(copy.new_token()))
        copy.save()
        for part in parts:
            part.pk, part.intake = None, copy
            part.save(force_insert=True)
print(json.dumps(tokens))
"""

# Prints what the database and the folder have of each.
FOUND = """
import json, sys
import django
django.setup()
from consultations.models import Intake
from consultations.intake import devices
from scarclinic.staff.decoding import jpeg

found = {}
for token in json.load(sys.stdin):
    intake = Intake.objects.sent_with(devices.read(token).token).get()
    photos = []
    for scar in intake.scars.all():
        for photo in scar.photos.all():
            with photo.open() as file:
                photos.append(jpeg.size_of(file.read()) == (photo.width, photo.height))
    plans = [
        (plan.version, plan.decisions.count(), intake.assessments.count())
        for plan in intake.plans.all()
    ]
    found[token] = (intake.status, intake.reference, plans, photos)
print(json.dumps(found))
"""


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Site:
    """A site in a folder of its own, whose server can be killed and started again."""

    def __init__(self, folder):
        self.port = free_port()
        self.server = None
        self.folder = Path(folder)
        self.database = self.folder / "clinic.sqlite3"
        (self.folder / "tmp").mkdir()
        self.env = {
            "PATH": os.environ["PATH"],
            "PYTHONPATH": str(settings.BASE_DIR),
            "DJANGO_SETTINGS_MODULE": "scarclinic.settings",
            "DEBUG": "on",
            "SECRET_KEY": "only-for-this-test",
            "DATABASE_URL": f"sqlite:///{self.database}",
            "MEDIA_ROOT": f"{folder}/media",
            "EMAIL_URL": "dummymail://",
            "TMPDIR": f"{folder}/tmp",
        }

    def run(self, script, *arguments, told=""):
        done = subprocess.run(
            [sys.executable, "-c", script, *arguments],
            env=self.env,
            cwd=settings.BASE_DIR,
            input=told,
            capture_output=True,
            text=True,
        )
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    def start(self):
        """Start the server, and wait until it answers."""
        self.kill()
        how = [f"--workers={WORKERS}", "--preload", f"--bind=127.0.0.1:{self.port}"]
        self.server = subprocess.Popen(
            [sys.executable, "-m", "gunicorn", "scarclinic.wsgi", *how],
            env=self.env,
            cwd=settings.BASE_DIR,
            stderr=subprocess.DEVNULL,
            # A group of its own, which is killed as one: nobody gets to tidy up.
            start_new_session=True,
        )
        until = time.monotonic() + PATIENCE
        while time.monotonic() < until:
            with suppress(OSError, HTTPException):
                self.post("/livez")
                return
        raise TimeoutError

    def kill(self):
        if self.server:
            os.killpg(self.server.pid, signal.SIGKILL)
            self.server.wait()
            self.server = None

    def post(self, path, token="", body=b"", kind="text/plain"):
        """Return the status of the answer, where it leads, and its page."""
        csrf = "k" * 32
        headers = {
            "Content-Type": kind,
            "Cookie": f"csrftoken={csrf}; intake={token}",
            "X-CSRFToken": csrf,
        }
        connection = HTTPConnection("127.0.0.1", self.port, timeout=20)
        try:
            connection.request("POST", path, body, headers)
            response = connection.getresponse()
            page = response.read().decode()
            return response.status, response.headers["Location"], page
        finally:
            connection.close()


@pytest.fixture(scope="module")
def site(tmp_path_factory, django_db_setup, django_db_blocker):
    site = Site(tmp_path_factory.mktemp("site"))
    if connection.vendor == "sqlite":
        # To load the catalogue again takes seconds.
        with django_db_blocker.unblock():
            site.database.write_bytes(connection.connection.serialize())
    else:
        site.run(OPEN)
    yield site
    site.kill()


def as_form(body):
    """Return a photo as a browser sends it: (body, content type)."""
    head = 'Content-Disposition: form-data; name="distance-photo"; filename="a.jpg"\r\n\r\n'
    sent = b"--xx\r\n" + head.encode() + body + b"\r\n--xx--\r\n"
    return sent, "multipart/form-data; boundary=xx"


class Crowd:
    """Patients who press a button again until they see the page behind it."""

    def __init__(self, site):
        self.site = site
        self.news = Condition()
        self.answered = 0
        self.broken = 0

    def press(self, expected, path, token, *form):
        until = time.monotonic() + PATIENCE
        while time.monotonic() < until:
            try:
                status, leads_to, _page = self.site.post(path, token, *form)
            except (OSError, HTTPException):
                self._tell(broken=1)
                continue
            # Two photos are read at a time; who finds no place is asked to try again.
            if status == 302 and leads_to.startswith(expected):
                return self._tell(answered=1)
        raise TimeoutError(path)

    def _tell(self, answered=0, broken=0):
        with self.news:
            self.answered += answered
            self.broken += broken
            self.news.notify_all()
            # Before the next try, or until somebody has got through.
            if broken:
                self.news.wait(0.05)

    def send(self, number, token):
        """Send a photo, or none, and then the answers."""
        if number % WITH_PHOTO == 0:
            photo = as_form(saved(drawn()))
            path = "/consultation/photos/1/distance/"
            self.press("/consultation/photos/1/#distance", path, token, *photo)
        self.press("/status/", "/consultation/check/", token)

    def wait_for(self, answered):
        with self.news:
            assert self.news.wait_for(lambda: self.answered >= answered, PATIENCE)


def test_nothing_answered_with_success_is_lost_or_doubled_by_kills(site):
    tokens = site.run(PREPARE, str(PATIENTS))
    crowd = Crowd(site)
    site.start()
    with ThreadPoolExecutor(AT_ONCE) as pool:
        sent = [pool.submit(crowd.send, *each) for each in enumerate(tokens)]
        for answered in KILLED_AFTER:
            crowd.wait_for(answered)
            site.kill()
            site.start()
        for each in sent:
            each.result()
    site.kill()
    assert crowd.broken >= len(KILLED_AFTER)
    found = site.run(FOUND, told=json.dumps(tokens))
    references = {reference for _status, reference, *_others in found.values()}
    assert len(references) == PATIENTS
    # One version, as many decisions as the first has, one assessment of the one scar.
    decisions = found[tokens[0]][2][0][1]
    assert decisions > 0
    assert [found[token] for token in tokens] == [
        [
            "submitted",
            found[token][1],
            [[1, decisions, 1]],
            [] if number % WITH_PHOTO else [True],
        ]
        for number, token in enumerate(tokens)
    ]


def test_50_mb_are_refused_within_a_second_with_a_page_that_arrives(site):
    site.start()
    path, photo = "/consultation/photos/1/distance/", as_form(bytes(50 * 2**20))
    seconds = []
    for _each in range(3):
        began = time.monotonic()
        status, _nowhere, page = site.post(path, "", *photo)
        seconds.append(time.monotonic() - began)
        assert status == 413
        told = re.findall("<h1>(.*?)</h1>", page)
        assert told == ["That file is too large to send"]
    # Of three, for a machine that is busy with other things.
    assert min(seconds) < 1


def test_a_photo_that_is_cut_short_by_a_kill_leaves_nothing_on_the_disk(site):
    site.start()
    canary = b"Quuxpixels" * 400_000
    body, kind = as_form(canary)
    head = (
        "POST /consultation/photos/1/distance/ HTTP/1.1\r\nHost: 127.0.0.1\r\n"
        f"Cookie: csrftoken={'k' * 32}\r\nX-CSRFToken: {'k' * 32}\r\n"
        f"Content-Type: {kind}\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    with closing(socket.create_connection(("127.0.0.1", site.port))) as browser:
        browser.sendall(head.encode() + body[:-1000])
        # The worker has all but the end, and waits for it.
        time.sleep(1)
        site.kill()
    files = [path for path in site.folder.rglob("*") if path.is_file()]
    assert files != []
    assert [path for path in files if b"Quuxpixels" in path.read_bytes()] == []
