"""What Django's checks ask of a clinic before patients come."""

from django.conf import settings
from django.core.checks import Tags, Warning, register


@register(Tags.security, deploy=True)
def telephone(app_configs, **kwargs):
    """Ask for the number that a patient with a red flag is given."""
    if settings.CLINIC_TELEPHONE:
        return []
    return [
        Warning(
            "CLINIC_TELEPHONE is not set: a patient with a red flag sees no number.",
            id="consultations.W001",
        )
    ]
