"""At 16 and 17 patient and guardian each have a link, consents and letters of their own."""

import pytest
from django.core import mail
from django.core.management import call_command
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from consultations.intake import consents, second_access
from consultations.letters import outbox
from consultations.letters.reach import Reach
from consultations.models import ConsentPurpose, Intake, Plan, SecondAccess
from consultations.review import patient_plan, workflow
from consultations.review.workflow import NotAllowed
from scarclinic.staff.models import Event
from tests.consultations.deciding import desk, make_plan, sign_off
from tests.consultations.factories import (
    answer,
    begin,
    born,
    draft_of,
    make_clinician,
    page,
    send_intake,
    shown_words,
    token_held,
    walk,
)
from tests.consultations.patients import at, heading, holder_of, html_of
from tests.consultations.test_consent_page import errors
from tests.consultations.test_corrections import correct, post, typed_on

pytestmark = pytest.mark.django_db

PHOTOS, TEACHING = ConsentPurpose.PHOTOS, ConsentPurpose.TEACHING
NOTE = "We would like to see you."
OF_GUARDIAN = "grace@example.org"


@pytest.fixture(autouse=True)
def site(settings):
    settings.SITE_URL = "https://clinic.example"


@pytest.fixture
def clara():
    return make_clinician("clara", profession="doctor")


@pytest.fixture
def patient():
    return Client()


@pytest.fixture
def plan(patient):
    """Return what somebody of 16 has sent, who named the guardian's address."""
    sent = send_intake(patient, age=16, second_email=OF_GUARDIAN, photos="on")
    sent.link = f"/status/{sent.intake.token}/"
    return sent


@pytest.fixture
def access(plan):
    return SecondAccess.objects.get(intake=plan.intake)


def url_of(access, name="second", *args):
    return reverse(f"consultations:{name}", args=[access.token, *args])


def opened(access, age=16):
    """Return a browser that has opened the second link by the date of birth."""
    client = Client()
    assert client.post(url_of(access), born(age))["Location"] == url_of(access)
    return client


def agree(client, access, **boxes):
    typed = {"assessment": "on", "photos": "on", "reminders": "on", **boxes}
    return client.post(url_of(access), {**shown_words(access.who), **typed})


def status_of(client):
    return client.get(reverse("consultations:status", args=[token_held(client)]))


# Who is asked for what


def test_somebody_of_16_agrees_alone_and_names_how_the_guardian_is_reached(client):
    answer(begin(client), "you", age=16)
    shown = html_of(client.get(page("guardian")))
    assert "Until they have agreed we sign no plan for you" in shown
    assert 'name="assessment"' not in shown
    none = {"second_email": "", "guardian_telephone": ""}
    assert list(errors(answer(client, "guardian", **none))) == ["second_email"]
    for one in ({"second_email": OF_GUARDIAN}, {"guardian_telephone": "020 7946 0456"}):
        assert answer(client, "guardian", **{**none, **one}).status_code == 302
    decided = draft_of(client).consents.in_force()["assessment"]
    assert (decided.decided_by, decided.name) == ("patient", "Ada Okafor")


def test_where_the_law_lets_16_decide_alone_no_guardian_must_agree(
    client, settings, clara
):
    settings.GUARDIAN_CONSENT_BELOW = 16
    none = {"second_email": "", "guardian_telephone": ""}
    plan = send_intake(client, age=16, **none)
    assert not SecondAccess.objects.exists()
    assert sign_off(plan, clara, note=NOTE).is_signed


def test_each_gives_an_address_of_their_own(client):
    answer(begin(client), "you", age=17)
    answer(client, "guardian", second_email="Ada@example.org")
    response = answer(client, "contact", email="ada@example.org")
    assert list(errors(response)) == ["email"]


@pytest.mark.parametrize("age", [9, 15, 18])
def test_nobody_else_is_asked_for_a_second_access(client, age):
    answer(begin(client), "you", age=age)
    assert 'name="second_email"' not in html_of(
        client.get(page("guardian"), follow=True)
    )
    walk(client, page("scar-cause", 1) if age == 18 else page("guardian"), age=age)
    client.post("/consultation/check/")
    assert Plan.objects.exists()
    assert not SecondAccess.objects.exists()


# Until the guardian agrees


