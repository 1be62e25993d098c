"""Encrypt a file to a public key, in the format of age (age-encryption.org/v1, X25519).

The server that makes backups holds the public key only, and cannot open them. Whoever has
the identity can: `Reader` here, or the program `age`, which needs nothing of ours.
"""

import os
from base64 import b64decode, b64encode
from typing import BinaryIO

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.x25519 import (
    X25519PrivateKey,
    X25519PublicKey,
)
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from cryptography.hazmat.primitives.constant_time import bytes_eq
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.hmac import HMAC
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

VERSION = b"age-encryption.org/v1"
WRAPS = b"age-encryption.org/v1/X25519"
CHUNK = 64 * 1024
TAG = 16
LONGEST_HEADER = 64 * 1024
PUBLIC, SECRET = "age", "age-secret-key-"


class Unreadable(Exception):
    """A file is none of age's, was cut short or changed, or is for another key."""


# Keys as they are written: Bech32 (BIP 173)

ALPHABET = "qpzry9x8gf2tvdw0s3jn54khce6mua7l"
GENERATOR = (0x3B6A57B2, 0x26508E6D, 0x1EA119FA, 0x3D4233DD, 0x2A1462B3)


def _checksum(values: list[int]) -> int:
    check = 1
    for value in values:
        top, check = check >> 25, (check & 0x1FFFFFF) << 5 ^ value
        for bit, factor in enumerate(GENERATOR):
            check ^= factor if top >> bit & 1 else 0
    return check


def _expanded(prefix: str) -> list[int]:
    codes = prefix.encode()
    return [code >> 5 for code in codes] + [0] + [code & 31 for code in codes]


