"""A red flag stops the intake calmly, and the clinic hears of it first."""

import html
import re

import pytest

from consultations.models import Plan
from methods.models import Clinic, Finding, Method
from methods.protocol.coded_findings import RedFlagCode
from methods.publishing import editions
from tests.consultations.factories import (
    CHECK,
    CONTACT,
    STOP,
    TASKS,
    answer,
    begin,
    draft_of,
    fill_in,
    page,
    send_intake,
    token_held,
    walk,
)

pytestmark = pytest.mark.django_db

QUEUE = "/admin/consultations/plan/"
ASKED = ["ulcer", "bleed", "lump", "pigment", "infection", "systemic"]
INJECTED = {"prior_treatments": ["steroid-injection"]}
FROM_SURGERY = {"scar_cause": "surgery", "wound_closed": "no", "age_unit": "weeks"}
ON_FACE = {"scar_cause": "burn", "body_site": "face"}
CHANGES = ("health-changes",)
# The flag, the pages that raise it, and the answers.
FLAGS = [
    *((f"rf_{each}", [CHANGES], {f"rf_{each}": "yes"}) for each in ASKED),
    (
        "rf_treated_grew",
        [("scar-treated", 1), ("scar-treatments", 1), CHANGES],
        INJECTED | {"rf_treated_grew": "yes"},
    ),
    (
        "rf_treated_grew",
        [("scar-look", 1), ("scar-treated", 1), ("scar-treatments", 1)],
        {
            "elevation": "raised",
            "prior_treatments": ["steroid-injection"],
            "steroid-injection_response": "worse",
        },
    ),
    (
        "rf_ulcer",
        [("scar-cause", 1), ("scar-look", 1), ("scar-healing", 1)],
        FROM_SURGERY | {"reopened": "yes"},
    ),
    (
        "rf_not_healing",
        [("scar-cause", 1), ("scar-look", 1), ("scar-healing", 1)],
        FROM_SURGERY | {"wound_weeks": "4"},
    ),
    *(
        (
            "rf_lump",
            [("scar-look", 1), ("scar-edges", 1), CHANGES, ("scar-closer", 1)],
            {"elevation": "raised", "still_growing": "yes", "rf_lump": "unknown"}
            | {name: value},
        )
        for name, value in (("lump", "separate"), ("fast", "yes"))
    ),
    (
        "rf_bleed",
        [("scar-look", 1), ("scar-edges", 1)],
        {"pain": "2", "spot_pain": "yes"},
    ),
    ("rf_no_injury", [("scar-cause", 1)], {"scar_cause": "none_remembered"}),
    (
        "rf_contracture",
        [("scar-cause", 1), ("scar-edges", 1)],
        ON_FACE | {"tight_limits_movement": "yes"},
    ),
    *(
        (
            "rf_feature",
            [("scar-cause", 1), ("scar-edges", 1)],
            ON_FACE | {"pulls_feature": each},
        )
        for each in ("eyelid", "lip", "nostril")
    ),
    *(
        (
            "rf_selfharm_recent",
            [("scar-cause", 1), ("scar-since", 1)],
            {"scar_cause": "self_harm", "self_harm_status": each},
        )
        for each in ("ongoing", "recent_12m")
    ),
    (
        "rf_bdd",
        [("wishes",), ("feelings",)],
        dict.fromkeys(["preoccupied", "checks_often", "distressed"], "yes"),
    ),
    ("rf_child", [("you",), ("guardian",)], {"age": 15}),
    ("rf_minor", [("you",), ("guardian",)], {"age": 16}),
    ("rf_minor", [("you",), ("guardian",)], {"age": 17}),
]


def raise_flag(client, pages, answers):
    """Answer the pages of a draft that raise a flag; return where the last one leads."""
    return [answer(client, *each, **answers)["Location"] for each in pages][-1]


def unfinished(client):
    return [page.key for page, _title in client.get(CHECK).context["unfinished"]]


def cards(response):
    """Return the words of a page's care cards, heading and all."""
    found = re.findall(
        r'<div class="care-card.*?</div>', response.content.decode(), re.S
    )
    return [" ".join(html.unescape(re.sub(r"<.*?>", " ", c)).split()) for c in found]


