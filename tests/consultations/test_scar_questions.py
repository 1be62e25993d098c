"""What a patient is asked of a scar: where, how it feels, and what has been tried."""

import json
from io import BytesIO
from zipfile import ZipFile

import pytest
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.html import escape

from consultations.intake import follow_up, steps
from consultations.intake.forms.treatments import month_of
from consultations.intake.questions import about_scar, treatments
from consultations.models import Plan
from methods import content
from methods.protocol.vocabulary import BodySite, Colour, Verdict
from tests.consultations.deciding import cards_of, desk, make_plan
from tests.consultations.factories import (
    CHECK,
    answer,
    begin,
    facts_of,
    fill_in,
    make_clinician,
    page,
)
from tests.consultations.patients import at, holder_of
from tests.tables import for_each

pytestmark = pytest.mark.django_db

RAISED = {"elevation": "raised", "colour": "darker"}
FLAT = {"elevation": "flat", "scar_cause": "surgery", "colour": "white"}
OPEN = {"scar_cause": "surgery", "wound_closed": "no", "age_unit": "weeks"}
UNSURE = {"rf_lump": "unknown"}
STEROID = {"prior_treatments": ["steroid-injection"]}


def asked(slug, client, **answers):
    """Return the names of the questions on a page of the scar, None if it is not asked."""
    for each in ("cause", "look", "edges"):
        answer(client, f"scar-{each}", 1, **answers)
    answer(client, "health-changes", **answers)
    response = client.get(page(slug, 1))
    return list(response.context["form"].fields) if response.context else None


def questions(response):
    """Return what a page says that was asked and answered, {question: answer}."""
    return {
        str(question): str(said)
        for part in response.context["parts"]
        for read in part.pages
        for question, said, _doubt in [*read.lines, *read.noes]
    }


# Whom a question is asked


@for_each(
    "slug, answers, names",
    [
        ("scar-healing", FLAT | {"wound_closed": "yes"}, None),
        ("scar-healing", FLAT | {"wound_closed": "unknown"}, None),
        ("scar-healing", FLAT | {"wound_closed": "no"}, ["wound_weeks", "reopened"]),
        (
            "scar-edges",
            RAISED | {"body_site": "chest", "pain": "5"},
            [
                *("beyond_edges", "still_growing", "large_area"),
                *("tight_limits_movement", "spot_pain"),
            ],
        ),
        # Of a small place without a joint less is asked.
        (
            "scar-edges",
            RAISED | {"body_site": "ear"},
            ["beyond_edges", "still_growing"],
        ),
        # A flat scar from a wound may still thicken.
        (
            "scar-edges",
            FLAT | {"body_site": "knee"},
            [
                *("width", "firm", "still_growing", "tight_limits_movement"),
                "colour_bothers",
            ],
        ),
        # Marks of acne and stretch marks are not asked for a wound.
        ("scar-edges", FLAT | {"scar_cause": "acne"}, ["colour_bothers"]),
        (
            "scar-look",
            {"scar_cause": "stretch"},
            [
                *("age_amount", "age_unit", "elevation", "stripes", "colour"),
                *("itch", "pain"),
            ],
        ),
        ("scar-healing", {"scar_cause": "acne", "wound_closed": "no"}, None),
        ("scar-closer", FLAT | {"rf_lump": "unknown"}, None),
        ("scar-closer", RAISED, None),
        ("scar-closer", RAISED | {"rf_lump": "unknown"}, ["lump"]),
        (
            "scar-closer",
            RAISED | {"still_growing": "yes", "rf_lump": "unknown"},
            ["lump", "fast"],
        ),
    ],
)
def test_a_question_is_asked_of_the_scars_it_concerns(slug, answers, names):
    assert asked(slug, begin(), **answers) == names


@for_each(
    "answers, is_asked",
    [
        *((FLAT | {"colour": each}, each not in ("red", "purple")) for each in Colour),
        (FLAT | {"colour": "unknown"}, True),
        (FLAT | {"scar_cause": "stretch", "stripes": "white_silver"}, False),
        (RAISED | {"colour": "white"}, False),
    ],
)
def test_whether_a_colour_bothers_is_asked_of_flat_scars_that_are_not_red(
    answers, is_asked
):
    names = asked("scar-edges", begin(), **answers) or []
    assert ("colour_bothers" in names) is is_asked