def test_the_intake_waits_for_the_guardian_and_says_so(patient, plan, clara):
    shown = html_of(status_of(patient))
    assert '<a href="#second">We wait for a consent</a>' in shown
    assert "We wait for Grace Okafor to agree" in shown
    staff = Client()
    staff.force_login(clara)
    assert "Has not agreed yet" in html_of(staff.get(desk(plan)))
    queue = html_of(staff.get("/admin/consultations/plan/"))
    assert "Waiting for the other one’s consent" in queue
    with pytest.raises(NotAllowed, match="The guardian has not agreed yet"):
        sign_off(plan, clara, note=NOTE)
    # Nothing else waits: a red flag is read and called about.
    assert workflow.ask(plan, "How are you?", [], by=clara)


def test_the_guardian_agrees_by_a_link_of_their_own_and_reads_the_same_plan(
    patient, plan, access, clara, mailoutbox
):
    call_command("send_letters")
    (letter,) = [each for each in mailoutbox if each.to == [OF_GUARDIAN]]
    assert url_of(access) in letter.body
    guardian = opened(access)
    shown = html_of(guardian.get(url_of(access)))
    assert "I agree for my child that clinicians of this clinic read" in shown
    assert "Ada Okafor has written to us about a scar" in shown
    refused = agree(guardian, access, assessment="")
    assert refused["Location"] == url_of(access)
    refused = guardian.get(url_of(access))
    assert "Without it no plan is signed" in html_of(refused)
    assert html_of(refused).count('class="error-summary"') == 1
    ticked = [each for each in ConsentPurpose if refused.context["form"][each].value()]
    assert ticked == ["photos", "reminders"]
    assert agree(guardian, access)["Location"] == url_of(access)
    assert heading(guardian.get(url_of(access))) == "How far we are with Ada Okafor"
    sign_off(plan, clara, note=NOTE)
    theirs, own = guardian.get(url_of(access)), status_of(patient)
    assert heading(theirs) == "The plan for your child"
    assert heading(own) == "Your plan"
    plans = [each.context["plan"] for each in (theirs, own)]
    assert plans[0].estimate == plans[1].estimate
    codes = [[flag["code"] for flag in each.red_flags] for each in plans]
    assert codes[0] == codes[1] == ["rf_minor"]
    # Each in words of their own.
    told = ["your child is under 18" in str(each.red_flags) for each in plans]
    assert told == [True, False]
    steps = [
        [item for scar in each.context["plan"].scars for item in scar.included]
        for each in (theirs, own)
    ]
    assert [item.title for item in steps[0]] == [item.title for item in steps[1]]
    agreed = "I agree for my child that clinicians"
    assert agreed in html_of(theirs)
    assert agreed not in html_of(patient.get(at_data(patient)))
    mailoutbox.clear()
    call_command("send_letters")
    assert sorted(each.to for each in mail.outbox) == [
        ["ada@example.org"],
        [OF_GUARDIAN],
    ]


def test_what_a_guardian_reads_gives_no_reason(clara):
    plan = make_plan()
    plan = sign_off(plan, clara, microneedling="include")
    told = [
        [
            item.reasons
            for scar in patient_plan.for_patient(plan, of_child=of_child).scars
            for item in scar.included
        ]
        for of_child in (False, True)
    ]
    assert any(told[0])
    assert told[1] == [[] for _item in told[0]]


def test_a_guardian_reads_the_plan_and_no_answer(patient, clara):
    plan = send_intake(
        patient,
        age=17,
        second_email=OF_GUARDIAN,
        scar_cause="self_harm",
        self_harm_status="ongoing",
    )
    access = SecondAccess.objects.get()
    guardian = opened(access, age=17)
    agree(guardian, access)
    sign_off(plan, clara, note=NOTE)
    codes = {each["code"] for each in status_of(patient).context["plan"].red_flags}
    assert codes == {"rf_minor", "rf_selfharm_recent"}
    pages = (url_of(access), url_of(access, "second_document", 1))
    for shown in (guardian.get(each).context["plan"] for each in pages):
        assert [each["code"] for each in shown.red_flags] == ["rf_minor"]
        assert not any(each.asked_but_not for each in shown.scars)


def at_data(client):
    return reverse("consultations:own_data", args=[token_held(client)])


def test_a_plan_is_read_by_nobody_who_has_not_agreed(plan, access):
    guardian = opened(access)
    for name in ("second_document", "second_pdf"):
        assert guardian.get(url_of(access, name, 1)).status_code == 404


def test_words_that_were_published_meanwhile_are_read_first(access):
    guardian = opened(access)
    typed = {**shown_words("patient"), "assessment": "on"}
    guardian.post(url_of(access), typed)
    assert "These words are new" in html_of(guardian.get(url_of(access)))
    assert access.is_awaited
    # The page has the words of today by now.
    form = guardian.get(url_of(access)).context["form"]
    shown = {name: form[name].value() or "" for name in form.fields}
    assert not shown["assessment"]
    guardian.post(url_of(access), shown | {"assessment": "on"})
    assert not access.is_awaited


