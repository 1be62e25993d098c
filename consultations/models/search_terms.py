"""By what people are found, as keyed hashes."""

from django.db import models

from consultations.models.intake import Intake


class SearchTerm(models.Model):
    """The keyed hash of something by which an intake is found.

    `consultations.intake.search_terms` writes and looks them up.
    """

    intake = models.ForeignKey(Intake, models.CASCADE, related_name="search_terms")
    digest = models.CharField(max_length=32)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["digest", "intake"], name="consultations_search_term_once"
            )
        ]

    def __str__(self):
        return self.digest
