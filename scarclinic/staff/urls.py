"""Log-in and one's own account, by django-allauth: only what staff need of it."""

from allauth.account import views as account
from allauth.mfa.recovery_codes.views import view_recovery_codes
from django.contrib.auth.decorators import login_required
from django.urls import path, re_path

from scarclinic.staff import enrolment, proof, second_step, sessions, site
from scarclinic.staff.steady import steady

urlpatterns = [
    path("login/", site.login, name="account_login"),
    path("login/code/", second_step.CodeView.as_view(), name="mfa_authenticate"),
    path(
        "login/passkey/", second_step.PasskeyView.as_view(), name="mfa_login_webauthn"
    ),
    path("logout/", sessions.logout, name="account_logout"),
    path("password/", steady(account.password_reset), name="account_reset_password"),
    path(
        "password/sent/",
        account.password_reset_done,
        name="account_reset_password_done",
    ),
    re_path(
        r"^password/(?P<uidb36>[0-9A-Za-z]+)-(?P<key>.+)/$",
        site.NewPassword.as_view(),
        name="account_reset_password_from_key",
    ),
    path(
        "password/chosen/",
        account.password_reset_from_key_done,
        name="account_reset_password_from_key_done",
    ),
    path("account/", login_required(enrolment.Account.as_view()), name="mfa_index"),
    path("account/sessions/", sessions.own, name="usersessions_list"),
    path("account/prove/", proof.prove, name="prove"),
    path(
        "account/app/",
        proof.required(enrolment.EnrolApp.as_view()),
        name="mfa_activate_totp",
    ),
    path("account/app/qr/", enrolment.qr, name="totp_qr"),
    path(
        "account/app/remove/",
        proof.required(enrolment.RemoveApp.as_view()),
        name="mfa_deactivate_totp",
    ),
    path(
        "account/codes/",
        proof.required(view_recovery_codes),
        name="mfa_view_recovery_codes",
    ),
    path(
        "account/codes/new/",
        proof.required(enrolment.NewCodes.as_view()),
        name="mfa_generate_recovery_codes",
    ),
    path(
        "account/passkeys/add/",
        proof.required(enrolment.EnrolPasskey.as_view()),
        name="mfa_add_webauthn",
    ),
    path(
        "account/passkeys/<int:pk>/remove/",
        proof.required(enrolment.RemovePasskey.as_view()),
        name="mfa_remove_webauthn",
    ),
]
