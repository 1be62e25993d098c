"""The code of a private link's short address, which people type from paper."""

import unicodedata

from django.utils.crypto import salted_hmac

ALPHABET = "234679CDFGHJKMNPQRTVWXY"
"""Of short addresses: no letters that look alike, no vowels, so that none is a word."""


def code_for(nonce, key=None):
    """Return the code of 81 bits of a link's short address, in three groups to type."""
    digest = salted_hmac(
        "consultations.short_link", nonce, secret=key, algorithm="sha256"
    ).digest()
    number, code = int.from_bytes(digest), ""
    for _each in range(18):
        number, place = divmod(number, len(ALPHABET))
        code += ALPHABET[place]
    return "-".join((code[:6], code[6:12], code[12:]))


def normalised(code):
    """Return a short address's code as `code_for` writes it, however it was typed."""
    letters = "".join(filter(str.isalnum, unicodedata.normalize("NFKC", code).upper()))
    return "-".join((letters[:6], letters[6:12], letters[12:]))
