"""Cross-references: titles of the pages that use a finding or a source."""

from django.db.models import Q

from methods.models import (
    Condition,
    Criterion,
    Finding,
    Method,
    Pathway,
    Relation,
    ScarType,
    Source,
    Trait,
)


def titles_using(row: Finding | Source) -> list[str]:
    """Return the sorted titles of what uses a row, or did: methods, conditions, ..."""
    if isinstance(row, Source):
        criteria = Criterion.objects.filter(sources=row)
        of_methods = Q(relations__sources=row) | Q(ceilings__sources=row)
        of_pathways = Q(steps__sources=row)
        scar_types = ScarType.objects.none()
        frozen = own = Q()
    else:
        criteria = Criterion.objects.filter(Q(when=row) | Q(unless=row))
        relations = Relation.objects.filter(Q(scars=row) | Q(when=row))
        of_methods = Q(relations__in=relations)
        of_pathways = Q(when=row)
        scar_types = ScarType.objects.filter(finding=row)
        frozen, own = Q(revisions__findings=row), Q(finding=row)
    used = Q(criteria__in=criteria) | frozen
    names = {
        "title": [
            Method.objects.filter(used | of_methods),
            Pathway.objects.filter(of_pathways | frozen),
            scar_types,
        ],
        "name": [Trait.objects.filter(used)],
        "finding__label": [Condition.objects.filter(used | own)],
    }
    return sorted(
        {
            title
            for name, querysets in names.items()
            for rows in querysets
            for title in rows.values_list(name, flat=True)
        }
    )
