"""Patients who are asked back when what their plan puts off is over."""

import datetime
from datetime import timedelta

import pytest
from django.contrib.messages import get_messages
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from django.utils.formats import date_format

from consultations import periods, removal
from consultations.intake import export, withdrawal
from consultations.models import Plan, Recall
from consultations.review import patient_plan, recalls, workflow
from consultations.review.workflow import Decided
from scarclinic.staff.models import Event, User
from tests.consultations.deciding import (
    QUEUE,
    card_of,
    cards_of,
    desk,
    make_plan,
    preview,
    sign_off,
)
from tests.consultations.factories import make_clinician
from tests.consultations.patients import holder_of, html_of
from tests.consultations.queueing import column_of, make_recalled, queue_of

pytestmark = pytest.mark.django_db


def clara():
    return User.objects.filter(username="clara").first() or make_clinician()


def put_off(**more):
    """Return a signed plan in which one treatment waits for acne to calm down."""
    plan = make_plan(active_acne="mild")
    (waiting,) = [each for each in cards_of(plan) if each.verdict == "deferred"]
    slug = waiting.revision.subject.slug.replace("-", "_")
    return sign_off(
        plan, clara(), note="First the acne.", **{slug: ("not_now", "")} | more
    )


def days_of(plan):
    return [each.due_on for each in Recall.objects.pending().filter(plan=plan)]


def bring_due(plan, days_ago=0):
    """Let the day come on which a plan's patient is asked back."""
    due_at = timezone.now() - timedelta(days=days_ago)
    Recall.objects.filter(plan=plan).update(due_at=due_at)
    return timezone.localdate(due_at)


def actions():
    return [
        each.action for each in Event.objects.order_by("pk") if "recall_" in each.action
    ]


def test_what_is_not_yet_brings_its_patient_back():
    plan, today = put_off(), timezone.localdate()
    assert days_of(plan) == [today + recalls.WITHOUT_DATE]
    assert actions() == ["recall_set"]


def test_the_day_is_the_clinicians_else_the_deferrals():
    plan = make_plan(tan="0")
    day = datetime.date(2031, 5, 1)
    by_slug = {
        each.revision.subject.slug.replace("-", "_"): ("not_now", "")
        for each in cards_of(plan)
        if each.verdict == "deferred"
    }
    first, *others = by_slug
    by_slug[first] = Decided("not_now", not_before=day)
    # A wait that somebody dates brings back also to what is an option today.
    by_slug["subcision"] = Decided("not_now", not_before=day + timedelta(days=1))
    plan = sign_off(plan, clara(), note="Later.", **by_slug)
    days = {
        each.decision.card.revision.subject.slug.replace("-", "_"): each.due_on
        for each in Recall.objects.all()
    }
    ends = {slug: card_of(plan, slug.replace("_", "-")).until_date for slug in others}
    without = timezone.localdate() + recalls.WITHOUT_DATE
    assert days == {first: day, "subcision": day + timedelta(days=1)} | {
        slug: end or without for slug, end in ends.items()
    }


def test_nobody_is_asked_back_about_what_is_left_out():
    put_off(options="not_now")
    assert Recall.objects.count() == 1
    Recall.objects.all().delete()
    plan = make_plan(active_acne="mild")
    sign_off(plan, clara())
    assert not Recall.objects.exists()


def test_the_queue_lists_who_is_asked_back_from_that_day_on(staff_client):
    plan, later = put_off(), put_off()
    assert queue_of(staff_client, state="to_recall") == []
    day = bring_due(plan)
    assert queue_of(staff_client, state="to_recall") == [plan]
    assert column_of(staff_client, "state", state="to_recall") == [
        f"To be asked back since {day.day} {day:%B %Y}"
    ]
    bring_due(later, days_ago=3)
    assert queue_of(staff_client, state="to_recall") == [later, plan]


