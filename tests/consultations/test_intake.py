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
from django.utils import timezone

from consultations.models import Answer, Intake, Plan
from methods.models import Finding, Method
from methods.protocol import findings as find
from methods.protocol.facts import read
from methods.protocol.vocabulary import QuestionGroup
from methods.publishing import live
from tests.consultations.factories import (
    ANSWERS,
    CHECK,
    START,
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

SCAR_PAGES = [
    "scar-cause",
    "scar-age",
    "scar-place",
    "scar-look",
    "scar-colour",
    "scar-effect",
    "scar-treated",
]
AFTER_SCARS = [
    "more-scars",
    "skin",
    *(f"health-{group}" for group in QuestionGroup if group != "changes"),
    "isotretinoin",
    "conditions",
    "recent",
    "feelings",
    "wishes",
    "consent",
    "contact",
]


def typed(response):
    """Return what a page's inputs hold, {name: value or [values]}."""
    return {field.name: field.value() for field in response.context["form"]}


def errors(response):
    return response.context["form"].errors.get_json_data()


def told(client):
    """Return the check page's answers, {question: answer}."""
    return {
        str(question): str(said)
        for _page, _title, answers in client.get(CHECK).context["pages"]
        for question, said in answers
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
        page("health-changes"),
        *(page(slug, 1) for slug in SCAR_PAGES),
        *map(page, AFTER_SCARS),
    ]


@pytest.mark.parametrize(
    ("answers", "also"),
    [
        ({"elevation": "flat"}, []),
        ({"elevation": "unknown"}, []),
        ({"elevation": "raised"}, ["scar-edges", "scar-closer"]),
        ({"elevation": "depressed"}, ["scar-surface", "scar-distance"]),
        (
            {"elevation": "mixed"},
            ["scar-edges", "scar-surface", "scar-distance", "scar-closer"],
        ),
        ({"elevation": "flat", "pain": "2"}, ["scar-closer"]),
        (
            {"elevation": "flat", "wound_closed": "no", "age_unit": "weeks"},
            ["scar-healing"],
        ),
        ({"elevation": "flat", "scar_cause": "surgery"}, ["scar-edges"]),
        (
            {"elevation": "flat", "scar_cause": "self_harm"},
            ["scar-since", "scar-edges"],
        ),
    ],
)
def test_a_page_is_asked_only_of_those_it_concerns(client, answers, also):
    way = walk(begin(client), page("you"), until=page("more-scars"), **answers)
    always = {page("you"), page("health-changes"), *(page(s, 1) for s in SCAR_PAGES)}
    assert [url for url in way if url not in always] == [page(s, 1) for s in also]


def test_a_page_says_which_of_how_many_it_is(client):
    begin(client)
    assert "Step 1 of 25" in client.get(page("you")).content.decode()
    answer(client, "scar-look", 1, elevation="raised")
    assert "Step 1 of 27" in client.get(page("you")).content.decode()
    assert "Step 7 of 27" in client.get(page("scar-colour", 1)).content.decode()


def test_the_way_back_leads_to_the_page_before(client):
    begin(client)
    answer(client, "scar-look", 1, elevation="raised")

    def back(url):
        return re.findall('class="back" href="(.*?)"', client.get(url).content.decode())

    assert back(page("you")) == [START]
    assert back(page("health-changes")) == [page("you")]
    assert back(page("scar-edges", 1)) == [page("scar-colour", 1)]


def test_a_page_that_does_not_apply_leads_to_the_first_open_one(client):
    answer(begin(client), "you")
    assert client.get(page("scar-edges", 1))["Location"] == page("health-changes")


@pytest.mark.parametrize("url", [page("you"), CHECK, "/consultation/advice/"])
def test_without_a_draft_one_is_led_to_the_start(client, url):
    response = client.get(url)
    assert (response.status_code, response["Location"]) == (302, START)


def test_reading_the_start_begins_nothing(client):
    response = client.get(START)
    assert (Intake.objects.count(), response.cookies.get("intake")) == (0, None)


def test_the_start_leads_back_into_an_open_draft(client):
    answer(begin(client), "you")
    assert client.get(START).context["resume"] == page("health-changes")


# What is kept


@pytest.mark.parametrize(
    ("slug", "number", "answers"),
    [
        ("you", None, {"name": "Mx Ó Néill"}),
        ("health-changes", None, {"rf_lump": "unknown", "rf_bleed": "no"}),
        ("scar-cause", 1, {"scar_cause": "burn"}),
        ("scar-age", 1, {"age_amount": 7, "age_unit": "weeks", "wound_closed": "no"}),
        ("scar-place", 1, {"body_site": "knee", "side": "left"}),
        ("scar-place", 1, {"body_site": "other", "site_words": "My heel "}),
        ("scar-look", 1, {"elevation": "raised", "stripes": "white_silver"}),
        ("scar-colour", 1, {"colour": "red", "width": "unknown"}),
        ("scar-effect", 1, {"itch": 10, "pain": 4, "tight_limits_movement": "unknown"}),
        ("scar-treated", 1, {"prior_treatments": ["silicone", "tca-cross"]}),
        (
            "scar-treated",
            1,
            {"prior_treatments": ["laser", "other"], "treatment_words": "Snail slime"},
        ),
        ("skin", None, {"fitzpatrick": "6", "tan": "2", "active_acne": "mild"}),
        ("health-pregnancy", None, {"pregnant": "yes", "breastfeeding": "unknown"}),
        (
            "isotretinoin",
            None,
            {"isotretinoin": "stopped", "isotretinoin_stopped_months": 14},
        ),
        ("conditions", None, {"diabetes": "poor", "ctd": "lupus"}),
        ("recent", None, {"recent_filler": "0", "recent_resurfacing": "4"}),
        ("feelings", None, {"preoccupied": "yes", "distressed": "unknown"}),
        ("wishes", None, {"wants": ["subcision", "silicone"], "wish": "Two\nlines"}),
        ("consent", None, {"assessment": True, "reminders": True, "photos": False}),
        (
            "contact",
            None,
            {"email": "x@example.org", "telephone": "+47 22 00 00 00"},
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
        ("scar-closer", {"lump": "separate", "fast": "unknown"}),
        ("scar-surface", {"pit_shape": "pinhole", "pit_width_mm": "1"}),
        ("scar-distance", {"visible_at_50cm": "no", "makeup_covers": "unknown"}),
        ("scar-since", {"self_harm_status": "unknown"}),
    ],
)
def test_a_page_for_some_shows_again_what_was_answered(client, slug, answers):
    begin(client)
    answer(client, "scar-cause", 1, scar_cause="self_harm")
    answer(client, "scar-look", 1, elevation="mixed")
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
        "Where is the scar?": "Face",
        "How long ago did the wound close?": "3",
        "Weeks, months or years?": "years",
        "Which of these has this scar had already?": "Silicone gel or sheets",
        "What happens when your skin meets the midday sun?": (
            "It usually burns, then tans a little"
        ),
        "Is there a lump that looks or feels different from the rest of the scar? Or "
        "one that doubled in about six weeks?": "Not sure",
        "What would you like to be different?": "Smoother cheeks",
        "E-mail address": "ada@example.org",
    }
    assert {question: said[question] for question in asked} == asked


def test_an_answer_changed_from_the_check_page_leads_back_to_it(client):
    fill_in(client)
    assert f'href="{page("scar-place", 1)}"' in client.get(CHECK).content.decode()
    response = answer(client, "scar-place", 1, body_site="ear")
    assert response["Location"] == CHECK
    assert told(client)["Where is the scar?"] == "Ear"


def test_two_tabs_on_different_pages_lose_nothing(client):
    begin(client)
    other_tab = Client()
    other_tab.cookies = client.cookies
    client.get(page("scar-place", 1))
    other_tab.get(page("skin"))
    answer(other_tab, "skin", fitzpatrick="5")
    answer(client, "scar-place", 1, body_site="neck")
    answer(other_tab, "you", name="Both")
    draft = draft_of(client)
    kept = (draft.name, draft.fitzpatrick, draft.scars.get().body_site, draft.done)
    assert kept == ("Both", "5", "neck", ["skin", "scar-place/1", "you"])


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


def test_a_blank_health_question_is_an_error_and_never_a_no(client):
    begin(client)
    response = answer(
        client, "health-pregnancy", pregnant="no", **{"none-of-these": ""}
    )
    assert list(errors(response)) == ["breastfeeding", "trying_to_conceive"]
    assert not Answer.objects.exists()


def test_none_of_these_says_no_to_what_was_left_open(client):
    begin(client)
    answer(client, "health-pregnancy", pregnant="unknown", **{"none-of-these": "on"})
    given = draft_of(client).answers.values_list("finding__code", "value")
    assert dict(given) == {
        "pregnant": "unknown",
        "breastfeeding": "no",
        "trying_to_conceive": "no",
    }


def test_a_question_alone_on_its_page_needs_an_answer_of_its_own(client):
    Finding.objects.filter(group="allergies").exclude(code="allergy_nut").update(
        is_asked=False
    )
    begin(client)
    response = answer(client, "health-allergies", **{"none-of-these": "on"})
    assert list(errors(response)) == ["allergy_nut"]
    assert "none-of-these" not in response.context["form"].fields


def test_a_question_that_staff_add_is_asked_of_a_draft_under_way(client):
    fill_in(client)
    assert unfinished(client) == []
    make_question("latex")
    assert unfinished(client) == ["health-allergies"]
    assert client.post(CHECK).status_code == 200
    response = client.get(page("health-allergies"))
    assert (typed(response)["latex"], typed(response)["allergy_nut"]) == ("", "no")
    assert answer(client, "health-allergies", latex="yes")["Location"] == CHECK
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
    assert not form["none-of-these"].value()
    assert not Answer.objects.exists()
    # The page that is shown now asks it.
    carried = {"words-asked": form["words-asked"].value()}
    answer(client, "health-changes", smell="yes", **carried)
    assert draft_of(client).answers.get(finding__code="smell").value == "yes"


def test_an_answer_is_not_kept_under_other_words(client):
    shown = words_shown(begin(client), "health-pregnancy")
    reworded = Finding.objects.filter(code="pregnant")
    reworded.update(question="Are you sure that you are not pregnant?")
    no = {"pregnant": "no", "breastfeeding": "no", "trying_to_conceive": "no"}
    typed = no | shown | {"none-of-these": ""}
    response = answer(client, "health-pregnancy", **typed)
    form = response.context["form"]
    assert form.errors == {"pregnant": [not_seen(reworded.get().question)]}
    assert (form["pregnant"].value(), form["breastfeeding"].value()) == (None, "no")
    assert not Answer.objects.exists()
    reworded.update(hint="A test was negative.")
    again = {"words-asked": form["words-asked"].value(), "pregnant": "yes"}
    response = answer(client, "health-pregnancy", **typed | again)
    assert list(errors(response)) == ["pregnant"]


def test_what_waits_on_a_page_is_no_answer_to_a_question_added_since(client):
    shown = words_shown(begin(client), "health-pregnancy")
    answer(client, "health-pregnancy", pregnant="never", **shown)
    make_question("latex", "pregnancy")
    form = client.get(page("health-pregnancy")).context["form"]
    assert form["breastfeeding"].value() == "no"
    assert (form["latex"].value(), form["none-of-these"].value()) == (None, False)


def test_what_was_said_stays_said_when_staff_switch_the_question_off(client):
    answer(begin(client), "health-pregnancy", pregnant="yes")
    Finding.objects.filter(code="pregnant").update(is_asked=False)
    facts = facts_of(client)
    assert (facts["pregnant"], facts["breastfeeding"]) == ("yes", "no")


FOR_INJECTIONS = {"brivudine", "fluoropyrimidine_reaction", "phenytoin"}


@pytest.mark.parametrize(
    ("elevations", "is_asked"),
    [
        (["flat"], False),
        (["depressed", "flat"], False),
        (["raised"], True),
        (["mixed"], True),
        (["unknown"], True),
        (["flat", "raised"], True),
        (["flat", ""], True),
    ],
)
def test_what_matters_to_raised_scars_only_is_asked_if_there_may_be_one(
    client, elevations, is_asked
):
    begin(client)
    draft = draft_of(client)
    for number, elevation in enumerate(elevations, start=1):
        draft.scars.update_or_create(number=number, defaults={"elevation": elevation})
    asked = {
        name
        for slug in ("health-medicines", "health-allergies")
        for name in client.get(page(slug)).context["form"].fields
    }
    assert FOR_INJECTIONS & asked == (FOR_INJECTIONS if is_asked else set())


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
        ("health-skin", {"sunburn_now", "hair_in_scar", "stretchy_skin"}),
        ("health-medicines", {"brivudine", "phenytoin"}),
        ("health-health", {"methaemoglobin_risk"}),
        ("health-allergies", {"fluoropyrimidine_reaction", "allergy_sponge"}),
    ],
)
def test_a_health_question_stands_on_its_page(client, slug, codes):
    fields = begin(client).get(page(slug)).context["form"].fields
    assert codes - fields.keys() == set()
    staffs = {"fragile_skin", "allergy_povidone_iodine", "recent_vaccine_or_illness"}
    assert staffs & fields.keys() == set()


