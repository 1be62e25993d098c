"""Photos of a scar. No rule reads one."""

import secrets
from io import BytesIO

from django.core.files.storage import default_storage
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from consultations.models.intake import Scar
from scarclinic.staff.encryption import keys


class PhotoSlot(models.TextChoices):
    """The views asked for; one photo for each, except "added later"."""

    DISTANCE = "distance", _("From a distance")
    CLOSE_UP = "close_up", _("Close up, with a coin")
    SIDE = "side", _("From the side")
    LATER = "later", _("Added later")


def photo_name():
    """Return a random name for a photo's file and URL."""
    return secrets.token_hex(16)


class PhotoQuerySet(models.QuerySet):
    def with_scars(self):
        """Load what tells whether a photo stays covered."""
        return self.select_related("scar__intake").prefetch_related(
            "scar__examinations"
        )


class Photo(models.Model):
    """A photo of a scar: fresh pixels as a JPEG, and nothing else of what was sent.

    Its file is sealed with the key that its name ends with.
    """

    FOLDER = "photos"
    LARGEST_FILE = 32 * 2**20
    """In bytes; ours are smaller by far. No other file fills the memory."""

    scar = models.ForeignKey(Scar, models.CASCADE, related_name="photos")
    slot = models.CharField(_("view"), max_length=10, choices=PhotoSlot)
    name = models.CharField(
        max_length=32, unique=True, default=photo_name, editable=False
    )
    sealed_with = models.CharField(max_length=8, editable=False)
    width = models.PositiveSmallIntegerField()
    height = models.PositiveSmallIntegerField()
    created_at = models.DateTimeField(auto_now_add=True)
    # Of one added later: a clinician has saved the plan with it on the desk.
    is_seen = models.BooleanField(default=False)

    objects = PhotoQuerySet.as_manager()

    class Meta:
        ordering = ["scar__number", "created_at", "pk"]
        verbose_name = _("photo")
        verbose_name_plural = _("photos")
        constraints = [
            models.UniqueConstraint(
                fields=["scar", "slot"],
                condition=~Q(slot="later"),
                name="consultations_photo_one_a_slot",
            )
        ]

    def __str__(self):
        return f"{self.scar}, {self.get_slot_display()}"

    @property
    def case_number(self):
        """Return the number of the intake, for the ledger."""
        return self.scar.intake_id

    @property
    def path(self):
        """Return where the storage has the file."""
        return f"{self.FOLDER}/{self.name}.{self.sealed_with}"

    def seal(self, body):
        """Return what its file holds of the bytes of a JPEG, under the newest key."""
        self.sealed_with = keys.newest().id
        return keys.seal(body, self._place)

    def open(self):
        """Return the JPEG, decrypted in memory; raises `keys.Unreadable`."""
        with default_storage.open(self.path) as file:
            return BytesIO(keys.unseal(file.read(self.LARGEST_FILE), self._place))

    @property
    def _place(self):
        return f"{self._meta.db_table}.file:{self.name}"


class MediaFolder(models.Model):
    """The code that this database's media folder has in a file: one row.

    `consultations.intake.photos.folder` compares the two.
    """

    ONLY = 1

    code = models.CharField(max_length=32, editable=False)

    def __str__(self):
        return self.code
