"""Keep and remove: the only writers of patients' photos and of their files.

A file is written before its row and deleted after it. Whoever is killed in between leaves
a file that nothing shows, and `prune` sweeps it; never a row without its photo.
"""

import logging
import os
from collections.abc import Callable, Iterable
from contextlib import suppress
from functools import partial

from django.conf import settings
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import transaction
from django.db.models import F, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from consultations.intake.questions.pages import why_no_photos
from consultations.locking import NotAllowed
from consultations.models import (
    ConsentPurpose,
    Intake,
    IntakeStatus,
    Photo,
    PhotoSlot,
    Plan,
    Scar,
)
from consultations.review import business_hours
from consultations.review.call_list import list_for_call
from scarclinic.staff import ledger
from scarclinic.staff.decoding import cleaning
from scarclinic.staff.encryption import keys
from scarclinic.staff.models import User

logger = logging.getLogger("django.scarclinic")

MOST_ADDED_LATER = 20
"""Of one intake."""


class NotPermitted(Exception):
    """A photo is not kept: there is no consent, or no place for it any more."""


def _sync(path: str) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _write(photo: Photo, body: bytes) -> None:
    """Seal the bytes of a JPEG as the photo's file.

    Raises FileExistsError if there is one: a storage would choose another name, and the
    row would lead to what is there.
    """
    sealed = photo.seal(body)
    saved_as = default_storage.save(photo.path, ContentFile(sealed))
    if saved_as != photo.path:
        default_storage.delete(saved_as)
        raise FileExistsError(photo.path)
    # Only of a local storage: another one answers when it has the file.
    with suppress(NotImplementedError):
        local = default_storage.path(photo.path)
        _sync(local)
        _sync(os.path.dirname(local))


def _delete_files(paths: Iterable[str]) -> None:
    for path in paths:
        try:
            default_storage.delete(path)
        except OSError:
            # Nothing shows it any more, and `prune` tries again.
            logger.exception("The file %s cannot be deleted.", path)


def _delete(photos: QuerySet[Photo]) -> None:
    paths = [photo.path for photo in photos]
    photos.delete()
    if paths:
        transaction.on_commit(partial(_delete_files, paths), robust=True)


def _checked(scar: Scar, slot: str) -> Intake:
    """Return the intake, locked; raises NotPermitted if it takes no photo for the slot."""
    # Who signs holds it too: a photo comes before the signature, or not at all.
    intake = Intake.objects.select_for_update().get(pk=scar.intake_id)
    is_later = slot == PhotoSlot.LATER
    expected = IntakeStatus.SUBMITTED if is_later else IntakeStatus.DRAFT
    # As the database has it: the site may have changed since the page was read.
    its = Scar.objects.filter(pk=scar.pk).first()
    if intake.status != expected or its is None:
        raise NotPermitted(_("This photo has no place any more."))
    its.intake = intake
    if reason := why_no_photos(its):
        raise NotPermitted(reason)
    if not intake.is_agreed(ConsentPurpose.PHOTOS):
        raise NotPermitted(_("You have not agreed that we keep photos."))
    if is_later:
        added = Photo.objects.filter(scar__intake=intake, slot=slot).count()
        if added >= MOST_ADDED_LATER:
            raise NotPermitted(
                _("You have added %(count)d photos. We have no place for more.")
                % {"count": MOST_ADDED_LATER}
            )
    return intake


@transaction.atomic
def _enter(photo: Photo, then: Callable[[Photo], None] | None) -> None:
    intake = _checked(photo.scar, photo.slot)
    if photo.slot == PhotoSlot.LATER:
        _tell(intake, is_with_words=then is not None)
    else:
        _delete(Photo.objects.filter(scar=photo.scar_id, slot=photo.slot))
        intake.touched_at = timezone.now()
        intake.extend_link()
        intake.save(update_fields=["touched_at", "link_expires_at"])
    photo.save(force_insert=True)
    if photo.slot == PhotoSlot.LATER:
        ledger.record(ledger.Action.PHOTO_ADDED, photo)
    if then:
        then(photo)


def _tell(intake: Intake, *, is_with_words: bool) -> None:
    """Let the queue know of a photo that was added later."""
    now = timezone.now()
    # The patient had the last word: the plan waits from now on. A desk that is open has
    # not shown it, and is not signed over it; nor has who signed first seen it.
    is_waiting = (
        Plan.objects.unsigned()
        .filter(intake=intake)
        .update(
            waiting_since=now,
            has_photos=True,
            edits=F("edits") + 1,
            first_signed_by=None,
            first_signed_at=None,
            first_signed_name="",
        )
    )
    if not (is_waiting or is_with_words):
        # The plan is signed: it stays as it is, and somebody looks and calls. Where it
        # came with a message somebody answers that.
        day = business_hours.current().working_day_after(
            timezone.localdate(now), settings.ANSWER_WITHIN_DAYS
        )
        list_for_call(intake, day, has_photos=True)


