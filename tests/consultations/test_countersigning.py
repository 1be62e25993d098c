"""Who signs what alone, what a doctor signs as well, and what nobody signs."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest
from django.test import Client
from django.utils import timezone

from consultations.models import Plan, Scope
from consultations.review import plan_rules, workflow
from consultations.review.workflow import Decided, NotAllowed
from methods.protocol import entries
from methods.protocol.vocabulary import Level
from scarclinic.staff.models import Action, Event, Profession
from tests.consultations.deciding import (
    QUEUE,
    card_of,
    choices_for,
    desk,
    make_plan,
    posted,
    press_sign,
    preview,
)
from tests.consultations.factories import make_clinician
from tests.consultations.patients import at, holder_of, html_of
from tests.methods.test_conditions import CEILING, RELATION

pytestmark = pytest.mark.django_db

AGAINST = ("include", "She had it before, without harm")
KELOID = {"elevation": "raised", "beyond_edges": "yes", "pit_shape": ""}


@pytest.fixture
def clara():
    return make_clinician()


@pytest.fixture
def doctor():
    return make_clinician("doris", profession=Profession.DOCTOR)


def decided(plan, by, **choices):
    """Decide on a plan; a reason for departures is for all that the desk shows."""
    plan = Plan.objects.for_desk().get(pk=plan.pk)
    texts = {
        name: choices.pop(name) for name in ("note", "departure") if name in choices
    }
    return workflow.decide(
        plan,
        choices_for(plan, **choices),
        departures_seen=plan_rules.departures(plan),
        **{"note": "", "seen_edits": plan.edits, "by": by} | texts,
    )


def change_content(plan, slug, **content):
    """Change what was published of a treatment when a plan's cards were dealt."""
    revision = card_of(plan, slug).revision
    revision.content = revision.content | content
    revision.save()


def change_card(plan, slug, **fields):
    card = card_of(plan, slug)
    type(card).objects.filter(pk=card.pk).update(**fields)


def relation(kind, *methods, **more):
    named = {"kind": kind, "methods": list(methods), "is_hard": True}
    return RELATION | named | more


def ceiling(**more):
    limits = {"reason_above": "30", "refuse_above": "40"}
    return CEILING | {"substance": "Triamcinolone", "unit": "mg"} | limits | more


# A doctor's signature


def test_a_decision_against_a_card_waits_for_a_doctor(clara, doctor):
    plan = decided(make_plan(), clara, tca_cross=AGAINST)
    plan = workflow.sign(plan, by=clara)
    assert (plan.awaits_countersignature, plan.is_signed) == (True, False)
    letters = plan.intake.letters.filter(kind="plan")
    assert not letters.exists()
    plan = workflow.sign(plan, by=doctor)
    assert (plan.is_signed, plan.signed_by, plan.first_signed_by) == (
        True,
        doctor,
        clara,
    )
    assert letters.exists()


def test_the_patient_reads_nothing_while_it_waits_and_both_names_afterwards(
    clara, doctor
):
    plan = make_plan()
    link = plan.link
    plan = workflow.sign(decided(plan, clara, tca_cross=AGAINST), by=clara)
    html = html_of(holder_of(link).get(link))
    assert "What we plan with you" not in html
    assert card_of(plan, "tca-cross").title not in html
    workflow.sign(plan, by=doctor)
    html = html_of(holder_of(link).get(link))
    assert card_of(plan, "tca-cross").title in html
    assert "by Doris Weiss" in html
    assert "Prepared by Clara Weiss" in html


def test_an_ordinary_plan_is_signed_alone(clara):
    plan = make_plan()
    change_card(plan, "subcision", level="")
    assert workflow.sign(decided(plan, clara, subcision="include"), by=clara).is_signed


@pytest.mark.parametrize(
    ("level", "waits"),
    [("", False), ("technique", False), ("test", False), ("doctor", True)],
)
def test_a_cosmetologist_decides_up_to_a_test_spot(clara, level, waits):
    plan = make_plan()
    change_card(plan, "subcision", level=level)
    plan = workflow.sign(decided(plan, clara, subcision="include"), by=clara)
    assert plan.awaits_countersignature is waits


def test_a_prescription_medicine_is_signed_by_a_doctor(clara):
    plan = make_plan()
    change_card(plan, "subcision", level="")
    change_content(plan, "subcision", traits=["systemic_drug"])
    plan = workflow.sign(decided(plan, clara, subcision="include"), by=clara)
    assert plan.awaits_countersignature


