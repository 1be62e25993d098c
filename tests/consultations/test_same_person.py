"""Who writes a second time is noticed, and a copy of the database tells of nobody."""

from datetime import date

import pytest
from django.db import connection

from consultations.intake.same_person import fingerprints, others_of
from consultations.models import Intake
from tests.consultations.writing import make_intake, make_sent

BORN = date(1990, 2, 28)


def same(field, one, other):
    """Return whether two intakes have the same, non-empty fingerprint in a field."""
    first, second = (fingerprints(Intake(**each))[field] for each in (one, other))
    return first != "" and first == second


@pytest.mark.parametrize(
    ("one", "other", "wanted"),
    [
        ("ada@example.org", " Ada@Example.ORG ", True),
        ("ada@example.org", "ada+clinic@example.org", True),
        ("ada@example.org", "ａｄａ@example.org", True),
        ("a.da@example.org", "ada@example.org", False),
        ("ada@example.org", "ada@example.com", False),
    ],
)
def test_an_e_mail_address_is_the_same_however_it_is_written(one, other, wanted):
    assert same("email_match", {"email": one}, {"email": other}) is wanted


@pytest.mark.parametrize(
    ("one", "other", "wanted"),
    [
        ("020 7946 0123", "+44 (0)20 7946-0123", True),
        ("020 7946 0123", "0044 20 79460123", True),
        ("01 234 56 78", "+43 1 234 56 78", True),
        ("22 34 56 78", "+47 22345678", True),
        ("٠٢٠ ٧٩٤٦ ٠١٢٣", "020 7946 0123", True),
        ("020 7946 0123", "020 7946 0124", False),
        ("999", "999", False),
    ],
)
def test_a_telephone_number_is_the_same_from_home_and_abroad(one, other, wanted):
    assert same("telephone_match", {"telephone": one}, {"telephone": other}) is wanted


@pytest.mark.parametrize(
    ("one", "other", "wanted"),
    [
        ("Ada Okafor", "OKAFOR, Ada", True),
        ("José Núñez", "jose nunez", True),
        ("Siobhán O’Brien", "siobhan obrien", True),
        ("Anne-Marie Groß", "Anne Marie GROSS", True),
        ("Ada Okafor", "Ada Okafur", False),
        ("!", "!", False),
    ],
)
def test_a_name_is_the_same_without_accents_and_in_any_order(one, other, wanted):
    first, second = ({"name": each, "date_of_birth": BORN} for each in (one, other))
    assert same("person_match", first, second) is wanted


def test_two_of_one_name_are_told_apart_by_their_birthdays():
    name = {"name": "Ada Okafor"}
    assert not same(
        "person_match",
        name | {"date_of_birth": BORN},
        name | {"date_of_birth": date(1991, 2, 28)},
    )


def test_what_is_not_said_has_no_fingerprint():
    assert fingerprints(Intake(name="Ada Okafor")) == {
        "email_match": "",
        "telephone_match": "",
        "person_match": "",
    }


def test_a_fingerprint_needs_our_key(settings):
    intake = Intake(email="ada@example.org", telephone="020 7946 0123")
    before = fingerprints(intake)
    settings.SECRET_KEY = "another" * 10
    after = fingerprints(intake)
    assert before["email_match"] != after["email_match"]
    assert before["telephone_match"] != after["telephone_match"]


def sent(**fields):
    intake = make_sent(**fields)
    for name, value in fingerprints(intake).items():
        setattr(intake, name, value)
    intake.save()
    return intake


@pytest.mark.django_db
def test_any_of_the_three_finds_what_was_sent_before_the_newest_first():
    person = {"name": "Ada Okafor", "date_of_birth": BORN}
    by_person = sent(email="", telephone="", **person)
    by_telephone = sent(email="", telephone="+44 20 7946 0123")
    by_email = sent(email="ADA@example.org")
    sent(email="eve@example.org", telephone="020 7946 9999", name="Eve")
    intake = sent(email="ada@example.org", telephone="020 7946 0123", **person)
    assert list(others_of(intake)) == [by_email, by_telephone, by_person]


@pytest.mark.django_db
def test_who_said_nothing_matches_nobody():
    sent(email="", telephone="", name="")
    intake = sent(email="", telephone="", name="")
    assert list(others_of(intake)) == []


@pytest.mark.skipif(
    connection.vendor != "sqlite", reason="PostgreSQL reads a small table as a whole"
)
@pytest.mark.django_db
def test_others_are_found_by_index():
    intake = sent(
        email="ada@example.org", telephone="020 7946 0123", name="A", date_of_birth=BORN
    )
    assert "SCAN" not in others_of(intake).explain()


@pytest.mark.django_db
def test_a_draft_is_nobody_s_business():
    draft = make_intake(email="ada@example.org")
    for name, value in fingerprints(draft).items():
        setattr(draft, name, value)
    draft.save()
    assert list(others_of(sent(email="ada@example.org"))) == []


@pytest.mark.django_db
def test_a_former_key_still_finds_its_intakes(settings):
    settings.SECRET_KEY = "former" * 10
    earlier = sent(email="ada@example.org")
    settings.SECRET_KEY, former = "new" * 20, settings.SECRET_KEY
    later = sent(email="ada@example.org")
    assert list(others_of(later)) == []
    settings.SECRET_KEY_FALLBACKS = [former]
    assert (list(others_of(later)), list(others_of(earlier))) == ([earlier], [later])
