"""What the patient sees at the private address: nothing, then the signed plan."""

import re
from datetime import timedelta
from html import unescape

import pytest

from consultations.intake import devices
from consultations.review import patient_plan, workflow
from consultations.review.workflow import Decided
from methods.models import Method
from methods.protocol.vocabulary import Verdict
from methods.publishing import verbs
from tests.consultations.deciding import (
    card_of,
    cards_of,
    desk,
    make_plan,
    posted,
    sign_off,
)
from tests.consultations.factories import make_clinician
from tests.consultations.patients import holder_of, token_in

pytestmark = pytest.mark.django_db

PITTED = {"pit_shape": "pinhole", "pit_width_mm": "1", "pit_depth": "deep"}
CODE = re.compile(r"\[(GK|[GBCDE]-?[A-Za-z0-9]+)\]")


@pytest.fixture
def clara(db):
    return make_clinician()


def titles(items):
    return [item.title for item in items]


def read(client, plan):
    client.cookies["intake"] = devices.proof(token_in(plan.link))
    response = client.get(plan.link)
    assert response.status_code == 200
    return response


def test_a_patient_sees_nothing_of_an_unsigned_plan(client, staff_client):
    plan = make_plan()
    decided = posted(plan, note="Secret note", subcision="include")
    assert staff_client.post(desk(plan), decided).status_code == 302
    html = unescape(read(client, plan).content.decode())
    assert plan.intake.reference in html
    words = ["Secret note", *(card.title for card in cards_of(plan))]
    assert [word for word in words if word in html] == []


def test_an_unsigned_plan_is_never_made_for_a_patient():
    with pytest.raises(ValueError, match="unsigned"):
        patient_plan.for_patient(make_plan())


def test_a_patient_sees_what_is_included_not_now_and_asked_about(client, clara):
    plan = make_plan(wants=["tca-cross", "microneedling"])
    sign_off(
        plan,
        clara,
        subcision="include",
        microneedling="include",
        dermal_filler="not_now",
        tca_cross="not_included",
    )
    (scar,) = read(client, plan).context["plan"].scars
    assert scar.title == "Scar 1: Face"
    assert titles(scar.included) == [
        "Releasing a scar from below (subcision)",
        "Microneedling",
    ]
    assert titles(scar.asked_but_not) == ["Acid dots for pitted scars (TCA CROSS)"]
    assert titles(scar.not_now) == [card_of(plan, "dermal-filler").title]


def test_what_goes_against_its_card_is_planned_with_the_reasons_against(client, clara):
    plan = make_plan(keloid_history_self="yes")
    card = card_of(plan, "subcision")
    against = {
        each["for_patient"]
        for each in card.reasons
        if each["kind"] == "contraindication"
    }
    sign_off(plan, clara, subcision=("include", "Seen by the surgeon"))
    (scar,) = read(client, plan).context["plan"].scars
    (item,) = scar.included
    assert card.verdict == "contraindicated"
    assert against <= set(item.reasons)


@pytest.mark.parametrize(
    ("kind", "choice", "is_told"),
    [
        *[(kind, "include", True) for kind in ("needs", "wait", "soft_wait")],
        *[("wait", "not_now", True), ("needs", "not_now", False)],
    ],
)
def test_what_a_relation_says_is_told_with_what_is_decided(
    client, clara, kind, choice, is_told
):
    plan = make_plan()
    card = card_of(plan, "subcision")
    card.reasons.append(
        card.reasons[0] | {"kind": kind, "for_patient": "Wait a month."}
    )
    card.save()
    sign_off(plan, clara, subcision=choice)
    (scar,) = read(client, plan).context["plan"].scars
    (item,) = [*scar.included, *scar.not_now]
    assert ("Wait a month." in item.reasons) is is_told


def test_what_was_asked_about_and_nobody_decided_is_not_told(client, clara):
    plan = make_plan(wants=["tca-cross"])
    sign_off(plan, clara)
    (scar,) = read(client, plan).context["plan"].scars
    assert scar.asked_but_not == []


def test_a_treatment_asked_about_and_put_off_is_told_once(client, clara):
    plan = make_plan(wants=["subcision"])
    sign_off(plan, clara, subcision="not_now")
    (scar,) = read(client, plan).context["plan"].scars
    assert titles(scar.not_now) == ["Releasing a scar from below (subcision)"]
    assert scar.asked_but_not == []