def test_a_queue_of_recalls_costs_the_same_for_one_and_many(
    staff_client, count_queries
):
    make_recalled(clara())
    url = f"{QUEUE}?state=to_recall"
    for_one = count_queries(staff_client, url)
    for _more in range(10):
        make_recalled(clara())
    assert count_queries(staff_client, url) == for_one


def test_a_recall_is_done_or_moved_in_one_press(staff_client):
    plan = put_off()
    day = bring_due(plan, days_ago=2)
    page = staff_client.get(desk(plan))
    title = next(each.title for each in cards_of(plan) if each.verdict == "deferred")
    assert page.context["desk"].asked_back == [(day, [title])]
    assert f'value="4 {day.isoformat()}"' in page.text
    response = staff_client.post(desk(plan), {"_recall_later": f"4 {day.isoformat()}"})
    later = timezone.localdate() + timedelta(weeks=4)
    assert [str(each) for each in get_messages(response.wsgi_request)] == [
        f"The patient is asked back on {later.day} {later:%B %Y}."
    ]
    assert days_of(plan) == [later]
    staff_client.post(desk(plan), {"_recall_done": later.isoformat()})
    done = Recall.objects.get()
    assert (done.done_by, days_of(plan)) == (clara(), [])
    assert staff_client.get(desk(plan)).context["desk"].asked_back == []
    again = staff_client.post(desk(plan), {"_recall_done": later.isoformat()})
    assert "Somebody has settled this recall already." in again.text
    assert actions() == ["recall_set", "recall_moved", "recall_done"]
    for wrong in ("4 soon", "5 2031-01-01", "4 2031-13-01", "4"):
        staff_client.post(desk(plan), {"_recall_later": wrong})
    assert len(actions()) == 3


def test_a_patient_reads_when(staff_client):
    plan = put_off()
    (day,) = days_of(plan)
    words = f"We get back to you about it on {date_format(day)}."
    link = f"/status/{plan.intake.token}/"
    assert words in html_of(holder_of(link).get(link))
    taken = export._plan(plan)["scars"][0]["not_now"]
    assert [each["asked_back_on"] for each in taken] == [day]
    recalls.done(plan, day, by=clara())
    assert "We get back to you about it" not in html_of(holder_of(link).get(link))


def test_who_signs_reads_when_beforehand(staff_client):
    plan = make_plan(active_acne="mild")
    workflow.say(
        Plan.objects.for_desk().get(pk=plan.pk),
        "Wait",
        "not_now",
        seen_edits=0,
        by=clara(),
    )
    day = timezone.localdate() + recalls.WITHOUT_DATE
    assert f"about it on {date_format(day)}" in html_of(staff_client.get(preview(plan)))


def test_nobody_who_has_withdrawn_is_asked_back():
    plan = put_off()
    withdrawal.withdraw(plan.intake)
    assert not Recall.objects.exists()
    assert actions() == ["recall_set", "recall_withdrawn"]


def test_the_next_version_takes_the_recalls_over():
    plan = put_off()
    amended = workflow.amend(plan, by=clara())
    assert days_of(plan)
    workflow.sign(amended, by=clara())
    assert (days_of(plan), len(days_of(amended))) == ([], 1)


def test_an_erased_patient_leaves_no_recall():
    plan = put_off()
    recalls.done(plan, days_of(plan)[0], by=clara())
    removal.remove(plan.intake)
    assert not Recall.objects.exists()


def test_an_intake_is_kept_until_its_patient_was_asked_back(settings):
    plan = put_off()
    settings.CLOSED_DAYS = 30
    (day,) = days_of(plan)
    assert periods.kept_until(plan.intake) == day + timedelta(days=30)


def test_a_plan_costs_its_patient_the_same_for_one_recall_and_for_many():
    plan = put_off()

    def cost():
        with CaptureQueriesContext(connection) as queries:
            patient_plan.for_patient(plan)
        return len(queries)

    for_one = cost()
    for decision in plan.decisions.exclude(recall__isnull=False)[:3]:
        Recall.objects.create(plan=plan, decision=decision, due_at=timezone.now())
    assert cost() == for_one
