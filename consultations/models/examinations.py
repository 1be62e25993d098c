"""What staff have found, seen or asked, beside what the patient answered."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from consultations.models.intake import Intake, Scar


class How(models.TextChoices):
    """How a clinician came to know it."""

    IN_PERSON = "in_person", _("In person")
    PHOTO = "photo", _("Photo looked at by a person")
    TELEPHONE = "telephone", _("Asked by telephone")


class ExaminationQuerySet(models.QuerySet):
    def current(self):
        """Return what counts now; what was found before stays."""
        return self.filter(is_superseded=False)


class Examination(models.Model):
    """One fact that a clinician has established: of a scar, or of the person.

    It stands over the patient's own answer and never overwrites it.
    """

    intake = models.ForeignKey(Intake, models.PROTECT, related_name="examinations")
    scar = models.ForeignKey(
        Scar, models.PROTECT, null=True, related_name="examinations"
    )
    name = models.CharField(max_length=60)
    value = models.JSONField()
    how = models.CharField(max_length=10, choices=How)
    seen_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+"
    )
    seen_at = models.DateTimeField()
    is_superseded = models.BooleanField(default=False)

    objects = ExaminationQuerySet.as_manager()

    class Meta:
        ordering = ["seen_at", "pk"]
        verbose_name = _("examination")
        verbose_name_plural = _("examinations")
        constraints = [
            models.UniqueConstraint(
                fields=["scar", "name"],
                condition=Q(is_superseded=False, scar__isnull=False),
                name="consultations_examination_of_scar_once",
            ),
            models.UniqueConstraint(
                fields=["intake", "name"],
                condition=Q(is_superseded=False, scar__isnull=True),
                name="consultations_examination_of_person_once",
            ),
        ]

    def __str__(self):
        return f"{self.intake}: {self.name}"
