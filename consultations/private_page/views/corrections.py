"""The pages on which a patient corrects contact and answers after sending."""

from django.http import Http404
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from consultations.intake import devices, steps, task_list
from consultations.intake.questions.pages import CONTACT
from consultations.private_page import corrections
from consultations.private_page.access import for_patient, show
from consultations.private_page.progress import Progress

FAULTS, SAVED = "faults", "saved"
"""In a page's query: it says what is wrong, or what was saved."""


@require_safe
@for_patient
def overview(request, intake, token):
    """List the answers by part, each with a way to correct it; say what was saved."""
    progress = Progress(intake)
    if intake.is_withdrawn:
        return redirect("consultations:status", token=token)
    route = steps.Route(intake)
    made = list(intake.corrections.all())
    context = {
        "intake": intake,
        "token": token,
        "progress": progress,
        "unfinished": corrections.linked(token, corrections.unfinished(route)),
        "contact": corrections.address(token, route.find(CONTACT.slug)),
        "made": made,
        "saved": made[0] if made and SAVED in request.GET else None,
    }
    if progress.is_correctable:
        context["missing"] = corrections.linked(token, corrections.missing(route))
        context["parts"] = [
            (
                part.title,
                [
                    (read.step, read.title, read.said, _way(token, read.step))
                    for read in part.pages
                ],
            )
            for part in task_list.read(route)
        ]
    return show(request, "corrections", context)


def _way(token, step):
    """Return where a page is corrected, "" if it is not, as the photos' is not."""
    if step is None or step.slug in corrections.NEVER:
        return ""
    return corrections.address(token, step)


@require_http_methods(["GET", "HEAD", "POST"])
@for_patient(keeps_late=True)
def page(request, intake, token, slug, number=None):
    """Show one page of the intake as it was answered; take what is corrected there."""
    if request.method == "POST":
        return _post(request, intake, token, slug, number)
    route = steps.Route(intake)
    step = corrections.find(route, slug, number)
    if step is None:
        raise Http404
    shown = corrections.shown(route, step, with_faults=FAULTS in request.GET)
    return show(
        request,
        "correct_page",
        {
            "intake": intake,
            "token": token,
            "shown": shown,
            "form": shown.form,
            "address": corrections.address(token, step),
            "progress": Progress(intake),
            "is_missing": step in corrections.missing(route),
            "scars": route.scars,
        },
    )


def _post(request, intake, token, slug, number):
    overview = reverse("consultations:corrections", args=[token])
    if devices.must_prove(request, intake):
        corrections.keep_typed(intake, slug, number, request.POST)
        return redirect("consultations:status", token=token)
    if "discard" in request.POST:
        corrections.discard(intake, slug, number)
        return redirect(overview)
    taken = corrections.take(intake, slug, number, request.POST)
    if taken is None:
        raise Http404
    if taken.is_kept_only:
        return redirect(f"{corrections.address(token, taken.step)}?{FAULTS}")
    if taken.following and not taken.is_flagged_anew:
        return redirect(corrections.address(token, taken.following))
    return redirect(f"{overview}?{SAVED}" if taken.changes else overview)
