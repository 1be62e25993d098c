import pytest
from django.db import OperationalError, connection
from django.db.migrations.recorder import MigrationRecorder
from django.test import Client

from consultations import doctor
from scarclinic.staff.encryption import keys
from scarclinic.staff.models import DataKey
from tests.tables import for_each


def test_livez_answers_without_the_database(client):
    response = client.get("/livez")
    assert (response.status_code, response.content) == (200, b"alive\n")


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
    assert (response.status_code, response.content) == (200, b"ready\n")


@pytest.mark.django_db
def test_readyz_says_that_a_migration_waits(client, settings):
    # Where the tables were made from the models, all of them wait.
    settings.MIGRATION_MODULES = {}
    if connection.vendor != "sqlite":
        MigrationRecorder(connection).record_unapplied("methods", "0001_initial")
    response = client.get("/readyz")
    assert response.status_code == 503
    assert response.content == b"not ready: migrations wait; run manage.py migrate\n"


@pytest.mark.django_db
def test_readyz_says_that_the_database_is_away_and_not_where(client, monkeypatch):
    def refuse(*args, **kwargs):
        raise OperationalError("connection to db.example, user clinic, failed")

    monkeypatch.setattr(connection, "cursor", refuse)
    response = client.get("/readyz")
    assert response.status_code == 503
    assert response.content == b"not ready: the database does not answer\n"


@pytest.mark.django_db
def test_readyz_makes_up_for_a_database_that_was_away_at_the_start(client):
    assert not DataKey.objects.exists()
    client.get("/readyz")
    assert DataKey.objects.get().key_id == keys.newest().id


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
