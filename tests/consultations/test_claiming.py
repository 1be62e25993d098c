"""Whose a plan is: a claim holds, a plan goes from hand to hand, the next case follows."""

import re

import pytest
from django.contrib.messages import get_messages
from django.test import Client

from consultations import removal
from consultations.intake import export
from consultations.models import HandOver, Plan
from consultations.review import workflow
from consultations.review.desk import key_of
from scarclinic.staff.models import Event, Profession
from tests.consultations.deciding import (
    card_of,
    choices_for,
    desk,
    make_plan,
    posted,
    press_sign,
    preview,
    sign_off,
)
from tests.consultations.factories import make_clinician
from tests.consultations.patients import holder_of, html_of
from tests.consultations.queueing import make_waiting

pytestmark = pytest.mark.django_db
MINE = "_changelist_filters=state%3Dmine"
HERS = "Dora Weiss has claimed this plan."


@pytest.fixture
def dora(db):
    return make_clinician("dora")


def fresh(plan):
    return Plan.objects.get(pk=plan.pk)


def told(response):
    return [str(message) for message in get_messages(response.wsgi_request)]


def refusals(verb, *args, **kwargs):
    with pytest.raises(workflow.NotAllowed) as caught:
        verb(*args, **kwargs)
    return list(caught.value.faults)


def test_to_open_a_plan_claims_nothing(staff_client):
    plan = make_plan()
    staff_client.get(desk(plan))
    assert fresh(plan).claimed_by is None


def test_a_claim_holds_against_every_step_of_a_colleague(dora):
    clara, plan = make_clinician(), make_plan()
    workflow.claim(plan, by=dora)
    plan = Plan.objects.for_desk().get(pk=plan.pk)
    choices = choices_for(plan)
    for verb, args in (
        (workflow.claim, ()),
        (workflow.first_look, ("Raised.",)),
        (workflow.ask, ("Since when?", [])),
        (workflow.hand_over, (clara, "For me")),
    ):
        assert refusals(verb, plan, *args, by=clara) == [HERS], verb
    said = {"note": "Mine", "seen_edits": plan.edits, "by": clara}
    assert refusals(workflow.decide, plan, choices, **said) == [HERS]
    seen = {(1, "elevation"): "raised"}
    assert refusals(workflow.examine, plan, seen, how="photo", by=clara) == [HERS]
    workflow.decide(plan, choices, **said | {"by": dora})
    assert refusals(workflow.sign, fresh(plan), by=clara) == [HERS]


def test_a_doctor_countersigns_what_a_colleague_has_claimed(dora):
    doctor, plan = make_clinician("doris", profession=Profession.DOCTOR), make_plan()
    workflow.claim(plan, by=dora)
    against = choices_for(plan, tca_cross=("include", "Pits"))
    plan = workflow.decide(fresh(plan), against, note="", seen_edits=0, by=dora)
    assert workflow.sign(plan, by=dora).awaits_countersignature
    assert workflow.sign(fresh(plan), by=doctor).is_signed


def test_taking_over_asks_says_so_and_keeps_what_is_typed(staff_client, dora):
    plan = make_plan()
    workflow.claim(plan, by=dora)
    typed = posted(plan, note="Dear Ada", subcision="include")
    page = staff_client.post(desk(plan), typed)
    assert (told(page), fresh(plan).note) == ([HERS], "")
    assert page.context["form"]["note"].value() == "Dear Ada"
    page = staff_client.post(desk(plan), typed | {"_take_over": "ask"})
    assert "Take this plan over from Dora Weiss?" in page.text
    assert page.context["form"]["note"].value() == "Dear Ada"
    assert fresh(plan).claimed_by == dora
    page = staff_client.post(desk(plan), typed | {"_take_over": "yes"}, follow=True)
    kept = fresh(plan)
    assert (kept.claimed_by.username, kept.note) == ("clara", "Dear Ada")
    client = Client()
    client.force_login(dora)
    for read in (page, client.get(desk(plan))):
        assert "Clara Weiss took this plan over from Dora Weiss on " in read.text
    assert Event.objects.filter(action="plan_taken_over", subject_id=plan.pk).exists()


def test_a_plan_is_handed_over_with_words_that_clinicians_alone_read(
    staff_client, dora
):
    plan = make_plan()
    typed = posted(plan, note="Dear Ada", subcision="include")
    page = staff_client.post(desk(plan), typed | {"_hand_over": "ask"})
    assert 'name="hand_over-note"' in page.text
    assert page.context["form"]["note"].value() == "Dear Ada"
    given = typed | {"hand_over-to": dora.pk, "hand_over-note": "Quuxpast: see wish."}
    empty = staff_client.post(
        desk(plan), typed | {"_hand_over": "yes", "hand_over-note": " "}
    )
    assert set(empty.context["hand_over"].errors) == {"to", "note"}
    # Another button saves, and forgets no word of it.
    page = staff_client.post(desk(plan), given)
    assert told(page) == ["Saved. The plan is not handed over yet."]
    assert "Quuxpast: see wish." in page.text
    given["edits"] = fresh(plan).edits
    page = staff_client.post(desk(plan), given | {"_hand_over": "yes"}, follow=True)
    assert fresh(plan).claimed_by == dora
    assert "Handed over to Dora Weiss." in page.text
    client = Client()
    client.force_login(dora)
    assert "Quuxpast: see wish." in client.get(desk(plan)).text
    assert Event.objects.filter(action="plan_handed_over", subject_id=plan.pk).exists()
    signed = sign_off(plan, dora, note="Hello")
    link = f"/status/{signed.intake.token}/"
    patient = holder_of(link)
    for address in (link, f"{link}data/", f"{link}answers/"):
        assert "Quuxpast" not in html_of(patient.get(address))
    assert not any("Quuxpast" in str(each) for each in export._texts(signed.intake, []))
    assert "Quuxpast" not in str(export._texts(signed.intake, []))
    removal.remove(signed.intake)
    assert not HandOver.objects.exists()


