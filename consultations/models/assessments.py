"""Results of the engine: an assessment for each scar and round, a card for each method."""

from datetime import timedelta

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from consultations.models.intake import Intake, Scar
from methods.models import MethodRevision
from methods.protocol.vocabulary import (
    BESIDE_TREATMENTS,
    OPTIONS,
    Level,
    Line,
    MethodGroup,
    Verdict,
)


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
    # What staff have found or asked, over the patient's own answers: a part of `facts`.
    seen = models.JSONField(default=dict)
    # Red flags that the answers raise, and health questions answered with yes, that what
    # staff have seen or asked takes back.
    cleared = models.JSONField(default=list)
    rules_version = models.CharField(max_length=20)
    protocol_number = models.PositiveIntegerField(default=0)
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

    def flags_in_words(self, *, of_child):
        """Return {code: {code, route, advice}} of every red flag that there was."""
        own = "advice_for_child" if of_child else "advice"
        return {
            each["code"]: {
                "code": each["code"],
                "route": each["route"],
                "advice": each.get(own) or each["advice"],
            }
            for each in self.red_flag_words
        }


class Cause(models.TextChoices):
    """Why cards were dealt anew."""

    ANSWER = "answer", _("An answer of the patient")
    EXAMINATION = "examination", _("What was seen or asked")
    TIME = "time", _("Time that has passed")
    PROTOCOL = "protocol", _("The clinic’s protocol")


class Redeal(models.Model):
    """Cards dealt anew for an intake: one row for each cause that was at work.

    `changed` are verdicts and red flags that this cause alone made different, the others
    held as they were.
    """

    intake = models.ForeignKey(Intake, models.PROTECT, related_name="redeals")
    round = models.PositiveSmallIntegerField()
    order = models.PositiveSmallIntegerField()
    cause = models.CharField(max_length=12, choices=Cause)
    protocol_number = models.PositiveIntegerField(default=0)
    changed = models.JSONField(default=list)
    at = models.DateTimeField(auto_now_add=True)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+"
    )

    class Meta:
        ordering = ["round", "order"]
        constraints = [
            models.UniqueConstraint(
                fields=["intake", "round", "order"], name="consultations_redeal_once"
            )
        ]

    def __str__(self):
        return f"{self.intake}, {self.round}: {self.get_cause_display()}"


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
    group = models.CharField(max_length=20, choices=MethodGroup, blank=True)
    level = models.CharField(max_length=10, choices=Level, blank=True)
    # Slugs of what belongs to it, and what comes first: {method, sessions, weeks} each.
    together = models.JSONField(default=list)
    after = models.JSONField(default=list)
    # The pathway's step for this scar and method, {} where no pathway has one.
    step = models.JSONField(default=dict)

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
        """Return whether it is a treatment that a clinician may choose."""
        return self.verdict in OPTIONS and self.is_treatment

    @property
    def is_treatment(self):
        return self.group not in BESIDE_TREATMENTS

    @property
    def is_offered(self):
        """Return whether a plan may hold it without a reason: an option, or beside one."""
        return self.verdict in OPTIONS

    @property
    def until_date(self):
        """Return the day on which a deferral by time ends, or None."""
        if self.until_days is None:
            return None
        return self.assessment.assessed_on + timedelta(days=self.until_days)
