"""Deployment checks of e-mail settings, for `manage.py check --deploy`."""

from django.conf import global_settings, settings
from django.core.checks import Error, Warning, register
from django.utils.translation import gettext as _


@register(deploy=True)
def letters_know_the_site(app_configs, **kwargs):
    """Ask for the address that private links begin with."""
    if settings.SITE_URL:
        return []
    return [
        Error(
            _("SITE_URL is missing: no e-mail can say where a private link leads."),
            hint=_("Set it to the site's address, for example https://clinic.example."),
            id="consultations.E001",
        )
    ]


@register(deploy=True)
def letters_have_a_sender(app_configs, **kwargs):
    """Warn where e-mails would come from an address that nobody has."""
    if settings.DEFAULT_FROM_EMAIL != global_settings.DEFAULT_FROM_EMAIL:
        return []
    return [
        Warning(
            _("DEFAULT_FROM_EMAIL is missing: mail servers refuse what comes from %s.")
            % settings.DEFAULT_FROM_EMAIL,
            hint=_("Set it to an address that your mail server may send from."),
            id="consultations.W001",
        )
    ]
