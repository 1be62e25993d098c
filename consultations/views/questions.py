"""What the clinic asks a patient."""

from contextlib import suppress

from django.db import transaction
from django.shortcuts import get_object_or_404, redirect
from django.views.decorators.http import require_http_methods

from consultations import workflow
from consultations.models import Intake
from consultations.replies import Reply
from consultations.views.opening import for_patient, show


@require_http_methods(["GET", "HEAD", "POST"])
@for_patient
def question(request, intake, token, pk):
    """Show one question of the clinic; keep the answer, once."""
    asked = get_object_or_404(intake.questions.select_related("intake"), pk=pk)
    if asked.answered_at or intake.is_withdrawn:
        return redirect("consultations:status", token=token)
    if request.method == "POST":
        return _kept(request, asked, token)
    return _asked(request, Reply(asked), token)


def _asked(request, reply, token):
    return show(request, "question", {"reply": reply, "token": token})


@transaction.atomic
def _kept(request, asked, token):
    # Held until the answer is kept, so that pages saved at the same time are not lost.
    asked.intake = Intake.objects.select_for_update().get(pk=asked.intake_id)
    reply = Reply(asked, request.POST)
    if not reply.is_valid():
        return _asked(request, reply, token)
    # If it was answered in another window meanwhile, the page shows with what.
    with suppress(workflow.NotAllowed):
        reply.save()
    return redirect("consultations:status", token=token)
