"""Sessions of the staff: idle ones end, their owner lists and ends them, log-out tidies up.

Nothing typed is lost with a session: a form that comes after its end, or with the token
of an earlier log-in, is answered by a page that carries all of it, to be sent again.
"""

from collections.abc import Callable
from time import time
from typing import Any

from allauth.account.views import logout as leave
from django.conf import settings
from django.contrib import admin, auth, messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.cache import add_never_cache_headers
from django.utils.translation import gettext as _
from django.views.csrf import csrf_failure as stock_csrf_failure
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from scarclinic.staff import login, session_list, throttle
from scarclinic.staff.proof import ask, typed

IDLE_SECONDS = 30 * throttle.MINUTE
EVERY_SECONDS = throttle.MINUTE
"""How often a session notes that it is in use: a write each time."""
KEYS = BEGUN, SEEN = "begun", "seen"
Answer = Callable[[HttpRequest], HttpResponse]


def end_idle(get_response: Answer) -> Answer:
    """Log out whoever was idle for half an hour, is in for half a day, or left the staff."""

    def answer(request: HttpRequest) -> HttpResponse:
        # Who has no session is nobody's account: public pages stay without a query.
        if (
            settings.SESSION_COOKIE_NAME in request.COOKIES
            and request.user.is_authenticated
        ):
            _note_or_end(request)
        response = get_response(request)
        if _is_turned_away(request, response):
            return interrupted(request)
        return response

    return answer


def _note_or_end(request: HttpRequest) -> None:
    if not request.user.is_staff:
        # Nobody else has anything to do here, their own account included.
        auth.logout(request)
        return
    now = int(time())
    begun, seen = (request.session.get(key) for key in KEYS)
    if begun is None or seen is None:
        # Of before, or not by the log-in page: it counts from now.
        request.session[BEGUN] = request.session[SEEN] = now
    elif not (
        -EVERY_SECONDS < now - seen < IDLE_SECONDS
        and now - begun < settings.SESSION_COOKIE_AGE
    ):
        auth.logout(request)
    elif now - seen >= EVERY_SECONDS:
        request.session[SEEN] = now


# What was typed when a session ended


def _is_of_staff(request: HttpRequest) -> bool:
    return request.method == "POST" and request.path.startswith(reverse("admin:index"))


def _is_turned_away(request: HttpRequest, response: HttpResponse) -> bool:
    """Return whether a form that says something is led to the log-in instead."""
    if response.status_code != 302 or not (_is_of_staff(request) and typed(request)):
        return False
    page = reverse("account_login")
    led_to_log_in = response["Location"].partition("?")[0] == page
    names = ("account_logout", "mfa_authenticate", "mfa_login_webauthn")
    is_log_in = request.path in (page, *(reverse(name) for name in names))
    return led_to_log_in and not is_log_in and request.user.is_anonymous


def interrupted(request: HttpRequest) -> HttpResponse:
    """Return a page that carries all that was typed, to send it again."""
    response = render(
        request,
        "admin/staff/interrupted.html",
        {
            **admin.site.each_context(request),
            "title": _("Not sent yet"),
            "typed": typed(request),
            "has_files": bool(request.FILES),
            "action": request.get_full_path(),
        },
        status=403,
    )
    add_never_cache_headers(response)
    return response


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Keep what was typed in a form of the staff whose token is of an earlier log-in.

    Only if the browser says that one of our own pages sent it.
    """
    origin = f"{request.scheme}://{request.get_host()}"
    if _is_of_staff(request) and request.headers.get("Origin") == origin:
        return interrupted(request)
    return stock_csrf_failure(request, reason)


# One's own sessions


@require_http_methods(["GET", "POST"])
@never_cache
@login_required
def own(request: HttpRequest) -> HttpResponse:
    """List where one is logged in, and end that."""
    if request.method == "POST":
        if page := ask(request):
            return page
        key = request.session.session_key
        session_list.end(request.user, by=request.user, but=key)
        messages.success(request, _("You are logged out everywhere else."))
        return redirect("usersessions_list")
    key = request.session.session_key
    sessions = [
        (each, each.session_key == key) for each in session_list.of(request.user)
    ]
    page = "usersessions/usersession_list.html"
    return render(request, page, {"sessions": sessions})


def logout(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
    """Log out, and have the browser forget pages and cookies.

    One cookie stays, that this browser was known: it opens nothing, and without it
    strangers could shut its owner out. `Clear-Site-Data` would take that as well, so the
    cookies are expired one by one.
    """
    response = leave(request, *args, **kwargs)
    if request.method == "POST":
        for name in request.COOKIES:
            if not name.startswith(login.DEVICE):
                response.delete_cookie(name, samesite="Lax")
        response["Clear-Site-Data"] = '"cache"'
    return response
