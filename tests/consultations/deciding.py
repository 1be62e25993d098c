"""A plan on the desk, quicker than by way of the browser; and what is decided there."""

import datetime
from dataclasses import asdict

from django.urls import reverse
from django.utils import timezone

from consultations.intake import answers, consents, people_search, steps, submission
from consultations.intake.questions.kinds import Part
from consultations.models import (
    INCLUDED,
    Choice,
    ConsentPurpose,
    Intake,
    OverrideReason,
    Plan,
    Scar,
)
from consultations.review import workflow
from consultations.review.desk import key_of
from methods.protocol.vocabulary import Verdict
from scarclinic.staff.models import Profession, User
from tests.consultations.factories import ANSWERS, make_clinician

QUEUE = "/admin/consultations/plan/"
TO_THE_PATIENT = "We have talked about it."
"""Why something is planned against its card, as `choices_for` tells the patient."""
NOTHING = "Nothing for now."
"""What `sign_off` tells a patient for whom nothing is planned."""
AGREED = {ConsentPurpose.ASSESSMENT, ConsentPurpose.REMINDERS}


def desk(plan):
    """Return the address of a plan's desk."""
    return reverse("admin:consultations_plan_change", args=[plan.pk])


def keep_answers(route, given):
    """Keep an answer to each health question that a draft asks and has none of.

    Returns whether there was one.
    """
    asked = {
        question: given.get(question.code, "no")
        for questions in route.questions.values()
        for question in questions
        if question.pk not in route.given
    }
    route.given |= answers.keep(route.intake, asked)
    return bool(asked)


def make_draft(*, scars=1, age=40, **answers):
    """Return a finished draft and its private address.

    The healthy person of `factories`, but for the answers given; "no" to every health
    question that has none. A red flag leaves only the pages that were asked.
    """
    intake, token = Intake.objects.begin()
    given = {**ANSWERS, **answers}
    for number in range(2, scars + 1):
        Scar.objects.create(intake=intake, number=number)
    for subject in [intake, *intake.scars.all()]:
        for name in given.keys() & {field.name for field in subject._meta.fields}:
            setattr(subject, name, given[name])
        subject.save()
    today = timezone.localdate()
    intake.date_of_birth = datetime.date(today.year - age, 1, 1)
    intake.save()
    people_search.index(intake)
    route = steps.Route(Intake.objects.get(pk=intake.pk))
    intake = route.intake
    # What follows depends on what was said before.
    for _round in range(4):
        done, intake.done = intake.done, [page.key for page in route.applicable]
        route.forget()
        is_new = keep_answers(route, given) or intake.done != done
        route.forget()
        if not is_new:
            break
    if route.red_flags:
        intake.done = [
            page.key for page in route.applicable if page.page.part != Part.HEALTH
        ]
    intake.save()
    agreed = {purpose: purpose in AGREED for purpose in route.purposes}
    consents.decide(intake, agreed, by=route.decided_by, name=route.decider)
    return intake, reverse("consultations:status", args=[token])


def make_plan(**answers):
    """Send a finished draft; return its plan, with the patient's address as `link`."""
    intake, _link = make_draft(**answers)
    plan = submission.submit(intake).plans.get()
    plan.link = f"/status/{plan.intake.token}/"
    return plan


def cards_of(plan):
    """Return a plan's cards, freshly read, first scar first; each with its decision."""
    decisions = plan.decisions.current().select_related(
        "card__revision__subject", "card__assessment__scar"
    )
    cards = []
    # Long, and asked for by no test.
    for decision in decisions.defer("card__revision__content"):
        decision.card.decision = decision
        cards.append(decision.card)
    return cards


def card_of(plan, slug, scar=1):
    """Return one method's card for one scar."""
    return next(
        card
        for card in cards_of(plan)
        if card.revision.subject.slug == slug and card.assessment.scar.number == scar
    )


def choices_for(plan, *, cards=None, options=Choice.NOT_INCLUDED, **by_slug):
    """Return the decisions {card's pk: `Decided`} on every scar, or on these cards.

    `options` is the choice for every option; keywords are slugs, with "_" for "-", and
    their choice, or (choice, reason), or a `Decided`. A reason for including what is no
    option goes with a code.
    """
    cards, choices = cards or cards_of(plan), {}
    slugs = {card.revision.subject.slug.replace("-", "_") for card in cards}
    assert by_slug.keys() <= slugs
    for card in cards:
        choice = by_slug.get(card.revision.subject.slug.replace("-", "_"))
        if choice is None:
            choice = options if card.is_option else ""
        if isinstance(choice, str):
            choice = (choice, "")
        if isinstance(choice, tuple):
            choice, reason = choice
            is_against = reason and choice in INCLUDED and not card.is_option
            said = (OverrideReason.OTHER, TO_THE_PATIENT) if is_against else ("", "")
            choice = workflow.Decided(choice, reason, *said)
        choices[card.pk] = choice
    return choices


def posted(plan, *, note="", edits=None, **decided):
    """Return what a browser posts from the desk."""
    data = {"note": note, "edits": plan.edits if edits is None else edits}
    cards = cards_of(plan)
    choices = choices_for(plan, cards=cards, **decided)
    for card in cards:
        for name, value in asdict(choices[card.pk]).items():
            data[f"{name}-{key_of(card)}"] = "" if value is None else value
    return data


def preview(plan):
    """Return the address of a plan as its patient will read it, where it is signed."""
    return reverse("admin:consultations_plan_preview", args=[plan.pk])


def press_sign(client, plan, typed):
    """Save a desk as typed, read the plan and sign it; return the last answer."""
    response = client.post(desk(plan), typed | {"_preview": "yes"})
    if response.status_code != 302:
        return response
    edits = Plan.objects.get(pk=plan.pk).edits
    return client.post(preview(plan), {"edits": edits, "_sign": "yes"})


def sign_off(plan, by, *, note="", **decided):
    """Decide on a plan and sign it, with a doctor where one has to; return it, fresh.

    Of what is not planned, or not yet, the patient hears that there is nothing.
    """
    plan, cards = Plan.objects.get(pk=plan.pk), cards_of(plan)
    choices = choices_for(plan, cards=cards, **decided)
    for card in cards:
        if card.verdict == Verdict.DEFERRED and not choices[card.pk].choice:
            choices[card.pk] = workflow.Decided(Choice.NOT_INCLUDED)
    if not any(said.choice in INCLUDED for said in choices.values()):
        note = note or NOTHING
    plan = workflow.decide(plan, choices, note=note, seen_edits=plan.edits, by=by)
    plan = workflow.sign(plan, by=by)
    if plan.awaits_countersignature:
        plan = workflow.sign(plan, by=a_doctor())
    return plan


def a_doctor():
    """Return a doctor of the clinic, made when one is first needed."""
    known = User.objects.filter(username="doris").first()
    return known or make_clinician("doris", profession=Profession.DOCTOR)
