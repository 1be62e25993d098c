"""Tombstones: that something was erased, without saying whose."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Tombstone(models.Model):
    """That an intake was erased: a keyed hash of its row key, which went with it.

    Nobody can tell from it who that was. `consultations.tombstones` makes and reads it.
    """

    class Kind(models.TextChoices):
        ERASED = "erased", _("Erased on request")
        SPAM = "spam", _("Not from a person")

    digest = models.CharField(max_length=32, unique=True, editable=False)
    key_id = models.CharField(max_length=8, editable=False)
    kind = models.CharField(max_length=10, choices=Kind, editable=False)
    on = models.DateField(editable=False)

    def __str__(self):
        return f"{self.get_kind_display()}, {self.on}"
