"""A clinician's decisions, one for each card of a plan."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from consultations.models.answers import ChoiceField
from consultations.models.assessments import Card
from scarclinic.staff.private_fields import PrivateQuerySet, PrivateTextField


class Choice(models.TextChoices):
    """The possible decisions on a card."""

    INCLUDE = "include", _("Include")
    CHANGED = "changed", _("Include changed")
    NOT_NOW = "not_now", _("Not now")
    NOT_INCLUDED = "not_included", _("Not included")


INCLUDED = (Choice.INCLUDE, Choice.CHANGED)


class OverrideReason(models.TextChoices):
    """Reasons for deciding against a card."""

    NOT_CONFIRMED = "not_confirmed", _("The finding was not confirmed when I looked")
    RESOLVED = "resolved", _("What stood against it is over")
    BENEFIT = "benefit", _("The benefit outweighs the risk for this patient")
    CLEARED = "cleared", _("A doctor has cleared it")
    WISH = "wish", _("The patient knows the risk and wishes it")
    OTHER = "other", _("Another reason")


class DecisionQuerySet(PrivateQuerySet):
    def current(self):
        """Return those on the cards of their plan's latest round."""
        return self.filter(card__assessment__round=F("plan__round"))

    def current_or_made(self):
        """Return the current ones, and what was decided in earlier rounds."""
        return self.filter(Q(card__assessment__round=F("plan__round")) | ~Q(choice=""))


class Decision(models.Model):
    """A person's answer to a card in one plan. Open until somebody decides."""

    SEALED_BY = ("plan_id", "card_id")

    plan = models.ForeignKey("Plan", models.PROTECT, related_name="decisions")
    card = models.ForeignKey(Card, models.PROTECT, related_name="decisions")
    choice = ChoiceField(_("decision"), choices=Choice.choices)
    area = PrivateTextField(_("area"), max_length=120, blank=True)
    device_settings = PrivateTextField(_("settings"), max_length=200, blank=True)
    sessions = models.PositiveSmallIntegerField(_("sessions"), null=True, blank=True)
    weeks_apart = models.PositiveSmallIntegerField(
        _("weeks apart"), null=True, blank=True
    )
    before = PrivateTextField(_("what comes before"), max_length=400, blank=True)
    measure = PrivateTextField(
        _("what is measured, and when"), max_length=400, blank=True
    )
    # In the units of the method's first and second ceiling.
    dose = models.DecimalField(
        _("dose per visit"), max_digits=7, decimal_places=2, null=True, blank=True
    )
    second_dose = models.DecimalField(
        _("second dose per visit"),
        max_digits=7,
        decimal_places=2,
        null=True,
        blank=True,
    )
    position = models.PositiveSmallIntegerField(
        _("order in the plan"), null=True, blank=True
    )
    not_before = models.DateField(_("not before"), null=True, blank=True)
    override_reason = ChoiceField(
        _("reason against the card"), choices=OverrideReason.choices
    )
    reason = PrivateTextField(_("in words"), max_length=500, blank=True)
    # Why it is planned against the card, as the patient reads it.
    patient_words = PrivateTextField(
        _("in words to the patient"), max_length=500, blank=True
    )
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+"
    )
    decided_at = models.DateTimeField(null=True)
    seconds = models.PositiveIntegerField(null=True)

    objects = DecisionQuerySet.as_manager()

    class Meta:
        ordering = ["card__assessment__scar__number", "card__place"]
        permissions = [
            ("read_overrides", _("Can see what was shown, taken and overridden"))
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["plan", "card"], name="consultations_decision_once"
            ),
            models.CheckConstraint(
                condition=Q(choice="", decided_by__isnull=True, decided_at__isnull=True)
                | ~Q(choice="") & Q(decided_by__isnull=False, decided_at__isnull=False),
                name="consultations_decision_is_whole",
            ),
        ]

    def __str__(self):
        return f"{self.card}: {self.get_choice_display() or _('open')}"

    @property
    def is_included(self):
        return self.choice in INCLUDED

    @property
    def round(self):
        """Return the round in which its card was dealt."""
        return self.card.assessment.round