# Two accesses, apart


def test_neither_link_opens_the_pages_of_the_other(patient, plan, access):
    guardian = opened(access)
    agree(guardian, access)
    for name in ("status", "answers", "own_data", "export"):
        url = reverse(f"consultations:{name}", args=[plan.intake.token])
        assert guardian.get(url).status_code != 200 or "private" in heading(
            guardian.get(url)
        )
    assert heading(patient.get(url_of(access))) == "This page is private"
    photos = plan.intake.scars.get().photos
    assert not photos.exists()
    shown = html_of(guardian.get(url_of(access)))
    assert plan.intake.token not in shown


def test_wrong_dates_are_counted_of_one_link_alone(patient, plan, access):
    stranger = Client()
    for _time in range(6):
        stranger.post(url_of(access), born(40))
    access.refresh_from_db()
    plan.intake.refresh_from_db()
    assert (access.wrong_dates, plan.intake.wrong_dates) == (5, 0)
    url = reverse("consultations:status", args=[plan.intake.token])
    assert Client().post(url, born(16))["Location"] == url


def test_the_guardians_access_ends_when_the_patient_is_of_age(patient, plan, access):
    guardian = opened(access)
    agree(guardian, access)
    today = timezone.localdate()
    intake = plan.intake
    intake.date_of_birth = today.replace(year=today.year - 18, day=1)
    intake.save(update_fields=["date_of_birth"])
    assert heading(guardian.get(url_of(access))) == "This link has ended"
    assert status_of(patient).status_code == 200
    assert "Your reference is" in html_of(status_of(patient))


def test_where_the_guardian_takes_it_back_the_clinic_stops(patient, plan, access):
    guardian = opened(access)
    agree(guardian, access)
    guardian.post(url_of(access, "second_take_back", ConsentPurpose.ASSESSMENT))
    assert heading(guardian.get(url_of(access))) == "This was withdrawn"
    plan.intake.refresh_from_db()
    assert plan.intake.is_withdrawn


def test_photos_are_kept_only_as_long_as_both_agree(plan, access):
    guardian = opened(access)
    assert plan.intake.consents.is_agreed(ConsentPurpose.PHOTOS)
    agree(guardian, access, photos="")
    assert not plan.intake.consents.is_agreed(ConsentPurpose.PHOTOS)


def test_no_letter_goes_to_a_guardian_whose_access_is_over(plan, access):
    today = timezone.localdate()
    plan.intake.date_of_birth = today.replace(year=today.year - 18, day=1)
    plan.intake.save(update_fields=["date_of_birth"])
    letter = access.intake.letters.get(kind="second")
    assert outbox.obstacle(letter)


@pytest.mark.parametrize(
    ("age", "for_whom", "may_call"),
    [(15, "", True), (16, "", False), (16, "child", True), (40, "", False)],
)
def test_a_guardians_number_is_called_of_a_child_alone(age, for_whom, may_call):
    year = timezone.localdate().year - age
    intake = Intake(
        date_of_birth=timezone.localdate().replace(year=year, day=1),
        for_whom=for_whom,
        guardian_telephone="020 7946 0456",
        telephone="020 7946 0123",
        email="ada@example.org",
        ways=["email"],
    )
    assert Reach(intake).may_call is may_call


def test_letters_of_one_are_no_letters_of_the_other(plan, access, clara, mailoutbox):
    call_command("send_letters")
    agree(opened(access), access, reminders="")
    sign_off(plan, clara, note=NOTE)
    mailoutbox.clear()
    call_command("send_letters")
    assert [each.to for each in mailoutbox] == [["ada@example.org"]]


# A wrong address, and none


def test_who_wrote_sends_the_link_to_another_address(patient, plan, access, mailoutbox):
    call_command("send_letters")
    old = url_of(access)
    send = reverse("consultations:send_second", args=[token_held(patient)])
    refused = patient.post(send, {"email": "ada@example.org"})
    assert refused["Location"] == send
    refused = html_of(patient.get(send))
    assert "This is your own address" in refused
    assert 'value="ada@example.org"' in refused
    patient.post(send, {"email": "right@example.org"})
    mailoutbox.clear()
    call_command("send_letters")
    assert [each.to for each in mailoutbox] == [["right@example.org"]]
    assert Client().get(old).status_code == 404


def send_to(client, email):
    send = reverse("consultations:send_second", args=[token_held(client)])
    assert client.post(send, {"email": email}).status_code == 302


