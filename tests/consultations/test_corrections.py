"""What a patient corrects after sending: contact and answers, and what the clinic sees."""

import pytest
from django.core import mail
from django.core.management import call_command
from django.test import Client
from django.utils import timezone
from django.utils.http import urlencode

from consultations.intake import withdrawal
from consultations.letters import outbox
from consultations.models import Correction, Intake, Letter, Plan
from consultations.review import business_hours, workflow
from consultations.review.workflow import renewing
from consultations.review.workflow.recalling import compare_all
from scarclinic.staff.models import Event
from tests.consultations.deciding import (
    card_of,
    choices_for,
    desk,
    make_plan,
    posted,
    preview,
    sign_off,
)
from tests.consultations.factories import (
    ANSWERS,
    CHECK,
    born,
    fill_in,
    make_clinician,
    page,
    shown_words,
    ticked_on,
    token_held,
)
from tests.consultations.patients import at, heading, holder_of, html_of
from tests.consultations.test_devices import later

pytestmark = pytest.mark.django_db
PREGNANT = {"pregnant": "yes"}
PREGNANCY = "Are you pregnant now?"


@pytest.fixture(autouse=True)
def site(settings):
    settings.SITE_URL = "https://clinic.example"


@pytest.fixture
def clara(db):
    return make_clinician()


def fresh(row):
    return type(row).objects.get(pk=row.pk)


def address(plan, slug, *number):
    return at(plan.link, "correct_page", slug, *number)


def typed_on(client, url, **answers):
    """Return what a browser posts from a page: what it shows, but for these answers."""
    form = client.get(url).context["form"]
    posted = {**ANSWERS, **born(40), **shown_words()}
    shown = {
        name: posted[name]
        for name in posted
        if any(name == field or name.startswith(f"{field}_") for field in form.fields)
    }
    if "ticked" in form.fields:
        shown["ticked"] = ticked_on(form.route, form.step.slug, posted)
    return shown | {"stands": client.get(url).context["shown"].stands} | answers


def correct(plan, slug, *number, client=None, **answers):
    """Correct one page as a browser does; return where it leads."""
    client = client or holder_of(plan.link)
    url = address(plan, slug, *number)
    return post(client, url, typed_on(client, url, **answers))


def post(client, url, typed):
    return client.post(
        url,
        urlencode(typed, doseq=True),
        content_type="application/x-www-form-urlencoded",
    )


# How to reach somebody


def test_a_corrected_telephone_number_reaches_the_desk_with_the_old_one(
    clara, client_of
):
    plan = make_plan()
    response = correct(plan, "contact", telephone="020 7946 0999")
    assert response["Location"] == f"{at(plan.link, 'corrections')}?saved"
    assert fresh(plan.intake).telephone == "020 7946 0999"
    told = "was “020 7946 0123”, now “020 7946 0999”"
    assert told in html_of(holder_of(plan.link).get(response["Location"]))
    staff = Client()
    staff.force_login(clara)
    now = timezone.localtime()
    for reader in (staff, client_of("Front desk")):
        html = html_of(reader.get(desk(plan)))
        assert f"Changed by the patient on {now.day} {now:%B %Y}" in html
        assert told in html
    event = Event.objects.get(action="contact_corrected")
    assert (event.case_id, event.by) == (plan.intake_id, None)
    # No card rests on it.
    assert fresh(plan).round == 1


def test_the_old_address_is_told_once_and_letters_that_wait_go_to_the_new_one():
    plan = make_plan()
    call_command("send_letters")
    assert Letter.objects.get().kind == "received"
    mail.outbox.clear()
    outbox.write(plan.intake, "question", key="waits")
    correct(plan, "contact", email="new@example.org")
    correct(plan, "contact", email="ada@example.org")
    correct(plan, "contact", email="new@example.org")
    call_command("send_letters")
    by_address = {}
    for letter in mail.outbox:
        by_address.setdefault(letter.to[0], []).append(letter.body)
    assert sorted(by_address) == ["ada@example.org", "new@example.org"]
    (told,) = by_address["ada@example.org"]
    assert "another one" in told
    for secret in ("/status/", plan.intake.reference, "new@example.org", "Ada"):
        assert secret not in told
    assert any(plan.intake.reference in each for each in by_address["new@example.org"])


