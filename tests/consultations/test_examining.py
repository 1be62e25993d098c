"""What staff see or ask: kept beside the answers, and what it makes of the cards."""

import re

import pytest
from django.contrib.messages import get_messages
from django.db import connection
from django.test.utils import CaptureQueriesContext

from consultations.models import Cause, ErasureRequest, Examination, Plan, Redeal
from consultations.review import erasure, workflow
from consultations.review.workflow import NotAllowed
from methods.protocol.coded_findings import RedFlagCode
from scarclinic.staff.models import Action, Event, Profession
from tests.consultations.deciding import card_of, choices_for, desk, make_plan, posted
from tests.consultations.factories import make_clinician
from tests.consultations.patients import html_of

pytestmark = pytest.mark.django_db

RF = "rf-microneedling"


@pytest.fixture
def clara():
    return make_clinician()


@pytest.fixture
def staff_clara(client, clara):
    client.force_login(clara)
    return client


def fresh(plan):
    return Plan.objects.get(pk=plan.pk)


def see(client, plan, how="in_person", **facts):
    """Post what a clinician sees; `scar1_elevation` is a fact of the first scar."""
    plan = fresh(plan)
    seen = {}
    for name, value in facts.items():
        scar, _, fact = name.partition("_")
        number = scar.removeprefix("scar")
        seen[f"seen-{number}-{fact}"] = value
    return client.post(
        desk(plan),
        posted(plan, options="") | seen | {"seen-how": how, "_examine": "yes"},
        follow=True,
    )


def test_what_is_seen_stands_over_the_answer_and_never_overwrites_it(staff_clara):
    plan = make_plan(elevation="unknown", pit_shape="")
    see(staff_clara, plan, scar1_elevation="flat")
    scar = plan.intake.scars.get()
    assert scar.elevation == "unknown"
    assessment = plan.intake.assessments.get(round=2)
    assert (assessment.facts["elevation"], assessment.seen) == (
        "flat",
        {"elevation": "flat"},
    )
    html = html_of(staff_clara.get(desk(plan)))
    assert "Patient: Not sure" in html
    assert "In person by Clara Weiss" in html


def test_what_was_seen_before_stays_superseded(staff_clara, clara):
    plan = make_plan(elevation="unknown", pit_shape="")
    see(staff_clara, plan, scar1_elevation="flat")
    see(staff_clara, plan, "photo", scar1_elevation="raised")
    rows = Examination.objects.values_list("value", "how", "is_superseded", "seen_by")
    assert list(rows) == [
        ("flat", "in_person", True, clara.pk),
        ("raised", "photo", False, clara.pk),
    ]


def test_what_was_seen_can_be_taken_back(staff_clara):
    plan = make_plan(elevation="unknown", pit_shape="")
    see(staff_clara, plan, scar1_elevation="flat")
    see(staff_clara, plan, scar1_elevation="as-answered")
    assert plan.intake.assessments.get(round=3).facts["elevation"] == "unknown"
    assert Examination.objects.current().count() == 0


def test_a_contraindication_asked_by_telephone_opens_the_card(staff_clara, clara):
    plan = make_plan(pacemaker_icd="unknown")
    assert card_of(plan, RF).verdict == "undetermined"
    see(staff_clara, plan, "telephone", scarperson_pacemaker_icd="no")
    assert card_of(fresh(plan), RF).is_option
    row = Examination.objects.get()
    assert (row.scar, row.how, row.seen_by) == (None, "telephone", clara)
    assert "Asked by telephone by Clara Weiss" in html_of(staff_clara.get(desk(plan)))


def test_the_desk_says_what_changed_because_of_the_examination(staff_clara):
    plan = make_plan(pacemaker_icd="unknown")
    see(staff_clara, plan, "telephone", scarperson_pacemaker_icd="yes")
    redeal = Redeal.objects.get()
    assert (redeal.round, redeal.cause) == (2, Cause.EXAMINATION)
    assert {(each["method"], each["after"]) for each in redeal.changed} >= {
        (RF, "contraindicated")
    }
    html = html_of(staff_clara.get(desk(plan)))
    assert "What was seen or asked" in html
    assert "was “Not known yet”, now “Not suitable”" in html