def test_a_scope_of_ones_own_takes_the_place_of_the_professions(clara):
    plan = make_plan()
    change_card(plan, "subcision", level="test")
    scope = Scope.objects.create(user=clara, level=Level.TECHNIQUE)
    plan = decided(plan, clara, subcision="include")
    assert workflow.sign(plan, by=clara).awaits_countersignature
    scope.level = Level.TEST
    scope.save()
    scope.methods.add(card_of(plan, "tca-cross").revision.subject)
    with pytest.raises(NotAllowed, match="is not in your scope"):
        workflow.sign(plan, by=clara)
    scope.methods.add(card_of(plan, "subcision").revision.subject)
    assert workflow.sign(plan, by=clara).is_signed


def test_a_doctors_scope_makes_nobody_a_doctor(clara, client_of, doctor):
    plan = make_plan()
    change_card(plan, "subcision", level="doctor")
    # As it may stand from the time when the account had another profession.
    Scope.objects.create(user=clara, level=Level.DOCTOR)
    plan = workflow.sign(decided(plan, clara, subcision="include"), by=clara)
    assert plan.awaits_countersignature
    administrator = client_of("Administrator")
    typed = {"user": clara.pk, "level": "doctor"}
    change = f"/admin/consultations/scope/{clara.scope.pk}/change/"
    for page in ("/admin/consultations/scope/add/", change):
        response = administrator.post(page, typed)
        errors = response.context["adminform"].form.errors
        assert "Clara Weiss is no doctor" in errors["level"][0]
    typed["user"] = doctor.pk
    response = administrator.post("/admin/consultations/scope/add/", typed)
    assert response.status_code == 302


def test_who_signed_first_cannot_countersign(clara):
    plan = workflow.sign(decided(make_plan(), clara, tca_cross=AGAINST), by=clara)
    with pytest.raises(NotAllowed, match="It waits for a doctor’s signature"):
        workflow.sign(plan, by=clara)


def test_a_change_takes_the_first_signature_back(clara):
    plan = workflow.sign(decided(make_plan(), clara, tca_cross=AGAINST), by=clara)
    plan = decided(plan, clara, note="Something else", tca_cross=AGAINST)
    assert not plan.awaits_countersignature
    assert plan.first_signed_by is None


def test_the_queue_the_home_page_and_the_ledger_tell_of_it(clara, doctor):
    plan = workflow.sign(decided(make_plan(), clara, tca_cross=AGAINST), by=clara)
    make_plan()
    client = Client()
    client.force_login(doctor)
    listed = client.get(QUEUE, {"state": "awaiting_countersignature"})
    assert list(listed.context["cl"].result_list) == [plan]
    assert "to be countersigned" in html_of(listed)
    assert "<strong>1</strong> Plans that a doctor has to sign" in html_of(
        client.get("/admin/")
    )
    assert Event.objects.filter(action=Action.PLAN_PROPOSED, by=clara).count() == 1
    assert "Countersign" in html_of(client.get(preview(plan)))


@pytest.mark.parametrize("said", ["cleared", "benefit"])
def test_a_red_flag_is_cleared_by_a_doctor_and_by_no_other_reason(clara, doctor, said):
    plan = make_plan(rf_bleed="yes")
    choice = Decided("include", "Dr Novak looked at it", said, "A doctor saw it.")
    plan = decided(plan, clara, note="We have looked.", subcision=choice)
    if said != "cleared":
        for by in (clara, doctor):
            with pytest.raises(NotAllowed, match="A red flag stands"):
                workflow.sign(plan, by=by)
        return
    assert workflow.sign(plan, by=clara).awaits_countersignature
    assert workflow.sign(plan, by=doctor).is_signed


def test_a_waiting_plan_stands_at_no_address_of_the_patient(clara, doctor, quick_pdf):
    plan = make_plan()
    link, title = plan.link, card_of(plan, "tca-cross").title
    choices = {"note": "We begin in spring.", "tca_cross": AGAINST}
    plan = workflow.sign(decided(plan, clara, **choices), by=clara)
    patient = holder_of(link)
    private = [
        *(at(link, name) for name in ("status", "answers", "answers_pdf", "export")),
        *(at(link, name, 1) for name in ("plan", "plan_document", "plan_pdf")),
    ]
    for url in private:
        response = patient.get(url)
        body = b"".join(response) if response.streaming else response.content
        for words in ("We begin in spring.", title, "Clara Weiss", AGAINST[1]):
            assert words.encode() not in body, url
    workflow.sign(plan, by=doctor)
    assert "We begin in spring." in html_of(patient.get(link))


