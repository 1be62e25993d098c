"""The front desk checks who calls, notes calls, and corrects how to reach a patient."""

import json
import re
from datetime import date, timedelta
from io import BytesIO
from zipfile import ZipFile

import pytest
from django.contrib.auth.models import Group
from django.core import mail
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from consultations.intake import export, people_search
from consultations.letters import outbox
from consultations.models import Call, Correction, Intake, Letter, LetterKind
from scarclinic.staff.models import Event
from scarclinic.staff.throttle import RATES
from tests.consultations.deciding import QUEUE, desk, make_plan
from tests.consultations.factories import make_clinician
from tests.consultations.patients import birthday, heading, holder_of
from tests.consultations.queueing import column_of, make_waiting, queue_of

pytestmark = pytest.mark.django_db

BORN = date(1986, 5, 14)
SAID = "The date of birth is right."
WRONG = "This is not the date of birth that we have."


@pytest.fixture
def front_desk(client_of):
    return client_of("Front desk")


@pytest.fixture
def plan():
    plan = make_plan()
    plan.intake.date_of_birth = BORN
    plan.intake.save()
    return plan


def test_a_front_desk_guesses_no_birthday_by_searching_for_day_after_day(
    front_desk, client_of, plan
):
    people_search.index(plan.intake)
    visits = reverse("admin:consultations_plan_visits", args=[make_plan().pk])
    day, most = BORN - timedelta(days=30), RATES["people by date of birth"].burst
    guesses = [f"{day + timedelta(days=each):%Y-%m-%d}" for each in range(31)]
    assert [queue_of(front_desk, q=each) for each in guesses] == [[]] * 31
    assert front_desk.post(visits, {"q": guesses[-1]}).context["found"] == []
    assert queue_of(front_desk, q=f"{guesses[-1]} 0123") == []
    searches = Event.objects.filter(action="people_searched").count()
    assert (searches, most) == (33, 20)
    assert queue_of(front_desk, q=plan.intake.reference) == [plan]
    clinician = client_of("Cosmetologist")
    found = [queue_of(clinician, q=guesses[-1]) for _each in range(most + 1)]
    assert found == [[plan]] * (most + 1)


def told(client, plan, **posted):
    """Post to the page of contact; return what it says afterwards."""
    return client.post(desk(plan), posted, follow=True).content.decode()


def check(client, plan, text):
    return told(client, plan, _born="yes", born=text)


def actions(plan):
    events = Event.objects.filter(case_id=plan.intake_id).order_by("pk")
    return [each.action for each in events]


# Who calls


def test_a_caller_is_checked_by_the_date_of_birth_which_nobody_is_shown(
    front_desk, plan
):
    assert SAID in check(front_desk, plan, "14.5.1986")
    page = check(front_desk, plan, "28 March 1986")
    assert WRONG in page
    assert actions(plan)[-4:] == [
        *("caller_checked", "contact_read", "caller_refused", "contact_read"),
    ]
    for shown in ("1986", "14 May", "14.5", "28 March"):
        assert shown not in page
    assert "Type day, month and year" in check(front_desk, plan, "March")


def test_wrong_dates_are_limited_for_everybody_together(front_desk, client, plan):
    for day in range(1, 6):
        assert WRONG in check(front_desk, plan, f"{day}.1.1990")
    assert "Too many wrong dates: try again in 12 minutes." in check(
        front_desk, plan, "14.5.1986"
    )
    client.force_login(make_clinician("clara"))
    page = reverse("admin:consultations_plan_contact", args=[plan.pk])
    response = client.post(page, {"_born": "yes", "born": "14.5.1986"}, follow=True)
    assert "Too many wrong dates" in response.text
    assert actions(plan).count("caller_refused") == 5


def test_right_dates_use_up_no_tries(front_desk, plan):
    for _call in range(8):
        assert SAID in check(front_desk, plan, "14.5.1986")


# Calls


