"""Submit: hand a finished draft to the clinic. What runs on "Send" is here."""

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from consultations.intake import references, search_terms, steps
from consultations.intake.forms import scar as scar_forms
from consultations.intake.forms.photos import PhotosForm
from consultations.intake.photos import keeping
from consultations.letters import outbox
from consultations.locking import NotAllowed, locked_intake
from consultations.models import Decision, Intake, IntakeStatus, LetterKind, Plan
from consultations.review import business_hours
from consultations.review.workflow.assessing import assess, is_flagged
from scarclinic.staff import ledger


def _new_reference():
    """Return a reference that no intake has."""
    while Intake.objects.filter(reference=(reference := references.new())).exists():
        pass
    return reference


def _forget_what_was_not_asked(route):
    """Empty what stands on pages that this patient's answers call for no longer.

    While it was a draft it stayed, for a change of mind; the clinic never reads it. So
    with photos: no page has told that they would be sent.
    """
    asked = {page.key for page in route.pages}
    of_person = [*steps.BEFORE_SCARS, *steps.AFTER_SCARS]
    forms = [(route.intake, form, form.slug) for form in of_person]
    forms += [
        (scar, form, f"{form.slug}/{scar.number}")
        for scar in route.scars
        for form in scar_forms.FORMS
    ]
    for subject, form, key in forms:
        if key not in asked and isinstance(subject, form._meta.model):
            for name in form._meta.fields:
                empty = subject._meta.get_field(name).get_default()
                setattr(subject, name, empty)
    for scar in route.scars:
        scar.save()
        if f"{PhotosForm.slug}/{scar.number}" not in asked:
            keeping.remove_of(scar)


@transaction.atomic
def submit(intake):
    """Hand a finished draft to the clinic, with a card for every method.

    Raises `NotAllowed` if it has been sent already, or a page is not finished.
    """
    intake = locked_intake(intake)
    if intake.status != IntakeStatus.DRAFT:
        raise NotAllowed(_("This intake has been sent already."))
    route = steps.Route(intake)
    if unfinished := route.unfinished():
        raise NotAllowed(*(route.form(page).title for page in unfinished))
    _forget_what_was_not_asked(route)
    now = timezone.now()
    today = timezone.localdate(now)
    intake.status = IntakeStatus.SUBMITTED
    intake.reference = _new_reference()
    intake.submitted_at = now
    intake.promised_on = business_hours.current().working_day_after(
        today, settings.ANSWER_WITHIN_DAYS
    )
    intake.typed, intake.reached = {}, {}
    intake.extend_link()
    intake.save()
    search_terms.index(intake)
    cards = assess(intake, route, 1, today)
    plan = Plan.objects.create(
        intake=intake, is_flagged=is_flagged(intake, 1), waiting_since=now
    )
    Decision.objects.bulk_create(Decision(plan=plan, card=card) for card in cards)
    outbox.write(intake, LetterKind.RECEIVED, key=f"received-{intake.pk}")
    ledger.record(ledger.Action.INTAKE_SUBMITTED, intake)
    return intake
