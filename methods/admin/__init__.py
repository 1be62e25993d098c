"""Where editors keep what the public reads."""

from methods.admin import (
    clinic,
    conditions,
    findings,
    pathways,
    pictures,
    scar_types,
    sources,
    treatments,
)

__all__ = [
    "clinic",
    "conditions",
    "findings",
    "pathways",
    "pictures",
    "scar_types",
    "sources",
    "treatments",
]
