"""Worries about somebody's safety, which only clinicians read."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from consultations.models.intake import Intake
from scarclinic.staff.private_fields import PrivateTextField, RowKeyField


class SafeguardingNote(models.Model):
    """A clinician's worry about the safety of a patient. It never changes.

    Nothing that who wrote the intake can see depends on it: no page, no download, no list
    of who looked, nor the day until which all is kept. SECURITY.md says why.
    """

    SEALED_BY = ("row_key",)

    row_key = RowKeyField()
    intake = models.ForeignKey(
        Intake, models.PROTECT, related_name="safeguarding_notes"
    )
    text = PrivateTextField(_("worry"), max_length=4000)
    written_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+"
    )
    written_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["written_at", "pk"]
        # Whoever may read one may write one; nobody changes or deletes it.
        default_permissions = ("add", "view")
        verbose_name = _("safeguarding note")
        verbose_name_plural = _("safeguarding notes")

    def __str__(self):
        return str(self.intake)

    @property
    def case_number(self):
        """Return the number of the intake, for the ledger."""
        return self.intake_id
