"""Accounts of the people who work here."""

from django.contrib.auth.models import AbstractUser
from django.db import models
from django.utils.translation import gettext_lazy as _


class User(AbstractUser):
    """Somebody with an account. Who signs plans has a registration number."""

    profession = models.CharField(_("profession"), max_length=120, blank=True)
    registration_number = models.CharField(
        _("registration number"),
        max_length=40,
        blank=True,
        help_text=_("Needed to sign plans: patients can check it."),
    )

    class Meta(AbstractUser.Meta):
        verbose_name = _("user")
        verbose_name_plural = _("users")

    @property
    def display_name(self):
        """Return what colleagues call somebody."""
        return self.get_full_name() or self.get_username()


class TokenBucket(models.Model):
    """A rate limit's state for one of those it counts, who stays unnamed: a keyed hash.

    `full_at` is Unix time, seconds: when the bucket is full again if nobody spends.
    """

    key = models.CharField(max_length=64, primary_key=True)
    full_at = models.FloatField(db_index=True)

    def __str__(self):
        return self.key