def says(response, code):
    told = Finding.objects.get(code=code).advice.replace("{emergency}", "112")
    return " ".join(told.split()) in cards(response)


def heading(response):
    return re.findall(r"<h1>(.*?)</h1>", response.content.decode())


def test_every_red_flag_can_arise_in_the_intake():
    assert {code for code, _pages, _answers in FLAGS} == set(RedFlagCode.values)


@pytest.mark.parametrize(("code", "pages", "answers"), FLAGS)
def test_a_red_flag_is_told_first_and_all_about_the_scar_still_reaches_the_clinic(
    client, code, pages, answers
):
    assert raise_flag(begin(client), pages, answers) == STOP
    assert says(client.get(STOP), code)
    way = walk(client, STOP, **answers)
    asked = {"scar-cause/1", "scar-look/1", "contact", "you"}
    done = set(draft_of(client).done)
    assert asked <= done
    photos = "photos/1" in done
    assert photos is (answers.get("scar_cause") != "self_harm")
    # Nobody is asked about their health: no treatment is an option.
    assert not {"skin", "health", "allergies"} & done
    assert way.count(STOP) == 1
    private = client.post(CHECK)["Location"]
    assert says(client.get(private), code)
    plan = Plan.objects.get()
    assessment = plan.intake.assessments.get()
    assert (plan.is_flagged, assessment.red_flags) == (True, [code])
    assert [str(card) for card in assessment.cards.all() if card.is_option] == []


@pytest.mark.parametrize(
    ("pages", "answers"),
    [
        ([CHANGES], {f"rf_{each}": "unknown" for each in ASKED}),
        ([("scar-cause", 1)], {"scar_cause": "unknown"}),
        (
            [("scar-cause", 1), ("scar-edges", 1)],
            ON_FACE | {"tight_limits_movement": "unknown", "pulls_feature": "unknown"},
        ),
        # A keloid that grows and hurts, and did not answer to three injections.
        (
            [
                ("scar-look", 1),
                ("scar-edges", 1),
                ("scar-treated", 1),
                ("scar-treatments", 1),
                CHANGES,
            ],
            INJECTED
            | {"elevation": "raised", "pain": "5", "still_growing": "no"}
            | {"steroid-injection_response": "insufficient"},
        ),
        (
            [("scar-cause", 1), ("scar-since", 1)],
            {"scar_cause": "self_harm", "self_harm_status": "past_stable"},
        ),
        ([("wishes",), ("feelings",)], {"preoccupied": "yes", "checks_often": "yes"}),
        ([("you",)], {"age": 18}),
    ],
)
def test_what_is_not_known_or_no_danger_stops_nobody(client, pages, answers):
    assert raise_flag(begin(client), pages, answers) != STOP
    assert client.get(STOP).status_code == 302


def test_a_stop_is_calm_and_gives_the_telephone(client):
    Clinic(telephone="020 7946 0999").save()
    editions.renew()
    answer(begin(client), "health-changes", rf_lump="yes")
    response = client.get(STOP)
    assert heading(response) == ["Thank you. Please read this first."]
    assert '<a href="tel:02079460999">020 7946 0999</a>' in response.content.decode()


def test_a_clinic_without_a_telephone_sends_nobody_to_a_dead_end(client):
    answer(begin(client), "health-changes", rf_lump="yes")
    content = client.get(STOP).content.decode()
    assert "If you do not want to wait for us, call a doctor." in content
    assert "tel:" not in content


@pytest.mark.parametrize(
    ("code", "first"),
    [
        ("rf_infection", "Please speak to a doctor today."),
        (
            "rf_ulcer",
            "Please contact a doctor this week, and ask to be seen within two weeks.",
        ),
    ],
)
def test_a_stop_says_first_how_soon_to_see_whom(client, code, first):
    answer(begin(client), "health-changes", **{code: "yes"})
    content = client.get(STOP).content.decode()
    card = '<div class="care-card care-card--urgent">'
    assert re.findall(rf"{card}\s*<h2>(.*?)</h2>", content) == [first]


