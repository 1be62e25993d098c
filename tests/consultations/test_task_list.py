"""The list of all pages, the page where answers are checked, and the way after an error."""

import pytest

from consultations.intake import task_list
from tests.consultations.factories import (
    CHECK,
    START,
    TASKS,
    answer,
    begin,
    draft_of,
    fill_in,
    page,
    walk,
)
from tests.consultations.patients import html_of

pytestmark = pytest.mark.django_db


def parts(client):
    """Return {part: [(page, whether it is done, what was answered)]} of the list."""
    return {
        str(part.title): [
            (task.step.key, task.is_done, task.said) for task in part.tasks
        ]
        for part in client.get(TASKS).context["parts"]
    }


def test_the_list_has_every_page_under_its_part_and_says_what_was_answered(client):
    answer(begin(client), "you")
    answer(client, "scar-cause", 1, scar_cause="piercing", body_site="ear", side="left")
    listed = parts(client)
    assert list(listed) == [
        "About you",
        "The scar",
        "Photos",
        "Your health",
        "How to reach you",
    ]
    key, is_done, said = listed["About you"][0]
    assert (key, is_done) == ("you", True)
    assert said.startswith("Myself · Ada Okafor")
    assert listed["The scar"][0] == ("scar-cause/1", True, "A piercing · Ear · Left")
    assert listed["The scar"][1] == ("scar-look/1", False, "")


def test_the_list_says_what_is_left_and_leads_to_the_next_page(client):
    answer(begin(client), "you")
    html = html_of(client.get(TASKS))
    left = len(client.get(CHECK).context["unfinished"])
    assert f"{left} pages are left," in html
    assert f'href="{page("scar-cause", 1)}">Go on: What happened, and where' in html
    walk(client, page("scar-cause", 1))
    done = html_of(client.get(TASKS))
    assert "Every page is answered." in done
    assert f'href="{CHECK}"' in done


def test_the_less_is_left_the_fewer_minutes_it_takes(client):
    begin(client)
    whole = client.get(TASKS).context["minutes"]
    assert whole <= task_list.MINUTES
    answer(client, "you")
    for slug in ("scar-cause", "scar-look", "scar-edges", "scar-treated"):
        answer(client, slug, 1)
    assert client.get(TASKS).context["minutes"] < whole
    walk(client, page("health-changes"))
    assert client.get(TASKS).context["minutes"] == 0


def test_every_page_and_whoever_comes_back_finds_the_list(client):
    begin(client)
    for url in (page("you"), page("scar-look", 1), page("photos", 1), START, CHECK):
        assert f'href="{TASKS}"' in html_of(client.get(url)), url


# Check


def test_what_is_unsure_is_read_without_opening_anything(client):
    fill_in(client, rf_systemic="unknown", pain="1")
    by_title = {str(each.title): each for each in client.get(CHECK).context["parts"]}
    unsure = [
        str(question)
        for _step, _title, said in by_title["The scar"].to_check
        for question, _answer in said
    ]
    assert unsure == ["Are you unwell, losing weight, or with new swollen glands?"]
    assert by_title["About you"].to_check == []
    html = html_of(client.get(CHECK))
    assert html.count("<details>") == len(by_title)


# After an error


def test_an_error_leads_to_a_page_of_its_own_that_can_be_read_again(client):
    begin(client)
    response = client.post(page("you"), {"name": "Ada"})
    assert (response.status_code, response["Location"]) == (
        *(302,),
        f"{page('you')}?faults",
    )
    for _time in range(2):
        told = client.get(response["Location"])
        assert "There is a problem" in html_of(told)
        assert told.context["form"]["name"].value() == "Ada"
    assert "There is a problem" not in html_of(client.get(page("you")))
    answer(client, "you")
    assert "There is a problem" not in html_of(client.get(response["Location"]))


def test_an_empty_page_says_what_is_missing(client):
    begin(client)
    response = client.post(page("scar-cause", 1), {})
    told = client.get(response["Location"])
    assert list(told.context["form"].errors) == ["scar_cause", "body_site"]
    assert draft_of(client).typed == {}