# Never


def test_a_minor_is_never_set_aside(doctor):
    plan = make_plan(age=12)
    cleared = Decided("include", "Cleared on the phone", "cleared", "We talked.")
    plan = decided(plan, doctor, note="Come with a parent", subcision=cleared)
    with pytest.raises(NotAllowed, match="No treatment is planned for a minor"):
        workflow.sign(plan, by=doctor)


def test_a_child_is_referred_without_a_doctor(clara):
    plan = make_plan(age=12)
    referral = next(
        each
        for each in plan.intake.assessments.get().cards.all()
        if each.group == "referral"
    )
    slug = referral.revision.content["slug"]
    choice = "include" if referral.is_offered else ("include", "Better seen early")
    plan = decided(
        plan, clara, note="Go to the burn service", **{slug.replace("-", "_"): choice}
    )
    assert workflow.sign(plan, by=clara).is_signed


@pytest.mark.parametrize("code", ["pregnant", "brivudine"])
def test_5fu_stays_out_where_a_red_flag_says_nothing_of_it(doctor, code):
    plan = make_plan(**KELOID, **{code: "yes"})
    change_card(plan, "steroid-5fu-injection", reasons=[], verdict="suggested")
    plan = decided(plan, doctor, steroid_5fu_injection="include")
    with pytest.raises(NotAllowed, match="never in pregnancy"):
        workflow.sign(plan, by=doctor)


@pytest.mark.parametrize("code", ["pregnant", "brivudine"])
def test_5fu_in_pregnancy_or_after_brivudine_is_never_set_aside(doctor, code):
    plan = make_plan(**KELOID, **{code: "yes"})
    choice = Decided("include", "It will be fine", "benefit", "We talked.")
    plan = decided(plan, doctor, steroid_5fu_injection=choice)
    with pytest.raises(NotAllowed, match="never in pregnancy"):
        workflow.sign(plan, by=doctor)


FIVE_FU = (
    *("5fu", "5-FU", "5 fu", "5\N{NON-BREAKING HYPHEN}FU", "5\N{EN DASH}Fu"),
    *("5\N{NO-BREAK SPACE}FU", "fluorouracil", "5-Fluorouracil", "5 fluoro-uracil"),
    *("Fluoruracil", "Efudix", "Efudex cream"),
)


@pytest.mark.parametrize("name", FIVE_FU)
def test_5fu_is_known_by_any_of_its_names(name):
    other = {"slug": "injection", "title": "Injection", "ceilings": [ceiling()]}
    assert not plan_rules.is_5fu(other)
    assert plan_rules.is_5fu(other | {"slug": name})
    assert plan_rules.is_5fu(other | {"title": name})
    assert plan_rules.is_5fu(other | {"ceilings": [ceiling(substance=name)]})


@pytest.mark.parametrize(
    "name", ["Laser 595 full face", "Peel 5 full", "laser-5-fusion", "Laser 15 FU"]
)
def test_what_only_has_its_letters_is_no_5fu(name):
    assert not plan_rules.is_5fu({"slug": name, "title": name, "ceilings": []})


def test_fluorouracil_by_its_full_name_is_never_given_in_pregnancy(doctor):
    plan = make_plan(**KELOID, pregnant="yes")
    slug = "steroid-injection"
    change_card(plan, slug, reasons=[], verdict="suggested")
    change_content(plan, slug, ceilings=[ceiling(substance="Fluorouracil")])
    choice = Decided("include", dose=Decimal(1))
    plan = decided(plan, doctor, steroid_injection=choice)
    with pytest.raises(NotAllowed, match="never in pregnancy"):
        workflow.sign(plan, by=doctor)


def test_a_plan_whose_answers_nobody_can_read_is_never_signed(doctor):
    plan = make_plan()
    kept = plan.intake.assessments.get()
    kept.facts["elevation"] = "a word of before"
    kept.save()
    client = Client()
    client.force_login(doctor)
    assert client.get(desk(plan)).status_code == 200
    plan = decided(plan, doctor)
    with pytest.raises(NotAllowed, match="The rules of today cannot read"):
        workflow.sign(plan, by=doctor)


# Relations


