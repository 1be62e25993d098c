"""Links that are over, and links that are lost."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from consultations.intake import references
from consultations.models import Intake, Letter
from consultations.private_page.views.links import MOST_LINKS
from tests.consultations.deciding import make_draft, make_plan
from tests.consultations.factories import SAVED, begin
from tests.consultations.patients import at, birthday, heading, holder_of, html_of

pytestmark = pytest.mark.django_db

LOST, SENT = "/consultation/link/", "/consultation/link/sent/"


def end(intake):
    """Let a link be over; return the intake."""
    Intake.objects.filter(pk=intake.pk).update(link_expires_at=timezone.now())
    return Intake.objects.get(pk=intake.pk)


def lose(client, intake, **typed):
    return client.post(LOST, {"contact": intake.email} | birthday(intake) | typed)


def links():
    """Return whose link is written about, in the order of writing."""
    return [each.intake for each in Letter.objects.filter(kind="link").order_by("pk")]


def fresh(intake):
    return Intake.objects.get(pk=intake.pk)


# Over


def test_a_link_that_is_over_shows_nothing_and_offers_a_new_one(client):
    plan = make_plan()
    end(plan.intake)
    for each in (client, holder_of(plan.link)):
        response = each.get(plan.link)
        assert heading(response) == "This link has ended"
        assert f'action="{at(plan.link, "renew_link")}"' in html_of(response)
        assert plan.intake.reference not in html_of(response)
        assert plan.intake.email not in html_of(response)
    for name in ("answers", "own_data", "export"):
        gone = holder_of(plan.link).get(at(plan.link, name))
        assert gone["Location"] == plan.link


def test_the_date_of_birth_opens_no_link_that_is_over(client):
    plan = make_plan()
    end(plan.intake)
    response = client.post(plan.link, birthday(plan.intake))
    assert heading(response) == "This link has ended"
    assert "intake" not in response.cookies


def test_a_new_link_is_written_to_the_address_in_the_answers(client):
    plan = make_plan()
    end(plan.intake)
    response = client.post(at(plan.link, "renew_link"), {"email": "thief@example.org"})
    assert response["Location"] == SENT
    assert links() == [plan.intake]
    renewed = fresh(plan.intake)
    assert renewed.email == "ada@example.org"
    assert not renewed.is_link_over
    assert client.get(plan.link).status_code == 404
    new = f"/status/{renewed.token}/"
    assert heading(holder_of(new).get(new)) == "We have your answers"


def test_the_answer_is_the_same_whether_or_not_there_is_an_address(client):
    with_one, without, whole = make_plan(), make_plan(email=""), make_plan()
    end(with_one.intake)
    end(without.intake)
    answers = [
        client.post(at(link, "renew_link"), follow=True).content
        for link in (with_one.link, without.link, whole.link, "/status/forged/")
    ]
    assert len(set(answers)) == 1
    assert links() == [with_one.intake]
    # A link that still works is not renewed by who has it.
    assert fresh(whole.intake).token_hash == whole.intake.token_hash


def test_only_a_form_renews(client):
    plan = make_plan()
    end(plan.intake)
    assert client.get(at(plan.link, "renew_link")).status_code == 405
    assert links() == []


# Lost


def test_who_knows_address_and_birthday_is_written_to(client):
    plan = make_plan()
    assert lose(client, plan.intake)["Location"] == SENT
    assert links() == [plan.intake]


def test_a_link_that_still_works_stays_for_the_device_that_has_it(client):
    intake, link = make_draft()
    lose(client, intake)
    assert links() == [intake]
    assert fresh(intake).token_hash == intake.token_hash
    assert heading(holder_of(link).get(link)) == "Your answers so far"


def test_a_lost_link_that_is_over_is_a_new_one(client):
    plan = make_plan()
    old = end(plan.intake)
    lose(client, plan.intake)
    assert fresh(plan.intake).token_hash != old.token_hash
    assert not fresh(plan.intake).is_link_over


def test_a_link_that_no_key_of_ours_can_tell_again_is_a_new_one(client, settings):
    plan = make_plan()
    settings.SECRET_KEY = "another key, of more than fifty characters, 0123456789"
    plan.intake.search_terms.all().delete()
    intake, _link = make_draft()
    Intake.objects.filter(pk=intake.pk).update(link_nonce="of a key that is gone")
    lose(client, intake)
    assert links() == [intake]
    assert fresh(intake).token is not None


@pytest.mark.parametrize(
    ("given", "typed"),
    [
        ("ada@example.org", " ADA@Example.ORG "),
        ("ada@example.org", "ada@example.org\u200b"),
        ("ada@münchen.de", "ada@xn--mnchen-3ya.de"),
        ("ada@xn--mnchen-3ya.de", "ada@mu\u0308nchen.de"),
    ],
)
def test_an_address_is_known_however_it_is_written(client, given, typed):
    plan = make_plan(email=given)
    lose(client, plan.intake, contact=typed)
    assert links() == [plan.intake]


@pytest.mark.parametrize(
    "wrong", [{"date_of_birth_year": "1950"}, {"contact": "nobody@example.org"}]
)
def test_who_does_not_know_both_gets_the_same_answer_and_nothing_is_written(
    client, wrong
):
    plan = make_plan()
    right = lose(client, plan.intake)
    Letter.objects.all().delete()
    refused = lose(client, plan.intake, **wrong)
    assert refused["Location"] == right["Location"]
    assert refused.content == right.content
    assert links() == []


BY_SMS = {"email": "", "telephone": "+44 20 7946 0123", "ways": ["sms"]}
BY_LETTER = {"email": "", "ways": ["letter"], "postal_address": "4 Example Lane"}
BY_ALL = {"telephone": "+44 20 7946 0123", "ways": ["email", "sms"]}


@pytest.mark.parametrize(
    ("told", "contact", "by"),
    [
        (BY_SMS, "0044 20-7946 0123", ["sms"]),
        (BY_SMS, "ada@example.org", []),
        (BY_SMS, "+44 20 7946 0124", []),
        (BY_ALL, "+44 20 7946 0123", ["sms"]),
        (BY_ALL, "ada@example.org", ["email"]),
        (BY_LETTER, "{reference}", ["letter"]),
        (BY_SMS, " {reference} ", ["sms"]),
        # A number for calls alone is written to by the way that is open.
        ({"telephone": "+44 20 7946 0123"}, "+44 20 7946 0123", ["email"]),
        ({**BY_SMS, "ways": ["call"]}, "+44 20 7946 0123", []),
    ],
)
def test_a_lost_link_comes_as_the_patient_lets_us_write(
    client, settings, told, contact, by
):
    settings.SMS_BACKEND = "consultations.letters.sms.Console"
    plan = make_plan(**told)
    contact = contact.format(reference=plan.intake.reference.lower().replace("-", " "))
    Letter.objects.all().delete()
    answer = lose(client, plan.intake, contact=contact)
    assert answer["Location"] == SENT
    assert [each.channel for each in Letter.objects.all()] == by
    # Whoever guesses learns nothing.
    assert lose(client, plan.intake, contact=references.new()).content == answer.content


def test_of_letters_on_paper_with_a_link_one_waits(client, monkeypatch):
    plan = make_plan(**BY_LETTER)
    start = timezone.now()
    for minutes in range(3):
        now = start + timedelta(minutes=minutes)
        monkeypatch.setattr(timezone, "now", lambda now=now: now)
        lose(client, plan.intake, contact=plan.intake.reference)
    assert len(links()) == 1


def test_a_number_spelled_in_other_ways_is_guessed_no_oftener(client):
    plan = make_plan(**BY_ALL)
    for typed in ("+44 20 7946 0123", "0044 2079460123") * 3:
        lose(client, plan.intake, contact=typed, date_of_birth_year=1950)
    lose(client, plan.intake, contact="+442079460123")
    assert links() == []


def test_what_is_no_contact_at_all_is_said(client):
    response = client.post(LOST, {"contact": "Ada"})
    told = "Type a whole e-mail address, a telephone number with its area code, or the"
    (fault,) = response.context["form"].errors["contact"]
    assert fault.startswith(told)


def test_the_newest_of_one_person_are_written_about_at_once(client):
    plans = [make_plan() for _each in range(MOST_LINKS)]
    draft, _link = make_draft()
    lose(client, draft)
    assert links() == [*(plan.intake for plan in plans[1:]), draft]


def test_pressed_twice_it_is_one_letter(client, monkeypatch):
    plan = make_plan()
    minute = timezone.now().replace(second=0)
    for second in (10, 11):
        now = minute.replace(second=second)
        monkeypatch.setattr(timezone, "now", lambda now=now: now)
        lose(client, plan.intake)
    assert links() == [plan.intake]


def test_one_contact_is_not_written_to_again_and_again(client, monkeypatch):
    plan = make_plan()
    start = timezone.now()
    minutes = iter(range(100))
    for _press in range(8):
        now = start + timedelta(minutes=next(minutes))
        monkeypatch.setattr(timezone, "now", lambda now=now: now)
        assert lose(client, plan.intake)["Location"] == SENT
    assert len(links()) == 5


def test_strangers_who_guess_do_not_keep_the_patient_from_a_letter(client):
    plan = make_plan()
    for year in range(1950, 1970):
        lose(client, plan.intake, date_of_birth_year=year)
    begun = begin()
    for _press in range(6):
        begun.post(SAVED, {"email": plan.intake.email})
    assert plan.intake not in links()
    lose(Client(REMOTE_ADDR="192.0.2.1"), plan.intake)
    assert plan.intake in links()


def test_a_mailbox_spelled_in_other_ways_is_guessed_no_oftener(client):
    plan = make_plan()
    for number in range(5):
        lose(
            client, plan.intake, contact=f"ada+{number}@x.org", date_of_birth_year=1950
        )
        typed = {"contact": f"Ada+{number}@example.org", "date_of_birth_year": 1950}
        lose(client, plan.intake, **typed)
    lose(client, plan.intake, contact="ada+new@example.org")
    assert links() == []


def test_one_mailbox_gets_few_links_of_strangers_drafts():
    for number in range(8):
        begin().post(SAVED, {"email": f"ada+{number}@example.org"})
    assert len(links()) == 5


def test_one_address_that_asks_for_very_many_is_told_to_wait(client):
    plan = make_plan()
    codes = [
        lose(client, plan.intake, contact=f"a{n}@example.org").status_code
        for n in range(31)
    ]
    assert codes == [302] * 30 + [429]
    assert client.post(at(plan.link, "renew_link")).status_code == 429


def test_what_is_missing_is_said_and_what_was_typed_stays(client):
    response = client.post(LOST, {"contact": "ada@example"})
    assert response.context["form"].errors == {
        "contact": ["Type a whole e-mail address, as in name@example.org."],
        "date_of_birth": ["Type your date of birth."],
    }
    assert 'value="ada@example"' in response.content.decode()
    assert "<title>Error: I have lost my link" in response.content.decode()
    assert client.get(LOST).status_code == client.get(SENT).status_code == 200


def test_how_many_links_come_in_a_day_is_said_where_one_is_asked_for(client):
    told = "One address gets no more than 10 such messages a day"
    assert told in html_of(client.get(SENT))
    told = told.replace("messages", "e-mails")
    assert told in html_of(begin().post(SAVED, {"email": "ada@example.org"}))


def test_a_link_that_no_letter_could_say_is_not_renewed(client):
    plan = make_plan(email="")
    old = end(plan.intake)
    assert client.post(at(plan.link, "renew_link"))["Location"] == SENT
    assert fresh(plan.intake).token_hash == old.token_hash
    assert links() == []
    assert client.get(plan.link).status_code == 200
