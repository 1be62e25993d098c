"""`manage.py replay`: every stored assessment, made again from what it kept."""

import datetime
import io

import pytest
from django.core.management import call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext

from consultations.management.commands import replay as command
from consultations.models import Assessment, Card
from methods.models import Finding, Method
from methods.protocol import thresholds
from methods.publishing import verbs
from scarclinic.staff import processes
from tests.consultations.deciding import card_of, make_plan, sign_off
from tests.consultations.factories import make_clinician

pytestmark = pytest.mark.django_db

STOPPED = {"isotretinoin": "stopped", "isotretinoin_stopped_months": 3}
KELOID = {"elevation": "raised", "beyond_edges": "yes", "pit_shape": "", "tan": "0"}


def replay(**options):
    """Return the exit status and the lines that were printed."""
    out = io.StringIO()
    try:
        call_command("replay", stdout=out, **options)
    except SystemExit as exit_:
        return exit_.code, out.getvalue().splitlines()
    return 0, out.getvalue().splitlines()


def test_nothing_to_replay_differs_in_nothing():
    assert replay() == (0, ["Assessments made again: 0. Differences: 0."])


def test_plans_come_out_as_they_were_stored():
    make_plan(scars=2, **STOPPED)
    make_plan(scars=2, **KELOID)
    make_plan(pacemaker_icd="unknown", fitzpatrick="unknown", pit_shape="unknown")
    make_plan(rf_ulcer="yes")
    sign_off(make_plan(), make_clinician(), subcision="include")
    assert replay() == (0, ["Assessments made again: 5. Differences: 0."])


@pytest.mark.parametrize(
    ("field", "value", "shown"),
    [
        ("verdict", "deferred", "was 'deferred', now 'caution'"),
        ("line", "adjunct", "was 'adjunct', now 'first'"),
        ("ask", ["tan"], "was ['tan'], now []"),
        ("until_days", 7, "was 7, now None"),
    ],
)
def test_a_card_that_was_tampered_with_is_told(field, value, shown):
    plan = make_plan()
    card = card_of(plan, "subcision")
    Card.objects.filter(pk=card.pk).update(**{field: value})
    assert replay() == (
        1,
        [
            f"{plan}, scar 1, subcision, {field}: {shown}",
            "Assessments made again: 1. Differences: 1.",
        ],
    )


def test_a_reason_that_was_tampered_with_is_told():
    plan = make_plan()
    card = card_of(plan, "subcision")
    card.reasons[0]["rationale"] = "Somebody else's words"
    Card.objects.filter(pk=card.pk).update(reasons=card.reasons)
    status, (line, _count) = replay()
    assert status == 1
    assert line.startswith(f"{plan}, scar 1, subcision, reasons: was ")


def test_cards_in_another_order_are_told():
    plan = make_plan()
    first = plan.intake.assessments.get().cards.first()
    Card.objects.filter(pk=first.pk).update(place=999)
    status, (line, _count) = replay()
    assert (status, line.split(":")[0]) == (1, f"{plan}, scar 1, order")


@pytest.mark.parametrize("kept", ["types", "red_flags"])
def test_types_and_red_flags_that_differ_are_told(kept):
    plan = make_plan()
    Assessment.objects.update(**{kept: ["keloid_suspected"]})
    status, lines = replay()
    assert status == 1
    assert lines[0].startswith(f"{plan}, scar 1, {kept.replace('_', ' ')}: was ")


def test_a_rule_that_reckons_otherwise_is_told(monkeypatch):
    plan = make_plan(**STOPPED)
    other = make_plan()
    assert replay()[0] == 0
    monkeypatch.setattr(thresholds, "ISOTRETINOIN_WASHOUT_MONTHS", 2)
    status, lines = replay()
    assert status == 1
    assert f"{plan}, scar 1, subcision, reasons" in {
        line.split(":")[0] for line in lines
    }
    assert not any(line.startswith(str(other)) for line in lines)


