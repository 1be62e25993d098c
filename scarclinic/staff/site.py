"""The admin site: log-in by django-allauth, one's own password, recorded autocompletes."""

from typing import Any

from allauth.account.views import LoginView, PasswordResetFromKeyView
from django.conf import settings
from django.contrib.admin import AdminSite
from django.contrib.admin.views.autocomplete import AutocompleteJsonView
from django.contrib.auth.views import PasswordChangeView
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse_lazy

from scarclinic.staff import session_list, sessions
from scarclinic.staff.account_mail import Kind, tell
from scarclinic.staff.ledger import Action, record
from scarclinic.staff.login import PasswordForm, remember_device


class LoginPage(LoginView):
    """The one log-in. Who is in already goes on; who may not be here can change accounts."""

    def get(self, request: HttpRequest, *args, **kwargs) -> HttpResponse:
        if request.user.is_active and getattr(request.user, "is_staff", False):
            return redirect(self.get_authenticated_redirect_url())
        return super().get(request, *args, **kwargs)

    def get_context_data(self, **kwargs) -> dict:
        context = super().get_context_data(**kwargs)
        return context | {"is_demonstration": not settings.SECOND_FACTOR}


class OwnPassword(PasswordChangeView):
    """Change one's own password. It logs oneself out everywhere but here."""

    form_class = PasswordForm
    success_url = reverse_lazy("admin:password_change_done")

    @transaction.atomic
    def form_valid(self, form) -> HttpResponse:
        form.save()
        session_list.renew(self.request, form.user)
        response = redirect(self.get_success_url())
        remember_device(response, form.user)
        return response


class NewPassword(PasswordResetFromKeyView):
    """Choose a password by the link of an e-mail. It logs nobody in, and out everybody."""

    @transaction.atomic
    def form_valid(self, form) -> HttpResponse:
        response = super().form_valid(form)
        record(Action.PASSWORD_CHANGED, self.reset_user)
        tell(self.reset_user, Kind.PASSWORD)
        return response


class Autocomplete(AutocompleteJsonView):
    """Rows for a field that searches. Those that name a patient leave a line, as a list."""

    @transaction.atomic
    def get(self, request: HttpRequest, *args, **kwargs) -> HttpResponse:
        return super().get(request, *args, **kwargs)

    def get_context_data(self, **kwargs) -> dict:
        context = super().get_context_data(**kwargs)
        if record_rows := getattr(self.model_admin, "record_rows", None):
            record_rows(self.request, context["object_list"])
        return context


login = LoginPage.as_view()


class ClinicSite(AdminSite):
    """The stock admin site without a log-in of its own."""

    def each_context(self, request: HttpRequest) -> dict[str, Any]:
        return super().each_context(request) | {"site_version": settings.VERSION}

    def login(self, request: HttpRequest, extra_context=None) -> HttpResponse:
        return login(request)

    def logout(self, request: HttpRequest, extra_context=None) -> HttpResponse:
        return sessions.logout(request)

    def autocomplete_view(self, request: HttpRequest) -> HttpResponse:
        return Autocomplete.as_view(admin_site=self)(request)

    def password_change(self, request: HttpRequest, extra_context=None) -> HttpResponse:
        context = self.each_context(request) | (extra_context or {})
        return OwnPassword.as_view(extra_context=context)(request)
