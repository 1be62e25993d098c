"""How long what was sent is kept: it goes in time, and its patient reads when."""

from datetime import timedelta

import pytest
from django.core.files.storage import default_storage
from django.core.management import call_command
from django.utils import timezone
from django.utils.formats import date_format

from consultations import periods, retention
from consultations.intake import withdrawal
from consultations.models import Intake, IntakeStatus, Photo, Plan
from consultations.review import workflow
from scarclinic.staff.models import Event
from tests.consultations.deciding import make_plan, sign_off
from tests.consultations.factories import make_clinician
from tests.consultations.patients import at, holder_of, html_of
from tests.consultations.photos.files import put_photo
from tests.consultations.queueing import make_signed, make_waiting
from tests.consultations.writing import make_intake, run

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)
HOUR = timedelta(hours=1)


@pytest.fixture(autouse=True)
def clinic(settings, tmp_path, monkeypatch):
    settings.MEDIA_ROOT = tmp_path
    # SQLite moves no log inside a transaction, and here a test is one.
    monkeypatch.setattr(retention, "wipe", lambda **_how: True)
    settings.DRAFT_DAYS, settings.SENT_DAYS = 14, 365
    settings.WITHDRAWN_DAYS, settings.CLOSED_DAYS = 30, 3652


@pytest.fixture
def clara(db):
    return make_clinician()


def made_ago(age, make=make_waiting, **fields):
    """Make a plan of an intake with which nothing has happened for so long."""
    then = timezone.now() - age
    intake = fields.pop("intake", {}) | {"submitted_at": then, "touched_at": then}
    return make(intake=intake, **{"waiting_since": then} | fields)


def left():
    return set(Plan.objects.all())


@pytest.mark.parametrize(
    ("status", "days"), [(IntakeStatus.SUBMITTED, 365), (IntakeStatus.WITHDRAWN, 30)]
)
def test_what_has_no_signed_plan_goes_after_its_days_and_not_before(status, days):
    made_ago(days * DAY, intake={"status": status})
    kept = made_ago(days * DAY - HOUR, intake={"status": status})
    run("prune")
    assert left() == {kept}


@pytest.mark.parametrize("status", [IntakeStatus.SUBMITTED, IntakeStatus.WITHDRAWN])
def test_a_case_with_a_signed_plan_goes_after_ten_years(clara, status):
    of_case = {"by": clara, "make": make_signed, "intake": {"status": status}}
    made_ago(4000 * DAY, days_ago=3652, **of_case)
    kept = made_ago(4000 * DAY, days_ago=3651, **of_case)
    run("prune")
    assert left() == {kept}


def test_whatever_happens_keeps_it_for_longer(clara):
    old = timezone.now() - 400 * DAY
    plan = make_plan()
    sign_off(plan, clara)
    workflow.amend(plan.intake.plans.get(), by=clara)
    Intake.objects.update(submitted_at=old, touched_at=old)
    Plan.objects.update(waiting_since=old)
    for model, path, moment in periods.HAPPENINGS:
        if not model.objects.filter(**{f"{moment}__isnull": False}).exists():
            continue
        rows = model.objects.filter(**{f"{moment}__isnull": False})
        now = timezone.now()
        rows.update(**{moment: now})
        found = periods._sent().get(pk=plan.intake_id)
        assert found.last_at == now, (model, moment, path)


def test_a_question_asked_keeps_it_for_longer(clara):
    plan = made_ago(365 * DAY)
    question = workflow.ask(plan, "Since when?", [], by=clara)
    assert periods._sent().get(pk=plan.intake_id).last_at == question.asked_at


def test_withdrawing_begins_the_days_anew():
    plan = made_ago(300 * DAY)
    withdrawal.withdraw(plan.intake)
    run("prune")
    assert left() == {plan}
    assert periods.kept_until(plan.intake) == timezone.localdate() + 30 * DAY


def test_a_case_goes_whole_and_leaves_a_line_that_names_nobody(
    clara, django_capture_on_commit_callbacks
):
    plan = make_plan(scars=2)
    put_photo(plan.intake.scars.first())
    sign_off(plan, clara)
    workflow.amend(plan.intake.plans.get(), by=clara)
    old = timezone.now() - 9000 * DAY
    Intake.objects.update(submitted_at=old, touched_at=old)
    for model, _path, moment in periods.HAPPENINGS:
        model.objects.filter(**{f"{moment}__isnull": False}).update(**{moment: old})
    with django_capture_on_commit_callbacks(execute=True):
        assert "Cases deleted: 1" in run("prune")
    assert (left(), list(Intake.objects.all())) == (set(), [])
    assert default_storage.listdir(Photo.FOLDER) == ([], [])
    event = Event.objects.get(action="intake_expired")
    assert (event.by, event.case_id) == (None, plan.intake_id)
    assert holder_of(plan.link).get(plan.link).status_code == 404


def test_one_with_which_something_happens_meanwhile_stays(monkeypatch):
    for _each in range(2):
        made_ago(400 * DAY)
    remove = retention.removal.remove

    def touch_the_other(intake):
        Plan.objects.exclude(intake=intake).update(waiting_since=timezone.now())
        remove(intake)

    monkeypatch.setattr(retention.removal, "remove", touch_the_other)
    assert "Cases deleted: 1" in run("prune")


# Told before


def test_a_preview_counts_and_deletes_nothing(clara, settings, capsys):
    settings.LEDGER_DAYS = 90
    now = timezone.now()
    for age in (15, 14, 10, 10, 3):
        make_intake(touched_at=now - age * DAY)
    for age in (400, 300):
        made_ago(age * DAY)
    made_ago(31 * DAY, intake={"status": IntakeStatus.WITHDRAWN})
    made_ago(100 * DAY, make_signed, by=clara, days_ago=52)
    before = Intake.objects.count()
    call_command("prune", "--preview")
    today = timezone.localdate()
    event = timezone.localdate(Event.objects.earliest("at").at + 90 * DAY)
    assert capsys.readouterr().out.splitlines() == [
        f"Drafts: 2 now; next 2 on {today + 4 * DAY}",
        "Withdrawn without a signed plan: 1 now",
        f"Sent, without a signed plan: 1 now; next 1 on {today + 65 * DAY}",
        f"Cases with a signed plan: 0 now; next 1 on {today + 3600 * DAY}",
        f"Events of the ledger: 0 now; next {Event.objects.count()} on {event}",
        "Photos that go: 0 of 0 (0 %)",
    ]
    assert Intake.objects.count() == before


def test_a_patient_reads_until_when_all_is_kept(clara):
    plan = make_plan()
    page = at(plan.link, "own_data")

    def told(days):
        day = date_format(timezone.localdate() + days * DAY, "j F Y")
        html = html_of(holder_of(plan.link).get(page))
        return html.count(f"<p>We keep all this until {day}, longer only if ")

    assert told(365) == 1
    sign_off(plan, clara)
    assert told(3652) == 1


def test_a_draft_is_kept_for_its_days():
    intake = make_intake()
    assert periods.kept_until(intake) == timezone.localdate() + 14 * DAY
