"""E-mail addresses: one form for keeping and asking, one for sending."""

import re
import unicodedata
from typing import TYPE_CHECKING

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from scarclinic.staff.text.cleaning import one_line

if TYPE_CHECKING:
    from email_validator import ValidatedEmail

LONGEST = 500
"""Characters of an address (254 at most) and the name before it: a longer one is wrong."""


def _read(text: str) -> "ValidatedEmail":
    # 43 ms, and only some requests read an address.
    import email_validator

    # Compatible forms may be 18 times as long, and the rules are read letter by letter.
    text = unicodedata.normalize("NFKC", one_line(text)[: LONGEST + 1])
    if len(text) > LONGEST:
        raise _wrong()
    text = re.sub(r"^mailto:", "", text, flags=re.IGNORECASE)
    try:
        return email_validator.validate_email(
            text,
            allow_display_name=True,
            # Most mail servers, and Django, know only ASCII before the @.
            allow_smtputf8=False,
            check_deliverability=False,
            strict=True,
        )
    except email_validator.EmailNotValidError:
        raise _wrong() from None


def _wrong() -> ValidationError:
    message = _("Type a whole e-mail address, as in name@example.org.")
    return ValidationError(message, "invalid")


def canonical(text: str) -> str:
    """Return an address as it is kept: the domain in small letters, in Unicode.

    Raises `ValidationError` for what is no address.
    """
    return _read(text).normalized


def for_sending(address: str) -> str:
    """Return an address in ASCII, its domain as Punycode (IDNA 2008), and no name.

    Raises `ValidationError` for what is no address: nothing else gets into a header.
    """
    ascii_email = _read(address).ascii_email
    if not ascii_email:
        raise ValidationError(_("Type a whole e-mail address."), "invalid")
    return ascii_email


def mailbox(text: str) -> str:
    """Return what is the same for all spellings of one mailbox, or "" for none.

    Who adds "+clinic" to the name of a mailbox is still the same person.
    """
    try:
        name, at, domain = canonical(text).lower().rpartition("@")
    except ValidationError:
        return ""
    return f"{name.partition('+')[0]}{at}{domain}"


def is_one_mailbox(email: str, other: str) -> bool:
    """Return whether two addresses are one mailbox, however they are written."""
    return bool(email) and mailbox(email) == mailbox(other)
