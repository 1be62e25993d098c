"""The admin site: log-in and change of one's own password, both rate-limited."""

from django.contrib.admin import AdminSite
from django.contrib.auth.views import PasswordChangeView
from django.http import HttpRequest, HttpResponse
from django.urls import reverse

from scarclinic.staff import ledger
from scarclinic.staff.login import LoginForm, PasswordForm, remember_device


class ClinicSite(AdminSite):
    """The stock admin site with our forms; a browser that logs in is known from then on."""

    login_form = LoginForm

    def login(self, request: HttpRequest, extra_context=None) -> HttpResponse:
        response = super().login(request, extra_context)
        if request.method == "POST" and response.status_code == 302:
            remember_device(response, request.user)
            ledger.record(ledger.Action.LOGIN, request.user, by=request.user)
        return response

    def password_change(self, request: HttpRequest, extra_context=None) -> HttpResponse:
        view = PasswordChangeView.as_view(
            form_class=PasswordForm,
            success_url=reverse("admin:password_change_done"),
            extra_context=self.each_context(request) | (extra_context or {}),
        )
        response = view(request)
        if response.status_code == 302:
            remember_device(response, request.user)
        return response