def _regrouped(values: bytes | list[int], of: int, into: int) -> list[int]:
    """Return numbers of so many bits as numbers of another width, the last filled up."""
    bits = "".join(f"{value:0{of}b}" for value in values)
    if of < into:
        bits = bits[: len(bits) // into * into]
    groups = (bits[at : at + into] for at in range(0, len(bits), into))
    return [int(group.ljust(into, "0"), 2) for group in groups]


def _written(prefix: str, key: bytes) -> str:
    data = _regrouped(key, 8, 5)
    check = _checksum([*_expanded(prefix), *data, 0, 0, 0, 0, 0, 0]) ^ 1
    data += [check >> 5 * (5 - at) & 31 for at in range(6)]
    return f"{prefix}1{''.join(ALPHABET[each] for each in data)}"


def _read(prefix: str, text: str) -> bytes:
    """Return the 32 bytes of a key as it is written; raises ValueError."""
    head, _one, tail = text.strip().lower().rpartition("1")
    data = [ALPHABET.index(letter) for letter in tail]
    key = bytes(_regrouped(data[:-6], 5, 8))
    if head != prefix or len(key) != 32:
        raise ValueError("This is no such key.")
    if _checksum([*_expanded(prefix), *data]) != 1:
        raise ValueError("The key has a typing mistake.")
    return key


def new_identity() -> tuple[str, str]:
    """Return a new identity, which opens, and the public key that encrypts to it."""
    secret = X25519PrivateKey.generate()
    public = secret.public_key().public_bytes_raw()
    return _written(SECRET, secret.private_bytes_raw()).upper(), _written(
        PUBLIC, public
    )


def public_key(text: str) -> X25519PublicKey:
    """Return a public key, written age1…; raises ValueError."""
    return X25519PublicKey.from_public_bytes(_read(PUBLIC, text))


def identity(text: str) -> X25519PrivateKey:
    """Return the identity of a file as age-keygen writes it; raises ValueError."""
    for line in text.splitlines():
        if line.strip().upper().startswith("AGE-SECRET-KEY-1"):
            return X25519PrivateKey.from_private_bytes(_read(SECRET, line))
    raise ValueError("There is no line AGE-SECRET-KEY-1….")


# The header


def _base64(body: bytes) -> bytes:
    return b64encode(body).rstrip(b"=")


def _bytes(text: bytes) -> bytes:
    return b64decode(text + b"=" * (-len(text) % 4), validate=True)


def _derived(secret: bytes, salt: bytes | None, use: bytes) -> bytes:
    return HKDF(SHA256(), 32, salt=salt, info=use).derive(secret)


def _wrapping(shared: bytes, share: bytes, public: bytes) -> ChaCha20Poly1305:
    return ChaCha20Poly1305(_derived(shared, share + public, WRAPS))


def _mac(file_key: bytes, header: bytes) -> bytes:
    mac = HMAC(_derived(file_key, None, b"header"), SHA256())
    mac.update(header)
    return mac.finalize()


def _header(file_key: bytes, public: X25519PublicKey) -> bytes:
    once = X25519PrivateKey.generate()
    share = once.public_key().public_bytes_raw()
    wrapping = _wrapping(once.exchange(public), share, public.public_bytes_raw())
    wrapped = _base64(wrapping.encrypt(bytes(12), file_key, None))
    lines = [VERSION, b"-> X25519 " + _base64(share), wrapped, b"---"]
    header = b"\n".join(lines)
    return header + b" " + _base64(_mac(file_key, header)) + b"\n"


def _nonce(number: int, is_last: bool) -> bytes:
    return number.to_bytes(11, "big") + bytes([is_last])


class Writer:
    """Write what is told it, encrypted, into a binary file; `close` makes it whole."""

    def __init__(self, file: BinaryIO, public: X25519PublicKey) -> None:
        file_key, nonce = os.urandom(16), os.urandom(16)
        file.write(_header(file_key, public) + nonce)
        self._file = file
        self._cipher = ChaCha20Poly1305(_derived(file_key, nonce, b"payload"))
        self._rest = bytearray()
        self._number = 0

    def write(self, body: bytes) -> int:
        self._rest += body
        # The last chunk is never empty, so one is kept back.
        while len(self._rest) > CHUNK:
            self._put(bytes(self._rest[:CHUNK]), is_last=False)
            del self._rest[:CHUNK]
        return len(body)

    def close(self) -> None:
        self._put(bytes(self._rest), is_last=True)

    def _put(self, chunk: bytes, *, is_last: bool) -> None:
        nonce = _nonce(self._number, is_last)
        self._file.write(self._cipher.encrypt(nonce, chunk, None))
        self._number += 1


class Reader:
    """Read what a `Writer` or age has written; raises `Unreadable` at what was changed.

    What is read before the end is authentic, and that nothing is missing is known at the
    end alone: read on until "".
    """

    def __init__(self, file: BinaryIO, secret: X25519PrivateKey) -> None:
        self._file = file
        file_key = self._file_key(secret)
        self._cipher = ChaCha20Poly1305(_derived(file_key, file.read(16), b"payload"))
        self._rest = bytearray()
        self._number = 0
        self._ahead = file.read(CHUNK + TAG)
        if not self._ahead:
            raise Unreadable("The archive was cut short.")

    def _lines(self) -> list[bytes]:
        lines: list[bytes] = []
        while not lines or not lines[-1].startswith(b"--- "):
            line = self._file.readline(LONGEST_HEADER)
            if not line.endswith(b"\n") or (not lines and line[:-1] != VERSION):
                raise Unreadable("This is no archive.")
            lines.append(line[:-1])
            if sum(map(len, lines)) > LONGEST_HEADER:
                raise Unreadable("This is no archive.")
        return lines

    def _file_key(self, secret: X25519PrivateKey) -> bytes:
        lines = self._lines()
        public = secret.public_key().public_bytes_raw()
        for at, line in enumerate(lines):
            if not line.startswith(b"-> X25519 "):
                continue
            try:
                share, wrapped = _bytes(line.split(b" ")[2]), _bytes(lines[at + 1])
                shared = secret.exchange(X25519PublicKey.from_public_bytes(share))
                key = _wrapping(shared, share, public).decrypt(bytes(12), wrapped, None)
            except (InvalidTag, ValueError):
                continue
            header = b"\n".join([*lines[:-1], b"---"])
            if not bytes_eq(_base64(_mac(key, header)), lines[-1][4:]):
                raise Unreadable("The archive's beginning was changed.")
            return key
        raise Unreadable("The archive is for another key.")

    def read(self, size: int) -> bytes:
        while len(self._rest) < size and self._ahead:
            chunk, self._ahead = self._ahead, self._file.read(CHUNK + TAG)
            nonce = _nonce(self._number, not self._ahead)
            try:
                self._rest += self._cipher.decrypt(nonce, chunk, None)
            except InvalidTag:
                raise Unreadable("The archive was changed, or cut short.") from None
            self._number += 1
        body = bytes(self._rest[:size])
        del self._rest[:size]
        return body
