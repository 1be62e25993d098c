"""Submit, decide, sign: what each keeps, and what each refuses."""

from datetime import timedelta

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Permission
from django.contrib.contenttypes.models import ContentType
from django.db import IntegrityError, OperationalError, connection, transaction
from django.utils import timezone

from consultations.intake import (
    consents,
    people_search,
    private_link,
    submission,
    withdrawal,
)
from consultations.models import (
    Assessment,
    Card,
    ConsentPurpose,
    DecidedBy,
    Decision,
    ErasureRequest,
    Intake,
    IntakeStatus,
    Letter,
    Plan,
)
from consultations.review import business_hours, erasure, workflow
from consultations.review.workflow import Decided
from methods.models import Finding, Method
from methods.protocol import RULES_VERSION
from methods.publishing import live, verbs
from scarclinic.staff.models import Event
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
CONFLICT = (
    "This plan was changed while you were deciding, by a colleague or by an answer."
)


def live_ranked():
    return {method.revision for method in live.methods() if method.is_ranked}


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
    assert {
        (each["code"], each["route"], each["advice"]) for each in kept.red_flag_words
    }
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
        submission.submit(intake)
    intake.refresh_from_db()
    assert (intake.status, intake.reference) == (IntakeStatus.DRAFT, None)
    assert [model.objects.count() for model in (Plan, Assessment, Card, Decision)] == [
        0,
        0,
        0,
        0,
    ]
    assert submission.submit(intake).status == IntakeStatus.SUBMITTED


def test_an_intake_is_sent_once():
    plan = make_plan()
    assert refused(submission.submit, plan.intake) == [
        "This intake has been sent already."
    ]
    assert Plan.objects.count() == 1


def test_an_unfinished_intake_is_not_sent():
    intake, _token = Intake.objects.begin()
    assert "About you" in refused(submission.submit, intake)
    assert Plan.objects.count() == 0


def test_sending_promises_an_answer_within_the_clinics_working_days(settings):
    settings.ANSWER_WITHIN_DAYS = 2
    plan = make_plan()
    today = timezone.localdate(plan.intake.submitted_at)
    assert plan.intake.promised_on == business_hours.current().working_day_after(
        today, 2
    )


def test_sending_lets_the_link_live_as_long_as_a_sent_intakes_may(settings):
    settings.DRAFT_DAYS, settings.LINK_DAYS = 2, 90
    intake = make_plan().intake
    assert intake.link_expires_at - intake.submitted_at > timedelta(days=89)


def test_sending_keeps_what_is_the_same_when_somebody_writes_again():
    one, two = make_plan(), make_plan(name="ADA  Okafor", telephone="")
    other = make_plan(name="Eve", email="eve@example.org", telephone="0555 9876543")
    assert list(people_search.others_of(two.intake)) == [one.intake]
    assert list(people_search.others_of(other.intake)) == []


def test_sending_writes_one_e_mail():
    plan = make_plan()
    assert [(each.kind, each.key) for each in plan.intake.letters.all()] == [
        ("received", f"received-{plan.intake_id}")
    ]


def test_sending_forgets_what_stood_on_pages_that_no_longer_apply():
    intake, _link = make_draft(
        scar_cause="acne", self_harm_status="ongoing", beyond_edges="yes"
    )
    intake.typed, intake.visits = {"old": {}}, {"you": [1, 2, 0]}
    intake.save()
    submission.submit(intake)
    intake = Intake.objects.get()
    scar = intake.scars.get()
    assert (scar.self_harm_status, scar.beyond_edges, intake.guardian_name) == (
        "",
        "",
        "",
    )
    assert (scar.pit_shape, intake.name) == ("wavy", "Ada Okafor")
    assert (intake.typed, intake.visits) == ({}, {})


def test_sending_needs_the_consent_to_read_the_answers():
    intake, _link = make_draft()
    consents.withdraw(intake, ConsentPurpose.ASSESSMENT, by=DecidedBy.PATIENT)
    assert refused(submission.submit, intake) == ["About you"]


# Cards never change


def test_a_method_published_later_does_not_change_a_stored_card():
    plan = make_plan()
    card, stored = card_of(plan, "subcision"), everything()
    method = Method.objects.get(slug="subcision")
    method.criteria.all().delete()
    method.title, method.is_ranked = "Something else", False
    method.save()
    verbs.publish(method, by=None, note="Another method altogether")
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
    sign_off(plan, make_clinician(), options="include", dermal_filler="not_now")
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
    ) == [CONFLICT]
    assert Plan.objects.get().note == "First"


def test_a_decision_keeps_how_a_treatment_is_done_and_how_long_it_took():
    plan, clara = make_plan(), make_clinician()
    said = Decided(
        choice="changed",
        reason="Darker skin",
        area="left cheek",
        device_settings="18 G cannula",
        sessions=2,
        weeks_apart=6,
        position=1,
        seconds=41,
    )
    choices = choices_for(plan, subcision=said)
    workflow.decide(plan, choices, note="", seen_edits=0, by=clara)
    decision = card_of(plan, "subcision").decision
    assert {name: getattr(decision, name) for name in vars(said)} == vars(said)


