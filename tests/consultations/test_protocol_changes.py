"""A new protocol: what it does to plans that wait, and to signed ones."""

from decimal import Decimal

import pytest
from django.core.management import call_command
from django.utils import timezone
from django.utils.formats import date_format
from django_tasks_db.models import DBTaskResult

from consultations.intake import withdrawal
from consultations.models import (
    Assessment,
    Card,
    Cause,
    ErasureRequest,
    Plan,
    Redeal,
)
from consultations.review import erasure, workflow
from consultations.review.workflow import Decided, NotAllowed, renewing
from methods.models import Criterion, Finding, Method
from methods.protocol import engine
from methods.publishing import drafts, verbs
from scarclinic.staff.models import Action, Event
from tests.consultations.deciding import (
    QUEUE,
    card_of,
    choices_for,
    desk,
    make_plan,
    posted,
    sign_off,
)
from tests.consultations.factories import make_clinician
from tests.consultations.patients import html_of
from tests.methods.test_conditions import CEILING
from tests.tables import for_each

pytestmark = pytest.mark.django_db


@pytest.fixture
def clara():
    return make_clinician()


@pytest.fixture
def staff_clara(client, clara):
    client.force_login(clara)
    return client


def fresh(plan):
    return Plan.objects.get(pk=plan.pk)


def forbid(slug, code="rolling"):
    """Publish that a treatment is not for rolling scars, or for another finding."""
    method = Method.objects.get(slug=slug)
    rule = Criterion.objects.create(
        method=method,
        kind="contraindication",
        for_patient="Not for you.",
        for_staff="A test forbids it.",
    )
    rule.when.add(Finding.objects.get(code=code))
    rule.sources.add(*method.criteria.first().sources.all())
    verbs.publish(method, by=None, note="Not for some")


def reword(slug):
    method = Method.objects.get(slug=slug)
    method.summary = f"{method.summary} We do it gently."
    method.save()
    verbs.publish(method, by=None, note="Other words")


def sign_subcision(by):
    plan = make_plan()
    card = card_of(plan, "subcision")
    type(card).objects.filter(pk=card.pk).update(level="")
    return sign_off(plan, by, subcision="include")


def test_a_waiting_plan_is_dealt_anew_when_it_is_opened_and_says_why(staff_clara):
    plan = make_plan()
    staff_clara.post(desk(plan), posted(plan, subcision="include"))
    forbid("subcision")
    html = html_of(staff_clara.get(desk(plan)))
    plan = fresh(plan)
    card = card_of(plan, "subcision")
    assert (plan.round, card.verdict, card.decision.choice) == (
        2,
        "contraindicated",
        "",
    )
    redeal = Redeal.objects.get()
    assert redeal.cause == Cause.PROTOCOL
    assert [(each["method"], each["after"]) for each in redeal.changed] == [
        ("subcision", "contraindicated")
    ]
    assert f"Protocol {redeal.protocol_number}" in html
    assert f"{card.title} (scar 1): was “" in html
    assert "now “Not suitable”" in html
    assert Event.objects.filter(action=Action.CARDS_REDEALT).count() == 1


GEL = CEILING | {"substance": "gel", "unit": "g"}
INK = CEILING | {"substance": "ink", "unit": "g"}


@for_each(
    ("now", "choice"),
    [
        ([GEL, INK], "include"),
        ([GEL | {"reason_above": "20.00"}, INK], "include"),
        ([INK, GEL], ""),
        ([INK], ""),
        ([GEL | {"unit": "mg"}, INK], ""),
    ],
)
def test_a_dose_is_carried_to_no_other_drug(clara, now, choice):
    def limit(*ceilings):
        method = Method.objects.for_draft().get(slug="subcision")
        drafts.write_draft(method, drafts.draft(method) | {"ceilings": ceilings})
        verbs.publish(method, by=None, note="Other ceilings")

    limit(GEL, INK)
    plan = make_plan()
    subcision = Decided("include", dose=Decimal(20), second_dose=Decimal(2))
    choices = choices_for(plan, subcision=subcision)
    plan = workflow.decide(plan, choices, note="", seen_edits=0, by=clara)
    limit(*now)
    workflow.reassess(plan.intake)
    decision = card_of(fresh(plan), "subcision").decision
    assert (fresh(plan).round, decision.choice) == (2, choice)


def test_what_changes_no_card_goes_on_silently(staff_clara):
    plan = make_plan()
    reword("subcision")
    Plan.objects.update(protocol_number=0)
    html = html_of(staff_clara.get(desk(plan)))
    assert "The protocol has changed" not in html
    plan = fresh(plan)
    assert (plan.round, plan.edits) == (1, 0)
    assert plan.protocol_number > 0


def test_a_plan_is_not_signed_on_cards_that_the_protocol_would_not_deal(clara):
    plan = make_plan()
    choices = choices_for(plan, subcision="include")
    plan = workflow.decide(plan, choices, note="", seen_edits=0, by=clara)
    forbid("subcision")
    with pytest.raises(NotAllowed, match="The protocol has changed since"):
        workflow.sign(plan, by=clara)
    assert not fresh(plan).is_signed


