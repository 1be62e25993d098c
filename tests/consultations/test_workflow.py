"""Submit, decide, sign: what each keeps, and what each refuses."""

import pytest
from django.db import IntegrityError, OperationalError, connection, transaction
from django.utils import timezone

from consultations import workflow
from consultations.models import (
    Assessment,
    Card,
    Decision,
    Intake,
    IntakeStatus,
    Plan,
)
from consultations.rules import RULES_VERSION
from methods import publishing
from methods.models import Finding, Method
from tests.consultations.deciding import (
    card_of,
    cards_of,
    choices_for,
    make_draft,
    make_plan,
    sign_off,
)
from tests.consultations.factories import make_clinician

pytestmark = pytest.mark.django_db

A_SORE = {"rf_ulcer": "yes"}


def live_ranked():
    return {method.revision for method in publishing.live_methods() if method.is_ranked}


def everything():
    """Return all that a stored card says, in a form that can be compared."""
    return list(Card.objects.order_by("pk").values())


def fresh(plan):
    return Plan.objects.get(pk=plan.pk)


def refused(verb, *args, **kwargs):
    """Return the faults with which a verb refuses."""
    with pytest.raises(workflow.NotAllowed) as caught:
        verb(*args, **kwargs)
    return list(caught.value.faults)


# Submit


def test_sending_makes_an_assessment_for_every_scar():
    plan = make_plan(scars=3)
    assert [each.scar.number for each in plan.intake.assessments.all()] == [1, 2, 3]


def test_every_scar_has_a_card_of_every_live_ranked_method_at_its_exact_revision():
    plan = make_plan(scars=2)
    for assessment in plan.intake.assessments.all():
        cards = assessment.cards.all()
        assert [card.place for card in cards] == list(range(1, len(cards) + 1))
        assert {card.revision_id for card in cards} == live_ranked()


def test_an_assessment_keeps_all_that_it_was_made_from():
    kept = make_plan(isotretinoin="stopped", isotretinoin_stopped_months="3")
    kept = kept.intake.assessments.get()
    assert kept.facts["isotretinoin_stopped_months"] == 3
    assert kept.facts["pit_shape"] == "wavy"
    assert kept.questions == sorted(
        Finding.objects.health_questions().values_list("code", flat=True)
    )
    assert {(each["code"], each["route"], each["told"]) for each in kept.red_flag_words}
    assert {each["code"] for each in kept.red_flag_words} == set(
        Finding.objects.red_flags().values_list("code", flat=True)
    )
    assert kept.rules_version == RULES_VERSION
    assert kept.types == ["rolling"]
    assert kept.assessed_on == timezone.localdate()


def test_every_card_waits_for_a_decision():
    plan = make_plan(scars=2)
    assert {
        (card.decision.choice, card.decision.decided_by) for card in cards_of(plan)
    } == {("", None)}


def test_a_red_flag_is_kept_and_leaves_no_option():
    plan = make_plan(**A_SORE)
    assert plan.is_flagged
    assert [flag["code"] for flag in plan.flags()] == ["rf_ulcer"]
    assert not any(card.is_option for card in cards_of(plan))


@pytest.mark.parametrize("table", ["plan", "assessment", "card", "decision"])
def test_sending_keeps_all_or_nothing(table):
    def fails(execute, sql, *rest):
        if sql.startswith(f'INSERT INTO "consultations_{table}"'):
            raise OperationalError("disk full")
        return execute(sql, *rest)

    intake, _link = make_draft(scars=2)
    with connection.execute_wrapper(fails), pytest.raises(OperationalError):
        workflow.submit(intake)
    intake.refresh_from_db()
    assert (intake.status, intake.reference) == (IntakeStatus.DRAFT, None)
    assert [model.objects.count() for model in (Plan, Assessment, Card, Decision)] == [
        0,
        0,
        0,
        0,
    ]
    assert workflow.submit(intake).status == IntakeStatus.SUBMITTED


