"""Erasure requests of patients."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from consultations.models.answers import ChoiceField
from consultations.models.intake import Intake
from scarclinic.staff.private_fields import PrivateTextField


class AskedHow(models.TextChoices):
    """How a patient has asked for something."""

    PAGE = "page", _("On their page")
    TELEPHONE = "telephone", _("By telephone")
    LETTER = "letter", _("By letter or e-mail")
    IN_PERSON = "in_person", _("In person")


class Identity(models.TextChoices):
    """How staff have made sure who asks."""

    KNEW = "knew", _("Knew the date of birth, and the telephone or e-mail given")
    DOCUMENT = "document", _("Came in person, with a document")
    ADDRESS = "address", _("Wrote from the address in the answers")


class ErasureRequest(models.Model):
    """That a patient wants their data erased; staff settle it, and say how."""

    SEALED_BY = ("intake_id",)

    intake = models.OneToOneField(
        Intake, models.CASCADE, related_name="erasure_request"
    )
    asked_at = models.DateTimeField(_("asked"), auto_now_add=True)
    asked_how = models.CharField(
        _("how it was asked for"),
        max_length=10,
        choices=AskedHow,
        default=AskedHow.PAGE,
        editable=False,
    )
    # Of one that staff have entered.
    identity = ChoiceField(
        _("how the identity was checked"), choices=Identity.choices, editable=False
    )
    entered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        editable=False,
        related_name="+",
        verbose_name=_("entered by"),
    )
    settled_at = models.DateTimeField(_("settled"), null=True, editable=False)
    settled_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        editable=False,
        related_name="+",
        verbose_name=_("settled by"),
    )
    told = PrivateTextField(
        _("what the patient is told"),
        max_length=1000,
        blank=True,
        help_text=_("Why something must be kept, and until when."),
    )

    class Meta:
        ordering = ["asked_at"]
        verbose_name = _("request to erase")
        verbose_name_plural = _("requests to erase")
        constraints = [
            models.CheckConstraint(
                condition=Q(asked_how="page", identity="", entered_by__isnull=True)
                | Q(entered_by__isnull=False) & ~Q(asked_how="page") & ~Q(identity=""),
                name="consultations_erasure_is_entered_whole",
            ),
            models.CheckConstraint(
                condition=Q(settled_at__isnull=True, settled_by__isnull=True)
                | Q(settled_at__isnull=False, settled_by__isnull=False) & ~Q(told=""),
                name="consultations_erasure_is_settled_with_words",
            ),
        ]

    def __str__(self):
        return str(self.intake)

    @property
    def case_number(self):
        """Return the number of the intake, for the ledger."""
        return self.intake_id
