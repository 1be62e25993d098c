"""The queue and the desk: what a clinician sees, saves and signs."""

import datetime
import re

import pytest
from django.contrib.auth.models import Permission
from django.contrib.messages import get_messages
from django.test import Client
from django.utils import timezone

from consultations import workflow
from consultations.models import Answer, Plan
from methods.models import Finding, Method
from tests.consultations.deciding import (
    QUEUE,
    card_of,
    choices_for,
    desk,
    make_plan,
    posted,
    sign_off,
)
from tests.consultations.factories import make_clinician, send_intake

pytestmark = pytest.mark.django_db

A_SORE = {"rf_ulcer": "yes"}
FORM = re.compile(r'<form method="post" class="desk-columns".*?</form>', re.S)


def queue_of(client, **query):
    """Return the plans that the queue lists, in its order."""
    response = client.get(QUEUE, query)
    assert response.status_code == 200
    return list(response.context["cl"].result_list)


def arrived(plan, hours_ago):
    when = timezone.now() - datetime.timedelta(hours=hours_ago)
    Plan.objects.filter(pk=plan.pk).update(waiting_since=when)
    return plan


def told(response):
    return [str(message) for message in get_messages(response.wsgi_request)]


def row_of(response, slug, scar=0):
    """Return a card's row as the desk shows it."""
    return next(
        row
        for group in response.context["desk"].scars[scar].groups
        for row in group.rows
        if row.card.revision.subject.slug == slug
    )


def few_methods():
    live = Method.objects.published().exclude(slug="subcision")
    live.update(live_revision=None)


# The queue


def test_queue_puts_red_flags_first_then_the_oldest(staff_client):
    new = arrived(make_plan(), 1)
    old = arrived(make_plan(), 9)
    flagged_new = arrived(make_plan(**A_SORE), 2)
    flagged_old = arrived(make_plan(**A_SORE), 3)
    assert queue_of(staff_client) == [flagged_old, flagged_new, old, new]


def test_queue_lists_what_waits_and_on_request_the_signed(staff_client):
    waits = arrived(make_plan(), 1)
    signed = sign_off(arrived(make_plan(), 2), make_clinician("dora"))
    assert queue_of(staff_client) == [waits]
    assert queue_of(staff_client, state="waiting") == [waits]
    assert queue_of(staff_client, state="signed") == [signed]
    assert queue_of(staff_client, state="all") == [signed, waits]


def test_queue_says_which_state_it_lists(staff_client):
    def selected(**query):
        changelist = staff_client.get(QUEUE, query).context["cl"]
        choices = changelist.filter_specs[0].choices(changelist)
        return [each["display"] for each in choices if each["selected"]]

    assert selected() == ["Waiting"]
    assert selected(state="signed") == ["Signed"]
    assert selected(q="Ada") == ["All"]


def test_queue_can_be_narrowed_to_the_red_flags(staff_client):
    make_plan()
    flagged = make_plan(**A_SORE)
    assert queue_of(staff_client, is_flagged__exact="1") == [flagged]


@pytest.mark.parametrize("spoil", [str.lower, lambda ref: ref.replace("-", " "), str])
def test_search_finds_a_reference_however_it_is_typed(staff_client, spoil):
    wanted, _other = make_plan(), make_plan()
    typed = spoil(wanted.intake.reference)
    assert queue_of(staff_client, q=f" {typed} ") == [wanted]


@pytest.mark.parametrize(
    "typed", ["blanche", "Ström", "blanche@example.net", "0555 12"]
)
def test_search_finds_name_e_mail_and_telephone(staff_client, typed):
    make_plan()
    wanted = make_plan(
        name="Blanche Ström", email="blanche@example.net", telephone="0555 123 456"
    )
    assert queue_of(staff_client, q=typed) == [wanted]


def test_search_finds_a_signed_plan_too(staff_client):
    plan = sign_off(make_plan(), make_clinician("dora"))
    assert queue_of(staff_client, q=plan.intake.reference) == [plan]
    assert queue_of(staff_client, q=plan.intake.reference, state="waiting") == []


