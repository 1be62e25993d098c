"""What one person has sent is one history: matched, linked by hand, parted by hand."""

import itertools
import json
from datetime import date
from io import BytesIO
from zipfile import ZipFile

import pytest
from django.contrib.auth.models import Group
from django.db import connection
from django.urls import reverse

from consultations.intake import export, history
from consultations.intake.history import history_of
from consultations.locking import NotAllowed
from consultations.models import Intake, SamePerson
from scarclinic.staff.models import Event
from tests.consultations.deciding import desk, make_plan
from tests.consultations.factories import make_clinician
from tests.consultations.queueing import make_waiting
from tests.consultations.writing import make_sent

pytestmark = pytest.mark.django_db

BORN = date(1990, 2, 28)
NOTHING = {"email": "", "telephone": "", "name": ""}
KNOWN = "She showed her passport."


@pytest.fixture
def clara():
    return make_clinician("clara")


def sent(**fields):
    return make_sent(**NOTHING | fields)


def named(name, **fields):
    return sent(name=name, date_of_birth=BORN, **fields)


def test_what_matches_is_one_history_the_newest_first():
    first, second = sent(email="ada@example.org"), sent(email="ADA@example.org")
    third = sent(email="ada@example.org")
    assert history_of(second) == [third, first]
    assert history_of(sent(email="eve@example.org")) == []


def test_a_link_by_hand_joins_two_histories_in_both_directions(clara):
    maiden = [sent(email="ada@example.org") for _visit in range(2)]
    married = [sent(telephone="020 7946 0123") for _visit in range(2)]
    history.link(maiden[0], married[0], KNOWN, by=clara)
    whole = {*maiden, *married}
    assert {each: set(history_of(each)) for each in whole} == {
        each: whole - {each} for each in whole
    }


def test_links_by_hand_lead_on_and_end(clara):
    chain = [sent() for _visit in range(4)]
    for one, other in itertools.pairwise(chain):
        history.link(one, other, KNOWN, by=clara)
    assert history_of(chain[0]) == chain[:0:-1]
    with pytest.raises(NotAllowed, match="one history already"):
        history.link(chain[3], chain[0], KNOWN, by=clara)


def test_what_comes_after_a_link_belongs_to_all_of_it(clara):
    first, second = sent(email="ada@example.org"), sent(telephone="020 7946 0123")
    history.link(first, second, KNOWN, by=clara)
    later = sent(telephone="020 7946 0123")
    assert history_of(later) == [second, first]
    assert history_of(first) == [later, second]


def test_who_was_parted_by_hand_stays_apart(clara):
    family = "020 7946 0123"
    mother, child = (
        named("Ada Okafor", telephone=family),
        named("Ben", telephone=family),
    )
    assert history_of(mother) == [child]
    history.part(mother, [child], KNOWN, by=clara)
    assert history_of(mother) == history_of(child) == []
    # What comes later is of the one whose name and birthday it has.
    again = named("Ada Okafor", telephone=family)
    assert history_of(again) == [mother]
    assert history_of(mother) == [again]
    # Of what has the telephone alone nobody knows whose it is.
    assert set(history_of(sent(telephone=family))) == {mother, child, again}


def test_parting_takes_somebody_out_of_all_of_a_history(clara):
    family = "020 7946 0123"
    ada = [named("Ada Okafor", telephone=family) for _visit in range(2)]
    ben = [named("Ben Okafor", telephone=family) for _visit in range(2)]
    history.part(ada[0], ben, KNOWN, by=clara)
    assert [history_of(each) for each in (*ada, *ben)] == [
        [ada[1]],
        [ada[0]],
        [ben[1]],
        [ben[0]],
    ]


def test_a_link_takes_back_what_parted_them(clara):
    one, other = sent(email="ada@example.org"), sent(email="ada@example.org")
    history.part(one, [other], "Her sister.", by=clara)
    history.link(other, one, KNOWN, by=clara)
    assert (history_of(one), history_of(other)) == ([other], [one])
    assert SamePerson.objects.get().reason == KNOWN
    history.part(other, [one], "Her sister all the same.", by=clara)
    assert history_of(one) == history_of(other) == []


def test_each_link_and_each_parting_leaves_a_line_at_both(clara):
    one, other = sent(), sent()
    before = Event.objects.count()
    history.link(one, other, KNOWN, by=clara)
    history.part(one, [other], KNOWN, by=clara)
    new = Event.objects.order_by("pk")[before:]
    assert {(each.action, each.case_id, each.by) for each in new} == {
        (action, each.pk, clara)
        for action in ("history_linked", "history_parted")
        for each in (one, other)
    }


def test_what_cannot_be_is_refused_in_words_and_says_nothing(clara):
    one, other = sent(email="ada@example.org"), sent(email="ada@example.org")
    draft, _token = Intake.objects.begin()
    stranger = sent()
    refused = [
        (history.link, one, one, KNOWN, "the same intake"),
        (history.link, one, other, KNOWN, "one history already"),
        (history.link, one, draft, KNOWN, "Nobody has sent this"),
        (history.link, one, stranger, "  ", "how you know"),
        (history.part, one, [stranger], KNOWN, "no part of the history"),
        (history.part, one, [], KNOWN, "Tick what"),
        (history.part, one, [other], " ", "how you know"),
    ]
    for verb, intake, with_whom, reason, said in refused:
        with pytest.raises(NotAllowed, match=said):
            verb(intake, with_whom, reason, by=clara)
    assert not SamePerson.objects.exists()


