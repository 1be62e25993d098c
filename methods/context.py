"""What every template may use."""

from django.utils.functional import SimpleLazyObject

from methods import editions


def edition(request):
    """Give the edition, asked for once and only where a template looks at it."""
    known = getattr(request, "edition", None)
    return {"edition": known or SimpleLazyObject(editions.current)}
