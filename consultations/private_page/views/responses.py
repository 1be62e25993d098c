"""What a patient says to the treatments of the plan: taken, or kept as it was typed."""

from django.conf import settings
from django.db import transaction
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.views.decorators.http import require_POST

from consultations.care import responses
from consultations.care.once import new_key, read_key
from consultations.intake import devices
from consultations.locking import NotAllowed, locked_intake
from consultations.models import Plan
from consultations.private_page import typed
from consultations.private_page.access import for_patient
from consultations.private_page.response_form import ResponseForm
from consultations.review.workflow.hurrying import hurry_if_in_crisis

TYPED = "respond"
"""Under this name is kept what is not sent yet, with the version that it is about."""
SAID = "said"
"""In the query of the private page: something was just said."""


def shown(request, intake, plan):
    """Return what the private page shows of the answers to a signed plan."""
    kept = typed.posted(intake, TYPED)
    is_of_before = kept is not None and kept.get("version") != str(plan.version)
    form = ResponseForm(None if is_of_before else kept, plan=plan)
    if not form.decisions:
        return {}
    return {
        "responses": form,
        "response_key": new_key() if is_of_before or not kept else read_key(kept),
        "answer_within": settings.ANSWER_WITHIN_DAYS,
        "is_said": SAID in request.GET,
        "is_answered": any(form.shown.values()),
        "words_of_before": [
            text
            for name, text in (kept.items() if is_of_before else ())
            if name.startswith("question-") and text.strip()
        ],
    }


@require_POST
@for_patient(keeps_late=True)
def respond(request, intake, token, version):
    """Keep what is said to a version of the plan."""
    plan = get_object_or_404(Plan.objects.for_desk(), intake=intake, version=version)
    page = reverse("consultations:status", args=[token])
    if not plan.is_signed:
        return redirect(page)
    form = ResponseForm(request.POST, plan=plan)
    if devices.must_prove(request, intake) or not form.is_valid():
        return _kept(request, intake, form, version, page)
    try:
        is_new = responses.respond(plan, form.said, key=read_key(request.POST))
    except NotAllowed:
        return _kept(request, intake, form, version, page)
    if TYPED in intake.typed:
        typed.forget(intake, TYPED)
    return redirect(f"{page}?{SAID}#say" if is_new else f"{page}#say")


@transaction.atomic
def _kept(request, intake, form, version, page):
    """Keep what was typed; the page shows it, and why it is not sent."""
    kept = typed.of(request.POST, form.names) | {"version": [str(version)]}
    typed.keep(intake, TYPED, kept)
    texts = [texts[0] for name, texts in kept.items() if name.startswith("question")]
    hurry_if_in_crisis(locked_intake(intake), texts)
    return redirect(page)
