"""A red flag stops the intake calmly, and the clinic hears of it first."""

import pytest
from django.utils.html import escape

from consultations.models import Plan
from methods import editions
from methods.models import Clinic, Finding
from methods.vocabulary import RedFlagCode
from tests.consultations.factories import (
    CHECK,
    CONTACT,
    STOP,
    answer,
    begin,
    fill_in,
    page,
    send_intake,
    walk,
)

pytestmark = pytest.mark.django_db

QUEUE = "/admin/consultations/plan/"
ASKED = ["ulcer", "bleed", "lump", "pigment", "infection", "systemic", "treated_grew"]
CHANGES = ("health-changes",)
# The flag, the pages that raise it, and the answers.
FLAGS = [
    *((f"rf_{each}", [CHANGES], {f"rf_{each}": "yes"}) for each in ASKED),
    (
        "rf_treated_grew",
        [("scar-look", 1), ("scar-treated", 1)],
        {
            "elevation": "raised",
            "prior_treatments": ["steroid-injection"],
            "prior_response": "worse",
        },
    ),
    ("rf_no_injury", [("scar-cause", 1)], {"scar_cause": "none_remembered"}),
    ("rf_contracture", [("scar-effect", 1)], {"tight_limits_movement": "yes"}),
    *(
        ("rf_feature", [("scar-effect", 1)], {"pulls_feature": each})
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
        [("feelings",)],
        dict.fromkeys(["preoccupied", "checks_often", "distressed"], "yes"),
    ),
    ("rf_child", [("you",)], {"age": 15}),
    ("rf_minor", [("you",)], {"age": 16}),
    ("rf_minor", [("you",)], {"age": 17}),
]


def raise_flag(client, pages, answers):
    """Answer the pages of a draft that raise a flag; return where the last one leads."""
    return [answer(client, *each, **answers)["Location"] for each in pages][-1]


def unfinished(client):
    return [page.key for page, _title in client.get(CHECK).context["unfinished"]]


def told(code):
    """Return what patients are told of a flag, as it stands in a page."""
    words = Finding.objects.get(code=code).told
    return [f"<p>{escape(line)}</p>" for line in words.splitlines()]


def says(response, code):
    content = response.content.decode()
    return all(line in content for line in told(code))


def test_every_red_flag_can_arise_in_the_intake():
    assert {code for code, _pages, _answers in FLAGS} == set(RedFlagCode.values)


@pytest.mark.parametrize(("code", "pages", "answers"), FLAGS)
def test_a_red_flag_stops_with_its_words_and_still_reaches_the_clinic(
    client, code, pages, answers
):
    assert raise_flag(begin(client), pages, answers) == STOP
    response = client.get(STOP)
    assert says(response, code)
    assert f'href="{CONTACT}"' in response.content.decode()
    assert unfinished(client) == ["contact"]
    assert answer(client, "contact")["Location"] == CHECK
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
        ([("scar-effect", 1)], {"tight_limits_movement": "unknown"}),
        ([("scar-effect", 1)], {"pulls_feature": "unknown"}),
        (
            [("scar-cause", 1), ("scar-since", 1)],
            {"scar_cause": "self_harm", "self_harm_status": "past_stable"},
        ),
        ([("feelings",)], {"preoccupied": "yes", "checks_often": "yes"}),
        ([("you",)], {"age": 18}),
    ],
)
def test_what_is_not_known_or_no_danger_stops_nobody(client, pages, answers):
    assert raise_flag(begin(client), pages, answers) != STOP
    assert client.get(STOP).status_code == 302


def test_a_stop_is_calm_and_gives_the_telephone(client):
    Clinic(telephone="020 7946 0999").save()
    editions.renew()
    answer(begin(client), "you", age=15)
    content = client.get(STOP).content.decode()
    assert "<h1>Thank you. We stop here for now.</h1>" in content
    assert "You can always call us: 020 7946 0999" in content


def test_after_a_stop_only_the_contact_is_left_to_say(client):
    answer(begin(client), "you")
    answer(client, "health-changes", rf_lump="yes")
    content = client.get(CONTACT).content.decode()
    assert "Page 3 of 3" in content
    assert client.get(CONTACT).context["back"].url == page("health-changes")


def test_two_red_flags_are_both_told(client):
    answer(begin(client), "health-changes", rf_lump="yes", rf_infection="yes")
    response = client.get(STOP)
    assert says(response, "rf_lump")
    assert says(response, "rf_infection")


def test_a_mistaken_answer_corrected_resumes_the_way(client):
    answer(begin(client), "you")
    assert answer(client, "health-changes", rf_lump="yes")["Location"] == STOP
    answer(client, "contact")
    corrected = answer(client, "health-changes", rf_lump="no")
    assert corrected["Location"] == page("scar-cause", 1)
    assert client.get(STOP)["Location"] == page("scar-cause", 1)
    walk(client, page("scar-cause", 1))
    client.post(CHECK)
    plan = Plan.objects.get()
    assert (plan.is_flagged, plan.intake.assessments.get().red_flags) == (False, [])


def test_another_answer_while_a_flag_stands_stops_again(client):
    answer(begin(client), "you", age=15)
    assert answer(client, "scar-place", 1)["Location"] == STOP


def test_a_red_flag_of_one_scar_stops_the_treatment_of_all(client):
    fill_in(client)
    answer(client, "more-scars", another="yes")
    second = walk(
        client, page("scar-cause", 2), until=STOP, scar_cause="none_remembered"
    )
    assert second == [page("scar-cause", 2)]
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
        told="Call 112 now.\nStay seated.",
    )
    assert answer(begin(client), "health-health", q_heart="yes")["Location"] == STOP
    content = client.get(STOP).content.decode()
    assert "<p>Call 112 now.</p><p>Stay seated.</p>" in content
    answer(client, "contact")
    client.post(CHECK)
    assert Plan.objects.get().flags() == [
        {
            "code": "q_heart",
            "route": "Ambulance",
            "told": "Call 112 now.\nStay seated.",
        }
    ]


def test_red_flags_are_first_in_the_queue_then_the_oldest(staff_client):
    calm = send_intake()
    first, second = send_intake(age=15), send_intake(rf_lump="yes")
    rows = staff_client.get(QUEUE).context["cl"].result_list
    assert [str(plan) for plan in rows] == [str(first), str(second), str(calm)]
    assert [plan.is_flagged for plan in rows] == [True, True, False]


def test_a_red_flag_needs_a_number_to_call(client):
    begin(client)
    answer(client, "health-changes", rf_bleed="yes")
    response = answer(client, "contact", telephone="")
    assert response.context["form"].errors == {
        "telephone": ["Type a telephone number: we want to call you."]
    }
