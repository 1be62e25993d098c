"""What a form of messages carries, so that it is taken once, and for what it showed."""

import re
import secrets
from collections.abc import Mapping

KEY = re.compile("[0-9a-f]{32}")


def new_key() -> str:
    """Return a number for a form: what is posted twice with it is one message."""
    return secrets.token_hex(16)


def read_key(data: Mapping[str, str]) -> str:
    """Return the key that was posted; a new one, if it is none of ours."""
    key = data.get("key", "")
    return key if KEY.fullmatch(key) else new_key()


def read_seen(data: Mapping[str, str]) -> int:
    """Return the number of the newest message that was on the page, else 0."""
    seen = data.get("seen", "")
    return int(seen) if seen.isdecimal() and len(seen) < 19 else 0
