"""Backups are files of age: its own program reads and writes them, too."""

import errno
import io
import os
import shutil
import subprocess

import pytest

from scarclinic.staff.encryption import age
from tests.tables import for_each

# What age 1.1.1 and age-keygen wrote.
IDENTITY = "AGE-SECRET-KEY-1XT6APK4U7QAQDGGFMT4PDN77D6S78M35ZHQ3WRELH3L0W2V9KCFQN6A2ZQ"
PUBLIC = "age1020m0rmef2przyf9k4kkhu4e0ygtppg5gcqxuex6hrfjrnmdhcysyj6ku6"
WRITTEN_BY_AGE = bytes.fromhex(
    "6167652d656e6372797074696f6e2e6f72672f76310a2d3e2058323535313920306d397656474f6a65"
    "38793632302b6b775976456d496942397938554533696c6c78374161324f515241770a4e5576486a52"
    "3979692b53592f696170526e5836336b635435644e4a4977346875524f38734c697a4574770a2d2d2d"
    "202f795159314a574a51766d704766337873544434744e704756334138495767783173344a79393772"
    "7a58300acfb323b425b215dd8083d5624905e14bffeccb72b46d401431dc10135658790bc0d61bb22a"
    "ad3272a0dfa5e7"
)
SIZES = (0, 1, age.CHUNK - 1, age.CHUNK, age.CHUNK + 1, 2 * age.CHUNK, 300_000)


def sealed(body, *, at_once=70_000):
    file = io.BytesIO()
    with age.encrypted(file, age.public_key(PUBLIC)) as plain:
        for at in range(0, len(body), at_once):
            plain.write(body[at : at + at_once])
    return file.getvalue()


def opened(body, identity=IDENTITY):
    with age.decrypted(io.BytesIO(body), age.identity(identity)) as plain:
        return b"".join(iter(lambda: plain.read(7777), b""))


def test_what_age_has_written_opens():
    assert opened(WRITTEN_BY_AGE) == b"Scars fade.\n"


@for_each("size", SIZES)
def test_what_is_written_opens_whatever_its_size(size):
    body = os.urandom(size)
    assert opened(sealed(body)) == body


@pytest.mark.skipif(
    not shutil.which("age"), reason="age is missing: apt-get install age"
)
def test_age_opens_what_is_written(tmp_path):
    (tmp_path / "identity").write_text(IDENTITY)
    for size in SIZES:
        body = os.urandom(size)
        command = ["age", "--decrypt", "--identity", str(tmp_path / "identity")]
        done = subprocess.run(command, input=sealed(body), capture_output=True)
        assert (done.stdout, done.stderr) == (body, b"")


@for_each("size", SIZES[1:])
def test_an_end_that_is_missing_is_noticed(size):
    whole = sealed(os.urandom(size))
    for cut in {len(whole) - 1, len(whole) - min(size, age.CHUNK) - 16}:
        with pytest.raises(age.Unreadable, match="cut short"):
            opened(whole[:cut])
    with pytest.raises(age.Unreadable):
        opened(whole + b"1")


def test_every_bit_is_guarded():
    for at in range(len(WRITTEN_BY_AGE)):
        changed = bytearray(WRITTEN_BY_AGE)
        changed[at] ^= 1
        with pytest.raises(age.Unreadable):
            opened(bytes(changed))


def test_another_identity_opens_nothing():
    with pytest.raises(age.Unreadable, match="for another key"):
        opened(WRITTEN_BY_AGE, age.new_identity()[0])


def test_a_new_identity_opens_what_its_public_key_has_sealed():
    identity, public = age.new_identity()
    file = io.BytesIO()
    with age.encrypted(file, age.public_key(public)):
        pass
    assert opened(file.getvalue(), f"# a comment\n{identity}\n") == b""


class Full(io.BytesIO):
    def write(self, body):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def test_a_full_disk_is_told_as_what_it_is():
    with (
        pytest.raises(OSError, match="No space left"),
        age.encrypted(Full(), age.public_key(PUBLIC)) as plain,
    ):
        plain.write(bytes(1_000_000))


def test_what_the_reader_finds_wrong_is_told_as_it_is():
    with (
        pytest.raises(ValueError, match="not mine"),
        age.decrypted(io.BytesIO(sealed(bytes(9))), age.identity(IDENTITY)) as plain,
    ):
        raise ValueError(f"not mine: {plain.read(1)}")


@for_each(
    ("read", "text"),
    [
        (age.public_key, ""),
        (age.public_key, PUBLIC[:-1]),
        (age.public_key, PUBLIC.replace("m0r", "m0s")),
        (age.public_key, IDENTITY),
        (age.identity, PUBLIC),
        (age.identity, IDENTITY[:-1] + "P"),
        (age.identity, ""),
    ],
)
def test_a_key_with_a_typing_mistake_is_refused(read, text):
    with pytest.raises(ValueError, match=r"typing mistake|no line"):
        read(text)


def test_who_stops_reading_early_is_told_of_nothing_else():
    """The thread fails to write, and once more as it closes its end of the pipe."""
    body = sealed(os.urandom(1_000))
    for _each in range(20):
        with (
            pytest.raises(ValueError, match="enough"),
            age.decrypted(io.BytesIO(body), age.identity(IDENTITY)),
        ):
            raise ValueError("enough")
