"""A patient answers page after page, checks, and sends once."""

import re
import sqlite3
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import date, timedelta
from functools import partial

import pytest
from django.db import connection, connections
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from consultations.models import Answer, Intake, Plan
from methods.models import Finding, Method
from methods.protocol import findings as find
from methods.protocol.facts import read
from methods.publishing import live
from tests.consultations.factories import (
    CHECK,
    START,
    TASKS,
    answer,
    begin,
    draft_of,
    facts_of,
    fill_in,
    page,
    send_intake,
    token_held,
    walk,
)

pytestmark = pytest.mark.django_db

SCAR_PAGES = ["scar-cause", "scar-look", "scar-edges", "scar-treated"]
ASKED_OF_ALL = ["scar-cause", "scar-look", "scar-treated"]
AFTER_SCARS = ["wishes", "skin", "health", "allergies", "contact"]


def typed(response):
    """Return what a page's inputs hold, {name: value or [values]}."""
    return {field.name: field.value() for field in response.context["form"]}


def errors(response):
    return response.context["form"].errors.get_json_data()


def told(client):
    """Return the check page's answers, {question: answer}."""
    return {
        str(question): str(said)
        for part in client.get(CHECK).context["parts"]
        for read in part.pages
        for question, said, _doubt in [*read.lines, *read.noes]
    }


def unfinished(client):
    """Return the pages that the check page names as not finished."""
    return [page.key for page, _title in client.get(CHECK).context["unfinished"]]


def make_question(code="latex", group="allergies"):
    return Finding.objects.create(
        code=code, label=code, question=f"Is it {code}?", group=group
    )


# The way


def test_each_page_leads_to_the_next_and_the_last_to_the_check(client):
    assert walk(begin(client), page("you"), elevation="flat") == [
        page("you"),
        *(page(slug, 1) for slug in SCAR_PAGES),
        page("health-changes"),
        page("photos", 1),
        *map(page, AFTER_SCARS),
    ]


@pytest.mark.parametrize(
    ("answers", "also"),
    [
        ({"elevation": "flat"}, ["scar-edges"]),
        ({"elevation": "unknown"}, []),
        ({"elevation": "raised"}, ["scar-edges"]),
        ({"elevation": "raised", "rf_lump": "unknown"}, ["scar-edges", "scar-closer"]),
        ({"elevation": "depressed"}, ["scar-surface"]),
        ({"elevation": "mixed"}, ["scar-edges", "scar-surface"]),
        ({"elevation": "flat", "pain": "2"}, ["scar-edges"]),
        (
            {
                "elevation": "flat",
                "scar_cause": "burn",
                "wound_closed": "no",
                "age_unit": "weeks",
            },
            ["scar-healing", "scar-edges"],
        ),
        ({"elevation": "flat", "scar_cause": "surgery"}, ["scar-edges"]),
        (
            {"elevation": "flat", "scar_cause": "self_harm"},
            ["scar-since", "scar-edges"],
        ),
    ],
)
def test_a_page_is_asked_only_of_those_it_concerns(client, answers, also):
    until = page("photos", 1)
    if answers.get("scar_cause") == "self_harm":
        until = page("wishes")
    way = walk(begin(client), page("you"), until=until, **answers)
    always = {page("you"), page("health-changes"), *(page(s, 1) for s in ASKED_OF_ALL)}
    assert [url for url in way if url not in always] == [page(s, 1) for s in also]


def test_a_page_says_which_of_how_many_it_is(client):
    begin(client)
    assert "Page 1 of about 12" in client.get(page("you")).content.decode()
    answer(client, "scar-look", 1, elevation="mixed")
    assert "Page 1 of about 13" in client.get(page("you")).content.decode()
    assert "Page 3 of about 13" in client.get(page("scar-look", 1)).content.decode()


def test_the_way_back_leads_to_the_page_before(client):
    begin(client)
    answer(client, "scar-look", 1, elevation="raised")

    def back(url):
        content = client.get(url).content.decode()
        return re.findall('class="where"><a href="(.*?)"', content)

    assert back(page("you")) == [START]
    assert back(page("scar-cause", 1)) == [page("you")]
    assert back(page("scar-edges", 1)) == [page("scar-look", 1)]


def test_a_page_that_does_not_apply_leads_to_the_first_open_one(client):
    answer(begin(client), "you")
    assert client.get(page("scar-since", 1))["Location"] == page("scar-cause", 1)


@pytest.mark.parametrize("url", [page("you"), CHECK, "/consultation/advice/"])
def test_without_a_draft_one_is_led_to_the_start(client, url):
    response = client.get(url)
    assert (response.status_code, response["Location"]) == (302, START)


def test_reading_the_start_begins_nothing(client):
    response = client.get(START)
    assert (Intake.objects.count(), response.cookies.get("intake")) == (0, None)


def test_the_start_leads_back_into_an_open_draft(client):
    answer(begin(client), "you")
    assert client.get(START).context["resume"] == page("scar-cause", 1)


# What is kept