def test_an_address_that_nothing_went_to_is_not_mailed():
    plan = make_plan()
    for stranger in ("eve@example.org", "bob@example.org", "new@example.org"):
        correct(plan, "contact", email=stranger)
    call_command("send_letters")
    assert [each.to for each in mail.outbox] == [["new@example.org"]]


def test_a_letter_that_waits_goes_by_the_way_that_is_chosen_since():
    plan = make_plan(ways=["letter"], email="", postal_address="1 High Street, York")
    assert Letter.objects.get().channel == "letter"
    correct(plan, "contact", ways=["email"], email="ada@example.org", telephone="")
    call_command("send_letters")
    assert [each.to for each in mail.outbox] == [["ada@example.org"]]


def test_somebody_who_takes_the_address_away_is_told_there_too():
    plan = make_plan()
    call_command("send_letters")
    mail.outbox.clear()
    correct(plan, "contact", email="", ways=["call"])
    call_command("send_letters")
    assert [(each.to, each.subject) for each in mail.outbox] == [
        (["ada@example.org"], "We write to another address from now on")
    ]


def test_contact_is_checked_as_in_the_intake_and_nothing_typed_is_lost():
    plan = make_plan()
    client = holder_of(plan.link)
    response = correct(
        plan, "contact", client=client, email="a@b", telephone="020 7946 0999"
    )
    assert response["Location"] == f"{address(plan, 'contact')}?faults"
    for _reload in range(2):
        shown = client.get(response["Location"])
        assert set(shown.context["form"].errors) == {"email"}
        assert 'value="a@b"' in html_of(shown)
    assert fresh(plan.intake).email == "ada@example.org"
    status = html_of(client.get(plan.link))
    assert "Typed, and not sent yet" in status
    client.post(address(plan, "contact"), {"discard": "yes"})
    assert fresh(plan.intake).typed == {}
    assert "Typed, and not sent yet" not in html_of(client.get(plan.link))


def test_contact_is_corrected_after_the_signature_too_and_answers_are_not(clara):
    plan = make_plan()
    sign_off(plan, clara)
    client = holder_of(plan.link)
    assert correct(plan, "contact", telephone="020 7946 0999").status_code == 302
    assert fresh(plan.intake).telephone == "020 7946 0999"
    html = html_of(client.get(at(plan.link, "corrections")))
    assert "Your plan is signed" in html
    assert address(plan, "scar-look", 1) not in html


def test_a_correction_needs_the_date_of_birth_and_keeps_what_comes_late():
    plan = make_plan()
    client = holder_of(plan.link)
    url = address(plan, "scar-look", 1)
    typed = typed_on(client, url, colour="red")
    assert Client().post(url, typed)["Location"] == plan.link
    assert fresh(plan.intake).typed == {}
    late = later(holder_of(plan.link), hours=2)
    assert post(late, url, typed)["Location"] == plan.link
    assert fresh(plan.intake.scars.get()).colour == "skin"
    assert Correction.objects.count() == 0
    shown = client.get(url)
    assert shown.context["form"].initial["colour"] == "red"
    assert "Typed, and not sent yet" in html_of(client.get(plan.link))


# Answers


