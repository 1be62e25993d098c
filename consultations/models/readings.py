"""Who has a plan open now."""

from datetime import timedelta

from django.conf import settings
from django.db import models

from consultations.models.plans import Plan


class Reading(models.Model):
    """A user who has a plan open now, shown to colleagues."""

    COUNTS_FOR = timedelta(minutes=15)

    plan = models.ForeignKey(Plan, models.CASCADE, related_name="readings")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    seen_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["plan", "user"], name="consultations_reading_once"
            )
        ]

    def __str__(self):
        return f"{self.user}: {self.plan}"
