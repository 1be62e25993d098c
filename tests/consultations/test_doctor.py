"""The doctor says what is wrong, a line per fault, and its exit status says whether."""

import subprocess
import threading
from collections import namedtuple
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from io import StringIO

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.core.management import call_command
from django.db import Error, connection
from django.utils import timezone

from consultations import doctor
from consultations.intake.photos import folder
from consultations.letters import outbox
from consultations.models import LetterKind, Photo
from methods.models import ProtocolVersion
from scarclinic.staff import heartbeats, ledger
from scarclinic.staff.models import DataKey, Heartbeat
from tests.consultations.factories import make_clinician
from tests.consultations.photos.files import put_photo
from tests.consultations.writing import make_intake, make_sent
from tests.scarclinic.factors import give_app

pytestmark = pytest.mark.django_db
Usage = namedtuple("Usage", "total used free")


def told():
    """Run the command; return what it says, and its exit status."""
    out = StringIO()
    try:
        call_command("clinic", "doctor", stdout=out)
    except SystemExit as ended:
        return out.getvalue().splitlines(), ended.code
    return out.getvalue().splitlines(), 0


def beat_all(now):
    for name in heartbeats.LATE_AFTER:
        heartbeats.beat(name, now)


@pytest.fixture
def sees():
    """Answer as the site behind a proxy does; return the list of what it sees."""
    seen = ["https, forwarded"]

    class Site(BaseHTTPRequestHandler):
        def do_GET(self):
            assert self.headers["X-Forwarded-For"] == doctor.FORGED
            self.send_response(200)
            if seen[0]:
                self.send_header("Scarclinic-Sees", seen[0])
            self.end_headers()

        def log_message(self, *_):
            pass

    server = HTTPServer(("127.0.0.1", 0), Site)
    threading.Thread(target=server.serve_forever, args=[0.05], daemon=True).start()
    seen.append(f"http://127.0.0.1:{server.server_port}")
    yield seen
    server.shutdown()
    server.server_close()


@pytest.fixture
def well(settings, tmp_path, sees, monkeypatch):
    """Let nothing be wrong."""
    settings.MEDIA_ROOT = tmp_path / "media"
    settings.MEDIA_ROOT.mkdir()
    settings.TOMBSTONES = tmp_path / "tombstones"
    settings.BACKUP_KEY = "age1…"
    settings.SECOND_FACTOR = True
    settings.BEHIND_PROXY = True
    settings.SITE_URL = sees[1]
    monkeypatch.setattr(doctor, "_pdf", lambda: [])
    beat_all(timezone.now())
    doctor_clara = make_clinician("clara")
    ProtocolVersion.objects.filter(
        pk=ProtocolVersion.objects.latest("number").pk
    ).update(approved_at=timezone.now(), approved_by=doctor_clara)
    give_app(doctor_clara)
    folder.check()


def test_nothing_is_wrong(well):
    assert told() == (["Nothing is wrong."], 0)


def lose_a_photo(_settings):
    photo = put_photo(make_intake().scars.get())
    default_storage.delete(photo.path)


def let_a_letter_wait(_settings):
    outbox.write(
        make_sent(),
        LetterKind.PLAN,
        key="k",
        due_at=timezone.now() - timedelta(hours=1),
    )


def take_the_folder_of_another(_settings):
    default_storage.delete(folder.FILE)
    default_storage.save(folder.FILE, ContentFile(b"5" * 32))


def say(**values):
    def change(settings):
        for name, value in values.items():
            setattr(settings, name, value)

    return change


