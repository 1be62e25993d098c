"""A second factor at log-in: a code after the password, or a passkey instead of it."""

from typing import Any

from allauth.account.adapter import get_adapter
from allauth.core import context
from allauth.mfa.base import forms as codes
from allauth.mfa.base.views import AuthenticateView
from allauth.mfa.models import Authenticator
from allauth.mfa.webauthn import forms as passkeys
from allauth.mfa.webauthn.views import LoginWebAuthnView
from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db import transaction
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect
from django.utils.translation import gettext_lazy as _

from scarclinic.staff import factors, login, throttle
from scarclinic.staff.factors import Type


class CodeForm(codes.AuthenticateForm):
    """The code after the password, of an app or one to recover. Limited as passwords are."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        factors.ask_digits(self.fields["code"])

    def clean_code(self) -> str:
        request = context.request
        tried = login.buckets(request, self.user.username, self.user, of="code")
        with login.attempt(tried, self.user):
            return factors.use_once(self, super().clean_code)

    @transaction.atomic
    def save(self) -> None:
        super().save()
        factors.record_use(self.authenticator)


class CodeView(AuthenticateView):
    """The step after the password."""

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context = super().get_context_data(**kwargs)
        user = self.stage.login.user
        has_passkey = user.authenticator_set.filter(type=Type.WEBAUTHN).exists()
        options = (
            factors.as_json(context["js_data"]["request_options"])
            if has_passkey
            else ""
        )
        return context | {"options": options}


UNKNOWN = _("No account here knows this passkey. Use your password.")


NOT_A_PASSKEY = (AttributeError, LookupError, TypeError, ValueError)
"""What the libraries raise where no browser wrote the answer, such as an origin of 5."""


class PasskeyForm(passkeys.LoginWebAuthnForm):
    """A passkey instead of a password."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        messages_of = self.fields["credential"].error_messages
        messages_of["required"] = messages_of["invalid"] = UNKNOWN

    def clean_credential(self) -> Authenticator:
        address = throttle.client_address(context.request)
        with login.attempt([("passkey by address", address)], None):
            try:
                return super().clean_credential()
            except (ValidationError, *NOT_A_PASSKEY) as error:
                raise ValidationError(UNKNOWN) from error


class PasskeyView(LoginWebAuthnView):
    """Log in with a passkey: a script fetches what it signs, then posts the answer."""

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        # What is signed waits in the session: without a limit, anybody fills the table.
        address = throttle.client_address(request)
        is_script = get_adapter().is_ajax(request)
        if is_script and throttle.spend("passkey begun by address", address):
            return JsonResponse({}, status=429)
        return super().get(request, *args, **kwargs)

    def form_invalid(self, form: forms.Form) -> HttpResponse:
        for error in form.errors.get("credential", []):
            messages.error(self.request, error)
        return redirect("account_login")
