"""Plans and intakes as documents to print or to keep: a page, and a PDF of that page.

A PDF is made in a process of its own (`pdf`), two at a time. WeasyPrint needs Pango, a
library of the system. Without it the page still prints, and says why there is no PDF.
"""

import json
import logging
import subprocess
from ctypes.util import find_library
from functools import cache

from django.conf import settings
from django.contrib.staticfiles.finders import get_finders
from django.http import HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.utils import timezone

from consultations.intake import answers as read_answers
from consultations.intake import steps
from consultations.models import Photo, Response
from consultations.review import patient_plan
from consultations.review.pdf import NO_LIBRARY
from scarclinic.staff import confined, throttle

logger = logging.getLogger("django.scarclinic")

MAKER = confined.Work(
    name="pdf",
    module="consultations.review.pdf",
    places=2,
    patience=8.0,
    seconds=20.0,
)
LIBRARIES = ("gobject-2.0", "pango-1.0", "pangoft2-1.0", "harfbuzz", "fontconfig")


@cache
def can_make_pdf():
    """Return whether this machine can make PDFs."""
    missing = [name for name in LIBRARIES if not find_library(name)]
    if missing:
        logger.warning("No PDF without Pango: apt install libpango-1.0-0 and so on.")
    return not missing


def _folders():
    """Return where static files lie: collected, or where each app has them."""
    found = [settings.STATIC_ROOT] if not settings.DEBUG else []
    found += [
        storage.location
        for finder in get_finders()
        for storage in finder.storages.values()
    ]
    return [str(folder) for folder in found if folder]


def _as_pdf(html, who):
    """Return the bytes of a PDF, None if it could not be made; raises NoPlace."""
    told = json.dumps({"static": settings.STATIC_URL, "folders": _folders()})
    try:
        done = confined.run(MAKER, f"{told}\n{html}".encode(), who=who)
    except subprocess.TimeoutExpired:
        logger.error("A PDF took longer than %s s.", MAKER.seconds)
        return None
    if done.returncode:
        how = "no Pango" if done.returncode == NO_LIBRARY else done.returncode
        logger.error("A PDF could not be made: %s.", how)
        return None
    return done.stdout


def _too_many(request, seconds):
    """Say when the next PDF can be made; the page to print is there meanwhile."""
    context = {"again": throttle.after(seconds), "page": request.path}
    return render(request, "consultations/too_many_pdfs.html", context, status=429)


def _pdf(request, template, context):
    """Respond with the PDF of a document, or with why there is none now."""
    # Staff are told apart from patients: nobody uses up what is another's.
    who = f"{request.user.pk or 'patient'} {context['intake'].pk}"
    if seconds := throttle.spend("pdf by case", who):
        return _too_many(request, seconds)
    html = render_to_string(template, context | {"is_pdf": True}, request)
    try:
        pdf = _as_pdf(html, who)
    except confined.NoPlace:
        return _too_many(request, 0)
    if pdf is None:
        without = {"is_without_pdf": True, "pdf_url": ""}
        return render(request, template, context | without)
    response = HttpResponse(pdf, content_type="application/pdf")
    name = f"{context['intake'].reference}.pdf"
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


def _answer(request, template, context, *, as_pdf, pdf_url):
    context |= {
        "printed_at": timezone.now(),
        "pdf_url": pdf_url if can_make_pdf() else "",
    }
    if as_pdf and can_make_pdf():
        return _pdf(request, template, context)
    context["is_without_pdf"] = not can_make_pdf()
    return render(request, template, context)


def plan(request, plan, *, as_pdf=False, pdf_url="", of_child=None):
    """Answer with a plan as its patient reads it; of an unsigned one, a preview."""
    context = {
        "plan": patient_plan.for_patient(plan, preview=True, of_child=of_child),
        "intake": plan.intake,
    }
    return _answer(
        request,
        "consultations/plan_document.html",
        context,
        as_pdf=as_pdf,
        pdf_url=pdf_url,
    )


def answers(request, intake, *, as_pdf=False, pdf_url=""):
    """Respond with all answers of a patient, question by question."""
    context = {"intake": intake, "pages": read_answers.by_page(steps.Route(intake))}
    return _answer(
        request,
        "consultations/answers_document.html",
        context,
        as_pdf=as_pdf,
        pdf_url=pdf_url,
    )


def own_data(request, intake, context, *, as_pdf=False, pdf_url=""):
    """Respond with all that the clinic keeps of a patient, in words.

    `context` has what other rooms know: who looked, and what was seen or asked.
    """
    context |= {
        "intake": intake,
        "pages": read_answers.by_page(steps.Route(intake)),
        "corrections": list(intake.corrections.all()),
        "questions": list(intake.questions.all()),
        "messages": list(intake.messages.of().select_related("by")),
        "responses": list(
            Response.objects.filter(decision__plan__intake=intake).select_related(
                "decision__plan", "decision__card__revision"
            )
        ),
        "consents": list(
            intake.consents.filter(second=None).select_related("version__text")
        ),
        "photos": Photo.objects.filter(scar__intake=intake).select_related("scar"),
        "plans": [
            patient_plan.for_patient(each)
            for each in intake.plans.signed().order_by("version")
        ],
    }
    return _answer(
        request,
        "consultations/data_document.html",
        context,
        as_pdf=as_pdf,
        pdf_url=pdf_url,
    )
