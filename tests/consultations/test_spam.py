"""What no person has sent goes in one press, and so does the doubt about a person."""

import pytest
from django.core import mail
from django.core.files.storage import default_storage
from django.utils import timezone

from consultations.letters import outbox
from consultations.models import Intake, Letter, LetterKind, Photo, Plan, Tombstone
from consultations.review import safeguarding, spam, workflow
from scarclinic.staff.models import Event
from tests.consultations.deciding import QUEUE, desk, make_plan, sign_off
from tests.consultations.factories import CHECK, fill_in, make_clinician
from tests.consultations.photos.files import put_photo
from tests.consultations.queueing import column_of, make_waiting

pytestmark = pytest.mark.django_db

PRESS = {"_spam": "yes"}
SUSPECTED = {"is_suspected": True}
ROLES = ["Cosmetologist", "Administrator"]


@pytest.fixture(autouse=True)
def storage(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path / "media"
    settings.TOMBSTONES = tmp_path / "tombstones"


def suspected():
    """Make a plan of an intake that is perhaps not from a person."""
    plan = make_plan()
    Intake.objects.filter(pk=plan.intake_id).update(is_suspected=True)
    return Plan.objects.get(pk=plan.pk)


def told(response):
    return [str(message) for message in response.context["messages"]]


@pytest.mark.parametrize("role", ROLES)
def test_one_press_deletes_it_with_all_that_hangs_on_it(
    client_of, role, django_capture_on_commit_callbacks
):
    client, plan, other = client_of(role), suspected(), make_plan()
    outbox.write(plan.intake, LetterKind.LINK, key="link")
    put_photo(plan.intake.scars.get())
    assert client.get(desk(plan)).content.decode().count('name="_spam"') == 1
    with django_capture_on_commit_callbacks(execute=True):
        response = client.post(desk(plan), PRESS, follow=True)
    assert response.redirect_chain == [(QUEUE, 302)]
    assert told(response) == ["Deleted, for good."]
    assert list(Plan.objects.all()) == [other]
    assert list(Intake.objects.all()) == [other.intake]
    assert default_storage.listdir(Photo.FOLDER) == ([], [])
    assert not Letter.objects.filter(intake=plan.intake_id).exists()
    event = Event.objects.get(action="spam_deleted")
    assert (event.case_id, event.by.username) == (plan.intake_id, role.lower())
    assert Tombstone.objects.get().kind == "spam"


@pytest.mark.parametrize("role", ROLES)
def test_several_go_at_once_from_the_queue_and_what_may_not_go_stays(client_of, role):
    client = client_of(role)
    plans = [make_waiting(intake=SUSPECTED) for _each in range(3)]
    person = make_waiting()
    taken = make_waiting(intake=SUSPECTED, claimed_by=make_clinician())
    chosen = [plan.pk for plan in (*plans, person, taken)]
    typed = {"action": "delete_spam", "_selected_action": chosen}
    response = client.post(QUEUE, typed, follow=True)
    assert set(Plan.objects.all()) == {person, taken}
    assert set(told(response)) == {
        "Deleted, for good: 3.",
        f"{person}: Only what is perhaps not from a person can be deleted.",
        f"{taken}: Clara Weiss has claimed this plan.",
    }
    assert Event.objects.filter(action="spam_deleted").count() == 3


def test_what_a_person_has_sent_stays(client_of):
    client, plan = client_of("Cosmetologist"), make_plan()
    assert client.get(desk(plan)).content.decode().count('name="_spam"') == 0
    response = client.post(desk(plan), PRESS)
    assert told(response) == ["Only what is perhaps not from a person can be deleted."]
    assert Plan.objects.get() == plan


def test_what_somebody_has_signed_or_claimed_stays():
    clara, plan = make_clinician(), suspected()
    workflow.claim(plan, by=clara)
    with pytest.raises(workflow.NotAllowed, match="Clara Weiss has claimed this plan"):
        spam.delete(plan.intake, by=clara)
    workflow.release(plan, by=clara)
    sign_off(plan, clara)
    with pytest.raises(workflow.NotAllowed, match="A plan is signed"):
        spam.delete(plan.intake, by=clara)
    workflow.amend(Plan.objects.get(), by=clara)
    with pytest.raises(workflow.NotAllowed, match="A plan is signed"):
        spam.delete(plan.intake, by=clara)
    assert Intake.objects.get() == plan.intake


def test_what_may_be_about_somebodys_safety_stays():
    clara = make_clinician()
    plans = [
        make_waiting(intake=SUSPECTED, has_crisis_words=True),
        make_waiting(intake=SUSPECTED, is_flagged=True),
        make_waiting(intake=SUSPECTED),
    ]
    safeguarding.note(plans[2].intake, "A worry.", by=clara)
    for plan in plans:
        with pytest.raises(workflow.NotAllowed, match="say first that a person"):
            spam.delete(plan.intake, by=clara)
    assert Intake.objects.count() == 3


def test_a_suspected_draft_stays():
    intake, _token = Intake.objects.begin()
    Intake.objects.update(is_suspected=True)
    with pytest.raises(workflow.NotAllowed, match="Only what is perhaps not"):
        spam.delete(intake, by=make_clinician())


def test_the_front_desk_deletes_none(client_of):
    client, plan = client_of("Front desk"), suspected()
    assert client.get(desk(plan)).content.decode().count('name="_spam"') == 0
    assert client.post(desk(plan), PRESS).status_code == 403
    typed = {"action": "delete_spam", "_selected_action": [plan.pk]}
    client.post(QUEUE, typed)
    assert Plan.objects.get() == plan


def test_a_front_desk_that_was_given_the_right_has_the_button(client_of):
    client, plan = client_of("Front desk"), suspected()
    group = client.get(QUEUE).wsgi_request.user.groups.get()
    cosmetologist = group.__class__.objects.get(name="Cosmetologist")
    group.permissions.add(cosmetologist.permissions.get(codename="delete_spam"))
    assert client.get(desk(plan)).content.decode().count('name="_spam"') == 1
    response = client.post(desk(plan), PRESS, follow=True)
    assert told(response) == ["Deleted, for good."]
    assert not Intake.objects.exists()


# A person after all


def test_who_filled_the_trap_is_sent_whole_and_hears_of_us_after_one_press(
    client_of, settings
):
    """A browser's password manager fills in fields that nobody sees."""
    settings.SITE_URL = "https://clinic.example"
    patient = fill_in()
    patient.post(CHECK, {"website": "https://clinic.example", "opened": ""})
    plan = Plan.objects.get()
    assert plan.decisions.exists()
    desk_client, front = client_of("Cosmetologist"), client_of("Front desk")
    [letter] = Letter.objects.all()
    assert outbox.send_due(timezone.now()) == {}
    assert column_of(front, "state") == [
        "To be reviewed; may be a robot: nothing is sent to them until somebody looks"
    ]
    assert "Smoother cheeks" in desk_client.get(desk(plan)).content.decode()
    response = front.post(desk(plan), {"_person": "yes"}, follow=True)
    assert told(response) == ["Noted: a person sent this. What waited is sent."]
    assert outbox.send_due(timezone.now()) == {outbox.Outcome.SENT: 1}
    assert [sent.to for sent in mail.outbox] == [["ada@example.org"]]
    letter.refresh_from_db()
    assert letter.sent_at is not None
    event = Event.objects.get(action="person_confirmed")
    assert (event.case_id, event.by.username) == (plan.intake_id, "front desk")
    page = desk_client.get(desk(plan)).content.decode()
    assert [f'name="_{each}"' in page for each in ("person", "spam")] == [False] * 2


def test_several_are_cleared_at_once_from_the_queue(client_of):
    client = client_of("Front desk")
    plans = [make_waiting(intake=SUSPECTED) for _each in range(2)]
    person = make_waiting()
    chosen = [plan.pk for plan in (*plans, person)]
    typed = {"action": "from_person", "_selected_action": chosen}
    response = client.post(QUEUE, typed, follow=True)
    assert set(told(response)) == {
        "Noted, and what waited is sent: 2.",
        f"{person}: Nobody doubts that a person sent this.",
    }
    assert not Intake.objects.filter(is_suspected=True).exists()


def test_the_queue_is_narrowed_to_what_may_be_a_robot(client_of):
    client = client_of("Front desk")
    make_waiting()
    make_waiting(intake=SUSPECTED)
    assert len(column_of(client, "state", state="suspected")) == 1


def test_the_outbox_says_why_a_letter_waits(client_of):
    client, plan = client_of("Administrator"), suspected()
    outbox.write(plan.intake, LetterKind.LINK, key="link")
    html = client.get("/admin/consultations/letter/?state=waiting").content.decode()
    assert html.count("Waits until somebody says that a person sent the intake.") == 2


def test_a_question_to_who_may_be_a_robot_is_not_called_told(client_of):
    client, plan = client_of("Cosmetologist"), suspected()
    typed = {"edits": plan.edits, "question": "Since when?", "_ask": "yes"}
    response = client.post(desk(plan), typed, follow=True)
    assert (
        "Asked. The message to the patient waits until somebody says that a person sent this."
        in told(response)
    )