@pytest.mark.parametrize(
    ("pages", "answers", "said"),
    [
        (
            [("scar-cause", 1), ("scar-since", 1)],
            {"scar_cause": "self_harm", "self_harm_status": "ongoing"},
            "Let us talk first",
        ),
        (
            [("wishes",), ("feelings",)],
            dict.fromkeys(["preoccupied", "checks_often", "distressed"], "yes"),
            "Let us talk first",
        ),
        ([("you",), ("guardian",)], {"age": 15}, "We would like to meet you both"),
        ([("you",), ("guardian",)], {"age": 17}, "We would like to meet you both"),
    ],
)
def test_who_needs_support_is_not_alarmed(client, pages, answers, said):
    raise_flag(begin(client), pages, answers)
    response = client.get(STOP)
    assert heading(response) == [said]
    assert "care-card--urgent" not in response.content.decode()
    assert cards(response)[0].startswith("Thank you for ")


def test_a_danger_beside_something_gentler_is_still_urgent(client):
    raise_flag(begin(client), [CHANGES], {"rf_infection": "yes"})
    signs = dict.fromkeys(["preoccupied", "checks_often", "distressed"], "yes")
    for slug in ("wishes", "feelings"):
        answer(client, slug, **signs)
    response = client.get(STOP)
    assert heading(response) == ["Thank you. Please read this first."]
    assert len(cards(response)) == 2


def test_a_staff_text_that_begins_with_a_long_sentence_is_all_read(client):
    long = "Please call us " + "and then again " * 10 + "soon."
    Finding.objects.filter(code="rf_lump").update(advice=f"{long} Then wait.")
    answer(begin(client), "health-changes", rf_lump="yes")
    assert cards(client.get(STOP)) == [f"Please read this first {long} Then wait."]


def test_the_route_stands_on_top_of_every_page_that_follows(client):
    Clinic(telephone="020 7946 0999").save()
    editions.renew()
    answer(begin(client), "health-changes", rf_lump="yes")
    for url in (page("scar-cause", 1), page("photos", 1), CONTACT, CHECK, TASKS):
        content = " ".join(client.get(url).content.decode().split())
        assert 'class="route"' in content
        assert "Please contact a doctor this week" in content
        assert "020 7946 0999" in content


def test_photos_are_asked_for_after_a_red_flag_too(client):
    answer(begin(client), "health-changes", rf_lump="yes")
    answer(client, "photos", 1, photos="on")
    assert client.get(page("photos", 1)).context["form"].photo_forms()


def test_of_a_scar_from_self_harm_nobody_asks_for_a_photo(client):
    begin(client)
    answer(client, "scar-cause", 1, scar_cause="self_harm")
    answer(client, "scar-since", 1, self_harm_status="past_stable")
    assert client.get(page("photos", 1)).status_code == 302
    draft_of(client).scars.create(number=2, scar_cause="burn")
    assert client.get(page("photos", 1)).status_code == 302
    assert client.get(page("photos", 2)).status_code == 200


def test_once_a_flag_is_gone_what_was_left_out_is_asked(client):
    fill_in(client, rf_lump="yes")
    answer(client, "health-changes", rf_lump="no")
    assert unfinished(client) == ["wishes", "skin", "health", "allergies"]


def test_an_answer_with_a_flag_that_was_half_changed_can_be_finished(client):
    burn = ON_FACE | {"elevation": "raised"}
    for slug in ("scar-cause", "scar-look"):
        answer(begin(client) if slug == "scar-cause" else client, slug, 1, **burn)
    answer(client, "scar-edges", 1, tight_limits_movement="yes", **burn)
    answer(client, "scar-edges", 1, tight_limits_movement="no", large_area="maybe")
    assert "scar-edges/1" in unfinished(client)
    answer(client, "scar-edges", 1, **burn)
    assert client.get(STOP).status_code == 302


def test_two_red_flags_are_both_told(client):
    answer(begin(client), "health-changes", rf_lump="yes", rf_infection="yes")
    response = client.get(STOP)
    assert says(response, "rf_lump")
    assert says(response, "rf_infection")


def test_a_mistaken_answer_corrected_resumes_the_way(client):
    answer(begin(client), "you")
    assert answer(client, "health-changes", rf_lump="yes")["Location"] == STOP
    corrected = answer(client, "health-changes", rf_lump="no")
    assert corrected["Location"] == page("scar-cause", 1)
    assert client.get(STOP)["Location"] == page("scar-cause", 1)
    walk(client, page("scar-cause", 1))
    client.post(CHECK)
    plan = Plan.objects.get()
    assert (plan.is_flagged, plan.intake.assessments.get().red_flags) == (False, [])


