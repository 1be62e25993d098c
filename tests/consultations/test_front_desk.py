"""The front desk: how to reach a patient and how far the clinic is, and nothing else."""

import re
from datetime import date
from html import unescape

import pytest
from django.test import Client
from django.urls import reverse

from consultations.intake import history
from consultations.models import Intake, Letter, Plan
from consultations.review import workflow
from tests.consultations.deciding import QUEUE, desk, make_plan, posted, sign_off
from tests.consultations.factories import make_clinician
from tests.consultations.photos.files import drawn, put_photo, saved
from tests.consultations.queueing import (
    column_of,
    make_waiting,
    promised_in,
    queue_of,
    rows_of,
)

pytestmark = pytest.mark.django_db

A_SORE = {"rf_ulcer": "yes"}
FACT = re.compile(r"<dt>(.*?)</dt>\s*<dd>(.*?)</dd>", re.S)
TAG = re.compile(r"<[^>]+>")
ENDINGS = ["history/", "preview/", "plan/", "plan.pdf", "answers/", "answers.pdf"]


@pytest.fixture
def front_desk(client_of):
    return client_of("Front desk")


def facts_of(response):
    """Return what the page says of a patient, {term: words}."""
    html = response.content.decode()
    return {term: unescape(TAG.sub("", words)) for term, words in FACT.findall(html)}


def test_the_queue_tells_contact_and_status(front_desk):
    plan = make_plan(**A_SORE)
    (row,) = rows_of(front_desk)
    assert (row.keys(), row["reference"], row["name"], row["state"]) == (
        {"reference", "name", "waiting", "due", "state", "who"},
        plan.intake.reference,
        "Ada Okafor",
        "To be reviewed",
    )


def test_one_plan_shows_how_to_reach_its_patient_and_how_far_we_are(front_desk):
    plan = make_plan(age=15, **A_SORE)
    plan.intake.promised_on = promised_in(2)["promised_on"]
    plan.intake.save()
    workflow.claim(plan, by=make_clinician("clara"))
    response = front_desk.get(desk(plan))
    facts = facts_of(response)
    assert facts.pop("Sent")
    facts["To reach"] = " ".join(facts["To reach"].split())
    assert facts == {
        "Name": "Ada Okafor",
        "Guardian": "Grace Okafor, 020 7946 0456",
        "To reach": "020 7946 0123 Not said whether a message may be left: leave none. "
        "ada@example.org Promised: by e-mail",
        "State": "To be reviewed, due in 2 days",
        "With": "Clara Weiss",
    }


def test_whatever_a_patient_says_the_front_desk_sees_the_same(front_desk):
    pages = []
    said = [{}, A_SORE | {"wish": "Hide it", "isotretinoin": "current"}]
    plans = [make_plan(**each) for each in said]
    intakes = [plan.intake for plan in plans]
    history.part(intakes[0], intakes[1:], "Her sister.", by=make_clinician("clara"))
    for plan in plans:
        html = front_desk.get(desk(plan)).content.decode()
        html = re.sub(
            r"csrfmiddlewaretoken.*?>|<dd>\d+ \w+ \d{4}, [\d:]+</dd>", "", html
        )
        pages.append(
            html.replace(plan.intake.reference, "").replace(f"/{plan.pk}/", "/")
        )
    assert pages[0] == pages[1]


def test_the_order_of_the_queue_tells_no_flag(front_desk):
    flagged = make_waiting(1, is_flagged=True)
    calm, asked = make_waiting(9), make_waiting(20, is_asking=True)
    assert queue_of(front_desk) == [calm, flagged, asked]
    for column in range(-8, 8):
        assert queue_of(front_desk, o=column) == [calm, flagged, asked]


def test_no_filter_tells_a_flag(front_desk):
    plans = [make_waiting(2), make_waiting(1, is_flagged=True)]
    assert queue_of(front_desk, state="flagged") == plans
    changelist = front_desk.get(QUEUE).context["cl"]
    offered = [code for code, _name in changelist.filter_specs[0].lookup_choices]
    assert "flagged" not in offered


