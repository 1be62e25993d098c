"""A worry about somebody's safety: clinicians note it, who wrote the intake never sees it."""

import io
import re
import zipfile

import pytest
from django.test import Client
from django.urls import reverse

from consultations.models import Plan, SafeguardingNote
from consultations.review import erasure, safeguarding
from scarclinic.staff.models import Event
from tests.consultations.deciding import QUEUE, desk, make_plan, sign_off
from tests.consultations.factories import make_clinician
from tests.consultations.patients import at, holder_of, html_of

pytestmark = pytest.mark.django_db

WORRY = "The father answered for her each time."
CALL = "Safeguarding: a worry is noted"
MARK = "Worry"


@pytest.fixture
def plan():
    return make_plan()


@pytest.fixture
def clara():
    return make_clinician("clara")


@pytest.fixture
def staff(clara):
    client = Client()
    client.force_login(clara)
    return client


def page(plan):
    return reverse("admin:consultations_plan_safeguarding", args=[plan.pk])


def test_a_clinician_notes_a_worry_and_a_colleague_reads_it(plan, staff, clara):
    assert "Safeguarding: note a worry" in html_of(staff.get(desk(plan)))
    assert staff.post(page(plan), {"text": WORRY})["Location"] == page(plan)
    colleague = Client()
    colleague.force_login(make_clinician("dora"))
    shown = html_of(colleague.get(page(plan)))
    assert WORRY in shown
    assert "Clara Weiss" in shown
    assert CALL in html_of(colleague.get(desk(plan)))


def test_a_note_without_words_is_refused_in_words(plan, staff):
    shown = html_of(staff.post(page(plan), {"text": "  "}))
    assert '<a href="#id_text">Write what worries you.</a>' in shown
    assert not SafeguardingNote.objects.exists()


def test_the_queue_marks_it_for_clinicians_alone(plan, staff, clara, client_of):
    assert MARK not in html_of(staff.get(QUEUE)).partition('id="result_list"')[2]
    safeguarding.note(plan.intake, WORRY, by=clara)
    assert MARK in html_of(staff.get(QUEUE)).partition('id="result_list"')[2]
    for role in ("Front desk", "Administrator"):
        shown = html_of(client_of(role).get(QUEUE))
        assert "afeguarding" not in shown
        assert MARK not in shown


@pytest.mark.parametrize("role", ["Front desk", "Editor", "Administrator"])
def test_nobody_but_clinicians_reads_or_writes_one(plan, clara, client_of, role):
    safeguarding.note(plan.intake, WORRY, by=clara)
    client = client_of(role)
    assert client.get(page(plan)).status_code == 403
    assert client.post(page(plan), {"text": "Another"}).status_code == 403
    shown = client.get(desk(plan))
    assert "afeguarding" not in html_of(shown)
    assert SafeguardingNote.objects.count() == 1


def pages_of(link, version):
    """Return all that a patient can see or take along, {address: words}."""
    patient = holder_of(link)
    named = ("status", "own_data", "answers", "export", "withdraw")
    urls = [at(link, name) for name in named]
    urls += [at(link, name, version) for name in ("plan", "plan_document")]
    seen = {}
    for url in urls:
        response = patient.get(url)
        assert response.status_code == 200, url
        body = response.getvalue()
        if url.endswith("file/"):
            archive = zipfile.ZipFile(io.BytesIO(body))
            body = b"".join(archive.read(each) for each in archive.namelist())
        seen[url] = body.decode()
    return seen


def without_what_changes(seen):
    """Leave out what differs from one reading to the next by itself."""
    gone = r'name="csrfmiddlewaretoken" value="[^"]*"|\d\d:\d\d'
    return {url: re.sub(gone, "", text) for url, text in seen.items()}


def test_who_wrote_it_sees_nothing_of_a_note_anywhere(plan, staff, clara):
    plan = sign_off(plan, clara)
    link = f"/status/{plan.intake.token}/"
    pages_of(link, 1)
    before = without_what_changes(pages_of(link, 1))
    staff.post(page(plan), {"text": WORRY})
    staff.get(page(plan))
    after = without_what_changes(pages_of(link, 1))
    own = at(link, "own_data")
    # It counts the patient's own downloads.
    assert "afeguard" not in after[own]
    assert WORRY not in after[own]
    assert before.pop(own).count("<li>") == after.pop(own).count("<li>")
    assert after == before


def test_each_note_and_each_reading_leaves_a_line(plan, staff, clara):
    since = Event.objects.count()
    staff.post(page(plan), {"text": WORRY})
    staff.get(page(plan))
    lines = Event.objects.order_by("pk")[since:]
    case = plan.intake_id
    assert [(each.action, each.case_id, each.by) for each in lines] == [
        ("worry_noted", case, clara),
        ("worry_read", case, clara),
    ]


def test_a_note_goes_with_its_intake(plan, clara):
    safeguarding.note(plan.intake, WORRY, by=clara)
    erasure.ask(plan.intake)
    erasure.erase(plan.intake, by=clara)
    assert not SafeguardingNote.objects.exists()
    assert not Plan.objects.exists()