def test_a_corrected_answer_deals_the_cards_anew_and_keeps_the_old_one(clara):
    plan = make_plan()
    before = card_of(plan, "subcision")
    response = correct(plan, "health", **PREGNANT)
    assert response["Location"] == f"{at(plan.link, 'corrections')}?saved"
    assert fresh(plan).round == 2
    assert (before.verdict, card_of(fresh(plan), "subcision").verdict) == (
        "caution",
        "deferred",
    )
    (correction,) = plan.intake.corrections.all()
    assert [(each["question"], each["before"]) for each in correction.changes] == [
        (PREGNANCY, "No")
    ]
    assert plan.intake.assessments.get(round=1).facts["pregnant"] == "no"
    staff = Client()
    staff.force_login(clara)
    html = html_of(staff.get(desk(plan)))
    assert PREGNANCY in html
    assert "was “No”, now “Yes”" in html
    assert "The patient has corrected answers" in html_of(
        staff.get("/admin/consultations/plan/?state=corrected")
    )
    assert Event.objects.filter(action="answers_corrected").count() == 1


def test_nobody_signs_or_saves_over_a_correction(clara):
    plan = make_plan()
    staff = Client()
    staff.force_login(clara)
    seen = posted(plan)
    correct(plan, "wishes", wish="Only the left cheek")
    response = staff.post(desk(plan), seen | {"_preview": "yes"})
    assert "This plan was changed while you were deciding" in html_of(response)
    assert not fresh(plan).is_signed
    assert not fresh(plan).decisions.exclude(choice="").exists()


def test_a_decision_on_a_changed_card_is_open_again_and_a_signature_taken_back(clara):
    plan = make_plan()
    decided = sign_choices(plan, clara)
    assert decided
    correct(plan, "health", **PREGNANT)
    card = card_of(fresh(plan), "subcision")
    assert card.decision.choice == ""
    assert not fresh(plan).awaits_countersignature


def sign_choices(plan, clara):
    plan = workflow.decide(
        plan,
        choices_for(plan, subcision="include"),
        note="",
        seen_edits=plan.edits,
        by=clara,
    )
    return workflow.sign(plan, by=clara).awaits_countersignature


def test_a_question_that_a_correction_makes_necessary_is_asked_at_once():
    plan = make_plan()
    client = holder_of(plan.link)
    response = correct(plan, "scar-look", 1, client=client, elevation="raised")
    assert response["Location"] == address(plan, "scar-edges", 1)
    shown = client.get(response["Location"])
    assert "we need to know this as well" in html_of(shown)
    listed = html_of(client.get(at(plan.link, "corrections")))
    assert address(plan, "scar-edges", 1) in listed.partition("<h1>")[0]
    follow = correct(plan, "scar-edges", 1, client=client, beyond_edges="yes")
    assert follow.status_code == 302
    facts = plan.intake.assessments.latest("round").facts
    assert (facts["elevation"], facts["beyond_edges"]) == ("raised", "yes")


def test_a_red_flag_that_appears_is_told_and_stands_first_in_the_queue(clara):
    plan = make_plan()
    client = holder_of(plan.link)
    response = correct(plan, "health-changes", client=client, rf_ulcer="yes")
    assert response["Location"] == f"{at(plan.link, 'corrections')}?saved"
    shown = html_of(client.get(response["Location"]))
    assert fresh(plan).is_flagged
    assert "care-card" in shown
    assert "care-card" in html_of(client.get(plan.link))
    staff = Client()
    staff.force_login(clara)
    queue = html_of(staff.get("/admin/consultations/plan/?state=flagged"))
    assert plan.intake.reference in queue


def test_two_tabs_never_overwrite_each_other_unseen():
    plan = make_plan()
    client = holder_of(plan.link)
    url = address(plan, "scar-look", 1)
    old_tab = typed_on(client, url, colour="white")
    assert correct(plan, "scar-look", 1, client=client, colour="red").status_code == 302
    response = post(client, url, old_tab)
    assert response["Location"] == f"{url}?faults"
    shown = client.get(response["Location"])
    html = html_of(shown)
    assert plan.intake.scars.get().colour == "red"
    assert "You typed" in html
    assert "What stands now" in html
    # Only what differs is set side by side.
    now = [str(answer) for _question, answer in shown.context["shown"].now]
    assert [text for _question, text in shown.context["shown"].typed] == [
        "White or paler"
    ]
    assert now == ["Red or pink"]
    # It is right after all: saved with what the page says now.
    again = old_tab | {"stands": shown.context["shown"].stands}
    assert "faults" not in post(client, url, again)["Location"]
    assert plan.intake.scars.get().colour == "white"
    assert plan.intake.corrections.count() == 2


