"""The pages of scar types."""

from django.db import models
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from methods.models.fields import LinesField
from methods.models.findings import Finding
from methods.models.revisions import PublishableQuerySet, Revision
from methods.protocol.coded_findings import ScarTypeCode

SCAR_TYPE_SECTIONS = {
    "looks_like": _("What it looks like"),
    "comes_from": _("How it comes about"),
    "without_treatment": _("Without treatment"),
    "see_a_doctor": _("See a doctor if"),
}


class ScarTypeQuerySet(PublishableQuerySet):
    def for_draft(self):
        """Load what a draft's content consists of, at a fixed number of queries."""
        return self.select_related("live_revision", "finding")


class ScarType(models.Model):
    """The page of a scar type. `methods.protocol.scar_types` establishes which one it is."""

    finding = models.OneToOneField(
        Finding,
        models.PROTECT,
        limit_choices_to={"code__in": ScarTypeCode.values},
        verbose_name=_("scar type"),
    )
    title = models.CharField(_("title"), max_length=120)
    also_called = LinesField(_("also called"), help_text=_("Names, one per line."))
    position = models.PositiveSmallIntegerField(_("order"), default=1000)
    summary = models.TextField(_("summary"), blank=True)
    looks_like = LinesField(SCAR_TYPE_SECTIONS["looks_like"])
    comes_from = LinesField(SCAR_TYPE_SECTIONS["comes_from"])
    without_treatment = LinesField(SCAR_TYPE_SECTIONS["without_treatment"])
    see_a_doctor = LinesField(SCAR_TYPE_SECTIONS["see_a_doctor"])

    live_revision = models.ForeignKey(
        "ScarTypeRevision", models.PROTECT, null=True, editable=False, related_name="+"
    )
    # Whether the working copy differs from what is live: `drafts.mark_changes`.
    has_changes = models.BooleanField(default=True, editable=False)

    objects = ScarTypeQuerySet.as_manager()

    class Meta:
        ordering = ["position", "title"]
        verbose_name = _("scar type")
        verbose_name_plural = _("scar types")

    def __str__(self):
        return self.title

    def get_absolute_url(self):
        return reverse("methods:scar", args=[self.finding.code])


class ScarTypeRevision(Revision):
    subject = models.ForeignKey(ScarType, models.PROTECT, related_name="revisions")

    class Meta(Revision.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["subject", "number"], name="methods_scartyperevision_number"
            )
        ]
