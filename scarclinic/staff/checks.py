"""Deployment check of the log-in, for `manage.py check --deploy`."""

from django.conf import settings
from django.core.checks import Warning, register
from django.utils.translation import gettext as _


@register(deploy=True)
def second_factor_is_asked_for(app_configs, **kwargs):
    """Warn where a password alone opens every patient."""
    if settings.SECOND_FACTOR:
        return []
    return [
        Warning(
            _("SECOND_FACTOR is off: one password that is given away opens all."),
            hint=_("Leave it on, but for a demonstration without patients."),
            id="staff.W001",
        )
    ]
