"""References of intakes: short codes to say on the phone."""

import re
import secrets
import unicodedata

# Without 0 O, 1 I L, 5 S, 8 B and Z, which are taken for one another, and without vowels,
# so that no reference is a word. 23 is prime: whatever the weights, one wrong character
# and two swapped neighbours are always noticed.
ALPHABET = "234679CDFGHJKMNPQRTVWXY"
WEIGHTS = (1, 2, 3, 4, 5, 6)
# Also among other words, and however its parts are set off.
CANDIDATE = re.compile(
    rf"(?<![^\W_])(?=([{ALPHABET}](?:[\W_]{{0,3}}[{ALPHABET}]){{6}})(?![^\W_]))"
)


def _check_character(body):
    total = sum(
        weight * ALPHABET.index(character)
        for weight, character in zip(WEIGHTS, body, strict=True)
    )
    return ALPHABET[total % len(ALPHABET)]


def new():
    """Return a random reference such as "F7K-9QD-M"; the last character checks it."""
    body = "".join(secrets.choice(ALPHABET) for _ in WEIGHTS)
    return f"{body[:3]}-{body[3:]}-{_check_character(body)}"


def normalised(spoken):
    """Return the reference in a typed text in its stored form, or None."""
    for letters in CANDIDATE.findall(unicodedata.normalize("NFKC", spoken).upper()):
        body, check = "".join(filter(str.isalnum, letters[:-1])), letters[-1]
        if _check_character(body) == check:
            return f"{body[:3]}-{body[3:]}-{check}"
    return None