@pytest.mark.parametrize(
    ("slug", "number", "answers"),
    [
        ("you", None, {"name": "Mx Ó Néill"}),
        ("health-changes", None, {"rf_lump": "unknown", "rf_bleed": "no"}),
        ("scar-cause", 1, {"scar_cause": "burn"}),
        ("scar-look", 1, {"age_amount": 7, "age_unit": "weeks", "wound_closed": "no"}),
        ("scar-look", 1, {"colour": "red", "itch": 10, "pain": 4}),
        ("scar-cause", 1, {"body_site": "knee", "side": "left"}),
        ("scar-cause", 1, {"body_site": "other", "site_words": "My heel "}),
        ("scar-look", 1, {"elevation": "raised"}),
        ("scar-treated", 1, {"prior_treatments": ["silicone", "tca-cross"]}),
        (
            "scar-treated",
            1,
            {"prior_treatments": ["laser", "other"], "treatment_words": "Snail slime"},
        ),
        (
            "skin",
            None,
            {
                "fitzpatrick": "6",
                "isotretinoin": "stopped",
                "isotretinoin_stopped_months": 14,
                "ticked": ["psoriasis", "tan"],
            },
        ),
        ("skin", None, {"ticked": ["none"]}),
        ("health", None, {"pregnant": "yes", "ticked": ["diabetes", "unknown"]}),
        ("wishes", None, {"wants": ["subcision", "silicone"], "wish": "Two\nlines"}),
        (
            "contact",
            None,
            {
                "email": "x@example.org",
                "telephone": "+47 22 00 00 00",
                "reminders": True,
            },
        ),
    ],
)
def test_a_page_asked_again_shows_what_was_answered(client, slug, number, answers):
    response = answer(begin(client), slug, number, **answers)
    assert response.status_code == 302
    shown = typed(client.get(page(slug, number)))
    assert {name: shown[name] for name in answers} == answers


@pytest.mark.parametrize(
    ("slug", "answers"),
    [
        ("scar-edges", {"beyond_edges": "unsure", "still_growing": "yes"}),
        ("scar-edges", {"tight_limits_movement": "unknown"}),
        ("scar-closer", {"lump": "separate", "fast": "unknown"}),
        ("scar-surface", {"pit_shape": "pinhole", "pit_width_mm": "1"}),
        ("scar-surface", {"visible_at_50cm": "no", "makeup_covers": "unknown"}),
        ("scar-since", {"self_harm_status": "unknown"}),
    ],
)
def test_a_page_for_some_shows_again_what_was_answered(client, slug, answers):
    begin(client)
    answer(client, "scar-cause", 1, scar_cause="self_harm")
    answer(client, "scar-look", 1, elevation="mixed")
    answer(client, "health-changes", rf_lump="unknown")
    if slug == "scar-closer":
        answer(client, "scar-edges", 1, still_growing="yes")
    answer(client, slug, 1, **answers)
    shown = typed(client.get(page(slug, 1)))
    assert {name: shown[name] for name in answers} == answers


def test_the_birthday_is_kept_to_the_day(client):
    date_of_birth = {"day": "29", "month": "2", "year": "1988"}
    parts = {f"date_of_birth_{part}": value for part, value in date_of_birth.items()}
    answer(begin(client), "you", **parts)
    assert typed(client.get(page("you")))["date_of_birth"] == date(1988, 2, 29)


def test_the_check_page_reads_answers_back_in_the_patients_words(client):
    tried = {"prior_treatments": ["silicone"]}
    said = told(fill_in(client, rf_lump="unknown", **tried))
    asked = {
        "What is your name?": "Ada Okafor",
        "Where is it?": "Face",
        "How long have you had it?": "3",
        "Weeks, months or years?": "years",
        "Which of these has this scar had already?": "Silicone gel or sheets",
        "What does an hour of midday sun do to your skin?": (
            "Usually burns, tans a little"
        ),
        "Is there a new lump in or beside it, or one that doubled in six weeks?": (
            "Not sure"
        ),
        "What would you like to be different?": "Smoother cheeks",
        "E-mail address": "ada@example.org",
    }
    assert {question: said[question] for question in asked} == asked


def test_an_answer_changed_from_the_check_page_leads_back_to_it(client):
    fill_in(client)
    assert f'href="{page("scar-cause", 1)}"' in client.get(CHECK).content.decode()
    response = answer(client, "scar-cause", 1, body_site="ear")
    assert response["Location"] == CHECK
    assert told(client)["Where is it?"] == "Ear"


def test_two_tabs_on_different_pages_lose_nothing(client):
    begin(client)
    other_tab = Client()
    other_tab.cookies = client.cookies
    client.get(page("scar-cause", 1))
    other_tab.get(page("skin"))
    answer(other_tab, "skin", fitzpatrick="5")
    answer(client, "scar-cause", 1, body_site="neck")
    answer(other_tab, "you", name="Both")
    draft = draft_of(client)
    kept = (draft.name, draft.fitzpatrick, draft.scars.get().body_site, draft.done)
    assert kept == ("Both", "5", "neck", ["skin", "scar-cause/1", "you"])


def test_an_answer_saved_twice_is_finished_once(client):
    answer(begin(client), "you")
    answer(client, "you")
    assert draft_of(client).done == ["you"]


