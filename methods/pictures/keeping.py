"""Keep, remove, withdraw: the only writers of pictures and of their files.

Of a photo only its renditions are kept. What is not kept cannot leak, and when somebody
withdraws a consent nothing of theirs is left behind.
"""

import logging
from collections.abc import Collection, Sequence
from datetime import timedelta
from typing import TYPE_CHECKING

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from methods.models import Consent, Picture
from methods.publishing import editions
from methods.publishing.public_pictures import picture_file
from scarclinic.staff import ledger
from scarclinic.staff.models import User

if TYPE_CHECKING:  # it loads Pillow
    from methods.pictures.renditions import Encoded

logger = logging.getLogger("django.scarclinic")

FOLDER = "pictures"
LEFT_BEHIND_AFTER = timedelta(days=1)
"""By then no upload is still on its way."""


class NotPermitted(Exception):
    """A picture was refused: its consent does not hold."""


def path_of(name: str) -> str:
    """Return where the storage has a file of a picture."""
    return f"{FOLDER}/{name}"


def _store(picture: Picture, encoded: "Encoded") -> list[int | str]:
    name = picture_file(picture.token, encoded.width, encoded.format)
    default_storage.save(path_of(name), ContentFile(encoded.body))
    return [encoded.width, encoded.height, encoded.format]


@transaction.atomic
def keep(
    picture: Picture, encoded: "tuple[Sequence[Encoded], Encoded] | None" = None
) -> Picture:
    """Save a picture, a new one with what `renditions.encode` made of its photo.

    Raises `NotPermitted` if its consent does not hold.
    """
    consent = Consent.objects.select_for_update().get(pk=picture.consent_id)
    if message := consent.obstacle():
        raise NotPermitted(message)
    if encoded:
        renditions, fallback = encoded
        picture.renditions = [_store(picture, each) for each in renditions]
        picture.fallback = [fallback.width, fallback.height, fallback.format]
        if fallback not in renditions:
            _store(picture, fallback)
    picture.save()
    editions.renew()
    return picture


@transaction.atomic
def remove(pictures: QuerySet[Picture]) -> None:
    """Delete pictures, given as a queryset, with their files and the pairs they are in."""
    tokens = set(pictures.values_list("token", flat=True))
    pictures.delete()
    editions.renew()
    if tokens:
        transaction.on_commit(lambda: _delete_files(tokens), robust=True)


@transaction.atomic
def withdraw(consent: Consent, *, by: User) -> Consent:
    """Take the pictures of a consent off every page, and delete them. The record stays.

    What was withdrawn before keeps its day and its name.
    """
    consent = Consent.objects.select_for_update().get(pk=consent.pk)
    if not consent.withdrawn_at:
        consent.withdrawn_at = timezone.now()
        consent.withdrawn_by = by
        consent.save()
        remove(Picture.objects.filter(consent=consent))
        ledger.record(ledger.Action.PICTURES_WITHDRAWN, consent, by=by)
    return consent


def _delete_files(tokens: Collection[str]) -> None:
    """Delete the files of removed pictures, and what failed attempts left behind."""
    known = set(Picture.objects.values_list("token", flat=True))
    before = timezone.now() - LEFT_BEHIND_AFTER
    _folders, names = default_storage.listdir(FOLDER)
    for name in names:
        token, path = name.partition("-")[0], path_of(name)
        try:
            if token in tokens or (
                token not in known and default_storage.get_modified_time(path) < before
            ):
                default_storage.delete(path)
        except OSError:
            # No page and no address shows it any more. The next removal tries again.
            logger.exception("The file %s cannot be deleted.", path)
