"""Models of treatments, criteria, sources, scar types, pictures and the clinic.

Rows are a working copy. What the public and the rules read was frozen from them: a
subject of its own by `publishing`, all that pages share by `editions`.
"""

from methods.models.clinic import (
    Clinic,
    ClosedDay,
    Notice,
    OpeningHours,
    Person,
    Synonym,
)
from methods.models.edition import Edition
from methods.models.fields import lines
from methods.models.findings import Finding
from methods.models.pictures import BeforeAfter, Consent, Picture
from methods.models.scar_types import SCAR_TYPE_SECTIONS, ScarType, ScarTypeRevision
from methods.models.sources import Source
from methods.models.treatments import (
    KEY_FACTS,
    MEASURES,
    METHOD_SECTIONS,
    PRICE,
    Criterion,
    FormerAddress,
    Method,
    MethodRevision,
    Trait,
    TraitRevision,
)

__all__ = [
    "KEY_FACTS",
    "MEASURES",
    "METHOD_SECTIONS",
    "PRICE",
    "SCAR_TYPE_SECTIONS",
    "BeforeAfter",
    "Clinic",
    "ClosedDay",
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