def test_the_place_has_every_site_under_a_heading_once():
    groups = [
        site for _title, sites in about_scar.BODY_SITE.groups for site in sites.split()
    ]
    assert sorted(groups) == sorted(set(BodySite.values) - {BodySite.OTHER})


def test_what_can_be_ticked_is_a_method_of_the_catalogue():
    slugs = {
        slug for code in treatments.WORDS for slug in treatments.slugs_of(code, _All())
    }
    known = {each["slug"] for each in content.methods()}
    # Written with the other referrals.
    assert slugs - known <= {"ref-radiotherapy"}


class _All:
    def __contains__(self, slug):
        return True


# What it means to the rules


@for_each(
    "answers, facts",
    [
        ({"body_site": "genital"}, {"body_site": "genital"}),
        ({"body_site": "other", "site_words": "Heel"}, {"body_site": "other"}),
        (FLAT | {"firm": "yes"}, {"firm": "yes"}),
        (FLAT | {"colour_bothers": "yes"}, {"colour_bothers": "yes"}),
        ({"colour": "purple"}, {"colour": "purple"}),
        (OPEN | {"wound_weeks": "6"}, {"wound_weeks": 6}),
        (OPEN | {"reopened": "unknown"}, {"reopened": "unknown"}),
        (RAISED | UNSURE | {"lump": "separate"}, {"lump": "separate"}),
        (RAISED | UNSURE | {"still_growing": "yes", "fast": "yes"}, {"fast": "yes"}),
        # Who has no lump that looks otherwise, and none that doubled, was asked already.
        (RAISED | {"still_growing": "yes"}, {"lump": "whole_scar", "fast": "no"}),
        # Nothing that stretched or broke out left a wound that may be open.
        ({"scar_cause": "acne"}, {"wound_closed": "yes", "stripes": "none"}),
        ({"scar_cause": "stretch"}, {"wound_closed": "yes"}),
        (RAISED | {"body_site": "ear"}, {"large_area": "no", "pulls_feature": "none"}),
        # What has not grown has not doubled.
        (RAISED | {"still_growing": "no"}, {"fast": "no"}),
        (FLAT | {"pain": "3", "spot_pain": "yes"}, {"spot_pain": "yes"}),
    ],
)
def test_an_answer_is_a_fact(answers, facts):
    told = facts_of(fill_in(**answers))
    assert {name: told[name] for name in facts} == facts


@for_each(
    "answers, name",
    [
        (FLAT, "fast"),
        (RAISED | UNSURE | {"still_growing": "unknown", "fast": "unknown"}, "fast"),
        (FLAT, "lump"),
        (FLAT, "spot_pain"),
        (FLAT, "wound_weeks"),
        (RAISED, "colour_bothers"),
        (OPEN | {"wound_weeks": ""}, "wound_weeks"),
        ({"prior_treatments": ["unknown"]}, "treatments"),
        ({"prior_treatments": ["unknown"]}, "steroid_sessions"),
        (STEROID, "steroid_sessions"),
    ],
)
def test_what_nobody_said_is_not_known(answers, name):
    assert facts_of(fill_in(**answers)).get(name) in (None, "unknown")


def ago(months):
    """Return a month as it is typed, so many months before this one."""
    today = timezone.localdate()
    count = today.year * 12 + today.month - 1 - months
    return f"{count % 12 + 1}/{count // 12}"


def treated(codes, **typed):
    client = begin()
    answer(client, "scar-treated", 1, prior_treatments=codes)
    response = answer(client, "scar-treatments", 1, **typed)
    assert response.status_code == 302, response.context["form"].errors
    return facts_of(client)


def test_earlier_treatments_are_facts_of_their_own_and_together():
    facts = treated(
        ["steroid-injection", "silicone"],
        **{
            "steroid-injection_last": "about 5/2021",
            "steroid-injection_sessions": "three",
            "steroid-injection_response": "insufficient",
            "silicone_response": "good",
        },
    )
    injected, worn = facts["treatments"]
    assert injected.pop("months_ago") > 12
    assert [injected, worn] == [
        {"method": "steroid-injection", "sessions": 3, "response": "insufficient"},
        {"method": "silicone", "response": "good"},
    ]
    assert facts["prior_treatments"] == ["steroid-injection", "silicone"]
    assert (facts["prior_response"], facts["steroid_sessions"]) == ("insufficient", 3)


