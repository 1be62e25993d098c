"""What waits, at the top of the admin."""

from django import template

from consultations import dashboard

register = template.Library()


@register.simple_tag(takes_context=True)
def what_waits(context):
    """Return what waits for whoever is logged in, a `waiting.Waiting` each."""
    return dashboard.for_user(context["request"].user)
