"""Who wants everything erased: the clinic erases it, or says why not."""

import pytest
from django.contrib.admin.models import LogEntry
from django.db import connection
from django.test import Client
from django_tasks_db.models import DBTaskResult

from consultations import retention
from consultations.intake import consents, private_link
from consultations.models import ErasureRequest, Intake
from consultations.review import erasure, workflow
from scarclinic.staff.models import Event, User
from tests.consultations.deciding import QUEUE, desk, make_plan, posted, sign_off
from tests.consultations.factories import make_clinician
from tests.consultations.patients import at, holder_of
from tests.consultations.queueing import make_waiting

pytestmark = pytest.mark.django_db

LIST = "/admin/consultations/erasurerequest/"
WHY = "The law makes us keep your record until 2036."


@pytest.fixture
def administrator(client_of):
    return client_of("Administrator")


def page_of(asked):
    return f"{LIST}{asked.pk}/change/"


def erase_of(asked):
    return f"{LIST}{asked.pk}/erase/"


def ask(plan):
    """Let a patient ask under the private link; return the request."""
    holder_of(plan.link).post(at(plan.link, "erase"))
    return ErasureRequest.objects.get(intake=plan.intake)


def asks(**fields):
    """Make a request to erase an intake that only waits."""
    return ErasureRequest.objects.create(intake=make_waiting().intake, **fields)


def listed(client, **query):
    return list(client.get(LIST, query).context["cl"].result_list)


def told(response):
    return [str(message) for message in response.context["messages"]]


def test_requests_are_listed_the_oldest_first_until_they_are_settled(administrator):
    first, second = asks(), asks()
    assert listed(administrator) == [first, second]
    erasure.keep(first, WHY, by=make_clinician())
    assert listed(administrator) == [second]
    assert listed(administrator, state="kept") == [first]


def test_the_list_costs_the_same_for_one_request_and_for_three(
    administrator, count_queries
):
    asks()
    for_one = count_queries(administrator, LIST)
    asks()
    asks()
    assert count_queries(administrator, LIST) == for_one


def test_the_page_says_what_the_law_may_make_the_clinic_keep(administrator):
    plan = make_plan()
    sign_off(plan, make_clinician())
    html = administrator.get(page_of(ask(plan))).content.decode()
    assert html.count("<dd>Version 1, on ") == 1
    html = administrator.get(page_of(asks())).content.decode()
    assert html.count("<dt>Signed plans</dt>\n      <dd>none</dd>") == 1


def test_nothing_is_erased_before_it_is_confirmed(administrator):
    plan = make_plan()
    asked = ask(plan)
    assert (
        administrator.get(page_of(asked)).content.decode().count(erase_of(asked)) == 1
    )
    html = administrator.get(erase_of(asked)).content.decode()
    assert html.count("Yes, erase everything") == 1
    assert Client().get(plan.link).status_code == 200


def test_erasing_leaves_nothing_but_a_line_that_names_nobody(administrator):
    plan, other = make_plan(), make_plan()
    asked = ask(plan)
    response = administrator.post(erase_of(asked), follow=True)
    assert told(response) == ["Erased. The private link opens nothing any more."]
    assert list(Intake.objects.all()) == [other.intake]
    assert not ErasureRequest.objects.exists()
    assert holder_of(plan.link).get(plan.link).status_code == 404
    erased = Event.objects.get(action="intake_erased")
    assert (str(erased), erased.by.username) == (
        f"Intake erased consultations.intake {plan.intake.pk}",
        "administrator",
    )
    assert not LogEntry.objects.exists()
    assert administrator.get(page_of(asked)).status_code == 404
    assert administrator.post(erase_of(asked)).status_code == 404


def test_what_is_kept_is_told_to_its_patient(administrator):
    plan = make_plan()
    asked = ask(plan)
    response = administrator.post(page_of(asked), {"told": WHY}, follow=True)
    assert told(response) == ["Kept. The patient reads why under their link."]
    asked.refresh_from_db()
    assert (asked.told, asked.settled_by.username) == (WHY, "administrator")
    html = holder_of(plan.link).get(at(plan.link, "own_data")).content.decode()
    assert html.count(f"<p>{WHY}</p>") == 1
    assert not LogEntry.objects.exists()


@pytest.mark.parametrize("words", ["", "   "])
def test_nothing_is_kept_without_words(administrator, words):
    asked = asks()
    response = administrator.post(page_of(asked), {"told": words})
    html = response.content.decode()
    assert html.count("Write why it is kept, and until when.") == 1
    assert html.count('aria-invalid="true"') == 1
    asked.refresh_from_db()
    assert (asked.settled_at, asked.told) == (None, "")