def test_ticks_of_one_are_not_shown_to_another(patient, plan, access):
    agree(opened(access), access, assessment="")
    send_to(patient, "right@example.org")
    access = SecondAccess.objects.get()
    form = opened(access).get(url_of(access)).context["form"]
    assert not form.is_bound


def test_no_other_correction_brings_a_wrong_address_back(patient, plan, access):
    send_to(patient, "right@example.org")
    access.refresh_from_db()
    right = access.token_hash
    correct(plan, "you", client=patient, name="Ada B. Okafor", **born(16))
    access.refresh_from_db()
    assert (access.email, access.token_hash) == ("right@example.org", right)


def test_whoever_has_agreed_is_told_of_another_address_and_it_asks_anew(
    patient, plan, access, clara, mailoutbox
):
    agree(opened(access), access)
    send_to(patient, "mine@example.org")
    call_command("send_letters")
    told = {each.to[0]: each for each in mailoutbox}
    assert {OF_GUARDIAN, "mine@example.org"} <= set(told)
    assert "/shared/" not in told[OF_GUARDIAN].body
    with pytest.raises(NotAllowed, match="The guardian has not agreed yet"):
        sign_off(plan, clara, note=NOTE)
    assert SecondAccess.objects.awaited().exists()
    plan.intake.refresh_from_db()
    assert not plan.intake.is_withdrawn


def test_who_must_agree_is_worked_out_again_for_whom_is_corrected(
    patient, plan, access
):
    agree(opened(access), access)
    before = access.token_hash
    correct(plan, "you", client=patient, for_whom="child", **born(16))
    access = SecondAccess.objects.get()
    assert (access.who, access.is_awaited) == ("patient", True)
    assert access.token_hash != before


def test_staff_make_a_link_for_whoever_has_no_address(patient, clara):
    plan = send_intake(patient, age=16, second_email="")
    staff = Client()
    staff.force_login(clara)
    shown = html_of(staff.post(desk(plan), {"_second": "yes"}))
    assert url_of(SecondAccess.objects.get()) in shown


# A guardian who writes for somebody of 16


def test_where_a_guardian_writes_the_young_patient_agrees_by_their_own_link(
    patient, clara
):
    plan = send_intake(
        patient, age=16, for_whom="child", second_email="mia@example.org"
    )
    access = SecondAccess.objects.get()
    assert access.who == "patient"
    assert "We wait for your child to agree" in html_of(status_of(patient))
    own = opened(access)
    shown = html_of(own.get(url_of(access)))
    assert "Grace Okafor has written to us about your scar" in shown
    assert "I agree that clinicians of this clinic read my answers" in shown
    agree(own, access)
    sign_off(plan, clara, note=NOTE)
    assert heading(own.get(url_of(access))) == "Your plan"
    assert heading(status_of(patient)) == "The plan for your child"


# The ledger


def test_the_ledger_says_by_which_access_somebody_looked(patient, plan, access, clara):
    guardian = opened(access)
    agree(guardian, access)
    sign_off(plan, clara, note=NOTE)
    since = Event.objects.count()
    guardian.get(url_of(access))
    (line,) = Event.objects.order_by("pk")[since:]
    assert (line.action, line.subject_model, line.case_id, line.by) == (
        "plan_read",
        "consultations.secondaccess",
        plan.intake_id,
        None,
    )
    looks = html_of(patient.get(at_data(patient)))
    assert "The guardian, read the plan." in looks
    assert "The guardian, opened a link of their own in a new browser." in looks


def test_an_age_that_is_corrected_to_16_gives_the_guardian_an_access():
    plan = make_plan()
    correct(plan, "you", **born(16))
    access = SecondAccess.objects.get(intake=plan.intake)
    assert (access.who, access.is_awaited) == ("guardian", True)


# A purpose of which the other one was not asked


def test_a_purpose_of_both_holds_only_once_both_were_asked(patient, plan, access):
    intake = plan.intake
    consents.decide(intake, {PHOTOS: False}, by="patient")
    guardian = opened(access)
    shown = html_of(guardian.get(url_of(access)))
    assert [each for each in ConsentPurpose if f'name="{each}"' in shown] == list(
        ConsentPurpose
    )
    consents.decide(intake, {PHOTOS: True, TEACHING: True}, by="patient")
    asked = dict.fromkeys(("assessment", "reminders"), True)
    words = consents.live("en", "guardian")
    second_access.agree(access, asked, words)
    intake = Intake.objects.get()
    assert not intake.is_agreed(PHOTOS)
    assert not intake.is_agreed(TEACHING)
    photo_page = reverse("consultations:add_photo", args=[token_held(patient)])
    assert patient.get(photo_page).status_code == 302
    assert "It holds once Grace Okafor agrees as well" in html_of(
        patient.get(at_data(patient))
    )
    give(guardian, access, PHOTOS)
    assert Intake.objects.get().is_agreed(PHOTOS)
    assert patient.get(photo_page).status_code == 200
    give(guardian, access, TEACHING)
    assert Intake.objects.get().is_agreed(TEACHING)