@for_each(
    "responses, together",
    [
        (["good", "good"], "good"),
        (["good", "worse"], "worse"),
        (["insufficient", "worse"], "worse"),
        (["unknown", "insufficient"], "insufficient"),
        (["good", "unknown"], "unknown"),
    ],
)
def test_together_treatments_went_as_the_worst_of_them(responses, together):
    codes = ["silicone", "cryotherapy"]
    typed = {
        f"{code}_response": each for code, each in zip(codes, responses, strict=True)
    }
    assert treated(codes, **typed)["prior_response"] == together


@for_each(
    "sessions, count",
    [
        (("2", "3"), 5),
        (("2", ""), None),
        (("0", "0"), 0),
    ],
)
def test_injections_of_steroid_are_counted_if_each_number_is_known(sessions, count):
    codes = ["steroid-injection", "steroid-5fu-injection"]
    typed = {
        f"{code}_sessions": each for code, each in zip(codes, sessions, strict=True)
    }
    assert treated(codes, **typed).get("steroid_sessions") == count


def test_nobody_is_asked_how_often_silicone_was_worn():
    client = begin()
    answer(client, "scar-treated", 1, prior_treatments=["silicone", "cryotherapy"])
    form = client.get(page("scar-treatments", 1)).context["form"]
    asked = {name: list(form.fields[name].widget.parts) for name in form.fields}
    assert asked["silicone"] == ["last", "response"]
    assert asked["cryotherapy"] == ["last", "sessions", "response"]
    told = {"silicone_last": "2020", "silicone_response": "good"}
    answer(client, "scar-treatments", 1, **told)
    worn, _frozen = facts_of(client)["treatments"]
    assert (worn["response"], "sessions" in worn) == ("good", False)
    assert worn["months_ago"] > 12


def test_a_laser_of_unknown_kind_may_have_been_any_and_nobody_knows_how_often():
    facts = treated(["laser"], laser_sessions="4", laser_last=ago(2))
    assert {each["method"] for each in facts["treatments"]} == set(
        treatments.KINDS["laser"]
    )
    assert [each for each in facts["treatments"] if "sessions" in each] == []
    assert all(0 < each["months_ago"] <= 2 for each in facts["treatments"])


def test_what_has_no_name_of_ours_is_kept_in_words_and_no_fact():
    client = begin()
    answer(
        client, "scar-treated", 1, prior_treatments=["other"], treatment_words="Leeches"
    )
    answer(client, "scar-treatments", 1, other_response="worse")
    facts = facts_of(client)
    assert (facts["prior_treatments"], facts["treatments"]) == ([], [])
    assert questions(client.get(CHECK))["Leeches"] == "It made the scar worse"


def test_a_treatment_that_is_ticked_later_is_asked_about():
    client = fill_in(prior_treatments=["silicone"])
    assert client.get(CHECK).context["unfinished"] == []
    response = answer(
        client, "scar-treated", 1, prior_treatments=["silicone", "cryotherapy"]
    )
    assert response["Location"] == page("scar-treatments", 1)
    assert facts_of(client)["treatments"][1] == {
        "method": "cryotherapy",
        "response": "unknown",
    }


# Months as people write them


@for_each(
    "text, month",
    [
        ("", ""),
        ("March 2020", "2020-03"),
        ("about march 2020", "2020-03"),
        ("3/2020", "2020-03"),
        ("2020-03", "2020-03"),
        ("27 March 2020", "2020-03"),
        ("around 2020", "2020"),
        ("2020", "2020"),
        ("0 years ago", ""),
    ],
)
def test_a_month_is_read_as_people_write_it(text, month):
    if text == "0 years ago":
        month = f"{timezone.localdate():%Y-%m}"
    assert month_of(text) == month


@for_each("text", ["13/2020", "March 20", "1850", "soon", "spring 2020", "3/2199", "/"])
def test_a_month_that_cannot_be_read_is_refused(text):
    with pytest.raises(ValidationError):
        month_of(text)


@for_each(
    "last, day, months",
    [
        # The fewest months that it can be.
        ("2025-03", "2025-04-30", 0.99),
        ("2025-03", "2025-03-10", 0),
        ("2024", "2025-01-31", 1.02),
        ("2025", "2025-06-01", 0),
    ],
)
def test_a_month_counts_from_its_last_day(last, day, months):
    assert (
        treatments.months_ago(last, timezone.datetime.fromisoformat(day).date())
        == months
    )


# Where it is read

