"""Second factors: passkeys, codes of an app (TOTP), recovery codes. By django-allauth.

Whoever has none reaches nothing but the pages that enrol one, while `SECOND_FACTOR` is on.
What counts is the session: one that was opened with a password alone stays outside after
its owner has enrolled elsewhere.

Every request asks this module, so it imports nothing of passkeys: their library takes a
tenth of the site's start. `enrolment` adds and removes factors, `second_step` asks for
one at log-in.
"""

import json
from collections.abc import Callable
from typing import Any

from allauth.account.authentication import get_authentication_records
from allauth.core.internal.cryptokit import normalize_user_code
from allauth.mfa.base import forms as codes
from allauth.mfa.models import Authenticator
from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.serializers.json import DjangoJSONEncoder
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext_lazy as lazy

from scarclinic.staff import account_mail, ledger, throttle
from scarclinic.staff.account_mail import Kind
from scarclinic.staff.ledger import Action
from scarclinic.staff.models import User

Type = Authenticator.Type
ENROLMENT = {
    "mfa_index",
    "mfa_activate_totp",
    "totp_qr",
    "mfa_add_webauthn",
    "mfa_view_recovery_codes",
    "prove",
    "account_logout",
    "jsi18n",
}
"""The names of what an account without a second factor may open."""
Answer = Callable[[HttpRequest], HttpResponse]


def has_factor(user: User) -> bool:
    """Return whether an account has a second factor: an app or a passkey."""
    return user.authenticator_set.filter(type__in=[Type.TOTP, Type.WEBAUTHN]).exists()


def used_factor(request: HttpRequest) -> bool:
    """Return whether this session has proved a second factor. Asks no database."""
    records = get_authentication_records(request, request.user)
    return any(record["method"] == "mfa" for record in records)


def require(get_response: Answer) -> Answer:
    """Let who has proved no second factor reach nothing but enrolment."""

    def answer(request: HttpRequest) -> HttpResponse:
        # Who has no session is nobody's account: public pages stay without a query.
        if (
            settings.SECOND_FACTOR
            and settings.SESSION_COOKIE_NAME in request.COOKIES
            and request.user.is_authenticated
            and not used_factor(request)
        ):
            request.needs_factor = True  # type: ignore[attr-defined]
        return get_response(request)

    def process_view(
        request: HttpRequest, view: Any, args: Any, kwargs: Any
    ) -> HttpResponse | None:
        if not getattr(request, "needs_factor", False):
            return None
        match = request.resolver_match
        return None if match and match.url_name in ENROLMENT else redirect("mfa_index")

    answer.process_view = process_view  # type: ignore[attr-defined]
    return answer


# What forms share


def ask_digits(field: forms.Field) -> None:
    """Have a telephone offer digits; a label says what is typed, no placeholder."""
    field.widget.attrs["inputmode"] = "numeric"
    del field.widget.attrs["placeholder"]


def as_json(options: dict[str, Any]) -> str:
    """Return the options of a passkey as our script reads them from a data attribute."""
    return json.dumps(options, cls=DjangoJSONEncoder)


def use_once(form: codes.BaseAuthenticateForm, clean_code: Callable[[], str]) -> str:
    """Return a right code; raises `ValidationError` if it is wrong or has been used.

    The library remembers used ones in the cache, which each process has for itself.
    """
    code = clean_code()
    if form.authenticator.type == Type.TOTP:
        used = f"{form.authenticator.pk} {normalize_user_code(code)}"
        if throttle.spend("code used", used):
            raise ValidationError(lazy("Incorrect code."), code="incorrect_code")
    return code


def record_use(authenticator: Authenticator) -> None:
    """Record that a recovery code was used up."""
    if authenticator.type == Type.RECOVERY_CODES:
        user = authenticator.user
        ledger.record(Action.CODE_USED, user, by=user)
        account_mail.tell(user, Kind.CODE_USED)
