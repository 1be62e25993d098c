"""Numbers as people write them: any script's digits, grouped or not."""

import re
import unicodedata
from decimal import Decimal

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from scarclinic.staff.text.cleaning import one_line

NUMBER = re.compile(r"(?<![\d.,'’])[-−]?\d+(?:[ '’.,]\d+)*")
GROUPED = re.compile(r"[-−]?\d{1,3}(?:([ '’.,])\d{3})(?:\1\d{3})*(?!\d)")
MOST_DIGITS = 15


def read_number(text: str, *, decimals: int = 0) -> Decimal:
    """Return the one number of a text: "6", "6 months", "1'200", "about ٦".

    With `decimals`, a comma or a point may part that many. Raises `ValidationError`
    for none, for two ("6-8"), and for a fraction where `decimals` is 0.
    """
    plain = "".join(
        str(unicodedata.decimal(each)) if each.isdecimal() else each
        for each in unicodedata.normalize("NFKC", one_line(text))
    )
    found = NUMBER.findall(plain)
    if len(found) != 1 or any(
        each.isnumeric() and not each.isdecimal() for each in text
    ):
        example = "12.50" if decimals else "6"
        raise ValidationError(
            _("Write one number in digits, for example %(example)s.")
            % {"example": example},
            "invalid",
        )
    written = found[0].replace("−", "-")
    whole, fraction = written, ""
    grouped = GROUPED.match(written)
    if grouped:
        whole, fraction = grouped[0], written[grouped.end() :]
        separator = grouped[1]
        whole = whole.replace(separator, "")
        if fraction[:1] == separator:
            fraction = "?"
    elif parts := re.fullmatch(r"(-?\d+)([.,]\d+)", written):
        whole, fraction = parts.groups()
    fraction = fraction.replace(",", ".").rstrip("0").rstrip(".")
    if not re.fullmatch(r"-?\d+", whole) or not re.fullmatch(r"(\.\d+)?", fraction):
        raise ValidationError(
            _("Write one number in digits, without spaces in between."), "invalid"
        )
    if len(whole) > MOST_DIGITS:
        raise ValidationError(_("This number is too large."), "invalid")
    if len(fraction) > decimals + 1 or (fraction and not decimals):
        if decimals:
            message = _("Write at most %(count)d digits after the point.")
            raise ValidationError(message % {"count": decimals}, "invalid")
        raise ValidationError(
            _("Write a whole number, for example %(example)s.") % {"example": whole},
            "invalid",
        )
    return Decimal(f"{whole}{fraction}")
