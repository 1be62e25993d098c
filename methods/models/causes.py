"""The pages by what happened: a way in for whoever knows the cause, and no clinical word."""

from django.db import models
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from methods.models.fields import LinesField
from methods.models.findings import Finding
from methods.models.revisions import PublishableQuerySet, Revision
from methods.protocol.coded_findings import ScarTypeCode

CAUSE_SECTIONS = {
    "support": _("What stands first"),
    "first": _("The first step"),
    "darker_skin": _("On brown or black skin"),
    "next": _("What comes next"),
    "see_a_doctor": _("See a doctor first if"),
    "when_to_wait": _("Without treatment"),
    "children": _("For children"),
    "pregnant": _("If you are pregnant or breastfeeding"),
}
NEEDED_OF_CAUSE = ("first", "darker_skin", "next", "see_a_doctor")
"""The sections that a page by what happened must have; others may be empty."""
CAUSE_WORDS = ("link", "teaser", "drawing", "first_heading", "kinds_heading")


class CauseQuerySet(PublishableQuerySet):
    def for_draft(self):
        """Load what a draft's content consists of, at a fixed number of queries."""
        return self.select_related("live_revision").prefetch_related("kinds__scar")


class Cause(models.Model):
    """A page by what happened: acne, an operation, a burn. It leads on to scar types."""

    code = models.SlugField(_("address"), max_length=30, unique=True)
    title = models.CharField(_("title"), max_length=120)
    link = models.CharField(
        _("words of its link"), max_length=30, help_text=_("On the home page.")
    )
    teaser = models.CharField(_("line under the link"), max_length=80, blank=True)
    drawing = models.SlugField(
        _("drawing"), max_length=40, help_text=_("The name of one of our drawings.")
    )
    also_called = LinesField(_("also called"), help_text=_("Names, one per line."))
    position = models.PositiveSmallIntegerField(_("order"), default=1000)
    summary = models.TextField(_("summary"), blank=True)
    first_heading = models.CharField(_("heading of the first step"), max_length=80)
    kinds_heading = models.CharField(_("heading of the kinds"), max_length=80)
    support = LinesField(CAUSE_SECTIONS["support"])
    first = LinesField(CAUSE_SECTIONS["first"])
    darker_skin = LinesField(CAUSE_SECTIONS["darker_skin"])
    next = LinesField(CAUSE_SECTIONS["next"])
    see_a_doctor = LinesField(CAUSE_SECTIONS["see_a_doctor"])
    when_to_wait = LinesField(CAUSE_SECTIONS["when_to_wait"])
    children = LinesField(CAUSE_SECTIONS["children"])
    pregnant = LinesField(CAUSE_SECTIONS["pregnant"])

    live_revision = models.ForeignKey(
        "CauseRevision", models.PROTECT, null=True, editable=False, related_name="+"
    )
    # Whether the working copy differs from what is live: `drafts.mark_changes`.
    has_changes = models.BooleanField(default=True, editable=False)

    objects = CauseQuerySet.as_manager()

    class Meta:
        ordering = ["position", "title"]
        verbose_name = _("page by what happened")
        verbose_name_plural = _("pages by what happened")

    def __str__(self):
        return self.title

    def get_absolute_url(self):
        return reverse("methods:cause", args=[self.code])


class CauseKind(models.Model):
    """A scar type that a cause can leave, and how to tell it from the others."""

    cause = models.ForeignKey(Cause, models.CASCADE, related_name="kinds")
    position = models.PositiveSmallIntegerField(_("order"), default=1000)
    scar = models.ForeignKey(
        Finding,
        models.PROTECT,
        related_name="+",
        limit_choices_to={"code__in": ScarTypeCode.values},
        verbose_name=_("scar type"),
    )
    words = models.CharField(_("how to tell it"), max_length=200)

    class Meta:
        ordering = ["position", "pk"]
        verbose_name = _("kind of scar")
        verbose_name_plural = _("kinds of scar")

    def __str__(self):
        return str(self.scar)


class CauseRevision(Revision):
    subject = models.ForeignKey(Cause, models.PROTECT, related_name="revisions")

    class Meta(Revision.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["subject", "number"], name="methods_causerevision_number"
            )
        ]
