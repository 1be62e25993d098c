"""The patient's own data: withdraw consent, download, ask for erasure."""

from dataclasses import dataclass

from django.db import transaction
from django.http import Http404, StreamingHttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as lazy
from django.views.decorators.http import (
    require_http_methods,
    require_POST,
    require_safe,
)

from consultations import periods
from consultations.intake import consents, withdrawal
from consultations.intake import export as archive
from consultations.models import (
    ConsentDecision,
    ConsentPurpose,
    ConsentVersion,
    DecidedBy,
    ErasureRequest,
)
from consultations.private_page import readers
from consultations.private_page.access import for_patient, show
from consultations.review import documents, erasure, workflow
from scarclinic.staff import ledger

REFUSED = {
    "words": lazy(
        "Nothing was agreed to: the words on this page are new since you opened it. Read "
        "them, then agree if you like."
    ),
    "guardian": lazy(
        "Nothing was agreed to: a parent or guardian must tick that they agree as well."
    ),
}
"""Why an agreement could not be taken, by what the page's query says."""


def _decider(intake):
    """Return who takes back what was agreed to: {"by": `DecidedBy`, "name": str}.

    Who wrote for a child is the guardian; below the age so is who reads it with the
    child, as old as they are today.
    """
    if intake.is_child_on(timezone.localdate()) or intake.is_for_child:
        return {"by": DecidedBy.GUARDIAN, "name": intake.guardian_name}
    return {"by": DecidedBy.PATIENT, "name": intake.name}


@dataclass(frozen=True)
class Consent:
    """One purpose: what was decided, and the words in which it may be agreed to now."""

    purpose: str
    label: str
    decision: ConsentDecision | None
    words: ConsentVersion | None
    is_new: bool
    """The decision was just taken on this page."""
    waits_for: str = ""
    """Who must agree as well, and has not."""

    @property
    def is_given(self):
        return self.decision is not None and self.decision.is_given


def _consents(intake, changed):
    """Return a `Consent` for each purpose that was decided or may be agreed to."""
    decided = intake.consents.in_force()
    words = {} if intake.is_withdrawn else consents.live_for(intake)
    photos = decided.get(ConsentPurpose.PHOTOS)
    if not (photos and photos.is_given):
        words.pop(ConsentPurpose.TEACHING, None)
    words.pop(ConsentPurpose.ASSESSMENT, None)
    return [
        Consent(
            purpose,
            purpose.label,
            decided.get(purpose),
            words.get(purpose),
            changed == purpose,
            _other_without(intake, purpose),
        )
        for purpose in ConsentPurpose
        if purpose in decided or purpose in words
    ]


def _other_without(intake, purpose):
    """Return the name of the other one who must agree to a purpose and has not, or ""."""
    other = intake.second
    return "" if other is None or other.allows(purpose) else other.name


@require_safe
@for_patient
def own_data(request, intake, token):
    """Show what was agreed to, and what may be done with the data."""
    context = {
        "intake": intake,
        "token": token,
        "consents": _consents(intake, request.GET.get("changed", "")),
        "refused": REFUSED.get(request.GET.get("refused", "")),
        "giver": _decider(intake),
        "can_make_pdf": documents.can_make_pdf(),
        "is_signed": not intake.plans.unsigned().exists(),
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
    return _changed(token, purpose)


def _changed(token, purpose):
    page = reverse("consultations:own_data", args=[token])
    return redirect(f"{page}?changed={purpose}#{purpose}")


@require_POST
@for_patient
def agree(request, intake, token, purpose):
    """Agree to one purpose after sending, in the very words that the page showed."""
    if purpose not in ConsentPurpose.values or purpose == ConsentPurpose.ASSESSMENT:
        raise Http404
    page = reverse("consultations:own_data", args=[token])
    giver = _decider(intake)
    if giver["by"] != DecidedBy.PATIENT and "guardian" not in request.POST:
        return redirect(f"{page}?refused=guardian")
    try:
        consents.give(intake, purpose, request.POST.get("words", ""), **giver)
    except workflow.NotAllowed:
        # The page says it, with the words that are live now.
        return redirect(f"{page}?refused=words")
    return _changed(token, purpose)


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


@require_safe
@for_patient
def document(request, intake, token, *, as_pdf=False):
    """Show all that is kept of a patient as it reads and prints, or send it as a PDF."""
    ledger.record(ledger.Action.DATA_EXPORTED, intake)
    known = {
        "looks": readers.of(intake),
        "examinations": archive.examinations(intake),
    }
    pdf_url = reverse("consultations:data_pdf", args=[token])
    return documents.own_data(request, intake, known, as_pdf=as_pdf, pdf_url=pdf_url)


@require_POST
@for_patient
def erase(request, intake, token):
    """Ask the clinic to erase an intake; staff settle it."""
    erasure.ask(intake)
    return redirect("consultations:own_data", token=token)
