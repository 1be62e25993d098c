"""Encrypt a file to a public key, in the format of age (age-encryption.org/v1), by pyrage.

The server that makes backups holds the public key only, and cannot open them. Whoever has
the identity can: `decrypted` here, or the program `age`, which needs nothing of ours.

pyrage takes a whole file at once. A thread and a pipe make a stream of it, so that nothing
lies on the disk in plain and a large clinic needs no more memory than a small one.
"""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from threading import Thread
from typing import Any, BinaryIO, Literal

import pyrage
from pyrage import x25519

CHUNK = 64 * 1024
"""What age seals at once, in bytes."""


class Unreadable(Exception):
    """A file is none of age's, was cut short or changed, or is for another key."""


# Keys as they are written


def new_identity() -> tuple[str, str]:
    """Return a new identity, which opens, and the public key that encrypts to it."""
    secret = x25519.Identity.generate()
    return str(secret), str(secret.to_public())


def public_key(text: str) -> Any:
    """Return a public key, written age1…; raises ValueError."""
    try:
        return x25519.Recipient.from_str(text.strip())
    except pyrage.RecipientError:
        raise ValueError("This is no public key, or has a typing mistake.") from None


def identity(text: str) -> Any:
    """Return the identity of a file as age-keygen writes it; raises ValueError."""
    for line in map(str.strip, text.splitlines()):
        if line.upper().startswith("AGE-SECRET-KEY-1"):
            try:
                return x25519.Identity.from_str(line)
            except pyrage.IdentityError:
                raise ValueError("The identity has a typing mistake.") from None
    raise ValueError("There is no line AGE-SECRET-KEY-1….")


# Streams


class _Work(Thread):
    """Does one thing with an end of a pipe, and keeps what it raised."""

    def __init__(
        self,
        work: Callable[[BinaryIO], None],
        descriptor: int,
        mode: Literal["rb", "wb"],
    ) -> None:
        super().__init__(daemon=True)
        self.work, self.descriptor, self.mode = work, descriptor, mode
        self.error: Exception | None = None
        self.start()

    def run(self) -> None:
        # Closed last: who sees the end of the pipe finds the error. To close it may fail
        # once more of what could not be written.
        with suppress(BrokenPipeError), open(self.descriptor, self.mode) as end:
            try:
                self.work(end)
                end.flush()
            except Exception as error:
                self.error = error


class _Noted:
    """A file that keeps the error of the disk, which pyrage puts into words of its own."""

    def __init__(self, file: BinaryIO) -> None:
        self.file = file
        self.error: OSError | None = None

    def write(self, body: bytes) -> int:
        try:
            return self.file.write(body)
        except OSError as error:
            self.error = error
            raise

    def flush(self) -> None:
        self.file.flush()


@contextmanager
def encrypted(file: BinaryIO, public: Any) -> Iterator[BinaryIO]:
    """Yield a file: what is written there is encrypted into another, whole once it closes.

    Raises the `OSError` of a disk that is full.
    """
    noted = _Noted(file)
    here, there = os.pipe()
    work = _Work(lambda end: pyrage.encrypt_io(end, noted, [public]), here, "rb")
    try:
        with open(there, "wb") as plain:
            yield plain
    except BrokenPipeError:
        # What was written could not go on: the thread knows why.
        pass
    finally:
        work.join()
    if error := noted.error or work.error:
        raise error


@contextmanager
def decrypted(file: BinaryIO, secret: Any) -> Iterator[BinaryIO]:
    """Yield a file that reads what is encrypted in another; raises `Unreadable`.

    What is read before the end is authentic, and that nothing is missing is known at the
    end alone: read on until b"".
    """
    here, there = os.pipe()
    work = _Work(lambda end: pyrage.decrypt_io(file, end, [secret]), there, "wb")
    try:
        with open(here, "rb") as source:
            try:
                yield source
            finally:
                # Before it closes, which is an error to a thread that still writes.
                found = work.error
    except Exception as error:
        if found:
            raise _unreadable(found) from error
        raise
    finally:
        work.join()
    if found:
        raise _unreadable(found)


def _unreadable(found: Exception) -> Unreadable:
    if "No matching keys" in str(found):
        return Unreadable("The archive is for another key.")
    return Unreadable("This is no archive, or it was changed or cut short.")
