"""Keyed hashes by which staff find people: the index behind `people_search`."""

from django.db import models

from consultations.models.intake import Intake


class SearchTerm(models.Model):
    """The keyed hash of one word, number or date by which an intake is found.

    `consultations.intake.people_search` writes these rows and queries them.
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
