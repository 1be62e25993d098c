"""The queue and the desk: what a clinician sees, saves and signs."""

import datetime
import re
from copy import deepcopy
from decimal import Decimal
from html.parser import HTMLParser

import pytest
from django.contrib.auth.models import Permission
from django.contrib.messages import get_messages
from django.test import Client
from django.utils import timezone
from django.utils.html import escape

from consultations.intake.steps import MOST_SCARS
from consultations.models import (
    Answer,
    Card,
    MessageTemplate,
    Photo,
    Plan,
    Reading,
)
from consultations.review import workflow
from consultations.review.desk import Desk, key_of
from consultations.review.desk.page import MATTERS
from consultations.review.workflow import Decided
from methods.models import Finding, Method
from methods.protocol.coded_findings import RedFlagCode
from methods.protocol.vocabulary import Line, Verdict
from methods.publishing import verbs
from tests.consultations.deciding import (
    QUEUE,
    card_of,
    cards_of,
    choices_for,
    desk,
    make_plan,
    posted,
    press_sign,
    preview,
    sign_off,
)
from tests.consultations.factories import make_clinician, send_intake

pytestmark = pytest.mark.django_db

A_SORE = {"rf_ulcer": "yes"}
MOST_QUERIES = 26
"""Two of them open and close a savepoint."""
FORM = re.compile(r'<form method="post" class="desk-form".*?</form>', re.S)
CONFLICT = (
    "This plan was changed while you were deciding, by a colleague or by an answer."
)


def told(response):
    return [str(message) for message in get_messages(response.wsgi_request)]


def rows_of(response, scar=0):
    """Return the cards' rows of one scar as the desk shows them, {slug: row}."""
    return {
        row.card.revision.subject.slug: row
        for group in response.context["desk"].scars[scar].groups
        for row in group.cards
    }


def row_of(response, slug, scar=0):
    """Return a card's row as the desk shows it."""
    return rows_of(response, scar)[slug]


def few_methods():
    live = Method.objects.published().exclude(slug="subcision")
    live.update(live_revision=None)


def set_price(plan, slug, price):
    """Give a treatment, as it was published when a plan's cards were dealt, a price."""
    revision = card_of(plan, slug).revision
    revision.content = deepcopy(revision.content)
    revision.content["price"]["price_from"] = price
    revision.save()


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
    assert count_queries(staff_client, desk(plan)) == for_one <= MOST_QUERIES


def test_desk_costs_the_same_with_questions_photos_versions_and_colleagues(
    staff_client, count_queries
):
    plan, dora = make_plan(), make_clinician("dora")
    set_price(plan, "subcision", "200")
    staff_client.post(desk(plan), posted(plan, subcision="include"))
    for_one = count_queries(staff_client, desk(plan))
    for text in ("One?", "Two?"):
        workflow.answer(workflow.ask(plan, text, [], by=dora), "Yes")
    plan.refresh_from_db()
    staff_client.post(desk(plan), posted(plan, subcision="include"))
    scar = plan.intake.scars.get()
    for slot in ("distance", "side"):
        Photo.objects.create(scar=scar, slot=slot, width=10, height=10)
    Reading.objects.create(plan=plan, user=dora, seen_at=timezone.now())
    workflow.claim(plan, by=dora)
    assert count_queries(staff_client, desk(plan)) == for_one <= MOST_QUERIES


def test_a_red_flag_stands_before_all_else(staff_client):
    html = staff_client.get(desk(make_plan(rf_bleed="yes"))).text
    marks = [
        'class="desk-flag"',
        'class="desk-contact"',
        'name="_claim"',
        'name="_link"',
    ]
    places = [html.find(each) for each in marks]
    assert places[0] == min(places) > 0


def test_nothing_is_selected_before_somebody_decides(staff_client):
    html = staff_client.get(desk(make_plan())).content.decode()
    assert html.count('type="radio"') > 0
    assert " checked" not in html
    assert " selected" not in FORM.search(html)[0]


def test_what_is_no_option_is_folded_until_it_is_decided_on(staff_client):
    plan = make_plan()
    groups = staff_client.get(desk(plan)).context["desk"].scars[0].groups
    is_open = {group.verdict: group.is_open for group in groups}
    assert (is_open["suggested"], is_open["not-indicated"]) == (True, False)
    staff_client.post(desk(plan), posted(plan, tca_cross=("include", "Tethered")))
    groups = staff_client.get(desk(plan)).context["desk"].scars[0].groups
    is_open = {group.verdict: group.is_open for group in groups}
    assert (is_open["suggested"], is_open["not-indicated"]) == (True, True)


def test_the_enter_key_saves_and_never_signs(staff_client):
    html = staff_client.get(desk(make_plan())).content.decode()
    buttons = re.findall(r'type="submit"[^>]*name="(\w+)"', FORM.search(html)[0])
    assert buttons == ["_save", "_save", "_preview"]


