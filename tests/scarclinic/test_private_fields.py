"""What patients and clinicians write is sealed in its row, and opened nowhere else."""

from datetime import date

import pytest
from django.core.exceptions import FieldError
from django.db import connection, transaction

from consultations.models import Decision, Intake
from scarclinic.staff.encryption import keys
from tests.consultations.deciding import make_plan
from tests.consultations.writing import make_sent

pytestmark = pytest.mark.django_db
BORN = date(1990, 2, 28)


def stored(row, *columns):
    """Return what the database itself holds of a row."""
    table, names = row._meta.db_table, ", ".join(columns)
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {names} FROM {table} WHERE id = %s", [row.pk])
        return cursor.fetchone()


def put(row, column, value):
    with connection.cursor() as cursor:
        cursor.execute(
            f"UPDATE {row._meta.db_table} SET {column} = %s WHERE id = %s",
            [value, row.pk],
        )


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
        {"typed": {}},
        {"wish__contains": "smooth"},
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


def test_a_private_value_is_sealed_in_the_database_and_read_as_it_was():
    typed = {"you": {"name": ["Ada", "Ötzi 🩹"]}}
    said = {"name": "Ötzi 🩹", "date_of_birth": BORN, "telephone": "", "typed": typed}
    intake = make_sent(**said)
    name, born, telephone, typed = stored(intake, *said)
    head = keys.head_of(keys.newest())
    assert [name[:11], born[:11], telephone, typed[:11]] == [head, head, "", head]
    read = Intake.objects.get(pk=intake.pk)
    assert {field: getattr(read, field) for field in said} == said


def test_the_same_words_are_never_sealed_alike():
    first, second = make_sent(name="Ada"), make_sent(name="Ada")
    assert stored(first, "name") != stored(second, "name")


@pytest.mark.parametrize("changed", ["another row", "another column", "bit", "clear"])
def test_what_was_moved_or_changed_is_refused(changed):
    ada, eve = make_sent(name="Ada", guardian_name="Grace"), make_sent(name="Eve")
    name, guardian = stored(ada, "name", "guardian_name")
    put(
        ada,
        "name",
        {
            "another row": stored(eve, "name")[0],
            "another column": guardian,
            "bit": name[:20] + ("A" if name[20] != "A" else "B") + name[21:],
            "clear": "Ada",
        }[changed],
    )
    read = Intake.objects.get(pk=ada.pk)
    assert read.guardian_name == "Grace"
    with pytest.raises(keys.Unreadable, match=r"^consultations_intake\.name:"):
        _ = read.name


def test_a_former_key_opens_and_the_newest_seals(settings):
    former, *_rest = settings.DATA_KEYS
    ada = make_sent(name="Ada")
    settings.DATA_KEYS = ["new" * 20, former]
    eve = make_sent(name="Eve")
    settings.DATA_KEYS = ["new" * 20]
    assert Intake.objects.get(pk=eve.pk).name == "Eve"
    with pytest.raises(keys.Unreadable, match="not sealed with a key of DATA_KEYS"):
        _ = Intake.objects.get(pk=ada.pk).name
    settings.DATA_KEYS = ["new" * 20, former]
    read = Intake.objects.get(pk=ada.pk)
    assert read.name == "Ada"
    read.save()
    settings.DATA_KEYS = ["new" * 20]
    assert Intake.objects.get(pk=ada.pk).name == "Ada"


def test_values_and_update_do_not_pass_by_the_row():
    intake = make_sent(name="Ada")
    with pytest.raises(FieldError), transaction.atomic():
        Intake.objects.filter(pk=intake.pk).update(name="Eve")
    Intake.objects.filter(pk=intake.pk).update(name="", date_of_birth=None)
    assert Intake.objects.get(pk=intake.pk).name == ""
    intake.save()
    read = Intake.objects.values("name").get()["name"]
    assert "Ada" not in repr(read)
    with pytest.raises(TypeError):
        str(read)


def test_many_rows_are_sealed_at_once():
    first, second, *_rest = make_plan().decisions.all()
    first.reason, second.reason = "A doctor has cleared it", ""
    Decision.objects.bulk_update([first, second], ["reason", "seconds"])
    assert first.reason == "A doctor has cleared it"
    assert "doctor" not in stored(first, "reason")[0]
    reasons = [Decision.objects.get(pk=each.pk).reason for each in (first, second)]
    assert reasons == ["A doctor has cleared it", ""]


def test_a_row_that_loads_few_columns_opens_them_without_a_query(
    django_assert_num_queries,
):
    make_sent(name="Ada")
    with django_assert_num_queries(1):
        assert Intake.objects.only("row_key", "name").get().name == "Ada"