def test_an_error_keeps_what_was_typed_and_saves_nothing(client):
    answer(begin(client), "you", name="Before")
    response = answer(client, "you", name="After", date_of_birth_month="13")
    assert response.status_code == 200
    assert typed(response)["name"] == "After"
    assert b'value="13"' in response.content
    assert b"<title>Error: About you" in response.content
    assert draft_of(client).name == "Before"


# Health questions


def given(client):
    """Return the answers to health questions, {code: value}."""
    return dict(draft_of(client).answers.values_list("finding__code", "value"))


def test_a_blank_health_question_is_an_error_and_never_a_no(client):
    begin(client)
    response = answer(client, "health", pregnant="", ticked=[])
    assert list(errors(response)) == ["pregnant", "ticked"]
    assert not Answer.objects.exists()


def test_none_of_these_says_no_to_the_list_and_to_nothing_else(client):
    begin(client)
    answer(client, "health", pregnant="unknown", ticked=["none"])
    said = given(client)
    assert (said["pregnant"], said["breastfeeding"], said["smoker"]) == (
        *("unknown", "no"),
        "no",
    )
    assert facts_of(client)["diabetes"] == "none"
    response = answer(client, "health", immunosuppressed="", ticked=["none"])
    assert list(errors(response)) == ["immunosuppressed"]


def test_what_is_ticked_is_a_yes_and_the_rest_a_no(client):
    begin(client)
    answer(client, "health", ticked=["antiplatelet", "smoker"])
    said = given(client)
    assert {code for code, value in said.items() if value == "yes"} == {
        *("antiplatelet", "smoker")
    }
    assert said["bleeding_disorder"] == "no"


def test_not_sure_about_one_leaves_all_that_is_not_ticked_unknown(client):
    begin(client)
    answer(client, "health", ticked=["smoker", "unknown"])
    said = given(client)
    alone = {"pregnant", "anticoagulant", "immunosuppressed"}
    assert said["smoker"] == "yes"
    others = {said[code] for code in said.keys() - alone - {"smoker"}}
    assert (others, facts_of(client)["diabetes"]) == ({"unknown"}, "unknown")


def test_none_of_these_beside_a_tick_is_an_error_that_loses_nothing(client):
    begin(client)
    response = answer(client, "health", pregnant="no", ticked=["smoker", "none"])
    assert list(errors(response)) == ["ticked"]
    assert "Untick what is not true." in errors(response)["ticked"][0]["message"]
    shown = typed(client.get(page("health")))
    assert (shown["ticked"], shown["pregnant"]) == (["smoker", "none"], "no")
    assert not Answer.objects.exists()


def test_nothing_is_chosen_before_somebody_chooses(client):
    begin(client)
    for slug in ("you", "health-changes", "skin", "health", "allergies", "contact"):
        form = client.get(page(slug)).context["form"]
        shown = {each.name: each.value() for each in form if not each.is_hidden}
        chosen = {
            name for name, value in shown.items() if value not in ("", None, [], False)
        }
        assert chosen == set()


def test_what_is_ticked_of_a_graded_question_is_asked_about_next(client):
    begin(client)
    answer(client, "health", ticked=["diabetes"])
    assert "diabetes" not in facts_of(client)
    form = client.get(page("details")).context["form"]
    assert [each.name for each in form] == ["diabetes"]
    answer(client, "details", diabetes="poor")
    assert facts_of(client)["diabetes"] == "poor"
    assert typed(client.get(page("health")))["ticked"] == ["diabetes"]
    answer(client, "health", ticked=["none"])
    assert facts_of(client)["diabetes"] == "none"
    assert client.get(page("details")).status_code == 302


def test_not_sure_of_one_thing_ticked_leaves_the_tick_and_the_rest_of_the_list(client):
    begin(client)
    answer(client, "health", ticked=["diabetes"])
    answer(client, "details", diabetes="unknown")
    assert facts_of(client)["diabetes"] == "unknown"
    assert typed(client.get(page("details")))["diabetes"] == "unknown"
    shown = typed(client.get(page("health")))["ticked"]
    assert shown == ["diabetes"]
    answer(client, "health", ticked=shown)
    assert given(client)["smoker"] == "no"
    told = facts_of(client)
    assert (told["diabetes"], told["ctd"]) == ("unknown", "none")
    assert "details" in draft_of(client).done


def test_staff_choose_whether_a_question_stands_alone(client):
    alone = make_question("latex")
    alone.is_asked_alone = True
    alone.save()
    make_question("rubber")
    form = begin(client).get(page("allergies")).context["form"]
    assert "latex" in form.fields
    listed = dict(form.fields["ticked"].choices)
    assert (listed["rubber"], "latex" in listed) == ("Is it rubber", False)


def test_a_red_flag_is_never_a_line_of_a_list(client):
    flag = make_question("smell", "skin")
    flag.route, flag.advice = "Doctor", "See a doctor."
    flag.save()
    assert "smell" in begin(client).get(page("skin")).context["form"].fields


def test_a_question_that_staff_add_is_asked_of_a_draft_under_way(client):
    fill_in(client)
    assert unfinished(client) == []
    make_question("latex")
    assert unfinished(client) == ["allergies"]
    assert client.post(CHECK).status_code == 200
    response = client.get(page("allergies"))
    # What was "none" before is none no more: nobody has read the new line.
    assert typed(response)["ticked"] == []
    assert answer(client, "allergies", latex="yes")["Location"] == CHECK
    assert facts_of(client)["latex"] == "yes"