def test_what_a_signature_overtakes_is_shown_to_be_copied(clara):
    plan = make_plan()
    client = holder_of(plan.link)
    url = address(plan, "wishes")
    typed = typed_on(client, url, wish="Not so much after all")
    sign_off(plan, clara)
    response = post(client, url, typed)
    shown = client.get(response["Location"])
    html = html_of(shown)
    assert heading(shown) == "What you hope for"
    assert "Your plan is signed" in html
    assert "Not so much after all" in html
    assert "Smoother cheeks" in html
    assert fresh(plan.intake).wish == "Smoother cheeks"
    assert "Save</button>" not in html


def test_what_is_saved_unchanged_changes_nothing():
    plan = make_plan()
    response = correct(plan, "skin")
    assert response["Location"] == at(plan.link, "corrections")
    assert fresh(plan).round == 1
    assert Correction.objects.count() == 0


def test_who_has_withdrawn_corrects_nothing():
    plan = make_plan()
    client = holder_of(plan.link)
    url = address(plan, "contact")
    typed = typed_on(client, url, telephone="020 7946 0999")
    client.post(at(plan.link, "withdraw"))
    post(client, url, typed)
    assert fresh(plan.intake).telephone == ANSWERS["telephone"]
    assert "You have withdrawn" in html_of(client.get(url))


# What an old tab sends


def test_a_page_of_a_draft_that_was_sent_meanwhile_becomes_a_correction_to_look_at():
    client = fill_in()
    old_tab = {**ANSWERS, "elevation": "raised", "wish": "Less of it"}
    client.post(CHECK)
    plan = Plan.objects.get()
    plan.link = f"/status/{token_held(client)}/"
    response = client.post(page("scar-look", 1), old_tab)
    assert response["Location"] == address(plan, "scar-look", 1)
    shown = client.get(response["Location"])
    assert shown.context["form"].initial["elevation"] == "raised"
    assert "Look at this once more" in html_of(shown)
    assert plan.intake.scars.get().elevation == "depressed"
    # The same again: nothing is new, and it leads to where things stand.
    same = client.post(page("scar-look", 1), ANSWERS)
    assert same["Location"] == plan.link
    assert Intake.objects.get().typed.keys() == {"correct scar-look/1"}


# Nobody signs over what they have not read


UNREAD = {
    "has_correction": "The patient has corrected answers since",
    "has_answer": "The patient has answered since",
    "has_photos": "The patient has added photos since",
}


def test_a_plan_is_signed_only_once_the_desk_has_shown_what_is_new(clara):
    plan = make_plan()
    staff = Client()
    staff.force_login(clara)
    staff.post(desk(plan), posted(plan, note="We begin in spring."))
    for flag, told in UNREAD.items():
        Plan.objects.update(**{flag: True})
        edits = fresh(plan).edits
        for press in ({}, {"_sign": "yes"}, {"_say": "yes", "note": "Hello."}):
            html = html_of(staff.post(preview(plan), {"edits": edits} | press))
            assert told in html or press.get("_say"), (flag, press)
        assert (fresh(plan).is_signed, getattr(fresh(plan), flag)) == (False, True)
        staff.post(desk(plan), posted(fresh(plan), note="We begin in spring."))
        assert not getattr(fresh(plan), flag)
    staff.post(preview(plan), {"edits": fresh(plan).edits, "_sign": "yes"})
    assert fresh(plan).signed_by == clara


# What is typed and not taken is heard all the same

SAD = "Some days I do not want to live any more."


def tomorrow():
    return business_hours.current().working_day_after(timezone.localdate(), 1)


