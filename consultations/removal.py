"""Remove: delete an intake with all that hangs on it, for whatever reason it goes."""

from django.contrib.admin.models import LogEntry
from django.contrib.contenttypes.models import ContentType
from django.db import transaction

from consultations.intake.photos import keeping
from consultations.models import (
    Assessment,
    Card,
    Decision,
    Examination,
    HandOver,
    Intake,
    Plan,
    Recall,
    Redeal,
)


@transaction.atomic
def remove(intake: Intake) -> None:
    """Delete an intake, which the caller has locked, with plans, photos and e-mails.

    What stays are lines in the ledger, which name nobody but staff. The caller writes the
    one that says why.
    """
    plans = intake.plans.all()
    LogEntry.objects.filter(
        content_type__in=ContentType.objects.get_for_models(Plan, Intake).values(),
        object_id__in=[str(plan.pk) for plan in plans],
    ).delete()
    keeping.remove_all([intake])
    Recall.objects.filter(plan__in=plans).delete()
    HandOver.objects.filter(plan__in=plans).delete()
    Decision.objects.filter(plan__in=plans).delete()
    plans.delete()
    Card.objects.filter(assessment__intake=intake).delete()
    Assessment.objects.filter(intake=intake).delete()
    Examination.objects.filter(intake=intake).delete()
    Redeal.objects.filter(intake=intake).delete()
    intake.messages.all().delete()
    intake.questions.all().delete()
    intake.safeguarding_notes.all().delete()
    intake.delete()
