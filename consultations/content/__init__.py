"""The starter texts (consents, e-mails, messages), and what the demo clinic makes up."""

import tomllib
from pathlib import Path

from consultations.models import ConsentPurpose, LetterKind

FOLDER = Path(__file__).parent


def _read(name):
    with (FOLDER / name).open("rb") as file:
        return tomllib.load(file)


def _of_each(kinds, name):
    """Return a file's tables in the order of kinds; raises `ValueError` if one is amiss."""
    tables = _read(name)
    if amiss := sorted(tables.keys() ^ set(kinds.values)):
        raise ValueError(f"{name}: missing or unknown: {', '.join(amiss)}")
    return {kind: tables[kind] for kind in kinds.values}


def consents():
    """Return {purpose: words of a `ConsentText`}."""
    return _of_each(ConsentPurpose, "consents.toml")


def guardian_consents():
    """Return {purpose: words of a `ConsentText`} for a parent or guardian."""
    return _of_each(ConsentPurpose, "consents_of_guardians.toml")


def letters():
    """Return {kind: words of a `LetterTemplate`}."""
    return _of_each(LetterKind, "letters.toml")


def messages():
    """Return the fields of every `MessageTemplate`."""
    return _read("messages.toml")["message"]


def demo():
    """Return the prices, answers and patients of the demo clinic."""
    return _read("demo.toml")
