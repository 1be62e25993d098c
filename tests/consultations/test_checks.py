"""What `manage.py check --deploy` says of a site that cannot write to its patients."""

import pytest
from django.core.checks import ERROR, WARNING, run_checks


def told():
    """Return (id, level) of what our own checks say."""
    return [
        (each.id, each.level)
        for each in run_checks(include_deployment_checks=True)
        if (each.id or "").startswith("consultations.")
    ]


@pytest.fixture(autouse=True)
def site(settings):
    settings.SITE_URL = "https://clinic.example"
    settings.DEFAULT_FROM_EMAIL = "desk@clinic.example"


def test_a_site_that_can_write_has_nothing_to_tell():
    assert told() == []


def test_a_missing_address_of_the_site_is_an_error(settings):
    settings.SITE_URL = ""
    assert told() == [("consultations.E001", ERROR)]


def test_a_missing_sender_is_a_warning(settings):
    settings.DEFAULT_FROM_EMAIL = "webmaster@localhost"
    assert told() == [("consultations.W001", WARNING)]
