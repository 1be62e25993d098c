"""Static files as a server has them: collected, hashed, compressed. Tests elsewhere
run on the files as they lie."""

import re
from pathlib import Path

import pytest
from django.contrib.staticfiles.storage import staticfiles_storage
from django.core.management import call_command
from django.test import Client, override_settings

ROOT = Path(__file__).parents[2]
TEMPLATES = [
    path
    for folder in ("templates", "methods", "consultations")
    for path in (ROOT / folder).rglob("*.html")
]


@pytest.fixture(scope="module")
def collected(tmp_path_factory):
    """Run collectstatic as a server does; return the folder."""
    folder = tmp_path_factory.mktemp("staticfiles")
    storage = "whitenoise.storage.CompressedManifestStaticFilesStorage"
    with override_settings(
        STATIC_ROOT=folder,
        STORAGES={"staticfiles": {"BACKEND": storage}},
        WHITENOISE_USE_FINDERS=False,
        WHITENOISE_AUTOREFRESH=False,
    ):
        call_command("collectstatic", interactive=False, verbosity=0)
        yield folder


def test_every_file_that_a_template_names_is_hashed_and_there(collected):
    named = {
        name
        for template in TEMPLATES
        for name in re.findall(r'{% (?:static|file) "([^"]+)"', template.read_text())
    }
    assert "clinic/clinic.css" in named
    for name in named:
        hashed = staticfiles_storage.stored_name(name)
        assert hashed != name
        assert (collected / hashed).is_file()


def test_every_file_that_a_template_names_by_address_is_there(collected):
    named = {
        name
        for template in TEMPLATES
        for name in re.findall(r'"/static/([^"]+)"', template.read_text())
    }
    assert named == {"clinic/clinic.css"}
    assert (collected / "clinic/clinic.css").is_file()


@pytest.mark.parametrize("coding", ["br", "gzip"])
def test_a_style_sheet_travels_compressed_and_is_kept_for_ever(collected, coding):
    response = Client().get(
        staticfiles_storage.url("clinic/clinic.css"),
        headers={"accept-encoding": coding},
    )
    assert response.headers["Content-Encoding"] == coding
    assert response.headers["Cache-Control"] == ("max-age=315360000, public, immutable")
    response.getvalue()  # reads and closes the file


@pytest.mark.parametrize(
    "address",
    [
        *(
            "/static/",
            "/static/clinic/",
            "/media/",
            "/photo/",
        ),
        *("/.git/config", "/static/../.git/config", "/static/..%2f.git/config"),
        *("/.env", "/static/../.env", "/static/clinic/..%2f..%2f.env", "/manage.py"),
    ],
)
def test_no_folder_is_listed_and_nothing_beside_our_files_is_sent(collected, address):
    assert Client().get(address).status_code == 404