def test_an_answer_and_what_was_seen_are_told_apart(staff_clara, clara):
    plan = make_plan(pacemaker_icd="unknown", metal_implant_at_site="unknown")
    see(staff_clara, plan, "telephone", scarperson_pacemaker_icd="yes")
    plan.intake.answers.filter(finding__code="koebner_active").update(value="yes")
    rows = workflow.reassess(plan.intake)
    assert {row.cause for row in rows} == {Cause.ANSWER}


def test_the_cards_of_before_the_examination_stay(staff_clara):
    plan = make_plan(pacemaker_icd="unknown")
    before = card_of(plan, RF)
    see(staff_clara, plan, "telephone", scarperson_pacemaker_icd="yes")
    before.refresh_from_db()
    assert before.verdict == "undetermined"


def test_each_examination_leaves_a_line_in_the_ledger(staff_clara, clara):
    plan = make_plan(elevation="unknown", pit_shape="")
    see(staff_clara, plan, scar1_elevation="flat")
    event = Event.objects.get(action=Action.EXAMINED)
    assert (event.by, event.subject_id) == (clara, plan.pk)


def test_an_erased_intake_leaves_nothing_that_was_seen(staff_clara, clara):
    plan = make_plan(pacemaker_icd="unknown")
    see(staff_clara, plan, "telephone", scarperson_pacemaker_icd="yes")
    ErasureRequest.objects.create(intake=plan.intake)
    erasure.erase(plan.intake, by=clara)
    assert (Examination.objects.count(), Redeal.objects.count()) == (0, 0)


def test_typed_decisions_are_kept_when_something_is_noted(staff_clara):
    plan = make_plan(pacemaker_icd="unknown")
    data = posted(plan, tca_cross="not_now") | {
        "seen-person-pacemaker_icd": "no",
        "seen-how": "telephone",
        "_examine": "yes",
    }
    staff_clara.post(desk(plan), data)
    assert card_of(fresh(plan), "tca-cross").decision.choice == "not_now"


@pytest.mark.parametrize(
    ("facts", "how", "said"),
    [
        ({}, "in_person", "Say what you have seen or asked: nothing is new."),
        ({"scar1_elevation": "flat"}, "", "Say how you know it."),
        ({"scar1_pit_width_mm": "wide"}, "in_person", "is no answer"),
    ],
)
def test_what_cannot_be_noted_is_said_and_stays_typed(staff_clara, facts, how, said):
    plan = make_plan()
    response = see(staff_clara, plan, how, **facts)
    assert said in html_of(response)
    assert not Examination.objects.exists()
    html = html_of(response)
    for name, value in facts.items():
        field = name.removeprefix("scar1_")
        chosen = f'<option value="{value}" selected>'
        typed = f'name="seen-1-{field}" value="{value}"'
        assert chosen in html or typed in html


def test_a_name_that_nobody_can_see_is_refused(clara):
    plan = make_plan()
    for key in ((1, "wants"), (None, "age_years"), (7, "elevation")):
        with pytest.raises(NotAllowed):
            workflow.examine(plan, {key: "yes"}, how="in_person", by=clara)


def test_including_what_is_not_known_is_refused_whatever_the_reason(clara):
    plan = make_plan(pacemaker_icd="unknown")
    choices = choices_for(plan, rf_microneedling=("include", "She said it is fine"))
    plan = workflow.decide(plan, choices, note="", seen_edits=0, by=clara)
    with pytest.raises(NotAllowed, match="it is not known whether it is suitable"):
        workflow.sign(plan, by=clara)


def test_a_flag_that_only_a_look_has_cleared_is_signed_by_a_doctor(staff_clara, clara):
    plan = make_plan(rf_ulcer="yes")
    see(staff_clara, plan, scarperson_rf_ulcer="no")
    plan = fresh(plan)
    assert not plan.is_flagged
    choices = choices_for(plan)
    plan = workflow.decide(
        plan, choices, note="Come and see us", seen_edits=plan.edits, by=clara
    )
    assert workflow.sign(plan, by=clara).awaits_countersignature
    assert workflow.sign(
        fresh(plan), by=make_clinician("doris", profession=Profession.DOCTOR)
    ).is_signed