def test_a_scar_that_turns_out_raised_opens_the_questions_about_it(client):
    fill_in(client, elevation="flat")
    assert unfinished(client) == []
    answer(client, "scar-look", 1, elevation="raised")
    assert {"health-medicines", "health-allergies"} <= set(unfinished(client))


def test_an_answer_keeps_the_words_that_were_asked(client):
    question = make_question("latex")
    answer(begin(client), "health-allergies", latex="yes")
    Finding.objects.filter(code="latex").update(question="Does rubber itch?")
    assert told(client)[question.question] == "Yes"


# Scars


def test_each_scar_is_asked_about_and_judged(client):
    walk(begin(client), page("you"), until=page("more-scars"))
    response = answer(client, "more-scars", another="yes")
    assert response["Location"] == page("scar-cause", 2)
    raised = {"elevation": "raised", "beyond_edges": "yes", "body_site": "ear"}
    walk(client, page("scar-cause", 2), until=page("more-scars"), **raised)
    walk(client, page("more-scars"))
    client.post(CHECK)
    types = [each.types for each in Plan.objects.get().intake.assessments.all()]
    assert types == [["rolling"], ["keloid_suspected"]]


def test_a_scar_taken_out_leaves_the_others_and_their_answers(client):
    fill_in(client, scars=3)
    response = client.post("/consultation/remove-scar/2/")
    assert response["Location"] == page("more-scars")
    draft = draft_of(client)
    assert [scar.number for scar in draft.scars.all()] == [1, 3]
    assert [key for key in draft.done if key.endswith("/2")] == []
    assert unfinished(client) == []


