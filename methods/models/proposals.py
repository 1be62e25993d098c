"""What loosens protection and so waits for a clinician who did not write it."""

from django.conf import settings
from django.contrib.contenttypes.fields import GenericForeignKey
from django.contrib.contenttypes.models import ContentType
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _


class Outcome(models.TextChoices):
    CONFIRMED = "confirmed", _("Confirmed")
    REFUSED = "refused", _("Refused")
    TAKEN_BACK = "taken_back", _("Taken back")
    CHANGED = "changed", _("Void: changed since")


class ProposalQuerySet(models.QuerySet):
    def waiting(self):
        return self.filter(settled_at=None)

    def about(self, subject):
        """Return the proposals of one record."""
        of_kind = ContentType.objects.get_for_model(subject)
        return self.filter(subject_type=of_kind, subject_id=subject.pk)


class Proposal(models.Model):
    """A change that waits, on exactly the content that its digest is over.

    `values` are {field: new value} of a row that has no draft, such as a finding. What
    loosens, in words, is kept for later readers.
    """

    act = models.CharField(max_length=20, editable=False)
    subject_type = models.ForeignKey(ContentType, models.CASCADE, editable=False)
    subject_id = models.PositiveBigIntegerField(editable=False)
    subject = GenericForeignKey("subject_type", "subject_id")
    title = models.CharField(_("what"), max_length=200, editable=False)
    values = models.JSONField(default=dict, editable=False)
    digest = models.CharField(max_length=64, editable=False)
    loosens = models.JSONField(_("what it loosens"), editable=False)
    note = models.CharField(_("what changed"), max_length=200, editable=False)
    asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        verbose_name=_("asked for by"),
        related_name="+",
        editable=False,
    )
    asked_at = models.DateTimeField(_("asked for on"), auto_now_add=True)
    # All who wrote it, by the admin's log; who asked is one of them.
    writers = models.ManyToManyField(
        settings.AUTH_USER_MODEL,
        verbose_name=_("written by"),
        related_name="+",
        editable=False,
    )
    settled_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        verbose_name=_("settled by"),
        related_name="+",
        null=True,
        editable=False,
    )
    settled_at = models.DateTimeField(_("settled on"), null=True, editable=False)
    outcome = models.CharField(
        _("outcome"), max_length=20, choices=Outcome, blank=True, editable=False
    )
    answer = models.CharField(_("answer"), max_length=200, blank=True, editable=False)

    objects = ProposalQuerySet.as_manager()

    class Meta:
        ordering = ["-asked_at", "-pk"]
        verbose_name = _("change that waits for a clinician")
        verbose_name_plural = _("changes that wait for a clinician")
        permissions = [("confirm_proposal", _("Can confirm what loosens protection"))]
        constraints = [
            models.UniqueConstraint(
                fields=["subject_type", "subject_id"],
                condition=Q(settled_at=None),
                name="methods_proposal_one_waits",
            ),
            models.CheckConstraint(
                condition=Q(settled_at=None, settled_by=None, outcome="")
                | Q(settled_at__isnull=False, settled_by__isnull=False)
                & ~Q(outcome=""),
                name="methods_proposal_settled_is_whole",
            ),
            models.CheckConstraint(
                condition=~Q(outcome="confirmed") | ~Q(settled_by=F("asked_by")),
                name="methods_proposal_by_two",
            ),
        ]

    def __str__(self):
        return self.title
