"""The clinic's questions: the patient answers in words and on the pages they are about."""

import pytest
from django.test import Client
from django.utils import timezone

from consultations.intake import follow_up, private_link, steps, withdrawal
from consultations.models import (
    ErasureRequest,
    Intake,
    Plan,
    Question,
)
from consultations.private_page.views import questions
from consultations.review import erasure, workflow
from methods.models import Finding
from methods.protocol import findings as find
from methods.protocol.coded_findings import CODED_FINDINGS
from methods.protocol.facts import read
from methods.publishing import live
from tests.consultations.deciding import cards_of, make_draft, make_plan, sign_off
from tests.consultations.factories import make_clinician
from tests.consultations.patients import at, heading, holder_of, html_of

pytestmark = pytest.mark.django_db

# Where nothing establishes the finding: it is there for everybody.
WITHOUT_A_PAGE = {"everyone", "asked_for"}
VAGUE = {
    "colour": "unknown",
    "pit_width_mm": "unknown",
    "fitzpatrick": "unknown",
    "tan": "unknown",
    "hsv_history": "unknown",
}


@pytest.fixture
def clara(db):
    return make_clinician()


def fresh(row):
    return type(row).objects.get(pk=row.pk)


def ask(plan, clara, *findings, text="Could you tell us more?"):
    """Ask as the desk does; return the question, with its address as `url`."""
    question = workflow.ask(plan, text, list(findings), by=clara)
    question.url = at(plan.link, "question", question.pk)
    return question


def reply(plan, question, **typed):
    return holder_of(plan.link).post(question.url, {"answer": "In May.", **typed})


def refused(plan, question, **typed):
    """Post a reply with a fault; return the page to which that leads."""
    response = reply(plan, question, **typed)
    assert (response.status_code, response["Location"]) == (302, question.url)
    return holder_of(plan.link).get(question.url)


def faults(response):
    return [
        fault
        for form in response.context["reply"].forms
        for texts in form.errors.values()
        for fault in texts
    ]


# Where a finding comes from


SCARS = [
    {"elevation": "mixed", "beyond_edges": "no", "scar_cause": "trauma"},
    {"elevation": "raised", "beyond_edges": "yes", "scar_cause": "burn"},
    {"elevation": "flat", "colour": "red", "scar_cause": "acne"},
    {"scar_cause": "self_harm", "self_harm_status": "past_stable"},
    {
        "prior_treatments": ["silicone"],
        "treatments": {"silicone": {"last": "2025-03", "response": "worse"}},
    },
    {"age": 19, "isotretinoin": "current", "body_site": "chest"},
]


def established(protocol, *told):
    """Return what follows from several dictionaries of facts together."""
    facts = {name: value for each in told for name, value in each.items()}
    return find.establish(read(facts, protocol), protocol.questions)


@pytest.mark.parametrize("scar", SCARS)
def test_the_pages_of_a_finding_establish_it_alone(scar):
    intake, _link = make_draft(**scar)
    route, day = steps.Route(intake), timezone.localdate()
    methods = route.offer.titles
    by_page = {}
    for step in route.applicable:
        for question in step.page.questions_for(step.subject):
            facts = question.facts(step.subject, day, methods)
            by_page.setdefault(step.page, {}).update(facts)
    answers = {
        each.code: route.given[each.pk].value
        for each in route.findings
        if each.pk in route.given
    }
    protocol = live.protocol()
    everything = established(protocol, answers, *by_page.values())
    known = {code for code, state in everything.items() if state is not None}
    assert len(known & CODED_FINDINGS.keys()) > 60
    for code in CODED_FINDINGS.keys() - WITHOUT_A_PAGE:
        asked = {each.code for each in follow_up.questions(route, [code])}
        own = {key: value for key, value in answers.items() if key in asked}
        pages = [by_page.get(page, {}) for page in follow_up.pages_of(code)]
        assert established(protocol, own, *pages)[code] == everything[code], code


