"""Criteria: what findings mean for treatments."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from methods.models.fields import protect
from methods.models.findings import Finding
from methods.models.sources import Source
from methods.models.treatments import Method, Trait
from methods.protocol.vocabulary import CriterionKind, Level, Line


def _exactly_one(*names):
    """Return a `Q`: one of these foreign keys is set, the others are null."""
    condition = Q()
    for given in names:
        condition |= Q(**{f"{name}__isnull": name != given for name in names})
    return condition


class Criterion(models.Model):
    """A rule: the meaning of findings, all present, for one or several methods.

    It belongs to a method, to a trait (and holds for the methods that have it), or to a
    condition (and holds for the `methods` that it names).
    """

    method = models.ForeignKey(
        Method, models.CASCADE, null=True, blank=True, related_name="criteria"
    )
    trait = models.ForeignKey(
        Trait, models.CASCADE, null=True, blank=True, related_name="criteria"
    )
    condition = models.ForeignKey(
        "methods.Condition",
        models.CASCADE,
        null=True,
        blank=True,
        related_name="criteria",
    )
    methods = models.ManyToManyField(
        Method,
        related_name="+",
        blank=True,
        verbose_name=_("treatments"),
        help_text=_("It holds for each of these."),
    )
    position = models.PositiveSmallIntegerField(_("order"), default=1000)
    kind = models.CharField(_("kind"), max_length=20, choices=CriterionKind)
    line = models.CharField(
        _("line"),
        max_length=10,
        choices=Line,
        blank=True,
        help_text=_("Only for an indication."),
    )
    level = models.CharField(
        _("level"),
        max_length=10,
        choices=Level,
        blank=True,
        help_text=_("Only for a precaution. Empty, a doctor decides first."),
    )
    when = models.ManyToManyField(
        Finding,
        related_name="+",
        verbose_name=_("when"),
        help_text=_("It holds when all of these are present."),
    )
    unless = models.ManyToManyField(
        Finding,
        related_name="+",
        blank=True,
        verbose_name=_("unless"),
        help_text=_("And when none of these is."),
    )
    until = models.CharField(
        _("until"),
        max_length=200,
        blank=True,
        help_text=_("Only for a deferral: what has to pass or happen first."),
    )
    refer = models.ManyToManyField(
        Method,
        related_name="+",
        blank=True,
        verbose_name=_("refer to"),
        help_text=_("Only for a contraindication: who treats this instead."),
    )
    for_patient = models.CharField(_("reason for the patient"), max_length=400)
    for_staff = models.CharField(_("reason for staff"), max_length=600)
    sources = models.ManyToManyField(Source, verbose_name=_("sources"))
    contested = models.CharField(
        _("contested"),
        max_length=400,
        blank=True,
        help_text=_("If sources disagree: what the other side says."),
    )
    reviewed_on = models.DateField(_("reviewed on"), null=True, blank=True)

    class Meta:
        ordering = ["position", "pk"]
        verbose_name = _("criterion")
        verbose_name_plural = _("criteria")
        constraints = [
            models.CheckConstraint(
                condition=_exactly_one("method", "trait", "condition"),
                name="methods_criterion_belongs_to_one",
            ),
            models.CheckConstraint(
                condition=Q(kind="indication") & ~Q(line="")
                | ~Q(kind="indication") & Q(line=""),
                name="methods_criterion_line_is_for_indications",
                violation_error_message=_(
                    "An indication needs a line; nothing else has one."
                ),
            ),
            models.CheckConstraint(
                condition=Q(level="") | Q(kind="precaution"),
                name="methods_criterion_level_is_for_precautions",
                violation_error_message=_("Only a precaution has a level."),
            ),
            models.CheckConstraint(
                condition=Q(kind="deferral") & ~Q(until="")
                | ~Q(kind="deferral") & Q(until=""),
                name="methods_criterion_until_is_for_deferrals",
                violation_error_message=_(
                    "A deferral says until when; nothing else does."
                ),
            ),
        ]

    def __str__(self):
        return self.get_kind_display()


for _relation, _target in (
    (Criterion.when, "finding"),
    (Criterion.unless, "finding"),
    (Criterion.sources, "source"),
    (Criterion.methods, "method"),
    (Criterion.refer, "method"),
):
    protect(_relation, _target)
