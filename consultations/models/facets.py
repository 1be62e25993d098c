"""Codes by which the queue is narrowed: what a scar is, and what is planned for it."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from consultations.models.intake import Intake


class FacetKind(models.TextChoices):
    TYPE = "type", _("Scar type")
    SITE = "site", _("Place on the body")
    CAUSE = "cause", _("Cause")
    METHOD = "method", _("Planned treatment")


class FacetQuerySet(models.QuerySet):
    def with_code(self, kind, code):
        return self.filter(kind=kind, code=code)


class Facet(models.Model):
    """One code of an intake, on whichever of its scars: an index, made from other rows.

    `consultations.review.facets` writes it.
    """

    intake = models.ForeignKey(
        Intake, models.CASCADE, related_name="facets", db_index=False
    )
    kind = models.CharField(max_length=10, choices=FacetKind)
    code = models.CharField(max_length=60)

    objects = FacetQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["intake", "kind", "code"], name="consultations_facet_once"
            )
        ]
        indexes = [
            models.Index(fields=["kind", "code", "intake"], name="facet_by_code"),
        ]

    def __str__(self):
        return f"{self.kind}: {self.code}"