SMTP = "django.core.mail.backends.smtp.EmailBackend"
FAULTS = {  # name: (what goes wrong, the line)
    "a letter": (let_a_letter_wait, "Letters wait to be sent: 1 are overdue."),
    "another's folder": (
        take_the_folder_of_another,
        "The media folder is another database's. Nothing was deleted.",
    ),
    "a key": (
        lambda _: DataKey.objects.create(key_id="4be1", check_value="sc1x"),
        "DATA_KEYS lacks the key 4be1, with which data of this database is sealed.",
    ),
    "unfinished": (
        lambda _: default_storage.save(folder.UNFINISHED, ContentFile(b"")),
        "A restore was not finished: run manage.py clinic restore again.",
    ),
    "tombstones": (
        say(TOMBSTONES="/nowhere/tombstones"),
        "TOMBSTONES cannot be written: erased people could come back.",
    ),
    "worker": (
        lambda _: Heartbeat.objects.filter(name="worker").delete(),
        "The worker does not run: start manage.py db_worker. Never seen.",
    ),
    "prune": (
        lambda _: heartbeats.beat("prune", timezone.now() - timedelta(hours=49)),
        "prune has not run for a day: nothing is deleted in time. Seen 49 hours ago.",
    ),
    "backup": (
        lambda _: heartbeats.beat("backup", timezone.now() - timedelta(hours=31)),
        "No real patient before there is a backup of last night. Seen 31 hours ago.",
    ),
    "backup key": (
        say(BACKUP_KEY=""),
        "BACKUP_KEY is missing: manage.py clinic new-backup-key makes one.",
    ),
    "factor off": (
        say(SECOND_FACTOR=False),
        "No real patient before second factors: SECOND_FACTOR is off.",
    ),
    "factor": (
        lambda _: make_clinician("dora"),
        "No real patient before second factors: dora lack one.",
    ),
    "sign-off": (
        lambda _: ProtocolVersion.objects.update(approved_at=None, approved_by=None),
        "No real patient before a doctor has approved the protocol, in the admin.",
    ),
    "cache": (
        say(
            CACHES={
                "default": {
                    "BACKEND": "django.core.cache.backends.redis.RedisCache",
                    "LOCATION": "redis://127.0.0.1:1/1",
                }
            }
        ),
        "The cache does not answer: CACHE_URL.",
    ),
    "mail": (
        say(EMAIL_BACKEND=SMTP, EMAIL_HOST="127.0.0.1", EMAIL_PORT=1),
        "The mail server does not take us (ConnectionRefusedError): EMAIL_URL.",
    ),
    "console": (
        say(EMAIL_BACKEND="django.core.mail.backends.console.EmailBackend"),
        "EMAIL_URL names no mail server: nobody gets a letter.",
    ),
    "site": (
        say(SITE_URL="http://127.0.0.1:1"),
        "SITE_URL does not lead here (URLError).",
    ),
    "no site": (
        say(SITE_URL=""),
        "SITE_URL is missing: no letter can say where a private link leads.",
    ),
}


@pytest.mark.parametrize("name", FAULTS)
def test_a_fault_has_a_line_and_fails_the_command(name, well, settings):
    change, line = FAULTS[name]
    change(settings)
    assert told() == ([line], 1)


def test_a_photo_without_a_file_is_named(well, settings):
    lose_a_photo(settings)
    [line], status = told()
    assert line == f"Photos without a file: 1 ({Photo.objects.get().name})."
    assert status == 1


@pytest.mark.parametrize(
    ("seen", "line"),
    [
        (
            "https, forged",
            "The proxy lets visitors choose their address: it has to set X-Forwarded-For.",
        ),
        (
            "https",
            "The proxy sends no X-Forwarded-For: all visitors share one limit.",
        ),
        ("", "SITE_URL leads to another site."),
    ],
)
def test_what_the_proxy_says_of_visitors_is_looked_at(well, sees, seen, line):
    sees[0] = seen
    assert told() == ([line], 1)


def test_a_folder_that_cannot_be_written_is_told(well, monkeypatch):
    def refuse(*_args):
        raise OSError(30, "Read-only file system")

    monkeypatch.setattr(default_storage, "save", refuse)
    line = "The media folder cannot be written (Read-only file system)."
    assert told() == ([line], 1)


def test_a_disk_that_is_nearly_full_is_named(well, monkeypatch):
    usage = Usage(100 * 2**30, 0, 4 * 2**30)
    monkeypatch.setattr(doctor.shutil, "disk_usage", lambda _path: usage)
    [line, *_others], _status = told()
    assert line.startswith("The disk of MEDIA_ROOT is nearly full: 4096 MB")


def test_a_clock_that_went_back_is_told(well, monkeypatch):
    ledger.record(ledger.Action.LETTERS_RETRIED, None)
    now = timezone.now() - timedelta(hours=1)
    beat_all(now)
    assert list(doctor.faults(now)) == [
        "The clock went back: the ledger has events of the future."
    ]


def test_what_cannot_be_checked_is_a_fault_and_hides_no_other(well, monkeypatch):
    def fail(*_args, **_kwargs):
        raise Error("row (Ada, scar)")

    monkeypatch.setattr(connection, "cursor", fail)
    monkeypatch.setattr(doctor.settings, "BACKUP_KEY", "")
    lines, _status = told()
    assert "The database: cannot be checked (Error)." in lines
    assert "BACKUP_KEY is missing: manage.py clinic new-backup-key makes one." in lines
    assert "Ada" not in "".join(lines)


def test_pdfs_are_tried(well, monkeypatch):
    monkeypatch.undo()
    assert list(doctor._pdf()) == []
    done = subprocess.CompletedProcess([], 1)
    monkeypatch.setattr(doctor.subprocess, "run", lambda *_a, **_k: done)
    [line] = doctor._pdf()
    assert line.startswith("No PDFs: Pango or a font is missing.")