def keep(
    scar: Scar,
    slot: str,
    picture: cleaning.Photo,
    *,
    then: Callable[[Photo], None] | None = None,
) -> Photo:
    """Keep a clean picture as the scar's photo of a slot, in the place of one before.

    Call it outside of a transaction: nobody waits while the file is written. `then` is
    done in the transaction of its row: if it refuses, the photo is not kept. Raises
    NotPermitted, with words for the patient.
    """
    photo = Photo(scar=scar, slot=slot, width=picture.width, height=picture.height)
    _write(photo, picture.body)
    try:
        _enter(photo, then)
    except (NotPermitted, NotAllowed):
        _delete_files([photo.path])
        raise
    return photo


@transaction.atomic
def remove(photo: Photo) -> None:
    """Delete a photo and its file."""
    _delete(Photo.objects.filter(pk=photo.pk))


@transaction.atomic
def take_back(photo: Photo) -> None:
    """Delete a photo that was added later, as its sender wishes, while nobody has seen it.

    Raises NotPermitted, with words for the patient.
    """
    intake = Intake.objects.select_for_update().get(pk=photo.scar.intake_id)
    added = Photo.objects.filter(
        scar__intake=intake, slot=PhotoSlot.LATER, is_seen=False
    )
    if intake.status != IntakeStatus.SUBMITTED or not added.filter(pk=photo.pk):
        raise NotPermitted(
            _(
                "Somebody has worked with this photo already. To have all photos "
                "deleted, take back that we keep them."
            )
        )
    ledger.record(ledger.Action.PHOTO_REMOVED, photo)
    _delete(added.filter(pk=photo.pk))
    _tell_if_none_is_new(intake)


@transaction.atomic
def remove_of(scars: Iterable[Scar]) -> None:
    """Delete every photo of some scars, with the files."""
    _delete(Photo.objects.filter(scar__in=list(scars)))


def _tell_if_none_is_new(intake: Intake) -> None:
    """Let the queue know if nobody has to look at a new photo of an intake any more."""
    new = Photo.objects.filter(scar__intake=intake, slot=PhotoSlot.LATER, is_seen=False)
    if new.exists():
        return
    told = Plan.objects.filter(intake=intake, has_photos=True)
    # Nobody calls for nothing else.
    others = {"has_crisis_words": False, "is_unreached": False, "call_for": []}
    told.filter(signed_at__isnull=False, **others).update(
        is_to_call=False, call_by=None
    )
    told.update(has_photos=False)


@transaction.atomic
def remove_refused(scars: Iterable[Scar], *, by: User | None = None) -> None:
    """Delete the photos that nobody may keep, as site and age are known by now.

    Each that was sent leaves a line in the ledger; `by` is who of the staff has seen it.
    """
    refused = [each for each in scars if not each.takes_photos]
    if not refused:
        return
    sent = Photo.objects.filter(scar__in=refused).exclude(
        scar__intake__status=IntakeStatus.DRAFT
    )
    for photo in (its := list(sent.select_related("scar__intake"))):
        ledger.record(ledger.Action.PHOTO_REFUSED, photo, by=by)
    remove_of(refused)
    if its:
        _tell_if_none_is_new(its[0].scar.intake)


@transaction.atomic
def remove_all(intakes: Iterable[Intake]) -> None:
    """Delete every photo of some intakes, given as a queryset or list, with the files."""
    _delete(Photo.objects.filter(scar__intake__in=intakes))


# Under a new key


def behind() -> QuerySet[Photo]:
    """Return the photos that a former key has sealed."""
    return Photo.objects.exclude(sealed_with=keys.newest().id)


def seal_anew(photo: Photo) -> bool:
    """Seal a photo with the newest key; return whether it was there still.

    Beside the former file, which goes once the row names the new one and that was read.
    Raises FileNotFoundError if a photo's file is gone, and `keys.Unreadable`.
    """
    # Locked, so that nobody else who does the same deletes what the row names by then.
    rows = Photo.objects.filter(pk=photo.pk, sealed_with=photo.sealed_with)
    with transaction.atomic():
        if not rows.select_for_update().exists():
            return False
        former, body = photo.path, photo.open().read()
        renewed = Photo(pk=photo.pk, name=photo.name, sealed_with=keys.newest().id)
        # Whoever was killed here before may have left half a file.
        default_storage.delete(renewed.path)
        _write(renewed, body)
        # Sealed as one: it opens whole, or not at all.
        renewed.open()
        rows.update(sealed_with=renewed.sealed_with)
        transaction.on_commit(partial(_delete_files, [former]), robust=True)
    return True