def test_desk_tells_what_stands_behind_a_card(staff_client):
    response = staff_client.get(
        desk(make_plan(isotretinoin="stopped", isotretinoin_stopped_months=3))
    )
    row = row_of(response, "subcision")
    assert list(dict.fromkeys(reason.kind for reason in row.reasons)) == [
        "Indication",
        "Precaution",
        "Check at the examination",
    ]
    named = [label for reason in row.reasons for label in reason.findings]
    assert row.reasons[0].findings == ["Rolling scar"]
    assert "Isotretinoin now or within 6 months" in named
    assert any(reason.is_weak for reason in row.reasons)
    assert row.reasons[0].grades == [
        "Clinic, vendor or blog page",
        "Trial, case series or narrative review",
    ]
    (trial, *_others) = row.reasons[0].sources
    listed = {source.code: source for source in response.context["desk"].sources}
    assert listed[trial.code] == trial


def test_answers_stand_once_beside_their_finding_and_their_scar(staff_client):
    plan = make_plan(scars=2, isotretinoin="stopped", isotretinoin_stopped_months=3)
    plan.intake.scars.filter(number=2).update(pit_shape="none")
    first, second = staff_client.get(desk(plan)).context["desk"].strip.because
    found = dict(first.found)
    assert set(found["Rolling scar"]) == {
        "Lower",
        "Shallow",
        "Like a soft wave",
        "5 mm or more, like a pencil’s end",
        "Does the dent vanish? Yes",
    }
    assert found["Isotretinoin now or within 6 months"] == [
        "Before, but no longer",
        "How many months ago did you stop? 3",
    ]
    assert "None of these" in dict(second.found)["Rolling scar"]
    assert "Isotretinoin now or within 6 months" not in dict(second.found)


def test_a_card_says_what_would_change_it(staff_client):
    plan = make_plan(pacemaker_icd="unknown", tan="0", koebner_active="yes")
    response = staff_client.get(desk(plan))
    laser = row_of(response, "fractional-ablative-laser")
    date = card_of(plan, "fractional-ablative-laser").until_date
    assert laser.card.verdict == "deferred"
    assert laser.would_change[0].startswith("It is no longer put off when ")
    assert date is None
    assert "An answer on: Pacemaker, ICD or other electronic device." in (
        row_of(response, "rf-microneedling").would_change
    )
    not_indicated = row_of(response, "tca-cross").would_change
    assert not_indicated[0].startswith("One of these is found: Ice-pick scar")


def test_a_price_names_its_currency(staff_client):
    page = staff_client.get(desk(make_plan()))
    currency = page.context["desk"].currency
    assert len(currency) == 3
    assert f"<span>Price, {currency}</span>" in page.text
    assert f'data-label="Price, {currency}"' in page.text


def test_keys_of_one_letter_are_switched_off_for_one_person_and_stay_so(staff_client):
    plan, dora = make_plan(), Client()
    dora.force_login(make_clinician("dora"))
    photos = desk(plan).replace("change/", "photos/")
    Photo.objects.create(scar=plan.intake.scars.get(), slot="side", width=1, height=1)
    assert "data-has-keys" in staff_client.get(desk(plan)).text
    typed = posted(plan, note="Dear Ada") | {"_keys": "off"}
    assert staff_client.post(desk(plan), typed).status_code == 302
    assert Plan.objects.get().note == "Dear Ada"
    for url in (desk(plan), photos):
        assert "data-has-keys" not in staff_client.get(url).text
        assert "data-has-keys" in dora.get(url).text
    assert staff_client.post(desk(plan), {"_keys": "on"})["Location"] == photos
    assert "data-has-keys" in staff_client.get(photos).text


def test_benefits_harms_and_days_off_are_those_of_the_frozen_revision(staff_client):
    plan = make_plan(scars=2)
    method = Method.objects.get(slug="subcision")
    method.can = "It does wonders [GK]."
    method.save()
    verbs.publish(method, by=None, note="Other words")
    response = staff_client.get(desk(plan))
    about = row_of(response, "subcision").about
    assert about.benefits[0] == (
        "Lift wavy scars (rolling) that cords hold down. It is a first choice for them."
    )
    assert about.days_off == "2 to 3: swelling; bruises up to 10 days"
    assert about.harms[0].startswith("Bruis")
    assert row_of(response, "subcision", scar=1).about is None


def test_desk_says_what_to_ask(staff_client):
    plan = make_plan(pacemaker_icd="unknown")
    (unknown,) = staff_client.get(desk(plan)).context["desk"].unknown
    titles = [card_of(plan, slug).title for slug in ("rf-microneedling", "subcision")]
    asking = {
        each.title
        for each in cards_of(plan)
        if "pacemaker_icd" in each.ask and each.verdict in MATTERS
    }
    assert asking == set(titles)
    # What it may rule out stands before what it may only ask to do with care.
    assert (unknown.label, unknown.sentence) == (
        "Pacemaker, ICD or other electronic device",
        f"Decides on {', '.join(titles)}.",
    )


def test_desk_names_the_red_flag_and_who_must_see_it(staff_client):
    html = staff_client.get(desk(make_plan(**A_SORE))).content.decode()
    sore = Finding.objects.get(code="rf_ulcer")
    assert f"Red flag: {sore.label}" in html
    assert sore.route in html


