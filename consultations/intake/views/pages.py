"""The intake: start, one page after the other, check, send."""

from functools import partial, wraps

from django.conf import settings
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

from consultations.intake import (
    devices,
    drafts,
    statistics,
    steps,
    submission,
    task_list,
    written,
)
from consultations.intake.forms.page import as_posted
from consultations.intake.forms.start import HoneypotForm, OwnDeviceForm
from consultations.intake.questions import pages
from consultations.models import Intake
from consultations.models.intake import ForWhom
from consultations.private_page import corrections
from consultations.review import workflow
from scarclinic.staff import throttle

FAULTS = "faults"
"""In a page's query: it says what is wrong with what was typed."""


def _show(request, template, context, **how):
    return render(request, f"consultations/{template}.html", context, **how)


# From page to page


def _next(route):
    return redirect(route.next_url)


def _lead_on(route):
    """Lead a patient who has posted something to the next open page, and count it.

    The caller saves the intake's `visits`.
    """
    step = route.next_step
    statistics.reached(route.intake, step.key if step else statistics.CHECK)
    return redirect(step.url if step else "consultations:check")


def _after(route, step, known):
    """Lead on from a page that was answered: to what a new red flag calls for, first.

    `known` are the red flags that stood before. Who decides for a young person is named
    before anything else.
    """
    if {flag.code for flag in route.red_flags} - known:
        following = route.next_step
        if following is None or following.page is not pages.GUARDIAN:
            return redirect("consultations:stop")
    return _lead_on(route)


def _too_many(request):
    """Spend a token for one more draft; return the page that says to wait, or None."""
    seconds = throttle.spend("start by address", throttle.client_address(request))
    again = {"again": throttle.after(seconds)}
    return _show(request, "too_many", again, status=429) if seconds else None


def gone(request):
    """Say that a browser's key opens nothing any more, and show what was written.

    Somebody else took the draft over, or it was deleted: so nothing of it is kept.
    """
    told = {"written": written.texts(request)}
    return _show(request, "gone", told, status=409 if request.method == "POST" else 200)


def _from_old_tab(request, intake, token, must_prove, slug="", number=None, **_others):
    """Answer a form of a draft that was sent meanwhile: nothing typed is dropped unseen.

    A page of answers is kept as it was typed, for the page that corrects it. What has no
    such page is shown once more, to be copied. None if there was nothing new in it.
    """
    kept = corrections.keep_typed(intake, slug, number, request.POST)
    if kept:
        return redirect(
            "consultations:status" if must_prove else corrections.address(token, kept),
            *([token] if must_prove else []),
        )
    texts = written.texts(request) if slug not in pages.SLUGS else []
    if not texts:
        return None
    told = {"written": texts, "onward": reverse("consultations:status", args=[token])}
    return _show(request, "sent_already", told, status=409)


def _on_draft(view, request, *, lock, keeps_late, **kwargs):
    token = devices.held(request).token
    intake = drafts.current(request, lock=lock)
    if intake is None and token:
        return gone(request)
    if intake is None:
        if request.method != "POST":
            return redirect("consultations:start")
        if refused := _too_many(request):
            return refused
        intake, token = Intake.objects.begin()
        return devices.stay(
            request, view(request, steps.Route(intake), **kwargs), token
        )
    must_prove = devices.must_prove(request, intake)
    is_late = must_prove and not (keeps_late and request.method == "POST")
    current = devices.token_of(request, intake) or token
    to_status = redirect("consultations:status", token=current)
    if not intake.is_draft and request.method == "POST":
        return (
            _from_old_tab(request, intake, current, must_prove, **kwargs) or to_status
        )
    if not intake.is_draft or is_late:
        return to_status
    response = view(request, steps.Route(intake), **kwargs)
    if must_prove:
        # What is typed is kept, and is no answer yet; then the date of birth is asked.
        return to_status
    if settings.INTAKE_COOKIE_NAME in response.cookies:
        return response
    return devices.stay(request, response, token)


def with_draft(view=None, *, keeps_late=False):
    """Hand the view the route of the browser's draft; send others where they belong.

    Where the date of birth must be proved first, a view that `keeps_late` still gets what
    was posted, to keep it; of its answer nothing is shown.

    A form that arrives without a draft (the cookie is gone) begins one, so that nothing
    typed is lost. The view holds the draft's row (`drafts.hold`) where it writes; if
    another request was quicker, it runs again with the row locked from the first.
    """
    if view is None:
        return partial(with_draft, keeps_late=keeps_late)

    @wraps(view)
    @never_cache
    def with_route(request, **kwargs):
        kwargs["keeps_late"] = keeps_late
        try:
            return _on_draft(view, request, lock=False, **kwargs)
        except drafts.Overtaken:
            with transaction.atomic():
                return _on_draft(view, request, lock=True, **kwargs)

    return with_route


# Start


