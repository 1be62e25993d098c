"""Who signs what alone, what a doctor signs as well, and what nobody signs."""

from dataclasses import replace
from decimal import Decimal

import pytest
from django.test import Client

from consultations.models import Plan, Scope
from consultations.review import workflow
from consultations.review.workflow import Decided, NotAllowed
from methods.protocol.vocabulary import Level
from scarclinic.staff.models import Action, Event, Profession
from tests.consultations.deciding import QUEUE, card_of, choices_for, desk, make_plan
from tests.consultations.factories import make_clinician
from tests.consultations.patients import holder_of, html_of

pytestmark = pytest.mark.django_db

AGAINST = ("include", "She had it before, without harm")
KELOID = {"elevation": "raised", "beyond_edges": "yes", "pit_shape": ""}


@pytest.fixture
def clara():
    return make_clinician(profession=Profession.COSMETOLOGIST)


@pytest.fixture
def doctor():
    return make_clinician("doris")


def decided(plan, by, **choices):
    plan = Plan.objects.get(pk=plan.pk)
    texts = {
        name: choices.pop(name) for name in ("note", "departure") if name in choices
    }
    return workflow.decide(
        plan,
        choices_for(plan, **choices),
        **{"note": "", "seen_edits": plan.edits, "by": by} | texts,
    )


def change_content(plan, slug, **content):
    """Change what was published of a treatment when a plan's cards were dealt."""
    revision = card_of(plan, slug).revision
    revision.content |= content
    revision.save()


def change_card(plan, slug, **fields):
    card = card_of(plan, slug)
    type(card).objects.filter(pk=card.pk).update(**fields)


def relation(kind, *methods, **more):
    return {"kind": kind, "methods": list(methods), "is_hard": True, **more}


def ceiling(**more):
    return {
        "substance": "Triamcinolone",
        "unit": "mg",
        "reason_above": "30",
        "refuse_above": "40",
        **more,
    }


# A doctor's signature


def test_a_decision_against_a_card_waits_for_a_doctor(clara, doctor):
    plan = decided(make_plan(), clara, tca_cross=AGAINST)
    plan = workflow.sign(plan, by=clara)
    assert (plan.awaits_countersignature, plan.is_signed) == (True, False)
    letters = plan.intake.letters.filter(kind="plan")
    assert not letters.exists()
    plan = workflow.sign(plan, by=doctor)
    assert (plan.is_signed, plan.signed_by, plan.first_signed_by) == (
        True,
        doctor,
        clara,
    )
    assert letters.exists()


def test_the_patient_reads_nothing_while_it_waits_and_both_names_afterwards(
    clara, doctor
):
    plan = make_plan()
    link = plan.link
    plan = workflow.sign(decided(plan, clara, tca_cross=AGAINST), by=clara)
    html = html_of(holder_of(link).get(link))
    assert "What we plan with you" not in html
    assert card_of(plan, "tca-cross").title not in html
    workflow.sign(plan, by=doctor)
    html = html_of(holder_of(link).get(link))
    assert card_of(plan, "tca-cross").title in html
    assert "by Doris Weiss" in html
    assert "Prepared by Clara Weiss" in html


def test_an_ordinary_plan_is_signed_alone(clara):
    plan = make_plan()
    change_card(plan, "subcision", level="")
    assert workflow.sign(decided(plan, clara, subcision="include"), by=clara).is_signed


@pytest.mark.parametrize(
    ("level", "waits"),
    [("", False), ("technique", False), ("test", False), ("doctor", True)],
)
def test_a_cosmetologist_decides_up_to_a_test_spot(clara, level, waits):
    plan = make_plan()
    change_card(plan, "subcision", level=level)
    plan = workflow.sign(decided(plan, clara, subcision="include"), by=clara)
    assert plan.awaits_countersignature is waits


def test_a_prescription_medicine_is_signed_by_a_doctor(clara):
    plan = make_plan()
    change_card(plan, "subcision", level="")
    change_content(plan, "subcision", traits=["systemic_drug"])
    plan = workflow.sign(decided(plan, clara, subcision="include"), by=clara)
    assert plan.awaits_countersignature


def test_a_scope_of_ones_own_takes_the_place_of_the_professions(clara):
    plan = make_plan()
    change_card(plan, "subcision", level="test")
    scope = Scope.objects.create(user=clara, level=Level.TECHNIQUE)
    plan = decided(plan, clara, subcision="include")
    assert workflow.sign(plan, by=clara).awaits_countersignature
    scope.level = Level.DOCTOR
    scope.save()
    scope.methods.add(card_of(plan, "tca-cross").revision.subject)
    with pytest.raises(NotAllowed, match="is not in your scope"):
        workflow.sign(plan, by=clara)
    scope.methods.add(card_of(plan, "subcision").revision.subject)
    assert workflow.sign(plan, by=clara).is_signed


def test_who_signed_first_cannot_countersign(clara):
    plan = workflow.sign(decided(make_plan(), clara, tca_cross=AGAINST), by=clara)
    with pytest.raises(NotAllowed, match="It waits for a doctor’s signature"):
        workflow.sign(plan, by=clara)


def test_a_change_takes_the_first_signature_back(clara):
    plan = workflow.sign(decided(make_plan(), clara, tca_cross=AGAINST), by=clara)
    plan = decided(plan, clara, note="Something else", tca_cross=AGAINST)
    assert not plan.awaits_countersignature
    assert plan.first_signed_by is None


