"""Access to a private link: by the key in the browser's cookie, or by date of birth."""

from functools import partial, wraps

from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache

from consultations.intake import devices, private_link, written
from consultations.letters.reach import Reach
from consultations.models import Intake
from consultations.private_page.forms import OpenForm
from consultations.review.workflow import NotAllowed
from scarclinic.staff import throttle

BIRTH_DATES = ("birth date by link", "birth date by link, total")


def show(request, template, context=None, **how):
    return render(request, f"consultations/{template}.html", context, **how)


def _opened(request, intake, token, *, is_own=False):
    if not devices.holds(request, intake):
        try:
            token = private_link.open_link(intake, token)
        except NotAllowed:
            return redirect("consultations:status", token=token)
    response = redirect("consultations:status", token=token)
    return devices.remember(response, token, is_own=is_own)


def _rests(request, intake, seconds):
    """Say that nobody may guess now. After the last guess a new link is written."""
    is_over = seconds > throttle.DAY
    if is_over and Reach(intake).may_write:
        private_link.send_link(intake)
    told = {"again": throttle.after(seconds), "is_over": is_over}
    told["is_draft"] = intake.is_draft
    return show(request, "too_many_dates", told, status=429)


def prove(request, intake, token):
    """Ask for the date of birth, right once, where a browser is new to an intake.

    Also where it was not used for a while. A draft that has none yet opens at the press
    of a button: mail scanners press none.
    """
    posted = request.method == "POST"
    if intake.date_of_birth is None:
        if not posted:
            return show(request, "go_on_here")
        return _opened(request, intake, token, is_own=devices.held(request).is_own)
    form = OpenForm(request.POST if posted else None)
    if form.is_bound and form.is_valid():
        guesses = [(name, intake.token_hash) for name in BIRTH_DATES]
        if seconds := throttle.spend_all(*guesses):
            return _rests(request, intake, seconds)
        if form.cleaned_data["date_of_birth"] == intake.date_of_birth:
            throttle.refund_all(*guesses)
            if not devices.holds(request, intake) and private_link.is_redirected(
                intake
            ):
                return show(request, "redirected", status=403)
            is_own = form.cleaned_data["is_own"]
            return _opened(request, intake, token, is_own=is_own)
        private_link.note_wrong_date(intake)
        form.refuse()
    return show(request, "birth", {"form": form, "is_draft": intake.is_draft})


def _elsewhere(request, token):
    to_status = redirect("consultations:status", token=token)
    texts = written.texts(request)
    if not texts:
        return to_status
    # Nothing is kept of it: we do not know whose it is.
    context = {"written": texts, "onward": to_status.url}
    return show(request, "not_sent", context, status=409)


def _may(request, intake, *, takes_late, keeps_late):
    """Return whether a browser may do what it asks for: words are taken even late."""
    if request.method == "POST" and (
        keeps_late or (takes_late and written.texts(request))
    ):
        return devices.holds(request, intake)
    return devices.opens(request, intake)


def for_patient(view=None, *, takes_late=False, keeps_late=False):
    """Hand the view an intake that was sent, from the browser that holds its link.

    Any other is sent to the link's own page, which says what is to be done there; but
    first what was written is shown once more, to be copied. A view that `takes_late` gets
    words also where the date of birth must be proved first; it then shows nothing. One
    that `keeps_late` gets whatever was posted, only to keep it as it was typed.
    """
    if view is None:
        return partial(for_patient, takes_late=takes_late, keeps_late=keeps_late)

    @wraps(view)
    @never_cache
    @devices.keeps_its_address
    def with_intake(request, token, **kwargs):
        intake = Intake.objects.sent().with_token(token).first()
        if (
            intake is None
            or intake.is_link_over
            or not _may(request, intake, takes_late=takes_late, keeps_late=keeps_late)
        ):
            return _elsewhere(request, token)
        try:
            response = view(request, intake, token, **kwargs)
        except NotAllowed:
            if Intake.objects.filter(pk=intake.pk).exists():
                raise
            # It was erased while this request was on its way.
            return _elsewhere(request, token)
        if devices.must_prove(request, intake):
            is_kept = response.status_code == 302
            return response if is_kept else _elsewhere(request, token)
        return devices.stay(request, response, token)

    return with_intake