def test_what_was_told_once_does_not_stand_in_the_way_again(client):
    answer(begin(client), "health-changes", rf_lump="yes")
    assert answer(client, "you")["Location"] == page("scar-cause", 1)
    again = answer(client, "scar-cause", 1, scar_cause="none_remembered")
    assert again["Location"] == STOP


def test_a_red_flag_of_one_scar_stops_the_treatment_of_all(client):
    fill_in(client)
    client.post("/consultation/another-scar/")
    second = walk(
        client, page("scar-cause", 2), until=STOP, scar_cause="none_remembered"
    )
    assert second == [page("scar-cause", 2)]
    walk(client, STOP, scar_cause="none_remembered")
    client.post(CHECK)
    first, second = Plan.objects.get().intake.assessments.all()
    assert (first.red_flags, second.red_flags) == ([], ["rf_no_injury"])
    cards = [*first.cards.all(), *second.cards.all()]
    assert [str(card) for card in cards if card.is_option] == []


def test_a_red_flag_that_staff_write_stops_too(client):
    Finding.objects.create(
        code="q_heart",
        label="Chest pain",
        question="Does your chest hurt now?",
        group="health",
        route="Ambulance",
        advice="Call 112 now.\nStay seated.",
    )
    assert answer(begin(client), "health", q_heart="yes")["Location"] == STOP
    assert cards(client.get(STOP)) == ["Call 112 now. Stay seated."]
    walk(client, STOP)
    client.post(CHECK)
    assert Plan.objects.get().flags() == [
        {
            "code": "q_heart",
            "route": "Ambulance",
            "advice": "Call 112 now.\nStay seated.",
        }
    ]


def test_patient_and_desk_read_the_clinics_own_emergency_number(client, staff_client):
    Clinic.objects.update(emergency_number="999")
    editions.renew()
    advice = Finding.objects.get(code="rf_bleed").advice
    assert "call {emergency}." in advice
    begin(client)
    assert answer(client, "health-changes", rf_bleed="yes")["Location"] == STOP
    assert any("call 999." in card for card in cards(client.get(STOP)))
    walk(client, STOP)
    client.post(CHECK)
    [plan] = Plan.objects.all()
    for told in (
        client.get(f"/status/{token_held(client)}/").text,
        staff_client.get(f"{QUEUE}{plan.pk}/change/").text,
    ):
        assert "call 999." in told
        assert "{emergency}" not in told
        assert "112" not in html.unescape(re.sub(r"<.*?>", " ", told))


def test_red_flags_are_first_in_the_queue_then_the_oldest(staff_client):
    calm = send_intake()
    first, second = send_intake(age=15), send_intake(rf_lump="yes")
    rows = staff_client.get(QUEUE).context["cl"].result_list
    assert [str(plan) for plan in rows] == [str(first), str(second), str(calm)]
    assert [plan.is_flagged for plan in rows] == [True, True, False]


def test_a_red_flag_forces_no_telephone_on_anybody(client):
    begin(client)
    answer(client, "health-changes", rf_bleed="yes")
    response = answer(client, "contact", ways=["email"], telephone="")
    assert response.status_code == 302


def test_the_page_that_raised_a_flag_stays_where_staff_ask_more_on_it(client):
    send_intake(client, rf_ulcer="yes")
    Finding.objects.create(
        code="new_one", label="New", question="Anything new?", group="changes"
    )
    told = client.get(f"/status/{token_held(client)}/answers/").content.decode()
    assert html.escape(Finding.objects.get(code="rf_ulcer").question) in told


def test_a_red_flag_is_told_also_where_no_treatment_is_published(client, staff_client):
    Method.objects.update(live_revision=None)
    plan = send_intake(client, rf_ulcer="yes")
    assert (plan.is_flagged, plan.decisions.exists()) == (True, False)
    told = html.unescape(client.get(f"/status/{token_held(client)}/").text)
    desk = staff_client.get(f"{QUEUE}{plan.pk}/change/").text
    assert 'class="care-card' in told
    assert 'class="desk-flag"' in desk