def test_desk_shows_the_wish_first_and_every_answer(staff_client):
    desk_page = staff_client.get(desk(make_plan(scars=2))).context["desk"]
    wish, *others = desk_page.answers[0][2]
    assert wish == ("What would you like to be different?", "Smoother cheeks")
    assert others[-1:] == [
        (
            "Is there a treatment in your mind?",
            "Releasing a scar from below (subcision)",
        )
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
    assert row_of(page, "subcision").typed["choice"] == "include"
    assert row_of(page, "microneedling").typed["choice"] == "not_included"
    assert row_of(page, "tca-cross").typed["reason"] == "Pits"
    assert page.context["form"]["note"].value() == "Dear Ada"
    assert page.content.decode().count(" checked") == sum(
        bool(said.choice) for said in choices_for(plan, tca_cross="x").values()
    )
    assert not Plan.objects.get().is_signed


def test_including_against_a_card_needs_a_reason_and_loses_nothing_typed(staff_client):
    plan = make_plan()
    typed = posted(plan, note="Long words", subcision="include", tca_cross="include")
    response = staff_client.post(desk(plan), typed)
    card = card_of(plan, "tca-cross")
    key = key_of(card)
    assert response.status_code == 200
    assert response.context["form"].wrong == {
        f"override_reason-{key}": (
            f"{card.title}: choose why you include it against the card."
        ),
        f"reason-{key}": (
            f"{card.title}: say in words why you include it against the card."
        ),
        f"patient_words-{key}": (
            f"{card.title}: tell the patient in words why, against the card."
        ),
    }
    html = response.content.decode()
    for name in ("override_reason", "reason", "patient_words"):
        assert f'href="#{name}-{key}"' in html
        assert f'id="{name}-{key}"' in html
    assert "Saved meanwhile" not in html
    assert row_of(response, "subcision").typed["choice"] == "include"
    assert response.context["form"]["note"].value() == "Long words"
    groups = response.context["desk"].scars[0].groups
    is_open = {group.verdict: group.is_open for group in groups}
    assert (is_open["suggested"], is_open["not-indicated"]) == (True, True)
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
    assert told(response) == [CONFLICT]
    assert row_of(response, "subcision").saved == "Include"
    assert row_of(response, "subcision").typed["choice"] == "not_now"
    assert row_of(response, "tca-cross").saved == (
        "Include, Another reason, to the patient: We have talked about it.: P"
    )
    assert row_of(response, "microneedling").saved == ""
    assert response.context["desk"].saved == {"note": "From Clara"}
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
    response = press_sign(staff_client, plan, posted(plan, note="Nothing for now."))
    assert told(response) == ["Signed. The patient can read the plan now."]
    plan = Plan.objects.get()
    assert (plan.signed_name, plan.registration_number) == ("Clara Weiss", "REG-0042")


def test_an_unfinished_plan_is_saved_and_told_why_it_is_not_signed(staff_client):
    plan = make_plan()
    response = press_sign(staff_client, plan, posted(plan, note="Kept", subcision=""))
    fault = "Decide on every option: 1 is open."
    assert (response.context["faults"], response.context["told"]) == ([fault], [fault])
    assert 'name="_sign"' not in response.text
    plan = Plan.objects.get()
    assert (plan.is_signed, plan.note) == (False, "Kept")


def test_who_may_not_sign_is_refused_before_anything_is_saved():
    clara = make_clinician()
    clara.groups.clear()
    names = ["view_plan", "change_plan", "read_answers"]
    clara.user_permissions.set(Permission.objects.filter(codename__in=names))
    client, plan = Client(), make_plan()
    client.force_login(clara)
    assert "_sign" not in client.get(preview(plan)).text
    response = client.post(preview(plan), {"edits": 0, "_sign": "x"})
    assert response.status_code == 403
    assert not Plan.objects.get().is_signed
    assert client.post(desk(plan), posted(plan)).status_code == 302


def test_a_signed_desk_is_read_only(staff_client):
    plan = sign_off(make_plan(), make_clinician("dora"), note="Signed words")
    html = FORM.search(staff_client.get(desk(plan)).content.decode())[0]
    inputs = re.findall(r"<(?:input|textarea|select)[^>]*>", html)
    # Only a message may still be written.
    left = re.compile("csrfmiddlewaretoken|message")
    assert [each for each in inputs if "disabled" not in each] == [
        each for each in inputs if left.search(each)
    ]
    assert 'type="submit"' not in html


def test_a_signed_plan_refuses_a_form_that_was_still_open(staff_client):
    plan = make_plan()
    still_open = posted(plan, note="Too late", subcision="include")
    sign_off(plan, make_clinician("dora"), note="Signed words")
    for button in ({}, {"_preview": "x"}):
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
            [(row.card.title, row.card.verdict, row.reasons) for row in group.cards]
            for scar in page.scars
            for group in scar.groups
        ]
        return [(title, str(scar), told) for title, scar, told in page.answers], cards

    assert shown(by_browser) == shown(quick)


def test_what_was_read_is_what_is_signed(staff_client):
    plan, dora = make_plan(), make_clinician("dora")
    staff_client.post(desk(plan), posted(plan, note="Mine"))
    seen = Plan.objects.get()
    choices = choices_for(plan, subcision="include")
    workflow.decide(seen, choices, note="Hers", seen_edits=seen.edits, by=dora)
    data = {"edits": seen.edits, "_sign": "yes"}
    response = staff_client.post(preview(plan), data)
    assert "This plan was changed since you read it" in response.text
    assert "Hers" in response.text
    assert not Plan.objects.get().is_signed


