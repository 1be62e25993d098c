"""The emergency number in texts: a placeholder that stands for the clinic's own."""

import re

PLACEHOLDER = "{emergency}"
"""Written in what a red flag tells a patient; the site puts the clinic's number there."""

_NUMBERED = re.compile(
    r"\b(?:call|dial|ring|phone|emergency(?:\s+(?:number|call))?)\W{1,2}\d{2,3}\b(?!\W*%)",
    re.IGNORECASE,
)


def numbered(text: str) -> str:
    """Return the words of a text that name an emergency number, "" if none do.

    A number that is right in one country is wrong in another.
    """
    found = _NUMBERED.search(text)
    return found[0] if found else ""


def filled(text: str, number: str) -> str:
    """Return a text with the clinic's emergency number in it."""
    return text.replace(PLACEHOLDER, number)
