"""The queue: who comes first, what it says of each, whose a plan is."""

import re
from datetime import time, timedelta

import pytest
from django.test import Client
from django.utils import timezone

from consultations.admin.queue import CountedPaginator
from consultations.models import Plan, Reading
from consultations.review import workflow
from methods.models import Clinic, OpeningHours
from methods.publishing import editions
from tests.consultations.deciding import QUEUE, desk, make_plan, posted, sign_off
from tests.consultations.factories import make_clinician
from tests.consultations.queueing import (
    column_of,
    make_signed,
    make_waiting,
    make_withdrawn,
    promised_in,
    queue_of,
    rows_of,
)

pytestmark = pytest.mark.django_db

A_SORE = {"rf_ulcer": "yes"}


@pytest.fixture
def clara(db):
    return make_clinician("clara")


@pytest.fixture
def desk_client(clara):
    client = Client()
    client.force_login(clara)
    return client


def fresh(plan):
    return Plan.objects.get(pk=plan.pk)


def open_at(*hours):
    """Let the clinic publish opening hours, (weekday, opens, closes) each."""
    clinic, _made = Clinic.objects.get_or_create(pk=Clinic.ONLY)
    for weekday, opens, closes in hours:
        OpeningHours.objects.create(
            clinic=clinic, weekday=weekday, opens=opens, closes=closes
        )
    editions.renew()


def act(client, action, *plans, **more):
    """Take a step with plans of the queue; return what the page then tells."""
    chosen = {"action": action, "_selected_action": [plan.pk for plan in plans]}
    response = client.post(f"{QUEUE}?state=all", chosen | more, follow=True)
    return [str(message) for message in response.context["messages"]]


# Order


def test_red_flags_are_first_then_who_has_waited_longest(desk_client):
    new, old = make_waiting(1), make_waiting(9)
    flagged_new = make_waiting(2, is_flagged=True)
    flagged_old = make_waiting(3, is_flagged=True)
    assert queue_of(desk_client) == [flagged_old, flagged_new, old, new]


def test_who_owes_us_an_answer_comes_after_who_waits_for_ours(desk_client):
    asked = make_waiting(9, is_asking=True)
    waits = make_waiting(1)
    flagged_and_asked = make_waiting(9, is_flagged=True, is_asking=True)
    flagged = make_waiting(1, is_flagged=True)
    assert queue_of(desk_client) == [flagged, flagged_and_asked, waits, asked]


def test_a_real_intake_takes_its_place(desk_client):
    calm, flagged = make_plan(), make_plan(**A_SORE)
    assert queue_of(desk_client) == [flagged, calm]
    assert column_of(desk_client, "reference") == [
        flagged.intake.reference,
        calm.intake.reference,
    ]
    assert column_of(desk_client, "flag") == [
        "Sore that has not healed, by telephone",
        "",
    ]
    assert column_of(desk_client, "name") == ["Ada Okafor", "Ada Okafor"]


def test_the_queue_names_flags_and_tells_urgent_from_needs_a_guardian(desk_client):
    make_plan(age=17)
    make_plan(age=17, rf_bleed="yes", rf_lump="yes")
    urgent = "Bleeding, crusting or weeping, New or growing lump, Needs a guardian"
    said = column_of(desk_client, "flag")
    assert sorted(each.rpartition(", ")[0] for each in said) == sorted(
        ["Needs a guardian", urgent]
    )
    html = desk_client.get(QUEUE).text
    marks = re.findall(r'desk-mark">(.*?)</strong>', html)
    assert [urgent in each for each in marks] == [True]


def test_an_answered_question_puts_the_plan_back_by_the_time_of_the_answer(
    desk_client, clara
):
    plan = make_plan()
    Plan.objects.update(waiting_since=timezone.now() - timedelta(days=3))
    question = workflow.ask(plan, "Since when?", [], by=clara)
    waits = make_waiting(1)
    assert queue_of(desk_client) == [waits, plan]
    workflow.answer(question, "Since May.")
    assert queue_of(desk_client) == [waits, plan]
    assert queue_of(desk_client, state="answered") == [plan]
    assert column_of(desk_client, "state") == [
        "To be reviewed",
        "The patient has answered",
    ]


def test_what_all_lists_begins_with_the_newest(desk_client, clara):
    first = make_waiting(1)
    signed = make_signed(clara)
    last = make_waiting(5, is_flagged=False)
    assert queue_of(desk_client, state="all") == [last, signed, first]


def test_the_queue_is_sorted_by_nothing_else(desk_client):
    new, old = make_waiting(1), make_waiting(9)
    for column in range(8):
        assert queue_of(desk_client, o=column) == [old, new]


# Filters


