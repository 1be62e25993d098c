"""Findings: coded ones, health questions and red flags."""

from copy import copy

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q, Subquery, Value
from django.db.models.functions import Coalesce
from django.utils.translation import gettext_lazy as _

from methods.models.clinic import Clinic
from methods.models.emergency import PLACEHOLDER, numbered
from methods.models.fields import code_validator
from methods.protocol.coded_findings import CODED_FINDINGS, RedFlagCode
from methods.protocol.facts import FACT_NAMES
from methods.protocol.vocabulary import QuestionGroup, ReasonGroup


class FindingQuerySet(models.QuerySet):
    def red_flags(self):
        """Return what stops every suggestion, with the clinic's emergency number."""
        clinic = Subquery(Clinic.objects.values("emergency_number")[:1])
        unless_known = Value(Clinic().emergency_number)
        return self.exclude(route="").annotate(
            emergency_number=Coalesce(clinic, unless_known)
        )

    def health_questions(self):
        """Return what staff ask: each is a yes/no fact under its own code."""
        return self.filter(origin=Finding.Origin.QUESTION)


class Finding(models.Model):
    """Something that is present, absent or unknown in a patient, and may matter.

    A coded finding is established by a tested function; a health question by the
    patient's own answer.
    """

    class Origin(models.TextChoices):
        CODED = "coded", _("Established by the site")
        QUESTION = "question", _("Health question")

    code = models.CharField(
        _("code"), max_length=60, unique=True, validators=[code_validator]
    )
    origin = models.CharField(
        _("origin"),
        max_length=10,
        choices=Origin,
        default=Origin.QUESTION,
        editable=False,
    )
    label = models.CharField(
        _("name for staff"), max_length=120, help_text=_("For example: Takes warfarin")
    )
    question = models.CharField(
        _("question to the patient"),
        max_length=300,
        blank=True,
        help_text=_("Answered with yes, no or not sure."),
    )
    hint = models.CharField(_("help with the question"), max_length=400, blank=True)
    question_for_child = models.CharField(
        _("question to whoever answers for a child"),
        max_length=300,
        blank=True,
        help_text=_(
            "Only if it must be another: one that speaks to “you” must say “your child”."
        ),
    )
    hint_for_child = models.CharField(
        _("help with that question"), max_length=400, blank=True
    )
    group = models.CharField(
        _("page of the intake"), max_length=20, choices=QuestionGroup, blank=True
    )
    position = models.PositiveSmallIntegerField(_("order"), default=1000)
    patient_words = models.CharField(
        _("in a patient’s words"),
        max_length=80,
        blank=True,
        help_text=_(
            "On pages of treatments, under “Not for you, or not yet”. For example: "
            "Pregnant"
        ),
    )
    reason_group = models.CharField(
        _("heading there"), max_length=10, choices=ReasonGroup, blank=True
    )
    is_common = models.BooleanField(
        _("common"),
        default=False,
        help_text=_("Many patients have it: the pages show it without a press."),
    )
    is_asked = models.BooleanField(
        _("asked"),
        default=True,
        help_text=_(
            "Switched off, the next patient is not asked: the answer is unknown."
        ),
    )
    is_asked_alone = models.BooleanField(
        _("asked alone"),
        default=False,
        help_text=_(
            "With yes, no and not sure of its own. Else it is a line of a list to tick, "
            "and a list has one “None of these”."
        ),
    )
    route = models.CharField(
        _("route"),
        max_length=200,
        blank=True,
        help_text=_(
            "Only for a red flag, which stops every suggestion: who must see the patient, "
            "and how soon."
        ),
    )
    advice = models.TextField(
        _("what the patient is told"),
        blank=True,
        help_text=_(
            "Only for a red flag: calm advice, and what to do. Write {emergency} where the "
            "emergency number belongs: the site puts the clinic’s own."
        ),
    )
    advice_for_child = models.TextField(
        _("what whoever answers for a child is told"),
        blank=True,
        help_text=_("Only if it must be other words: “your child” instead of “you”."),
    )

    objects = FindingQuerySet.as_manager()

    class Meta:
        ordering = ["position", "code"]
        verbose_name = _("finding")
        verbose_name_plural = _("findings")
        constraints = [
            models.CheckConstraint(
                condition=Q(route="", advice="") | ~Q(route="") & ~Q(advice=""),
                name="methods_finding_red_flag_is_whole",
                violation_error_message=_(
                    "A red flag needs both: a route, and what the patient is told."
                ),
            ),
            models.CheckConstraint(
                condition=Q(question="", group="") | ~Q(question="") & ~Q(group=""),
                name="methods_finding_question_is_whole",
                violation_error_message=_(
                    "A question needs a page of the intake, and a page a question."
                ),
            ),
            models.CheckConstraint(
                condition=~Q(origin="question", question=""),
                name="methods_finding_health_question_asks",
                violation_error_message=_("Write the question to the patient."),
            ),
        ]

    def __str__(self):
        return self.label

    def clean(self):
        if self.is_coded and self.route and self.code not in RedFlagCode.values:
            raise ValidationError(
                {"route": _("Only a red flag or a health question can stop.")}
            )
        for name in ("advice", "advice_for_child"):
            if words := numbered(getattr(self, name)):
                message = _(
                    "Write %(placeholder)s in place of the number in “%(words)s”: the site "
                    "puts the clinic’s own."
                )
                told = {"placeholder": PLACEHOLDER, "words": words}
                raise ValidationError({name: message % told})
        taken = self.code in CODED_FINDINGS or self.code in FACT_NAMES
        if self.origin == self.Origin.QUESTION and taken:
            raise ValidationError(
                {"code": _("The site uses this code itself. Choose another.")}
            )

    @property
    def of_child(self):
        """Return a copy in the words for whoever answers for a child; save none."""
        finding = copy(self)
        for name in ("question", "hint", "advice"):
            own = getattr(self, f"{name}_for_child")
            setattr(finding, name, own or getattr(self, name))
        return finding

    @property
    def stands_alone(self):
        """Return whether it is asked by itself; what may have to be seen soon always is."""
        is_grave = bool(self.route) or self.group == QuestionGroup.CHANGES
        return self.is_asked_alone or is_grave

    @property
    def is_coded(self):
        return self.origin == self.Origin.CODED
