"""What the clinic offers and knows, as its staff edit it.

Rows are a working copy. What the public and the rules read was frozen from them: a
subject of its own by `publishing`, all that pages share by `editions`.
"""

from methods.models.catalogue import (
    KEY_FACTS,
    MEASURES,
    METHOD_SECTIONS,
    SCAR_TYPE_SECTIONS,
    Criterion,
    Finding,
    FormerAddress,
    Method,
    MethodRevision,
    ScarType,
    ScarTypeRevision,
    Source,
    Trait,
    TraitRevision,
    lines,
)
from methods.models.clinic import (
    Clinic,
    Notice,
    OpeningHours,
    Person,
    Synonym,
)
from methods.models.edition import Edition
from methods.models.pictures import BeforeAfter, Consent, Picture

__all__ = [
    "KEY_FACTS",
    "MEASURES",
    "METHOD_SECTIONS",
    "SCAR_TYPE_SECTIONS",
    "BeforeAfter",
    "Clinic",
    "Consent",
    "Criterion",
    "Edition",
    "Finding",
    "FormerAddress",
    "Method",
    "MethodRevision",
    "Notice",
    "OpeningHours",
    "Person",
    "Picture",
    "ScarType",
    "ScarTypeRevision",
    "Source",
    "Synonym",
    "Trait",
    "TraitRevision",
    "lines",
]