def test_the_queue_the_home_page_and_the_ledger_tell_of_it(clara, doctor):
    plan = workflow.sign(decided(make_plan(), clara, tca_cross=AGAINST), by=clara)
    make_plan()
    client = Client()
    client.force_login(doctor)
    listed = client.get(QUEUE, {"state": "awaiting_countersignature"})
    assert list(listed.context["cl"].result_list) == [plan]
    assert "to be countersigned" in html_of(listed)
    assert "<strong>1</strong> Plans that a doctor has to sign" in html_of(
        client.get("/admin/")
    )
    assert Event.objects.filter(action=Action.PLAN_PROPOSED, by=clara).count() == 1
    assert "Save and countersign" in html_of(client.get(desk(plan)))


# Never


def test_a_minor_is_never_set_aside(doctor):
    plan = make_plan(age=12)
    cleared = Decided("include", "Cleared on the phone", "cleared")
    plan = decided(plan, doctor, note="Come with a parent", subcision=cleared)
    with pytest.raises(NotAllowed, match="No treatment is planned for a minor"):
        workflow.sign(plan, by=doctor)


def test_a_child_is_referred_without_a_doctor(clara):
    plan = make_plan(age=12)
    referral = next(
        each
        for each in plan.intake.assessments.get().cards.all()
        if each.group == "referral"
    )
    slug = referral.revision.content["slug"]
    choice = "include" if referral.is_offered else ("include", "Better seen early")
    plan = decided(
        plan, clara, note="Go to the burn service", **{slug.replace("-", "_"): choice}
    )
    assert workflow.sign(plan, by=clara).is_signed


@pytest.mark.parametrize("code", ["pregnant", "brivudine"])
def test_5fu_in_pregnancy_or_after_brivudine_is_never_set_aside(doctor, code):
    plan = make_plan(**KELOID, **{code: "yes"})
    choice = Decided("include", "It will be fine", "benefit")
    plan = decided(plan, doctor, steroid_5fu_injection=choice)
    with pytest.raises(NotAllowed, match="never in pregnancy"):
        workflow.sign(plan, by=doctor)


# Relations


@pytest.mark.parametrize(
    ("row", "also", "said"),
    [
        (relation("needs", "tca-cross"), {}, "goes only together with"),
        (relation("after", "tca-cross"), {}, "comes only after"),
        (
            relation("not_with", "subcision", weeks=6),
            {},
            "at least 6 weeks between it and",
        ),
    ],
)
def test_a_plan_that_breaks_a_relation_needs_a_reason_that_is_told(
    clara, row, also, said
):
    plan = make_plan()
    link = plan.link
    change_card(plan, "subcision", level="")
    change_content(plan, "subcision", relations=[row])
    choice = Decided("include", weeks_apart=2)
    plan = decided(plan, clara, subcision=choice, **also)
    with pytest.raises(NotAllowed, match=said):
        workflow.sign(plan, by=clara)
    plan = decided(plan, clara, subcision=choice, departure="She moves away in May.")
    assert workflow.sign(plan, by=clara).is_signed
    assert "She moves away in May." in html_of(holder_of(link).get(link))


@pytest.mark.parametrize(
    "row",
    [
        relation("needs", "mandelic-peel", "subcision"),
        relation("not_with", "subcision", weeks=6),
        relation("needs", "tca-cross", scars=["ice_pick"]),
        relation("needs", "tca-cross", line="adjunct"),
    ],
)
def test_a_plan_that_keeps_its_relations_needs_none(clara, row):
    plan = make_plan()
    change_card(plan, "subcision", level="")
    change_content(plan, "subcision", relations=[row])
    choice = Decided("include", weeks_apart=6)
    assert workflow.sign(decided(plan, clara, subcision=choice), by=clara).is_signed


# Doses


@pytest.mark.parametrize(
    ("doses", "outcome"),
    [
        (("15", "15"), "signed"),
        (("15", "15.01"), "a reason"),
        (("20", "20"), "a reason"),
        (("20", "20.01"), "refused"),
    ],
)
def test_doses_add_up_over_all_scars(clara, doctor, doses, outcome):
    plan = make_plan(scars=2)
    change_card(plan, "subcision", level="")
    change_content(plan, "subcision", ceilings=[ceiling()])
    plan = Plan.objects.get()
    choices = choices_for(plan)
    for scar, dose in enumerate(doses, start=1):
        card = card_of(plan, "subcision", scar)
        type(card).objects.filter(pk=card.pk).update(level="")
        choices[card.pk] = replace(
            choices[card.pk], choice="include", dose=Decimal(dose)
        )

    def write(departure=""):
        now = Plan.objects.get()
        return workflow.decide(
            now, choices, note="", seen_edits=now.edits, by=clara, departure=departure
        )

    plan = write()
    if outcome == "signed":
        assert workflow.sign(plan, by=clara).is_signed
        return
    with pytest.raises(NotAllowed, match="in one visit is more than"):
        workflow.sign(plan, by=doctor)
    plan = write("A thick keloid that did not answer.")
    if outcome == "refused":
        with pytest.raises(NotAllowed, match="which nobody signs"):
            workflow.sign(plan, by=doctor)
        return
    plan = workflow.sign(plan, by=clara)
    assert plan.awaits_countersignature
    assert workflow.sign(plan, by=doctor).is_signed
