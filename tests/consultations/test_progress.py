"""How far the clinic is with an intake, as its patient reads it."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from consultations.intake import withdrawal
from consultations.models import ConsentPurpose, Intake, Reading
from consultations.review import documents, workflow
from methods.models import Clinic
from methods.publishing import editions
from tests.consultations.deciding import make_plan, sign_off
from tests.consultations.factories import make_clinician
from tests.consultations.patients import agree, at, heading, holder_of, html_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def clara(db):
    return make_clinician()


@pytest.fixture
def telephone(db):
    Clinic.objects.update(telephone="020 7946 0999")
    editions.renew()


def current_stages(response):
    """Return what the list of stages marks as the current one."""
    parts = html_of(response).split('<li aria-current="step">')[1:]
    return [part.partition(" <span")[0] for part in parts]


def promise(intake, days):
    day = timezone.localdate() + timedelta(days=days)
    Intake.objects.filter(pk=intake.pk).update(promised_on=day)
    return day


def test_what_nobody_has_opened_is_received():
    plan = make_plan()
    promise(plan.intake, 3)
    response = holder_of(plan.link).get(plan.link)
    assert current_stages(response) == ["We have your answers"]


@pytest.mark.parametrize("sign", ["claimed", "opened", "edited", "first look"])
def test_what_a_clinician_has_begun_with_is_being_read(clara, sign):
    plan = make_plan()
    if sign == "claimed":
        plan.claimed_by = clara
    elif sign == "opened":
        Reading.objects.create(plan=plan, user=clara, seen_at=timezone.now())
    elif sign == "edited":
        plan.edits = 1
    else:
        plan.first_look_by, plan.first_look_at = clara, timezone.now()
    plan.save()
    response = holder_of(plan.link).get(plan.link)
    assert heading(response) == "Your answers are being read"
    assert current_stages(response) == ["A clinician reads them"]


def test_a_question_is_shown_and_leads_to_where_it_is_answered(clara):
    plan = make_plan()
    question = workflow.ask(plan, "When did it <heal>?", [], by=clara)
    response = holder_of(plan.link).get(plan.link)
    assert heading(response) == "We have a question for you"
    assert current_stages(response) == ["We ask you, if something is not clear"]
    assert "<p>When did it &lt;heal&gt;?</p>" in response.content.decode()
    assert f'href="{at(plan.link, "question", question.pk)}"' in html_of(response)


def test_a_signed_plan_is_shown_in_full(clara):
    plan = make_plan()
    sign_off(plan, clara, note="Rest well.", subcision="include")
    response = holder_of(plan.link).get(plan.link)
    assert heading(response) == "Your plan"
    assert "<p>Rest well.</p>" in html_of(response)
    for name in ("answers", "own_data"):
        assert f'href="{at(plan.link, name)}"' in html_of(response)


def test_an_older_version_of_the_plan_stays_readable(clara):
    plan = make_plan()
    first = sign_off(plan, clara, note="First words.")
    second = workflow.amend(first, by=clara)
    client = holder_of(plan.link)
    assert "First words." in html_of(client.get(plan.link))
    assert client.get(at(plan.link, "plan", 2)).status_code == 404
    sign_off(second, clara, note="Second words.")
    newest = html_of(client.get(plan.link))
    assert ("Second words." in newest, "First words." in newest) == (True, False)
    older = at(plan.link, "plan", 1)
    assert newest.count(f'href="{older}"') == 1
    assert "First words." in html_of(client.get(older))


def test_a_question_about_an_amendment_stands_above_the_signed_plan(clara):
    plan = make_plan()
    second = workflow.amend(sign_off(plan, clara), by=clara)
    workflow.ask(second, "One more thing?", [], by=clara)
    html = html_of(holder_of(plan.link).get(plan.link))
    assert html.index("We have a question for you") < html.index("<h1>")
    assert "<p>One more thing?</p>" in html


def test_the_page_says_by_when_there_is_an_answer():
    plan = make_plan()
    day = promise(plan.intake, 3)
    html = html_of(holder_of(plan.link).get(plan.link))
    assert f"You have our answer by {day:%A} {day.day} {day:%B}." in html


def test_it_is_no_longer_late_on_the_promised_day_itself(telephone):
    plan = make_plan()
    promise(plan.intake, 0)
    html = html_of(holder_of(plan.link).get(plan.link))
    assert "You have our answer by" in html
    assert "we are sorry" not in html


def test_a_promise_that_was_not_kept_is_admitted_with_the_telephone(telephone):
    plan = make_plan()
    day = promise(plan.intake, -1)
    html = html_of(holder_of(plan.link).get(plan.link))
    told = f"We said that we would answer by {day:%A} {day.day} {day:%B}. We have not, and we are sorry."
    assert told in html
    assert '<a href="tel:02079460999">' in html
    assert "You have our answer by" not in html


def test_while_the_patient_is_asked_the_clinic_is_not_late(clara):
    plan = make_plan()
    promise(plan.intake, -1)
    workflow.ask(plan, "When?", [], by=clara)
    html = html_of(holder_of(plan.link).get(plan.link))
    assert "we are sorry" not in html
    assert "We wait for your answer." in html


def test_a_red_flag_still_says_what_to_do_first():
    plan = make_plan(rf_ulcer="yes")
    html = html_of(holder_of(plan.link).get(plan.link))
    assert "Please contact a doctor this week" in html
    assert "We call you. Please do what is said above" in html


def test_a_photo_can_be_added_only_where_that_was_agreed_to():
    plan = make_plan()
    client = holder_of(plan.link)
    link = f'href="{at(plan.link, "add_photo")}"'
    agree(plan.intake)
    assert link not in html_of(client.get(plan.link))
    agree(plan.intake, ConsentPurpose.PHOTOS)
    assert link in html_of(client.get(plan.link))
    withdrawal.withdraw(plan.intake)
    assert link not in html_of(client.get(plan.link))


def test_a_photo_may_be_added_after_the_signature_until_all_is_withdrawn(clara):
    plan = make_plan()
    client = holder_of(plan.link)
    agree(plan.intake, ConsentPurpose.PHOTOS)
    link = f'href="{at(plan.link, "add_photo")}"'
    sign_off(plan, clara)
    assert link in html_of(client.get(plan.link))
    withdrawal.withdraw(plan.intake)
    assert link not in html_of(client.get(plan.link))


def test_the_answers_are_there_to_print_with_reference_and_address(clara):
    Clinic.objects.update(street="1 Needle Lane", town="London")
    editions.renew()
    plan = make_plan(name="Ada <b>Okafor</b>")
    html = holder_of(plan.link).get(at(plan.link, "answers")).content.decode()
    assert "Ada &lt;b&gt;Okafor&lt;/b&gt;" in html
    assert plan.intake.reference in html
    assert "1 Needle Lane" in html


@pytest.mark.parametrize(
    ("page", "pdf", "args"),
    [("answers", "answers_pdf", []), ("plan_document", "plan_pdf", [1])],
)
def test_answers_and_plan_are_there_as_a_document_for_their_patient(
    clara, page, pdf, args
):
    plan = make_plan()
    sign_off(plan, clara)
    client = holder_of(plan.link)
    assert plan.intake.reference in html_of(client.get(at(plan.link, page, *args)))
    response = client.get(at(plan.link, pdf, *args))
    expected = "application/pdf" if documents.can_make_pdf() else "text/html"
    assert response["Content-Type"].startswith(expected)
    stranger = Client().get(at(plan.link, pdf, *args))
    assert stranger["Location"] == plan.link


def test_the_pages_cost_the_same_for_one_and_for_three(clara):
    def make(count):
        plan = make_plan(scars=count)
        agree(plan.intake, *ConsentPurpose)
        asked = [workflow.ask(plan, f"{n}?", [], by=clara) for n in range(count)]
        return plan, asked[0]

    def cost(plan, question):
        client, costs = holder_of(plan.link), []
        urls = [plan.link, at(plan.link, "answers"), at(plan.link, "own_data")]
        for url in [*urls, at(plan.link, "question", question.pk)]:
            with CaptureQueriesContext(connection) as queries:
                assert client.get(url).status_code == 200
            costs.append(len(queries))
        return costs

    one, three = make(1), make(3)
    cost(*one)
    assert cost(*three) == cost(*one)
