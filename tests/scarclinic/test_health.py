import re
import socket
from datetime import timedelta
from pathlib import Path
from time import monotonic
from types import SimpleNamespace

import pytest
from django.conf import settings
from django.db import OperationalError, connection
from django.db.migrations.recorder import MigrationRecorder
from django.test import Client
from django.utils import timezone

from consultations import doctor
from consultations.intake.photos.folder import UNFINISHED
from consultations.letters import outbox
from consultations.models import LetterKind
from scarclinic.staff.encryption import keys
from scarclinic.staff.models import DataKey
from scarclinic.staff.postgresql import base as postgresql
from scarclinic.staff.postgresql import patience
from tests.consultations.writing import make_sent
from tests.tables import for_each

VERSION = f"version {settings.VERSION}"


def told(response):
    return response.content.decode().splitlines()


@pytest.fixture(autouse=True)
def media(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    return tmp_path


def test_livez_answers_without_the_database(client):
    response = client.get("/livez")
    assert (response.status_code, response.content) == (200, b"alive\n")


def test_staff_read_the_version_on_every_page_and_a_stranger_does_not(staff_client):
    line = f"Version {settings.VERSION}"
    assert line in staff_client.get("/admin/").content.decode()
    assert line not in Client().get("/admin/login/").content.decode()


def test_the_changelog_begins_with_the_version_that_runs():
    text = (Path(settings.BASE_DIR) / "CHANGELOG.md").read_text()
    newest = re.search(r"^## (.*)$", text, re.MULTILINE)[1]
    is_released = not settings.VERSION.endswith("-dev")
    assert newest.startswith(settings.VERSION if is_released else "Not released yet")


@for_each(
    ("headers", "sees"),
    [
        ({}, "http"),
        ({"X-Forwarded-For": "203.0.113.9"}, "http, forwarded"),
        ({"X-Forwarded-For": f"{doctor.FORGED}, 203.0.113.9"}, "http, forwarded"),
        ({"X-Forwarded-For": f"203.0.113.9, {doctor.FORGED}"}, "http, forged"),
    ],
)
def test_livez_says_what_it_sees_of_a_proxy(headers, sees):
    assert Client().get("/livez", headers=headers)["Scarclinic-Sees"] == sees
    secure = Client().get("/livez", headers=headers, secure=True)
    assert secure["Scarclinic-Sees"] == sees.replace("http", "https")


@pytest.mark.django_db
def test_readyz_answers_when_the_database_is_migrated(client):
    response = client.get("/readyz")
    assert (response.status_code, told(response)) == (200, ["ready", VERSION])


@pytest.mark.django_db
def test_readyz_says_that_a_migration_waits(client, settings):
    # Where the tables were made from the models, all of them wait.
    settings.MIGRATION_MODULES = {}
    if connection.vendor != "sqlite":
        MigrationRecorder(connection).record_unapplied("methods", "0001_initial")
    response = client.get("/readyz")
    assert response.status_code == 503
    line = "not ready: migrations wait; run manage.py migrate"
    assert told(response) == [line, VERSION]


@pytest.mark.django_db
def test_readyz_says_that_the_database_is_away_and_not_where(client, monkeypatch):
    def refuse(*args, **kwargs):
        raise OperationalError("connection to db.example, user clinic, failed")

    monkeypatch.setattr(connection, "cursor", refuse)
    response = client.get("/readyz")
    assert response.status_code == 503
    assert told(response) == ["not ready: the database does not answer", VERSION]


@pytest.mark.django_db
def test_readyz_makes_up_for_a_database_that_was_away_at_the_start(client):
    assert not DataKey.objects.exists()
    client.get("/readyz")
    assert DataKey.objects.get().key_id == keys.newest().id


def fill_the_disk(_media, monkeypatch):
    usage = SimpleNamespace(free=99 * 2**20, total=2**40)
    monkeypatch.setattr(doctor.shutil, "disk_usage", lambda _path: usage)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("harm", "line"),
    [
        (fill_the_disk, "the disk of MEDIA_ROOT is full"),
        (lambda media, _: media.rmdir(), "the media folder cannot be written"),
        (
            lambda media, _: (media / UNFINISHED).touch(),
            "a restore was not finished",
        ),
    ],
)
def test_readyz_says_what_keeps_this_process_from_serving(
    client, media, monkeypatch, harm, line
):
    harm(media, monkeypatch)
    response = client.get("/readyz")
    assert (response.status_code, told(response)) == (
        503,
        [f"not ready: {line}", VERSION],
    )


