"""MACs (HMAC-SHA256) of the ledger's rows, by `LEDGER_KEY`, which no database holds."""

import hashlib
import hmac
import json
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from django.conf import settings
from django.db.models import Model


def _plain(value: Any) -> str:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat(timespec="microseconds")
    return repr(value)


def _mac(key: str, kind: type[Model], values: Sequence[Any]) -> str:
    # The kind of row is in it, so that no MAC of one table fits a row of another.
    message = json.dumps([kind._meta.label_lower, *values], default=_plain)
    return hmac.new(key.encode(), message.encode(), hashlib.sha256).hexdigest()


def seal(kind: type[Model], *values: Any) -> str:
    """Return the MAC of a row's values."""
    return _mac(settings.LEDGER_KEY, kind, values)


def is_genuine(mac: str, kind: type[Model], *values: Any) -> bool:
    """Return whether a MAC is of these values, by the key or by one of before."""
    keys = [settings.LEDGER_KEY, *settings.LEDGER_KEY_FALLBACKS]
    return any(
        hmac.compare_digest(str(mac).encode(), _mac(key, kind, values).encode())
        for key in keys
    )
