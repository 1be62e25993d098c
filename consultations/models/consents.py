"""Consents: texts, their published versions, and the patients' decisions."""

import hashlib
from typing import NamedTuple

from django.conf import settings
from django.db import models
from django.db.models import OuterRef, Q, Subquery
from django.db.models.functions import Coalesce
from django.utils.translation import gettext_lazy as _

from consultations.models.intake import Intake
from scarclinic.staff.private_fields import PrivateTextField, RowKeyField


def languages():
    """Return what staff may write in."""
    return settings.LANGUAGES


class ConsentPurpose(models.TextChoices):
    """Purposes of consent, each asked separately."""

    ASSESSMENT = "assessment", _("Reading the answers")
    PHOTOS = "photos", _("Photos in the record")
    TEACHING = "teaching", _("Photos for teaching")
    REMINDERS = "reminders", _("Reminders")


OF_BOTH = (ConsentPurpose.PHOTOS, ConsentPurpose.TEACHING)
"""What is done only as long as patient and guardian both agree, where both must."""


class ConsentReader(models.TextChoices):
    """Who agrees in the words of a consent text."""

    PATIENT = "patient", _("The patient")
    GUARDIAN = "guardian", _("A parent or guardian")


class ConsentText(models.Model):
    """The words in which one purpose is asked for, as staff edit them. Not live."""

    purpose = models.CharField(_("purpose"), max_length=12, choices=ConsentPurpose)
    reader = models.CharField(
        _("who agrees"),
        max_length=10,
        choices=ConsentReader,
        default=ConsentReader.PATIENT,
        help_text=_("Without words of their own, guardians read those of the patient."),
    )
    language = models.CharField(_("language"), max_length=12, choices=languages)
    label = models.CharField(
        _("the sentence beside the box"),
        max_length=300,
        help_text=_("It begins with “I agree”, and names one purpose only."),
    )
    explanation = models.TextField(
        _("what it means"), max_length=1000, help_text=_("Who sees what, for how long.")
    )
    withdrawal = models.TextField(
        _("what taking it back means"),
        max_length=1000,
        help_text=_("The patient reads it before and when they take it back."),
    )

    class Meta:
        ordering = ["language", "purpose", "-reader"]
        verbose_name = _("consent text")
        verbose_name_plural = _("consent texts")
        constraints = [
            models.UniqueConstraint(
                fields=["purpose", "language", "reader"],
                name="consultations_consent_text_once",
            )
        ]

    def __str__(self):
        is_patient = self.reader == ConsentReader.PATIENT
        who = "" if is_patient else f", {self.get_reader_display()}"
        return f"{self.get_purpose_display()}{who} ({self.language})"


def digest_of(label, explanation, withdrawal):
    """Return what proves the exact words that were agreed to, as 64 hexadecimals."""
    words = "\n\n".join((label, explanation, withdrawal))
    return hashlib.sha256(words.encode()).hexdigest()


class ConsentVersionQuerySet(models.QuerySet):
    def live(self, language, reader):
        """Return the newest version of each purpose in a language, for who reads it."""
        newest = (
            self.model.objects.filter(text=models.OuterRef("text"))
            .order_by("-number")
            .values("pk")[:1]
        )
        return self.filter(
            text__language=language, text__reader=reader, pk=models.Subquery(newest)
        ).select_related("text")


class ConsentVersion(models.Model):
    """A consent text as it was published. It never changes."""

    text = models.ForeignKey(ConsentText, models.PROTECT, related_name="versions")
    number = models.PositiveIntegerField()
    label = models.CharField(max_length=300)
    explanation = models.TextField()
    withdrawal = models.TextField()
    digest = models.CharField(max_length=64)
    published_at = models.DateTimeField(auto_now_add=True)
    published_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+"
    )

    objects = ConsentVersionQuerySet.as_manager()

    class Meta:
        ordering = ["-number"]
        constraints = [
            models.UniqueConstraint(
                fields=["text", "number"], name="consultations_consent_version_once"
            )
        ]

    def __str__(self):
        return f"{self.text}, {self.number}"


class DecidedBy(models.TextChoices):
    PATIENT = "patient", _("The patient")
    GUARDIAN = "guardian", _("The guardian")
    CLINIC = "clinic", _("The clinic, on the patient’s word")


class Decided(NamedTuple):
    """What is decided of one purpose."""

    is_given: bool
    decided_by: str


class ConsentDecisionQuerySet(models.QuerySet):
    def in_force(self, second=None):
        """Return {purpose: the latest decision}, agreed or not. One query.

        Those of who wrote the intake, or of the other one, a `SecondAccess`.
        """
        rows = self.filter(second=second).select_related("version__text").order_by("pk")
        return {each.version.text.purpose: each for each in rows}

    def decided(self):
        """Return {purpose: (whether it is agreed, by whom)}. One query, no row is built."""
        columns = ("version__text__purpose", "is_given", "decided_by")
        rows = self.filter(second=None).order_by("pk").values_list(*columns)
        return {purpose: Decided(*row) for purpose, *row in rows}

    def is_agreed(self, purpose, second=None):
        """Return whether a purpose is agreed to now, by whom `in_force` says. One query."""
        its = self.filter(version__text__purpose=purpose, second=second)
        latest = its.order_by("-pk")
        return latest.values_list("is_given", flat=True).first() is True


class ConsentDecision(models.Model):
    """A consent given, refused or withdrawn. Append-only."""

    SEALED_BY = ("row_key",)

    row_key = RowKeyField()
    intake = models.ForeignKey(Intake, models.CASCADE, related_name="consents")
    second = models.ForeignKey(
        "SecondAccess", models.CASCADE, null=True, editable=False, related_name="+"
    )
    version = models.ForeignKey(ConsentVersion, models.PROTECT, related_name="+")
    is_given = models.BooleanField(_("agreed"))
    digest = models.CharField(_("hash of the words"), max_length=64)
    language = models.CharField(max_length=12)
    decided_by = models.CharField(_("by"), max_length=10, choices=DecidedBy)
    name = PrivateTextField(_("name"), max_length=120, blank=True)
    decided_at = models.DateTimeField(_("on"), auto_now_add=True)

    objects = ConsentDecisionQuerySet.as_manager()

    class Meta:
        ordering = ["decided_at", "pk"]
        verbose_name = _("consent")
        verbose_name_plural = _("consents")
        constraints = [
            models.CheckConstraint(
                condition=~Q(digest=""), name="consultations_consent_has_its_words"
            )
        ]

    def __str__(self):
        purpose = self.version.text.get_purpose_display()
        return f"{purpose}: {_('agreed') if self.is_given else _('not agreed')}"


def agrees_to_letters():
    latest = ConsentDecision.objects.filter(
        intake=OuterRef("intake"),
        second=None,
        version__text__purpose=ConsentPurpose.REMINDERS,
    ).order_by("-pk")
    return Coalesce(Subquery(latest.values("is_given")[:1]), False)
