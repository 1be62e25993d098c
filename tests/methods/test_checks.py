"""What `manage.py check --deploy` says before visitors come."""

import pytest
from django.core.checks import run_checks

from methods.models import Clinic

MISSING_TELEPHONE = (
    "methods.W001",
    "The clinic has no telephone number: no page can say whom to call.",
)


def warnings(**options):
    """Return (id, words) of what our own checks say."""
    return [
        (each.id, each.msg)
        for each in run_checks(**options)
        if (each.id or "").startswith("methods.")
    ]


def deploy():
    return warnings(include_deployment_checks=True, databases=["default"])


@pytest.mark.django_db
def test_a_missing_telephone_number_is_told():
    assert deploy() == [MISSING_TELEPHONE]


@pytest.mark.django_db
def test_with_a_telephone_number_there_is_nothing_to_tell():
    Clinic.objects.update(telephone="01 234 56 78")
    assert deploy() == []


def test_a_plain_check_asks_no_database():
    # No mark for the database: a query would be an error.
    assert warnings(include_deployment_checks=True) == []
    assert warnings() == []


@pytest.mark.django_db
def test_before_the_first_migration_there_is_nothing_to_tell(monkeypatch):
    monkeypatch.setattr(Clinic._meta, "db_table", "not_yet_there")
    assert deploy() == []
