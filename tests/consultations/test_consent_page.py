"""Consent: a box for each purpose, in words that staff publish, by who may decide."""

import html
import re

import pytest
from django.utils import timezone

from consultations.intake import consents
from consultations.models import (
    ConsentPurpose,
    ConsentText,
    ConsentVersion,
    DecidedBy,
)
from methods.models import Finding
from tests.consultations.factories import (
    CHECK,
    START,
    answer,
    begin,
    draft_of,
    facts_of,
    fill_in,
    page,
    send_intake,
    shown_words,
)

pytestmark = pytest.mark.django_db

NEW_WORDS = (
    "These words are new since you opened the page. Read them, then tick the box if you "
    "agree."
)


def decided(intake):
    return {
        purpose: (each.is_given, each.decided_by, each.name)
        for purpose, each in intake.consents.in_force().items()
    }


def errors(response):
    return response.context["form"].errors


PAGES = {"you": None, "photos": 1, "contact": None}
"""The pages with boxes of consent, and the scar that they are about."""


def boxes(client):
    """Return {purpose: whether its box is ticked} of all pages."""
    found = {}
    for slug, number in PAGES.items():
        form = client.get(page(slug, number)).context["form"]
        found |= {name: bool(form[name].value()) for name in form.boxes.names}
    return found


def decide(client, **answers):
    """Answer every page with a box; return the last response that is no redirect."""
    responses = [answer(client, slug, n, **answers) for slug, n in PAGES.items()]
    return next((each for each in responses if each.status_code != 302), responses[-1])


def republish(purpose, label="I agree to something else.", reader="patient"):
    text = ConsentText.objects.get(purpose=purpose, reader=reader)
    text.label = label
    text.save()
    return consents.publish(text, by=None)


def unfinished(client):
    return [page.key for page, _title in client.get(CHECK).context["unfinished"]]


def test_every_purpose_has_a_box_and_none_is_ticked(client):
    assert boxes(begin(client)) == dict.fromkeys(ConsentPurpose.values, False)


def test_every_box_says_what_it_means_and_what_taking_it_back_means(client):
    begin(client)
    answer(client, "photos", 1, photos="on")
    for slug, number in PAGES.items():
        response = client.get(page(slug, number))
        form, content = response.context["form"], html.unescape(response.text)
        for purpose in form.boxes.names:
            version = consents.live("en-gb")[purpose]
            assert form.fields[purpose].label == version.label
            said = form.fields[purpose].details[1]
            assert said == [version.explanation, version.withdrawal]
            assert version.withdrawal in content


def test_before_photos_are_agreed_to_the_words_stand_beside_two_buttons(client):
    response = begin(client).get(page("photos", 1))
    text = html.unescape(response.text)
    version = consents.live("en-gb")["photos"]
    assert version.label in text
    assert version.explanation in text
    assert re.findall(r'name="photos" value="(.*?)">(.*?)<', text) == [
        ("", "Continue without photos"),
        ("on", "I agree: add photos"),
    ]
    assert 'type="file"' not in text


def test_whoever_leaves_for_now_has_not_refused_photos(client):
    fill_in(client, photos="")
    draft = draft_of(client)
    draft.consents.filter(version__text__purpose__in=["photos", "teaching"]).delete()
    draft.done = [key for key in draft.done if not key.startswith("photos/")]
    draft.save()
    answer(client, "photos", 1, photos="False", teaching="False", later="yes")
    assert "photos" not in decided(draft_of(client))
    assert "photos" in " ".join(unfinished(client))


def test_each_purpose_is_decided_by_itself(client):
    response = decide(begin(client), photos="on", reminders="")
    assert response.status_code == 302
    assert {p: given for p, (given, *_who) in decided(draft_of(client)).items()} == {
        "assessment": True,
        "photos": True,
        "teaching": False,
        "reminders": False,
    }
    assert boxes(client) == {
        "assessment": True,
        "photos": True,
        "teaching": False,
        "reminders": False,
    }


def test_without_the_first_there_is_nothing_that_we_may_read(client):
    response = answer(begin(client), "you", assessment="")
    assert errors(response) == {
        "assessment": [
            "Tick the box to agree. Without it we may not read your answers."
        ]
    }
    assert decided(draft_of(client)) == {}


def test_consent_comes_before_anything_about_a_body(client):
    first = client.post(START)["Location"]
    assert first == page("you")
    form = client.get(first).context["form"]
    shown = [each.name for each in form if not each.is_hidden]
    assert shown == ["for_whom", "name", "date_of_birth", "assessment"]


