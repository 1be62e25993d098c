"""Whether `DATA_KEYS` are the keys of this database: asked before anybody is served.

The database keeps a known text under each key that has sealed something. One that no key
opens stops the start: what is sealed with it would be lost words to all who read on, and
whatever is written meanwhile would be under a key that the others do not have.
"""

import logging

from django.core.exceptions import ImproperlyConfigured
from django.db import Error

from scarclinic.staff.encryption import keys
from scarclinic.staff.models import DataKey

logger = logging.getLogger("django.scarclinic")

KNOWN = "scarclinic"


def _place(key_id: str) -> str:
    return f"staff_datakey.check_value:{key_id}"


def sealed_for(key: keys.Key) -> str:
    """Return what the database keeps of the newest key."""
    return keys.seal_text(KNOWN, _place(key.id))


def _opens(row: DataKey) -> bool:
    try:
        return keys.unseal_text(row.check_value, _place(row.key_id)) == KNOWN
    except keys.Unreadable:
        return False


def faults() -> list[str]:
    """Return what is wrong with DATA_KEYS for this database, a line per fault. One query."""
    return [
        f"DATA_KEYS lacks the key {row.key_id}, with which data of this database is sealed."
        for row in DataKey.objects.all()
        if not _opens(row)
    ]


def enter() -> None:
    """Note in the database that the newest key seals from now on."""
    key = keys.newest()
    if DataKey.objects.filter(key_id=key.id).exists():
        return
    DataKey.objects.get_or_create(
        key_id=key.id, defaults={"check_value": sealed_for(key)}
    )


def begin() -> None:
    """Refuse to start with other keys than the database's; raises ImproperlyConfigured.

    A database that does not answer, or is not migrated, stops nothing: `/readyz` asks
    again.
    """
    try:
        found = faults()
        if not found:
            enter()
    except Error as error:
        # Its words may quote a row.
        logger.warning("DATA_KEYS are not checked (%s).", type(error).__name__)
        return
    if found:
        raise ImproperlyConfigured("\n".join(found))