def test_each_filter_lists_its_own(desk_client, clara):
    dora = make_clinician("dora")
    plans = {
        "free": make_waiting(9, intake=promised_in(0)),
        "mine": make_waiting(8, claimed_by=clara),
        "hers": make_waiting(7, claimed_by=dora, intake=promised_in(1)),
        "flagged": make_waiting(6, claimed_by=dora, is_flagged=True),
        "late": make_waiting(5, claimed_by=dora, intake=promised_in(-1)),
        "asked": make_waiting(
            4, claimed_by=dora, is_asking=True, intake=promised_in(-1)
        ),
        "answered": make_waiting(3, claimed_by=dora, has_answer=True),
        "today": make_signed(clara, claimed_by=clara, intake=promised_in(-1)),
        "before": make_signed(clara, days_ago=2, is_flagged=True),
        "withdrawn": make_withdrawn(is_flagged=True, claimed_by=clara),
    }
    names = {plan: name for name, plan in plans.items()}
    listed = {
        state: [names[plan] for plan in queue_of(desk_client, state=state)]
        for state in (
            *("waiting", "mine", "unclaimed", "flagged", "late", "asking"),
            *("answered", "signed_today", "all"),
        )
    }
    assert listed == {
        "waiting": ["flagged", "free", "mine", "hers", "late", "answered", "asked"],
        "mine": ["mine"],
        "unclaimed": ["free"],
        "flagged": ["flagged"],
        "late": ["late"],
        "asking": ["asked"],
        "answered": ["answered"],
        "signed_today": ["today"],
        "all": list(reversed(plans)),
    }


@pytest.mark.parametrize(
    ("query", "selected"),
    [
        ({}, "Waiting"),
        ({"state": "nonsense"}, "Waiting"),
        ({"state": "mine"}, "Mine"),
        ({"state": "signed_today"}, "Signed today"),
        ({"q": "Ada"}, "All"),
        ({"q": "Ada", "state": "late"}, "Late"),
    ],
)
def test_the_queue_says_which_state_it_lists(desk_client, query, selected):
    changelist = desk_client.get(QUEUE, query).context["cl"]
    choices = changelist.filter_specs[0].choices(changelist)
    assert [str(each["display"]) for each in choices if each["selected"]] == [selected]


def test_there_is_a_filter_for_each_state(desk_client):
    changelist = desk_client.get(QUEUE).context["cl"]
    choices = changelist.filter_specs[0].choices(changelist)
    assert [str(each["display"]) for each in choices] == [
        "Waiting",
        "Mine",
        "Unclaimed",
        "Crisis words",
        "Red flag",
        "Late",
        "Waiting for the patient",
        "Messages",
        "Plan answered",
        "Answered by the patient",
        "Corrected by the patient",
        "New photos",
        "To be countersigned",
        "To be called",
        "To be asked back",
        "To be called back",
        "Perhaps a robot",
        "Signed today",
        "All",
    ]


# Search


@pytest.mark.parametrize(
    "spoil",
    [
        str,
        str.lower,
        lambda reference: reference.replace("-", " "),
        lambda reference: f"  {reference.replace('-', '').lower()} ",
    ],
)
def test_search_finds_a_reference_however_it_is_typed(desk_client, spoil):
    wanted, _other = make_plan(), make_plan()
    assert queue_of(desk_client, q=spoil(wanted.intake.reference)) == [wanted]


@pytest.mark.parametrize(
    "typed",
    [
        *("blanche", "Ström", "blanche ström", "blanche@example.net"),
        *("0555 123", "0555123456", "+43 555 123-456"),
    ],
)
def test_search_finds_name_e_mail_and_telephone(desk_client, typed):
    make_plan()
    wanted = make_plan(
        name="Blanche Ström", email="blanche@example.net", telephone="0555 123 456"
    )
    assert queue_of(desk_client, q=typed) == [wanted]


def test_search_finds_nothing_by_what_patients_say(desk_client):
    make_plan(wish="Smoother cheeks")
    assert queue_of(desk_client, q="Smoother") == []


def test_search_finds_a_signed_plan_too(desk_client):
    plan = sign_off(make_plan(), make_clinician("dora"))
    assert queue_of(desk_client, q=plan.intake.reference) == [plan]
    assert queue_of(desk_client, q=plan.intake.reference, state="waiting") == []


def test_a_search_costs_the_same_for_one_plan_and_for_three(desk_client, count_queries):
    url = f"{QUEUE}?q=okafor"
    make_waiting(intake={"name": "Ada Okafor"})
    for_one = count_queries(desk_client, url)
    make_waiting(intake={"name": "Ben Okafor"})
    make_waiting(intake={"name": "Eve Okafor"})
    assert count_queries(desk_client, url) == for_one
    assert len(queue_of(desk_client, q="OKÁFOR")) == 3