def test_a_desk_costs_the_same_for_one_hand_over_and_for_many(
    staff_client, dora, count_queries
):
    plan = make_plan()
    clara = make_clinician("clare")
    people = [clara, dora]
    workflow.hand_over(plan, dora, "Yours", by=clara)
    for_one = count_queries(staff_client, desk(plan))
    for turn in range(4):
        by, to = people[(turn + 1) % 2], people[turn % 2]
        workflow.hand_over(fresh(plan), to, "Back", by=by)
    assert count_queries(staff_client, desk(plan)) == for_one


def test_a_decision_can_be_cleared_at_the_desk(staff_client):
    plan = make_plan()
    staff_client.post(desk(plan), posted(plan, subcision="include"))
    key = key_of(card_of(plan, "subcision"))
    radios = re.findall(
        rf'name="choice-{key}" value="(\w*)"', staff_client.get(desk(plan)).text
    )
    assert radios == ["", "include", "changed", "not_now", "not_included"]
    plan = fresh(plan)
    staff_client.post(desk(plan), posted(plan, subcision=""))
    decision = card_of(plan, "subcision").decision
    assert (decision.choice, decision.decided_by) == ("", None)


def test_the_next_case_follows_with_the_filter_kept(staff_client, dora):
    plan = make_plan()
    clara = make_clinician("other")
    workflow.claim(plan, by=clara)
    client = Client()
    client.force_login(clara)
    make_waiting(9, claimed_by=dora, is_flagged=True)
    first = make_waiting(8)
    make_waiting(7, claimed_by=clara, is_asking=True)
    mine = make_waiting(6, claimed_by=clara)
    typed = posted(plan, note="Nothing for now.") | {"_preview": "yes"}
    page = client.post(f"{desk(plan)}?{MINE}", typed)
    assert page["Location"] == f"{preview(plan)}?{MINE}"
    signed = client.post(
        page["Location"], {"edits": fresh(plan).edits, "_sign": "yes"}, follow=True
    )
    assert signed.redirect_chain[-1][0] == f"{desk(plan)}?{MINE}"
    assert f'<a href="{desk(mine)}?{MINE}">Next: {mine.intake.reference}</a>' in (
        signed.text
    )
    assert client.get(desk(plan)).context["next"] == first
    assert client.get(f"{desk(mine)}?{MINE}").context["next"] is None
    strange = f"{desk(plan)}?_changelist_filters=state%3Ddelete"
    assert client.get(strange).context["next"] == first


@pytest.mark.parametrize(
    ("button", "more"),
    [
        ("_link", {}),
        ("_erasure", {"how": "telephone", "identity": "known"}),
        ("_claim", {}),
        ("_release", {}),
        ("_ask", {"question": "Since when?"}),
        ("_preview", {}),
    ],
)
def test_whichever_button_is_pressed_saves_what_is_typed(staff_client, button, more):
    plan = make_plan()
    typed = posted(plan, note="Dear Ada", subcision="include") | more
    staff_client.post(desk(plan), typed | {button: "yes"})
    assert fresh(plan).note == "Dear Ada"
    assert card_of(plan, "subcision").decision.choice == "include"


def test_buttons_beside_the_desk_send_what_is_typed_on_it(staff_client):
    page = staff_client.get(desk(make_plan())).text
    for button in ("_link", "_erasure"):
        assert re.search(rf'<button name="{button}"[^>]* form="desk"', page), button


def test_a_question_that_is_too_long_is_refused_in_words_and_stays(staff_client):
    plan = make_plan()
    long = "Since when? " * 100
    typed = posted(plan, note="Dear Ada") | {"question": long, "_ask": "yes"}
    page = staff_client.post(desk(plan), typed)
    assert told(page)[1:] == [
        f"Shorten your question to 1000 characters: it has {len(long.strip())}. "
        "It is not sent."
    ]
    assert page.context["desk"].ask["question"].value().strip() == long.strip()
    assert not plan.intake.questions.exists()
    assert 'maxlength="1000"' in page.text


def test_who_has_signed_goes_on(staff_client):
    plan, waits = make_plan(), make_waiting(3)
    press_sign(staff_client, plan, posted(plan, note="Nothing for now."))
    assert staff_client.get(desk(plan)).context["next"] == waits