@pytest.mark.django_db
def test_readyz_tells_what_others_have_to_mend_and_serves(client, settings):
    settings.CACHES = {
        "default": {
            "BACKEND": "django.core.cache.backends.redis.RedisCache",
            "LOCATION": "redis://127.0.0.1:1/1",
        }
    }
    hour_ago = timezone.now() - timedelta(hours=1)
    outbox.write(make_sent(), LetterKind.PLAN, key="k", due_at=hour_ago)
    response = client.get("/readyz")
    assert (response.status_code, told(response)) == (
        200,
        [
            "ready",
            "degraded: The cache does not answer: CACHE_URL.",
            "degraded: Letters wait to be sent: 1 are overdue.",
            VERSION,
        ],
    )


@pytest.fixture
def silent():
    """Yield the port of a server that takes connections and never says a word."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


def other_postgres(**where):
    engine = postgresql.DatabaseWrapper(
        {**connection.settings_dict, "OPTIONS": {}, "TIME_ZONE": None, **where}
    )
    engine.settings_dict["CONN_HEALTH_CHECKS"] = False
    return engine


@pytest.mark.django_db
def test_a_database_that_is_silent_is_given_up_in_time(silent):
    where = {"NAME": "x", "USER": "x", "PASSWORD": "", "HOST": "127.0.0.1"}
    began = monotonic()
    with patience.within(1.5), pytest.raises(OperationalError):
        other_postgres(**where, PORT=silent).ensure_connection()
    assert monotonic() - began < 2.5


@pytest.mark.skipif(connection.vendor == "sqlite", reason="asks PostgreSQL")
@pytest.mark.django_db
def test_a_question_that_takes_too_long_is_given_up_and_the_next_is_answered():
    other = other_postgres()
    began = monotonic()
    with patience.within(0.3):
        with other.cursor() as cursor, pytest.raises(OperationalError, match="in time"):
            cursor.execute("SELECT pg_sleep(5)")
        # Nor is another connection begun: time is up.
        other.close_if_unusable_or_obsolete()
        with pytest.raises(OperationalError, match="in time"):
            other.ensure_connection()
    assert monotonic() - began < 1.5
    other.close_if_unusable_or_obsolete()
    with other.cursor() as cursor:
        cursor.execute("SELECT 1")
        assert cursor.fetchone() == (1,)
    other.close()


@pytest.mark.skipif(connection.vendor == "sqlite", reason="asks PostgreSQL")
@pytest.mark.django_db
@pytest.mark.parametrize(("serves", "statement"), [(False, "1h"), (True, "15s")])
def test_a_connection_has_every_limit(serves, statement, monkeypatch):
    monkeypatch.setattr(patience, "_process", patience._process)
    if serves:
        patience.serve()
    other = other_postgres(OPTIONS={"options": "-c lock_timeout=4s"})
    names = "statement_timeout lock_timeout idle_in_transaction_session_timeout"
    with other.cursor() as cursor:
        found = []
        for name in names.split():
            cursor.execute(f"SHOW {name}")
            found += cursor.fetchone()
    other.close()
    # What the address of the database says wins.
    assert found == [statement, "4s", "1min"]


@pytest.mark.django_db
@pytest.mark.parametrize("address", ["/livez", "/readyz"])
def test_a_probe_may_ask_by_a_number_and_by_any_name(client, settings, address):
    settings.ALLOWED_HOSTS = [".clinic.example"]
    for host in ("10.0.0.7:8000", "[fd00::7]", "web-1", "odd_name"):
        assert client.get(address, headers={"host": host}).status_code == 200
        assert client.get("/", headers={"host": host}).status_code == 400


@pytest.mark.django_db
@pytest.mark.parametrize("address", ["/livez", "/readyz"])
def test_a_probe_is_never_answered_from_a_cache(client, address):
    assert "no-store" in client.get(address)["Cache-Control"]


@pytest.mark.django_db
@pytest.mark.parametrize("address", ["/livez", "/readyz"])
def test_a_probe_over_plain_http_is_not_sent_to_https(client, settings, address):
    settings.SECURE_SSL_REDIRECT = True
    assert client.get(address).status_code == 200
    assert client.get("/").status_code == 301
