from io import StringIO

import pytest
from django.contrib.auth import authenticate
from django.core.management import CommandError, call_command

from methods.models import (
    Clinic,
    Notice,
    OpeningHours,
    Person,
)
from methods.publishing import editions
from scarclinic.staff.models import User

pytestmark = pytest.mark.django_db

ACCOUNTS = ["front-desk", "editor", "cosmetologist", "administrator"]


def demo_accounts():
    """Run the command; return the lines it prints."""
    out = StringIO()
    call_command("demo_clinic", stdout=out)
    return out.getvalue().splitlines()


@pytest.fixture(autouse=True)
def in_development(settings):
    settings.DEBUG = True


def test_each_role_gets_a_staff_account_of_its_group():
    demo_accounts()
    assert list(
        User.objects.order_by("username").values_list(
            "username", "groups__name", "is_staff", "is_superuser"
        )
    ) == [
        ("administrator", "Administrator", True, True),
        ("cosmetologist", "Cosmetologist", True, False),
        ("editor", "Editor", True, False),
        ("front-desk", "Front desk", True, False),
    ]


def test_the_printed_passwords_open_the_accounts():
    opened = []
    for line in demo_accounts():
        name, password = line.rpartition("/: ")[2].split(", password ")
        opened.append(authenticate(username=name, password=password).username)
    assert opened == ACCOUNTS


def test_only_the_cosmetologist_may_sign():
    demo_accounts()
    assert list(
        User.objects.exclude(registration_number="").values_list(
            "username", "registration_number"
        )
    ) == [("cosmetologist", "DEMO-0001")]


def test_a_second_run_changes_nothing_and_says_how_to_get_in():
    demo_accounts()
    before = list(User.objects.order_by("pk").values())
    assert demo_accounts() == [
        f"{name} exists. New password: manage.py changepassword {name}"
        for name in ACCOUNTS
    ]
    assert list(User.objects.order_by("pk").values()) == before


def test_the_demo_has_a_clinic_that_visitors_see():
    demo_accounts()
    edition = editions.current(catalogue=True)
    clinic = edition.site.clinic
    assert (clinic.telephone, clinic.street) == ("+44 20 7946 0123", "1 Example Street")
    assert clinic.about
    assert {row.weekday for row in clinic.hours} == set(range(5))
    assert len(edition.catalogue.people) == 2
    assert [each.text for each in edition.site.notices] == [
        "This is a demonstration. No clinic reads what you send."
    ]


def test_a_second_run_makes_no_second_clinic():
    demo_accounts()
    counted = [model.objects.count() for model in (OpeningHours, Person, Notice)]
    demo_accounts()
    assert [
        model.objects.count() for model in (OpeningHours, Person, Notice)
    ] == counted


@pytest.mark.parametrize("fields", [{"telephone": "01 234"}, {"edits": 1}])
def test_a_clinic_that_staff_have_filled_in_stays_as_it_is(fields):
    Clinic.objects.update(street="Ours", **fields)
    demo_accounts()
    assert Clinic.objects.get().street == "Ours"
    assert not Person.objects.exists()


def test_a_server_gets_no_demo_accounts(settings):
    settings.DEBUG = False
    with pytest.raises(CommandError, match="only where DEBUG is on"):
        demo_accounts()
    assert not User.objects.exists()
