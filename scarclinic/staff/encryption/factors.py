"""Seal the secrets of second factors, which django-allauth keeps in a JSON column.

They are bound to that column alone: allauth does not say of whom a secret is.
"""

from typing import Any

from allauth.mfa.models import Authenticator
from django.db import transaction

from scarclinic.staff.encryption import keys

PLACE = "mfa_authenticator.data"


def seal(text: str) -> str:
    """Return what the database keeps of a secret."""
    return keys.seal_text(text, PLACE)


def unseal(sealed: str) -> str:
    """Return the secret that was sealed; raises `keys.Unreadable`."""
    return keys.unseal_text(sealed, PLACE)


def _anew(data: Any) -> Any:
    if isinstance(data, dict):
        return {name: _anew(value) for name, value in data.items()}
    if isinstance(data, list):
        return [_anew(value) for value in data]
    is_sealed = isinstance(data, str) and data.startswith(keys.HEAD.decode())
    if is_sealed and not data.startswith(keys.head_of(keys.newest())):
        return seal(unseal(data))
    return data


@transaction.atomic
def seal_anew() -> int:
    """Seal the secrets of all accounts with the newest key; return how many rows."""
    count = 0
    for row in Authenticator.objects.select_for_update():
        if (data := _anew(row.data)) != row.data:
            row.data = data
            row.save(update_fields=["data"])
            count += 1
    return count
