"""Context processor: the edition and its notices, for every template."""

from django.utils import timezone
from django.utils.functional import SimpleLazyObject

from methods.publishing import editions


def edition(request):
    """Return the edition and its current notices, queried only if a template uses them."""
    edition = getattr(request, "edition", None) or SimpleLazyObject(editions.current)
    notices = SimpleLazyObject(lambda: edition.site.notices_at(timezone.now()))
    return {"edition": edition, "notices": notices}
