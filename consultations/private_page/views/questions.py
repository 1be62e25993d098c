"""The page on which a patient answers the clinic's questions."""

from django.db import transaction
from django.shortcuts import get_object_or_404, redirect
from django.views.decorators.http import require_http_methods

from consultations.intake import written
from consultations.locking import locked_intake
from consultations.private_page import typed
from consultations.private_page.access import for_patient, show
from consultations.private_page.replies import Reply
from consultations.review.workflow.hurrying import hurry_if_in_crisis


@require_http_methods(["GET", "HEAD", "POST"])
@for_patient(takes_late=True)
def question(request, intake, token, pk):
    """Show one question of the clinic; keep the answer, once."""
    asked = get_object_or_404(intake.questions, pk=pk)
    if request.method == "POST":
        return _kept(request, intake, pk, token)
    asked.intake = intake
    if asked.answered_at or intake.is_withdrawn:
        return redirect("consultations:status", token=token)
    reply = Reply(asked)
    if data := typed.posted(intake, reply.key):
        reply = Reply(asked, data)
    return _asked(request, reply, token)


def _asked(request, reply, token, **how):
    return show(request, "question", {"reply": reply, "token": token}, **how)


def _not_taken(request, token):
    """Show words that come after the intake was withdrawn, to be copied."""
    to_status = redirect("consultations:status", token=token)
    texts = written.texts(request)
    told = {"written": texts, "onward": to_status.url, "is_withdrawn": True}
    return show(request, "sent_already", told, status=409) if texts else to_status


@transaction.atomic
def _kept(request, intake, pk, token):
    # Held until the answer is kept, so that pages saved at the same time are not lost.
    intake = locked_intake(intake)
    asked = intake.questions.get(pk=pk)
    asked.intake = intake
    to_status = redirect("consultations:status", token=token)
    if intake.is_withdrawn:
        return _not_taken(request, token)
    reply = Reply(asked, request.POST)
    if asked.answered_at:
        # In another window, meanwhile: what was typed here is not thrown away unseen.
        return _asked(request, reply, token, status=409) if reply.differs else to_status
    if not reply.is_valid():
        kept = reply.typed(request.POST)
        typed.keep(intake, reply.key, kept)
        # It may never be sent, and it was said to us all the same.
        hurry_if_in_crisis(intake, [text for texts in kept.values() for text in texts])
        return redirect("consultations:question", token=token, pk=pk)
    reply.save()
    return to_status
