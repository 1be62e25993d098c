"""What staff have said of two intakes: of one person, or of two."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from consultations.models.intake import Intake
from scarclinic.staff.private_fields import PrivateTextField, RowKeyField


class SamePersonQuerySet(models.QuerySet):
    def touching(self, intakes):
        return self.filter(Q(one__in=intakes) | Q(other__in=intakes))


class SamePerson(models.Model):
    """Two intakes, found by hand to be of one person, or not to be.

    Stands above what the search matches by name and contact: `history_of` reads it.
    """

    SEALED_BY = ("row_key",)

    row_key = RowKeyField()
    # The lower number first, so that two intakes have one row.
    one = models.ForeignKey(Intake, models.CASCADE, related_name="+")
    other = models.ForeignKey(Intake, models.CASCADE, related_name="+")
    is_same = models.BooleanField(_("of one person"))
    reason = PrivateTextField(_("how you know"), max_length=500)
    said_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+"
    )
    said_at = models.DateTimeField(auto_now=True)

    objects = SamePersonQuerySet.as_manager()

    class Meta:
        ordering = ["said_at", "pk"]
        # Whoever may say it of two may take it back; the admin has no page of rows.
        default_permissions = ("add",)
        verbose_name = _("same person")
        verbose_name_plural = _("same persons")
        constraints = [
            models.UniqueConstraint(
                fields=["one", "other"], name="consultations_same_person_once"
            ),
            models.CheckConstraint(
                condition=Q(one__lt=F("other")),
                name="consultations_same_person_in_order",
            ),
        ]

    def __str__(self):
        return f"{self.one}, {self.other}"