# What each page has a part in, written down once more.
PART_IN = """
you rf_child rf_minor under_18 under_22
scar-cause keloid_suspected hypertrophic hypertrophic_widespread ice_pick
scar-cause boxcar_shallow boxcar_deep rolling atrophic_other mature_linear widened
scar-cause striae_rubra striae_alba pih pie hypopigmented immature red_mature
scar-cause raised_unsure flat_area unclassified rf_ulcer rf_not_healing rf_bleed
scar-cause rf_no_injury rf_selfharm_recent from_a_wound surgical_scar acne_scar
scar-cause burn_scar chickenpox_scar self_harm_scar scar_0_1 scar_1_3 scar_3_6
scar-cause scar_6_12 scar_12_24 early_risk on_face on_eyelid on_lip on_beard on_brow
scar-cause on_scalp on_ear on_neck on_chest on_shoulder_or_back on_hand on_finger
scar-cause on_joint on_lower_leg on_other_body on_hip_or_buttock on_groin_or_armpit
scar-cause on_genital on_nipple belly_scar on_limb high_keloid_risk_site
scar-cause keloid_prone_site high_tension_site mixed_acne_scars fresh_and_keloid_prone
scar-cause nothing_needed self_harm_past
scar-since rf_selfharm_recent self_harm_past
scar-look keloid_suspected hypertrophic hypertrophic_widespread ice_pick
scar-look boxcar_shallow boxcar_deep rolling atrophic_other mature_linear widened
scar-look striae_rubra striae_alba pih pie hypopigmented immature red_mature
scar-look raised_unsure flat_area unclassified not_closed rf_ulcer rf_not_healing
scar-look rf_bleed rf_lump rf_treated_grew wound_open scar_under_3_months
scar-look scar_under_6_months scar_under_12_months scar_over_24_months scar_0_1
scar-look scar_1_3 scar_3_6 scar_6_12 scar_12_24 thickening early_risk red_scar
scar-look not_raised dented mixed_acne_scars fresh_and_keloid_prone nothing_needed
scar-look grade_3_or_4 itchy_or_painful calm very_itchy
scar-healing rf_ulcer rf_not_healing
scar-edges keloid_suspected hypertrophic hypertrophic_widespread contracture
scar-edges mature_linear widened hypopigmented immature red_mature raised_unsure
scar-edges flat_area unclassified rf_bleed rf_treated_grew rf_contracture rf_feature
scar-edges thickening early_risk fresh_and_keloid_prone nothing_needed large_area
scar-edges still_growing
scar-surface ice_pick boxcar_shallow boxcar_deep rolling atrophic_other unclassified
scar-surface mixed_acne_scars narrow_pits pits_up_to_3_mm pits_over_3_mm tethered
scar-surface flattens_when_stretched grade_3_or_4
scar-treated rf_treated_grew silicone_failed steroid_failed steroid_course_failed
scar-treated conservative_care_failed pigment_cream_tried pigment_cream_failed
scar-treated excised_before recent_excision_same_scar steroid_before
scar-treated earlier_treatments
scar-treatments rf_treated_grew silicone_failed steroid_failed steroid_course_failed
scar-treatments conservative_care_failed pigment_cream_tried pigment_cream_failed
scar-treatments excised_before recent_excision_same_scar steroid_before
scar-closer rf_lump
scar-treated earlier_treatments
scar-treatments earlier_treatments
wishes rf_bdd
feelings rf_bdd
skin mature_linear widened pie hypopigmented immature red_mature flat_area
skin unclassified fresh_and_keloid_prone nothing_needed phototype_1_3 phototype_3
skin phototype_4 phototype_4_6 phototype_5_6 active_acne_mild active_acne_severe
skin isotretinoin_under_6_months isotretinoin_6_to_12_months recent_tan recent_filler
skin recent_resurfacing resurfacing_under_6_months
health diabetes diabetes_poor ctd scleroderma
"""


def test_the_pages_of_every_finding_are_found_by_its_rule():
    expected = {}
    for line in PART_IN.split("\n"):
        slug, *codes = line.split() or [""]
        for code in codes:
            expected.setdefault(code, set()).add(slug)
    found = {
        code: {page.slug for page in follow_up.pages_of(code)}
        for code in CODED_FINDINGS
    }
    assert {code: slugs for code, slugs in found.items() if slugs} == expected


def test_every_finding_has_a_page_or_a_question():
    intake, _link = make_draft()
    route = steps.Route(intake)
    for code in CODED_FINDINGS.keys() - WITHOUT_A_PAGE:
        pages = follow_up.pages_of(code)
        assert pages or follow_up.questions(route, [code]), code


