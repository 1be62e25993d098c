"""The patient's device: what its browser holds of a private link, and for how long.

The token lies in a cookie of its own, signed, with the time when the browser last used
it: who has only the link must know the date of birth before a browser of theirs gets one.
No session: the cookie holds no answer, and the database only the token's hash.

A shared telephone forgets by itself: after an hour without use the date of birth is asked
again, before anything is shown. What was typed meanwhile is kept, but is no answer before
that. Whoever says that the device is their own is not asked again.
"""

from collections.abc import Callable
from datetime import timedelta
from functools import wraps
from time import time
from typing import NamedTuple

from django.conf import settings
from django.core.signing import BadSignature, Signer
from django.http import HttpRequest, HttpResponse
from django.urls import reverse

from consultations.models import Intake, hashed

FIELD = "intake"
"""Name of a form's hidden field with the cookie as it was when the form was shown."""
FORGETS_AFTER = timedelta(hours=1)
OWN = "own"
COOKIE_AGE = 60 * 60 * 24 * settings.DRAFT_DAYS
OWN_COOKIE_AGE = 60 * 60 * 24 * settings.LINK_DAYS


class Held(NamedTuple):
    """What a browser has shown: a token, and when it last used it."""

    token: str = ""
    used_at: float = 0.0
    is_own: bool = False

    @property
    def is_fresh(self) -> bool:
        """Return whether it is still the same person, as far as one can tell."""
        return self.is_own or time() - self.used_at < FORGETS_AFTER.total_seconds()


def _signer() -> Signer:
    return Signer(salt="consultations.intake.devices")


def proof(token: str, used_at: float | None = None, is_own: bool = False) -> str:
    """Return what shows that a browser was given the token, and does not only know it."""
    used = OWN if is_own else int(time() if used_at is None else used_at)
    return _signer().sign(f"{token}.{used}")


def read(proof: str) -> Held:
    """Return what a proof says, nothing if it is none of ours."""
    try:
        token, _dot, used = _signer().unsign(proof).rpartition(".")
    except BadSignature:
        return Held()
    return Held(token, is_own=True) if used == OWN else Held(token, float(used))


def held(request: HttpRequest) -> Held:
    """Return what the form that was posted shows, else what the browser holds."""
    posted = read(request.POST.get(FIELD, ""))
    in_cookie = read(request.COOKIES.get(settings.INTAKE_COOKIE_NAME, ""))
    return in_cookie if posted.token in ("", in_cookie.token) else posted


def holds(request: HttpRequest, intake: Intake) -> bool:
    """Return whether this browser was given the key of an intake, however long ago.

    The browser that sent the intake holds the key with which it did so.
    """
    shown = hashed(held(request).token)
    return shown in (intake.token_hash, intake.sent_with_hash)


def token_of(request: HttpRequest, intake: Intake) -> str | None:
    """Return the key that opens an intake, for a link on a page that shows it.

    As the browser has it: we ourselves make none where our secret key is another, and
    then return None.
    """
    token = held(request).token
    return token if hashed(token) == intake.token_hash else intake.token


def link_of(request: HttpRequest, intake: Intake) -> str:
    """Return the whole address of the private link, to be copied from a page."""
    path = reverse("consultations:status", args=[token_of(request, intake)])
    if settings.SITE_URL:
        return f"{settings.SITE_URL}{path}"
    return request.build_absolute_uri(path)


def must_prove(request: HttpRequest, intake: Intake) -> bool:
    """Return whether the date of birth is asked again, before anything is shown.

    Also where the browser has forgotten: a page that was left open shows only that it
    held the key before.
    """
    if intake.date_of_birth is None:
        return False
    in_cookie = read(request.COOKIES.get(settings.INTAKE_COOKIE_NAME, ""))
    return not in_cookie.token or not held(request).is_fresh


def opens(request: HttpRequest, intake: Intake) -> bool:
    """Return whether an intake may be shown to this browser now."""
    return holds(request, intake) and not must_prove(request, intake)


def remember(
    response: HttpResponse, token: str, *, is_own: bool = False
) -> HttpResponse:
    """Let the browser find its intake again."""
    response.set_cookie(
        settings.INTAKE_COOKIE_NAME,
        proof(token, is_own=is_own),
        max_age=OWN_COOKIE_AGE if is_own else COOKIE_AGE,
        httponly=True,
        samesite="Lax",
        secure=settings.SESSION_COOKIE_SECURE,
    )
    return response


def stay(request: HttpRequest, response: HttpResponse, token: str) -> HttpResponse:
    """Let a browser that need not prove anything keep the key for longer."""
    return remember(response, token, is_own=held(request).is_own)


def forget(response: HttpResponse) -> HttpResponse:
    """Let the browser know nothing of an intake any more, nor keep a page of it."""
    response.delete_cookie(settings.INTAKE_COOKIE_NAME, samesite="Lax")
    response["Clear-Site-Data"] = '"cache"'
    return response


def keeps_its_address(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Keep the token in a page's address out of the Referer: only the site is named."""

    @wraps(view)
    def without_referer(request, *args, **kwargs):
        response = view(request, *args, **kwargs)
        response["Referrer-Policy"] = "strict-origin"
        return response

    return without_referer