def test_a_request_is_settled_once_and_the_second_answer_is_not_lost(administrator):
    asked = asks()
    clara = make_clinician()
    erasure.keep(asked, WHY, by=clara)
    response = administrator.post(page_of(asked), {"told": "Because."})
    html = response.content.decode()
    assert told(response) == ["This request is settled already."]
    assert html.count("Because.") == 1
    asked.refresh_from_db()
    assert (asked.told, asked.settled_by) == (WHY, clara)
    with pytest.raises(workflow.NotAllowed, match="settled already"):
        erasure.keep(asked, "Again", by=clara)


def test_the_verb_needs_words_too():
    with pytest.raises(workflow.NotAllowed, match="Write why it is kept"):
        erasure.keep(asks(), " ", by=make_clinician())


def test_what_had_to_be_kept_is_erased_when_its_time_is_over(administrator):
    asked = asks()
    erasure.keep(asked, WHY, by=make_clinician())
    html = administrator.get(page_of(asked)).content.decode()
    assert html.count("Keep, and tell why") == 0
    assert html.count(f"<p>{WHY}</p>") == 1
    administrator.post(erase_of(asked))
    assert not Intake.objects.exists()


@pytest.mark.parametrize("role", ["Front desk", "Editor", "Cosmetologist"])
def test_nobody_else_sees_or_settles_a_request(client_of, role):
    client, asked = client_of(role), asks()
    for url in (LIST, page_of(asked), erase_of(asked)):
        assert client.get(url).status_code == 403
    for url in (page_of(asked), erase_of(asked)):
        assert client.post(url, {"told": WHY}).status_code == 403
    asked.refresh_from_db()
    assert asked.settled_at is None


def test_who_may_only_read_requests_settles_none(administrator):
    group = administrator.get(LIST).wsgi_request.user.groups.get()
    group.permissions.remove(group.permissions.get(codename="change_erasurerequest"))
    asked = asks()
    html = administrator.get(page_of(asked)).content.decode()
    assert (html.count(erase_of(asked)), html.count("Keep, and tell why")) == (0, 0)
    assert administrator.get(erase_of(asked)).status_code == 403
    for url in (page_of(asked), erase_of(asked)):
        assert administrator.post(url, {"told": WHY}).status_code == 403


def test_no_request_is_made_or_deleted_by_hand(administrator):
    asked = asks()
    assert administrator.get(f"{LIST}add/").status_code == 403
    assert administrator.post(f"{LIST}{asked.pk}/delete/").status_code == 403
    assert ErasureRequest.objects.get() == asked


@pytest.mark.parametrize("pk", ["999999", "x", "9" * 5000])
def test_a_request_that_is_not_there_is_not_found(administrator, pk):
    assert administrator.get(f"{LIST}{pk}/change/").status_code == 404


# Erased by somebody else at the same moment


VERBS = {"erase": erasure, "send_link": private_link}


def erased_before(monkeypatch, verb):
    """Let a colleague erase an intake just before a verb of the workflow begins."""
    room = VERBS.get(verb, workflow)
    erase, act = erasure.erase, getattr(room, verb)

    def erase_first(subject, *args, **kwargs):
        erase(getattr(subject, "intake", subject), by=make_clinician("quicker"))
        return act(subject, *args, **kwargs)

    monkeypatch.setattr(room, verb, erase_first)


def test_what_a_colleague_has_just_erased_is_told(administrator, monkeypatch):
    asked = asks()
    erased_before(monkeypatch, "erase")
    response = administrator.post(erase_of(asked), follow=True)
    assert (response.status_code, told(response)) == (200, ["This was erased."])


def test_what_was_just_erased_is_not_kept(administrator, monkeypatch):
    asked = asks()
    keep = erasure.keep

    def erase_first(subject, *args, **kwargs):
        erasure.erase(subject.intake, by=make_clinician())
        return keep(subject, *args, **kwargs)

    monkeypatch.setattr(erasure, "keep", erase_first)
    response = administrator.post(page_of(asked), {"told": WHY})
    assert (response.status_code, told(response)) == (200, ["This was erased."])
    assert response.content.decode().count(WHY) == 1


@pytest.mark.parametrize(
    ("verb", "role", "typed"),
    [
        ("decide", "Cosmetologist", {"_save": "x"}),
        ("send_link", "Cosmetologist", {"_link": "x"}),
        ("send_link", "Front desk", {"_link": "x"}),
    ],
)
def test_the_desk_of_what_was_just_erased_leads_to_the_queue(
    client_of, monkeypatch, verb, role, typed
):
    plan = make_plan()
    ask(plan)
    erased_before(monkeypatch, verb)
    response = client_of(role).post(desk(plan), posted(plan) | typed, follow=True)
    assert response.redirect_chain == [(QUEUE, 302)]
    assert told(response)[-1] == "This was erased."


def test_what_was_erased_takes_no_agreement_back():
    plan = make_plan()
    ask(plan)
    intake = Intake.objects.get()
    erasure.erase(intake, by=make_clinician())
    with pytest.raises(workflow.NotAllowed, match=r"This was erased\."):
        consents.withdraw(plan.intake, "assessment", by="patient")