def test_every_scar_has_its_own_part(client, clara):
    plan = make_plan(scars=3)
    sign_off(plan, clara)
    scars = read(client, plan).context["plan"].scars
    assert [scar.title for scar in scars] == [
        "Scar 1: Face",
        "Scar 2: Face",
        "Scar 3: Face",
    ]


def test_a_patient_never_reads_what_is_meant_for_staff(client, clara):
    plan = make_plan(
        **PITTED,
        isotretinoin="stopped",
        isotretinoin_stopped_months=3,
        tan="0",
        pacemaker_icd="unknown",
        wants=[
            card.revision.subject.slug
            for card in cards_of(make_plan())
            if card.revision.subject.live_revision_id
        ],
    )
    why = "My own override"
    decided = {
        card.revision.subject.slug.replace("-", "_"): "not_included"
        for card in cards_of(plan)
        if not card.is_option
    }
    decided |= {"silicone": ("include", why), "vascular_laser": ("not_now", why)}
    sign_off(plan, clara, options="include", **decided)
    html = unescape(read(client, plan).content.decode())
    text = " ".join(re.sub(r"<[^>]+>", " ", html).split())
    forbidden = [why, *(str(label) for label in Verdict.labels)]
    for card in cards_of(plan):
        assert card.title in html
        forbidden += [reason["rationale"] for reason in card.reasons]
        forbidden += [reason["contested"] for reason in card.reasons]
    assert [words for words in forbidden if words and words in text] == []
    assert CODE.findall(text) == []


def test_a_patient_reads_until_when_to_wait(client, clara):
    plan = make_plan(tan="0")
    slug = "fractional-ablative-laser"
    card = card_of(plan, slug)
    assert card.verdict == Verdict.DEFERRED
    sign_off(plan, clara, fractional_ablative_laser="not_now")
    (item,) = read(client, plan).context["plan"].scars[0].not_now
    assert (item.until, item.until_date) == (
        card.until,
        card.assessment.assessed_on + timedelta(days=42),
    )


def test_a_plan_is_told_in_the_words_published_when_it_was_made(client, clara):
    plan = make_plan()
    sign_off(plan, clara, subcision="include")
    # A form's tokens are others each time.
    token = re.compile(r"<input type=\"hidden\"[^>]*>")
    before = token.sub("", read(client, plan).text)
    method = Method.objects.get(slug="subcision")
    method.title, method.summary = "New title", "New words."
    method.save()
    for criterion in method.criteria.all():
        criterion.for_patient = "New reason."
        criterion.save()
    verbs.publish(method, by=None, note="All new")
    assert token.sub("", read(client, plan).text) == before


def test_a_plan_outlives_its_methods_without_a_dead_link(client, clara):
    plan = make_plan()
    sign_off(plan, clara, subcision="include")
    (item,) = read(client, plan).context["plan"].scars[0].included
    assert item.url == "/treatments/subcision/"
    Method.objects.filter(slug="subcision").update(live_revision=None)
    html = read(client, plan).content.decode()
    assert "Releasing a scar from below (subcision)" in html
    assert "/treatments/subcision/" not in html


def test_a_patient_reads_the_note_and_who_signed(client, clara):
    plan = make_plan()
    sign_off(plan, clara, note="Dear <b>Ada</b>,\n\nrest well.")
    html = read(client, plan).content.decode()
    assert "<p>Dear &lt;b&gt;Ada&lt;/b&gt;,</p>" in html
    assert "Clara Weiss, registration REG-0042" in html


def test_a_signed_red_flag_still_says_what_to_do(client, clara):
    plan = make_plan(rf_ulcer="yes")
    sign_off(plan, clara, note="We have spoken.")
    page = read(client, plan)
    (flag,) = page.context["plan"].red_flags
    assert flag["code"] == "rf_ulcer"
    words = re.sub(r"<[^>]*>", " ", unescape(page.content.decode()))
    assert " ".join(flag["advice"].split()) in " ".join(words.split())


def test_a_plan_costs_the_same_for_one_scar_and_for_three(clara, count_queries):
    one, three = make_plan(), make_plan(scars=3)
    for plan in (one, three):
        sign_off(plan, clara, options="include", dermal_filler="not_now")
    cost_of_one = count_queries(holder_of(one.link), one.link)
    assert count_queries(holder_of(three.link), three.link) == cost_of_one


def publish_price(slug, **price):
    Method.objects.filter(slug=slug).update(**price)
    method = Method.objects.for_draft().get(slug=slug)
    verbs.publish(method, by=None, note="Priced")


