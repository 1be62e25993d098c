from datetime import date

import pytest
from django.core.exceptions import FieldError

from consultations.models import Intake
from scarclinic.staff import private_fields
from tests.consultations.writing import make_sent

pytestmark = pytest.mark.django_db
BORN = date(1990, 2, 28)


@pytest.mark.parametrize(
    "lookup",
    [
        {"name": "Ada"},
        {"name__icontains": "a"},
        {"email__iexact": "ada@example.org"},
        {"email__in": ["ada@example.org"]},
        {"date_of_birth": BORN},
        {"date_of_birth__year": 1990},
        {"telephone__gt": ""},
    ],
)
def test_a_private_field_cannot_be_searched(lookup):
    with pytest.raises(FieldError):
        Intake.objects.filter(**lookup).exists()


def test_a_private_field_can_be_asked_whether_it_is_empty():
    born = make_sent(date_of_birth=BORN, email="")
    unborn = make_sent(email="ada@example.org")
    assert Intake.objects.get(date_of_birth__isnull=True) == unborn
    assert Intake.objects.get(email="") == born


def test_a_private_field_is_sealed_in_the_database(monkeypatch):
    monkeypatch.setattr(private_fields, "seal", lambda text: f"sealed {text[::-1]}")
    monkeypatch.setattr(private_fields, "unseal", lambda text: text[7:][::-1])
    intake = make_sent(name="Ada", date_of_birth=BORN, telephone="")
    Intake.objects.filter(pk=intake.pk).update(guardian_name="Eve")
    read = Intake.objects.values("name", "date_of_birth", "telephone", "guardian_name")
    assert read.get() == {
        "name": "Ada",
        "date_of_birth": BORN,
        "telephone": "",
        "guardian_name": "Eve",
    }
    monkeypatch.setattr(private_fields, "unseal", str)
    monkeypatch.setattr(private_fields.PrivateDateField, "to_python", lambda _f, v: v)
    assert read.get() == {
        "name": "sealed adA",
        "date_of_birth": "sealed 82-20-0991",
        "telephone": "",
        "guardian_name": "sealed evE",
    }