@pytest.mark.parametrize(
    ("row", "also", "said"),
    [
        (relation("needs", "tca-cross"), {}, "goes only together with"),
        (relation("after", "tca-cross"), {}, "comes only after"),
        (
            relation("not_with", "subcision", weeks=6),
            {},
            "at least 6 weeks between it and",
        ),
    ],
)
def test_a_plan_that_breaks_a_relation_needs_a_reason_that_is_told(
    clara, row, also, said
):
    plan = make_plan()
    link = plan.link
    change_card(plan, "subcision", level="")
    change_content(plan, "subcision", relations=[row])
    choice = Decided("include", weeks_apart=2)
    plan = decided(plan, clara, subcision=choice, **also)
    with pytest.raises(NotAllowed, match=said):
        workflow.sign(plan, by=clara)
    plan = decided(plan, clara, subcision=choice, departure="She moves away in May.")
    assert workflow.sign(plan, by=clara).is_signed
    assert "She moves away in May." in html_of(holder_of(link).get(link))


def test_a_partner_is_needed_for_the_scar_of_which_that_is_said(clara):
    """Silicone alone is first for a raised scar whose edges nobody knows."""
    needed = {}
    for edges in ("unsure", "yes"):
        plan = make_plan(elevation="raised", beyond_edges=edges, pit_shape="")
        assert card_of(plan, "silicone").line == "first"
        plan = decided(plan, clara, silicone="include")
        needed[edges] = [
            each for each in plan_rules.departures(plan) if "only together" in each
        ]
    assert needed["unsure"] == []
    assert len(needed["yes"]) == 1


def test_a_reason_is_for_what_was_ticked_and_for_nothing_that_comes_later(doctor):
    plan = make_plan()
    change_content(
        plan,
        "subcision",
        relations=[relation("needs", "tca-cross")],
        ceilings=[ceiling()],
    )
    subcision = card_of(plan, "subcision")
    client = Client()
    client.force_login(doctor)

    def post(dose, **more):
        choice = Decided("include", dose=Decimal(dose))
        now = Plan.objects.latest("version")
        data = posted(now, subcision=choice)
        data |= {"departure": "She moves away in May."} | more
        answer = press_sign(client, now, data)
        url = answer.get("Location")
        return html_of(client.get(url) if url else answer)

    missing = "Write why this plan departs from the protocol, and tick for what."
    assert missing in post("30")
    title = card_of(plan, "tca-cross").title
    alone = f"{subcision.title} goes only together with {title}."
    high = "Triamcinolone: 31 mg in one visit is more than 30."
    assert missing in post("31", departures_seen=[alone])
    html = html_of(client.get(desk(plan)))
    assert f'value="{alone}" checked>' in html
    assert f'value="{high}">' in html
    assert missing in post("31", departures_seen=[alone, "Anything else"])
    assert "Signed." in post("31", departures_seen=[alone, high])
    # The next version asks for what was not there, and only for that.
    client.post(desk(plan), {"_amend": "yes"})
    html = html_of(client.get(desk(Plan.objects.latest("version"))))
    assert f'value="{alone}" checked>' in html
    assert f'value="{high}" checked>' in html
    assert missing in post("32", departures_seen=[alone, high])
    assert "Signed." in post("30", departures_seen=[alone])


@pytest.mark.parametrize(
    "row",
    [
        relation("needs", "mandelic-peel", "subcision"),
        relation("not_with", "subcision", weeks=6),
        relation("needs", "tca-cross", scars=["ice_pick"]),
        relation("needs", "tca-cross", line="adjunct"),
    ],
)
def test_a_plan_that_keeps_its_relations_needs_none(clara, row):
    plan = make_plan()
    change_card(plan, "subcision", level="")
    change_content(plan, "subcision", relations=[row])
    choice = Decided("include", weeks_apart=6)
    assert workflow.sign(decided(plan, clara, subcision=choice), by=clara).is_signed


# Doses