def test_saving_what_is_saved_already_is_no_change():
    plan, clara, dora = make_plan(), make_clinician(), make_clinician("dora")
    choices = choices_for(plan)
    saved = workflow.decide(plan, choices, note="A", seen_edits=0, by=clara)
    again = workflow.decide(plan, choices, note="A", seen_edits=1, by=dora)
    assert (saved.edits, again.edits) == (1, 1)


def test_fifty_interleaved_saves_have_one_winner_each_and_lose_no_field():
    plan = make_plan()
    users = [make_clinician(), make_clinician("dora")]
    conflicts = []
    for turn in range(50):
        winner, loser = users[turn % 2], users[(turn + 1) % 2]
        seen = fresh(plan).edits
        won = Decided("include", f"{turn}", area=f"area {turn}", sessions=turn + 1)
        choices = choices_for(plan, subcision=won)
        workflow.decide(
            plan,
            choices,
            note=f"note {turn}",
            home_care=f"care {turn}",
            sun_protection=f"sun {turn}",
            seen_edits=seen,
            by=winner,
        )
        lost = choices_for(plan, subcision=Decided("not_now", "lost"))
        conflicts += refused(
            workflow.decide, plan, lost, note="lost", seen_edits=seen, by=loser
        )
        kept, decision = fresh(plan), card_of(plan, "subcision").decision
        assert (kept.note, kept.home_care, kept.sun_protection, kept.edits) == (
            f"note {turn}",
            f"care {turn}",
            f"sun {turn}",
            turn + 1,
        )
        assert (decision.reason, decision.area, decision.sessions) == (
            f"{turn}",
            f"area {turn}",
            turn + 1,
        )
        assert decision.decided_by == winner
    assert conflicts == [CONFLICT] * 50


# Whose it is


def test_a_plan_is_claimed_by_one_and_released_by_the_same():
    plan, clara, dora = make_plan(), make_clinician(), make_clinician("dora")
    assert workflow.claim(plan, by=clara).claimed_by == clara
    assert workflow.claim(plan, by=clara).claimed_by == clara
    for verb in (workflow.claim, workflow.release):
        assert refused(verb, plan, by=dora) == ["Clara Weiss has claimed this plan."]
    assert workflow.release(plan, by=clara).claimed_by is None
    assert workflow.claim(plan, by=dora).claimed_by == dora


def test_who_may_assign_takes_a_plan_from_a_colleague():
    plan, clara, dora = make_plan(), make_clinician(), make_clinician("dora")
    workflow.claim(plan, by=clara)
    assert refused(workflow.assign, plan, dora, by=dora) == [
        "Clara Weiss has claimed this plan."
    ]
    dora.user_permissions.add(Permission.objects.get(codename="assign_plan"))
    dora = type(dora).objects.get(pk=dora.pk)
    assert workflow.assign(plan, dora, by=dora).claimed_by == dora


def test_a_plan_is_assigned_only_to_who_may_decide():
    plan, clara, editor = make_plan(), make_clinician(), make_clinician("eve")
    editor.groups.clear()
    assert refused(workflow.assign, plan, editor, by=clara) == [
        "Eve Weiss may not decide on plans."
    ]


def test_a_first_impression_is_written_once():
    plan, clara = make_plan(), make_clinician()
    assert refused(workflow.first_look, plan, "  ", by=clara) == [
        "Write your first impression in a few words."
    ]
    workflow.first_look(plan, "Rolling, tethered.", by=clara)
    assert refused(workflow.first_look, plan, "Other", by=clara) == [
        "The first impression of this plan is written already."
    ]
    kept = fresh(plan)
    assert (kept.first_look, kept.first_look_by) == ("Rolling, tethered.", clara)


# Withdraw, erase


def test_a_withdrawn_intake_is_neither_decided_nor_signed_nor_written_about():
    plan, clara = make_plan(), make_clinician()
    seen = workflow.decide(plan, choices_for(plan), note="", seen_edits=0, by=clara)
    withdrawal.withdraw(plan.intake)
    assert Intake.objects.get().status == IntakeStatus.WITHDRAWN
    gone = ["The patient has withdrawn this intake."]
    assert refused(workflow.sign, seen, by=clara) == gone
    assert refused(workflow.ask, plan, "Why?", [], by=clara) == gone
    assert refused(workflow.decide, plan, {}, note="", seen_edits=1, by=clara) == gone
    assert not Letter.objects.due(timezone.now() + timedelta(days=9)).exists()


def test_withdrawing_twice_or_a_draft_changes_nothing():
    plan = make_plan()
    withdrawal.withdraw(plan.intake)
    assert withdrawal.withdraw(plan.intake).status == IntakeStatus.WITHDRAWN
    draft, _link = make_draft()
    assert withdrawal.withdraw(draft).status == IntakeStatus.DRAFT


def test_nothing_is_erased_that_its_patient_has_not_asked_for():
    plan, clara = make_plan(), make_clinician()
    assert refused(erasure.erase, plan.intake, by=clara) == [
        "The patient has not asked to erase this."
    ]
    assert Plan.objects.get() == plan


