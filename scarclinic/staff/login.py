"""Log-in form that rate-limits wrong passwords, and devices that have logged in before."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from math import ceil
from secrets import token_urlsafe
from time import time
from typing import Any

from allauth.account import forms as allauth_forms
from allauth.core import context
from django.conf import settings
from django.contrib.admin.forms import AdminPasswordChangeForm
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy
from django.utils.translation import ngettext
from django.views.decorators.debug import sensitive_variables

from scarclinic.staff import account_mail, ledger, throttle
from scarclinic.staff.account_mail import Kind
from scarclinic.staff.models import User
from scarclinic.staff.text.forms import EmailField

DEVICE_DAYS = 400
"""The longest that browsers keep a cookie."""


def remember_device(response: HttpResponse, user: User) -> None:
    """Name the browser, and the account that has logged in there, in a signed cookie.

    The password's hash is part of the salt: a changed password forgets all devices.
    """
    response.set_signed_cookie(
        _cookie(user),
        token_urlsafe(16),
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


DEVICE = f"{settings.COOKIE_PREFIX}device-"
"""How the names of these cookies begin."""


def _cookie(user: User) -> str:
    return f"{DEVICE}{user.pk}"


def _salt(user: User) -> str:
    return f"scarclinic.staff.device {user.pk} {user.password}"


def welcome(request: HttpRequest, response: HttpResponse, user: User) -> None:
    """Record a log-in, and know its browser from then on."""
    request.session["begun"] = request.session["seen"] = int(time())
    if not known_device(request, user):
        account_mail.tell(user, Kind.NEW_DEVICE)
    remember_device(response, user)
    ledger.record(ledger.Action.LOGIN, user, by=user)


def buckets(
    request: HttpRequest, name: str, user: User | None, *, of: str = "login"
) -> list[tuple[str, str]]:
    """Return what an attempt is counted by: strangers never use up a known device's.

    `of` is what is tried: "login", a password; "code", the code that follows.
    """
    if user and (device := known_device(request, user)):
        return [(f"{of} by known device", f"{device} {user.pk}")]
    address = throttle.client_address(request)
    return [
        (f"{of} by name and address", f"{name} {address}"),
        (f"{of} by address", address),
        (f"{of} by name", name),
    ]


@contextmanager
def attempt(
    tried: Iterable[tuple[str, str]], account: User | None, *, by: User | None = None
) -> Iterator[None]:
    """Count a try to prove who one is: a wrong one is recorded, a right one counts not.

    A wrong one raises `ValidationError` inside, and one too many before that. `by` is who
    is in already.
    """
    tried = list(tried)
    spend(tried)
    try:
        yield
    except ValidationError:
        ledger.record(ledger.Action.LOGIN_FAILED, account, by=by)
        raise
    throttle.refund_all(*tried)


def spend(tried: Iterable[tuple[str, str]]) -> None:
    """Take a token from each bucket, or raise `ValidationError`: try again later."""
    if seconds := throttle.spend_all(*tried):
        raise _wait(seconds)


def _wait(seconds: int) -> ValidationError:
    minutes = ceil(seconds / throttle.MINUTE)
    message = ngettext(
        "There were too many wrong attempts. Try again in %(count)d minute.",
        "There were too many wrong attempts. Try again in %(count)d minutes.",
        minutes,
    )
    return ValidationError(message % {"count": minutes})


class LoginForm(allauth_forms.LoginForm):
    """Spends a token for each attempt, before it looks at the password."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["login"].label = _("Username")
        for field in self.fields.values():
            field.widget.attrs.pop("placeholder", None)
            field.help_text = ""

    @sensitive_variables()
    def _clean_with_password(self, credentials: dict[str, Any]) -> dict[str, Any]:
        name = credentials["username"]
        account = User.objects.filter(username=name).first()
        with attempt(buckets(self.request, name, account), account):
            return self._of_staff(credentials)

    @sensitive_variables()
    def _of_staff(self, credentials: dict[str, Any]) -> dict[str, Any]:
        try:
            cleaned = super()._clean_with_password(credentials)
            if not self.user.is_staff:
                raise ValidationError("")
        except ValidationError as error:
            raise ValidationError(
                _(
                    "Please enter the correct username and password for a staff "
                    "account. Note that both fields may be case-sensitive."
                )
            ) from error
        return cleaned


class PasswordForm(AdminPasswordChangeForm):
    """Own password: the old one cannot be guessed without limit."""

    @sensitive_variables()
    def clean_old_password(self) -> str:
        bucket = ("old password by account", str(self.user.pk))
        with attempt([bucket], self.user, by=self.user):
            return super().clean_old_password()

    def save(self, commit: bool = True) -> User:
        user = super().save(commit)
        ledger.record(ledger.Action.PASSWORD_CHANGED, user, by=user)
        account_mail.tell(user, Kind.PASSWORD)
        return user


class ResetForm(allauth_forms.ResetPasswordForm):
    """Ask for a link by mail. It says the same whether there is such an account."""

    email = EmailField(label=lazy("Your e-mail address"))

    def clean_email(self) -> str:
        spend(self._buckets(self.cleaned_data["email"]))
        return super().clean_email()

    def _buckets(self, email: str) -> list[tuple[str, str]]:
        """Return what a link is counted by: strangers never use up a known device's."""
        request = context.request
        for user in User.objects.filter(email__iexact=email, is_staff=True):
            if device := known_device(request, user):
                return [("reset by known device", f"{device} {user.pk}")]
        address = throttle.client_address(request)
        return [
            ("reset by e-mail and address", f"{email} {address}"),
            ("reset by address", address),
            ("reset by e-mail", email),
        ]
