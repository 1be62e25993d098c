"""Bind the media folder and the database to each other: both hold the same code.

`prune` deletes every photo's file that no row names. With the settings of another database
these would be all of them.
"""

import secrets
from contextlib import suppress

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import transaction
from django.utils.translation import gettext as _

from consultations.models import MediaFolder, Photo

FILE = "database-code.txt"
UNFINISHED = "restore-unfinished"
"""Stands in a folder whose restore was cut short, or not proved."""


class NotBound(Exception):
    """This folder is another database's, or nobody can tell. Says so in a sentence."""


def _code_of_folder() -> str:
    """Return what the folder's file says, "" where there is none."""
    try:
        with default_storage.open(FILE) as file:
            return str(file.read(100), "ascii", "replace").strip()
    except FileNotFoundError:
        return ""


def names() -> list[str]:
    """Return the names of all files in the photos' folder."""
    try:
        return default_storage.listdir(Photo.FOLDER)[1]
    except FileNotFoundError:
        return []


def _is_free(has_row: bool) -> bool:
    """Return whether a folder without a code may be bound without asking anybody."""
    there = {name.partition(".")[0] for name in names()}
    if not there or has_row:
        return not there
    # The first run: it is ours if one of the photos is.
    rows = Photo.objects.values_list("name", flat=True)
    return any(name in there for name in rows.iterator())


@transaction.atomic
def bind() -> None:
    """Give the folder this database's code, whatever it had."""
    row, _is_new = MediaFolder.objects.get_or_create(
        pk=MediaFolder.ONLY, defaults={"code": secrets.token_hex(16)}
    )
    with suppress(FileNotFoundError):
        default_storage.delete(FILE)
    default_storage.save(FILE, ContentFile(f"{row.code}\n".encode()))


def check(*, may_bind: bool = True) -> None:
    """Raise `NotBound` if the folder is not this database's; the first time, bind both."""
    row = MediaFolder.objects.filter(pk=MediaFolder.ONLY).first()
    code = _code_of_folder()
    if not code and _is_free(has_row=row is not None):
        if may_bind:
            bind()
    elif not code:
        raise NotBound(
            _(
                "The media folder holds photos and no %(file)s, so nobody can tell whether "
                "they are this database's. Nothing was deleted."
            )
            % {"file": FILE}
        )
    elif row is None or row.code != code:
        raise NotBound(
            _("The media folder is another database's. Nothing was deleted.")
        )