# What stays of it


def test_erasing_wipes_the_files_of_the_database(
    administrator, monkeypatch, django_capture_on_commit_callbacks
):
    wiped = []
    monkeypatch.setattr(retention, "wipe", lambda: wiped.append(1))
    asked = asks()
    with django_capture_on_commit_callbacks(execute=True):
        administrator.get(erase_of(asked))
    assert wiped == []
    with django_capture_on_commit_callbacks(execute=True):
        administrator.post(erase_of(asked))
    tasks = DBTaskResult.objects.filter(task_path__endswith="wipe_later")
    if connection.vendor == "sqlite":
        assert (wiped, tasks.count()) == ([1], 0)
    else:
        # Where it takes longer, a worker does it.
        assert (wiped, tasks.count()) == ([], 1)
        retention.wipe_later.call()
        assert wiped == [1]


# Entered for somebody who telephones or writes


TYPED = {"_erasure": "yes", "how": "telephone", "identity": "knew"}


@pytest.mark.parametrize("role", ["Front desk", "Cosmetologist", "Administrator"])
def test_staff_note_it_for_somebody_who_telephones(client_of, role):
    client, plan = client_of(role), make_plan()
    assert client.get(desk(plan)).content.decode().count('name="_erasure"') == 1
    response = client.post(desk(plan), TYPED, follow=True)
    assert told(response) == ["Noted. An administrator settles it."]
    asked = ErasureRequest.objects.get()
    assert (asked.intake, asked.asked_how, asked.identity) == (
        plan.intake,
        "telephone",
        "knew",
    )
    assert asked.entered_by.username == role.lower()
    event = Event.objects.get(action="erasure_asked")
    assert (event.case_id, event.by) == (plan.intake_id, asked.entered_by)
    html = response.content.decode()
    assert (html.count("By telephone"), html.count('name="_erasure"')) == (1, 0)


@pytest.mark.parametrize(
    "typed",
    [{"how": ""}, {"identity": ""}, {"how": "page"}, {"identity": "no idea"}],
)
def test_nothing_is_noted_without_how_it_was_asked_and_who_it_was(client_of, typed):
    client, plan = client_of("Front desk"), make_plan()
    response = client.post(desk(plan), TYPED | typed, follow=True)
    assert told(response) == ["Choose how it was asked for, and how you know who asks."]
    assert not ErasureRequest.objects.exists()


def test_what_is_asked_twice_is_noted_once(client_of):
    plan = make_plan()
    ask(plan)
    response = client_of("Front desk").post(desk(plan), TYPED, follow=True)
    assert told(response) == ["It was asked for already."]
    asked = ErasureRequest.objects.get()
    assert (asked.asked_how, asked.entered_by) == ("page", None)
    ask(plan)
    assert Event.objects.filter(action="erasure_asked").count() == 1


def test_who_may_not_note_a_request_notes_none(client_of):
    client, plan = client_of("Cosmetologist"), make_plan()
    group = client.get(QUEUE).wsgi_request.user.groups.get()
    group.permissions.remove(group.permissions.get(codename="add_erasurerequest"))
    assert client.get(desk(plan)).content.decode().count('name="_erasure"') == 0
    assert client.post(desk(plan), TYPED).status_code == 403
    assert not ErasureRequest.objects.exists()


def test_an_administrator_reads_how_it_was_asked_and_settles_it(
    client_of, administrator
):
    plan = make_plan()
    client_of("Front desk").post(desk(plan), TYPED)
    asked = ErasureRequest.objects.get()
    html = administrator.get(page_of(asked)).content.decode()
    assert html.count("By telephone") == 1
    assert html.count("Knew the date of birth, and the telephone or e-mail given") == 1
    assert html.count("<dt>Entered by</dt><dd>front desk</dd>") == 1
    administrator.post(erase_of(asked))
    assert not Intake.objects.exists()


def test_a_patient_reads_who_has_noted_it(client_of):
    plan = make_plan()
    client_of("Front desk").post(desk(plan), TYPED)
    html = holder_of(plan.link).get(at(plan.link, "own_data")).content.decode()
    assert html.count("noted that you want everything deleted") == 1


def test_who_has_erased_is_not_deleted_with_the_record_of_it(administrator, client):
    administrator.post(erase_of(asks()))
    user = User.objects.get(username="administrator")
    client.force_login(User.objects.create_superuser("chief"))
    url = f"/admin/staff/user/{user.pk}/delete/"
    both = {"action": "delete_selected", "_selected_action": [user.pk]}
    for where, typed in ((url, {}), ("/admin/staff/user/", both)):
        response = client.post(where, typed | {"post": "yes"})
        assert response.context["protected"] == [
            "what administrator has done: deactivate the account instead"
        ]
    assert Event.objects.filter(by=user, action="intake_erased").count() == 1