@pytest.mark.parametrize(
    "facts", [{"melanin_index": 3}, {"elevation": "bumpy"}, ["elevation"]]
)
def test_facts_of_an_older_shape_are_told_and_the_others_still_made(facts):
    old, tampered = make_plan(), make_plan()
    Assessment.objects.filter(intake__plans=old).update(facts=facts)
    card = card_of(tampered, "subcision")
    Card.objects.filter(pk=card.pk).update(verdict="deferred")
    status, lines = replay()
    assert status == 1
    assert lines[0].startswith(f"{old}: the facts kept cannot be read any more: ")
    assert lines[1].startswith(f"{tampered}, scar 1, subcision, verdict: ")
    assert lines[2] == "Assessments made again: 2. Differences: 2."


def test_replay_survives_methods_unpublished_and_published_again():
    make_plan(scars=2, wants=["subcision"], **STOPPED)
    method = Method.objects.get(slug="subcision")
    method.criteria.all().delete()
    method.is_ranked, method.position = False, 1
    method.save()
    verbs.publish(method, by=None, note="Advice now")
    Method.objects.exclude(pk=method.pk).update(live_revision=None)
    assert replay() == (0, ["Assessments made again: 1. Differences: 0."])


def test_replay_survives_questions_and_red_flags_that_changed():
    make_plan(rf_ulcer="yes")
    make_plan(pacemaker_icd="yes")
    Finding.objects.red_flags().update(route="Somebody else", advice="Other words")
    Finding.objects.health_questions().update(is_asked=False)
    Finding.objects.create(code="brand_new", label="New", question="New?", group="skin")
    assert replay() == (0, ["Assessments made again: 2. Differences: 0."])


def test_what_another_engine_made_is_counted_apart():
    make_plan()
    old, changed = make_plan(), make_plan()
    Assessment.objects.filter(intake__in=[old.intake, changed.intake]).update(
        rules_version="0"
    )
    Card.objects.filter(pk=card_of(changed, "subcision").pk).update(verdict="deferred")
    assert replay() == (
        0,
        [
            "Assessments made again: 1. Differences: 0.",
            "Made by another version of the engine: 2. Of these, 1 would come out "
            "differently now.",
        ],
    )


def test_replay_begins_with_a_day():
    make_plan()
    old = make_plan()
    Assessment.objects.filter(intake=old.intake).update(assessed_on="2026-01-31")
    Card.objects.filter(pk=card_of(old, "subcision").pk).update(verdict="deferred")
    assert replay()[0] == 1
    assert replay(since=datetime.date(2026, 2, 1)) == (
        0,
        ["Assessments made again: 1. Differences: 0."],
    )


def test_a_sample_is_the_same_each_time():
    for _number in range(4):
        plan = make_plan()
        Card.objects.filter(pk=card_of(plan, "subcision").pk).update(verdict="deferred")
    _status, lines = replay(sample=2)
    assert lines[-1] == "Assessments made again: 2. Differences: 2."
    assert replay(sample=2) == (1, lines)
    assert replay(sample=9)[1][-1] == "Assessments made again: 4. Differences: 4."


def test_progress_is_told_on_standard_error(monkeypatch):
    monkeypatch.setattr(command, "CHUNK", 1)
    monkeypatch.setattr(processes, "MOST", 1)
    make_plan(scars=2)
    make_plan()
    err = io.StringIO()
    call_command("replay", stdout=io.StringIO(), stderr=err)
    assert err.getvalue().splitlines() == ["1 of 2", "2 of 2"]


def test_more_assessments_cost_no_query():
    make_plan(scars=2)
    with CaptureQueriesContext(connection) as for_one:
        replay()
    make_plan()
    make_plan(**KELOID)
    with CaptureQueriesContext(connection) as for_three:
        replay()
    assert len(for_three) == len(for_one)
