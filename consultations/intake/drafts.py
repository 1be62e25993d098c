"""A draft: whose it is, and what it keeps.

The token of its private link lies in a cookie of its own, signed: who has only the link
must know the date of birth before a browser of theirs gets one. No session: the cookie
holds no answer, and the database only the token's hash. The same token opens the status
page later, so a second press on "Send" finds its way there.
"""

from datetime import timedelta

from django.conf import settings
from django.core.signing import BadSignature, Signer
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from consultations.intake import people_search, statistics
from consultations.intake.forms.page import PageForm
from consultations.intake.forms.start import HoneypotForm
from consultations.intake.photos import keeping
from consultations.intake.steps import Step
from consultations.models import Intake, Scar

FIELD = "intake"
"""Name of a form's hidden field with the cookie as it was when the form was shown."""
NO_PERSON_FINISHES_IN = timedelta(seconds=30)
COOKIE_AGE = 60 * 60 * 24 * settings.DRAFT_DAYS


# Whose it is


def _signer() -> Signer:
    return Signer(salt="consultations.intake.drafts")


def proof(token: str) -> str:
    """Return what shows that a browser was given the token, and does not only know it."""
    return _signer().sign(token)


def _proved(proof: str) -> str:
    try:
        return _signer().unsign(proof)
    except BadSignature:
        return ""


def token_of(request: HttpRequest) -> str:
    """Return the token of the form that was posted, else that the browser holds, or ""."""
    posted = _proved(request.POST.get(FIELD, ""))
    return posted or _proved(request.COOKIES.get(settings.INTAKE_COOKIE_NAME, ""))


def current(request: HttpRequest, *, lock: bool = False) -> Intake | None:
    """Return the intake that the browser holds the link to, or None."""
    intakes = Intake.objects.with_token(token_of(request))
    return next(iter(intakes.select_for_update() if lock else intakes), None)


def remember(response: HttpResponse, token: str) -> HttpResponse:
    """Let the browser find its intake again."""
    response.set_cookie(
        settings.INTAKE_COOKIE_NAME,
        proof(token),
        max_age=COOKIE_AGE,
        httponly=True,
        samesite="Lax",
        secure=settings.SESSION_COOKIE_SECURE,
    )
    return response


# What it keeps


class Overtaken(Exception):
    """A draft was saved by another request since it was read."""


def hold(intake: Intake) -> None:
    """Lock the row of a draft that was read before; raises Overtaken if it changed.

    Every change of a draft sets `touched_at`, which serves as its version (optimistic
    locking).
    """
    drafts = Intake.objects.drafts().select_for_update().filter(pk=intake.pk)
    if list(drafts.values_list("touched_at", flat=True)) != [intake.touched_at]:
        raise Overtaken


def save(intake: Intake, *fields: str) -> None:
    """Save some fields, and let the draft and its link live on from now."""
    intake.touched_at = timezone.now()
    intake.extend_link()
    intake.save(update_fields=[*fields, "touched_at", "link_expires_at"])


def keep(intake: Intake, step: Step, form: PageForm) -> list[str]:
    """Keep a page that was posted, as an answer or as it was typed.

    Returns the fields of the intake that are to be saved: `save` does, and the caller
    holds the row.
    """
    if form.is_valid():
        changed = form.save()
        if people_search.FIELDS & set(changed):
            people_search.index(intake)
        intake.typed.pop(step.key, None)
        intake.done = [key for key in intake.done if key != step.key]
        if not getattr(form, "adds_a_scar", False):
            intake.done.append(step.key)
        statistics.completed(intake, step.key)
        return ["done", "typed", "visits", *changed]
    if typed := form.typed():
        intake.typed[step.key] = typed
    return ["typed", "visits"]


@transaction.atomic
def remove_scar(intake: Intake, scar: Scar) -> None:
    """Take a scar out of a draft, with all that was said and shown of it."""
    its = f"/{scar.number}"
    keeping.remove_of([scar])
    scar.delete()
    intake.done = [key for key in intake.done if not key.endswith(its)]
    intake.typed = {k: v for k, v in intake.typed.items() if not k.endswith(its)}
    save(intake, "done", "typed")


def suspect(intake: Intake, form: HoneypotForm) -> None:
    """Note of a draft that perhaps no person writes it. Nothing is refused for it.

    To press a button within a second is human; to have answered all pages as well is not.
    """
    is_new = timezone.now() - intake.created_at < NO_PERSON_FINISHES_IN
    is_robot = form.is_trapped or (form.is_quick and is_new and bool(intake.done))
    if is_robot and not intake.is_suspected:
        intake.is_suspected = True
        intake.save(update_fields=["is_suspected"])
