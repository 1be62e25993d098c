"""What sounds like a crisis is read first, and who listens is shown at once."""

import re
from html import unescape

import pytest
from django.test import Client
from django.utils import timezone

from consultations.intake import crisis
from consultations.models import Card, Intake, Plan
from consultations.review import business_hours, workflow
from methods.models import Clinic
from methods.publishing import editions
from tests.consultations.deciding import desk, make_plan
from tests.consultations.factories import (
    CHECK,
    answer,
    begin,
    make_clinician,
    page,
    send_intake,
    token_held,
)
from tests.consultations.queueing import (
    column_of,
    make_waiting,
    queue_of,
)

SOMEBODY = "Samaritans: 116 123"
SAD = "I would like to look like before. Some days I do not want to live any more."


def text_of(response):
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", response.text)).split())


@pytest.fixture
def who_listens(db):
    Clinic.objects.update(emergency_number="999", support_line=SOMEBODY)
    editions.renew()


# Words


@pytest.mark.parametrize(
    "text",
    [
        "I want to kill myself",
        "Sometimes I think of suicide.",
        "I’m suicidal since the accident",
        "I SELF-HARM",
        "i want so much to die",
        "It would be better if I were dead, I wish I was dead",
        "I can't go on like this",
        "everybody would be better off dead without me",
        "I have started cutting myself again",
        "The urge to cut comes back",
        # Also what is said with "not", of the past or of others: a person looks.
        "I do not want to kill myself",
        "Ten years ago I took an overdose",
        "My sister's suicide left me alone",
        # Mistyped, in other alphabets' letters, and with accents.
        "thinking about suicde",
        "ｋｉｌｌ ｍｙｓｅｌｆ",
        "Ich denke an Suizid",
        "думаю про суицид",
        "kíll mysélf",
        "line one\r\nI want to end my life\r\nline three",
    ],
)
def test_it_is_heard_in_a_sentence(text):
    assert crisis.passages([text]) != []


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Smoother cheeks",
        "I was cutting my hair and burnt my ear",
        "I want to start cutting vegetables without pain",
        "She started cutting my hair again",
        "I would die for smooth skin",
        "The colour of the dye did not go",
        "I killed time with creams. I did it by myself.",
        "A razor cut me when shaving",
        "My wife wants me to live with it",
        "The end of my scar. Life is good.",
        "I want to hide it",
        "I want it to disappear",
        "I want the swelling to die down",
        "I cannot go on holiday with it",
        "I cut my wrist on glass as a child",
    ],
)
def test_what_only_looks_alike_is_none(text):
    assert crisis.passages([text]) == []


def test_the_passage_is_the_sentence_and_no_more():
    said = "It itches. I want to die! Please help."
    assert crisis.passages([said, said]) == ["I want to die!"]


def test_a_long_text_is_read_quickly():
    begun = timezone.now()
    crisis.passages(["I would like it to be smoother than it was before " * 40])
    assert (timezone.now() - begun).total_seconds() < 1


# At once, to the patient


@pytest.mark.django_db
def test_who_listens_is_on_the_next_page_and_nothing_is_held_back(who_listens):
    client = begin()
    response = answer(client, "wishes", wish=SAD)
    assert response.status_code == 302
    following = text_of(client.get(response["Location"]))
    assert "Somebody listens now" in following
    assert SOMEBODY in following
    assert "In danger: 999" in following
    assert "Somebody listens now" in text_of(client.get(CHECK))
    answer(client, "wishes", wish="Smoother cheeks")
    assert "Somebody listens now" not in text_of(client.get(page("you")))


@pytest.mark.django_db
def test_also_a_page_with_a_fault_shows_it(who_listens):
    client = begin()
    response = answer(client, "wishes", wish=SAD, preoccupied="")
    assert response.status_code == 200
    assert "Somebody listens now" in text_of(response)


@pytest.mark.django_db
def test_words_beside_other_answers_are_read_too(who_listens):
    client = begin()
    said = {"body_site": "other", "site_words": "where I wanted to end my life"}
    response = answer(client, "scar-cause", 1, **said)
    assert "Somebody listens now" in text_of(client.get(response["Location"]))


# To the clinic


@pytest.mark.django_db
def test_it_is_on_top_of_the_queue_with_its_passage_and_no_card_differs(
    who_listens, client_of
):
    calm, client = send_intake(Client(), rf_bleed="yes"), Client()
    plan = send_intake(client, wish=SAD)
    staff = client_of("Cosmetologist")
    assert queue_of(staff) == [plan, calm]
    assert column_of(staff, "flag") == [
        "Crisis words, by telephone",
        "Bleeding, crusting or weeping, by telephone",
    ]
    assert queue_of(staff, state="in_crisis") == [plan]
    html = staff.get(desk(plan)).text
    passage = "Some days I do not want to live any more."
    assert f"<blockquote>{passage}</blockquote>" in html
    cards = Card.objects.filter(assessment__intake=plan.intake)
    assert (plan.is_flagged, cards.exists()) == (False, True)
    due = business_hours.current().working_day_after(timezone.localdate(), 1)
    assert plan.intake.promised_on == due
    private = text_of(client.get(f"/status/{token_held(client)}/"))
    assert SOMEBODY in private


@pytest.mark.django_db
def test_a_reply_is_read_as_well(who_listens, client_of):
    plan = make_plan()
    make_waiting(hours=99)
    question = workflow.ask(plan, "Since when?", [], by=make_clinician())
    patient = Client()
    link = f"/status/{plan.intake.token}/"
    patient.post(link, answer_of_birth(plan))
    asked = f"{link}question/{question.pk}/"
    assert "A clinician of ours reads this within 3 working days" in text_of(
        patient.get(asked)
    )
    response = patient.post(asked, {"answer": SAD})
    private = text_of(patient.get(response["Location"]))
    assert "Somebody listens now" in private
    assert queue_of(client_of("Cosmetologist"))[0] == plan
    assert Plan.objects.get(pk=plan.pk).has_crisis_words


def answer_of_birth(plan):
    born = plan.intake.date_of_birth
    return {
        "date_of_birth_day": born.day,
        "date_of_birth_month": born.month,
        "date_of_birth_year": born.year,
    }


@pytest.mark.django_db
def test_the_front_desk_learns_nothing_of_it(client_of):
    front = client_of("Front desk")
    first = make_waiting(hours=2)
    second = make_waiting(hours=1, has_crisis_words=True)
    assert queue_of(front) == [first, second]
    for url in ("/admin/", desk(second), "/admin/consultations/plan/"):
        assert "crisis" not in front.get(url).text.casefold()


# Beside every free text


@pytest.mark.django_db
def test_every_free_text_says_who_reads_it_when_and_the_emergency_number(who_listens):
    client = begin()
    for address in (page("wishes"), page("scar-cause", 1), page("scar-treated", 1)):
        said = text_of(client.get(address))
        told = "A clinician of ours reads this within 3 working days, not at once."
        assert said.count(told) == 1, address
        assert said.count("In danger: call 999.") == 1, address
    assert "reads this within" not in text_of(client.get(page("contact")))
    assert Intake.objects.count() == 1