def test_crisis_words_that_come_after_the_signature_are_listed_for_a_call(
    clara, client_of
):
    plan = make_plan()
    client = holder_of(plan.link)
    url = address(plan, "wishes")
    typed = typed_on(client, url, wish=SAD)
    sign_off(plan, clara)
    answer = client.get(post(client, url, typed)["Location"])
    assert "Somebody listens now" in html_of(answer)
    assert (fresh(plan).is_to_call, fresh(plan).call_by) == (True, tomorrow())
    staff = client_of("Cosmetologist")
    listed = html_of(staff.get("/admin/consultations/plan/?state=to_call"))
    assert "Crisis words" in listed
    html = html_of(staff.get(desk(plan)))
    assert "Call this patient" in html
    assert SAD in html
    # A publication clears it as little as the next version does.
    compare_all()
    workflow.amend(fresh(plan), by=clara)
    sign_off(plan.intake.plans.latest("version"), clara)
    assert fresh(plan).is_to_call


def test_crisis_words_in_a_stale_correction_hurry_the_open_plan():
    plan = make_plan()
    client = holder_of(plan.link)
    url = address(plan, "wishes")
    answer = client.get(post(client, url, {"wish": SAD, "stands": "old"})["Location"])
    assert "Somebody listens now" in html_of(answer)
    assert fresh(plan).has_crisis_words
    assert fresh(plan.intake).promised_on == tomorrow()


def test_a_red_flag_for_a_kind_word_has_the_next_working_day(clara):
    plan = make_plan(preoccupied="yes", checks_often="yes", distressed="no")
    assert fresh(plan.intake).promised_on > tomorrow()
    correct(plan, "feelings", checks_often="yes", distressed="yes")
    assert fresh(plan).is_flagged
    assert fresh(plan.intake).promised_on == tomorrow()


VERBS = {
    "reassess": lambda plan, by: workflow.reassess(plan.intake),
    "renew": lambda plan, by: workflow.renew(plan, by=by),
    "examine": lambda plan, by: workflow.examine(
        plan, {(1, "firm"): "yes"}, how="in_person", by=by
    ),
}


@pytest.mark.parametrize("verb", VERBS)
def test_a_flag_for_a_kind_word_has_that_day_whatever_raises_it(
    clara, verb, monkeypatch
):
    plan = make_plan(preoccupied="yes", checks_often="yes", distressed="no")
    # As if the rules of that day had read it otherwise.
    Intake.objects.update(distressed="yes")
    if verb == "renew":
        monkeypatch.setattr(renewing, "_is_of_today", lambda plan: False)
        monkeypatch.setattr(renewing, "is_current", lambda plan: False)
    VERBS[verb](fresh(plan), clara)
    assert fresh(plan).is_flagged
    assert fresh(plan.intake).promised_on == tomorrow()


@pytest.mark.parametrize("is_signed", [False, True])
def test_who_withdraws_after_words_of_a_crisis_is_called_all_the_same(
    clara, client_of, is_signed
):
    plan = make_plan(**{} if is_signed else {"wish": SAD})
    client = holder_of(plan.link)
    if is_signed:
        url = address(plan, "wishes")
        typed = typed_on(client, url, wish=SAD)
        sign_off(plan, clara)
        post(client, url, typed)
    client.post(at(plan.link, "withdraw"))
    assert fresh(plan.intake).is_withdrawn
    assert (fresh(plan).is_to_call, fresh(plan).call_by) == (True, tomorrow())
    staff = client_of("Cosmetologist")
    listed = html_of(staff.get("/admin/consultations/plan/?state=to_call"))
    assert f"To be called by {tomorrow().day} " in listed
    shown = html_of(staff.get(desk(plan)))
    assert "What the patient has written sounds like a crisis." in shown
    staff.post(desk(plan), {"_called": "yes"})
    assert not fresh(plan).is_to_call


def test_who_withdraws_is_called_for_nothing_else(clara):
    plan = sign_off(make_plan(), clara)
    Plan.objects.update(is_to_call=True, call_by=tomorrow())
    withdrawal.withdraw(plan.intake)
    assert not fresh(plan).is_to_call
