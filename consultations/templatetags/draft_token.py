"""`{% draft_token %}`: what a form of the intake carries to be taken for the same one."""

from django import template

from consultations.intake import devices

register = template.Library()


@register.inclusion_tag("consultations/draft_token.html", takes_context=True)
def draft_token(context):
    """Render a hidden field with the proof that this browser holds, or nothing.

    One browser has one cookie, and a family may have two intakes: what was typed for the
    one must not be kept for the other that was opened since.
    """
    held = devices.held(context["request"])
    return {"name": devices.FIELD, "proof": held.token and devices.proof(*held)}
