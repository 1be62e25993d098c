"""A patient's own steps: to send an intake, to take it back, to have it erased."""

from django.conf import settings
from django.contrib.admin.models import DELETION, LogEntry
from django.contrib.contenttypes.models import ContentType
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from consultations import letters, matching, promises, references, steps
from consultations.forms import scar as scar_forms
from consultations.forms.photos import PhotosForm
from consultations.models import (
    Assessment,
    Card,
    Decision,
    ErasureRequest,
    Intake,
    IntakeStatus,
    LetterKind,
    Plan,
)
from consultations.photos import keeping
from consultations.workflow.assessing import assess, is_flagged
from consultations.workflow.refusing import NotAllowed, locked_intake


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
    intake.promised_on = promises.working_day_after(today, settings.ANSWER_WITHIN_DAYS)
    intake.typed, intake.reached = {}, {}
    for name, value in matching.fingerprints(intake).items():
        setattr(intake, name, value)
    intake.extend_link()
    intake.save()
    cards = assess(intake, route, 1, today)
    plan = Plan.objects.create(
        intake=intake, is_flagged=is_flagged(intake, 1), waiting_since=now
    )
    Decision.objects.bulk_create(Decision(plan=plan, card=card) for card in cards)
    letters.write(intake, LetterKind.RECEIVED, key=f"received-{intake.pk}")
    return intake


@transaction.atomic
def renew_link(intake):
    """Return the token of a new private link; the old one opens nothing any more."""
    intake = locked_intake(intake)
    token = intake.new_token()
    intake.save(update_fields=["token_hash", "link_nonce", "link_expires_at"])
    return token


@transaction.atomic
def withdraw(intake):
    """Stop all work on an intake, as its patient wishes. A draft stays a draft.

    Nothing more is signed, and no e-mail that waits is sent; what was signed stays.
    """
    intake = locked_intake(intake)
    if intake.status == IntakeStatus.SUBMITTED:
        intake.status = IntakeStatus.WITHDRAWN
        intake.save(update_fields=["status"])
        intake.plans.unsigned().update(is_asking=False)
        intake.letters.filter(sent_at=None, given_up_at=None).update(
            given_up_at=timezone.now(), error="withdrawn"
        )
    return intake


@transaction.atomic
def erase(intake, *, by):
    """Delete an intake with its plans, cards, photos and e-mails, as its patient asked.

    What stays is one line in the log: who erased an intake, and when. Raises `NotAllowed`
    if the patient has not asked for it. What had to be kept may go when its time is over.
    """
    intake = locked_intake(intake)
    if not ErasureRequest.objects.filter(intake=intake).exists():
        raise NotAllowed(_("The patient has not asked to erase this."))
    plans = intake.plans.all()
    LogEntry.objects.filter(
        content_type__in=ContentType.objects.get_for_models(Plan, Intake).values(),
        object_id__in=[str(plan.pk) for plan in plans],
    ).delete()
    keeping.remove_all([intake])
    Decision.objects.filter(plan__in=plans).delete()
    plans.delete()
    Card.objects.filter(assessment__intake=intake).delete()
    Assessment.objects.filter(intake=intake).delete()
    intake.questions.all().delete()
    LogEntry.objects.create(
        user=by,
        content_type=ContentType.objects.get_for_model(Intake),
        object_repr=_("An intake"),
        action_flag=DELETION,
        change_message=_("Erased as its patient asked."),
    )
    intake.delete()
