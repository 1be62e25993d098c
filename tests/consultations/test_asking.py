"""A question to the patient, and what the answer changes."""

import pytest
from django.utils import timezone

from consultations.intake import withdrawal
from consultations.models import (
    Answer,
    Card,
    Intake,
    Plan,
    Scar,
)
from consultations.review import workflow
from consultations.review.workflow import Decided
from methods.models import Method
from methods.protocol.vocabulary import Verdict
from methods.publishing import verbs
from tests.consultations.deciding import (
    card_of,
    choices_for,
    desk,
    make_plan,
    sign_off,
)
from tests.consultations.factories import make_clinician

pytestmark = pytest.mark.django_db

PACEMAKER = {"pacemaker_icd": "unknown"}
RF = "rf-microneedling"


@pytest.fixture
def clara(db):
    return make_clinician()


def fresh(plan):
    return Plan.objects.get(pk=plan.pk)


def says(plan, code, value):
    """Change what a patient answered to a health question, as the status page does."""
    Answer.objects.filter(intake=plan.intake, finding__code=code).update(value=value)


def refused(verb, *args, **kwargs):
    with pytest.raises(workflow.NotAllowed) as caught:
        verb(*args, **kwargs)
    return list(caught.value.faults)


def test_asking_lets_the_plan_wait_and_writes_one_e_mail(clara):
    plan = make_plan(**PACEMAKER)
    question = workflow.ask(plan, "Have you one?", ["pacemaker_icd"], by=clara)
    assert fresh(plan).is_asking
    assert (question.text, question.findings, question.asked_by) == (
        "Have you one?",
        ["pacemaker_icd"],
        clara,
    )
    letter = plan.intake.letters.get(kind="question")
    assert letter.key == f"question-{question.pk}"


def test_a_question_needs_words(clara):
    assert refused(workflow.ask, make_plan(), " ", [], by=clara) == [
        "Write your question in words."
    ]


def test_a_signed_plan_asks_nothing(clara):
    plan = sign_off(make_plan(), clara)
    assert refused(workflow.ask, plan, "Why?", [], by=clara) == [
        "This plan is signed and cannot change."
    ]


def test_nothing_is_signed_while_a_question_is_open(clara):
    plan = make_plan()
    workflow.ask(plan, "Which tablets?", [], by=clara)
    saved = workflow.decide(plan, choices_for(plan), note="", seen_edits=0, by=clara)
    assert refused(workflow.sign, saved, by=clara) == [
        "A question to the patient is open: wait for the answer."
    ]
    assert not fresh(plan).is_signed


def test_an_answer_deals_the_cards_anew_and_says_what_changed(clara):
    plan = make_plan(**PACEMAKER)
    assert card_of(plan, RF).verdict == Verdict.UNDETERMINED
    question = workflow.ask(plan, "Have you one?", ["pacemaker_icd"], by=clara)
    says(plan, "pacemaker_icd", "yes")
    question = workflow.answer(question, "Since 2019")
    after = card_of(fresh(plan), RF)
    assert after.verdict == Verdict.CONTRAINDICATED
    assert question.answer == "Since 2019"
    assert {
        "scar": 1,
        "method": RF,
        "title": after.title,
        "before": "undetermined",
        "after": "contraindicated",
    } in question.changed
    plan = fresh(plan)
    assert (plan.is_asking, plan.round, plan.waiting_since) == (
        False,
        2,
        question.answered_at,
    )


def test_the_cards_of_before_stay_as_they_were(clara):
    plan = make_plan(**PACEMAKER)
    before = list(Card.objects.order_by("pk").values())
    question = workflow.ask(plan, "Have you one?", ["pacemaker_icd"], by=clara)
    says(plan, "pacemaker_icd", "yes")
    workflow.answer(question, "")
    pks = [card["id"] for card in before]
    assert list(Card.objects.filter(pk__in=pks).order_by("pk").values()) == before


def test_a_decision_stays_where_its_card_says_the_same_and_is_open_where_not(clara):
    plan = make_plan(**PACEMAKER)
    said = Decided("changed", "Small area", area="cheek", seconds=12)
    same = "fractional-ablative-laser"
    choices = choices_for(
        plan, fractional_ablative_laser=said, rf_microneedling="include"
    )
    workflow.decide(plan, choices, note="Kept", seen_edits=0, by=clara)
    decided_at = card_of(plan, same).decision.decided_at
    question = workflow.ask(plan, "Have you one?", ["pacemaker_icd"], by=clara)
    says(plan, "pacemaker_icd", "yes")
    workflow.answer(question, "")
    plan = fresh(plan)
    kept, opened = card_of(plan, same).decision, card_of(plan, RF).decision
    assert {name: getattr(kept, name) for name in vars(said)} == vars(said)
    assert (kept.decided_by, kept.decided_at) == (clara, decided_at)
    assert (opened.choice, opened.decided_by) == ("", None)
    assert plan.note == "Kept"