def test_the_last_scar_stays(client):
    begin(client)
    client.post("/consultation/remove-scar/1/")
    assert draft_of(client).scars.count() == 1


def test_a_scar_added_after_one_was_taken_out_starts_blank(client):
    fill_in(client, scars=2)
    client.post("/consultation/remove-scar/2/")
    answer(client, "more-scars", another="yes")
    assert draft_of(client).scars.get(number=2).body_site == ""
    assert unfinished(client)[0] == "scar-cause/2"


def test_another_scar_asked_for_twice_is_added_once(client):
    walk(begin(client), page("you"), until=page("more-scars"))
    for _press in range(2):
        answer(client, "more-scars", another="yes")
    assert draft_of(client).scars.count() == 2


def test_a_ninth_scar_is_left_for_the_talk(client):
    begin(client)
    draft = draft_of(client)
    for number in range(2, 9):
        draft.scars.create(number=number)
    response = answer(client, "more-scars", another="yes")
    assert errors(response)["another"][0]["message"] == (
        "You have described 8. Tell us about the others when we talk."
    )
    assert draft.scars.count() == 8


def test_only_among_several_scars_a_page_names_its_own(client):
    begin(client)
    answer(client, "scar-place", 1, body_site="knee")
    assert "Scar 1: Knee" not in client.get(page("scar-age", 1)).content.decode()
    draft_of(client).scars.create(number=2)
    assert "Scar 1: Knee" in client.get(page("scar-age", 1)).content.decode()