def test_photos_for_teaching_are_photos_that_we_may_keep(client):
    response = answer(begin(client), "photos", 1, teaching="on")
    assert errors(response) == {
        "teaching": [
            "We can only show photos that we may keep. Tick both boxes, or none."
        ]
    }


def test_whoever_agrees_to_photos_finds_them_on_the_same_page(client):
    begin(client)
    answer(client, "you")
    stays = answer(client, "photos", 1, photos="on")
    assert "photos/1" not in draft_of(client).done
    assert stays.status_code == 302
    assert 'type="file"' in client.get(page("photos", 1)).text
    answer(client, "photos", 1, photos="on")
    assert "photos/1" in draft_of(client).done
    answer(client, "photos", 1, photos="")
    assert 'type="file"' not in client.get(page("photos", 1)).text


# The words


def test_words_published_while_somebody_reads_are_shown_and_nothing_is_recorded(client):
    begin(client)
    read = shown_words()
    newer = republish("photos")
    response = answer(client, "photos", 1, photos="on", **read)
    assert errors(response) == {"photos": [NEW_WORDS]}
    form = response.context["form"]
    assert not form["photos"].value()
    assert form["photos"].label == newer.label
    assert decided(draft_of(client)) == {}
    answer(client, "photos", 1, photos="on")
    assert draft_of(client).consents.in_force()["photos"].version == newer


def test_words_that_nobody_ticked_are_shown_again_too(client):
    begin(client)
    read = shown_words()
    republish("teaching")
    response = answer(client, "photos", 1, photos="", **read)
    assert errors(response) == {"teaching": [NEW_WORDS]}


def test_a_tick_that_waits_is_gone_once_its_words_are_others(client):
    answer(begin(client), "contact", email="@", reminders="on", later="yes")
    assert boxes(client)["reminders"]
    republish("reminders")
    assert not boxes(client)["reminders"]
    digest = shown_words()["reminders-words"]
    form = client.get(page("contact")).context["form"]
    assert form["reminders-words"].value() == digest


@pytest.mark.parametrize("forged", ["", "x", "0" * 64])
def test_a_box_without_its_words_is_no_consent(client, forged):
    words = {"assessment-words": forged}
    response = answer(begin(client), "you", **words)
    assert errors(response) == {"assessment": [NEW_WORDS]}


def test_what_was_agreed_to_stays_agreed_when_newer_words_are_published(client):
    fill_in(client)
    before = draft_of(client).consents.in_force()["assessment"].digest
    republish("assessment")
    assert unfinished(client) == []
    client.post(CHECK)
    sent = draft_of(client).consents.in_force()["assessment"]
    assert (sent.digest, sent.version.number) == (before, 1)


# Who decides


@pytest.mark.parametrize(
    ("age", "by", "name"),
    [
        (15, DecidedBy.GUARDIAN, "Grace Okafor"),
        (16, DecidedBy.PATIENT, "Ada Okafor"),
        (17, DecidedBy.PATIENT, "Ada Okafor"),
        (18, DecidedBy.PATIENT, "Ada Okafor"),
    ],
)
def test_who_may_decide_decides(age, by, name):
    intake = send_intake(age=age).intake
    assert decided(intake)["assessment"] == (True, by, name)


def test_a_consent_of_somebody_who_may_not_decide_is_asked_for_again(client):
    fill_in(client)
    answer(client, "you", age=15)
    assert unfinished(client)[0] == "guardian"
    answer(client, "guardian", age=15)
    assert decided(draft_of(client))["assessment"][1] == DecidedBy.GUARDIAN


# Young people


def test_a_guardian_is_asked_for_right_after_the_date_of_birth(client):
    assert answer(begin(client), "you", age=15)["Location"] == page("guardian")
    content = client.get(page("guardian")).content.decode()
    assert "Please fill this in together with a parent or guardian." in content
    assert answer(client, "guardian")["Location"] == "/consultation/advice/"


@pytest.mark.parametrize(
    ("age", "needed"),
    [
        (15, ["guardian_name", "guardian_relation", "guardian_telephone"]),
        (17, ["guardian_name", "guardian_relation"]),
    ],
)
def test_of_a_guardian_is_asked_what_is_needed(client, age, needed):
    answer(begin(client), "you", age=age)
    typed = dict.fromkeys(
        ["guardian_name", "guardian_relation", "guardian_telephone"], ""
    )
    assert list(errors(answer(client, "guardian", **typed))) == needed


