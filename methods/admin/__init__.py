"""Where editors keep what the public reads."""

from methods.admin import (
    causes,
    clinic,
    conditions,
    findings,
    pathways,
    pictures,
    proposals,
    scar_types,
    sources,
    treatments,
)

__all__ = [
    "causes",
    "clinic",
    "conditions",
    "findings",
    "pathways",
    "pictures",
    "proposals",
    "scar_types",
    "sources",
    "treatments",
]