def test_whatever_a_card_asks_can_be_answered():
    plan = make_plan(**VAGUE)
    route = steps.Route(plan.intake)
    codes = {code for card in cards_of(plan) for code in card.ask}
    assert {"hsv_history", "recent_tan"} <= codes
    for code in codes:
        day = timezone.localdate()
        found = follow_up.questions(route, [code]) + follow_up.pages(route, [code], day)
        assert found != [], code


def test_of_several_scars_only_those_are_asked_about_of_which_it_is_not_known():
    plan = make_plan(scars=3)
    second = plan.intake.scars.get(number=2)
    second.colour = "unknown"
    second.save()
    route = steps.Route(plan.intake)
    day = timezone.localdate()
    keys = [page.key for page in follow_up.pages(route, ["red_scar"], day)]
    assert keys == ["scar-look/2"]
    keys = [page.key for page in follow_up.pages(route, ["phototype_3"], day)]
    assert keys == ["skin"]
    keys = [page.key for page in follow_up.pages(route, ["on_face"], day)]
    assert keys == ["scar-cause/1", "scar-cause/2", "scar-cause/3"]


# What is asked


def test_a_question_in_words_is_answered_in_words(clara):
    plan = make_plan()
    question = ask(plan, clara)
    client = holder_of(plan.link)
    page = client.get(question.url)
    assert heading(page) == "Our question"
    assert list(page.context["reply"].words.fields) == ["answer"]
    response = client.post(question.url, {"answer": "  In May.\r\n<b>Really</b> "})
    assert response["Location"] == plan.link
    kept = fresh(question)
    assert kept.answer == "  In May.\n<b>Really</b> "
    assert kept.answered_at is not None
    assert not fresh(plan).is_asking
    shown = client.get(plan.link).content.decode()
    assert "In May.<br>&lt;b&gt;Really&lt;/b&gt;" in shown


@pytest.mark.parametrize("typed", ["", "   ", "\r\n"])
def test_an_empty_answer_is_none(clara, typed):
    plan = make_plan()
    question = ask(plan, clara)
    response = refused(plan, question, answer=typed)
    assert faults(response) == ["Write your answer."]
    assert html_of(response).count('class="error-summary"') == 1
    assert '<a href="#answer">Write your answer.</a>' in html_of(response)
    assert fresh(question).answered_at is None
    assert fresh(plan).is_asking


def test_a_health_question_is_put_again_with_what_was_answered(clara):
    plan = make_plan(hsv_history="unknown")
    question = ask(plan, clara, "hsv_history")
    page = holder_of(plan.link).get(question.url)
    field = page.context["reply"].words["is-hsv_history"]
    assert field.label == Finding.objects.get(code="hsv_history").question
    assert field.initial == ""
    response = reply(plan, question, answer="", **{"is-hsv_history": "yes"})
    assert response["Location"] == plan.link
    assert plan.intake.answers.get(finding__code="hsv_history").value == "yes"
    assert fresh(question).answer == ""


def test_what_was_not_known_stands_open_and_what_was_known_is_chosen(clara):
    plan = make_plan(colour="unknown", smoker="no")
    question = ask(plan, clara, "red_scar", "on_face", "smoker")
    page = holder_of(plan.link).get(question.url)
    (_place, place), (_look, look) = page.context["reply"].parts
    assert (look["colour"].value(), place["body_site"].value()) == ("", "face")
    # Only what the finding rests on is put again.
    assert list(look.fields) == ["colour"]
    assert page.context["reply"].words["is-smoker"].value() == "no"
    assert html_of(page).count(" checked") == 2


def test_what_was_typed_with_a_fault_is_kept_until_it_is_sent(clara):
    plan = make_plan(hsv_history="unknown")
    question = ask(plan, clara, "hsv_history")
    refused(plan, question, answer="In May. I want to die.")
    # It was said to us all the same.
    assert fresh(plan).has_crisis_words
    later = holder_of(plan.link).get(question.url)
    assert "I want to die." in html_of(later)
    assert reply(plan, question, **{"is-hsv_history": "no"}).status_code == 302
    assert fresh(question).answer == "In May."
    assert fresh(plan.intake).typed == {}


