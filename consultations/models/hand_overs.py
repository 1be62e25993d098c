"""Notes with which a plan goes from one clinician to another."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from scarclinic.staff.private_fields import PrivateTextField, RowKeyField


class HandOver(models.Model):
    """How a plan came from one clinician to another; with words, if it was given.

    Between colleagues: no page of a patient's and no download shows it.
    """

    SEALED_BY = ("row_key",)

    row_key = RowKeyField()
    plan = models.ForeignKey(
        "consultations.Plan", models.PROTECT, related_name="hand_overs"
    )
    text = PrivateTextField(_("note to a colleague"), max_length=1000, blank=True)
    # Whose it was before, None for nobody's. Who takes it over, does so alone.
    before = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+"
    )
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    to = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["at", "pk"]
        # Part of its plan; nobody changes or deletes one.
        default_permissions = ()
        verbose_name = _("hand-over")
        verbose_name_plural = _("hand-overs")

    def __str__(self):
        return f"{self.plan}: {self.to}"

    @property
    def is_taken(self):
        """Return whether somebody took it over from a colleague."""
        return self.by_id == self.to_id