@pytest.mark.parametrize(
    "lookup",
    [
        *("is_flagged__exact", "is_flagged", "note__contains", "first_look__contains"),
        *("intake__wish__contains", "intake__answers__value", "round__gte"),
        *("decisions__choice", "intake__scars__body_site"),
    ],
)
def test_no_address_narrows_the_queue_by_what_was_found(front_desk, lookup):
    make_waiting(is_flagged=True)
    assert front_desk.get(QUEUE, {lookup: "1"}).status_code == 400


def test_no_search_finds_what_a_patient_says(front_desk):
    plan = make_plan(wish="Smoother cheeks")
    assert queue_of(front_desk, q="Smoother") == []
    assert queue_of(front_desk, q="Ada") == [plan]
    assert queue_of(front_desk, q="020 7946 0123") == [plan]


def test_autocomplete_tells_references_in_the_order_of_time(front_desk):
    flagged, calm = make_waiting(1, is_flagged=True), make_waiting(9)
    asked = {"app_label": "consultations", "model_name": "decision"}
    response = front_desk.get(
        reverse("admin:autocomplete"), asked | {"field_name": "plan", "term": ""}
    )
    assert [each["text"] for each in response.json()["results"]] == [
        calm.intake.reference,
        flagged.intake.reference,
    ]


@pytest.mark.parametrize("ending", ENDINGS)
def test_no_other_address_of_a_plan_opens(front_desk, ending):
    plan = sign_off(make_plan(), make_clinician("clara"))
    assert front_desk.get(f"{QUEUE}{plan.pk}/{ending}").status_code == 403