def test_signing_over_a_new_protocol_loses_nothing_typed(staff_clara):
    plan = make_plan()
    data = posted(plan, subcision="include", note="Dear Ada") | {"_preview": "yes"}
    forbid("subcision")
    html = html_of(staff_clara.post(desk(plan), data))
    assert "The protocol has changed" in html
    assert "Dear Ada" in html
    assert not fresh(plan).is_signed


def test_a_waiting_signature_is_taken_back_by_a_new_protocol(clara, staff_clara):
    plan = make_plan()
    choice = Decided("include", "She had it before", "benefit", "It helped.")
    choices = choices_for(plan, subcision="include", tca_cross=choice)
    plan = workflow.decide(plan, choices, note="", seen_edits=0, by=clara)
    assert workflow.sign(plan, by=clara).awaits_countersignature
    forbid("subcision")
    staff_clara.get(desk(plan))
    assert not fresh(plan).awaits_countersignature


def test_a_signed_plan_that_would_be_refused_now_is_listed_for_a_call(
    clara, staff_clara
):
    refused, other = sign_subcision(clara), make_plan()
    sign_off(other, clara)
    assert workflow.compare_all() == 0
    forbid("subcision")
    assert DBTaskResult.objects.filter(
        task_path__endswith="recalling.compare_signed_plans"
    ).exists()
    assert workflow.compare_all() == 1
    listed = staff_clara.get(QUEUE, {"state": "to_call"})
    assert list(listed.context["cl"].result_list) == [refused]
    home = html_of(staff_clara.get("/admin/"))
    assert "<strong>1</strong> Patients to call" in home
    html = html_of(staff_clara.get(desk(refused)))
    assert "The protocol of today would refuse" in html
    assert fresh(refused).is_signed


def test_who_was_called_about_it_is_not_listed_again(clara, staff_clara):
    plan = sign_subcision(clara)
    forbid("subcision")
    workflow.compare_all()
    staff_clara.post(desk(plan), {"_called": "yes"})
    assert workflow.compare_all() == 0
    assert Event.objects.get(action=Action.PLAN_RECALLED).by == clara


def make_unreadable(plan):
    """Let the rules of today not know an answer that was given then."""
    kept = Assessment.objects.get(intake=plan.intake)
    kept.facts["elevation"] = "a word of before"
    kept.save()


def test_a_plan_whose_answers_nobody_can_read_any_more_is_listed(clara, staff_clara):
    plan = sign_subcision(clara)
    make_unreadable(plan)
    assert workflow.compare_all() == 1
    words = "The rules of today cannot read the answers of then"
    assert words in html_of(staff_clara.get(desk(plan)))
    workflow.called(plan, by=clara)
    assert workflow.compare_all() == 0


def test_what_cannot_be_read_any_more_takes_nobody_off_the_list(clara, staff_clara):
    plan = sign_subcision(clara)
    title = card_of(plan, "subcision").title
    forbid("subcision")
    assert workflow.compare_all() == 1
    make_unreadable(plan)
    assert workflow.compare_all() == 1
    html = html_of(staff_clara.get(desk(plan)))
    assert f"{title} (scar 1): was “" in html
    assert "The rules of today cannot read the answers of then" in html


def test_who_is_erased_meanwhile_keeps_nobody_else_off_the_list(clara, monkeypatch):
    plans = [sign_subcision(clara) for _each in range(3)]
    forbid("subcision")
    ErasureRequest.objects.create(intake=plans[1].intake)
    of_one_person = engine.of_one_person

    def erasing(*args):
        if Plan.objects.filter(pk=plans[1].pk).exists():
            erasure.erase(plans[1].intake, by=clara)
        return of_one_person(*args)

    monkeypatch.setattr(engine, "of_one_person", erasing)
    workflow.compare_all()
    assert list(Plan.objects.to_call().order_by("pk")) == [plans[0], plans[2]]


def test_the_next_version_takes_a_patient_off_the_list(clara):
    plan = sign_subcision(clara)
    forbid("subcision")
    workflow.compare_all()
    amended = workflow.renew(workflow.amend(plan, by=clara), by=clara)
    assert Plan.objects.to_call().get() == plan
    sign_off(amended, clara)
    assert not Plan.objects.to_call().exists()


def test_who_withdraws_is_called_no_more(clara):
    plan = sign_subcision(clara)
    forbid("subcision")
    workflow.compare_all()
    withdrawal.withdraw(plan.intake)
    assert not Plan.objects.to_call().exists()


def test_opening_a_desk_costs_no_more_when_many_numbers_lie_between(
    staff_clara, count_queries
):
    plan = make_plan()

    def cost(times):
        for _each in range(times):
            # It changes no card of this plan, but the protocol's number.
            forbid("subcision", "pacemaker_icd")
        assert fresh(plan).protocol_number == renewing.live_number() - times
        cost = count_queries(staff_clara, desk(plan))
        assert fresh(plan).protocol_number == renewing.live_number()
        return cost

    staff_clara.get(desk(plan))
    assert cost(1) == cost(3)
    assert fresh(plan).round == 1


