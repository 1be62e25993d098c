"""Second factors: passkeys, codes of an app (TOTP), recovery codes. By django-allauth.

Whoever has none reaches nothing but the pages that enrol one, while `SECOND_FACTOR` is on.
What counts is the session: one that was opened with a password alone stays outside after
its owner has enrolled elsewhere.
"""

import json
from collections.abc import Callable
from typing import Any

from allauth.account.authentication import (
    AUTHENTICATION_METHODS_SESSION_KEY,
    get_authentication_records,
)
from allauth.account.internal.flows.login import record_authentication
from allauth.core import context
from allauth.core.internal.cryptokit import normalize_user_code
from allauth.mfa.adapter import get_adapter
from allauth.mfa.base import forms as codes
from allauth.mfa.base.views import AuthenticateView, IndexView
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.views import GenerateRecoveryCodesView
from allauth.mfa.totp.forms import ActivateTOTPForm
from allauth.mfa.totp.internal.auth import get_totp_secret
from allauth.mfa.totp.views import ActivateTOTPView, DeactivateTOTPView
from allauth.mfa.webauthn import forms as passkeys
from allauth.mfa.webauthn.internal import auth as webauthn
from allauth.mfa.webauthn.views import AddWebAuthnView, RemoveWebAuthnView
from django import forms
from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.core.serializers.json import DjangoJSONEncoder
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse_lazy
from django.utils.translation import gettext_lazy as lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from scarclinic.staff import account_mail, ledger, login, session_list, throttle
from scarclinic.staff.account_mail import Kind
from scarclinic.staff.ledger import Action
from scarclinic.staff.models import User
from scarclinic.staff.text.forms import LineField

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


# Changes of one's own factors


def _changed(request: HttpRequest, action: Action) -> None:
    """Record a change; whoever else is logged in as this account is logged out."""
    ledger.record(action, request.user, by=request.user)
    account_mail.tell(request.user, Kind.FACTORS)
    session_list.drop(request.user, but=request.session.session_key)
    if not has_factor(request.user):
        # The next page is enrolment again.
        records = get_authentication_records(request, request.user)
        request.session[AUTHENTICATION_METHODS_SESSION_KEY] = [
            record for record in records if record["method"] != "mfa"
        ]


class Index(IndexView):
    """One's own account: factors, sessions, password."""

    template_name = "mfa/index.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        needed = settings.SECOND_FACTOR and not used_factor(self.request)
        return super().get_context_data(**kwargs) | {"is_needed": needed}


def _digits(field: forms.Field) -> None:
    """Have a telephone offer digits; a label says what is typed, no placeholder."""
    field.widget.attrs["inputmode"] = "numeric"
    del field.widget.attrs["placeholder"]


class AppForm(ActivateTOTPForm):
    """The first code of an app."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _digits(self.fields["code"])


class EnrolApp(ActivateTOTPView):
    """Enrol an app that makes codes: it is in use once it has made a right one."""

    @transaction.atomic
    def form_valid(self, form: forms.Form) -> HttpResponse:
        response = super().form_valid(form)
        record_authentication(self.request, self.request.user, "mfa", type=Type.TOTP)
        _changed(self.request, Action.FACTOR_ADDED)
        return response


class RemoveApp(DeactivateTOTPView):
    @transaction.atomic
    def form_valid(self, form: forms.Form) -> HttpResponse:
        response = super().form_valid(form)
        _changed(self.request, Action.FACTOR_REMOVED)
        return response


@require_safe
@never_cache
@login_required
def qr(request: HttpRequest) -> HttpResponse:
    """Draw what an app photographs. An address of its own: no page holds markup of it."""
    if "mfa.totp.secret" not in request.session:
        raise Http404
    adapter = get_adapter()
    url = adapter.build_totp_url(request.user, get_totp_secret())
    return HttpResponse(adapter.build_totp_svg(url), content_type="image/svg+xml")


class NewPasskeyForm(passkeys.AddWebAuthnForm):
    """A passkey: it stands on its own, and asks for a finger, a face or a PIN."""

    name = LineField(label=lazy("Name of this passkey"), max_length=60)
    passwordless = forms.BooleanField(widget=forms.HiddenInput, initial=True)


class EnrolPasskey(AddWebAuthnView):
    """Enrol a passkey. Needs a script: no browser makes one without."""

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context = super(AddWebAuthnView, self).get_context_data(**kwargs)
        options = webauthn.begin_registration(self.request.user, True)
        return context | {"options": as_json(options)}

    @transaction.atomic
    def form_valid(self, form: forms.Form) -> HttpResponse:
        response = super().form_valid(form)
        record_authentication(
            self.request, self.request.user, "mfa", type=Type.WEBAUTHN
        )
        _changed(self.request, Action.FACTOR_ADDED)
        return response


class RemovePasskey(RemoveWebAuthnView):
    success_url = reverse_lazy("mfa_index")

    @transaction.atomic
    def form_valid(self, form: forms.Form) -> HttpResponse:
        response = super().form_valid(form)
        _changed(self.request, Action.FACTOR_REMOVED)
        return response


class NewCodes(GenerateRecoveryCodesView):
    @transaction.atomic
    def form_valid(self, form: forms.Form) -> HttpResponse:
        response = super().form_valid(form)
        _changed(self.request, Action.CODES_RENEWED)
        return response


def as_json(options: dict[str, Any]) -> str:
    """Return the options of a passkey as our script reads them from a data attribute."""
    return json.dumps(options, cls=DjangoJSONEncoder)


# What is typed at log-in


class CodeForm(codes.AuthenticateForm):
    """The code after the password, of an app or one to recover. Limited as passwords are."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _digits(self.fields["code"])

    def clean_code(self) -> str:
        request = context.request
        tried = login.buckets(request, self.user.username, self.user, of="code")
        login.spend(tried)
        try:
            code = use_once(self, super().clean_code)
        except ValidationError:
            ledger.record(Action.LOGIN_FAILED, self.user)
            raise
        throttle.refund_all(*tried)
        return code

    @transaction.atomic
    def save(self) -> None:
        super().save()
        record_use(self.authenticator)


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


class CodeView(AuthenticateView):
    """The step after the password."""

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context = super().get_context_data(**kwargs)
        user = self.stage.login.user
        has_passkey = user.authenticator_set.filter(type=Type.WEBAUTHN).exists()
        options = as_json(context["js_data"]["request_options"]) if has_passkey else ""
        return context | {"options": options}


class PasskeyForm(passkeys.LoginWebAuthnForm):
    """A passkey instead of a password."""

    def clean_credential(self) -> Authenticator:
        bucket = ("passkey by address", throttle.client_address(context.request))
        login.spend([bucket])
        try:
            authenticator = super().clean_credential()
        except ValidationError:
            ledger.record(Action.LOGIN_FAILED, None)
            raise
        throttle.refund(*bucket)
        return authenticator
