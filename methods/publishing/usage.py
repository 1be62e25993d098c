"""Cross-references: titles of the pages that use a finding or a source."""

from django.db.models import Q

from methods.models import Criterion, Finding, Method, ScarType, Source, Trait


def titles_using(row: Finding | Source) -> list[str]:
    """Return the sorted titles of methods, traits and scar types that use a row, or did."""
    if isinstance(row, Source):
        used = Q(criteria__sources=row)
        scar_types = ScarType.objects.none()
    else:
        criteria = Criterion.objects.filter(Q(when=row) | Q(unless=row))
        used = Q(criteria__in=criteria) | Q(revisions__findings=row)
        scar_types = ScarType.objects.filter(finding=row)
    return sorted(
        {
            *Method.objects.filter(used).values_list("title", flat=True),
            *Trait.objects.filter(used).values_list("name", flat=True),
            *scar_types.values_list("title", flat=True),
        }
    )
