"""Submit: hand a finished draft to the clinic. What runs on "Send" is here."""

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from consultations.intake import (
    crisis,
    people_search,
    references,
    second_access,
    statistics,
    steps,
)
from consultations.intake.photos import keeping
from consultations.intake.questions import pages
from consultations.intake.questions.about_person import has_second_access
from consultations.letters import outbox
from consultations.locking import NotAllowed, locked_intake
from consultations.models import (
    Decision,
    Intake,
    IntakeStatus,
    LetterKind,
    Plan,
    Scar,
)
from consultations.review import business_hours
from consultations.review.workflow.assessing import assess
from methods.protocol import RULES_VERSION
from scarclinic.staff import ledger


def _new_reference() -> str:
    """Return a reference that no intake has."""
    while Intake.objects.filter(reference=(reference := references.new())).exists():
        pass
    return reference


def _forget_what_was_not_asked(route: steps.Route) -> None:
    """Clear the answers of pages that no longer apply.

    While it was a draft it stayed, for a change of mind; the clinic never reads it. So
    with photos: no page has told that they would be sent. The caller saves the intake.
    """
    asked = {step.key for step in route.pages}
    ways = list(route.every_step())
    counts = {
        (step.subject, question.name)
        for step in route.answered()
        for question in step.page.told_by(step.subject)
    }
    leftover = [
        (step.subject, question.name)
        for step in ways
        for question in step.page.questions
        if (step.subject, question.name) not in counts
    ]
    changed: dict[Intake | Scar, list[str]] = {}
    for subject, name in leftover:
        empty = getattr(type(subject)(), name)
        if getattr(subject, name) != empty:
            setattr(subject, name, empty)
            changed.setdefault(subject, []).append(name)
    for scar in route.scars:
        if scar in changed:
            scar.save(update_fields=changed[scar])
    keeping.remove_of(
        step.subject
        for step in ways
        if step.page is pages.PHOTOS
        and isinstance(step.subject, Scar)
        and step.key not in asked
    )


@transaction.atomic
def submit(intake: Intake) -> Intake:
    """Hand a finished draft to the clinic, with a card for every method.

    Raises `NotAllowed` if it has been sent already, or a page is not finished.
    """
    intake = locked_intake(intake)
    if intake.status != IntakeStatus.DRAFT:
        raise NotAllowed(_("This intake has been sent already."))
    route = steps.Route(intake)
    if unfinished := route.unfinished():
        raise NotAllowed(*(step.title for step in unfinished))
    sounds_like_crisis = bool(crisis.in_draft(intake, route.scars))
    within = settings.ANSWER_WITHIN_DAYS
    flags = {flag.code for flag in route.red_flags}
    if sounds_like_crisis or flags & crisis.SUPPORTIVE:
        within = min(within, crisis.WITHIN_DAYS)
    _forget_what_was_not_asked(route)
    now = timezone.now()
    today = timezone.localdate(now)
    intake.status = IntakeStatus.SUBMITTED
    intake.reference = _new_reference()
    intake.submitted_at = now
    intake.promised_on = business_hours.current().working_day_after(today, within)
    intake.typed = {}
    statistics.completed(intake, statistics.CHECK)
    statistics.fold(intake)
    # Whoever had the link of the draft has none to what was sent, but for this browser.
    sent_with = intake.token_hash
    intake.new_token()
    intake.sent_with_hash = sent_with
    intake.save()
    people_search.index(intake)
    cards, is_flagged = assess(intake, route, 1, today)
    plan = Plan.objects.create(
        intake=intake,
        is_flagged=is_flagged,
        has_crisis_words=sounds_like_crisis,
        waiting_since=now,
        protocol_number=cards[0].assessment.protocol_number if cards else 0,
        rules_version=RULES_VERSION,
    )
    Decision.objects.bulk_create(Decision(plan=plan, card=card) for card in cards)
    if has_second_access(intake):
        second_access.grant(intake)
    outbox.write(intake, LetterKind.RECEIVED, key=f"received-{intake.pk}")
    ledger.record(ledger.Action.INTAKE_SUBMITTED, intake)
    return intake
