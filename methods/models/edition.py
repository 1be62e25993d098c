"""The compiled edition of the public site, one row; only `methods.publishing.editions` writes it."""

from django.db import models
from django.db.models import Q


class Edition(models.Model):
    """The site as the public sees it now. There is one, and it is replaced whole.

    The two parts are JSON, kept as text so that a process that knows the digest need not
    parse them again.
    """

    ONLY = 1

    digest = models.CharField(max_length=64)
    site = models.TextField()
    catalogue = models.TextField()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(pk=1), name="methods_edition_is_one")
        ]

    def __str__(self):
        return self.digest
