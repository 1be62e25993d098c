"""The reference of an intake: what is said on the phone."""

import secrets

# Without 0 O, 1 I L, 5 S, 8 B and Z, which are taken for one another, and without vowels,
# so that no reference is a word. 23 is prime: whatever the weights, one wrong character
# and two swapped neighbours are always noticed.
ALPHABET = "234679CDFGHJKMNPQRTVWXY"
WEIGHTS = (1, 2, 3, 4, 5, 6)


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
    """Return a reference as it is stored, from what somebody typed, or None if wrong."""
    letters = "".join(each for each in spoken.upper() if each.isalnum())
    if len(letters) != len(WEIGHTS) + 1 or not set(letters) <= set(ALPHABET):
        return None
    body, check = letters[:-1], letters[-1]
    if _check_character(body) != check:
        return None
    return f"{body[:3]}-{body[3:]}-{check}"
