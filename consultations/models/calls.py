"""Telephone calls with a patient, as whoever called has noted them."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from consultations.models.intake import Intake
from scarclinic.staff.private_fields import PrivateTextField, RowKeyField


class CallResult(models.TextChoices):
    SPOKE = "spoke", _("We called, and spoke")
    NO_ANSWER = "no_answer", _("We called: no answer")
    CALLED_US = "called_us", _("They called us")


class Call(models.Model):
    """One call, or a try. What it says of health only those see who may read answers."""

    SEALED_BY = ("row_key",)

    row_key = RowKeyField()
    intake = models.ForeignKey(Intake, models.CASCADE, related_name="calls")
    result = models.CharField(_("what came of it"), max_length=10, choices=CallResult)
    # Of the newest call of an intake it stands in `Intake.call_back_on` as well.
    call_back_on = models.DateField(_("call back on"), null=True, blank=True)
    note = PrivateTextField(_("note"), max_length=1000, blank=True)
    # Whether who wrote it may read answers: then the note may be about health.
    is_of_reader = models.BooleanField(default=False, editable=False)
    called_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+"
    )
    called_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["-called_at", "-pk"]
        # Nobody changes or deletes one.
        default_permissions = ("add",)
        verbose_name = _("call")
        verbose_name_plural = _("calls")

    def __str__(self):
        return str(self.intake)

    @property
    def case_number(self):
        """Return the number of the intake, for the ledger."""
        return self.intake_id
