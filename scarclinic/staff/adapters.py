"""What django-allauth asks of us: where requests come from, who may log in, secrets."""

from io import BytesIO
from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.core import context
from allauth.mfa.adapter import DefaultMFAAdapter
from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _

from scarclinic.staff import accounts, login, proof, throttle
from scarclinic.staff.encryption import factors
from scarclinic.staff.models import User

NO_ADDRESS = "0.0.0.0"  # noqa: S104
"""Stands in the list of sessions where a proxy does not say where one comes from."""


class AccountAdapter(DefaultAccountAdapter):
    """Staff only, nobody signs up, and a log-in leaves its line in the ledger."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def pre_login(
        self, request: HttpRequest, user: User, **kwargs: Any
    ) -> HttpResponse | None:
        if user.is_active and user.is_staff:
            return None
        messages.error(request, _("This account is closed."))
        return redirect("account_login")

    def post_login(
        self, request: HttpRequest, user: User, **kwargs: Any
    ) -> HttpResponse:
        response = super().post_login(request, user, **kwargs)
        login.welcome(request, response, user)
        return response

    def add_message(self, *args: Any, **kwargs: Any) -> None:
        """Say nothing: our views say what is worth it."""

    def send_password_reset_mail(
        self, user: User, email: str, context: dict[str, Any]
    ) -> None:
        """Have the worker make and mail the link: a mail server's time would tell."""
        if user.is_staff:
            accounts.send_reset_link(user, by=None)

    def get_client_ip(self, request: HttpRequest) -> str:
        return throttle.last_hop(request) or NO_ADDRESS

    def is_reauthentication_required(self, *, app: str, **kwargs: Any) -> bool:
        return not proof.is_fresh(context.request)

    def get_reauthentication_methods(self, user: User) -> list[dict[str, Any]]:
        return [{"id": "prove", "url": reverse("prove"), "description": ""}]


class FactorAdapter(DefaultMFAAdapter):
    """Secrets of second factors are stored as other private things are."""

    def encrypt(self, text: str) -> str:
        return factors.seal(text)

    def decrypt(self, encrypted_text: str) -> str:
        return factors.unseal(encrypted_text)

    def get_totp_label(self, user: User) -> str:
        return user.get_username()

    def build_totp_svg(self, url: str) -> str:
        import segno  # Only who enrols needs it.

        body = BytesIO()
        segno.make(url, error="m").save(body, kind="svg", scale=5, light="#fff")
        return body.getvalue().decode()

    def generate_authenticator_name(self, user: User, type: str) -> str:
        return _("Passkey")

    def _get_site_name(self) -> str:
        """Return the name that a telephone shows: the site's address, or this host."""
        site = settings.SITE_URL.partition("//")[2]
        return site or context.request.get_host()
