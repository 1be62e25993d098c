"""The list of all pages, the page where answers are checked, and the way after an error."""

import re

import pytest

from consultations.intake import answers, steps, task_list
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
    year = draft_of(client).date_of_birth.year
    assert said == f"Myself · Ada Okafor · 1 January {year}"
    assert listed["The scar"][0] == ("scar-cause/1", True, "A piercing · Ear · Left")
    assert listed["The scar"][1] == ("scar-look/1", False, "")


def test_the_list_recalls_answers_in_words_and_no_bare_yes_or_number(client):
    fill_in(client, side="left", itch="4", wish="Less")
    listed = parts(client)
    told = {key: said for its in listed.values() for key, _done, said in its}
    assert told["scar-look/1"] == "3 years · Lower · About the same"
    assert told["scar-treated/1"] == "None of these"
    assert told["photos/1"] == "No photo"
    assert told["contact"].startswith("E-mail, Telephone call · ada@example.org · ")
    bare = {"Yes", "No", "Not sure"}
    for said in told.values():
        assert not bare.intersection(said.split(" · ")), said
        assert not re.search(r"(^|· )\d+( ·|$)", said), said


def test_a_page_says_about_how_many_there_are_until_that_is_known(client):
    begin(client)
    assert "Page 1 of about " in html_of(client.get(page("you")))
    fill_in(client)
    count = len(parts_of(client))
    assert f"Page {count} of {count}" in html_of(client.get(page("contact")))


def parts_of(client):
    return [key for its in parts(client).values() for key, _done, _said in its]


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


def lines(client):
    """Return {page: {question: (answer, whether it is unsure)}} of the check page."""
    return {
        read.step.key if read.step else "": {
            str(line.question): (str(line.answer), line.is_not_sure)
            for line in [*read.lines, *read.noes]
        }
        for part in client.get(CHECK).context["parts"]
        for read in part.pages
    }


def test_answers_are_read_without_opening_anything_but_a_long_list_of_noes(client):
    fill_in(client, rf_systemic="unknown", pain="1")
    shown = html_of(client.get(CHECK))
    open_to_read = re.sub(r"<details>.*?</details>", "", shown, flags=re.S)
    assert "Ada Okafor" in open_to_read
    unsure = [
        question
        for its in lines(client).values()
        for question, (_answer, is_not_sure) in its.items()
        if is_not_sure
    ]
    assert unsure == ["Are you unwell, losing weight, or with new swollen glands?"]
    assert unsure[0] in open_to_read
    assert "What you were not sure of may stay so: we ask you." in open_to_read
    folded = re.findall(r"<details>.*?</details>", shown, re.S)
    for each in folded:
        assert re.search(r"\d+ answers of “No”", each)


def test_not_sure_is_told_by_what_was_answered_and_not_by_its_words(client):
    fill_in(client, wish="Not sure")
    wish = lines(client)["wishes"]["What would you like to be different?"]
    assert wish == ("Not sure", False)


def test_what_was_never_asked_has_no_answer_to_check(client):
    fill_in(client)
    shown = html_of(client.get(CHECK))
    assert "No answer" not in shown
    asked = {question for its in lines(client).values() for question in its}
    assert asked.isdisjoint({"Somewhere else: where?", "Something else: what was it?"})
    told = answers.on_page(
        steps.Route(draft_of(client)),
        steps.Route(draft_of(client)).find("scar-cause", 1),
    )
    assert [str(ask) for ask, _answer in told] == [
        "What caused the scar?",
        "Where is it?",
        "On which side?",
    ]


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
