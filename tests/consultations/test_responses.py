"""A patient says to each treatment of a plan: yes, not now, or a question."""

import pytest

from consultations.care import messages as care
from consultations.models import Message, Plan, Response
from consultations.review import workflow
from scarclinic.staff.models import Event
from tests.consultations.deciding import card_of, desk, make_plan, sign_off
from tests.consultations.factories import make_clinician
from tests.consultations.patients import at, birthday, holder_of, html_of
from tests.consultations.queueing import queue_of, rows_of
from tests.consultations.test_messages import form_on, fresh, typed_on

pytestmark = pytest.mark.django_db


@pytest.fixture
def clara(db):
    return make_clinician()


@pytest.fixture
def staff(client, clara):
    client.force_login(clara)
    return client


@pytest.fixture
def plan(clara):
    plan = make_plan()
    link = plan.link
    plan = sign_off(plan, clara, microneedling="include", subcision="include")
    plan.link = link
    return plan


@pytest.fixture
def patient(plan):
    return holder_of(plan.link)


def named(plan, **said):
    """Return the inputs {answer-1: ...} of treatments by slug; a tuple has a question."""
    typed = {}
    for slug, answer in said.items():
        pk = card_of(plan, slug).decision.pk
        answer, question = answer if isinstance(answer, tuple) else (answer, "")
        typed |= {f"answer-{pk}": answer, f"question-{pk}": question}
    return typed


def say(patient, plan, *, key=None, **said):
    typed = named(plan, **said)
    typed["key"] = key or form_on(patient, plan.link)["key"]
    response = patient.post(at(plan.link, "respond", plan.version), typed)
    assert response.status_code == 302
    return html_of(patient.get(response["Location"]))


def test_each_treatment_is_answered_and_staff_see_it(plan, patient, staff):
    html = html_of(patient.get(plan.link))
    assert "Would you like this?" in html
    html = say(patient, plan, subcision="yes", microneedling="not_now")
    assert "Thank you: we have your answer." in html
    assert "Change my answer" in html
    assert queue_of(staff) == queue_of(staff, state="with_responses") == [plan]
    assert rows_of(staff)[0]["state"] == "The patient has answered the plan"
    html = html_of(staff.get(desk(plan)))
    assert "(subcision): <strong>Yes" in html
    assert "Microneedling: <strong>Not now" in html
    assert Event.objects.filter(action="plan_responded").count() == 1
    assert (
        staff.post(desk(plan), typed_on(staff, plan, _noted="yes")).status_code == 302
    )
    assert queue_of(staff) == []


def test_an_answer_can_be_changed_and_said_twice_it_is_one(plan, patient, staff, clara):
    for answer in ("yes", "yes", "not_now"):
        say(patient, plan, subcision=answer)
    assert Event.objects.filter(action="plan_responded").count() == 2
    assert [each.answer for each in Response.objects.all()] == ["not_now"]
    form = patient.get(plan.link).context["responses"]
    pk = card_of(plan, "subcision").decision.pk
    assert form[f"answer-{pk}"].value() == "not_now"


def test_a_question_becomes_a_message_about_its_treatment(plan, patient, staff):
    key = form_on(patient, plan.link)["key"]
    for _press in range(2):
        say(patient, plan, key=key, subcision=("question", "Does it hurt?"))
    message = Message.objects.get()
    assert (message.text, message.about) == (
        "Does it hurt?",
        "Releasing a scar from below (subcision)",
    )
    assert fresh(plan).has_message
    assert "About: Releasing" in html_of(staff.get(desk(plan)))
    assert "Does it hurt?" in html_of(patient.get(at(plan.link, "messages")))


def test_nothing_typed_is_lost_after_an_error(plan, patient):
    html = say(patient, plan, subcision=("question", ""), microneedling="yes")
    assert "Error:" in html
    assert "Write your question about" in html
    html = say(patient, plan, subcision=("yes", "Does it hurt?"))
    assert "choose “I have a question”" in html
    assert "Does it hurt?</textarea>" in html
    assert Response.objects.count() == 0
    html = say(patient, plan, subcision=("question", "Does it hurt?"))
    assert "Error:" not in html
    assert Message.objects.count() == 1
    assert "Answer one treatment" in say(patient, plan, subcision="")


def test_what_comes_after_the_date_of_birth_is_asked_anew_is_kept(plan, patient):
    form = form_on(patient, plan.link)
    patient.cookies.clear()
    typed = named(plan, subcision=("question", "Does it hurt?")) | form
    assert patient.post(at(plan.link, "respond", 1), typed).status_code == 302
    assert Response.objects.count() == 0
    patient.post(plan.link, birthday(plan.intake))
    assert "Does it hurt?</textarea>" in html_of(patient.get(plan.link))


def test_a_new_version_asks_anew_and_an_old_page_is_not_taken(
    plan, patient, staff, clara
):
    say(patient, plan, subcision="yes")
    amended = workflow.amend(fresh(plan), by=clara)
    assert "(subcision): <strong>Yes" in html_of(staff.get(desk(amended)))
    key = form_on(patient, plan.link)["key"]
    second = sign_off(amended, clara, subcision="include")
    assert not second.has_response
    said = {"subcision": ("question", "And the price?")}
    html = say(patient, plan, key=key, **said)
    assert "Your plan is new since you wrote this" in html
    assert "And the price?" in html
    assert "Would you like this?" in html
    assert Message.objects.count() == 0
    assert queue_of(staff) == []


def test_a_plan_without_a_treatment_and_a_withdrawn_one_ask_nothing(clara):
    plan = make_plan()
    link = plan.link
    plan = sign_off(plan, clara, note="Nothing is needed.")
    patient = holder_of(link)
    assert "Would you like this?" not in html_of(patient.get(link))
    other = make_plan()
    link, other = other.link, sign_off(other, clara, subcision="include")
    other.link, patient = link, holder_of(link)
    typed = named(other, subcision="yes")
    patient.post(at(link, "withdraw"))
    patient.post(at(link, "respond", 1), typed)
    assert Response.objects.count() == 0


def test_crisis_words_of_a_question_are_heard_even_if_it_is_not_taken(plan, patient):
    html = say(patient, plan, subcision=("yes", "I want to kill myself."))
    assert "Somebody listens now" in html
    assert fresh(plan).has_crisis_words


def test_what_was_said_is_in_the_download_and_goes_with_an_erasure(
    plan, patient, clara
):
    say(patient, plan, subcision="yes")
    html = html_of(patient.get(at(plan.link, "data_document")))
    assert "What you said to your plan" in html
    assert b"plan-1.json" in b"".join(patient.get(at(plan.link, "export")))


def test_the_private_page_costs_no_query_more_for_answers(
    plan, patient, clara, count_queries
):
    empty = make_plan()
    sign_off(empty, clara, note="Nothing is needed.")
    without = count_queries(holder_of(empty.link), empty.link)
    assert count_queries(patient, plan.link) == without
    say(patient, plan, subcision="yes")
    assert count_queries(patient, plan.link) == without


def test_two_answers_at_once_keep_the_desk_whole(plan, patient, staff, clara):
    say(patient, plan, subcision=("question", "One?"))
    seen = Message.objects.get().pk
    say(patient, plan, microneedling=("question", "Two?"))
    care.note(plan.intake, seen=seen, by=clara)
    plan = Plan.objects.get(pk=plan.pk)
    assert (plan.has_message, plan.has_response) == (True, False)
