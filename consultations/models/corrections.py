"""Corrections: what a patient changed of an intake after sending it."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from consultations.models.intake import Intake
from scarclinic.staff.private_fields import PrivateJSONField, RowKeyField


class Correction(models.Model):
    """One page that a patient answered anew after sending, with what stood before.

    Or what the clinic has mended for them of how to reach them; then `by` is who.

    `changes` are [{"page", "scar", "question", "before", "after"}] in the words that the
    patient read; "before" or "after" is "" of what was not asked then.
    """

    SEALED_BY = ("row_key",)

    row_key = RowKeyField()
    intake = models.ForeignKey(Intake, models.CASCADE, related_name="corrections")
    is_of_contact = models.BooleanField(_("how to reach the patient"))
    changes = PrivateJSONField(default=list, editable=False)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+"
    )
    corrected_at = models.DateTimeField(_("corrected"), auto_now_add=True)

    class Meta:
        ordering = ["-corrected_at", "-pk"]
        verbose_name = _("correction")
        verbose_name_plural = _("corrections")

    def __str__(self):
        return str(self.intake)

    @property
    def case_number(self):
        """Return the number of the intake, for the ledger."""
        return self.intake_id