def words_shown(client, slug):
    """Return what a browser posts of the questions that it shows."""
    field = client.get(page(slug)).context["form"]["words-asked"]
    return {"words-asked": field.value()}


def not_seen(question):
    return (
        "This question is new, or has other words, since you opened the page. Please "
        f"answer it: {question}"
    )


def test_none_of_these_is_no_answer_to_a_question_that_nobody_saw(client):
    shown = words_shown(begin(client), "health-changes")
    Finding.objects.create(
        code="smell", label="Smell", question="Does it smell?", group="changes"
    )
    response = answer(client, "health-changes", rf_lump="unknown", **shown)
    form = response.context["form"]
    assert form.errors == {"smell": [not_seen("Does it smell?")]}
    said = (form["rf_lump"].value(), form["rf_bleed"].value(), form["smell"].value())
    assert said == ("unknown", "no", None)
    assert not Answer.objects.exists()
    # The page that is shown now asks it.
    carried = {"words-asked": form["words-asked"].value()}
    answer(client, "health-changes", smell="yes", **carried)
    assert draft_of(client).answers.get(finding__code="smell").value == "yes"


def test_none_of_these_is_no_answer_to_a_line_that_nobody_saw(client):
    shown = words_shown(begin(client), "allergies")
    make_question("latex")
    response = answer(client, "allergies", ticked=["none"], **shown)
    form = response.context["form"]
    assert form.errors == {"ticked": [not_seen("Is it latex?")]}
    assert form["ticked"].value() == []
    assert not Answer.objects.exists()
    carried = {"words-asked": form["words-asked"].value()}
    answer(client, "allergies", ticked=["latex"], **carried)
    assert given(client)["latex"] == "yes"


def test_none_of_these_is_no_answer_to_a_declared_line_that_nobody_saw(client):
    shown = words_shown(begin(client), "skin")["words-asked"]
    unseen = " ".join(each for each in shown.split() if not each.startswith("tan:"))
    assert unseen != shown
    response = answer(client, "skin", ticked=["none"], **{"words-asked": unseen})
    assert list(response.context["form"].errors) == ["ticked"]
    assert draft_of(client).tan == ""
    answer(client, "skin", ticked=["none"], **{"words-asked": shown})
    assert draft_of(client).tan == "none"


def test_a_list_with_a_new_line_is_read_anew(client):
    answer(begin(client), "allergies", ticked=["allergy_metal"])
    assert typed(client.get(page("allergies")))["ticked"] == ["allergy_metal"]
    make_question("latex")
    # With a tick that stood there, "the rest counts as no" would be said of it unread.
    assert typed(client.get(page("allergies")))["ticked"] == []


def test_a_scar_added_later_is_asked_for_what_changed_lately(client):
    fill_in(client)
    client.post(reverse("consultations:add_scar"))
    assert "health-changes" in unfinished(client)


def test_an_answer_is_not_kept_under_other_words(client):
    shown = words_shown(begin(client), "health")
    reworded = Finding.objects.filter(code="pregnant")
    reworded.update(question="Are you sure that you are not pregnant?")
    response = answer(client, "health", pregnant="no", ticked=["smoker"], **shown)
    form = response.context["form"]
    assert form.errors == {"pregnant": [not_seen(reworded.get().question)]}
    assert (form["pregnant"].value(), form["ticked"].value()) == (None, ["smoker"])
    assert not Answer.objects.exists()
    reworded.update(hint="A test was negative.")
    again = {"words-asked": form["words-asked"].value(), "pregnant": "yes"}
    response = answer(client, "health", ticked=["smoker"], **again)
    assert list(errors(response)) == ["pregnant"]


def test_what_waits_on_a_page_is_no_answer_to_a_question_added_since(client):
    shown = words_shown(begin(client), "health")
    answer(client, "health", pregnant="never", ticked=["none"], **shown)
    make_question("latex", "pregnancy")
    form = client.get(page("health")).context["form"]
    assert (form["anticoagulant"].value(), form["ticked"].value()) == ("no", [])


def test_what_was_said_stays_said_when_staff_switch_the_question_off(client):
    answer(begin(client), "health", pregnant="yes")
    Finding.objects.filter(code="pregnant").update(is_asked=False)
    facts = facts_of(client)
    assert (facts["pregnant"], facts["breastfeeding"]) == ("yes", "no")


def listed(client, slug):
    """Return what a page asks about health: its questions, and the lines of its list."""
    fields = client.get(page(slug)).context["form"].fields
    lines = dict(fields["ticked"].choices) if "ticked" in fields else {}
    return {*fields, *lines}


FOR_INJECTIONS = {"brivudine", "fluoropyrimidine_reaction", "phenytoin"}
LOOKS = {
    "flat": {"elevation": "flat", "scar_cause": "surgery", "colour": "white"},
    "raised": {"elevation": "raised", "scar_cause": "surgery"},
    "unknown": {"elevation": "unknown", "scar_cause": "surgery"},
}


def describe(client, number, **answers):
    for slug in ("cause", "look", "edges"):
        answer(client, f"scar-{slug}", number, **answers)


