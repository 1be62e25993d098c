"""Conditions: what one finding means for every treatment, a page of the safety matrix."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from methods.models.fields import protect
from methods.models.findings import Finding
from methods.models.revisions import PublishableQuerySet, Revision
from methods.models.treatments import CRITERIA, Method


class ConditionQuerySet(PublishableQuerySet):
    def for_draft(self):
        """Load what a draft's content consists of, at a fixed number of queries."""
        return self.select_related("live_revision", "finding").prefetch_related(
            *CRITERIA, "criteria__methods", "not_needed__methods"
        )


class Condition(models.Model):
    """A condition, site or age of scar, with its criteria for all treatments.

    Each ranked treatment is in one of its rows, or where none is needed.
    """

    finding = models.OneToOneField(
        Finding, models.PROTECT, verbose_name=_("finding"), related_name="condition"
    )
    live_revision = models.ForeignKey(
        "ConditionRevision", models.PROTECT, null=True, editable=False, related_name="+"
    )
    # Whether the working copy differs from what is live: `drafts.mark_changes`.
    has_changes = models.BooleanField(default=True, editable=False)

    objects = ConditionQuerySet.as_manager()

    class Meta:
        ordering = ["finding__position", "finding__code"]
        verbose_name = _("condition")
        verbose_name_plural = _("conditions")

    def __str__(self):
        return self.finding.label


class ConditionRevision(Revision):
    subject = models.ForeignKey(Condition, models.PROTECT, related_name="revisions")
    findings = models.ManyToManyField(Finding, related_name="+")

    class Meta(Revision.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["subject", "number"], name="methods_conditionrevision_number"
            )
        ]


class NotNeeded(models.Model):
    """Treatments for which a condition needs no criterion, and why."""

    condition = models.ForeignKey(
        Condition,
        models.CASCADE,
        related_name="not_needed",
        verbose_name=_("condition"),
    )
    position = models.PositiveSmallIntegerField(_("order"), default=1000)
    methods = models.ManyToManyField(
        Method, related_name="+", verbose_name=_("treatments")
    )
    why = models.CharField(_("why none is needed"), max_length=400)

    class Meta:
        ordering = ["position", "pk"]
        verbose_name = _("no criterion needed")
        verbose_name_plural = _("no criteria needed")

    def __str__(self):
        return self.why


protect(ConditionRevision.findings, "finding")
