"""Access to a private link: by the token in the browser's cookie, or by date of birth."""

import re
from functools import wraps

from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache

from consultations.intake import drafts
from consultations.intake.questions.health import ASKED
from consultations.models import Intake
from consultations.private_page.forms import BirthDateForm
from consultations.review.workflow import NotAllowed
from scarclinic.staff import ledger, throttle

HIDDEN = {"csrfmiddlewaretoken", drafts.FIELD, ASKED}
BIRTH_DATES = ("birth date by link", "birth date by link, total")
CHOICE = re.compile(r"[a-z0-9_-]*")
"""Values of radio buttons and checkboxes, which need no copying."""


def show(request, template, context=None, **how):
    return render(request, f"consultations/{template}.html", context, **how)


def is_held(request, token):
    """Return whether this browser has opened the link before."""
    return drafts.token_of(request) == token


def _opened(intake, token):
    ledger.record(ledger.Action.LINK_OPENED, intake)
    return drafts.remember(redirect("consultations:status", token=token), token)


def prove(request, intake, token):
    """Ask for the date of birth, right once, where a browser is new to an intake.

    A draft that has none yet opens at the press of a button: mail scanners press none.
    """
    posted = request.method == "POST"
    if intake.date_of_birth is None:
        return _opened(intake, token) if posted else show(request, "go_on_here")
    form = BirthDateForm(request.POST if posted else None)
    if form.is_bound and form.is_valid():
        guesses = [(name, intake.token_hash) for name in BIRTH_DATES]
        if seconds := throttle.spend_all(*guesses):
            again = {"again": throttle.after(seconds)}
            return show(request, "too_many_dates", again, status=429)
        if form.cleaned_data["date_of_birth"] == intake.date_of_birth:
            throttle.refund_all(*guesses)
            return _opened(intake, token)
        form.refuse()
    return show(request, "birth", {"form": form})


def _written(request):
    """Return the free texts of a POST, [text]."""
    return [
        text
        for name, texts in request.POST.lists()
        if name not in HIDDEN
        for text in texts
        if text.strip() and (name == "answer" or not CHOICE.fullmatch(text))
    ]


def _elsewhere(request, token):
    to_status = redirect("consultations:status", token=token)
    written = _written(request)
    if not written:
        return to_status
    # Nothing is kept of it: we do not know whose it is.
    context = {"written": written, "onward": to_status.url}
    return show(request, "not_sent", context, status=409)


def for_patient(view):
    """Hand the view an intake that was sent, from the browser that holds its link.

    Any other is sent to the link's own page, which says what is to be done there; but
    first what was written is shown once more, to be copied.
    """

    @wraps(view)
    @never_cache
    def with_intake(request, token, **kwargs):
        intake = None
        if is_held(request, token):
            intake = Intake.objects.sent().with_token(token).first()
        if intake is None or intake.is_link_over:
            return _elsewhere(request, token)
        try:
            return view(request, intake, token, **kwargs)
        except NotAllowed:
            if Intake.objects.filter(pk=intake.pk).exists():
                raise
            # It was erased while this request was on its way.
            return _elsewhere(request, token)

    return with_intake
