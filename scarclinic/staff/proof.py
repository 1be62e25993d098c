"""Proof again: who signs, approves, exports or changes accounts shows that it is them.

A form that comes without a fresh proof is not run. The answer is a page that asks for the
proof and carries all that was typed as hidden fields, so that both come back in one
request. Nothing of it is kept in the session or elsewhere on the server, no form needs
fields of its own for it, and nothing typed is lost.
"""

from collections.abc import Callable
from functools import wraps
from time import time
from typing import Any

from allauth.account.adapter import get_adapter
from allauth.account.authentication import get_authentication_records
from allauth.account.internal.flows.login import record_authentication
from allauth.mfa.base import forms as codes
from allauth.mfa.models import Authenticator
from django import forms
from django.contrib import admin
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render, resolve_url
from django.urls import reverse
from django.utils.cache import add_never_cache_headers
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_variables
from django.views.decorators.http import require_http_methods

from scarclinic.staff import factors, login, session_list, throttle

FRESH_SECONDS = 15 * throttle.MINUTE
PREFIX = "proof"
View = Callable[..., HttpResponse]


def is_fresh(request: HttpRequest) -> bool:
    """Return whether this session has proved lately who it is, by the account's best.

    That is a second factor, or the password of an account that has none.
    """
    method = "mfa" if factors.has_factor(request.user) else "password"
    return any(
        record["method"] == method and 0 <= time() - record["at"] < FRESH_SECONDS
        for record in get_authentication_records(request, request.user)
    )


class ProofForm(forms.Form):
    """A code or a passkey; the password of an account that has neither."""

    password = forms.CharField(
        label=lazy("Your password"),
        strip=False,
        required=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )
    code = forms.CharField(
        label=lazy("A code of your app, or a recovery code"),
        required=False,
        widget=forms.TextInput(
            attrs={"autocomplete": "one-time-code", "inputmode": "numeric"}
        ),
    )
    credential = forms.CharField(required=False, widget=forms.HiddenInput)

    def __init__(self, data: Any = None, *, request: HttpRequest) -> None:
        super().__init__(data, prefix=PREFIX)
        self.request, self.user = request, request.user
        types = set(self.user.authenticator_set.values_list("type", flat=True))
        self.has_passkey = Authenticator.Type.WEBAUTHN in types
        self.has_factor = self.has_passkey or Authenticator.Type.TOTP in types
        for name in ("code", "credential") if not self.has_factor else ("password",):
            del self.fields[name]

    @sensitive_variables()
    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        bucket = ("proof by account", str(self.user.pk))
        with login.attempt([bucket], self.user, by=self.user):
            if self.has_factor:
                self._prove_factor(cleaned)
            else:
                self._prove_password(cleaned.get("password", ""))
        return cleaned

    def _prove_factor(self, cleaned: dict[str, Any]) -> None:
        kind: type[forms.Form] = CodeForm
        if cleaned.get("credential"):
            # Every process imports this module, and few ask for a passkey.
            from allauth.mfa.webauthn import forms as passkeys

            kind = passkeys.ReauthenticateWebAuthnForm
        form = kind(data=cleaned, user=self.user)
        if not form.is_valid():
            raise ValidationError(_("That is not right. Try again."))
        form.save()

    def _prove_password(self, password: str) -> None:
        if not self.user.check_password(password):
            raise ValidationError(_("That is not your password. Try again."))
        record_authentication(self.request, self.user, "password", reauthenticated=True)


class CodeForm(codes.ReauthenticateForm):
    """A code of an app, once; or a recovery code."""

    def clean_code(self) -> str:
        return factors.use_once(self, super().clean_code)

    def save(self) -> None:
        super().save()
        factors.record_use(self.authenticator)


def ask(request: HttpRequest) -> HttpResponse | None:
    """Return the page that asks for proof; None if it is fresh, or came with this form.

    Call it before a transaction begins: a wrong proof is counted and recorded.
    """
    if is_fresh(request):
        return None
    is_given = any(name.startswith(f"{PREFIX}-") for name in request.POST)
    form = ProofForm(request.POST if is_given else None, request=request)
    if is_given and form.is_valid():
        session_list.renew(request, request.user)
        return None
    return _page(request, form)


def _page(request: HttpRequest, form: ProofForm) -> HttpResponse:
    options = ""
    if form.has_passkey:
        from allauth.mfa.webauthn.internal import auth as webauthn

        begun = webauthn.begin_authentication(request.user)
        options = factors.as_json(begun)
    response = render(
        request,
        "admin/staff/prove.html",
        {
            **admin.site.each_context(request),
            "title": _("Show that it is you"),
            "form": form,
            "options": options,
            "typed": typed(request),
            "action": _action(request),
        },
    )
    add_never_cache_headers(response)
    return response


def _action(request: HttpRequest) -> str:
    is_form = request.method == "POST"
    return request.get_full_path() if is_form else reverse("prove")


def typed(request: HttpRequest) -> list[tuple[str, str]]:
    """Return (name, value) of all that a form holds but its token, proof and passwords.

    Of a page that was only opened, where it is.
    """
    if request.method != "POST":
        is_prove = request.path == reverse("prove")
        at = request.GET.get("next", "") if is_prove else request.get_full_path()
        return [("next", at)]
    return [
        (name, value)
        for name, values in request.POST.lists()
        if not (name.startswith((f"{PREFIX}-", "csrfmiddle")) or "password" in name)
        for value in values
    ]


@require_http_methods(["GET", "POST"])
@never_cache
@login_required
def prove(request: HttpRequest) -> HttpResponse:
    """Ask for proof, then go on to `next`."""
    target = request.POST.get("next") or request.GET.get("next") or ""
    if not get_adapter().is_safe_url(target):
        target = resolve_url("admin:index")
    return ask(request) or redirect(target)


def required(view: View) -> View:
    """Decorate a view that asks for proof of everybody who opens or posts it."""

    @login_required
    @wraps(view)
    def proved(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        return ask(request) or view(request, *args, **kwargs)

    return proved