def test_an_empty_plan_asks_once_what_the_patient_should_hear(staff_client):
    plan = make_plan()
    response = press_sign(staff_client, plan, posted(plan))
    assert not Plan.objects.get().is_signed
    assert "What should the patient hear?" in response.text
    assert 'name="_sign"' not in response.text
    edits = Plan.objects.get().edits
    nothing = {"edits": edits, "_say": "yes", "note": " "}
    assert "note" in staff_client.post(preview(plan), nothing).context["form"].errors
    said = nothing | {"note": "Come back in spring."}
    page = staff_client.post(preview(plan), said, follow=True)
    assert page.text.count("Come back in spring.") == 1
    edits = Plan.objects.get().edits
    staff_client.post(preview(plan), {"edits": edits, "_sign": "yes"})
    signed = Plan.objects.get()
    assert (signed.is_signed, signed.note) == (True, "Come back in spring.")


@pytest.mark.parametrize("said", ["not_now", "not_included"])
def test_what_is_not_yet_is_spoken_of_before_somebody_signs(staff_client, said):
    plan = make_plan(active_acne="mild")
    waiting = [each for each in cards_of(plan) if each.verdict == "deferred"]
    assert waiting
    assert (
        press_sign(staff_client, plan, posted(plan, note="We begin with the acne."))
        .context["unsaid"]
        .not_yet
    )
    edits = Plan.objects.get().edits
    staff_client.post(preview(plan), {"edits": edits, "_say": "yes", "not_yet": said})
    choices = {
        card_of(plan, each.revision.subject.slug).decision.choice for each in waiting
    }
    assert choices == {said}
    edits = Plan.objects.get().edits
    staff_client.post(preview(plan), {"edits": edits, "_sign": "yes"})
    assert Plan.objects.get().is_signed


def test_the_rest_is_adjuncts_that_nobody_asked_about(staff_client):
    plan = make_plan(wants=["microneedling-prp"])
    adjuncts = {
        each.revision.subject.slug
        for each in cards_of(plan)
        if each.is_option and each.line == Line.ADJUNCT
    }
    assert adjuncts > {"microneedling-prp"}
    typed = posted(plan, options="") | {"_rest": "yes"}
    assert staff_client.post(desk(plan), typed).status_code == 302
    left_out = {
        each.revision.subject.slug: each.decision.reason
        for each in cards_of(plan)
        if each.decision.choice == "not_included"
    }
    assert left_out == dict.fromkeys(adjuncts - {"microneedling-prp"}, "Not discussed.")


# Every field, and two at once


SAID = Decided(
    choice="changed",
    reason="Darker skin",
    patient_words="We go slowly.",
    area="left cheek",
    device_settings="18 G",
    sessions=2,
    weeks_apart=6,
    before="Sun protection",
    measure="Photo after 12 weeks",
    dose=Decimal("12.50"),
    second_dose=Decimal("0.25"),
    position=1,
    not_before=datetime.date(2031, 5, 1),
    seconds=41,
)


def test_every_field_of_a_decision_is_kept_and_shown_again(staff_client):
    plan = make_plan()
    assert (
        staff_client.post(desk(plan), posted(plan, subcision=SAID)).status_code == 302
    )
    decision = card_of(plan, "subcision").decision
    assert {name: getattr(decision, name) for name in vars(SAID)} == vars(SAID)
    typed = row_of(staff_client.get(desk(plan)), "subcision").typed
    assert typed == {name: str(value) for name, value in vars(SAID).items()}


def test_words_to_the_patient_are_kept(staff_client):
    plan = make_plan()
    words = {"note": "Dear Ada", "home_care": "Silicone", "sun_protection": "Factor 50"}
    staff_client.post(desk(plan), posted(plan) | words)
    plan = Plan.objects.get()
    assert {name: getattr(plan, name) for name in words} == words


def test_including_changed_says_what_is_changed(staff_client):
    plan = make_plan()
    response = staff_client.post(desk(plan), posted(plan, subcision="changed"))
    card = card_of(plan, "subcision")
    assert response.context["form"].wrong == {
        f"area-{key_of(card)}": (
            f"{card.title}: say what you change: area, settings or sessions."
        )
    }


@pytest.mark.parametrize(
    ("field", "wrong"),
    [("sessions", "0"), ("sessions", "many"), ("not_before", "soon"), ("choice", "x")],
)
def test_what_cannot_be_read_is_told_and_stays_typed(staff_client, field, wrong):
    plan = make_plan()
    name = f"{field}-{key_of(card_of(plan, 'subcision'))}"
    response = staff_client.post(desk(plan), posted(plan, note="Long") | {name: wrong})
    assert list(response.context["form"].wrong) == [name]
    assert row_of(response, "subcision").typed[field] == wrong
    assert Plan.objects.get().note == ""


def test_a_conflict_shows_every_field_of_the_other_version(staff_client):
    plan, dora = make_plan(), make_clinician("dora")
    mine = posted(plan, subcision=Decided("include", sessions=5)) | {
        "home_care": "Mine",
        "sun_protection": "Mine",
    }
    workflow.decide(
        plan,
        choices_for(plan, subcision=SAID),
        note="",
        home_care="Hers",
        seen_edits=0,
        by=dora,
    )
    response = staff_client.post(desk(plan), mine)
    assert told(response) == [CONFLICT]
    row = row_of(response, "subcision")
    assert (row.typed["sessions"], row.typed["area"]) == ("5", "")
    assert row.saved == (
        "Include changed, area: left cheek, settings: 18 G, sessions: 2, weeks apart: 6, "
        "before it: Sun protection, measured: Photo after 12 weeks, "
        "dose per visit: 12.5, dose per visit: 0.25, order: 1, not before 2031-05-01, "
        "to the patient: We go slowly.: Darker skin"
    )
    assert response.context["desk"].saved == {
        "home_care": "Hers",
        "sun_protection": "nothing",
    }
    assert response.context["form"]["home_care"].value() == "Mine"


