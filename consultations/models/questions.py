"""Questions from the clinic to a patient, with the answers."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from consultations.models.intake import Intake
from scarclinic.staff.private_fields import PrivateTextField, RowKeyField


class Question(models.Model):
    """A question from the clinic about an intake. The plan waits for the answer."""

    SEALED_BY = ("row_key",)

    row_key = RowKeyField()
    intake = models.ForeignKey(Intake, models.PROTECT, related_name="questions")
    text = PrivateTextField(_("question"), max_length=1000)
    # Codes of findings that are not known: their own questions are put again.
    findings = models.JSONField(default=list, blank=True)
    asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+"
    )
    asked_at = models.DateTimeField(auto_now_add=True)
    answer = PrivateTextField(_("answer"), max_length=2000, blank=True)
    answered_at = models.DateTimeField(null=True)
    # Which verdicts the answer changed: [{scar, method, before, after}].
    changed = models.JSONField(default=list)

    class Meta:
        ordering = ["asked_at", "pk"]
        verbose_name = _("question")
        verbose_name_plural = _("questions")

    def __str__(self):
        return self.text

    @property
    def case_number(self):
        """Return the number of the intake, for the ledger."""
        return self.intake_id
