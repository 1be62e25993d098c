"""Seal the secrets of second factors, which django-allauth keeps in a JSON column.

They are bound to that column alone: allauth does not say of whom a secret is.
"""

import logging
from collections.abc import Iterator
from typing import Any

from allauth.mfa.models import Authenticator
from django.db import transaction

from scarclinic.staff.encryption import keys

logger = logging.getLogger("django.scarclinic")

PLACE = "mfa_authenticator.data"


def seal(text: str) -> str:
    """Return what the database keeps of a secret."""
    return keys.seal_text(text, PLACE)


def unseal(sealed: str) -> str:
    """Return the secret that was sealed; raises `keys.Unreadable`."""
    return keys.unseal_text(sealed, PLACE)


def _is_behind(value: Any) -> bool:
    is_sealed = isinstance(value, str) and value.startswith(keys.HEAD.decode())
    return is_sealed and not value.startswith(keys.head_of(keys.newest()))


def _texts(data: Any) -> Iterator[Any]:
    """Yield each value of a JSON column, however deep."""
    if isinstance(data, dict | list):
        for value in data.values() if isinstance(data, dict) else data:
            yield from _texts(value)
    else:
        yield data


def _anew(data: Any) -> Any:
    if isinstance(data, dict):
        return {name: _anew(value) for name, value in data.items()}
    if isinstance(data, list):
        return [_anew(value) for value in data]
    return seal(unseal(data)) if _is_behind(data) else data


def behind() -> list[int]:
    """Return the rows that have a secret sealed with a former key. One query."""
    rows = Authenticator.objects.order_by("pk").values_list("pk", "data")
    return [pk for pk, data in rows if any(map(_is_behind, _texts(data)))]


def seal_anew() -> int:
    """Seal the secrets of all accounts with the newest key; return how many rows.

    One that cannot be opened stays as it is, and is named.
    """
    return sum(_seal_row(pk) for pk in behind())


@transaction.atomic
def _seal_row(pk: int) -> bool:
    row = Authenticator.objects.select_for_update().filter(pk=pk).first()
    if row is None:
        return False
    try:
        row.data = _anew(row.data)
    except keys.Unreadable:
        logger.error(
            "Not sealed anew: the second factor %d of account %d", pk, row.user_id
        )
        return False
    row.save(update_fields=["data"])
    return True
