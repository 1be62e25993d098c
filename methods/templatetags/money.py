"""Amounts of money, written as the reader's language does."""

from decimal import Decimal

from django import template
from django.utils.formats import number_format
from django.utils.translation import gettext as _

from methods.protocol.entries import Price

register = template.Library()


@register.filter
def amount(value: Decimal) -> str:
    """Return an amount in the locale's format, with cents only where it has some."""
    places = 0 if value == value.to_integral_value() else 2
    return number_format(value, decimal_pos=places, force_grouping=True)


@register.filter
def price_range(price: Price, currency: str) -> str:
    """Return a known price with its currency, without its remark."""
    numbers = amount(price.low)
    if price.high != price.low:
        numbers = _("%(low)s to %(high)s") % {
            "low": numbers,
            "high": amount(price.high),
        }
    return f"{numbers} {currency}"


@register.filter
def priced(price: Price, currency: str) -> str:
    """Return a price with its currency and remark, "" if nothing is known."""
    if price.low is None:
        return price.remark
    remark = f" ({price.remark})" if price.remark else ""
    return price_range(price, currency) + remark