def test_queue_costs_the_same_for_one_plan_and_for_three(staff_client, count_queries):
    make_plan()
    for_one = count_queries(staff_client, QUEUE)
    make_plan(scars=3)
    make_plan(**A_SORE)
    assert count_queries(staff_client, QUEUE) == for_one


def test_no_plan_is_made_or_deleted_by_hand(staff_client):
    plan = make_plan()
    assert staff_client.post(f"{QUEUE}add/").status_code == 403
    assert staff_client.post(f"{QUEUE}{plan.pk}/delete/").status_code == 403
    staff_client.post(
        QUEUE, {"action": "delete_selected", "_selected_action": plan.pk, "post": "yes"}
    )
    assert Plan.objects.get() == plan


# The desk


def test_desk_costs_the_same_for_one_scar_and_for_three(staff_client, count_queries):
    one, three = make_plan(), make_plan(scars=3)
    assert count_queries(staff_client, desk(three)) == count_queries(
        staff_client, desk(one)
    )


def test_desk_costs_the_same_for_few_cards_and_for_many(staff_client, count_queries):
    many = make_plan(wants=[])
    live = dict(Method.objects.published().values_list("pk", "live_revision"))
    few_methods()
    few = make_plan(wants=[])
    for pk, revision in live.items():
        Method.objects.filter(pk=pk).update(live_revision=revision)
    assert few.intake.assessments.get().cards.count() == 1
    assert count_queries(staff_client, desk(few)) == count_queries(
        staff_client, desk(many)
    )


def test_desk_costs_the_same_however_many_plans_wait(staff_client, count_queries):
    plan = make_plan()
    for_one = count_queries(staff_client, desk(plan))
    make_plan()
    make_plan()
    assert count_queries(staff_client, desk(plan)) == for_one


def test_nothing_is_selected_before_somebody_decides(staff_client):
    html = staff_client.get(desk(make_plan())).content.decode()
    assert html.count('type="radio"') > 0
    assert " checked" not in html
    assert " selected" not in FORM.search(html)[0]


def test_what_is_no_option_is_folded_until_it_is_decided_on(staff_client):
    plan = make_plan()
    groups = staff_client.get(desk(plan)).context["desk"].scars[0].groups
    assert [(group.verdict, group.is_open) for group in groups] == [
        ("suggested", True),
        ("not-indicated", False),
    ]
    staff_client.post(desk(plan), posted(plan, tca_cross=("include", "Tethered")))
    groups = staff_client.get(desk(plan)).context["desk"].scars[0].groups
    assert [group.is_open for group in groups] == [True, True]


def test_the_enter_key_saves_and_never_signs(staff_client):
    html = staff_client.get(desk(make_plan())).content.decode()
    buttons = re.findall(r'type="submit"[^>]*name="(\w+)"', FORM.search(html)[0])
    assert buttons == ["_save", "_sign"]


def test_desk_tells_what_stands_behind_a_card(staff_client):
    response = staff_client.get(
        desk(make_plan(isotretinoin="stopped", isotretinoin_stopped_months=3))
    )
    row = row_of(response, "subcision")
    assert [reason.kind for reason in row.reasons] == [
        "Indication",
        "Precaution",
        "Check at the examination",
    ]
    assert row.reasons[0].findings == "Rolling scar"
    assert row.reasons[1].findings == "Isotretinoin now or within 6 months"
    assert row.reasons[2].is_weak


def test_desk_says_what_to_ask(staff_client):
    plan = make_plan(pacemaker_icd="unknown")
    scar = staff_client.get(desk(plan)).context["desk"].scars[0]
    assert scar.ask == ["Pacemaker, ICD or other electronic device"]


def test_desk_names_the_red_flag_and_who_must_see_it(staff_client):
    html = staff_client.get(desk(make_plan(**A_SORE))).content.decode()
    sore = Finding.objects.get(code="rf_ulcer")
    assert f"Red flag: {sore.label}" in html
    assert sore.route in html


