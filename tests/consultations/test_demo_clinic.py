"""`make run` shows a clinic at work, made up."""

from datetime import timedelta
from io import StringIO

import pytest
from django.contrib.auth import authenticate
from django.core.management import CommandError, call_command
from django.test import Client
from django.utils import timezone

from consultations import dashboard, demo
from consultations.models import ErasureRequest, Intake, Letter, Photo, Plan
from methods.models import (
    Clinic,
    Method,
    Notice,
    OpeningHours,
    Person,
)
from methods.publishing import editions
from scarclinic.staff.models import User

pytestmark = pytest.mark.django_db

BIRTHDAY = {"day": 17, "month": 6, "year": 1990}
ACCOUNTS = ["front-desk", "editor", "cosmetologist", "administrator", "doctor"]


def demo_accounts():
    """Run the command; return the lines it prints."""
    out = StringIO()
    call_command("demo_clinic", stdout=out)
    return out.getvalue().splitlines()


@pytest.fixture(autouse=True)
def in_development(settings, tmp_path):
    settings.DEBUG = True
    settings.MEDIA_ROOT = tmp_path


@pytest.fixture
def without_patients(monkeypatch):
    """Let only accounts and the clinic's details be made: that takes no time."""
    Intake.objects.begin()
    monkeypatch.setattr(demo, "publish_prices", lambda by: None)
    monkeypatch.setattr(demo, "show_results", lambda by: None)


# A clinic at work


def late():
    return Plan.objects.waiting().filter(
        intake__promised_on__lt=timezone.localdate(), is_asking=False
    )


def sent_with(**fields):
    return Intake.objects.sent().filter(**fields)


STATES = {
    "a draft half way": lambda: Intake.objects.drafts().exclude(done=[]),
    "waiting": lambda: Plan.objects.waiting().filter(claimed_by=None),
    "red-flagged": lambda: Plan.objects.waiting().filter(is_flagged=True),
    "claimed": lambda: Plan.objects.waiting().exclude(claimed_by=None),
    "asked": lambda: Plan.objects.asking(),
    "answered": lambda: Plan.objects.answered(),
    "not known yet": lambda: Plan.objects.waiting().filter(
        decisions__card__verdict="undetermined"
    ),
    "examined": lambda: Plan.objects.waiting().filter(
        intake__examinations__isnull=False
    ),
    "a message to answer": lambda: Plan.objects.with_messages(),
    "a plan that its patient has answered": lambda: Plan.objects.signed().filter(
        decisions__response__isnull=False
    ),
    "to be countersigned": lambda: Plan.objects.awaiting_countersignature(),
    "a child, referred": lambda: Plan.objects.signed().filter(
        decisions__choice="include", decisions__card__group="referral", is_flagged=True
    ),
    "late": late,
    "signed": lambda: Plan.objects.filter(signed_at__isnull=False, version=1),
    "amended": lambda: Plan.objects.filter(signed_at__isnull=False, version=2),
    "withdrawn": lambda: sent_with(status="withdrawn"),
    "asked to be erased": lambda: ErasureRequest.objects.filter(settled_at=None),
    "three scars": lambda: sent_with(scars__number=3),
    "with a guardian": lambda: Intake.objects.sent().exclude(guardian_name=""),
    "with photos": lambda: Photo.objects.filter(scar__intake__status="submitted"),
    "a letter sent": lambda: Letter.objects.sent(),
    "a letter not sent": lambda: Letter.objects.given_up(),
    "no e-mail": lambda: sent_with(email=""),
    **{
        f"phototype {number}": lambda number=number: Intake.objects.filter(
            fitzpatrick=str(number)
        )
        for number in range(1, 7)
    },
}
WAITING = {
    "front-desk": {"Late", "Unclaimed"},
    "editor": {"Reviews due", "Drafts not published: methods"},
    "cosmetologist": {
        "Red flags",
        "Late",
        "Unclaimed",
        "Mine",
        "Questions that patients have answered",
    },
    "administrator": {"Requests to erase", "E-mails that could not be sent"},
}


def test_patients_are_in_every_state_and_each_role_has_something_to_do(settings):
    settings.SITE_URL = "https://clinic.example"
    *_accounts, told = demo_accounts()
    assert [name for name, query in STATES.items() if not query().exists()] == []
    assert list(Letter.objects.due(timezone.now() + timedelta(days=1))) == []
    homes = {
        name: {
            waiting.label
            for waiting in dashboard.for_user(User.objects.get(username=name))
            if waiting.count
        }
        for name in WAITING
    }
    assert {name: labels & WAITING[name] for name, labels in homes.items()} == WAITING
    # The link that is printed opens the plan, with the date of birth that is printed.
    link, born = told.removesuffix(")").partition(": ")[2].split(" (born ")
    assert (told.partition(" has ")[0], born) == ("Sofia Rossi", "17 Jun 1990")
    # Its message speaks of what is included here.
    signed = Plan.objects.exclude(signed_at=None).select_related("intake")
    plan = next(each for each in signed if each.intake.name == "Sofia Rossi")
    assert plan.decisions.filter(choice="include").exists()
    path = link.removeprefix("https://clinic.example")
    birthday = {f"date_of_birth_{part}": value for part, value in BIRTHDAY.items()}
    page = Client().post(path, birthday, follow=True)
    assert demo.NOTE in page.content.decode()
    counted = [model.objects.count() for model in (Intake, Plan, Letter, User)]
    assert len(demo_accounts()) == len(ACCOUNTS)
    assert [model.objects.count() for model in (Intake, Plan, Letter, User)] == counted


