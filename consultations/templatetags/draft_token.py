"""`{% draft_token %}`: what a form of the intake carries to be taken for the same one."""

from django import template
from django.utils.html import format_html

from consultations.intake import drafts

register = template.Library()


@register.simple_tag(takes_context=True)
def draft_token(context):
    """Return a hidden field with the proof that this browser holds, or nothing.

    One browser has one cookie, and a family may have two intakes: what was typed for the
    one must not be kept for the other that was opened since.
    """
    token = drafts.token_of(context["request"])
    if not token:
        return ""
    return format_html(
        '<input type="hidden" name="{}" value="{}">', drafts.FIELD, drafts.proof(token)
    )
