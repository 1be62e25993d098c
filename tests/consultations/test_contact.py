"""How a patient lets us reach them, and that every page promises the same."""

import re
from datetime import timedelta
from html import unescape

import pytest
from django.utils import timezone

from consultations.models import Intake, Letter, Plan
from consultations.review import business_hours
from methods.models import Clinic
from methods.publishing import editions
from tests.consultations.deciding import desk
from tests.consultations.factories import (
    CHECK,
    CONTACT,
    answer,
    begin,
    draft_of,
    fill_in,
    send_intake,
    token_held,
)
from tests.consultations.queueing import column_of

pytestmark = pytest.mark.django_db

NOTHING = {"email": "", "telephone": "", "postal_address": ""}
SELF_HARM = {"scar_cause": "self_harm", "self_harm_status": "recent_12m"}
ONE_WAY = {
    "email": {"email": "ada@example.org"},
    "sms": {"telephone": "+44 20 7946 0123"},
    "call": {"telephone": "020 7946 0123"},
    "letter": {"postal_address": "4 Example Lane\r\nSampletown"},
}


def contact(client, **answers):
    """Answer the contact page with these answers only; return the answer or its faults."""
    response = answer(client, "contact", **NOTHING | answers)
    return response.status_code if response.status_code == 302 else errors(response)


def errors(response):
    form = response.context["form"]
    return {name: list(faults) for name, faults in form.errors.items()}


def text_of(response):
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", response.text)).split())


@pytest.mark.parametrize("way", ONE_WAY)
def test_one_way_is_enough_whichever_it_is(client, way):
    begin(client)
    assert contact(client, ways=[way], **ONE_WAY[way]) == 302
    assert draft_of(client).open_ways == [way]


@pytest.mark.parametrize(
    ("typed", "wrong"),
    [
        ({"ways": []}, {"ways": ["Tick at least one way to reach you."]}),
        (
            {"ways": ["email"]},
            {"email": ["Type your e-mail address, or untick “E-mail”."]},
        ),
        (
            {"ways": ["call"]},
            {"telephone": ["Type a telephone number, or untick what needs one."]},
        ),
        (
            {"ways": ["letter"], "postal_address": " \n"},
            {"postal_address": ["Type the address, or untick “Letter”."]},
        ),
        (
            {"ways": ["call"], "telephone": "020 7946 0123", "email": "a@example.org"},
            {"email": ["Tick “E-mail” if we may use this address, or empty it."]},
        ),
        (
            {"ways": ["sms"], "telephone": "020 7946 0123"},
            {
                "telephone": [
                    "For a text message, type the number with its country code: +44 …"
                ]
            },
        ),
    ],
)
def test_what_does_not_fit_together_is_said(client, typed, wrong):
    begin(client)
    assert contact(client, **typed) == wrong


def test_what_was_said_of_calls_goes_with_them(client):
    begin(client)
    said = {"leave_message": "no", "call_time": "evening", "ask_for": "Grace"}
    contact(client, ways=["call"], **ONE_WAY["call"], **said)
    assert draft_of(client).ask_for == "Grace"
    contact(client, ways=["email"], **ONE_WAY["email"], **said)
    draft = draft_of(client)
    assert (draft.leave_message, draft.call_time, draft.ask_for) == ("", "", "")


def test_no_text_message_is_offered_where_none_can_be_sent(client, settings):
    begin(client)
    assert 'value="sms"' in client.get(CONTACT).text
    settings.SMS_BACKEND = ""
    assert 'value="sms"' not in client.get(CONTACT).text
    assert list(contact(client, ways=["sms"], **ONE_WAY["sms"])) == ["ways"]


def test_the_address_for_the_link_is_ticked_and_not_used_unasked(client):
    begin(client)
    draft = draft_of(client)
    draft.email = "ada@example.org"
    draft.save()
    form = client.get(CONTACT).context["form"]
    assert form["ways"].value() == ["email"]


PROMISES = {
    "email": ("We write to you by e-mail.", "by e-mail"),
    "sms": ("We send you a text message.", "by text message"),
    "call": ("We call you.", "by telephone"),
    "letter": ("We send you a letter.", "by letter"),
}


