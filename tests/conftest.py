"""What every test may ask for."""

import gc
import json
import tempfile
import time
from io import StringIO
from pathlib import Path

import pytest
from django.apps import apps
from django.conf import settings
from django.core.management import call_command
from django.db import connection
from django.db.models.signals import post_migrate
from django.test import Client
from django.test.utils import CaptureQueriesContext

from consultations import roles
from consultations.review import documents
from scarclinic.staff import steady
from scarclinic.staff.ledger import triggers
from tests import snapshot
from tests.consultations.factories import make_clinician

SHARED = Path(__file__).parent / "data"
LOGIN = Client._login
LONG = ("test_access.py", "test_kill.py", "test_properties.py")
CONFIGURED_DATABASE = settings.DATABASES["default"]["NAME"]


def pytest_configure():
    # What makes a password slow to guess takes a fifth of a second for each account.
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    settings.TOMBSTONES = Path(tempfile.mkdtemp()) / "tombstones"
    # What hides a difference of milliseconds takes a quarter of a second each time.
    steady.SECONDS = 0
    # Accounts of tests have no second factor, but where a test gives them one.
    settings.SECOND_FACTOR = False
    Client._login = log_in_with_proof


def log_in_with_proof(client, user, backend=None):
    """Log in as `force_login` does, with a proof of password and factor just now."""
    LOGIN(client, user, backend)
    session = client.session
    session["account_authentication_methods"] = [
        {"method": method, "at": time.time()} for method in ("password", "mfa")
    ]
    session["account_authentication_methods_user"] = str(user.pk)
    session["begun"] = session["seen"] = int(time.time())
    session.save()


def is_long(item):
    """Return whether a test takes seconds: a browser, real transactions, a whole site."""
    database = item.get_closest_marker("django_db")
    is_committing = database and database.kwargs.get("transaction")
    return bool(is_committing) or item.path.name in LONG


def pytest_collection_modifyitems(items):
    # Long ones first, so that no worker is left alone with them in the end.
    items.sort(key=is_long, reverse=True)


def pytest_collection_finish():
    # Modules, models and tests stay to the end. Looking through them again and again for
    # garbage took a fifth of all CPU time.
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 20)


@pytest.fixture(scope="session", autouse=True)
def own_temporary_folder(tmp_path_factory):
    """Keep the places where photos and PDFs are made apart from those of other workers."""
    tempfile.tempdir = str(tmp_path_factory.mktemp("own"))
    yield
    tempfile.tempdir = None


@pytest.fixture(scope="session")
def django_db_use_migrations():
    """Make the tables from the models on SQLite, in half the time.

    On PostgreSQL the suite goes by the migrations; on SQLite `make audit` does.
    """
    return connection.vendor != "sqlite"


def open_clinic():
    """Load the starter content and make the roles, where they are missing."""
    call_command("load_catalogue", stdout=StringIO())
    call_command("load_texts", stdout=StringIO())
    roles.make_roles(apps, schema_editor=None)


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup, django_db_blocker):
    """Load the starter catalogue once: every test sees the clinic as it opens.

    A test with real transactions, or in a browser, ends by flushing the database; Django
    sends the signal of a migration, and then the rows are brought back.
    """
    # Where no test asks for a database pytest-django makes none: leave the real one alone.
    if connection.settings_dict["NAME"] == CONFIGURED_DATABASE:
        yield
        return
    flush = connection.ops.execute_sql_flush

    def flush_ledger_too(sql_list):
        # The database refuses to empty the ledger. Only a test's may.
        triggers.drop(connection)
        flush(sql_list)
        triggers.make(connection)

    connection.ops.execute_sql_flush = flush_ledger_too
    with django_db_blocker.unblock():
        if connection.vendor == "sqlite":
            triggers.make(connection)
        open_clinic()
        bring_back = snapshot.keep()

    def after_flush(**_signal):
        bring_back()

    last = [each for each in apps.get_app_configs() if each.models_module][-1]
    post_migrate.connect(after_flush, sender=last)
    yield
    post_migrate.disconnect(after_flush, sender=last)


@pytest.fixture
def count_queries():
    """Return a function: how many queries a client's GET of an address costs."""

    def count(client, url):
        with CaptureQueriesContext(connection) as queries:
            response = client.get(url)
        assert response.status_code == 200
        return len(queries)

    return count


@pytest.fixture
def staff_client(db):
    """Return a client signed in as a registered cosmetologist."""
    client = Client()
    client.force_login(make_clinician())
    return client


@pytest.fixture
def quick_pdf(monkeypatch):
    """Answer with the page of which a PDF is made: to make it takes a process and seconds."""
    monkeypatch.setattr(documents, "_as_pdf", lambda html, _who: html.encode())


@pytest.fixture
def vignettes():
    return json.loads((SHARED / "vignettes.json").read_text())