TOLD = RAISED | {
    "body_site": "other",
    "site_words": "Behind the knee",
    "rf_lump": "unknown",
    "still_growing": "yes",
    "fast": "unknown",
    "lump": "whole_scar",
    "pain": "2",
    "spot_pain": "no",
    "prior_treatments": ["cryotherapy"],
    "cryotherapy_last": "March 2020",
    "cryotherapy_sessions": "1",
}
READ = {
    "Somewhere else: where?": "Behind the knee",
    "Which colour, next to the skin around it?": "Darker or greyer",
    "What is raised: the scar itself, or a lump apart from it?": (
        "The scar itself, or its edge"
    ),
    "Has it about doubled in six weeks?": "Not sure",
    "Is it one new spot that hurts, for over four weeks?": "No",
    "Freezing": "It helped; last in March 2020; 1 session",
}


def test_what_is_told_stands_on_the_check_page_the_desk_and_in_the_export(client):
    patient = fill_in(**TOLD)
    assert READ.items() <= questions(patient.get(CHECK)).items()
    link = patient.post(CHECK)["Location"]

    export = holder_of(link).get(at(link, "export"))
    archive = ZipFile(BytesIO(b"".join(export.streaming_content)))
    told = json.loads(archive.read("answers.json"))["answers"]
    assert READ.items() <= {each["question"]: each["answer"] for each in told}.items()

    client.force_login(make_clinician())
    shown = client.get(desk(Plan.objects.get())).content.decode()
    assert [each for each in READ if escape(each) not in shown] == []
    assert "Behind the knee" in shown


@for_each(
    "slug, answers, name, typed",
    [
        ("scar-cause", {"body_site": "", "site_words": "Heel"}, "site_words", "Heel"),
        (
            "scar-treatments",
            {"cryotherapy_last": "spring 2024", "cryotherapy_sessions": "2"},
            "cryotherapy",
            ["spring 2024", "2", "good"],
        ),
        (
            "scar-treatments",
            {"cryotherapy_last": "2024", "cryotherapy_response": ""},
            "cryotherapy",
            ["2024", "", ""],
        ),
        (
            "scar-treatments",
            {"cryotherapy_sessions": "many"},
            "cryotherapy",
            ["", "many", "good"],
        ),
    ],
)
def test_what_is_typed_stays_after_an_error(slug, answers, name, typed):
    client = begin()
    answer(client, "scar-treated", 1, prior_treatments=["cryotherapy"])
    blank = {"cryotherapy_last": "", "cryotherapy_sessions": ""}
    response = answer(client, slug, 1, **blank | answers)
    assert response.context["form"].errors
    assert response.context["form"][name].value() == typed
    # And when the page is opened again.
    again = client.get(page(slug, 1)).context["form"]
    assert again[name].value() == typed


def test_somewhere_else_asks_where():
    response = answer(begin(), "scar-cause", 1, body_site="other", site_words=" ")
    assert response.context["form"].errors == {
        "site_words": ["Say in a few words where the scar is."]
    }


def test_words_for_another_place_go_with_it():
    client = begin()
    answer(client, "scar-cause", 1, body_site="other", site_words="Heel")
    answer(client, "scar-cause", 1, body_site="knee", site_words="Heel")
    form = client.get(page("scar-cause", 1)).context["form"]
    assert form["site_words"].value() == ""


@for_each(
    "look",
    [
        {
            "scar_cause": cause,
            "elevation": elevation,
            "colour": colour,
            "age_amount": age,
        }
        for cause in ("surgery", "burn", "acne")
        for elevation, colour in (
            ("flat", "white"),
            ("flat", "darker"),
            ("raised", "red"),
            ("depressed", "skin"),
            ("mixed", "purple"),
        )
        for age in (8, 36)
    ],
)
def test_no_card_waits_for_what_is_not_asked_of_such_a_scar(look):
    plan = make_plan(**look, age_unit="months", fitzpatrick="5")
    route, day = steps.Route(plan.intake), timezone.localdate()
    waiting = {
        code
        for card in cards_of(plan)
        # No answer changes what certainly does not fit.
        if card.verdict not in (Verdict.NOT_INDICATED, Verdict.CONTRAINDICATED)
        for code in card.ask
    }
    stuck = {
        code
        for code in waiting
        if not follow_up.questions(route, [code])
        and not follow_up.pages(route, [code], day)
    }
    assert stuck == set()
    # All is answered. What dark skin hides is for an examination, not for a question.
    assert waiting <= {"immature", "widened", "pie", "red_mature"}
