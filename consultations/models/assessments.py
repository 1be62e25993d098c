"""Results of the engine: an assessment for each scar and round, a card for each method."""

from datetime import timedelta

from django.db import models

from consultations.models.intake import Intake, Scar
from methods.models import MethodRevision
from methods.protocol.vocabulary import OPTIONS, Line, Verdict


class Assessment(models.Model):
    """The engine's result for one scar in one round, with all its inputs.

    An answer to a question makes a new round; what was made before stays.
    """

    intake = models.ForeignKey(Intake, models.PROTECT, related_name="assessments")
    scar = models.ForeignKey(Scar, models.PROTECT, related_name="assessments")
    round = models.PositiveSmallIntegerField(default=1)
    facts = models.JSONField()
    questions = models.JSONField()
    red_flag_words = models.JSONField()
    rules_version = models.CharField(max_length=20)
    types = models.JSONField()
    red_flags = models.JSONField()
    assessed_on = models.DateField()

    class Meta:
        ordering = ["round", "scar__number"]
        constraints = [
            models.UniqueConstraint(
                fields=["scar", "round"], name="consultations_assessment_once"
            )
        ]

    def __str__(self):
        """Name the scar as it was then: an answer may since have moved it."""
        place = self.facts.get("body_site", "")
        return str(Scar(number=self.scar.number, body_site=place))


class Card(models.Model):
    """Verdict and reasons for one method and one scar. Cards never change.

    `place` is the position on the desk, in the order of `engine.suggest`.
    """

    assessment = models.ForeignKey(Assessment, models.PROTECT, related_name="cards")
    revision = models.ForeignKey(MethodRevision, models.PROTECT, related_name="+")
    place = models.PositiveSmallIntegerField()
    verdict = models.CharField(max_length=20, choices=Verdict)
    line = models.CharField(max_length=10, choices=Line, blank=True)
    until = models.CharField(max_length=1000, blank=True)
    until_days = models.PositiveIntegerField(null=True)
    reasons = models.JSONField()
    ask = models.JSONField()

    class Meta:
        ordering = ["assessment_id", "place"]
        constraints = [
            models.UniqueConstraint(
                fields=["assessment", "revision"], name="consultations_card_once"
            )
        ]

    def __str__(self):
        return f"{self.title}: {self.get_verdict_display()}"

    @property
    def title(self):
        """Return the method's title as it was published. Reads `revision`."""
        return self.revision.content["title"]

    @property
    def is_option(self):
        return self.verdict in OPTIONS

    @property
    def until_date(self):
        """Return the day on which a deferral by time ends, or None."""
        if self.until_days is None:
            return None
        return self.assessment.assessed_on + timedelta(days=self.until_days)