def estimate_of(markup):
    text = re.sub(r"<[^>]*>", " ", unescape(markup))
    return re.search(r"What it may cost\s+(.*?: [^.]*\.)", text, re.S)[1]


def test_a_plan_sums_prices_over_the_usual_sessions_and_names_what_has_none(
    client, clara
):
    remark = "2 % off in May 2027"
    publish_price("subcision", price_from="80.50", price_to=1200, price_remark=remark)
    publish_price("microneedling", price_from=100)
    plan = make_plan()
    priced = {"subcision": Decided("include", sessions=2), "microneedling": "include"}
    sign_off(plan, clara, **priced, rf_microneedling="include")
    markup = read(client, plan).text
    # 2 sessions as decided, and 1 to 8 as usual.
    assert estimate_of(markup).split() == [
        "From",
        "261",
        "to",
        "3,200",
        "EUR",
        "in",
        "all,",
        "by",
        "the",
        "price",
        "of",
        "one",
        "session.",
        "It",
        "is",
        "an",
        "estimate,",
        "not",
        "an",
        "invoice.",
        "Not",
        "in",
        "it,",
        "ask",
        "us:",
        "Microneedling",
        "with",
        "heat",
        "(radiofrequency).",
    ]


def test_a_plan_whose_treatments_have_no_price_tells_of_no_cost(client, clara):
    publish_price("subcision", price_remark="from 80 (10 % off in May)")
    plan = make_plan()
    sign_off(plan, clara, subcision="include")
    assert read(client, plan).context["plan"].estimate is None


def test_only_the_whole_link_opens_a_plan(client, clara):
    plan = make_plan()
    sign_off(plan, clara)
    for wrong in (
        plan.link[:-2] + "/",
        f"/status/{plan.intake.token_hash}/",
        "/status/1/",
    ):
        assert client.get(wrong).status_code == 404


def test_a_private_page_is_kept_by_nobody(client, clara):
    plan = make_plan()
    sign_off(plan, clara)
    page = read(client, plan)
    assert "no-store" in page["Cache-Control"]
    assert '<meta name="robots" content="noindex">' in page.content.decode()


def test_a_red_flag_that_came_up_since_stands_before_the_plan(client, clara):
    plan = make_plan()
    link = plan.link
    plan = sign_off(plan, clara, subcision="include")
    first = f"{link}plan/1/"
    words = "begin nothing of the plan before we have spoken"
    assert words not in read_at(client, link, link)
    amended = workflow.amend(plan, by=clara)
    question = workflow.ask(amended, "Is it open?", ["rf_ulcer"], by=clara)
    amended.intake.answers.filter(finding__code="rf_ulcer").update(value="yes")
    workflow.answer(question, "Yes, it is open.")
    for url in (link, first):
        page = read_at(client, link, url)
        assert 0 < page.find(words) < page.find("Releasing a scar from below")


def test_a_red_flag_that_the_plan_tells_of_has_not_come_up_since(client, clara):
    plan = make_plan(rf_ulcer="yes")
    link = plan.link
    workflow.amend(sign_off(plan, clara, note="A doctor first."), by=clara)
    page = read_at(client, link, link)
    assert "Something has come up since" not in page
    assert page.count('class="care-card') >= 1


def read_at(client, link, url):
    client.cookies["intake"] = devices.proof(token_in(link))
    return unescape(client.get(url).text)


def test_each_step_says_how_often_days_off_price_who_and_when(client, clara):
    publish_price("subcision", price_from=150, price_to=220)
    plan = make_plan()
    then = card_of(plan, "microneedling")
    then.after = [{"method": "subcision", "sessions": None, "weeks": 4.0}]
    then.save()
    sign_off(
        plan,
        clara,
        subcision=Decided("include", sessions=3, weeks_apart=4),
        microneedling=Decided("include", sessions=1, weeks_apart=4),
        silicone=("include", "She likes it"),
    )
    (scar,) = read(client, plan).context["plan"].scars
    first, second, at_home = (dict(item.facts) for item in scar.included)
    assert "Time between sessions" not in second
    assert first == {
        "Sessions": "3",
        "Time between sessions": "4 weeks",
        "Days off": "2 to 3: swelling; bruises up to 10 days",
        "Price each": "150 to 220 EUR",
        "Who does it": "A doctor",
    }
    assert second["When"] == "4 weeks after step 1"
    assert second["Price each"] == "Ask us."
    assert at_home["Who does it"] == "You, at home"
    html = read(client, plan).content.decode()
    assert html.index("What happens next") < html.index("What we plan with you")
