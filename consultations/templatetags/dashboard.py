"""`dashboard`: counts of pending work on the admin's home."""

from django import template

from consultations import dashboard

register = template.Library()


@register.simple_tag(takes_context=True)
def what_waits(context):
    """Return the pending work of the current user, a list of `dashboard.Waiting`."""
    return dashboard.for_user(context["request"].user)