def give(client, access, purpose, words=None):
    """Agree to a purpose on the page of the second access, with the words it shows."""
    shown = client.get(url_of(access)).context["offers"]
    digest = words or {each.text.purpose: each.digest for each in shown}[purpose]
    return client.post(url_of(access, "second_agree", purpose), {"words": digest})


def test_who_refused_agrees_after_all_and_so_does_the_other(patient, plan, access):
    guardian = opened(access)
    agree(guardian, access, photos="")
    url = reverse("consultations:agree", args=[token_held(patient), PHOTOS])
    patient.post(url, {"words": consents.live("en")[PHOTOS].digest})
    assert plan.intake.consents.is_agreed(PHOTOS)
    assert not Intake.objects.get().is_agreed(PHOTOS)
    refused = give(guardian, access, PHOTOS, words="of another day")
    assert "these words are new" in html_of(guardian.get(refused["Location"]))
    assert not Intake.objects.get().is_agreed(PHOTOS)
    give(guardian, access, PHOTOS)
    assert Intake.objects.get().is_agreed(PHOTOS)


def test_a_guardian_ticks_teaching_only_of_photos_that_are_kept(access):
    guardian = opened(access)
    agree(guardian, access, photos="", teaching="on")
    assert "Tick both boxes, or none" in html_of(guardian.get(url_of(access)))
    assert access.is_awaited


def test_who_need_not_agree_is_asked_for_nothing_that_both_decide(patient, settings):
    settings.GUARDIAN_CONSENT_BELOW = 16
    send_intake(patient, age=16, second_email=OF_GUARDIAN, photos="on")
    assert Intake.objects.get().is_agreed(PHOTOS)
    access = SecondAccess.objects.get()
    offers = opened(access).get(url_of(access)).context["offers"]
    assert [each.text.purpose for each in offers] == ["reminders"]


# An age that is corrected


@pytest.mark.parametrize("age", [15, 18])
def test_an_access_ends_with_the_age_that_called_for_it(patient, plan, access, age):
    guardian = opened(access)
    agree(guardian, access)
    correct(plan, "you", client=patient, **born(age))
    access = SecondAccess.objects.get()
    assert heading(guardian.get(url_of(access))) == "This link has ended"
    assert heading(Client().get(url_of(access))) == "This link has ended"
    assert (access.is_awaited, access.has_agreed) == (False, False)
    (line,) = Event.objects.filter(action="link_ended")
    assert (line.subject_model, line.case_id) == (
        "consultations.secondaccess",
        plan.intake_id,
    )
    assert "The guardian" not in html_of(status_of(patient))
    correct(plan, "you", client=patient, **born(15 if age == 18 else 18))
    assert Event.objects.filter(action="link_ended").count() == 1


def test_an_access_that_ended_by_mistake_begins_anew(patient, plan, access, mailoutbox):
    agree(opened(access), access)
    correct(plan, "you", client=patient, **born(36))
    correct(plan, "you", client=patient, **born(16))
    again = SecondAccess.objects.get()
    assert (again.who, again.is_awaited, again.is_link_over) == (
        "guardian",
        True,
        False,
    )
    assert again.token_hash != access.token_hash
    call_command("send_letters")
    assert [url_of(again) in each.body for each in mailoutbox if OF_GUARDIAN in each.to]


@pytest.mark.parametrize("age", [9, 16])
def test_no_plan_is_signed_before_the_guardians_page_is_finished(clara, settings, age):
    settings.GUARDIAN_CONSENT_BELOW = 16
    plan = make_plan()
    client = holder_of(plan.link)
    correct(plan, "you", client=client, **born(age))
    plan.refresh_from_db()
    with pytest.raises(NotAllowed, match="page about a parent or guardian"):
        sign_off(plan, clara, note=NOTE)
    page_of_guardian = at(plan.link, "correct_page", "guardian")
    words = {**shown_words("guardian"), "assessment": "on", "second_email": ""}
    typed = {**typed_on(client, page_of_guardian), **words}
    assert post(client, page_of_guardian, typed).status_code == 302
    plan.refresh_from_db()
    faults = list(workflow.faults_before_signing(plan, clara))
    assert not [each for each in faults if "guardian" in each]