def test_a_history_without_a_word_of_staff_costs_no_more_than_the_match(
    clara, django_assert_num_queries
):
    intakes = [sent(email="ada@example.org") for _visit in range(3)]
    with django_assert_num_queries(1):
        assert len(history_of(intakes[0])) == 2
    history.link(intakes[0], sent(), KNOWN, by=clara)
    with django_assert_num_queries(3):
        assert len(history_of(intakes[0])) == 3


def test_a_history_is_found_by_index():
    intake = named("Ada", email="ada@example.org")
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SET LOCAL enable_seqscan = off")
    how = history._near([intake], ()).explain()
    assert ("SCAN" in how, "Seq Scan" in how) == (False, False), how


def test_what_was_said_of_two_goes_with_either(clara):
    one, other = sent(), sent()
    history.link(one, other, KNOWN, by=clara)
    other.delete()
    assert not SamePerson.objects.exists()


def test_a_patient_downloads_when_something_was_linked_and_nothing_of_it(clara):
    mine, also_mine = sent(telephone="020 7946 0123"), sent()
    somebody = sent(telephone="020 7946 0123")
    history.link(mine, also_mine, KNOWN, by=clara)
    history.part(mine, [somebody], "That is Eve.", by=clara)
    archive = ZipFile(BytesIO(b"".join(export.of(mine))))
    [linked] = json.loads(archive.read("history.json"))
    assert list(linked) == ["linked_on"]
    everything = b"".join(archive.read(name) for name in archive.namelist()).decode()
    of_others = (somebody.reference, "Eve", also_mine.reference, KNOWN)
    assert [words for words in of_others if words in everything] == []


# In the browser


@pytest.fixture
def front_desk(client_of):
    return client_of("Front desk")


def with_plan(**fields):
    return make_waiting(intake=NOTHING | fields)


def visits(plan):
    return reverse("admin:consultations_plan_visits", args=[plan.pk])


def test_staff_search_for_an_earlier_visit_and_link_it_with_a_press(front_desk):
    earlier, now = with_plan(name="Ada Byron"), with_plan(name="Ada Lovelace")
    with_plan(name="Eve Byron")
    page = front_desk.post(visits(now), {"q": "byron"})
    assert [each.name for each in page.context["found"]] == ["Eve Byron", "Ada Byron"]
    chosen = {"_same": "yes", "q": "byron", "intake": earlier.intake_id}
    refused = front_desk.post(visits(now), chosen | {"reason": " "})
    assert "Write how you know that it is the same person." in refused.text
    # What was found and chosen stays.
    assert f'value="{earlier.intake_id}" id="found-{earlier.intake_id}" checked' in (
        refused.text
    )
    done = front_desk.post(visits(now), chosen | {"reason": KNOWN}, follow=True)
    assert "Noted." in done.text
    assert KNOWN in done.text
    assert history_of(now.intake) == [earlier.intake]
    contact = front_desk.get(f"/admin/consultations/plan/{now.pk}/change/").text
    assert earlier.intake.reference in contact
    searched = Event.objects.filter(action="people_searched").count()
    assert searched == 2


def test_staff_part_what_matched_in_error(front_desk):
    family = "020 7946 0123"
    mother, child = (with_plan(name=n, telephone=family) for n in ("Ada", "Ben"))
    page = front_desk.get(visits(mother)).text
    assert child.intake.reference in page
    posted = {"_other": "yes", "intake": child.intake_id, "reason": "Her son."}
    page = front_desk.post(visits(mother), posted, follow=True).text
    assert "somebody else" in page
    assert history_of(mother.intake) == history_of(child.intake) == []


def test_nobody_without_the_right_says_whose_a_visit_is(client_of):
    plan, client = with_plan(name="Ada"), client_of("Front desk")
    group = Group.objects.get(name="Front desk")
    group.permissions.remove(group.permissions.get(codename="add_sameperson"))
    for each in (client, client_of("Editor")):
        assert each.get(visits(plan)).status_code == 403


def test_a_page_of_visits_costs_the_same_for_one_and_for_many(
    front_desk, count_queries
):
    plan = with_plan(email="ada@example.org")
    with_plan(email="ada@example.org")
    for_one = count_queries(front_desk, visits(plan))
    for _visit in range(4):
        with_plan(email="ada@example.org")
    assert count_queries(front_desk, visits(plan)) == for_one
    assert for_one <= 25


def test_the_desk_of_a_history_linked_by_hand_costs_no_more_than_a_desk_may(
    client, clara, count_queries
):
    client.force_login(clara)
    plan = make_plan()
    for number in range(2):
        other = sent(email=f"{number}@example.org")
        history.link(plan.intake, other, KNOWN, by=clara)
    assert count_queries(client, desk(plan)) <= 26