def deal_by_other_rules(plan):
    """Let other rules have dealt a plan's cards, under the protocol that is live."""
    Plan.objects.filter(pk=plan.pk).update(rules_version="of before")
    plan.intake.assessments.update(rules_version="of before")
    Card.objects.filter(pk=card_of(plan, "subcision").pk).update(
        verdict="contraindicated"
    )


def test_a_plan_that_other_rules_have_dealt_is_dealt_anew(staff_clara):
    plan = make_plan()
    deal_by_other_rules(plan)
    html = html_of(staff_clara.get(desk(plan)))
    assert "The protocol has changed" in html
    assert fresh(plan).round == 2
    assert card_of(fresh(plan), "subcision").is_option
    assert Redeal.objects.get().cause == Cause.PROTOCOL


def test_rules_that_deal_the_same_cards_are_asked_once(
    staff_clara, count_queries, monkeypatch
):
    plan = make_plan()
    staff_clara.get(desk(plan))
    cost = count_queries(staff_clara, desk(plan))
    monkeypatch.setattr(renewing, "RULES_VERSION", "of tomorrow")
    assert count_queries(staff_clara, desk(plan)) > cost
    assert count_queries(staff_clara, desk(plan)) == cost
    assert fresh(plan).round == 1


def test_rules_that_deal_other_cards_are_asked_once(staff_clara, count_queries):
    plan = make_plan()
    deal_by_other_rules(plan)
    staff_clara.get(desk(plan))
    cost = count_queries(staff_clara, desk(plan))
    assert count_queries(staff_clara, desk(plan)) == cost
    assert fresh(plan).round == 2


def test_a_plan_that_other_rules_have_dealt_is_not_signed(clara):
    plan = make_plan()
    plan = workflow.decide(plan, choices_for(plan), note="", seen_edits=0, by=clara)
    deal_by_other_rules(plan)
    with pytest.raises(NotAllowed, match="The protocol has changed since"):
        workflow.sign(plan, by=clara)


def test_what_a_colleague_saves_meanwhile_is_no_change_of_the_protocol(
    staff_clara, monkeypatch
):
    plan = make_plan()
    Plan.objects.update(protocol_number=0)
    locked_plan = renewing.locked_plan

    def saved_meanwhile(plan):
        Plan.objects.filter(pk=plan.pk).update(edits=7)
        return locked_plan(plan)

    monkeypatch.setattr(renewing, "locked_plan", saved_meanwhile)
    assert "The protocol has changed" not in html_of(staff_clara.get(desk(plan)))
    assert fresh(plan).edits == 7


def test_the_call_list_is_made_anew_by_hand(clara, capsys):
    plan = sign_subcision(clara)
    forbid("subcision")
    call_command("call_list")
    assert capsys.readouterr().out == "1 patient is to be called.\n"
    assert fresh(plan).call_by > timezone.localdate()
    by = fresh(plan).call_by
    call_command("call_list")
    assert fresh(plan).call_by == by


def test_the_front_desk_reads_whom_to_call_and_not_why(clara, client_of):
    plan, other = sign_subcision(clara), make_plan()
    forbid("subcision")
    workflow.compare_all()
    title = card_of(plan, "subcision").title
    front_desk = client_of("Front desk")
    listed = front_desk.get(QUEUE, {"state": "to_call"})
    assert list(listed.context["cl"].result_list) == [plan]
    by = date_format(fresh(plan).call_by, "j F Y")
    for response in (listed, front_desk.get(desk(plan))):
        html = html_of(response)
        assert "Ada Okafor" in html
        assert f"To be called by {by}" in html
        for words in (title, "Not suitable", "would refuse", "protocol"):
            assert words not in html
    # How to reach somebody is read on a page that leaves a line in the ledger.
    assert "020 7946 0123" not in html_of(listed)
    assert "020 7946 0123" in html_of(response)
    assert Event.objects.filter(action=Action.CONTACT_READ).count() == 1
    assert "To be called by" not in html_of(front_desk.get(desk(other)))
    assert front_desk.post(desk(plan), {"_called": "yes"}).status_code == 403


def test_replay_still_makes_what_was_dealt_before_a_new_protocol(staff_clara, capsys):
    plan = make_plan()
    forbid("subcision")
    staff_clara.get(desk(plan))
    rounds = plan.intake.assessments.order_by("round")
    verdicts = [
        each.cards.get(revision__subject__slug="subcision").verdict for each in rounds
    ]
    assert (verdicts[0] in ("suggested", "caution"), verdicts[1]) == (
        True,
        "contraindicated",
    )
    call_command("replay")
    said = capsys.readouterr().out
    assert said == "Assessments made again: 2. Differences: 0.\n"