def test_erasing_leaves_a_line_in_the_log_and_nothing_of_the_patient():
    clara = make_clinician()
    plan, other = make_plan(), make_plan()
    question = workflow.ask(plan, "Which tablets?", [], by=clara)
    workflow.answer(question, "None")
    plan = sign_off(plan, clara)
    workflow.amend(plan, by=clara)
    LogEntry.objects.create(
        user=clara,
        content_type=ContentType.objects.get_for_model(Plan),
        object_id=plan.pk,
        object_repr=str(plan),
        action_flag=2,
    )
    ErasureRequest.objects.create(intake=plan.intake)
    erasure.erase(plan.intake, by=clara)
    assert list(Intake.objects.all()) == [other.intake]
    assert list(Plan.objects.all()) == [other]
    assert {card.assessment.intake for card in Card.objects.all()} == {other.intake}
    assert not LogEntry.objects.exists()
    erased = Event.objects.get(action="intake_erased")
    assert (erased.by, erased.subject_id) == (clara, plan.intake.pk)
    # What was done of it stays, by numbers alone.
    assert Event.objects.filter(subject_id=plan.pk, action="plan_signed").exists()


# Sign


def test_signing_names_all_that_is_missing():
    plan, clara = make_plan(), make_clinician(sign=False)
    choices = choices_for(plan, tca_cross="include")
    options = [card.pk for card in cards_of(plan) if card.is_option]
    for pk in options[:2]:
        choices[pk] = Decided()
    workflow.decide(plan, choices, note="", seen_edits=0, by=clara)
    assert refused(workflow.sign, fresh(plan), by=clara) == [
        "Your account has no registration number: ask an administrator.",
        "Decide on every option: 2 are open.",
        "Give a reason and words for each decision against a card.",
    ]
    assert not Plan.objects.get().is_signed


def test_nothing_is_signed_before_its_patient_hears_why():
    plan, clara = make_plan(active_acne="mild"), make_clinician()
    choices = choices_for(plan)
    waiting = [each.title for each in cards_of(plan) if each.verdict == "deferred"]
    workflow.decide(plan, choices, note=" ", seen_edits=0, by=clara)
    assert refused(workflow.sign, fresh(plan), by=clara) == [
        "Nothing is planned: say what the patient should hear.",
        f"Say what the patient should hear of what is not yet: {', '.join(waiting)}.",
    ]
    assert not fresh(plan).is_signed
    plan = Plan.objects.for_desk().get(pk=plan.pk)
    workflow.say(plan, "First the acne.", "not_now", seen_edits=plan.edits, by=clara)
    assert workflow.sign(fresh(plan), by=clara).is_signed


def test_a_blank_is_no_reason():
    plan, clara = make_plan(), make_clinician()
    choices = choices_for(plan, tca_cross=("include", "  "))
    workflow.decide(plan, choices, note="", seen_edits=0, by=clara)
    assert refused(workflow.sign, fresh(plan), by=clara) == [
        "Give a reason and words for each decision against a card."
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
        "A red flag stands: include no treatment that a doctor has not cleared.",
        "Write a message to the patient: a red flag needs your words.",
    ]


def test_a_doctor_may_clear_a_red_flag_and_that_is_kept_with_the_words():
    plan, clara = make_plan(**A_SORE), make_clinician()
    cleared = Decided(
        "include", "Dr Ada Example saw it on Monday.", "cleared", "A doctor saw it."
    )
    signed = sign_off(plan, clara, note="We begin.", subcision=cleared)
    decision = card_of(signed, "subcision").decision
    assert (decision.override_reason, decision.reason) == (
        "cleared",
        "Dr Ada Example saw it on Monday.",
    )
    assert signed.is_flagged
    assert card_of(signed, "subcision").verdict == "contraindicated"


def test_a_reason_without_its_code_does_not_explain_a_decision_against_a_card():
    plan, clara = make_plan(), make_clinician()
    choices = choices_for(plan, tca_cross=Decided("include", "Pits"))
    workflow.decide(plan, choices, note="", seen_edits=0, by=clara)
    assert refused(workflow.sign, fresh(plan), by=clara) == [
        "Give a reason and words for each decision against a card."
    ]


def test_a_red_flag_can_be_answered_with_a_note_alone():
    plan = sign_off(make_plan(**A_SORE), make_clinician(), note="See a doctor.")
    assert plan.is_signed


def test_signing_keeps_who_signed_as_they_were_called_then():
    clara = make_clinician()
    plan = sign_off(make_plan(), clara)
    clara.last_name, clara.registration_number = "Other", ""
    clara.save()
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
    assert refused(workflow.sign, seen, by=clara) == [CONFLICT]
    assert not fresh(plan).is_signed


def test_a_new_private_link_ends_the_old_one(client, db):
    plan = make_plan()
    token = private_link.renew_link(plan.intake)
    assert client.get(plan.link).status_code == 404
    assert client.get(f"/status/{token}/").status_code == 200