def test_interleaved_saves_over_the_browser_have_one_winner_each(staff_client):
    few_methods()
    plan = make_plan(wants=[])
    dora = Client()
    dora.force_login(make_clinician("dora"))
    clients, conflicts = [staff_client, dora], 0
    for turn in range(10):
        winner, loser = clients[turn % 2], clients[(turn + 1) % 2]
        seen = Plan.objects.get().edits
        won = posted(
            plan, note=f"{turn}", edits=seen, subcision=Decided("include", f"{turn}")
        )
        assert winner.post(desk(plan), won).status_code == 302
        lost = posted(
            plan, note="lost", edits=seen, subcision=Decided("not_now", "lost")
        )
        response = loser.post(desk(plan), lost)
        conflicts += told(response)[-1:] == [CONFLICT]
        row = row_of(response, "subcision")
        assert (row.typed["reason"], row.saved) == ("lost", f"Include: {turn}")
        assert response.context["form"]["note"].value() == "lost"
        assert response.context["desk"].saved == {"note": f"{turn}"}
        assert Plan.objects.get().note == f"{turn}"
    assert conflicts == 10


# Who has it


def test_claiming_and_releasing_keep_what_is_typed(staff_client):
    plan = make_plan()
    staff_client.post(desk(plan), posted(plan, note="Typed") | {"_claim": "yes"})
    kept = Plan.objects.get()
    assert (str(kept.claimed_by), kept.note) == ("clara", "Typed")
    staff_client.post(desk(plan), posted(kept, note="More") | {"_release": "yes"})
    kept = Plan.objects.get()
    assert (kept.claimed_by, kept.note) == (None, "More")


def test_a_colleagues_claim_is_refused_in_words(staff_client):
    plan = make_plan()
    workflow.claim(plan, by=make_clinician("dora"))
    response = staff_client.post(desk(plan), posted(plan) | {"_claim": "yes"})
    assert told(response) == ["Dora Weiss has claimed this plan."]


def test_who_has_the_page_open_too_is_shown_for_fifteen_minutes(staff_client):
    plan, dora = make_plan(), Client()
    user = make_clinician("dora")
    dora.force_login(user)

    def readers():
        sidebar = staff_client.get(desk(plan)).context["desk"].sidebar
        return [reader.user.username for reader in sidebar.readers]

    assert readers() == []
    dora.get(desk(plan))
    dora.get(desk(plan))
    assert readers() == ["dora"]
    assert Reading.objects.filter(user=user).count() == 1
    long_ago = timezone.now() - datetime.timedelta(minutes=16)
    Reading.objects.filter(user=user).update(seen_at=long_ago)
    assert readers() == []


def test_what_is_typed_while_a_colleague_signs_is_shown_to_be_copied(staff_client):
    plan = make_plan()
    typed = posted(plan, note="Dear Ada", subcision=Decided("not_now", "Too early"))
    sign_off(plan, make_clinician("dora"), note="Hello")
    page = staff_client.post(desk(plan), typed | {"question": "Since when?"})
    assert page.status_code == 200
    told = dict(page.context["unsaved"])
    assert list(told.values()) == ["Dear Ada", "Since when?", "Not now: Too early"]
    assert all(escape(each) in page.text for each in told.values())
    assert Plan.objects.get().note == "Hello"


@pytest.mark.parametrize("button", ["_claim", "_ask"])
def test_no_button_forgets_a_first_impression(staff_client, settings, button):
    settings.FIRST_LOOK = "always"
    plan = make_plan()
    data = {"first_look": "A sore.", button: "yes", "question": "Since when?"}
    page = staff_client.post(desk(plan), data)
    assert 'form="desk"' in page.text
    assert page.context["first_look"]["first_look"].value() == "A sore."
    Plan.objects.update(claimed_by=None)
    workflow.first_look(plan, "Mine.", by=make_clinician("dora"))
    page = staff_client.post(desk(plan), {"first_look": "A sore.", "_first": "yes"})
    assert [text for _label, text in page.context["unsaved"]] == ["A sore."]


# Asking, templates, preview


def test_asking_keeps_the_decisions_and_lets_the_plan_wait(staff_client):
    plan = make_plan(pacemaker_icd="unknown")
    response = staff_client.post(
        desk(plan),
        posted(plan, note="Typed")
        | {
            "question": "Have you a pacemaker?",
            "findings": ["pacemaker_icd", "everything"],
            "_ask": "yes",
        },
    )
    assert told(response) == ["Asked. The patient is told by e-mail."]
    question = plan.intake.questions.get()
    assert question.findings == ["pacemaker_icd"]
    kept = Plan.objects.get()
    assert (kept.is_asking, kept.note) == (True, "Typed")
    (asked,) = staff_client.get(desk(plan)).context["desk"].questions
    assert asked.findings == ["Pacemaker, ICD or other electronic device"]