@pytest.mark.parametrize("way", PROMISES)
def test_every_page_promises_what_was_given(client, client_of, way):
    plan = send_intake(client, **NOTHING | {"ways": [way]} | ONE_WAY[way])
    told, to_staff = PROMISES[way]
    private = text_of(client.get(f"/status/{token_held(client)}/"))
    assert f"When there is something for you to read: {told}" in private
    assert {each for each, _staff in PROMISES.values() if each in private} == {told}
    staff = client_of("Cosmetologist")
    assert f"Promised: {to_staff}" in text_of(staff.get(desk(plan)))
    [due] = column_of(staff, "due")
    assert due.endswith(f", {to_staff}")
    assert Letter.objects.filter(channel=way).count() == (way != "call")


def test_recent_self_harm_with_an_e_mail_alone_is_sent_and_promised_one_thing(
    client, client_of
):
    Clinic.objects.update(emergency_number="999", support_line="Somebody: 116 123")
    editions.renew()
    plan = send_intake(
        client, **SELF_HARM, **NOTHING | ONE_WAY["email"], ways=["email"]
    )
    due = business_hours.current().working_day_after(timezone.localdate(), 1)
    assert plan.intake.promised_on == due
    private = text_of(client.get(f"/status/{token_held(client)}/"))
    assert "We write to you by e-mail. Please do what is said above" in private
    assert "within 1 working day" in private
    assert f"{due.day} {due:%B}" in private
    assert "We call you" not in private
    assert "Somebody: 116 123" in private
    assert "In danger: 999" in private
    assert "112" not in private
    staff = client_of("Cosmetologist")
    assert column_of(staff, "flag") == ["Self-harm within 12 months, by e-mail"]


def test_who_listens_stands_where_self_harm_is_asked_about(client):
    Clinic.objects.update(support_line="Somebody: 116 123")
    editions.renew()
    begin(client)
    answer(client, "scar-cause", 1, scar_cause="self_harm")
    assert "Somebody: 116 123" in client.get("/consultation/scar-since/1/").text


def test_who_agrees_to_no_letter_is_told_so_before_and_after(client, client_of):
    client = fill_in(client, reminders="", ways=["email"], telephone="")
    asked = text_of(client.get(CONTACT))
    assert "Without this tick nothing comes by itself" in asked
    client.post(CHECK)
    private = text_of(client.get(f"/status/{token_held(client)}/"))
    assert "You did not agree that we write to you" in private
    assert "please look at your private page" in private
    assert Letter.objects.count() == 0
    staff = client_of("Cosmetologist")
    plan = Plan.objects.get()
    assert "Promised: on the private page only" in text_of(staff.get(desk(plan)))


def test_who_agreed_is_told_nothing_of_that(client):
    send_intake(client)
    private = text_of(client.get(f"/status/{token_held(client)}/"))
    assert "You did not agree" not in private


@pytest.mark.parametrize("role", ["Cosmetologist", "Front desk"])
def test_who_calls_reads_how_the_patient_wants_it(client, client_of, role):
    said = {"leave_message": "no", "call_time": "evening", "ask_for": "Grace"}
    plan = send_intake(client, **said)
    page = text_of(client_of(role).get(desk(plan)))
    assert "020 7946 0123 After 17:00. Ask for Grace. Leave no message." in page


def test_whether_a_message_may_be_left_is_never_guessed(client, client_of):
    plan = send_intake(client)
    page = text_of(client_of("Front desk").get(desk(plan)))
    assert "Not said whether a message may be left: leave none." in page


def test_a_number_for_text_messages_is_not_called(client, client_of):
    plan = send_intake(client, **NOTHING | ONE_WAY["sms"], ways=["sms"])
    page = text_of(client_of("Front desk").get(desk(plan)))
    assert "text messages only: do not call" in page


def test_the_promise_tells_the_front_desk_of_no_red_flag(client_of):
    front = client_of("Front desk")
    pages = []
    for flag in ({}, {"rf_bleed": "yes"}):
        plan = send_intake(**flag)
        Intake.objects.update(promised_on=timezone.localdate() + timedelta(days=9))
        pages.append(re.findall("Promised: [a-z -]+", text_of(front.get(desk(plan)))))
        assert column_of(front, "due")[-1].endswith(", by e-mail")
    assert pages[0] == pages[1]
