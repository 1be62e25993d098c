"""What every template may use."""

from django.utils import timezone
from django.utils.functional import SimpleLazyObject

from methods.publishing import editions


def edition(request):
    """Give the edition and the notices of now, asked for where a template looks at them."""
    edition = getattr(request, "edition", None) or SimpleLazyObject(editions.current)
    notices = SimpleLazyObject(lambda: edition.site.notices_at(timezone.now()))
    return {"edition": edition, "notices": notices}