def test_an_intake_is_sent_once():
    plan = make_plan()
    assert refused(workflow.submit, plan.intake) == [
        "This intake has been sent already."
    ]
    assert Plan.objects.count() == 1


def test_an_unfinished_intake_is_not_sent():
    intake, _token = Intake.objects.begin()
    assert "About you" in refused(workflow.submit, intake)
    assert Plan.objects.count() == 0


# Cards never change


def test_a_method_published_later_does_not_change_a_stored_card():
    plan = make_plan()
    card, stored = card_of(plan, "subcision"), everything()
    method = Method.objects.get(slug="subcision")
    method.criteria.all().delete()
    method.title, method.is_ranked = "Something else", False
    method.save()
    publishing.publish(method, by=None, note="Another method altogether")
    assert everything() == stored
    assert card_of(plan, "subcision").title == card.title


def test_an_unpublished_method_keeps_its_stored_cards():
    plan = make_plan()
    stored = everything()
    Method.objects.update(live_revision=None)
    assert everything() == stored
    assert len(cards_of(plan)) == len(stored)


def test_deciding_and_signing_leave_the_cards_as_they_were():
    plan = make_plan(scars=2)
    stored = everything()
    sign_off(plan, make_clinician(), options="include")
    assert everything() == stored


# Decide


def test_a_decision_keeps_who_made_it_and_when_until_it_is_open_again():
    plan, clara = make_plan(), make_clinician()
    workflow.decide(
        plan, choices_for(plan, options="include"), note="", seen_edits=0, by=clara
    )
    decision = card_of(plan, "subcision").decision
    assert (decision.choice, decision.decided_by) == ("include", clara)
    assert decision.decided_at is not None
    workflow.decide(
        plan, choices_for(plan, options=""), note="", seen_edits=1, by=clara
    )
    decision = card_of(plan, "subcision").decision
    assert (decision.choice, decision.decided_by, decision.decided_at) == (
        "",
        None,
        None,
    )


def test_a_colleagues_decision_stays_theirs_when_another_saves():
    plan, clara, dora = make_plan(), make_clinician(), make_clinician("dora")
    choices = choices_for(plan, options="include")
    workflow.decide(plan, choices, note="", seen_edits=0, by=clara)
    workflow.decide(plan, choices, note="More", seen_edits=1, by=dora)
    assert card_of(plan, "subcision").decision.decided_by == clara


def test_a_decision_reaches_only_the_cards_of_its_plan():
    mine, other = make_plan(), make_plan()
    workflow.decide(
        mine,
        choices_for(other, options="include"),
        note="",
        seen_edits=0,
        by=make_clinician(),
    )
    assert {card.decision.choice for card in cards_of(mine) + cards_of(other)} == {""}


def test_a_save_over_somebody_elses_is_refused():
    plan, clara = make_plan(), make_clinician()
    workflow.decide(plan, {}, note="First", seen_edits=0, by=clara)
    assert refused(
        workflow.decide, plan, {}, note="Second", seen_edits=0, by=clara
    ) == ["Somebody else saved this plan while you were deciding."]
    assert Plan.objects.get().note == "First"


# Sign


def test_signing_names_all_that_is_missing():
    plan, clara = make_plan(), make_clinician(sign=False)
    choices = choices_for(plan, tca_cross="include")
    options = [card.pk for card in cards_of(plan) if card.is_option]
    for pk in options[:2]:
        choices[pk] = ("", "")
    workflow.decide(plan, choices, note="", seen_edits=0, by=clara)
    assert refused(workflow.sign, fresh(plan), by=clara) == [
        "Your account has no registration number: ask an administrator.",
        "Decide on every option: 2 are open.",
        "Give a reason for each decision against a card.",
    ]
    assert not Plan.objects.get().is_signed


