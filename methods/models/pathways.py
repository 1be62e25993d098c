"""Pathways: the treatment of a scar type, step by step."""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from methods.models.fields import CountField, code_validator, protect
from methods.models.findings import Finding
from methods.models.revisions import PublishableQuerySet, Revision
from methods.models.sources import Source
from methods.models.treatments import Method


class PathwayQuerySet(PublishableQuerySet):
    def for_draft(self):
        """Load what a draft's content consists of, at a fixed number of queries."""
        return self.select_related("live_revision").prefetch_related(
            "when", "steps__methods", "steps__sources"
        )


class Pathway(models.Model):
    """The steps for a scar type, in order, and what counts as response."""

    code = models.CharField(
        _("code"),
        max_length=60,
        unique=True,
        validators=[code_validator],
        help_text=_("Its name in files. Fixed once published."),
    )
    title = models.CharField(_("title"), max_length=120)
    when = models.ManyToManyField(
        Finding,
        related_name="+",
        verbose_name=_("when"),
        help_text=_("It is for scars where all of these are present."),
    )
    response = models.TextField(
        _("response"),
        blank=True,
        help_text=_("What counts as response, and when it is judged."),
    )
    contested = models.TextField(
        _("contested"),
        blank=True,
        help_text=_("If sources disagree: what the other side says."),
    )
    live_revision = models.ForeignKey(
        "PathwayRevision", models.PROTECT, null=True, editable=False, related_name="+"
    )
    # Whether the working copy differs from what is live: `drafts.mark_changes`.
    has_changes = models.BooleanField(default=True, editable=False)

    objects = PathwayQuerySet.as_manager()

    class Meta:
        ordering = ["title"]
        verbose_name = _("pathway")
        verbose_name_plural = _("pathways")

    def __str__(self):
        return self.title


class PathwayRevision(Revision):
    subject = models.ForeignKey(Pathway, models.PROTECT, related_name="revisions")
    findings = models.ManyToManyField(Finding, related_name="+")

    class Meta(Revision.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["subject", "number"], name="methods_pathwayrevision_number"
            )
        ]


class PathwayStep(models.Model):
    """One step: what, how often, what is measured when, and when to change."""

    pathway = models.ForeignKey(Pathway, models.CASCADE, related_name="steps")
    number = models.PositiveSmallIntegerField(_("step"))
    methods = models.ManyToManyField(
        Method, related_name="+", verbose_name=_("treatments")
    )
    enter = models.TextField(
        _("begins when"), blank=True, help_text=_("What must hold to begin this step.")
    )
    sessions_from = CountField(_("sessions, from"))
    sessions_to = CountField(_("sessions, to"))
    weeks_from = CountField(_("weeks between, from"))
    weeks_to = CountField(_("weeks between, to"))
    dose = models.TextField(_("dose"), blank=True)
    measure = models.TextField(
        _("measure"), blank=True, help_text=_("What is measured, and when.")
    )
    next = models.TextField(
        _("next"), blank=True, help_text=_("When to go on, and when to stop.")
    )
    sources = models.ManyToManyField(Source, verbose_name=_("sources"))

    class Meta:
        ordering = ["number", "pk"]
        verbose_name = _("step")
        verbose_name_plural = _("steps")
        constraints = [
            models.CheckConstraint(
                condition=Q(**{f"{each}_from__isnull": True})
                | Q(**{f"{each}_to__isnull": True})
                | Q(**{f"{each}_to__gte": F(f"{each}_from")}),
                name=f"methods_pathwaystep_{each}_increase",
                violation_error_message=_("Let the numbers of a step increase."),
            )
            for each in ("sessions", "weeks")
        ]

    def __str__(self):
        return str(self.number)


for _relation, _target in (
    (Pathway.when, "finding"),
    (PathwayRevision.findings, "finding"),
    (PathwayStep.methods, "method"),
    (PathwayStep.sources, "source"),
):
    protect(_relation, _target)