# Facts

FACTS = {
    "age_years": 40,
    "fitzpatrick": 2,
    "scar_cause": "acne",
    "scar_age_months": 36.0,
    "wound_closed": "yes",
    "body_site": "face",
    "elevation": "depressed",
    "firm": "no",
    "stripes": "none",
    "colour": "skin",
    "width": "wide",
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
    asked = (
        Finding.objects.filter(is_asked=True)
        .exclude(question="")
        .values_list("code", flat=True)
    )
    of_this_scar = set(asked) - FOR_INJECTIONS
    assert assessment.facts == FACTS | dict.fromkeys(of_this_scar, "no")
    assert assessment.types == ["rolling"]


@pytest.mark.parametrize(
    ("slug", "answers", "facts"),
    [
        (
            "scar-age",
            {"age_amount": 26, "age_unit": "weeks"},
            {"scar_age_months": 5.98},
        ),
        ("scar-age", {"age_amount": 5, "age_unit": "months"}, {"scar_age_months": 5.0}),
        ("scar-age", {"age_amount": 2, "age_unit": "years"}, {"scar_age_months": 24.0}),
        ("scar-age", {"age_amount": 0, "age_unit": "weeks"}, {"scar_age_months": 0.0}),
        ("skin", {"tan": "0"}, {"tan_weeks": 0}),
        ("skin", {"tan": "2"}, {"tan_weeks": 2}),
        ("skin", {"tan": "4"}, {"tan_weeks": 4}),
        ("skin", {"tan": "none"}, {"tan_weeks": None}),
        ("recent", {"recent_filler": "0"}, {"recent_filler_weeks": 0}),
        ("recent", {"recent_resurfacing": "0"}, {"recent_resurfacing_weeks": 0}),
        ("recent", {"recent_resurfacing": "4"}, {"recent_resurfacing_weeks": 4}),
        (
            "isotretinoin",
            {"isotretinoin": "stopped", "isotretinoin_stopped_months": 7},
            {"isotretinoin": "stopped", "isotretinoin_stopped_months": 7},
        ),
        ("conditions", {"ctd": "ehlers_danlos"}, {"ctd": "ehlers_danlos"}),
        (
            "scar-treated",
            {"prior_treatments": ["silicone"]},
            {"prior_treatments": ["silicone"], "steroid_sessions": 0},
        ),
        (
            "feelings",
            {"preoccupied": "yes", "checks_often": "yes", "distressed": "no"},
            {"bdd_screen": "negative"},
        ),
    ],
)
def test_answers_become_facts(client, slug, answers, facts):
    answer(begin(client), slug, 1 if slug.startswith("scar-") else None, **answers)
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
    ("scar-age", "wound_closed", "wound_closed"),
    ("scar-look", "elevation", "elevation"),
    ("scar-look", "firm", "firm"),
    ("scar-look", "stripes", "stripes"),
    ("scar-colour", "colour", "colour"),
    ("scar-colour", "width", "width"),
    ("scar-effect", "tight_limits_movement", "tight_limits_movement"),
    ("scar-effect", "pulls_feature", "pulls_feature"),
    ("skin", "fitzpatrick", "fitzpatrick"),
    ("skin", "tan", "tan_weeks"),
    ("skin", "active_acne", "active_acne"),
    ("health-pregnancy", "pregnant", "pregnant"),
    ("isotretinoin", "isotretinoin", "isotretinoin"),
    ("conditions", "diabetes", "diabetes"),
    ("conditions", "ctd", "ctd"),
    ("recent", "recent_filler", "recent_filler_weeks"),
    ("recent", "recent_resurfacing", "recent_resurfacing_weeks"),
    ("feelings", "distressed", "bdd_screen"),
]