# What it says


def test_waiting_counts_only_the_hours_that_the_clinic_is_open(desk_client):
    open_at((0, time(9), time(12)), (2, time(9), time(10, 30)))
    make_waiting(7 * 24)
    make_waiting(4 * 7 * 24)
    assert column_of(desk_client, "waiting") == ["18 hours", "4 hours"]


@pytest.mark.parametrize(
    ("hours", "told"),
    [(0, "0 minutes"), (1.02 / 60, "1 minute"), (1.5, "1 hour"), (30.2, "30 hours")],
)
def test_waiting_is_told_in_words(desk_client, hours, told):
    open_at(*((day, time(0), time.max) for day in range(7)))
    make_waiting(hours)
    assert column_of(desk_client, "waiting") == [told]


@pytest.mark.parametrize(
    ("days", "told"),
    [
        (-2, "2 days late"),
        (-1, "1 day late"),
        (0, "due today"),
        (1, "due tomorrow"),
        (2, "due in 2 days"),
    ],
)
def test_the_promise_is_told_in_words(desk_client, days, told):
    make_waiting(intake=promised_in(days))
    assert column_of(desk_client, "due") == [f"{told}, on the private page only"]


def test_without_a_promise_nothing_is_told_of_it(desk_client):
    make_waiting()
    assert column_of(desk_client, "due") == [""]


def test_nobody_waits_for_us_with_what_is_asked_signed_or_withdrawn(desk_client, clara):
    late = promised_in(-9)
    make_waiting(is_asking=True, intake=late)
    make_signed(clara, intake=late)
    plan = make_withdrawn()
    plan.intake.promised_on = late["promised_on"]
    plan.intake.save()
    rows = rows_of(desk_client, state="all")
    assert [(row["waiting"], row["due"], row["state"]) for row in rows] == [
        ("", "", "Withdrawn by the patient"),
        ("", "", "Signed by Clara Weiss"),
        ("", "", "Waiting for the patient"),
    ]


def test_the_queue_tells_a_new_version_and_a_robot(desk_client):
    make_waiting(2, version=2)
    make_waiting(1, intake={"is_suspected": True})
    assert column_of(desk_client, "state") == [
        "To be amended",
        "To be reviewed; may be a robot: nothing is sent to them until somebody looks",
    ]


def test_a_very_long_queue_is_not_counted_to_its_end(desk_client, monkeypatch):
    def told():
        html = desk_client.get(QUEUE).content.decode()
        return " ".join(
            html.partition('class="paginator">')[2].split("</p>")[0].split()
        )

    assert told() == "0 plans"
    make_waiting()
    assert told() == "1 plan"
    monkeypatch.setattr(CountedPaginator, "LIMIT", 2)
    make_waiting()
    make_waiting()
    assert told() == "2 plans and more: the search finds the others."
    assert "2 results and more" in desk_client.get(QUEUE).text


# Who has it


def test_claiming_releasing_and_claiming_anew(desk_client, clara):
    plan, other = make_waiting(2), make_waiting(1)
    assert act(desk_client, "claim", plan) == ["Claimed: 1."]
    assert column_of(desk_client, "who") == ["Clara Weiss", ""]
    assert queue_of(desk_client, state="mine") == [plan]
    assert queue_of(desk_client, state="unclaimed") == [other]
    assert act(desk_client, "release", plan) == ["Released: 1."]
    assert fresh(plan).claimed_by is None
    assert act(desk_client, "claim", plan, other) == ["Claimed: 2."]


def test_a_colleagues_plan_is_neither_claimed_nor_released(desk_client):
    dora = make_clinician("dora")
    hers, free = make_waiting(2, claimed_by=dora), make_waiting(1)
    refusal = f"{hers.intake.reference}: Dora Weiss has claimed this plan."
    assert act(desk_client, "claim", hers, free) == [refusal, "Claimed: 1."]
    assert act(desk_client, "release", hers) == [refusal]
    assert fresh(hers).claimed_by == dora


def test_a_signed_plan_is_claimed_by_nobody(desk_client, clara):
    plan = make_signed(clara)
    assert act(desk_client, "claim", plan) == [
        f"{plan.intake.reference}: This plan is signed and cannot change."
    ]
    assert fresh(plan).claimed_by is None


def test_who_may_not_assign_is_offered_nothing_to_assign_with(desk_client, clara):
    plan = make_waiting()
    html = desk_client.get(QUEUE).content.decode()
    assert 'value="claim"' in html
    assert 'value="assign"' not in html
    assert 'name="to"' not in html
    act(desk_client, "assign", plan, to=clara.pk)
    assert fresh(plan).claimed_by is None