def test_desk_shows_the_wish_first_and_every_answer(staff_client):
    desk_page = staff_client.get(desk(make_plan(scars=2))).context["desk"]
    assert desk_page.answers[0][2] == [
        (
            "Is there a treatment that you would like to ask about?",
            "Releasing a scar from below (subcision)",
        ),
        ("What would you like to be different?", "Smoother cheeks"),
    ]
    assert {str(scar) for _title, scar, _answers in desk_page.answers} == {
        "",
        "Scar 1: Face",
        "Scar 2: Face",
    }


def test_an_answer_stays_when_its_question_is_asked_no_longer(staff_client):
    plan = make_plan(pregnant="yes")
    answer = Answer.objects.get(finding__code="pregnant")
    Finding.objects.filter(code="pregnant").update(is_asked=False, question="New words")
    answers = staff_client.get(desk(plan)).context["desk"].answers
    assert answers[-1] == ("Asked at the time", "", [(answer.question, "Yes")])


@pytest.mark.parametrize("pk", ["999999", "x", "_2F"])
def test_a_plan_that_is_not_there_is_not_found(staff_client, pk):
    assert staff_client.get(f"{QUEUE}{pk}/change/").status_code == 404


def test_desk_is_kept_by_no_cache(staff_client):
    assert "no-store" in staff_client.get(desk(make_plan()))["Cache-Control"]


# Saving


def test_saving_keeps_decisions_reasons_and_note(staff_client):
    plan = make_plan()
    response = staff_client.post(
        desk(plan),
        posted(
            plan, note="Dear Ada", subcision="include", tca_cross=("include", "Pits")
        ),
    )
    assert (response.status_code, response["Location"]) == (302, desk(plan))
    assert told(response) == ["Saved. The patient sees nothing of it yet."]
    page = staff_client.get(desk(plan))
    assert row_of(page, "subcision").choice.value() == "include"
    assert row_of(page, "microneedling").choice.value() == "not_included"
    assert row_of(page, "tca-cross").reason.value() == "Pits"
    assert page.context["form"]["note"].value() == "Dear Ada"
    assert page.content.decode().count(" checked") == sum(
        bool(choice) for choice, _reason in choices_for(plan, tca_cross="x").values()
    )
    assert not Plan.objects.get().is_signed


def test_including_against_a_card_needs_a_reason_and_loses_nothing_typed(staff_client):
    plan = make_plan()
    typed = posted(plan, note="Long words", subcision="include", tca_cross="include")
    response = staff_client.post(desk(plan), typed)
    card = card_of(plan, "tca-cross")
    assert response.status_code == 200
    assert response.context["form"].errors == {
        f"reason-{card.pk}": [f"{card.title}: say why you include it against the card."]
    }
    html = response.content.decode()
    assert f'href="#id_reason-{card.pk}"' in html
    assert "Saved meanwhile" not in html
    assert row_of(response, "subcision").choice.value() == "include"
    assert response.context["form"]["note"].value() == "Long words"
    groups = response.context["desk"].scars[0].groups
    assert [group.is_open for group in groups] == [True, True]
    assert Plan.objects.get().note == ""


def test_leaving_out_an_option_needs_no_reason(staff_client):
    plan = make_plan()
    assert staff_client.post(desk(plan), posted(plan)).status_code == 302


def test_a_second_clinician_sees_what_was_saved_meanwhile_and_loses_nothing(
    staff_client,
):
    plan = make_plan()
    dora = Client()
    dora.force_login(make_clinician("dora"))
    seen = plan.edits
    staff_client.post(
        desk(plan),
        posted(
            plan, note="From Clara", subcision="include", tca_cross=("include", "P")
        ),
    )
    response = dora.post(
        desk(plan), posted(plan, note="From Dora", subcision="not_now", edits=seen)
    )
    assert told(response) == ["Somebody else saved this plan while you were deciding."]
    assert row_of(response, "subcision").saved == "Include"
    assert row_of(response, "subcision").choice.value() == "not_now"
    assert row_of(response, "tca-cross").saved == "Include: P"
    assert row_of(response, "microneedling").saved == ""
    assert response.context["desk"].saved_note == "From Clara"
    assert response.context["form"]["note"].value() == "From Dora"
    html = response.content.decode()
    assert html.count("Saved meanwhile:") == 3
    assert Plan.objects.get().note == "From Clara"

    edits = response.context["form"]["edits"].value()
    again = dora.post(
        desk(plan), posted(plan, note="Both", subcision="not_now", edits=edits)
    )
    assert again.status_code == 302
    assert Plan.objects.get().note == "Both"
    assert card_of(plan, "subcision").decision.choice == "not_now"