def test_a_call_is_noted_and_the_history_tells_it(front_desk, plan):
    in_a_week = timezone.localdate() + timedelta(days=7)
    page = told(
        front_desk,
        plan,
        _call="yes",
        result="no_answer",
        call_back_on=in_a_week.isoformat(),
        note="The sister answers in the mornings.",
    )
    assert "We called: no answer" in page
    assert "The sister answers in the mornings." in page
    assert "call_noted" in actions(plan)
    day = f"call back on {in_a_week.day} {in_a_week:%B %Y}"
    assert day in page
    assert column_of(front_desk, "state") == [f"To be reviewed; {day}"]
    assert queue_of(front_desk, state="to_call_back") == [plan]
    told(front_desk, plan, _call="yes", result="spoke")
    assert queue_of(front_desk, state="to_call_back") == []
    assert Call.objects.count() == 2


def test_whom_to_call_back_first_stands_first(front_desk):
    today = timezone.localdate()
    plans = [
        make_waiting(intake={"call_back_on": today + timedelta(days=days)})
        for days in (3, 1, 2)
    ]
    make_waiting()
    later, soonest, soon = plans
    assert queue_of(front_desk, state="to_call_back") == [soonest, soon, later]


def test_a_call_without_a_result_or_for_a_day_that_is_over_is_refused(front_desk, plan):
    page = told(
        front_desk, plan, _call="yes", note="Ring twice", call_back_on="1.1.2020"
    )
    assert '<a href="#call-result">Choose what came of the call.</a>' in page
    assert '<a href="#call-call_back_on">Call back today or later.</a>' in page
    assert "Ring twice" in page
    assert not Call.objects.exists()


def test_what_a_clinician_notes_of_a_call_the_front_desk_does_not_read(
    front_desk, client, plan
):
    client.force_login(make_clinician("clara"))
    page = reverse("admin:consultations_plan_contact", args=[plan.pk])
    posted = {"_call": "yes", "result": "spoke", "note": "It itches at night."}
    assert "It itches at night." in client.post(page, posted, follow=True).text
    shown = front_desk.get(desk(plan)).text
    assert "It itches at night." not in shown
    assert "with a note for those who may read answers" in shown


def test_a_patient_downloads_the_calls(front_desk, plan):
    told(front_desk, plan, _call="yes", result="called_us", note="Asks for the way.")
    archive = ZipFile(BytesIO(b"".join(export.of(plan.intake))))
    [call] = json.loads(archive.read("calls.json"))
    assert (call["result"], call["note"], call["by"]) == (
        "They called us",
        "Asks for the way.",
        "front desk",
    )


# Contact


def stands_in(page):
    return re.search(r'name="stands" value="(\w+)"', page)[1]


def contact(page, **changed):
    given = {
        "name": "Ada Okafor",
        "ways": ["email", "call"],
        "email": "ada@example.org",
        "telephone": "020 7946 0123",
        "leave_message": "",
        "call_time": "",
        "ask_for": "",
        "postal_address": "",
    }
    return given | changed | {"stands": stands_in(page), "_contact": "yes"}


def link_sent_to(address):
    """Return the private link in the newest e-mail to an address."""
    outbox.send_due(timezone.now())
    body = [each for each in mail.outbox if each.to == [address]][-1].body
    return re.search(r"/status/[\w-]+/", body)[0]


def test_a_front_desk_that_moves_the_letters_opens_no_link_in_them(
    front_desk, client_of, plan, settings
):
    """It knows the date of birth: whoever may read answers makes the link that opens."""
    settings.SITE_URL = "https://clinic.example"
    patient, born = holder_of(f"/status/{plan.intake.token}/"), birthday(plan.intake)
    page = check(front_desk, plan, "14.5.1986")
    front_desk.post(desk(plan), contact(page, email="eve@mail.example"))
    assert patient.get(f"/status/{plan.intake.token}/answers/").status_code == 200
    front_desk.post(desk(plan), {"_link": "yes"})
    link, eve = link_sent_to("eve@mail.example"), Client()
    response = eve.post(link, born)
    assert (response.status_code, heading(response)) == (403, "Please call us")
    assert eve.get(f"{link}answers/").status_code == 302
    client_of("Cosmetologist").post(desk(plan), {"_link": "yes"})
    link = link_sent_to("eve@mail.example")
    assert eve.post(link, born)["Location"] == link
    assert eve.get(f"{link}answers/").status_code == 200


