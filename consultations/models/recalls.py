"""Recalls: the days on which patients are asked back, as something was not yet."""

from django.conf import settings
from django.db import models
from django.db.models import OuterRef, Q, Subquery
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class RecallQuerySet(models.QuerySet):
    def pending(self):
        return self.filter(done_at=None)

    def due(self):
        """Return those whose day has come."""
        return self.pending().filter(due_at__lte=timezone.now())


def first_recall():
    """Return a subquery of plans: when the first recall that nobody has settled is due."""
    pending = Recall.objects.pending().filter(plan=OuterRef("pk")).order_by("due_at")
    return Subquery(pending.values("due_at")[:1])


class Recall(models.Model):
    """When a patient is asked back about one signed decision of "not now".

    One that is withdrawn is deleted; one that is done stays.
    """

    plan = models.ForeignKey(
        "consultations.Plan", models.PROTECT, related_name="recalls"
    )
    decision = models.OneToOneField(
        "consultations.Decision", models.PROTECT, related_name="recall"
    )
    # The beginning of that day.
    due_at = models.DateTimeField(_("asked back on"))
    done_at = models.DateTimeField(null=True)
    done_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+"
    )

    objects = RecallQuerySet.as_manager()

    class Meta:
        ordering = ["due_at", "pk"]
        # Part of its plan: whoever may change that settles it.
        default_permissions = ()
        verbose_name = _("recall")
        verbose_name_plural = _("recalls")
        indexes = [
            models.Index(
                fields=["due_at"],
                condition=Q(done_at__isnull=True),
                name="consultations_recall_pending",
            )
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(done_at__isnull=True, done_by__isnull=True)
                | Q(done_at__isnull=False, done_by__isnull=False),
                name="consultations_recall_is_whole",
            )
        ]

    def __str__(self):
        return f"{self.plan}: {self.due_on.isoformat()}"

    @property
    def due_on(self):
        return timezone.localdate(self.due_at)