def test_a_blank_is_no_reason():
    plan, clara = make_plan(), make_clinician()
    choices = choices_for(plan, tca_cross=("include", "  "))
    workflow.decide(plan, choices, note="", seen_edits=0, by=clara)
    assert refused(workflow.sign, fresh(plan), by=clara) == [
        "Give a reason for each decision against a card."
    ]


def test_one_open_option_is_told_in_the_singular():
    plan, clara = make_plan(), make_clinician()
    choices = choices_for(plan, subcision="")
    workflow.decide(plan, choices, note="", seen_edits=0, by=clara)
    assert refused(workflow.sign, fresh(plan), by=clara) == [
        "Decide on every option: 1 is open."
    ]


def test_a_red_flag_allows_no_treatment_and_needs_a_note():
    plan, clara = make_plan(**A_SORE), make_clinician()
    choices = choices_for(plan, subcision=("include", "I have seen the sore."))
    workflow.decide(plan, choices, note=" ", seen_edits=0, by=clara)
    assert refused(workflow.sign, fresh(plan), by=clara) == [
        "A red flag stands: include no treatment, a doctor comes first.",
        "Write a note to the patient: a red flag needs your words.",
    ]


def test_a_red_flag_can_be_answered_with_a_note_alone():
    plan = sign_off(make_plan(**A_SORE), make_clinician(), note="See a doctor.")
    assert plan.is_signed


def test_signing_keeps_who_signed_as_they_were_called_then():
    clara = make_clinician()
    plan = sign_off(make_plan(), clara)
    clara.last_name = "Other"
    clara.save()
    clara.clinician.delete()
    plan = Plan.objects.get(pk=plan.pk)
    assert (plan.signed_by, plan.signed_name, plan.registration_number) == (
        clara,
        "Clara Weiss",
        "REG-0042",
    )


def test_a_signed_plan_is_neither_decided_nor_signed_again():
    clara = make_clinician()
    plan = sign_off(make_plan(), clara, note="Signed words")
    signed_at = plan.signed_at
    once = ["This plan is signed and cannot change."]
    assert (
        refused(workflow.decide, plan, {}, note="Other", seen_edits=1, by=clara) == once
    )
    assert refused(workflow.sign, plan, by=make_clinician("dora")) == once
    plan = Plan.objects.get()
    assert (plan.note, plan.signed_at) == ("Signed words", signed_at)


@pytest.mark.parametrize(
    "missing", ["signed_at", "signed_by", "signed_name", "registration_number"]
)
def test_the_database_refuses_half_a_signature(missing):
    plan, clara = make_plan(), make_clinician()
    whole = {
        "signed_at": timezone.now(),
        "signed_by": clara,
        "signed_name": "Clara Weiss",
        "registration_number": "REG-0042",
    }
    half = {name: value for name, value in whole.items() if name != missing}
    with (
        pytest.raises(IntegrityError, match="signature_is_whole"),
        transaction.atomic(),
    ):
        Plan.objects.filter(pk=plan.pk).update(**half)
    assert Plan.objects.filter(pk=plan.pk).update(**whole) == 1


def test_the_database_refuses_a_decision_of_nobody():
    make_plan()
    with pytest.raises(IntegrityError, match="decision_is_whole"):
        Decision.objects.update(choice="include")


def test_a_plan_that_somebody_saved_meanwhile_is_not_signed(db):
    plan, clara = make_plan(), make_clinician()
    seen = workflow.decide(plan, choices_for(plan), note="", seen_edits=0, by=clara)
    workflow.decide(plan, {}, note="Wait", seen_edits=1, by=make_clinician("dora"))
    assert refused(workflow.sign, seen, by=clara) == [
        "Somebody else saved this plan while you were deciding."
    ]
    assert not fresh(plan).is_signed


def test_a_new_private_link_ends_the_old_one(client, db):
    plan = make_plan()
    token = workflow.renew_link(plan.intake)
    assert client.get(plan.link).status_code == 404
    assert client.get(f"/status/{token}/").status_code == 200
