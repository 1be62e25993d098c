"""Frozen versions, and querysets of what has a live one."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from methods.models.fields import FrozenField


class Revision(models.Model):
    """A frozen version. Never changed, never deleted: cards point at it."""

    number = models.PositiveIntegerField(_("number"))
    content = FrozenField(_("content"))
    note = models.CharField(_("what changed"), max_length=200)
    created_at = models.DateTimeField(_("published"), auto_now_add=True)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+"
    )

    class Meta:
        abstract = True
        ordering = ["-number"]

    def __str__(self):
        return f"{self.subject}, {self.number}"


class PublishableQuerySet(models.QuerySet):
    def published(self):
        """Return what has a live revision, with it."""
        return self.filter(live_revision__isnull=False).select_related("live_revision")

    def unpublished(self):
        """Return what has a working copy that differs from what is live, if anything is."""
        return self.filter(has_changes=True)