@pytest.mark.parametrize(("said", "waits"), [("yes", True), ("unknown", False)])
def test_a_yes_that_staff_take_back_is_signed_by_a_doctor(clara, said, waits):
    plan = make_plan(allergy_nut=said)
    workflow.examine(plan, {(None, "allergy_nut"): "no"}, how="telephone", by=clara)
    plan = fresh(plan)
    choices = choices_for(plan)
    plan = workflow.decide(plan, choices, note="Wait", seen_edits=plan.edits, by=clara)
    assert workflow.sign(plan, by=clara).awaits_countersignature is waits


def test_an_undetermined_card_stands_before_not_indicated_and_asks(staff_clara):
    plan = make_plan(pacemaker_icd="unknown")
    response = staff_clara.get(desk(plan))
    verdicts = [each.verdict for each in response.context["desk"].scars[0].groups]
    assert verdicts.index("undetermined") < verdicts.index("not-indicated")
    html = html_of(response)
    assert "Ask:</strong> Pacemaker, ICD or other electronic device" in html


def test_asking_from_a_card_opens_the_question_with_its_findings(staff_clara):
    plan = make_plan(pacemaker_icd="unknown")
    key = next(
        shown.key
        for group in staff_clara.get(desk(plan)).context["desk"].scars[0].groups
        for shown in group.cards
        if shown.card.revision.subject.slug == RF
    )
    response = staff_clara.post(desk(plan), posted(plan) | {"_ask_about": key})
    ask = response.context["desk"].ask
    assert (ask.is_begun, ask["findings"].value()) == (True, ["pacemaker_icd"])
    assert fresh(plan).edits == 0


def test_an_examination_asks_no_query_for_each_card(clara):
    """It deals some fifty anew for each scar. SQLite writes so many rows at a time."""
    costs = []
    for scars in (1, 3):
        plan = make_plan(scars=scars, elevation="unknown", pit_shape="")
        with CaptureQueriesContext(connection) as queries:
            workflow.examine(
                plan, {(1, "elevation"): "flat"}, how="in_person", by=clara
            )
        costs.append(len(queries))
    assert costs[1] - costs[0] < 5


def test_examinations_cost_the_desk_no_query_more(staff_clara, count_queries, clara):
    plan = make_plan(scars=2, elevation="unknown", pit_shape="")
    see(staff_clara, plan, scar1_elevation="flat")
    for_one = count_queries(staff_clara, desk(plan))
    for value in ("raised", "flat", "mixed"):
        see(staff_clara, plan, scar1_elevation=value, scar2_elevation=value)
    assert count_queries(staff_clara, desk(plan)) == for_one


def test_nobody_signs_before_a_red_flag_that_a_look_settles_is_known(
    staff_clara, clara
):
    plan = make_plan(rf_lump="unknown")
    fault = f"A red flag is not known ({RedFlagCode.LUMP.label}): ask or look."
    assert fault in workflow.faults_before_signing(fresh(plan), clara)
    see(staff_clara, plan, scarperson_rf_lump="no")
    assert fault not in workflow.faults_before_signing(fresh(plan), clara)


def test_what_was_typed_for_another_button_is_not_lost_by_saving(staff_clara):
    plan = make_plan()
    typed = posted(plan) | {
        "question": "Since when?",
        "seen-person-rf_lump": "no",
        "_preview": "yes",
    }
    page = staff_clara.post(desk(plan), typed)
    (said,) = get_messages(page.wsgi_request)
    assert str(said) == (
        "Saved. Your question is not sent yet. Saved. What you see is not noted yet."
    )
    assert page.context["desk"].ask["question"].value() == "Since when?"
    assert page.context["desk"].seen.typed(None, "rf_lump") == "no"
    assert fresh(plan).edits > plan.edits


def test_an_examination_that_counts_no_longer_says_so(staff_clara):
    plan = make_plan(elevation="unknown", pit_shape="")
    see(staff_clara, plan, scar1_elevation="flat")
    see(staff_clara, plan, "photo", scar1_elevation="raised")
    html = staff_clara.get(desk(plan)).text
    old, new = re.findall(r'<span class="desk-said">(?!Patient)(.*?)</span>', html)
    assert old.startswith("<s>In person by ")
    assert old.endswith("</s> (no longer counts)")
    assert new.startswith("Photo looked at by a person by ")
