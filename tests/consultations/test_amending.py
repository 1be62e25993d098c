"""A signed plan and its next version."""

import pytest
from django.db import IntegrityError, transaction

from consultations.intake import withdrawal
from consultations.models import Plan
from consultations.review import workflow
from consultations.review.patient_plan import for_patient
from consultations.review.workflow import Decided
from methods.models import Clinic, Method
from methods.publishing import editions, verbs
from tests.consultations.deciding import card_of, cards_of, desk, make_plan, sign_off
from tests.consultations.factories import make_clinician

pytestmark = pytest.mark.django_db

SAID = Decided("changed", "Small", area="cheek", sessions=2, position=1, seconds=9)


@pytest.fixture
def clara(db):
    return make_clinician()


def refused(verb, *args, **kwargs):
    with pytest.raises(workflow.NotAllowed) as caught:
        verb(*args, **kwargs)
    return list(caught.value.faults)


def test_a_new_version_begins_with_the_decisions_of_the_signed_one(clara):
    signed = sign_off(make_plan(), clara, note="Dear Ada", subcision=SAID)
    dora = make_clinician("dora")
    amended = workflow.amend(signed, by=dora)
    assert (amended.version, amended.note, amended.is_signed, amended.claimed_by) == (
        2,
        "Dear Ada",
        False,
        dora,
    )
    copied = card_of(amended, "subcision").decision
    assert {name: getattr(copied, name) for name in vars(SAID)} == vars(SAID)
    assert copied.decided_by == clara
    assert len(cards_of(amended)) == len(cards_of(signed))


def test_the_signed_version_stays_as_it_is(clara):
    signed = sign_off(make_plan(), clara, note="Dear Ada", subcision=SAID)
    amended = workflow.amend(signed, by=clara)
    sign_off(amended, clara, note="Changed", subcision="not_included")
    kept = Plan.objects.get(version=1)
    assert (kept.note, kept.signed_at) == ("Dear Ada", signed.signed_at)
    assert card_of(kept, "subcision").decision.area == "cheek"
    assert [plan.note for plan in Plan.objects.signed().order_by("version")] == [
        "Dear Ada",
        "Changed",
    ]


def test_a_later_answer_or_currency_changes_nothing_that_was_signed(clara):
    """Where the scar was, what was wished for, and in which money it was priced."""
    Method.objects.filter(slug="subcision").update(price_from=90)
    method = Method.objects.for_draft().get(slug="subcision")
    verbs.publish(method, by=None, note="Priced")
    plan = make_plan(body_site="face", wants=["dermal-filler"])
    Clinic.objects.update_or_create(pk=1, defaults={"currency": "GBP"})
    editions.renew()
    signed = sign_off(plan, clara, subcision=SAID, dermal_filler="not_included")
    before = for_patient(signed)
    amended = workflow.amend(signed, by=clara)
    question = workflow.ask(amended, "Where is it?", ["on_face"], by=clara)
    signed.intake.scars.update(body_site="ear")
    type(signed.intake).objects.update(wants=["silicone"])
    workflow.answer(question, "Behind the ear.")
    Clinic.objects.update(currency="EUR")
    editions.renew()
    after = for_patient(Plan.objects.get(version=1))
    assert [scar.asked_but_not[0].title for scar in after.scars] == [
        "Filler for dented scars"
    ]
    assert (after.scars, after.estimate) == (before.scars, before.estimate)
    assert after.estimate.currency == "GBP"
    assert "Ear" in for_patient(amended, preview=True).scars[0].title


def test_the_patient_is_told_of_every_version(clara):
    signed = sign_off(make_plan(), clara)
    second = sign_off(workflow.amend(signed, by=clara), clara)
    keys = signed.intake.letters.filter(kind="plan").values_list("key", flat=True)
    assert set(keys) == {f"plan-{signed.pk}", f"plan-{second.pk}"}


def test_one_version_at_a_time_is_open(clara):
    signed = sign_off(make_plan(), clara)
    assert refused(workflow.amend, make_plan(), by=clara) == [
        "This plan is not signed yet: change it as it is."
    ]
    workflow.amend(signed, by=clara)
    assert refused(workflow.amend, signed, by=clara) == [
        "There is a later version of this plan."
    ]
    with pytest.raises(IntegrityError), transaction.atomic():
        Plan.objects.create(intake=signed.intake, version=3, is_flagged=False)


def test_what_was_withdrawn_is_not_amended(clara):
    signed = sign_off(make_plan(), clara)
    withdrawal.withdraw(signed.intake)
    assert refused(workflow.amend, signed, by=clara) == [
        "The patient has withdrawn this intake."
    ]


def test_a_question_may_be_asked_again_once_a_version_is_open(clara):
    amended = workflow.amend(sign_off(make_plan(), clara), by=clara)
    question = workflow.ask(amended, "How is it?", [], by=clara)
    workflow.answer(question, "Better")
    amended = Plan.objects.get(pk=amended.pk)
    assert (amended.round, amended.is_asking) == (2, False)
    assert len(cards_of(Plan.objects.get(version=1))) == len(cards_of(amended))


def test_amending_at_the_desk_leads_to_the_new_version_and_back(
    staff_client, clara_signs
):
    signed = clara_signs(make_plan())
    response = staff_client.post(desk(signed), {"_amend": "yes"})
    amended = Plan.objects.get(version=2)
    assert (response.status_code, response["Location"]) == (302, desk(amended))
    first = staff_client.get(desk(signed))
    assert not first.context["may_amend"]
    assert [each.pk for each in first.context["desk"].sidebar.versions] == [amended.pk]
    second = staff_client.get(desk(amended))
    assert second.context["may_change"]
    assert [each.pk for each in second.context["desk"].sidebar.versions] == [signed.pk]


@pytest.fixture
def clara_signs():
    return lambda plan: sign_off(plan, make_clinician("dora"))


def test_an_earlier_version_says_of_when_its_answers_are(clara, client):
    client.force_login(clara)
    signed = sign_off(make_plan(), clara)
    words = "These are the answers as they are today."
    assert words not in client.get(desk(signed)).text
    amended = workflow.amend(signed, by=clara)
    assert words in client.get(desk(signed)).text
    assert words not in client.get(desk(amended)).text