def test_an_empty_question_is_refused_and_what_was_ticked_stays(staff_client):
    plan = make_plan(pacemaker_icd="unknown")
    assert (
        '<details class="desk-tool desk-asking">' in staff_client.get(desk(plan)).text
    )
    asked = {"question": " ", "findings": ["pacemaker_icd"], "_ask": "yes"}
    response = staff_client.post(desk(plan), posted(plan) | asked)
    assert told(response)[1:] == ["Write your question in words."]
    assert response.context["desk"].ask["findings"].value() == ["pacemaker_icd"]
    assert '<details class="desk-tool desk-asking" open>' in response.text


@pytest.mark.parametrize(
    ("use", "field"),
    [("note", "note"), ("home_care", "home_care"), ("sun", "sun_protection")],
)
def test_a_template_is_inserted_without_a_script_and_nothing_is_saved(
    staff_client, use, field
):
    plan = make_plan()
    template = MessageTemplate.objects.filter(use=use).first()
    typed = posted(plan, subcision="include") | {
        field: "My words.",
        f"template-{use}": template.pk,
        "_insert": use,
    }
    response = staff_client.post(desk(plan), typed)
    value = response.context["form"][field].value()
    assert value == f"My words.\n\n{template.text}"
    assert row_of(response, "subcision").typed["choice"] == "include"
    assert Plan.objects.get().edits == 0


def test_a_template_for_a_question_is_inserted_into_the_question(staff_client):
    plan = make_plan()
    template = MessageTemplate.objects.filter(use="question").first()
    typed = posted(plan) | {"template-question": template.pk, "_insert": "question"}
    response = staff_client.post(desk(plan), typed)
    assert response.context["desk"].ask["question"].value() == template.text


def test_every_place_for_words_has_a_starter_template():
    uses = set(MessageTemplate.objects.values_list("use", flat=True))
    assert uses == set(MessageTemplate.Use.values)


def test_each_red_flag_has_a_template_of_its_own_that_is_offered_first(staff_client):
    of_flags = MessageTemplate.objects.exclude(red_flag="")
    assert {each.red_flag for each in of_flags} == set(RedFlagCode.values)
    offered = {
        name: [each.red_flag for each in templates]
        for name, plan in (("flagged", make_plan(**A_SORE)), ("plain", make_plan()))
        for templates in [
            staff_client.get(desk(plan)).context["desk"].sidebar.templates["note"]
        ]
    }
    assert offered["flagged"] == ["rf_ulcer", *offered["plain"]]
    assert set(offered["plain"]) == {""}


def test_a_preview_is_what_the_patient_will_see(staff_client, client):
    plan = make_plan()
    typed = posted(plan, note="Dear Ada", subcision="include") | {"_preview": "yes"}
    response = staff_client.post(desk(plan), typed)
    preview = staff_client.get(response["Location"])
    assert preview.templates[1].name == "consultations/plan.html"
    shown = preview.context["plan"]
    assert (shown.is_preview, shown.plan.note) == (True, "Dear Ada")
    assert [item.title for item in shown.scars[0].included] == [
        "Releasing a scar from below (subcision)"
    ]
    assert client.get(response["Location"]).status_code == 302


def test_earlier_intakes_of_the_same_person_are_linked(staff_client):
    earlier = make_plan()
    plan = make_plan()
    make_plan(name="Eve", email="eve@example.org", telephone="0555 9876543")
    (other,) = staff_client.get(desk(plan)).context["desk"].sidebar.other_intakes
    assert (other.latest_plan, other.reference) == (
        earlier.pk,
        earlier.intake.reference,
    )


def test_photos_stand_beside_the_answers_of_their_scar(staff_client):
    plan = make_plan(scars=2)
    photo = Photo.objects.create(
        scar=plan.intake.scars.get(number=2), slot="distance", width=20, height=10
    )
    page = staff_client.get(desk(plan))
    ((scar, photos, is_covered),) = page.context["desk"].photos
    assert (scar.number, photos, is_covered) == (2, [photo], False)
    assert f'<img src="/photo/{photo.name}/"' in page.content.decode()


# First look


def test_the_cards_open_after_a_first_impression(staff_client, settings):
    settings.FIRST_LOOK = "always"
    plan = make_plan(**A_SORE, pacemaker_icd="unknown")
    page = staff_client.get(desk(plan))
    assert page.context["desk"].red_flags[0]["code"] == "rf_ulcer"
    assert "data-card" not in page.content.decode()
    assert 'name="first_look"' in page.content.decode()
    staff_client.post(desk(plan), posted(plan, note="Too soon", subcision="not_now"))
    assert Plan.objects.get().note == ""
    assert staff_client.get(preview(plan))["Location"] == desk(plan)
    typed = {"_first": "yes", "first_look": "A sore. A doctor first."}
    assert staff_client.post(desk(plan), typed).status_code == 302
    page = staff_client.get(desk(plan))
    assert "data-card" in page.content.decode()
    assert "A sore. A doctor first." in page.content.decode()


