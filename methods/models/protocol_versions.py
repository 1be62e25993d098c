"""The numbers of the protocol, each raised by a publication that changes a card."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _


class ProtocolVersion(models.Model):
    """One number of the protocol, with what decided its cards, as a fingerprint.

    Only `methods.publishing.protocol_versions` writes it; nothing deletes it.
    """

    number = models.PositiveIntegerField(_("number"), unique=True)
    fingerprint = models.CharField(max_length=64, editable=False)
    note = models.CharField(_("what changed"), max_length=200)
    created_at = models.DateTimeField(_("published"), auto_now_add=True)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        related_name="+",
        verbose_name=_("published by"),
    )
    approved_at = models.DateTimeField(_("approved"), null=True, editable=False)
    approved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        editable=False,
        related_name="+",
        verbose_name=_("approved by"),
    )

    class Meta:
        ordering = ["-number"]
        verbose_name = _("protocol version")
        verbose_name_plural = _("protocol versions")
        constraints = [
            models.CheckConstraint(
                condition=Q(approved_at__isnull=True, approved_by__isnull=True)
                | Q(approved_at__isnull=False, approved_by__isnull=False),
                name="methods_protocolversion_approval_is_whole",
            )
        ]

    def __str__(self):
        return str(self.number)
