"""The key ring, `DATA_KEYS`: the first key seals, all of them open.

What is sealed names its key and is bound to its place: moved to another row, column or
file, it opens no more. Its length can be seen, its words cannot.
"""

import hmac
import os
from base64 import b64decode, b64encode
from dataclasses import dataclass
from functools import lru_cache

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings

HEAD = b"sc1"
"""What all that is sealed begins with; the next layout gets another."""
ID_LENGTH = 8
NONCE_LENGTH = 12


class Unreadable(Exception):
    """Something sealed was moved, changed, or sealed under a key that is not in the ring.

    The message names its place, and never what it says.
    """


@dataclass(frozen=True, slots=True)
class Key:
    """One secret of the ring, as what is derived from it."""

    id: str
    cipher: AESGCM
    index: bytes


def _derived(secret: str, use: bytes, length: int) -> bytes:
    derivation = HKDF(SHA256(), length, salt=None, info=b"scarclinic " + use)
    return derivation.derive(secret.encode())


def _key(secret: str) -> Key:
    return Key(
        id=_derived(secret, b"id", ID_LENGTH // 2).hex(),
        cipher=AESGCM(_derived(secret, b"data", 32)),
        index=_derived(secret, b"index", 32),
    )


@lru_cache(maxsize=8)
def _ring(secrets: tuple[str, ...]) -> dict[str, Key]:
    return {key.id: key for key in map(_key, secrets)}


def ring() -> dict[str, Key]:
    """Return the keys by their ids, the newest first."""
    return _ring(tuple(settings.DATA_KEYS))


def newest() -> Key:
    """Return the key that seals."""
    return next(iter(ring().values()))


# Bytes


def seal(body: bytes, place: str) -> bytes:
    """Return bytes sealed for a place, such as "consultations_photo.file:4be1"."""
    key = newest()
    head, nonce = HEAD + key.id.encode(), os.urandom(NONCE_LENGTH)
    return head + nonce + key.cipher.encrypt(nonce, body, head + place.encode())


def unseal(sealed: bytes, place: str) -> bytes:
    """Return what was sealed for a place; raises Unreadable."""
    start = len(HEAD) + ID_LENGTH
    head, nonce = sealed[:start], sealed[start : start + NONCE_LENGTH]
    key = ring().get(head[len(HEAD) :].decode("ascii", "replace"))
    if not head.startswith(HEAD) or key is None:
        raise Unreadable(f"{place} is not sealed with a key of DATA_KEYS.")
    try:
        return key.cipher.decrypt(
            nonce, sealed[start + NONCE_LENGTH :], head + place.encode()
        )
    except (InvalidTag, ValueError):
        raise Unreadable(f"{place} was changed, or moved there.") from None


# Text


def head_of(key: Key) -> str:
    """Return what text begins with that a key has sealed."""
    return (HEAD + key.id.encode()).decode()


def seal_text(text: str, place: str) -> str:
    """Return a text sealed for a place, as ASCII whose beginning names the key."""
    sealed = seal(text.encode(), place)
    start = len(HEAD) + ID_LENGTH
    return sealed[:start].decode() + b64encode(sealed[start:]).decode()


def unseal_text(sealed: str, place: str) -> str:
    """Return the text that was sealed for a place; raises Unreadable."""
    start = len(HEAD) + ID_LENGTH
    try:
        body = sealed[:start].encode() + b64decode(sealed[start:], validate=True)
    except ValueError:
        raise Unreadable(f"{place} was changed.") from None
    return unseal(body, place).decode()


# Hashes to search by


def index_hash(key: Key, kind: str, value: str) -> str:
    """Return a keyed hash by which a value is found, 32 hexadecimals."""
    # The kind's length keeps the two apart.
    message = f"{len(kind)} {kind}{value}".encode()
    return hmac.digest(key.index, message, "sha256").hex()[:32]
