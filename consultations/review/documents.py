"""Plans and intakes as documents to print or to keep: a page, and a PDF of that page.

WeasyPrint needs Pango, a library of the system. Without it the page still prints, and
says why there is no PDF.
"""

import logging
import mimetypes
from functools import cache
from urllib.parse import unquote, urlsplit

from django.conf import settings
from django.contrib.staticfiles import finders
from django.contrib.staticfiles.storage import staticfiles_storage
from django.http import HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.utils import timezone

from consultations.intake import answers as read_answers
from consultations.intake import steps
from consultations.review import patient_plan

logger = logging.getLogger("django.scarclinic")

NOWHERE = "https://document.invalid"
"""What addresses in a document are relative to: only our static files are read."""


@cache
def _weasyprint():
    """Return the library, None where the system lacks what it needs.

    It takes a second and 40 MB, so only who makes a PDF loads it.
    """
    try:
        import weasyprint
        from PIL import ImageFile
    except OSError:
        logger.warning("No PDF without Pango: apt install libpango-1.0-0 and so on.")
        return None
    # It has Pillow take halves of pictures for whole, in all of the process: not in ours.
    ImageFile.LOAD_TRUNCATED_IMAGES = False
    return weasyprint


def can_make_pdf():
    """Return whether this machine can make PDFs."""
    return _weasyprint() is not None


def _static_file(url):
    """Return a static file of ours, opened; raises ValueError for all else."""
    name = unquote(urlsplit(url).path).removeprefix(settings.STATIC_URL)
    if not url.startswith(NOWHERE + settings.STATIC_URL):
        raise ValueError(url)
    if path := finders.find(name):
        return open(path, "rb")
    return staticfiles_storage.open(name)


def _as_pdf(html):
    library = _weasyprint()

    class OurFiles(library.urls.URLFetcher):
        def fetch(self, url, headers=None):
            kind, _encoding = mimetypes.guess_type(urlsplit(url).path)
            headers = {"Content-Type": kind or "application/octet-stream"}
            return library.urls.URLFetcherResponse(url, _static_file(url), headers)

    return library.HTML(
        string=html, base_url=NOWHERE + "/", url_fetcher=OurFiles()
    ).write_pdf()


def _answer(request, template, context, *, as_pdf, pdf_url):
    context |= {
        "printed_at": timezone.now(),
        "pdf_url": pdf_url if can_make_pdf() else "",
    }
    if not as_pdf or not can_make_pdf():
        context["is_without_pdf"] = not can_make_pdf()
        response = render(request, template, context)
    else:
        html = render_to_string(template, context | {"is_pdf": True}, request)
        response = HttpResponse(_as_pdf(html), content_type="application/pdf")
        name = f"{context['intake'].reference}.pdf"
        response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


def plan(request, plan, *, as_pdf=False, pdf_url=""):
    """Answer with a plan as its patient reads it; of an unsigned one, a preview."""
    context = {
        "plan": patient_plan.for_patient(plan, preview=True),
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