def test_an_administrator_assigns_also_what_somebody_has_claimed(client_of):
    administrator, clara = client_of("Administrator"), make_clinician("clara")
    free, hers = make_waiting(2), make_waiting(1, claimed_by=make_clinician("dora"))
    assert act(administrator, "assign", free, hers, to=clara.pk) == ["Assigned: 2."]
    assert [fresh(free).claimed_by, fresh(hers).claimed_by] == [clara, clara]


def test_only_clinicians_with_a_registration_are_assigned_to(client_of):
    administrator, plan = client_of("Administrator"), make_waiting()
    gone = make_clinician("gone")
    gone.is_active = False
    gone.save()
    student = make_clinician("student", sign=False)
    for to in ("", "nobody", 999_999, student.pk, gone.pk):
        assert act(administrator, "assign", plan, to=to) in (
            ["Choose whom to assign to."],
            ["No action selected."],
        )
    assert fresh(plan).claimed_by is None


def test_assigning_to_who_may_not_decide_is_refused_in_words(client_of):
    administrator, plan = client_of("Administrator"), make_waiting()
    former = make_clinician("former")
    former.groups.clear()
    assert act(administrator, "assign", plan, to=former.pk) == [
        f"{plan.intake.reference}: Former Weiss may not decide on plans."
    ]


def test_an_administrator_is_told_whom_by_name(client_of):
    administrator = client_of("Administrator")
    make_clinician("clara")
    make_waiting()
    html = administrator.get(QUEUE).content.decode().partition('name="to"')[2]
    assert html.count(">Clara Weiss</option>") == 1
    assert 'value="claim"' not in html


def test_a_colleague_sees_who_reads_an_intake_now(desk_client, clara):
    plan = make_plan()
    dora_client = Client()
    dora_client.force_login(make_clinician("dora"))
    assert desk_client.get(desk(plan)).status_code == 200
    assert column_of(dora_client, "who") == ["Clara Weiss reads it now"]
    assert column_of(desk_client, "who") == [""]
    workflow.claim(plan, by=clara)
    assert column_of(dora_client, "who") == ["Clara Weiss, Clara Weiss reads it now"]


def test_reading_is_over_after_a_quarter_of_an_hour(desk_client):
    plan, dora = make_waiting(), make_clinician("dora")
    past = timezone.now() - Reading.COUNTS_FOR
    for seconds, told in ((5, "Dora Weiss reads it now"), (-5, "")):
        Reading.objects.update_or_create(
            plan=plan,
            user=dora,
            defaults={"seen_at": past + timedelta(seconds=seconds)},
        )
        assert column_of(desk_client, "who") == [told]


def test_an_answer_counts_as_read_once_somebody_has_saved(desk_client, clara):
    plan = make_plan()
    workflow.answer(workflow.ask(plan, "Since when?", [], by=clara), "Since May.")
    assert queue_of(desk_client, state="answered") == [plan]
    plan = fresh(plan)
    assert desk_client.post(desk(plan), posted(plan)).status_code == 302
    assert queue_of(desk_client, state="answered") == []


# What it costs


@pytest.mark.parametrize("state", ["waiting", "flagged", "late", "all"])
def test_queue_costs_the_same_for_one_plan_and_for_thirty(
    desk_client, clara, count_queries, state
):
    def wait():
        plan = make_waiting(
            is_flagged=True, claimed_by=clara, intake=promised_in(-1), version=1
        )
        reader = make_clinician(f"reader-{plan.pk}", sign=False)
        Reading.objects.create(plan=plan, user=reader, seen_at=timezone.now())

    url = f"{QUEUE}?state={state}"
    wait()
    for_one = count_queries(desk_client, url)
    for _number in range(29):
        wait()
    assert count_queries(desk_client, url) == for_one
    assert for_one <= 15


def test_searching_costs_no_more_than_the_queue_may(desk_client, count_queries):
    plan = make_plan()
    for typed in (plan.intake.reference, "Ada", "020 7946 0123"):
        assert count_queries(desk_client, f"{QUEUE}?q={typed}") <= 17


# By hand


def test_no_plan_is_made_or_deleted_by_hand(desk_client):
    plan = make_waiting()
    assert desk_client.post(f"{QUEUE}add/").status_code == 403
    assert desk_client.post(f"{QUEUE}{plan.pk}/delete/").status_code == 403
    act(desk_client, "delete_selected", plan, post="yes")
    assert Plan.objects.get() == plan


def test_a_registration_alone_opens_no_queue():
    client, user = Client(), make_clinician("former", sign=False)
    user.registration_number = "REG-0007"
    user.save()
    user.groups.clear()
    client.force_login(user)
    assert client.get(QUEUE).status_code == 403