def test_a_health_question_left_open_is_not_a_no(clara):
    plan = make_plan(hsv_history="unknown")
    question = ask(plan, clara, "hsv_history")
    response = refused(plan, question)
    (fault,) = faults(response)
    assert fault.startswith("Choose yes, no or not sure: ")
    assert "In May." in html_of(response)
    assert fresh(question).answered_at is None


def test_a_health_question_that_was_reworded_meanwhile_is_put_once_more(clara):
    plan = make_plan(hsv_history="unknown", smoker="unknown")
    question = ask(plan, clara, "hsv_history", "smoker")
    words = holder_of(plan.link).get(question.url).context["reply"].words
    shown = {"words-asked": words["words-asked"].value()}
    said = {"is-hsv_history": "no", "is-smoker": "no"}
    Finding.objects.filter(code="smoker").update(question="Are you free of tobacco?")
    response = refused(plan, question, **said, **shown)
    assert faults(response) == [
        "This question is new, or has other words, since you opened the page. Please "
        "answer it: Are you free of tobacco?"
    ]
    words = response.context["reply"].words
    kept = ("answer", "is-hsv_history", "is-smoker")
    assert [words[name].value() for name in kept] == ["In May.", "no", None]
    assert fresh(question).answered_at is None
    shown = {"words-asked": words["words-asked"].value()}
    assert reply(plan, question, **said, **shown)["Location"] == plan.link
    answer = plan.intake.answers.get(finding__code="smoker")
    assert (answer.question, answer.value) == ("Are you free of tobacco?", "no")


def test_a_page_of_the_intake_is_put_again_and_assessed_anew(clara):
    plan = make_plan(tan="unknown")
    question = ask(plan, clara, "recent_tan")
    page = holder_of(plan.link).get(question.url)
    ((asked, form),) = page.context["reply"].parts
    assert (asked.key, form.title) == ("skin", "Your skin")
    assert list(form.fields) == ["tan"]
    assert reply(plan, question, **{"skin-tan": "0"})["Location"] == plan.link
    assert fresh(plan.intake).tan == "0"
    (latest,) = plan.intake.assessments.filter(round=2)
    assert latest.facts["tan_weeks"] == 0
    laser = "fractional-ablative-laser"
    changed = {each["method"]: each["after"] for each in fresh(question).changed}
    assert changed[laser] == "deferred"


def test_the_same_page_of_two_scars_is_answered_for_each(clara):
    plan = make_plan(scars=2, colour="unknown")
    question = ask(plan, clara, "red_scar")
    typed = {"scar-look-1-colour": "red", "scar-look-2-colour": "white"}
    assert reply(plan, question, **typed).status_code == 302
    told = plan.intake.scars.values_list("colour", flat=True)
    assert list(told) == ["red", "white"]


def test_one_wrong_page_keeps_nothing_and_loses_nothing(clara):
    plan = make_plan(scars=2, colour="unknown", hsv_history="unknown")
    question = ask(plan, clara, "red_scar", "hsv_history")
    typed = {"is-hsv_history": "yes", "scar-look-1-colour": "red"}
    response = refused(plan, question, **typed)
    assert faults(response) == [
        "Please answer: Which colour, next to the skin around it?"
    ]
    html = html_of(response)
    assert 'href="#scar-look-2-colour_0"' in html
    assert 'id="scar-look-2-colour_0"' in html
    assert "<title>Error: Our question" in html
    chosen = [part.partition(">")[0] for part in html.split("<input ")[1:]]
    chosen = [each for each in chosen if " checked" in each]
    assert len(chosen) == 2
    assert plan.intake.scars.first().colour == "unknown"
    assert plan.intake.answers.get(finding__code="hsv_history").value == "unknown"


def test_after_a_red_flag_a_page_that_was_never_asked_counts_once_it_is_answered(clara):
    plan = make_plan(rf_ulcer="yes")
    assert "skin" not in plan.intake.done
    question = ask(plan, clara, "recent_tan")
    assert reply(plan, question, **{"skin-tan": "0"}).status_code == 302
    (latest,) = plan.intake.assessments.filter(round=2)
    assert latest.facts["tan_weeks"] == 0


# Once


def test_a_question_is_answered_once(clara):
    plan = make_plan()
    question = ask(plan, clara)
    reply(plan, question)
    assert reply(plan, question)["Location"] == plan.link
    assert holder_of(plan.link).get(question.url)["Location"] == plan.link
    assert fresh(question).answer == "In May."
    assert plan.intake.assessments.filter(round=3).count() == 0