@transaction.atomic
def _start(request):
    intake, token = Intake.objects.begin()
    drafts.suspect(intake, HoneypotForm(request.POST))
    if request.POST.get("for_whom") in ForWhom.values:
        # The button that was pressed says it; the first page shows it, to be changed.
        intake.for_whom = request.POST["for_whom"]
    response = _lead_on(steps.Route(intake))
    drafts.save(intake, "visits", "for_whom")
    # Whose device it is holds for all that is written there.
    is_own = "is_own" in request.POST or devices.held(request).is_own
    return devices.remember(response, token, is_own=is_own)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def start(request):
    """Say what an intake is; begin one only when asked to."""
    intake = drafts.current(request)
    is_open = intake is not None and intake.is_draft
    # A second tab that still shows "Start" must not leave a draft behind.
    if request.method == "POST" and (not is_open or "anew" in request.POST):
        return _too_many(request) or _start(request)
    if request.method == "POST":
        return _next(steps.Route(intake))
    told = {"resume": "", "sent": "", "honeypot": HoneypotForm()}
    if not devices.held(request).is_own:
        told["device"] = OwnDeviceForm()
    told["minutes"] = task_list.MINUTES
    if is_open:
        told |= {"resume": steps.Route(intake).next_url, "draft": intake}
    elif intake is not None and intake.token:
        told["sent"] = reverse("consultations:status", args=[intake.token])
    return _show(request, "start", told)


# One page


def around(route, step):
    """Return what a page shows beside its form."""
    place, count = route.place(step)
    return {
        "page": step,
        "back": route.before(step),
        "place": place,
        "count": count,
        "is_about": not route.is_length_known,
        "scars": route.scars,
        "route": route,
        "red_flags": route.red_flags,
    }


def _take(request, route, step):
    """Keep a posted page, and return where it leads.

    All that can be read and checked before is: the draft, and SQLite's only writer, are
    held for as long as it takes to write. What is wrong is typed again by the page itself,
    so that a way back never asks to send a form again.
    """
    known = {flag.code for flag in route.red_flags}
    if step.page is pages.GUARDIAN and step.key not in route.intake.done:
        # What an age calls for is said once it is known who decides.
        known = set()
    form = route.form(step, request.POST)
    form.is_valid()
    route.load()
    is_late = devices.must_prove(request, route.intake)
    with transaction.atomic():
        drafts.hold(route.intake)
        fields = drafts.keep(route.intake, step, form, is_late=is_late)
        route.forget()
        if (
            "another" in request.POST
            and step.number
            and not form.errors
            and not is_late
        ):
            drafts.add_scar(route)
        if is_late or "later" in request.POST:
            onward = redirect("consultations:saved")
        elif form.errors:
            statistics.failed(route.intake, step.key)
            onward = redirect(f"{step.url}?{FAULTS}")
        else:
            onward = _after(route, step, known)
        drafts.save(route.intake, *fields)
    return onward


@require_http_methods(["GET", "HEAD", "POST"])
@with_draft(keeps_late=True)
def step(request, route, slug, number=None):
    """Ask one page of the intake; keep what is posted, and move on if it is valid."""
    if slug not in pages.SLUGS:
        raise Http404
    step = route.find(slug, number)
    if step is None:
        return _next(route)
    if request.method == "POST":
        return _take(request, route, step)
    typed = route.intake.typed.get(step.key)
    shows_faults = FAULTS in request.GET and (typed or not route.is_done(step))
    form = route.form(step)
    if shows_faults:
        form = route.form(step, as_posted(typed or form.carried()))
    return render(request, form.template, around(route, step) | {"form": form})


@require_safe
@with_draft
def tasks(request, route):
    """List the parts of the intake: what was answered, and what is left."""
    shown = {"parts": task_list.parts(route), "route": route}
    shown["minutes"] = task_list.minutes_left(route)
    return _show(request, "tasks", shown)


@require_POST
@with_draft
def add_scar(request, route):
    """Begin another scar, and ask about it next."""
    with transaction.atomic():
        drafts.hold(route.intake)
        drafts.add_scar(route)
        drafts.save(route.intake)
    return redirect("consultations:step", "scar-cause", route.scars[-1].number)


@require_POST
@with_draft
def remove_scar(request, route, number):
    """Take one scar out of the draft; the last one stays."""
    scar = next((each for each in route.scars if each.number == number), None)
    if scar and len(route.scars) > 1:
        with transaction.atomic():
            drafts.hold(route.intake)
            drafts.remove_scar(route.intake, scar)
    return redirect("consultations:tasks")


@require_safe
@with_draft
def stop(request, route):
    """Say calmly what to do about a red flag, and how the intake still reaches us."""
    if not route.red_flags:
        return _next(route)
    told = {"red_flags": route.red_flags, "onward": route.next_url, "route": route}
    return _show(request, "stop", told)


# Send


def _send(request, route):
    try:
        with transaction.atomic():
            drafts.hold(route.intake)
            drafts.suspect(route.intake, HoneypotForm(request.POST))
            sent = submission.submit(route.intake)
    except workflow.NotAllowed:
        # A question has been added since this page was read: it is shown now.
        return redirect("consultations:check")
    # What was sent has a new key: this browser has it from now on.
    response = redirect("consultations:status", token=sent.token)
    return devices.remember(response, sent.token, is_own=devices.held(request).is_own)


@require_http_methods(["GET", "HEAD", "POST"])
@with_draft
def check(request, route):
    """Show every answer with a way back to it; send them once."""
    unfinished = route.unfinished()
    if request.method == "POST" and not unfinished:
        return _send(request, route)
    return _show(
        request,
        "check",
        {
            "parts": task_list.read(route),
            "several": len(route.scars) > 1,
            "unfinished": [(step, step.title) for step in unfinished],
            "pressed": request.method == "POST",
            "honeypot": HoneypotForm(),
            "red_flags": route.red_flags,
            "route": route,
        },
    )
