"""The patient's own data: withdraw consent, download, ask for erasure."""

from django.conf import settings
from django.db import transaction
from django.http import Http404, StreamingHttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.views.decorators.http import (
    require_http_methods,
    require_POST,
    require_safe,
)

from consultations import periods
from consultations.intake import consents, withdrawal
from consultations.intake import export as archive
from consultations.models import ConsentPurpose, DecidedBy, ErasureRequest
from consultations.private_page import readers
from consultations.private_page.access import for_patient, show
from consultations.review import erasure
from scarclinic.staff import ledger


def _decider(intake):
    """Return who takes back what was agreed to: {"by": `DecidedBy`, "name": str}.

    Who wrote for a child is the guardian; below the age so is who reads it with the
    child, as old as they are today.
    """
    age = intake.age_on(timezone.localdate())
    is_child = age is not None and age < settings.CHILD_BELOW
    if is_child or intake.is_for_child:
        return {"by": DecidedBy.GUARDIAN, "name": intake.guardian_name}
    return {"by": DecidedBy.PATIENT, "name": intake.name}


@require_safe
@for_patient
def own_data(request, intake, token):
    """Show what was agreed to, and what may be done with the data."""
    context = {
        "intake": intake,
        "token": token,
        "decisions": intake.consents.in_force().items(),
        "erasure": ErasureRequest.objects.filter(intake=intake).first(),
        "looks": readers.of(intake),
        "kept_until": periods.kept_until(intake),
        "ASSESSMENT": ConsentPurpose.ASSESSMENT,
    }
    return show(request, "own_data", context)


@require_POST
@for_patient
def take_back(request, intake, token, purpose):
    """Take one agreement back. That to the assessment has a page of its own."""
    if purpose not in ConsentPurpose.values:
        raise Http404
    if purpose == ConsentPurpose.ASSESSMENT:
        return redirect("consultations:withdraw", token=token)
    consents.withdraw(intake, purpose, **_decider(intake))
    return redirect("consultations:own_data", token=token)


@require_http_methods(["GET", "HEAD", "POST"])
@for_patient
def withdraw(request, intake, token):
    """Say what it means to withdraw; do it when asked once more."""
    if request.method == "POST":
        with transaction.atomic():
            consents.withdraw(intake, ConsentPurpose.ASSESSMENT, **_decider(intake))
            # Also what was sent before consents were asked one by one.
            withdrawal.withdraw(intake)
    if request.method == "POST" or intake.is_withdrawn:
        return redirect("consultations:status", token=token)
    agreed = intake.consents.in_force().get(ConsentPurpose.ASSESSMENT)
    return show(request, "withdraw", {"intake": intake, "token": token, "it": agreed})


@require_safe
@for_patient
def export(request, intake, token):
    """Download a patient's answers, photos, consents and plans as one zip file."""
    ledger.record(ledger.Action.DATA_EXPORTED, intake)
    response = StreamingHttpResponse(archive.of(intake), content_type="application/zip")
    response["Content-Disposition"] = 'attachment; filename="my-answers.zip"'
    response["X-Content-Type-Options"] = "nosniff"
    return response


@require_POST
@for_patient
def erase(request, intake, token):
    """Ask the clinic to erase an intake; staff settle it."""
    erasure.ask(intake)
    return redirect("consultations:own_data", token=token)
