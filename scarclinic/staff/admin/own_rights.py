"""Nobody gives themselves more than they have: what the forms of accounts and roles refuse."""

from django.contrib.auth.models import Permission
from django.core.exceptions import ValidationError
from django.db.models import Q


def beyond(user, permissions):
    """Return the permissions that a user lacks."""
    if user.is_superuser:
        return permissions.none()
    held = Permission.objects.filter(Q(user=user) | Q(group__user=user))
    return permissions.exclude(pk__in=held)


def changed(before, after):
    return sorted(set(before) ^ set(after), key=str)


def refuse(message, rows):
    if rows:
        raise ValidationError(
            message % {"names": ", ".join(str(each) for each in rows)}
        )