@pytest.mark.parametrize(
    ("looks", "is_asked"),
    [
        (["flat"], False),
        (["raised"], True),
        (["unknown"], True),
        (["flat", "raised"], True),
    ],
)
def test_what_matters_to_some_scars_only_is_asked_if_there_may_be_one(
    client, looks, is_asked
):
    begin(client)
    for number, look in enumerate(looks, start=1):
        draft_of(client).scars.get_or_create(number=number)
        describe(client, number, **LOOKS[look])
    asked = listed(client, "health") | listed(client, "allergies")
    assert FOR_INJECTIONS & asked == (FOR_INJECTIONS if is_asked else set())


def test_what_a_patient_asks_about_is_asked_for(client):
    begin(client)
    describe(client, 1, **LOOKS["flat"])
    answer(client, "wishes", wants=["steroid-5fu-injection"])
    asked = listed(client, "health") | listed(client, "allergies")
    assert asked >= FOR_INJECTIONS


def test_whoever_reviews_knows_the_gravest_whatever_the_scar(client):
    Method.objects.update(live_revision=None)
    begin(client)
    describe(client, 1, **LOOKS["flat"])
    asked = listed(client, "skin") | listed(client, "health")
    assert asked >= {
        *("fitzpatrick", "keloid_history_self", "pregnant", "anticoagulant"),
        "immunosuppressed",
    }


def test_what_was_not_asked_of_flat_scars_holds_no_card_back():
    assessment = send_intake(elevation="flat").intake.assessments.get()
    assert FOR_INJECTIONS & assessment.facts.keys() == set()
    cards = {card.revision.subject.slug: card for card in assessment.cards.all()}
    assert cards["steroid-5fu-injection"].verdict == "not-indicated"
    asking = [slug for slug, card in cards.items() if FOR_INJECTIONS & set(card.ask)]
    assert asking in ([], ["steroid-5fu-injection"])


@pytest.mark.parametrize(
    ("slug", "codes"),
    [
        ("skin", {"sunburn_now", "hair_in_scar", "stretchy_skin", "tan"}),
        ("health", {"methaemoglobin_risk", "smoker", "diabetes"}),
        ("allergies", {"allergy_lidocaine"}),
    ],
)
def test_a_health_question_stands_on_its_page(client, slug, codes):
    asked = listed(begin(client), slug)
    assert codes - asked == set()
    staffs = {"fragile_skin", "allergy_povidone_iodine", "recent_vaccine_or_illness"}
    assert staffs & asked == set()


def test_a_scar_that_turns_out_raised_opens_the_questions_about_it(client):
    fill_in(client, elevation="flat")
    assert unfinished(client) == []
    answer(client, "scar-look", 1, elevation="raised")
    assert {"health", "allergies"} <= set(unfinished(client))


def test_an_answer_keeps_the_words_that_were_asked(client):
    question = make_question("latex")
    answer(begin(client), "allergies", latex="yes")
    Finding.objects.filter(code="latex").update(question="Does rubber itch?")
    assert told(client)[question.question] == "Yes"


# Scars


def test_each_scar_is_asked_about_and_judged(client):
    walk(begin(client), page("you"), until=page("scar-treated", 1))
    response = answer(client, "scar-treated", 1, another="yes")
    assert response["Location"] == page("scar-cause", 2)
    raised = {"elevation": "raised", "beyond_edges": "yes", "body_site": "ear"}
    walk(client, page("scar-cause", 2), until=page("health-changes"), **raised)
    walk(client, page("health-changes"))
    client.post(CHECK)
    types = [each.types for each in Plan.objects.get().intake.assessments.all()]
    assert types == [["rolling"], ["keloid_suspected"]]


def test_a_scar_taken_out_leaves_the_others_and_their_answers(client):
    fill_in(client, scars=3)
    response = client.post("/consultation/remove-scar/2/")
    assert response["Location"] == TASKS
    draft = draft_of(client)
    assert [scar.number for scar in draft.scars.all()] == [1, 3]
    assert [key for key in draft.done if key.endswith("/2")] == []
    assert unfinished(client) == []


def test_the_last_scar_stays(client):
    begin(client)
    client.post("/consultation/remove-scar/1/")
    assert draft_of(client).scars.count() == 1


ANOTHER = "/consultation/another-scar/"


def test_a_scar_added_after_one_was_taken_out_starts_blank(client):
    fill_in(client, scars=2)
    client.post("/consultation/remove-scar/2/")
    assert client.post(ANOTHER)["Location"] == page("scar-cause", 2)
    assert draft_of(client).scars.get(number=2).body_site == ""
    assert unfinished(client)[0] == "scar-cause/2"


def test_another_scar_asked_for_twice_is_added_once(client):
    walk(begin(client), page("you"), until=page("health-changes"))
    for _press in range(2):
        client.post(ANOTHER)
    assert draft_of(client).scars.count() == 2


def test_a_ninth_scar_is_left_for_the_talk(client):
    begin(client)
    draft = draft_of(client)
    for number in range(2, 9):
        draft.scars.create(number=number)
    answer(client, "scar-cause", 8)
    assert b"Tell us about other scars when we talk." in client.get(TASKS).content
    client.post(ANOTHER)
    answer(client, "scar-treated", 8, another="yes")
    assert draft.scars.count() == 8