def test_prices_and_pictures_are_published_and_marked_as_made_up():
    Intake.objects.begin()
    demo_accounts()
    prices = [
        each.live_revision.content["price"] for each in Method.objects.published()
    ]
    remarks = [each["price_remark"] for each in prices if each["price_from"]]
    assert len(remarks) > 20
    assert set(remarks) == {"made up"}
    pairs = editions.current().site.pairs
    # Drawn, each on another skin, and marked as such.
    assert len({each.phototype for each in pairs}) == len(pairs) == 2
    assert {each.is_drawn for each in pairs} == {True}
    for pair in pairs:
        assert pair.before.alt.startswith("Drawing: ")


def test_a_clinic_that_has_patients_gets_none_made_up(monkeypatch):
    monkeypatch.setattr(demo, "publish_prices", lambda by: None)
    monkeypatch.setattr(demo, "show_results", lambda by: None)
    Intake.objects.begin()
    demo_accounts()
    assert Intake.objects.count() == 1


# Accounts and details


def test_each_role_gets_a_staff_account_of_its_group(without_patients):
    demo_accounts()
    assert list(
        User.objects.order_by("username", "groups__name").values_list(
            "username", "groups__name", "is_staff", "is_superuser"
        )
    ) == [
        ("administrator", "Administrator", True, True),
        ("cosmetologist", "Cosmetologist", True, False),
        ("doctor", "Cosmetologist", True, False),
        ("doctor", "Lead doctor", True, False),
        ("editor", "Editor", True, False),
        ("front-desk", "Front desk", True, False),
    ]


def test_the_printed_passwords_open_the_accounts(without_patients):
    opened = []
    for line in demo_accounts():
        name, password = line.rpartition("/: ")[2].split(", password ")
        opened.append(authenticate(username=name, password=password).username)
    assert opened == ACCOUNTS


def test_only_the_clinicians_may_sign(without_patients):
    demo_accounts()
    assert list(
        User.objects.exclude(registration_number="").values_list(
            "username", "registration_number"
        )
    ) == [("cosmetologist", "DEMO-0001"), ("doctor", "DEMO-0002")]


def test_a_second_run_changes_nothing_and_says_how_to_get_in(without_patients):
    demo_accounts()
    before = list(User.objects.order_by("pk").values())
    assert demo_accounts() == [
        f"{name} exists. New password: manage.py changepassword {name}"
        for name in ACCOUNTS
    ]
    assert list(User.objects.order_by("pk").values()) == before


def test_the_demo_has_a_clinic_that_visitors_see(without_patients):
    demo_accounts()
    edition = editions.current(catalogue=True)
    clinic = edition.site.clinic
    assert (clinic.telephone, clinic.street) == ("+44 20 7946 0123", "1 Example Street")
    assert clinic.about
    assert {row.weekday for row in clinic.hours} == set(range(5))
    assert len(edition.catalogue.people) == 2
    assert [each.name for each in edition.site.people_for("subcision")] == [
        "Dr Ada Example"
    ]
    assert [each.words for each in clinic.closed_days] == ["Closed for holidays"]
    assert [each.text for each in edition.site.notices] == [
        "This is a demonstration. No clinic reads what you send."
    ]


def test_a_second_run_makes_no_second_clinic(without_patients):
    demo_accounts()
    counted = [model.objects.count() for model in (OpeningHours, Person, Notice)]
    demo_accounts()
    assert [
        model.objects.count() for model in (OpeningHours, Person, Notice)
    ] == counted


@pytest.mark.parametrize("fields", [{"telephone": "01 234"}, {}])
def test_a_clinic_that_staff_have_filled_in_stays_as_it_is(without_patients, fields):
    Clinic.objects.update(street="Ours", **fields)
    demo_accounts()
    assert Clinic.objects.get().street == "Ours"
    assert not Person.objects.exists()


def test_a_server_gets_no_demo_accounts(settings):
    settings.DEBUG = False
    with pytest.raises(CommandError, match="only where DEBUG is on"):
        demo_accounts()
    assert not User.objects.exists()