# Signing


def test_signing_signs(staff_client):
    plan = make_plan()
    response = staff_client.post(desk(plan), posted(plan) | {"_sign": "Save and sign"})
    assert told(response) == ["Signed. The patient can read the plan now."]
    plan = Plan.objects.get()
    assert (plan.signed_name, plan.registration_number) == ("Clara Weiss", "REG-0042")


def test_an_unfinished_plan_is_saved_and_told_why_it_is_not_signed(staff_client):
    plan = make_plan()
    response = staff_client.post(
        desk(plan), posted(plan, note="Kept", subcision="") | {"_sign": "Save and sign"}
    )
    assert told(response) == [
        "Saved, but not signed:",
        "Decide on every option: 1 is open.",
    ]
    plan = Plan.objects.get()
    assert (plan.is_signed, plan.note) == (False, "Kept")


def test_who_may_not_sign_is_refused_before_anything_is_saved():
    clara = make_clinician()
    clara.groups.clear()
    names = ["view_plan", "change_plan"]
    clara.user_permissions.set(Permission.objects.filter(codename__in=names))
    client, plan = Client(), make_plan()
    client.force_login(clara)
    assert "_sign" not in client.get(desk(plan)).content.decode()
    response = client.post(desk(plan), posted(plan, note="No") | {"_sign": "x"})
    assert response.status_code == 403
    plan = Plan.objects.get()
    assert (plan.is_signed, plan.note) == (False, "")
    assert client.post(desk(plan), posted(plan)).status_code == 302


def test_a_signed_desk_is_read_only(staff_client):
    plan = sign_off(make_plan(), make_clinician("dora"), note="Signed words")
    html = FORM.search(staff_client.get(desk(plan)).content.decode())[0]
    inputs = re.findall(r"<(?:input|textarea)[^>]*>", html)
    assert [each for each in inputs if "disabled" not in each] == [
        each for each in inputs if "csrfmiddlewaretoken" in each
    ]
    assert 'type="submit"' not in html


def test_a_signed_plan_refuses_a_form_that_was_still_open(staff_client):
    plan = make_plan()
    still_open = posted(plan, note="Too late", subcision="include")
    sign_off(plan, make_clinician("dora"), note="Signed words")
    for button in ({}, {"_sign": "x"}):
        response = staff_client.post(desk(plan), still_open | button)
        assert told(response) == ["This plan is signed and cannot change."]
    assert Plan.objects.get().note == "Signed words"
    assert card_of(plan, "subcision").decision.choice == "not_included"


def test_a_plan_signed_in_the_same_moment_is_shown_as_signed(staff_client, monkeypatch):
    plan, dora = make_plan(), make_clinician("dora")
    decide = workflow.decide

    def too_late(plan, *args, **kwargs):
        monkeypatch.undo()
        sign_off(plan, dora, note="Signed words")
        return decide(plan, *args, **kwargs)

    monkeypatch.setattr(workflow, "decide", too_late)
    response = staff_client.post(desk(plan), posted(plan, note="Too late"))
    assert told(response) == ["This plan is signed and cannot change."]
    assert not response.context["may_change"]
    assert response.context["form"]["note"].value() == "Signed words"


def test_a_plan_sent_through_the_browser_reads_the_same(staff_client):
    by_browser = send_intake(scars=2)
    quick = make_plan(scars=2)

    def shown(plan):
        page = staff_client.get(desk(plan)).context["desk"]
        cards = [
            [(row.card.title, row.card.verdict, row.reasons) for row in group.rows]
            for scar in page.scars
            for group in scar.groups
        ]
        return [(title, str(scar), told) for title, scar, told in page.answers], cards

    assert shown(by_browser) == shown(quick)