def test_only_among_several_scars_a_page_names_its_own(client):
    begin(client)
    answer(client, "scar-cause", 1, body_site="knee")
    assert "Scar 1: Knee" not in client.get(page("scar-look", 1)).content.decode()
    draft_of(client).scars.create(number=2)
    assert "Scar 1: Knee" in client.get(page("scar-look", 1)).content.decode()


# Facts

FACTS = {
    "age_years": 40,
    "fitzpatrick": 2,
    "scar_cause": "acne",
    "scar_age_months": 36.0,
    "wound_closed": "yes",
    "body_site": "face",
    "elevation": "depressed",
    "stripes": "none",
    "colour": "skin",
    "pit_shape": "wavy",
    "pit_width_mm": 6,
    "pit_depth": "shallow",
    "flattens_on_stretch": "yes",
    "visible_at_50cm": "yes",
    "makeup_covers": "no",
    "tight_limits_movement": "no",
    "pulls_feature": "none",
    "itch": 1,
    "pain": 1,
    "prior_treatments": [],
    "treatments": [],
    "steroid_sessions": 0,
    "tan_weeks": None,
    "active_acne": "none",
    "isotretinoin": "never",
    "diabetes": "none",
    "ctd": "none",
    "recent_filler_weeks": None,
    "recent_resurfacing_weeks": None,
    "bdd_screen": "negative",
    "wants": ["subcision"],
}


def test_what_is_not_answered_is_no_fact(client):
    assert facts_of(begin(client)) == {}


def test_an_assessment_keeps_the_facts_of_the_clinical_reference():
    assessment = send_intake().intake.assessments.get()
    said = {
        name: value for name, value in assessment.facts.items() if name not in FACTS
    }
    assert {name: assessment.facts[name] for name in FACTS} == FACTS
    # Of the health questions, those that may change a card of this scar.
    assert set(said.values()) == {"no"}
    assert {"pregnant", "rf_ulcer", "photosensitising_drug"} <= said.keys()
    assert FOR_INJECTIONS & said.keys() == set()
    assert assessment.types == ["rolling"]


@pytest.mark.parametrize(
    ("slug", "answers", "facts"),
    [
        (
            "scar-look",
            {"age_amount": 26, "age_unit": "weeks"},
            {"scar_age_months": 5.98},
        ),
        (
            "scar-look",
            {"age_amount": 5, "age_unit": "months"},
            {"scar_age_months": 5.0},
        ),
        (
            "scar-look",
            {"age_amount": 2, "age_unit": "years"},
            {"scar_age_months": 24.0},
        ),
        ("scar-look", {"age_amount": 0, "age_unit": "weeks"}, {"scar_age_months": 0.0}),
        ("skin", {"tan": "0"}, {"tan_weeks": 0}),
        ("skin", {"tan": "2"}, {"tan_weeks": 2}),
        ("skin", {"tan": "4"}, {"tan_weeks": 4}),
        ("skin", {"tan": "none"}, {"tan_weeks": None}),
        ("skin", {"recent_filler": "0"}, {"recent_filler_weeks": 0}),
        ("skin", {"recent_resurfacing": "0"}, {"recent_resurfacing_weeks": 0}),
        ("skin", {"recent_resurfacing": "4"}, {"recent_resurfacing_weeks": 4}),
        (
            "skin",
            {"isotretinoin": "stopped", "isotretinoin_stopped_months": 7},
            {"isotretinoin": "stopped", "isotretinoin_stopped_months": 7},
        ),
        ("health", {"ctd": "ehlers_danlos"}, {"ctd": "ehlers_danlos"}),
        (
            "scar-treated",
            {"prior_treatments": ["silicone"]},
            {"prior_treatments": ["silicone"], "steroid_sessions": 0},
        ),
        (
            "wishes",
            {"preoccupied": "yes", "checks_often": "yes", "distressed": "no"},
            {"bdd_screen": "negative"},
        ),
        ("wishes", {"preoccupied": "no"}, {"bdd_screen": "negative"}),
    ],
)
def test_answers_become_facts(client, slug, answers, facts):
    answer(begin(client), slug, 1 if slug.startswith("scar-") else None, **answers)
    for more in ("details", "feelings"):
        answer(client, more, **answers)
    reached = facts_of(client)
    assert {name: reached[name] for name in facts} == facts


@pytest.mark.parametrize(("birthday", "age"), [("today", 28), ("tomorrow", 27)])
def test_the_age_is_that_of_the_day(client, birthday, age):
    day = timezone.localdate() + timedelta(days=birthday == "tomorrow")
    born = {"day": day.day, "month": day.month, "year": day.year - 28}
    answer(begin(client), "you", **{f"date_of_birth_{k}": v for k, v in born.items()})
    assert facts_of(client)["age_years"] == age