def test_a_first_look_shows_each_photo_under_its_scar(staff_client, settings):
    settings.FIRST_LOOK = "always"
    plan = make_plan(scars=2)
    scars = list(plan.intake.scars.all())
    names = [
        Photo.objects.create(scar=scar, slot="distance", width=20, height=10).name
        for scar in scars
    ]
    html = staff_client.get(desk(plan)).text
    marks = [f"<h2>{scars[0]}</h2>", names[0], f"<h2>{scars[1]}</h2>", names[1]]
    places = [html.index(each) for each in marks]
    assert places == sorted(places)


def test_an_empty_first_impression_opens_nothing(staff_client, settings):
    settings.FIRST_LOOK = "always"
    plan = make_plan()
    response = staff_client.post(desk(plan), {"_first": "yes", "first_look": " "})
    assert "Write your first impression in a few words." in response.content.decode()
    assert "data-card" not in response.content.decode()


def test_a_question_may_be_asked_before_the_first_impression(staff_client, settings):
    settings.FIRST_LOOK = "always"
    plan = make_plan(pacemaker_icd="unknown")
    asked = {"question": "Have you one?", "_ask": "yes"}
    assert staff_client.post(desk(plan), asked).status_code == 302
    assert plan.intake.questions.get().text == "Have you one?"


def test_a_sample_is_about_one_in_five_and_always_the_same(settings):
    settings.FIRST_LOOK = "sample"
    plan = make_plan()

    def is_due(number):
        plan.intake.reference = f"REF-{number}"
        return Desk.is_first_look_due(plan)

    due = [number for number in range(1000) if is_due(number)]
    assert 150 < len(due) < 250
    assert due == [number for number in range(1000) if is_due(number)]
    settings.FIRST_LOOK = "off"
    assert not any(is_due(number) for number in range(20))


# Checklist mode


def test_a_checklist_says_of_each_criterion_whether_it_is_met(staff_client, settings):
    settings.CHECKLIST_MODE = True
    plan = make_plan(pacemaker_icd="unknown", anticoagulant="yes")
    page = staff_client.get(desk(plan))
    (group,) = page.context["desk"].scars[0].groups
    titles = [row.card.title for row in group.cards]
    assert titles == sorted(titles)
    states = {
        (each.kind, each.findings): each.state
        for each in row_of(page, "subcision").reasons
    }
    assert states["Indication", "Rolling scar"] == "met"
    label = Finding.objects.get(code="anticoagulant").label
    assert states["Precaution", label] == "met"
    assert states["Against it", "Ice-pick scar"] == "not-met"
    rf = {
        each.findings: each.state for each in row_of(page, "rf-microneedling").reasons
    }
    assert rf["Pacemaker, ICD or other electronic device"] == "not-answered"


def test_a_checklist_shows_no_verdict_line_or_type(staff_client, settings):
    settings.CHECKLIST_MODE = True
    html = FORM.search(staff_client.get(desk(make_plan())).content.decode())[0]
    words = [*Verdict.labels, *Line.labels, "Looks like", "option"]
    assert [word for word in words if f">{word}" in html or f"({word})" in html] == []
    assert "verdict--suggested" not in html


def test_a_checklist_advises_nothing(staff_client, settings):
    settings.CHECKLIST_MODE = True
    page = staff_client.get(desk(make_plan()))
    form = FORM.search(page.text)[0].lower()
    words = ("first line", "first choice", "second line", "not recommended", "it can:")
    assert [word for word in words if word in form] == []
    rows = rows_of(page).values()
    assert {row.about for row in rows} == {None}
    why = row_of(page, "subcision").row.why
    assert why.startswith("Indication: Rolling scar; ")
    assert why.endswith(" not answered")
    said = {each.kind for row in rows for each in row.reasons if each.rationale}
    assert said <= {"Check at the examination"}


def test_a_checklist_asks_the_same_of_every_card(staff_client, settings):
    settings.CHECKLIST_MODE = True
    page = staff_client.get(desk(make_plan(pacemaker_icd="unknown", smoker="yes")))
    rows = rows_of(page).values()
    assert {row.card.verdict for row in rows} > {Verdict.UNDETERMINED}
    fields = {
        (len(row.choices), row.needs_reason, row.row.unknown, *row.ask) for row in rows
    }
    assert fields == {(4, True, 0)}
    assert "data-open" not in page.text


def test_a_checklist_is_signed_without_a_decision_on_what_the_engine_calls_options(
    staff_client, settings
):
    settings.CHECKLIST_MODE = True
    plan = make_plan()
    Card.objects.filter(pk=card_of(plan, "subcision").pk).update(level="")
    typed = posted(plan, options="", subcision="include")
    response = press_sign(staff_client, plan, typed)
    assert told(response) == ["Signed. The patient can read the plan now."]


# The size of it


def test_what_is_no_option_says_its_reasons_once_where_scars_are_alike(staff_client):
    plan = make_plan(scars=2)
    plan.intake.scars.filter(number=2).update(pit_shape="none")
    response = staff_client.get(desk(plan))
    first, second = (row_of(response, "tca-cross", scar) for scar in (0, 1))
    assert (first.same, second.same) == (None, (first.key, "Scar 1: Face"))
    assert (len(first.reasons) > 0, second.reasons) == (True, [])
    assert [row_of(response, "subcision", scar).same for scar in (0, 1)] == [None, None]