@pytest.mark.parametrize(
    ("published", "stays"),
    [
        ({"summary": "Entirely new words [GK]."}, False),
        ({"price_from": 900}, False),
        ({"position": 7}, True),
    ],
)
def test_a_decision_stays_only_with_the_words_that_the_patient_was_to_read(
    clara, published, stays
):
    plan = make_plan(**PACEMAKER)
    included = choices_for(plan, subcision="include")
    plan = workflow.decide(plan, included, note="", seen_edits=0, by=clara)
    question = workflow.ask(plan, "Have you one?", ["pacemaker_icd"], by=clara)
    Method.objects.filter(slug="subcision").update(**published)
    method = Method.objects.for_draft().get(slug="subcision")
    verbs.publish(method, by=None, note="Changed")
    workflow.answer(question, "No.")
    kept = card_of(fresh(plan), "subcision").decision.choice
    assert kept == ("include" if stays else "")


def test_the_desk_shows_what_was_decided_on_a_card_of_before(clara, staff_clara):
    plan = make_plan(**PACEMAKER)
    choices = choices_for(plan, rf_microneedling=("include", "As agreed"))
    workflow.decide(plan, choices, note="", seen_edits=0, by=clara)
    question = workflow.ask(plan, "Have you one?", ["pacemaker_icd"], by=clara)
    says(plan, "pacemaker_icd", "yes")
    workflow.answer(question, "Since 2019")
    page = staff_clara.get(desk(plan)).context["desk"]
    rows = {
        row.card.revision.subject.slug: row
        for group in page.scars[0].groups
        for row in group.cards
    }
    assert (rows[RF].before, rows["tca-cross"].before) == (
        "Include, Another reason, to the patient: We have talked about it.: As agreed",
        "",
    )
    (asked,) = page.questions
    assert (
        f"{rows[RF].card.title} (scar 1): was “Not known yet”, now “Not suitable”"
        in (asked.changes)
    )


def test_an_answer_may_raise_a_red_flag_and_another_clear_it(clara):
    plan = make_plan()
    question = workflow.ask(plan, "Is it sore?", ["rf_ulcer"], by=clara)
    says(plan, "rf_ulcer", "yes")
    question = workflow.answer(question, "Yes, since May")
    assert {"flag": "rf_ulcer", "is_new": True} in question.changed
    assert fresh(plan).is_flagged
    question = workflow.ask(plan, "And now?", ["rf_ulcer"], by=clara)
    says(plan, "rf_ulcer", "no")
    question = workflow.answer(question, "It was a scratch")
    assert {"flag": "rf_ulcer", "is_new": False} in question.changed
    assert not fresh(plan).is_flagged


def test_an_answer_in_words_alone_changes_no_card(clara):
    plan = make_plan()
    question = workflow.ask(plan, "Which tablets?", [], by=clara)
    assert workflow.answer(question, "Vitamin D").changed == []


def test_the_plan_waits_until_every_question_is_answered(clara):
    plan = make_plan()
    one = workflow.ask(plan, "One?", [], by=clara)
    two = workflow.ask(plan, "Two?", [], by=clara)
    workflow.answer(one, "1")
    assert fresh(plan).is_asking
    workflow.answer(two, "2")
    assert not fresh(plan).is_asking


def test_a_question_is_answered_once_and_never_after_withdrawing(clara):
    plan = make_plan()
    question = workflow.ask(plan, "One?", [], by=clara)
    workflow.answer(question, "1")
    assert refused(workflow.answer, question, "2") == [
        "This question is answered already."
    ]
    other = workflow.ask(plan, "Two?", [], by=clara)
    withdrawal.withdraw(plan.intake)
    assert refused(workflow.answer, other, "2") == ["This intake is withdrawn."]


def test_an_answer_makes_a_save_of_before_a_conflict_that_loses_nothing(staff_client):
    plan, dora = make_plan(**PACEMAKER), make_clinician("dora")
    typed = {
        "note": "Long words",
        "edits": plan.edits,
        f"choice-1-{card_of(plan, RF).revision.subject_id}": "not_now",
        f"not_before-1-{card_of(plan, RF).revision.subject_id}": "2031-05-01",
    }
    question = workflow.ask(plan, "Have you one?", ["pacemaker_icd"], by=dora)
    says(plan, "pacemaker_icd", "yes")
    workflow.answer(question, "Yes")
    response = staff_client.post(desk(plan), typed)
    page = response.context["desk"]
    row = next(
        row
        for group in page.scars[0].groups
        for row in group.cards
        if row.card.revision.subject.slug == RF
    )
    assert (row.typed["choice"], row.typed["not_before"]) == ("not_now", "2031-05-01")
    assert row.card.verdict == Verdict.CONTRAINDICATED
    assert response.context["form"]["note"].value() == "Long words"
    assert fresh(plan).note == ""


def test_assessing_anew_reads_what_the_patient_says_now(clara):
    plan = make_plan()
    Scar.objects.filter(intake=plan.intake).update(
        pit_shape="pinhole", pit_width_mm="1", pit_depth="deep"
    )
    changed = [
        each
        for redeal in workflow.reassess(Intake.objects.get())
        for each in redeal.changed
    ]
    assert plan.intake.assessments.get(round=2).facts["pit_shape"] == "pinhole"
    assert {each["method"] for each in changed} >= {"tca-cross"}
    assert plan.intake.assessments.get(round=2).assessed_on == timezone.localdate()


@pytest.fixture
def staff_clara(client, clara):
    client.force_login(clara)
    return client
