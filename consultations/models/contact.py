"""Ways to reach a patient, as the patient chose them."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Way(models.TextChoices):
    """A way to reach a patient. We write by all but the call, in this order."""

    EMAIL = "email", _("E-mail")
    SMS = "sms", _("Text message (SMS)")
    CALL = "call", _("Telephone call")
    LETTER = "letter", _("Letter")


NEEDS = {
    Way.EMAIL: "email",
    Way.SMS: "telephone",
    Way.CALL: "telephone",
    Way.LETTER: "postal_address",
}
"""What of an intake each way needs."""


class CallTime(models.TextChoices):
    ANY = "any", _("Any time you are open")
    MORNING = "morning", _("In the morning")
    AFTERNOON = "afternoon", _("In the afternoon")
    EVENING = "evening", _("After 17:00")
