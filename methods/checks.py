"""What `manage.py check --deploy` says of a site that is not ready for visitors."""

import os
from pathlib import Path

from django.conf import settings
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


@register(Tags.files, deploy=True)
def the_stamp_can_be_written(app_configs, **kwargs):
    """Warn where what is published would show only a minute later."""
    folder = Path(settings.EDITION_STAMP).parent
    if os.access(folder, os.W_OK | os.X_OK):
        return []
    return [
        Warning(
            _("Nothing can be written in %(folder)s, where the edition's stamp lives.")
            % {"folder": folder},
            hint=_(
                "Let the server write there, or set EDITION_STAMP to a path elsewhere."
            ),
            id="methods.W002",
        )
    ]
