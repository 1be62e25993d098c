"""Telephone numbers: as people and phones write them, and as E.164."""

import re
from typing import TYPE_CHECKING

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from scarclinic.staff.text.cleaning import one_line

if TYPE_CHECKING:
    from phonenumbers import PhoneNumber

LOCAL = re.compile(r"(?=(?:\D*\d){4,15}\D*\Z)[\d\s()/.-]+")
"""A number whose country is not known."""


def digits_of(text: str) -> str:
    """Return the digits of a text, of any script, as 0 to 9."""
    return "".join(str(int(each)) for each in text if each.isdecimal())


def to_e164(text: str, region: str = "") -> str:
    """Return a number as E.164, "+442079460123"; `region` is an ISO 3166 code.

    Returns "" for a number without a country code where no region is known. Raises
    `ValidationError` for what nobody can dial.
    """
    # 34 ms, and only some requests read a number.
    import phonenumbers

    text = one_line(text)
    digits = digits_of(text)
    candidates = [text]
    if digits.startswith("00"):
        # Written as in Europe, also to a clinic that dials 011.
        candidates.append(f"+{digits[2:]}")
    for candidate in candidates:
        number: PhoneNumber | None
        try:
            number = phonenumbers.parse(candidate, region or None)
        except phonenumbers.NumberParseException:
            found = phonenumbers.PhoneNumberMatcher(
                candidate, region or None, phonenumbers.Leniency.POSSIBLE
            )
            number = next((match.number for match in found), None)
        if number and _can_be_dialled(number):
            return phonenumbers.format_number(
                number, phonenumbers.PhoneNumberFormat.E164
            )
    if not region and LOCAL.fullmatch(text):
        return ""
    raise ValidationError(
        _("Type a telephone number with its area code, for example %(example)s.")
        % {"example": _example(region)},
        "invalid",
    )


def forms_of(text: str, region: str = "") -> set[str]:
    """Return the digits of a number without and with its country code.

    Where the country is not known, only those typed, without zeros in front.
    """
    import phonenumbers

    try:
        e164 = to_e164(text, region)
    except ValidationError:
        e164 = ""
    if not e164:
        return {digits_of(text).lstrip("0")}
    national = phonenumbers.national_significant_number(phonenumbers.parse(e164))
    return {national, e164.removeprefix("+")}


def _can_be_dialled(number: "PhoneNumber") -> bool:
    import phonenumbers

    reason = phonenumbers.is_possible_number_with_reason(number)
    return reason == phonenumbers.ValidationResult.IS_POSSIBLE


def _example(region: str) -> str:
    import phonenumbers

    form = phonenumbers.PhoneNumberFormat
    number = phonenumbers.example_number(region or "GB")
    if not number:
        return "+44 121 234 5678"
    return phonenumbers.format_number(
        number, form.NATIONAL if region else form.INTERNATIONAL
    )
