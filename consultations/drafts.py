"""Whose intake is this? The token of its private link, in a cookie of its own.

No session: the cookie holds no answer, and the database only the token's hash. The same
token opens the status page later, so a second press on "Send" finds its way there.
"""

from django.conf import settings

from consultations.models import Intake

COOKIE = "intake"
COOKIE_AGE = 60 * 60 * 24 * 14


def token_of(request):
    """Return the token that the browser holds, or ""."""
    return request.COOKIES.get(COOKIE, "")


def current(request, *, lock=False):
    """Return the intake that the browser holds the link to, or None."""
    intakes = Intake.objects.with_token(token_of(request))
    return (intakes.select_for_update() if lock else intakes).first()


def remember(response, token):
    """Let the browser find its intake again."""
    response.set_cookie(
        COOKIE,
        token,
        max_age=COOKIE_AGE,
        httponly=True,
        samesite="Lax",
        secure=settings.SESSION_COOKIE_SECURE,
    )
    return response