def test_a_desk_of_four_scars_is_sent_compressed_and_small(staff_client):
    plan = make_plan(scars=4, pacemaker_icd="unknown", smoker="unknown")
    response = staff_client.get(desk(plan), headers={"Accept-Encoding": "gzip"})
    assert response["Content-Encoding"] == "gzip"
    assert len(response.content) < 82_000


def test_a_desk_of_eight_scars_can_be_saved(staff_client):
    plan = make_plan(scars=8)
    html = staff_client.get(desk(plan)).content.decode()
    names = set(re.findall(r'name="([^"]+-\d+-\d+)"', html))
    data = dict.fromkeys(names, "") | {"edits": 0, "note": ""}
    said = posted(plan, subcision="include")
    data |= {name: text for name, text in said.items() if name in names and text}
    assert len(data) > 2000
    assert staff_client.post(desk(plan), data).status_code == 302
    assert card_of(Plan.objects.get(), "subcision", 8).decision.choice == "include"


def test_the_words_of_the_page_promise_and_rank_nothing(staff_client):
    html = staff_client.get(desk(make_plan(scars=2))).content.decode().lower()
    own = re.sub(
        r"<(?:li|dd|p class=\"desk-words\")[^>]*>.*?</(?:li|dd|p)>",
        "",
        html,
        flags=re.S,
    )
    words = ("diagnosis", "recommended for you", "best ", "score", "%", "guaranteed")
    assert [word for word in words if word in own] == []
    assert "options to consider, from the clinic’s protocol of" in html


OWN_TYPE = {"scar_cause": "chickenpox", "elevation": "depressed", "colour": "skin"}
RAISED = {"elevation": "raised", "beyond_edges": "no", "colour": "red"}


@pytest.mark.parametrize(
    "looks",
    [
        OWN_TYPE | {"body_site": "eyelid"},
        OWN_TYPE | {"body_site": "genital"},
        RAISED | {"body_site": "lip"},
        RAISED | {"body_site": "chest", "beyond_edges": "yes"},
        RAISED | {"body_site": "hand", "radiotherapy_site": "yes"},
    ],
    ids=["eyelid", "genital", "lip", "chest keloid", "irradiated hand"],
)
def test_a_desk_shows_who_takes_over_where_the_clinic_does_not_treat(
    staff_client, looks
):
    plan = send_intake(**looks)
    response = staff_client.get(desk(plan))
    assert response.status_code == 200
    groups = {each.verdict: each for each in response.context["desk"].scars[0].groups}
    assert any(
        shown.card.verdict in ("suggested", "caution")
        for shown in groups["referral"].cards
    )


def test_options_stand_in_one_list_by_line_and_not_by_caution(staff_client):
    plan = send_intake(age=30)
    shown = staff_client.get(desk(plan)).context["desk"].scars[0].groups[0]
    assert (shown.heading, shown.is_option) == ("Options", True)
    lines = [Line.values.index(each.card.line) for each in shown.cards]
    assert lines == sorted(lines)
    assert {each.card.verdict for each in shown.cards} <= {"suggested", "caution"}


class _Fields(HTMLParser):
    """What a browser posts of the desk's form, {name: [value]}, with every box ticked."""

    def __init__(self):
        super().__init__()
        self.values = {}

    def handle_starttag(self, tag, attrs):
        attrs = dict(attrs)
        name, value = attrs.get("name", ""), attrs.get("value") or ""
        if tag not in ("input", "select", "textarea") or name.startswith("_"):
            return
        if attrs.get("type") == "checkbox":
            self.values.setdefault(name, []).append(value)
        else:
            self.values[name] = [value]


def test_the_largest_desk_is_posted_whole(staff_client, settings):
    plan = make_plan(scars=MOST_SCARS)
    # Of nothing is anything known, and all is against its card and has a partner.
    cards = Card.objects.filter(assessment__intake=plan.intake)
    asked = Finding.objects.filter(is_asked=True).values_list("code", flat=True)
    cards.update(
        ask=list(asked), verdict="undetermined", together=["silicone", "sun-protection"]
    )
    form = _Fields()
    form.feed(staff_client.get(desk(plan)).content.decode())
    values = form.values
    kinds = {name.partition("-")[0] for name in values}
    assert {"choice", "override_reason", "seconds", "seen", "with", "findings"} <= kinds
    for name in values:
        if name.startswith("choice-"):
            values[name] = ["not_now"]
        elif name.startswith(("reason-", "area-")):
            values[name] = ["Not now, said on the telephone"]
    count = sum(map(len, values.values()))
    assert 4000 < count < settings.DATA_UPLOAD_MAX_NUMBER_FIELDS <= 6000
    assert staff_client.post(desk(plan), values | {"_save": "yes"}).status_code == 302
    assert not plan.decisions.exclude(choice="not_now").exists()


def test_of_much_that_is_not_known_a_group_names_four_and_the_top_all(staff_client):
    """Six groups of twenty findings each say nothing that the top of the page does not."""
    codes = "pacemaker_icd eczema_at_site radiotherapy_site koebner_active vitiligo active_herpes"
    plan = make_plan(**dict.fromkeys(codes.split(), "unknown"))
    page = staff_client.get(desk(plan)).text
    line = re.search(r'<ul class="desk-shared"><li>(.*?): ', page)[1]
    assert (line.count("<strong>"), line.endswith("more, named above")) == (4, True)
    assert page.index("Eczema at the site") < page.index("desk-shared")
