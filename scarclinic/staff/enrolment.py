"""One's own second factors: add and remove them, make recovery codes anew."""

from typing import Any

from allauth.account.authentication import (
    AUTHENTICATION_METHODS_SESSION_KEY,
    get_authentication_records,
)
from allauth.account.internal.flows.login import record_authentication
from allauth.mfa.adapter import get_adapter
from allauth.mfa.base.views import IndexView
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
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse_lazy
from django.utils.translation import gettext_lazy as lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from scarclinic.staff import account_mail, factors, ledger, session_list
from scarclinic.staff.account_mail import Kind
from scarclinic.staff.factors import Type
from scarclinic.staff.ledger import Action
from scarclinic.staff.text.forms import LineField


def _changed(request: HttpRequest, action: Action) -> None:
    """Record a change; whoever else is logged in as this account is logged out."""
    ledger.record(action, request.user, by=request.user)
    account_mail.tell(request.user, Kind.FACTORS)
    session_list.drop(request.user, but=request.session.session_key)
    if not factors.has_factor(request.user):
        # The next page is enrolment again.
        records = get_authentication_records(request, request.user)
        request.session[AUTHENTICATION_METHODS_SESSION_KEY] = [
            record for record in records if record["method"] != "mfa"
        ]


class Account(IndexView):
    """One's own account: factors, sessions, password."""

    template_name = "mfa/index.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        needed = settings.SECOND_FACTOR and not factors.used_factor(self.request)
        return super().get_context_data(**kwargs) | {"is_needed": needed}


class AppForm(ActivateTOTPForm):
    """The first code of an app."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        factors.ask_digits(self.fields["code"])


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
        return context | {"options": factors.as_json(options)}

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
