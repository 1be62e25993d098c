"""The status page of a private link, and the signed plans."""

from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from consultations.intake import devices, steps
from consultations.models import ConsentPurpose, Intake
from consultations.private_page import corrections
from consultations.private_page.access import (
    for_patient,
    prove,
    show,
)
from consultations.private_page.progress import Progress
from consultations.private_page.views import responses
from consultations.review import documents, patient_plan


@never_cache
@devices.keeps_its_address
@require_http_methods(["GET", "HEAD", "POST"])
def status(request, token):
    """Show what became of an intake. To read it changes nothing; a form only opens it."""
    intake = Intake.objects.with_token(token).first()
    if intake is None:
        return _none(request, token)
    if intake.is_link_over:
        return show(request, "link_over", {"token": token})
    if not devices.opens(request, intake):
        return prove(request, intake, token)
    if request.method == "POST":
        return redirect(request.path)
    page = _draft(request, intake) if intake.is_draft else _sent(request, intake, token)
    return devices.stay(request, page, token)


def _none(request, token):
    """Lead the browser that sent an intake from its old address to the new one."""
    sent = Intake.objects.sent_with(token).first()
    if sent and sent.token and devices.holds(request, sent):
        return redirect("consultations:status", token=sent.token)
    return show(request, "no_link", status=404)


def _draft(request, intake):
    route = steps.Route(intake)
    unfinished = route.unfinished()
    context = {"intake": intake, "open": len(unfinished), "count": len(route.pages)}
    context["token"] = devices.token_of(request, intake)
    context["link"] = devices.link_of(request, intake)
    context["page"] = unfinished[0] if unfinished else None
    return show(request, "draft", context)


def _sent(request, intake, token):
    progress = Progress(intake)
    context = {"intake": intake, "token": token, "progress": progress}
    context["photos"] = not intake.is_withdrawn and intake.is_agreed(
        ConsentPurpose.PHOTOS
    )
    if not intake.is_withdrawn:
        context |= _left_over(progress, intake, token)
    if progress.signed and not intake.is_withdrawn:
        context["plan"] = patient_plan.for_patient(progress.signed[-1])
        context["new_red_flags"] = progress.red_flags_since(context["plan"])
        if not context["new_red_flags"]:
            context |= responses.shown(request, intake, context["plan"].plan)
        return show(request, "own_plan", context)
    return show(request, "status", context)


def _left_over(progress, intake, token):
    """Return what a patient has begun to correct: not sent yet, or to be answered still."""
    is_corrected = progress.is_correctable and intake.corrections.exists()
    if not (intake.typed or is_corrected):
        return {}
    route = steps.Route(intake)
    missing = corrections.missing(route) if is_corrected else []
    return {
        "unfinished": corrections.linked(token, corrections.unfinished(route)),
        "missing": corrections.linked(token, missing),
    }


def _version(intake, version):
    return get_object_or_404(intake.plans.signed(), version=version)


@require_safe
@for_patient
def plan(request, intake, token, version):
    """Show one signed version of the plan."""
    context = {"intake": intake, "token": token, "version": version}
    context["plan"] = patient_plan.for_patient(_version(intake, version))
    context["new_red_flags"] = Progress(intake).red_flags_since(context["plan"])
    return show(request, "own_plan", context)


@require_safe
@for_patient
def plan_document(request, intake, token, version, *, as_pdf=False):
    """Show one signed version as it prints, or send it as a PDF."""
    pdf_url = reverse("consultations:plan_pdf", args=[token, version])
    signed = _version(intake, version)
    return documents.plan(request, signed, as_pdf=as_pdf, pdf_url=pdf_url)


@require_safe
@for_patient
def answers(request, intake, token, *, as_pdf=False):
    """Show all that was answered as it prints, or send it as a PDF."""
    pdf_url = reverse("consultations:answers_pdf", args=[token])
    return documents.answers(request, intake, as_pdf=as_pdf, pdf_url=pdf_url)