@pytest.mark.parametrize(
    ("doses", "outcome"),
    [
        (("15", "15"), "signed"),
        (("15", "15.01"), "a reason"),
        (("20", "20"), "a reason"),
        (("20", "20.01"), "refused"),
    ],
)
def test_doses_add_up_over_all_scars(clara, doctor, doses, outcome):
    plan = make_plan(scars=2)
    change_card(plan, "subcision", level="")
    change_content(plan, "subcision", ceilings=[ceiling()])
    plan = Plan.objects.get()
    choices = choices_for(plan)
    for scar, dose in enumerate(doses, start=1):
        card = card_of(plan, "subcision", scar)
        type(card).objects.filter(pk=card.pk).update(level="")
        choices[card.pk] = replace(
            choices[card.pk], choice="include", dose=Decimal(dose)
        )

    def write(departure=""):
        now = Plan.objects.for_desk().get()
        return workflow.decide(
            now,
            choices,
            note="",
            seen_edits=now.edits,
            by=clara,
            departure=departure,
            departures_seen=plan_rules.departures(now),
        )

    plan = write()
    if outcome == "signed":
        assert workflow.sign(plan, by=clara).is_signed
        return
    with pytest.raises(NotAllowed, match="in one visit is more than"):
        workflow.sign(plan, by=doctor)
    plan = write("A thick keloid that did not answer.")
    if outcome == "refused":
        with pytest.raises(NotAllowed, match="which nobody signs"):
            workflow.sign(plan, by=doctor)
        return
    plan = workflow.sign(plan, by=clara)
    assert plan.awaits_countersignature
    assert workflow.sign(plan, by=doctor).is_signed


def test_a_dose_with_a_ceiling_is_written_before_signing(clara):
    plan = make_plan(scars=2)
    drugs = [ceiling(), ceiling(substance="Fluorouracil", unit="units")]
    change_content(plan, "subcision", ceilings=drugs)
    choices = choices_for(plan)
    cards = [card_of(plan, "subcision", scar) for scar in (1, 2)]
    for card, doses in zip(cards, [(10, None), (None, 0)], strict=True):
        type(card).objects.filter(pk=card.pk).update(level="")
        dose, second = (None if each is None else Decimal(each) for each in doses)
        choices[card.pk] = Decided("include", dose=dose, second_dose=second)
    plan = workflow.decide(plan, choices, note="", seen_edits=0, by=clara)
    with pytest.raises(NotAllowed) as refused:
        workflow.sign(plan, by=clara)
    title = cards[0].title
    assert list(refused.value.faults) == [
        f"{title} (Scar 1: Face): write the dose of Fluorouracil in one visit, in units; "
        "0 for none.",
        f"{title} (Scar 2: Face): write the dose of Triamcinolone in one visit, in mg; "
        "0 for none.",
    ]


def test_no_ceiling_is_without_a_dose_in_silence():
    drugs = [ceiling(substance=each) for each in ("Gel", "Ink", "Glue")]
    assert len(plan_rules.DOSES) == entries.MOST_CEILINGS
    with pytest.raises(ValueError, match="longer"):
        plan_rules.ceilings_of({"ceilings": drugs})


def test_the_desk_says_of_a_high_dose_that_a_doctor_signs_too(clara, doctor):
    plan = with_dose(make_plan(), clara, "31")
    high = "Triamcinolone: 31 mg in one visit is more than 30."
    for by, has_to in ((clara, True), (doctor, False)):
        client = Client()
        client.force_login(by)
        beyond = client.get(desk(plan)).context["desk"].beyond
        assert (high in beyond) is has_to


@pytest.mark.parametrize(
    ("days", "name", "dose", "is_high"),
    [
        (27, "Ada Okafor", "20.01", True),
        (27, "Ada Okafor", "20", False),
        (28, "Ada Okafor", "20.01", False),
        (27, "Grace Okafor", "20.01", False),
    ],
)
def test_what_was_given_within_28_days_adds_up(doctor, days, name, dose, is_high):
    contact = {"email": "", "telephone": ""}
    before = with_dose(make_plan(name=name, **contact), doctor, "20")
    before = workflow.sign(before, by=doctor)
    Plan.objects.filter(pk=before.pk).update(
        signed_at=timezone.now() - timedelta(days=days)
    )
    plan = with_dose(make_plan(**contact), doctor, dose)
    client = Client()
    client.force_login(doctor)
    said = "20 mg of another plan of the last 28 days"
    assert (said in html_of(client.get(desk(plan)))) is is_high
    if is_high:
        with pytest.raises(NotAllowed, match=said):
            workflow.sign(plan, by=doctor)
        plan = with_dose(plan, doctor, dose, departure="Another scar, far away.")
    assert workflow.sign(plan, by=doctor).is_signed


def with_dose(plan, by, dose, departure=""):
    """Return a plan that includes a treatment with this dose of triamcinolone."""
    change_content(plan, "subcision", ceilings=[ceiling()])
    choice = Decided("include", dose=Decimal(dose))
    return decided(plan, by, subcision=choice, departure=departure)