NOT_SURE = [
    ("scar-cause", "scar_cause", "scar_cause"),
    ("scar-look", "wound_closed", "wound_closed"),
    ("scar-look", "elevation", "elevation"),
    ("scar-edges", "firm", "firm"),
    ("scar-look", "stripes", "stripes"),
    ("scar-look", "colour", "colour"),
    ("scar-edges", "width", "width"),
    ("scar-edges", "tight_limits_movement", "tight_limits_movement"),
    ("scar-edges", "pulls_feature", "pulls_feature"),
    ("skin", "fitzpatrick", "fitzpatrick"),
    ("health", "pregnant", "pregnant"),
    ("skin", "isotretinoin", "isotretinoin"),
    ("feelings", "distressed", "bdd_screen"),
]


@pytest.mark.parametrize(("slug", "name", "fact"), NOT_SURE)
def test_not_sure_is_kept_and_reaches_the_rules_as_unknown(client, slug, name, fact):
    number = 1 if slug.startswith("scar-") else None
    signs = {"preoccupied": "yes", "checks_often": "yes"}
    begin(client)
    if name == "stripes":
        answer(client, "scar-cause", 1, scar_cause="other_inflammation")
    if slug == "scar-edges":
        answer(client, "scar-cause", 1, scar_cause="surgery")
        answer(client, "scar-look", 1, elevation="flat")
    answer(client, "wishes", **signs)
    response = answer(client, slug, number, **(signs | {name: "unknown"}))
    assert response.status_code == 302
    assert typed(client.get(page(slug, number)))[name] == "unknown"
    assert facts_of(client)[fact] == "unknown"


@pytest.mark.parametrize(
    ("slug", "answers", "fact"),
    [
        ("scar-look", {"age_amount": "", "age_unit": "unknown"}, "scar_age_months"),
        ("scar-look", {"age_amount": "5", "age_unit": "unknown"}, "scar_age_months"),
        ("scar-treated", {"prior_treatments": ["unknown"]}, "prior_treatments"),
        ("skin", {"isotretinoin": "stopped"}, "isotretinoin_stopped_months"),
    ],
)
def test_what_is_not_known_is_no_fact(client, slug, answers, fact):
    number = 1 if slug.startswith("scar-") else None
    assert answer(begin(client), slug, number, **answers).status_code == 302
    assert fact not in facts_of(client)


def test_unknown_reaches_the_assessment_and_the_card_asks():
    assessment = send_intake(pregnant="unknown").intake.assessments.get()
    assert assessment.facts["pregnant"] == "unknown"
    assert any("pregnant" in card.ask for card in assessment.cards.all())


def test_leftover_answers_of_pages_no_longer_asked_are_no_facts(client):
    begin(client)
    answer(client, "scar-cause", 1, scar_cause="self_harm")
    answer(client, "scar-since", 1, self_harm_status="ongoing")
    answer(client, "scar-look", 1, elevation="mixed")
    for slug in ("scar-edges", "scar-surface"):
        answer(client, slug, 1)
    hidden = {
        "self_harm_status",
        "beyond_edges",
        "still_growing",
        "pit_shape",
        "visible_at_50cm",
    }
    assert hidden <= facts_of(client).keys()
    answer(client, "scar-cause", 1, scar_cause="acne")
    answer(client, "scar-look", 1, elevation="flat")
    assert hidden & facts_of(client).keys() == set()
    assert draft_of(client).scars.get().pit_shape == "wavy"


def test_months_since_it_was_stopped_outweigh_that_it_was_never_taken(client):
    begin(client)
    told = {"isotretinoin": "never", "isotretinoin_stopped_months": 3}
    answer(client, "skin", **told)
    assert told.items() <= facts_of(client).items()
    shown = typed(client.get(page("skin")))
    assert {name: shown[name] for name in told} == told
    facts = read(facts_of(client), live.protocol())
    assert find.state_of("isotretinoin_under_6_months", facts) is True
    assert 80 < find.days_until_clear("isotretinoin_under_6_months", facts) < 100


def test_a_wish_for_what_is_no_longer_offered_is_no_fact(client):
    answer(begin(client), "wishes", wants=["subcision", "silicone"])
    Method.objects.filter(slug="subcision").update(live_revision=None)
    assert facts_of(client)["wants"] == ["silicone"]


# Send


def test_sending_leads_to_the_private_page_with_the_reference(client):
    response = fill_in(client).post(CHECK, follow=True)
    intake = Intake.objects.get()
    ((url, status),) = response.redirect_chain
    assert (url, status) == (f"/status/{token_held(client)}/", 302)
    assert f">{intake.reference}</strong>" in response.content.decode()
    assert b"Nothing has been decided yet." in response.content


def test_before_the_signature_the_private_page_names_no_treatment(client):
    response = fill_in(client).post(CHECK, follow=True)
    cards = Plan.objects.get().intake.assessments.get().cards.all()
    assert [
        each.title for each in cards if each.title in response.content.decode()
    ] == []
    assert len(cards) > 20


def test_the_private_page_opens_on_another_device(client):
    url = fill_in(client).post(CHECK)["Location"]
    assert Client().get(url).status_code == 200


def test_pressing_send_again_lands_on_the_same_page(client):
    fill_in(client)
    first, second = client.post(CHECK), client.post(CHECK)
    assert second["Location"] == first["Location"]
    assert (Plan.objects.count(), Intake.objects.count()) == (1, 1)
    reference = Intake.objects.get().reference
    assert reference in client.get(second["Location"]).content.decode()


