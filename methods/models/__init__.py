"""Models of treatments, criteria, conditions, pathways, pictures and the clinic.

Rows are a working copy. What the public and the rules read was frozen from them: a
subject of its own by `publishing`, all that pages share by `editions`.
"""

from methods.models.causes import (
    CAUSE_SECTIONS,
    CAUSE_WORDS,
    NEEDED_OF_CAUSE,
    Cause,
    CauseKind,
    CauseRevision,
)
from methods.models.clinic import (
    Clinic,
    ClosedDay,
    Notice,
    OpeningHours,
    Person,
    Synonym,
)
from methods.models.conditions import Condition, ConditionRevision, NotNeeded
from methods.models.criteria import Criterion
from methods.models.edition import Edition
from methods.models.fields import lines
from methods.models.findings import Finding
from methods.models.pathways import Pathway, PathwayRevision, PathwayStep
from methods.models.pictures import BeforeAfter, Consent, Picture
from methods.models.proposals import Outcome, Proposal
from methods.models.protocol_versions import ProtocolVersion
from methods.models.relations import Ceiling, Relation
from methods.models.scar_types import SCAR_TYPE_SECTIONS, ScarType, ScarTypeRevision
from methods.models.sources import Source
from methods.models.treatments import (
    KEY_FACTS,
    MEASURES,
    METHOD_SECTIONS,
    PRICE,
    REFERRAL_SECTIONS,
    FormerAddress,
    Method,
    MethodRevision,
    Trait,
    TraitRevision,
)

__all__ = [
    "CAUSE_SECTIONS",
    "CAUSE_WORDS",
    "KEY_FACTS",
    "MEASURES",
    "METHOD_SECTIONS",
    "NEEDED_OF_CAUSE",
    "PRICE",
    "REFERRAL_SECTIONS",
    "SCAR_TYPE_SECTIONS",
    "BeforeAfter",
    "Cause",
    "CauseKind",
    "CauseRevision",
    "Ceiling",
    "Clinic",
    "ClosedDay",
    "Condition",
    "ConditionRevision",
    "Consent",
    "Criterion",
    "Edition",
    "Finding",
    "FormerAddress",
    "Method",
    "MethodRevision",
    "NotNeeded",
    "Notice",
    "OpeningHours",
    "Outcome",
    "Pathway",
    "PathwayRevision",
    "PathwayStep",
    "Person",
    "Picture",
    "Proposal",
    "ProtocolVersion",
    "Relation",
    "ScarType",
    "ScarTypeRevision",
    "Source",
    "Synonym",
    "Trait",
    "TraitRevision",
    "lines",
]
