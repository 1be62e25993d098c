"""`red_flags|in_words`: what a patient is told of red flags, a care card each."""

import re
from dataclasses import dataclass

from django import template
from django.utils.translation import gettext as _

from consultations.intake.crisis import SUPPORTIVE
from methods.models.emergency import filled
from methods.protocol.coded_findings import RedFlagCode

register = template.Library()

WITH_GUARDIAN = {RedFlagCode.CHILD, RedFlagCode.MINOR}
LONGEST_HEADING = 120


@dataclass(frozen=True)
class CareCard:
    """One red flag in words: what to do first, and the rest of it."""

    heading: str
    lines: list
    is_urgent: bool


def _code_of(flag):
    return flag["code"] if isinstance(flag, dict) else flag.code


def _card(flag, number):
    text = flag["advice"] if isinstance(flag, dict) else flag.advice
    text = filled(text, number)
    first, *lines = text.splitlines() or [""]
    heading, *rest = re.split(r"(?<=[.!?])\s+", first, maxsplit=1)
    if len(heading) > LONGEST_HEADING:
        heading, rest = _("Please read this first"), [first]
    is_urgent = _code_of(flag) not in SUPPORTIVE | WITH_GUARDIAN
    return CareCard(heading, rest + lines, is_urgent)


@register.filter
def in_words(flags, number):
    """Return a `CareCard` for each red flag, given as findings or as {code, advice}.

    `number` is the clinic's emergency number.
    """
    return [_card(flag, number) for flag in flags]


@register.filter
def need_support(flags):
    """Return whether the numbers of those who listen belong beside these red flags."""
    return not SUPPORTIVE.isdisjoint(map(_code_of, flags))


@register.filter
def tone(flags):
    """Return how a page speaks: "supportive", "guardian" or "urgent", if one is."""
    codes = {_code_of(flag) for flag in flags}
    if codes <= SUPPORTIVE:
        return "supportive"
    return "guardian" if codes <= WITH_GUARDIAN else "urgent"
