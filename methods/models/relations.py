"""What a treatment says of others, and how much of a drug one visit may hold."""

from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from methods.models.fields import CountField, protect
from methods.models.findings import Finding
from methods.models.sources import Source
from methods.models.treatments import Method
from methods.protocol.coded_findings import ScarTypeCode
from methods.protocol.vocabulary import Line, RelationKind


class WeeksField(models.DecimalField):
    """Weeks, to a tenth, that may be unknown."""

    def __init__(self, *args, **kwargs):
        fixed = {"max_digits": 5, "decimal_places": 1, "null": True, "blank": True}
        fixed["validators"] = [MinValueValidator(0)]
        super().__init__(*args, **kwargs | fixed)


class AmountField(models.DecimalField):
    """An amount of a drug."""

    def __init__(self, *args, **kwargs):
        fixed = {"max_digits": 8, "decimal_places": 2}
        fixed["validators"] = [MinValueValidator(0)]
        super().__init__(*args, **kwargs | fixed)


class Relation(models.Model):
    """What a method says of others: only together, only after, weeks between, next."""

    method = models.ForeignKey(Method, models.CASCADE, related_name="relations")
    position = models.PositiveSmallIntegerField(_("order"), default=1000)
    kind = models.CharField(_("kind"), max_length=10, choices=RelationKind)
    methods = models.ManyToManyField(
        Method,
        related_name="+",
        verbose_name=_("treatments"),
        help_text=_("Any one of these. It may be the treatment itself."),
    )
    scars = models.ManyToManyField(
        Finding,
        related_name="+",
        blank=True,
        limit_choices_to={"code__in": ScarTypeCode.values},
        verbose_name=_("scar types"),
        help_text=_("It holds for any one of these; without any, for all."),
    )
    when = models.ManyToManyField(
        Finding,
        related_name="+",
        blank=True,
        verbose_name=_("when"),
        help_text=_("It holds when all of these are present."),
    )
    line = models.CharField(
        _("line"),
        max_length=10,
        choices=Line,
        blank=True,
        help_text=_("If it concerns the indications of one line only."),
    )
    is_hard = models.BooleanField(
        _("enforced"),
        default=False,
        help_text=_("Off, it is shown and takes no treatment out."),
    )
    sessions = CountField(_("sessions"))
    weeks = WeeksField(_("weeks"))
    weeks_dark = WeeksField(
        _("weeks in darker skin"),
        help_text=_("For phototypes IV to VI, and while the phototype is not known."),
    )
    for_patient = models.CharField(_("reason for the patient"), max_length=400)
    for_staff = models.CharField(_("reason for staff"), max_length=600)
    contested = models.CharField(
        _("contested"),
        max_length=400,
        blank=True,
        help_text=_("If sources disagree: what the other side says."),
    )
    sources = models.ManyToManyField(Source, verbose_name=_("sources"))

    class Meta:
        ordering = ["position", "pk"]
        verbose_name = _("relation")
        verbose_name_plural = _("relations")

    def __str__(self):
        return self.get_kind_display()


class Ceiling(models.Model):
    """The most of a drug in one visit, summed over all scars."""

    method = models.ForeignKey(Method, models.CASCADE, related_name="ceilings")
    position = models.PositiveSmallIntegerField(_("order"), default=1000)
    substance = models.CharField(_("substance"), max_length=80)
    unit = models.CharField(_("unit"), max_length=20)
    reason_above = AmountField(
        _("a reason above"), help_text=_("Above this, a doctor gives a reason.")
    )
    refuse_above = AmountField(
        _("refused above"),
        null=True,
        blank=True,
        help_text=_("Above this, nobody signs. Empty: there is no such limit."),
    )
    for_staff = models.CharField(_("reason for staff"), max_length=600)
    sources = models.ManyToManyField(Source, verbose_name=_("sources"))

    class Meta:
        ordering = ["position", "pk"]
        verbose_name = _("ceiling of a visit")
        verbose_name_plural = _("ceilings of a visit")
        constraints = [
            models.UniqueConstraint(
                fields=["method", "substance", "unit"],
                name="methods_ceiling_is_one_a_substance",
                violation_error_message=_("This substance has a ceiling already."),
            ),
            models.CheckConstraint(
                condition=Q(refuse_above__isnull=True)
                | Q(refuse_above__gte=F("reason_above")),
                name="methods_ceiling_limits_increase",
                violation_error_message=_(
                    "What is refused cannot be less than what needs a reason."
                ),
            ),
        ]

    def __str__(self):
        return f"{self.substance}: {self.reason_above} {self.unit}"


for _relation, _target in (
    (Relation.methods, "method"),
    (Relation.scars, "finding"),
    (Relation.when, "finding"),
    (Relation.sources, "source"),
    (Ceiling.sources, "source"),
):
    protect(_relation, _target)
