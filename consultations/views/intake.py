"""The intake: start, one page after the other, check, send."""

from functools import wraps

from django.db import transaction
from django.http import Http404
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import (
    require_http_methods,
    require_POST,
    require_safe,
)

from consultations import drafts, steps, workflow
from consultations.forms.person import ContactForm
from consultations.models import Intake, IntakeStatus


def _show(request, template, context):
    return render(request, f"consultations/{template}.html", context)


def _next(route):
    unfinished = route.unfinished()
    return redirect(unfinished[0].url if unfinished else "consultations:check")


def _on_draft(view, request, **kwargs):
    token = drafts.token_of(request)
    posted = request.method == "POST"
    intake = drafts.current(request, lock=posted)
    if intake is None:
        if not posted:
            return redirect("consultations:start")
        intake, token = Intake.objects.begin()
    if intake.status != IntakeStatus.DRAFT:
        return redirect("consultations:status", token=token)
    return drafts.remember(view(request, steps.Route(intake), **kwargs), token)


def with_draft(view):
    """Hand the view the route of the browser's draft; send others where they belong.

    A form that arrives without a draft (the cookie is gone) begins one, so that nothing
    typed is lost. A POST holds the draft's row until it is answered; a GET holds nothing.
    """

    @wraps(view)
    @never_cache
    def with_route(request, **kwargs):
        if request.method == "POST":
            with transaction.atomic():
                return _on_draft(view, request, **kwargs)
        return _on_draft(view, request, **kwargs)

    return with_route


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def start(request):
    """Say what an intake is; begin one only when asked to."""
    intake = drafts.current(request)
    is_open = intake is not None and intake.status == IntakeStatus.DRAFT
    # A second tab that still shows "Start" must not leave a draft behind.
    if request.method == "POST" and (not is_open or "anew" in request.POST):
        intake, token = Intake.objects.begin()
        return drafts.remember(_next(steps.Route(intake)), token)
    if request.method == "POST":
        return _next(steps.Route(intake))
    resume, sent = "", ""
    if is_open:
        resume = _next(steps.Route(intake)).url
    elif intake is not None:
        sent = reverse("consultations:status", args=[drafts.token_of(request)])
    return _show(request, "start", {"resume": resume, "sent": sent})


def _keep(route, page, form):
    """Save a valid page and return the route as it is from here."""
    form.save()
    intake = route.intake
    done = [key for key in intake.done if key != page.key]
    intake.done = done if getattr(form, "adds_a_scar", False) else [*done, page.key]
    intake.save(update_fields=["done"])
    return steps.Route(intake)


@require_http_methods(["GET", "HEAD", "POST"])
@with_draft
def step(request, route, slug, number=None):
    """Ask one page of the intake; on a valid answer, save and move on."""
    if slug not in steps.SLUGS:
        raise Http404
    page = route.find(slug, number)
    if page is None:
        return _next(route)
    # Before the form is checked: that changes what it is about, right or wrong.
    place, count = route.place(page)
    back = route.before(page)
    form = route.form(page, request.POST if request.method == "POST" else None)
    if form.is_bound and form.is_valid():
        route = _keep(route, page, form)
        if route.red_flags and slug != ContactForm.slug:
            return redirect("consultations:stop")
        return _next(route)
    return _show(
        request,
        "step",
        {
            "form": form,
            "page": page,
            "back": back,
            "place": place,
            "count": count,
            "scars": route.scars,
        },
    )


@require_POST
@with_draft
def remove_scar(request, route, number):
    """Take one scar out of the draft; the last one stays."""
    if len(route.scars) > 1:
        route.intake.scars.filter(number=number).delete()
        done = [key for key in route.intake.done if not key.endswith(f"/{number}")]
        route.intake.done = done
        route.intake.save(update_fields=["done"])
    return redirect("consultations:step", slug="more-scars")


@require_safe
@with_draft
def stop(request, route):
    """Say calmly what to do about a red flag, and how the intake still reaches us."""
    if not route.red_flags:
        return _next(route)
    return _show(request, "stop", {"red_flags": route.red_flags})


@require_http_methods(["GET", "HEAD", "POST"])
@with_draft
def check(request, route):
    """Show every answer with a way back to it; send them once."""
    unfinished = route.unfinished()
    if request.method == "POST" and not unfinished:
        try:
            workflow.submit(route.intake)
        except workflow.NotAllowed:
            # A question has been added since this page was read: it is shown now.
            return redirect("consultations:check")
        return redirect("consultations:status", token=drafts.token_of(request))
    return _show(
        request,
        "check",
        {
            "pages": steps.answers_by_page(route),
            "unfinished": [(page, route.form(page).title) for page in unfinished],
            "pressed": request.method == "POST",
            "red_flags": route.red_flags,
        },
    )