def test_the_box_of_a_guardian_is_not_ticked_by_somebody_else(client):
    answer(begin(client), "you", age=15)
    form = client.get(page("guardian")).context["form"]
    assert form["assessment"].value() is False
    answer(client, "guardian")
    assert client.get(page("guardian")).context["form"]["assessment"].value() is True


def test_a_guardian_agrees_to_the_words_that_they_read(client):
    answer(begin(client), "you", age=9, for_whom="child")
    read = shown_words("guardian")
    republish("assessment", reader="guardian")
    response = answer(client, "guardian", **read)
    assert list(errors(response)) == ["assessment"]
    answer(client, "guardian")
    decision = draft_of(client).consents.in_force()["assessment"]
    assert (decision.version.label, decision.name) == (
        "I agree to something else.",
        "Grace Okafor",
    )


def test_who_answers_for_a_child_agrees_in_the_words_of_a_guardian(client):
    answer(begin(client), "you", age=9, for_whom="child")
    assert client.get(page("guardian")).context["form"].boxes.names == ["assessment"]
    assert list(errors(answer(client, "guardian", assessment=""))) == ["assessment"]
    answer(client, "guardian")
    said = decided(draft_of(client))["assessment"]
    assert said == (True, DecidedBy.GUARDIAN, "Grace Okafor")
    assert "You answer for <strong>Ada Okafor</strong>" in (
        client.get(page("scar-cause", 1)).text
    )


def test_without_words_for_guardians_they_read_those_of_the_patient(client):
    ConsentVersion.objects.filter(text__reader="guardian").delete()
    answer(begin(client), "you", age=9, for_whom="child")
    answer(client, "guardian", **shown_words())
    agreed = draft_of(client).consents.in_force()["assessment"]
    assert agreed.version.text.reader == "patient"


def test_whoever_is_of_age_is_nobodys_child(client):
    response = answer(begin(client), "you", age=18, for_whom="child")
    assert list(errors(response)) == ["for_whom"]


def test_an_adult_is_asked_for_no_guardian(client):
    answer(begin(client), "you", age=18)
    assert client.get(page("guardian"))["Location"] == page("scar-cause", 1)


def test_a_guardians_number_is_enough_to_call(client):
    begin(client)
    for slug in ("you", "guardian"):
        answer(client, slug, age=15)
    kept = answer(client, "contact", ways=["email"], telephone="")
    assert kept.status_code == 302
    assert "contact" in draft_of(client).done


def test_a_guardian_of_somebody_who_turned_out_of_age_is_not_read(client):
    fill_in(client, age=15)
    answer(client, "you", age=40)
    content = client.get(CHECK).content.decode()
    assert "Grace Okafor" not in content
    assert draft_of(client).guardian_name == "Grace Okafor"


@pytest.mark.parametrize(
    ("child", "minor", "age", "flags"),
    [
        (14, 18, 15, ["rf_minor"]),
        (14, 18, 13, ["rf_child"]),
        (18, 21, 17, ["rf_child"]),
        (18, 21, 20, ["rf_minor"]),
        (14, 16, 17, []),
    ],
)
def test_a_clinic_has_ages_of_its_own(settings, child, minor, age, flags):
    settings.CHILD_BELOW, settings.MINOR_BELOW = child, minor
    assessment = send_intake(age=age).intake.assessments.get()
    assert assessment.red_flags == flags
    # Kept with the facts, so that the assessment can be made again.
    own = {"child_below": (child, 16), "minor_below": (minor, 18)}
    told = {name: here for name, (here, usual) in own.items() if here != usual}
    assert {name: assessment.facts.get(name) for name in told} == told


def test_ages_that_are_the_usual_ones_are_not_told(client):
    assert list(facts_of(answered_you(client))) == ["age_years"]


def answered_you(client):
    answer(begin(client), "you")
    return client


# Cost


def test_a_page_costs_the_same_for_more_scars_questions_and_photos(
    client, count_queries, tmp_path, settings
):
    urls = [page("you"), page("contact"), page("photos", 1), CHECK]
    fill_in(client, photos="on")
    before = [count_queries(client, url) for url in urls]
    draft = draft_of(client)
    for number in (2, 3):
        draft.scars.create(number=number, scar_cause="burn")
    for scar in draft.scars.all():
        for slot in ("distance", "close_up"):
            scar.photos.create(slot=slot, width=1, height=1)
    for number in range(3):
        Finding.objects.create(
            code=f"q_{number}", label="Q", question="Q?", group="allergies"
        )
    # The first to ask after a change reads the rules anew.
    client.get(CHECK)
    assert [count_queries(client, url) for url in urls] == before
    assert timezone.now() > draft.touched_at