@pytest.mark.parametrize(("slug", "name", "fact"), NOT_SURE)
def test_not_sure_is_kept_and_reaches_the_rules_as_unknown(client, slug, name, fact):
    number = 1 if slug.startswith("scar-") else None
    signs = {"preoccupied": "yes", "checks_often": "yes"}
    response = answer(begin(client), slug, number, **(signs | {name: "unknown"}))
    assert response.status_code == 302
    assert typed(client.get(page(slug, number)))[name] == "unknown"
    assert facts_of(client)[fact] == "unknown"


@pytest.mark.parametrize(
    ("slug", "answers", "fact"),
    [
        ("scar-age", {"age_amount": "", "age_unit": "unknown"}, "scar_age_months"),
        ("scar-age", {"age_amount": "5", "age_unit": "unknown"}, "scar_age_months"),
        ("scar-treated", {"prior_treatments": ["unknown"]}, "prior_treatments"),
        ("isotretinoin", {"isotretinoin": "stopped"}, "isotretinoin_stopped_months"),
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
    for slug in ("scar-edges", "scar-surface", "scar-distance"):
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
    answer(client, "isotretinoin", **told)
    assert told.items() <= facts_of(client).items()
    assert typed(client.get(page("isotretinoin"))) == told
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
        assert client.post(url, ANSWERS)["Location"] == private
    assert Intake.objects.get().wish == "Smoother cheeks"


def test_after_sending_a_new_intake_can_begin(client):
    private = fill_in(client).post(CHECK)["Location"]
    assert client.get(START).context["resume"] == ""
    assert client.post(START)["Location"] == page("you")
    assert client.get(private).status_code == 200


def test_sending_unfinished_pages_names_them_and_loses_nothing(client):
    begin(client)
    answer(client, "you")
    answer(client, "scar-place", 1)
    response = client.post(CHECK)
    content = response.content.decode()
    assert response.status_code == 200
    assert "These pages are not finished yet" in content
    assert f'<a href="{page("health-changes")}">Changes in a scar</a>' in content
    assert unfinished(client)[:2] == ["health-changes", "scar-cause/1"]
    assert not Plan.objects.exists()
    assert draft_of(client).name == "Ada Okafor"
    assert told(client)["Where is the scar?"] == "Face"


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
    slugs = ["you", "skin", "recent", "feelings"]
    presses = [partial(answer, window(client), slug) for slug in slugs]
    _responses, _sent, draft = at_once(*presses)
    assert sorted(draft.done) == sorted(slugs)


# Cost


def test_a_page_costs_the_same_for_more_scars_and_questions(client, count_queries):
    urls = [page("scar-age", 1), page("health-allergies"), page("wishes"), CHECK]
    fill_in(client)
    before = [count_queries(client, url) for url in urls]
    answer(client, "more-scars", another="yes")
    walk(client, page("scar-cause", 2))
    for number in range(3):
        make_question(f"q_{number}")
    answer(client, "health-allergies")
    assert [count_queries(client, url) for url in urls] == before


def test_start_in_a_second_tab_goes_on_with_the_draft(client):
    answer(begin(client), "you")
    response = client.post(START)
    assert response["Location"] == page("health-changes")
    assert draft_of(client).done == ["you"]


def test_a_new_one_is_begun_only_when_asked_for(client):
    answer(begin(client), "you")
    assert client.post(START, {"anew": "yes"})["Location"] == page("you")
    assert draft_of(client).done == []


def test_start_leads_back_to_an_intake_that_was_sent(client):
    link = fill_in(client).post(CHECK)["Location"]
    assert f'href="{link}"' in client.get(START).content.decode()