def test_no_photo_opens(front_desk, settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    plan = make_plan()
    picture = saved(drawn())
    photo = put_photo(plan.intake.scars.get(), picture)
    url = reverse("consultations:photo", args=[photo.name])
    clinician = Client()
    clinician.force_login(make_clinician("clara"))
    assert b"".join(clinician.get(url).streaming_content) == picture
    assert front_desk.get(url).status_code == 404
    assert photo.name not in front_desk.get(desk(plan)).content.decode()


def test_nothing_is_decided_claimed_or_asked_from_the_front_desk(front_desk):
    plan = make_plan()
    buttons = ["_save", "_sign", "_claim", "_release", "_ask", "_first", "_amend"]
    for button in buttons:
        data = posted(plan, note="No") | {button: "x", "question": "Why?"}
        assert front_desk.post(desk(plan), data).status_code == 403
    for action in ("claim", "release", "assign"):
        front_desk.post(QUEUE, {"action": action, "_selected_action": plan.pk})
    offered = front_desk.get(QUEUE).context["action_form"].fields["action"].choices
    assert [name for name, _words in offered if name] == ["from_person"]
    plan = Plan.objects.get()
    assert (plan.note, plan.claimed_by, plan.is_asking) == ("", None, False)


def test_who_calls_is_sent_a_new_private_link_that_the_front_desk_never_sees(
    front_desk,
):
    plan = make_plan()
    response = front_desk.post(desk(plan), {"_link": "yes"}, follow=True)
    assert Client().get(plan.link).status_code == 404
    [letter] = Letter.objects.filter(kind="link")
    assert letter.intake == plan.intake
    plan.intake.refresh_from_db()
    page = response.content.decode()
    assert "A new link is on its way to the patient, by e-mail." in page
    assert plan.intake.token not in page


def test_without_an_address_the_front_desk_asks_who_may_read_answers(front_desk):
    plan = make_plan(email="")
    page = front_desk.get(desk(plan)).content.decode()
    assert "_link" not in page
    assert "ask somebody who may read the answers" in page
    front_desk.post(desk(plan), {"_link": "yes"})
    assert Client().get(plan.link).status_code == 200


def test_who_reads_the_answers_reads_out_a_link_where_there_is_no_address(staff_client):
    plan = make_plan(email="")
    response = staff_client.post(desk(plan), {"_link": "yes"})
    link = response.context["link"].removeprefix("http://testserver")
    assert Client().get(link).status_code == 200
    assert staff_client.get(desk(plan)).context["link"] == ""


def test_who_is_suspected_is_sent_no_link_and_may_be_told_one(front_desk, staff_client):
    """The old link used to die, and no letter said the new one."""
    plan = make_plan()
    Intake.objects.update(is_suspected=True)
    page = front_desk.get(desk(plan)).content.decode()
    assert "_link" not in page
    assert "ask somebody who may read the answers" in page
    front_desk.post(desk(plan), {"_link": "yes"})
    assert Client().get(plan.link).status_code == 200
    assert "Make a new one" in staff_client.get(desk(plan)).content.decode()
    response = staff_client.post(desk(plan), {"_link": "yes"})
    link = response.context["link"].removeprefix("http://testserver")
    assert Client().get(link).status_code == 200
    assert not Letter.objects.filter(kind="link").exists()


def test_two_links_within_a_minute_are_both_sent(front_desk):
    plan = make_plan()
    for _press in range(2):
        front_desk.post(desk(plan), {"_link": "yes"})
    assert Letter.objects.filter(kind="link").count() == 2


def test_an_address_writes_nothing_else_into_a_letter_of_staff(
    front_desk, staff_client
):
    """What stands behind a "?" of a mailto address is a header of the letter."""
    plan = make_plan(email="ada?cc=eve&subject=x@example.org")
    for client in (front_desk, staff_client):
        page = client.get(desk(plan)).content.decode()
        links = re.findall(r'href="mailto:([^"]*)"', page)
        assert links == ["ada%3Fcc%3Deve%26subject%3Dx@example.org"]


def test_no_link_is_made_without_the_right_to(front_desk):
    group = front_desk.get(QUEUE).wsgi_request.user.groups.get()
    group.permissions.remove(group.permissions.get(codename="renew_link"))
    plan = make_plan()
    assert front_desk.post(desk(plan), {"_link": "yes"}).status_code == 403
    assert "_link" not in front_desk.get(desk(plan)).content.decode()
    assert Client().get(plan.link).status_code == 200


def test_a_plan_that_is_not_there_is_not_found(front_desk):
    assert front_desk.get(f"{QUEUE}999999/change/").status_code == 404
    assert front_desk.get(f"{QUEUE}x/change/").status_code == 404


def test_a_robot_is_told_to_who_would_call(front_desk):
    plan = make_waiting(intake={"is_suspected": True})
    assert column_of(front_desk, "state") == [
        "To be reviewed; may be a robot: nothing is sent to them until somebody looks"
    ]
    html = front_desk.get(desk(plan)).content.decode()
    assert html.count("This may be from a robot") == 1


def test_the_queue_costs_the_front_desk_the_same_for_one_and_many(
    front_desk, count_queries
):
    make_waiting()
    for_one = count_queries(front_desk, QUEUE)
    for _number in range(9):
        make_waiting()
    assert count_queries(front_desk, QUEUE) == for_one


def test_four_callers_are_found_by_what_they_say(front_desk):
    person = {"telephone": "020 7946 0109", "date_of_birth": date(1990, 6, 17)}
    olga = make_waiting(intake={"name": "Ольга Петрова", "email": "olga@example.org"})
    named = {"name": "Sofia Rossi", "reference": "F7K-9QD-H"}
    first = make_waiting(9, intake=named | person)
    second = make_waiting(intake={"name": "Sofia Rossi-Bianchi", **person})
    said = {
        # The first letter is Cyrillic, as a telephone's keyboard may have it.
        "Оlga Petrova": [olga],
        "17.6.1990 0109": [second, first],
        "f7k9qdh": [first],
        "rossi": [second, first],
    }
    for typed, wanted in said.items():
        found = front_desk.post(QUEUE, {"q": typed, "_search": "yes"}, follow=True)
        assert list(found.context["cl"].result_list) == wanted, typed
    page = front_desk.get(desk(second)).text
    assert first.intake.reference in page.partition("Visits of this person")[2]
