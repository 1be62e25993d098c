"""Anonymous funnel statistics of the intake's pages."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class StepTally(models.Model):
    """Counts of one page of the intake on one day. Not personal data.

    Rows are only added; those of one page and day are summed, and merged by `prune`.
    `seconds` counts how long it took from reaching the page to answering it,
    {bucket: how many}; bucket n holds from 1.5 ** n to 1.5 ** (n + 1) seconds.
    """

    step = models.CharField(_("page"), max_length=40)
    day = models.DateField(_("day"))
    reached = models.PositiveIntegerField(_("reached"), default=0)
    completed = models.PositiveIntegerField(_("answered"), default=0)
    errors = models.PositiveIntegerField(_("errors"), default=0)
    left = models.PositiveIntegerField(_("left here"), default=0)
    seconds = models.JSONField(default=dict, editable=False)

    class Meta:
        ordering = ["-day", "step"]
        verbose_name = _("page of the intake")
        verbose_name_plural = _("pages of the intake")
        indexes = [models.Index(fields=["day"], name="step_tally_by_day")]

    def __str__(self):
        return f"{self.step}, {self.day}"