def test_after_sending_every_page_leads_to_the_private_one(client):
    private = fill_in(client).post(CHECK)["Location"]
    for url in (page("you"), page("wishes"), CHECK):
        assert client.get(url)["Location"] == private
        # What was typed too late is kept, on the page where it can be corrected.
        assert client.post(url)["Location"].startswith(private)
    assert Intake.objects.get().wish == "Smoother cheeks"


def test_after_sending_a_new_intake_can_begin(client):
    private = fill_in(client).post(CHECK)["Location"]
    assert client.get(START).context["resume"] == ""
    assert client.post(START)["Location"] == page("you")
    assert client.get(private).status_code == 200


def test_sending_unfinished_pages_names_them_and_loses_nothing(client):
    begin(client)
    answer(client, "you")
    answer(client, "scar-cause", 1)
    response = client.post(CHECK)
    content = response.content.decode()
    assert response.status_code == 200
    assert "These pages are not finished yet" in content
    assert f'<a href="{page("health-changes")}">Changes in a scar</a>' in content
    assert unfinished(client)[:2] == ["scar-look/1", "scar-treated/1"]
    assert not Plan.objects.exists()
    assert draft_of(client).name == "Ada Okafor"
    assert told(client)["Where is it?"] == "Face"


def test_unfinished_pages_offer_no_button_to_send(client):
    fill_in(client)
    assert b">Send</button>" in client.get(CHECK).content
    make_question()
    assert b">Send</button>" not in client.get(CHECK).content


# At once


@pytest.fixture
def at_once(tmp_path, monkeypatch):
    """Return a function that runs jobs in threads, each with a connection of its own.

    It returns what they return, how many plans there are then, and the only intake. A
    database in memory has only one: there the threads work on a copy of it.
    """

    def run(*jobs):
        if connection.vendor == "sqlite":
            copy = str(tmp_path / "copy.sqlite3")
            with connection.cursor() as cursor:
                cursor.execute("VACUUM INTO %s", [copy])
            # Two who make it a WAL at once would get into each other's way.
            with closing(sqlite3.connect(copy)) as first:
                first.execute("PRAGMA journal_mode=WAL")
            monkeypatch.setitem(connections.settings["default"], "NAME", copy)
        together = threading.Barrier(len(jobs))

        def alone(job):
            try:
                return job()
            finally:
                connections.close_all()

        def start(job):
            together.wait()
            return alone(job)

        with ThreadPoolExecutor() as pool:
            responses = list(pool.map(start, jobs))
            sent, draft = pool.map(alone, [Plan.objects.count, Intake.objects.get])
        return responses, sent, draft

    return run


def window(client):
    """Return another client with the same cookies."""
    other = Client()
    other.cookies = client.cookies.copy()
    return other


@pytest.mark.django_db(transaction=True)
def test_two_presses_at_once_send_once(client, at_once):
    windows = [window(fill_in(client)), window(client)]
    presses = [partial(each.post, CHECK) for each in windows]
    responses, sent, intake = at_once(*presses)
    private = f"/status/{intake.token}/"
    assert [each.headers.get("Location") for each in responses] == [private] * 2
    assert sent == 1


@pytest.mark.django_db(transaction=True)
def test_pages_sent_at_once_from_several_windows_are_all_kept(client, at_once):
    begin(client)
    slugs = ["you", "skin", "health", "wishes"]
    presses = [partial(answer, window(client), slug) for slug in slugs]
    _responses, _sent, draft = at_once(*presses)
    assert sorted(draft.done) == sorted(slugs)


# Cost


def test_a_page_costs_the_same_for_more_scars_and_questions(client, count_queries):
    urls = [page("scar-look", 1), page("allergies"), page("wishes"), CHECK]
    fill_in(client)
    before = [count_queries(client, url) for url in urls]
    client.post(ANOTHER)
    walk(client, page("scar-cause", 2))
    for number in range(3):
        make_question(f"q_{number}")
    answer(client, "allergies")
    assert [count_queries(client, url) for url in urls] == before


def test_start_in_a_second_tab_goes_on_with_the_draft(client):
    answer(begin(client), "you")
    response = client.post(START)
    assert response["Location"] == page("scar-cause", 1)
    assert draft_of(client).done == ["you"]


def test_a_new_one_is_begun_only_when_asked_for(client):
    answer(begin(client), "you")
    assert client.post(START, {"anew": "yes"})["Location"] == page("you")
    assert draft_of(client).done == []


def test_start_leads_back_to_an_intake_that_was_sent(client):
    link = fill_in(client).post(CHECK)["Location"]
    assert f'href="{link}"' in client.get(START).content.decode()


def test_the_button_that_begins_says_for_whom(client):
    client.post("/consultation/", {"for_whom": "child"})
    response = client.get(page("you"))
    assert response.context["form"].initial["for_whom"] == "child"
    assert "What is your child’s name?" in response.content.decode()
    begin(client := Client())
    assert client.get(page("you")).context["form"].initial["for_whom"] == ""
    client.post("/consultation/", {"for_whom": "nobody", "anew": "yes"})
    assert client.get(page("you")).context["form"].initial["for_whom"] == ""
