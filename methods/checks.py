"""Deployment checks: what `manage.py check --deploy` warns of."""

from django.core.checks import Tags, Warning, register
from django.db import DatabaseError
from django.utils.translation import gettext as _

from methods.models import Clinic


@register(Tags.database, deploy=True)
def the_clinic_can_be_called(app_configs, databases=None, **kwargs):
    """Warn of a missing telephone number. Asked only with `--database default`."""
    if "default" not in (databases or ()):
        return []
    try:
        if Clinic.objects.exclude(telephone="").exists():
            return []
    except DatabaseError:
        # Not migrated yet: `migrate` comes first, and says so itself.
        return []
    return [
        Warning(
            _("The clinic has no telephone number: no page can say whom to call."),
            hint=_("Fill it in at /admin/, under “Clinic”."),
            id="methods.W001",
        )
    ]