def test_a_second_answer_is_shown_to_be_copied_and_changes_nothing(clara):
    plan = make_plan()
    question = ask(plan, clara, "recent_tan")
    skin = {"skin-fitzpatrick": "2", "skin-tan": "0", "skin-active_acne": "none"}
    assert reply(plan, question, **skin).status_code == 302
    late = reply(plan, question, **skin | {"skin-tan": "1", "answer": "In June."})
    assert late.status_code == 409
    page = html_of(late)
    assert "You answered this question already" in page
    assert page.index("In May.") < page.index("In June.")
    assert "Send</button>" not in page
    assert fresh(question).answer == "In May."
    assert fresh(plan.intake).tan == "0"


def test_an_answer_that_meets_an_erasure_is_shown_to_be_copied(clara, monkeypatch):
    """The intake goes between the look at the link and the lock."""
    plan = make_plan()
    question = ask(plan, clara)
    ErasureRequest.objects.create(intake=plan.intake)
    keep = questions._kept

    def erased_first(request, intake, pk, token):
        erasure.erase(Intake.objects.get(pk=intake.pk), by=clara)
        return keep(request, intake, pk, token)

    monkeypatch.setattr(questions, "_kept", erased_first)
    late = reply(plan, question, answer="A long answer, of many words.")
    assert late.status_code == 409
    assert "A long answer, of many words." in html_of(late)


def test_of_two_questions_the_plan_waits_for_both(clara):
    plan = make_plan()
    questions = [ask(plan, clara), ask(plan, clara)]
    reply(plan, questions[0])
    assert fresh(plan).is_asking
    reply(plan, questions[1])
    assert not fresh(plan).is_asking


def test_who_has_withdrawn_is_asked_no_more(clara):
    plan = make_plan()
    question = ask(plan, clara)
    withdrawal.withdraw(plan.intake)
    assert reply(plan, question).status_code == 409
    assert fresh(question).answered_at is None


def test_an_answer_needs_the_browser_that_may_open_the_link(clara):
    plan = make_plan()
    question = ask(plan, clara)
    response = Client().post(question.url, {"answer": "Not mine"})
    assert response.status_code == 409
    assert f'href="{plan.link}"' in html_of(response)
    assert plan.intake.reference not in html_of(response)
    assert Question.objects.get().answered_at is None


def test_a_new_link_loses_nothing_of_an_answer_that_is_being_written(clara):
    plan = make_plan(hsv_history="unknown")
    question = ask(plan, clara, "hsv_history")
    page = holder_of(plan.link).get(question.url)
    words = page.context["reply"].words["words-asked"].value()
    private_link.renew_link(plan.intake)
    secret = {"csrfmiddlewaretoken": "Token No 1", "words-asked": words}
    told = "In May.\n<script>alert(1)</script>"
    response = reply(
        plan,
        question,
        answer=told,
        **{"is-hsv_history": "yes", "extra": "A <b>"},
        **secret,
    )
    assert response.status_code == 409
    assert heading(response) == "Copy what you wrote"
    assert response.context["written"] == [told, "A <b>"]
    html = response.content.decode()
    assert "In May.\n&lt;script&gt;alert(1)&lt;/script&gt;</textarea>" in html
    assert ("Token No 1" in html, words in html) == (False, False)
    assert 'href="/consultation/link/"' in html
    assert {"no-store", "private"} <= set(response["Cache-Control"].split(", "))
    assert fresh(question).answered_at is None


def test_nothing_written_leads_straight_to_what_became_of_the_link(clara):
    plan = make_plan(hsv_history="unknown")
    question = ask(plan, clara, "hsv_history")
    private_link.renew_link(plan.intake)
    response = reply(plan, question, answer=" ", **{"is-hsv_history": "yes"})
    assert response["Location"] == plan.link


def test_an_answer_about_an_amendment_leaves_the_signed_plan(clara):
    plan = make_plan(tan="unknown")
    first = sign_off(plan, clara, note="First.")
    second = workflow.amend(first, by=clara)
    second.link = plan.link
    before = list(first.decisions.values())
    reply(plan, ask(second, clara))
    assert list(Plan.objects.get(version=1).decisions.values()) == before
    assert Intake.objects.get().questions.get().answered_at is not None