def test_contact_is_corrected_only_after_the_caller_was_checked(front_desk, plan):
    page = front_desk.get(desk(plan)).text
    assert "check the caller’s date of birth first" in page
    assert "_contact" not in page
    page = told(front_desk, plan, _contact="yes", name="Eve", stands="x")
    assert "Check the caller’s date of birth first." in page
    assert Intake.objects.get().name == "Ada Okafor"


def test_a_correction_has_the_consequences_of_the_patient_s_own(front_desk, plan):
    Letter.objects.update(sent_at=timezone.now())
    page = check(front_desk, plan, "14.5.1986")
    posted = contact(
        page,
        name="Ada Lovelace",
        email="ada@elsewhere.example",
        ways=["email", "call", "letter"],
        postal_address="1 Example Street",
    )
    page = told(front_desk, plan, **posted)
    assert "Corrected: letters go there from now on." in page
    intake = Intake.objects.get()
    assert (intake.name, intake.email, intake.postal_address) == (
        "Ada Lovelace",
        "ada@elsewhere.example",
        "1 Example Street",
    )
    [found] = people_search.matching("lovelace")
    assert found == intake
    assert list(people_search.matching("ada@example.org")) == []
    [correction] = Correction.objects.all()
    assert correction.is_of_contact
    assert correction.by.username == "front desk"
    assert "contact_mended" in actions(plan)
    [moved] = Letter.objects.filter(kind=LetterKind.MOVED)
    assert moved.to == "ada@example.org"
    assert "Changed by front desk on" in page
    plan.refresh_from_db()
    assert not plan.has_correction


def test_a_correction_passes_the_gate_of_the_patient_s_own_page(front_desk, plan):
    page = check(front_desk, plan, "14.5.1986")
    page = told(
        front_desk,
        plan,
        **contact(page, email="ada@", telephone="12", name="", ways=["letter"]),
    )
    assert "Not saved yet" in page
    for name in ("name", "email", "telephone", "postal_address"):
        assert f'<a href="#contact-{name}">' in page
    assert 'value="ada@"' in page
    assert '<label for="contact-email">E-mail</label>' in page
    assert Intake.objects.get().email == "ada@example.org"


def test_who_was_quicker_is_not_overwritten(front_desk, plan):
    page = check(front_desk, plan, "14.5.1986")
    Intake.objects.update(call_time="evening")
    page = told(front_desk, plan, **contact(page, telephone="020 7946 0999"))
    assert "Somebody has changed this meanwhile" in page
    assert Intake.objects.get().telephone == "020 7946 0123"


# Who may


def test_nobody_without_the_right_checks_notes_or_corrects(front_desk, plan):
    group = Group.objects.get(name="Front desk")
    rights = ("add_call", "correct_contact", "add_sameperson")
    group.permissions.remove(*group.permissions.filter(codename__in=rights))
    for button in ("_born", "_call", "_contact"):
        assert front_desk.post(desk(plan), {button: "yes"}).status_code == 403
    page = front_desk.get(desk(plan)).text
    assert "On the telephone" not in page
    assert "Link what the same person has sent" not in page


def test_the_page_costs_the_same_for_one_call_and_for_many(
    front_desk, plan, count_queries
):
    told(front_desk, plan, _call="yes", result="spoke")
    for_one = count_queries(front_desk, desk(plan))
    for _call in range(4):
        told(front_desk, plan, _call="yes", result="spoke")
    assert count_queries(front_desk, desk(plan)) == for_one
    assert for_one <= 25


def test_the_desk_leads_to_the_page_of_contact(client, plan):
    client.force_login(make_clinician("clara"))
    link = reverse("admin:consultations_plan_contact", args=[plan.pk])
    assert f'href="{link}"' in client.get(desk(plan)).text
    assert client.get(f"{QUEUE}{plan.pk}/contact/").status_code == 200
