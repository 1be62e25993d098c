"""Log-in form that rate-limits wrong passwords, and devices that have logged in before."""

from math import ceil
from secrets import token_urlsafe
from typing import Any

from django.conf import settings
from django.contrib.admin.forms import AdminAuthenticationForm, AdminPasswordChangeForm
from django.contrib.auth import get_user_model
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.utils.translation import ngettext
from django.views.decorators.debug import sensitive_variables

from scarclinic.staff import ledger, throttle
from scarclinic.staff.models import User

DEVICE_DAYS = 400
"""The longest that browsers keep a cookie."""


def remember_device(response: HttpResponse, user: User) -> None:
    """Name the browser, and the account that has logged in there, in a signed cookie.

    The password's hash is part of the salt: a changed password forgets all devices.
    """
    response.set_signed_cookie(
        _cookie(user),
        token_urlsafe(12),
        salt=_salt(user),
        max_age=DEVICE_DAYS * throttle.DAY,
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Lax",
    )


def known_device(request: HttpRequest, user: User) -> str:
    """Return the name of a browser that has logged into an account before, else ""."""
    device = request.get_signed_cookie(
        _cookie(user),
        default="",
        salt=_salt(user),
        max_age=DEVICE_DAYS * throttle.DAY,
    )
    return device or ""


def _cookie(user: User) -> str:
    return f"{settings.COOKIE_PREFIX}device-{user.pk}"


def _salt(user: User) -> str:
    return f"scarclinic.staff.device {user.pk} {user.password}"


def _buckets(
    request: HttpRequest, name: str, user: User | None
) -> list[tuple[str, str]]:
    """Return what an attempt is counted by: strangers never use up a known device's."""
    if user and (device := known_device(request, user)):
        return [("login by known device", f"{device} {user.pk}")]
    address = throttle.client_address(request)
    return [
        ("login by name and address", f"{name} {address}"),
        ("login by address", address),
        ("login by name", name),
    ]


def _wait(seconds: int) -> ValidationError:
    minutes = ceil(seconds / throttle.MINUTE)
    message = ngettext(
        "There were too many wrong passwords. Try again in %(count)d minute.",
        "There were too many wrong passwords. Try again in %(count)d minutes.",
        minutes,
    )
    return ValidationError(message % {"count": minutes})


class LoginForm(AdminAuthenticationForm):
    """Spends a token for each attempt, before it looks at the password."""

    request: HttpRequest

    @sensitive_variables()
    def clean(self) -> dict[str, Any]:
        name = self.cleaned_data.get("username", "")
        user = get_user_model().objects.filter(username=name).first()
        buckets = _buckets(self.request, name, user)
        if seconds := throttle.spend_all(*buckets):
            raise _wait(seconds)
        try:
            cleaned = super().clean()
        except ValidationError:
            ledger.record(ledger.Action.LOGIN_FAILED, user)
            raise
        throttle.refund_all(*buckets)
        return cleaned


class PasswordForm(AdminPasswordChangeForm):
    """Own password: the old one cannot be guessed without limit."""

    @sensitive_variables()
    def clean_old_password(self) -> str:
        bucket = ("old password by account", str(self.user.pk))
        if seconds := throttle.spend(*bucket):
            raise _wait(seconds)
        password = super().clean_old_password()
        throttle.refund(*bucket)
        return password

    def save(self, commit: bool = True) -> User:
        user = super().save(commit)
        ledger.record(ledger.Action.PASSWORD_CHANGED, user, by=user)
        return user
