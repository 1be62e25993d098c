"""Models of intakes, plans, decisions, consents, letters and photos."""

from consultations.models.answers import (
    MONTHS_IN,
    YES_NO,
    AgeUnit,
    ChoiceField,
)
from consultations.models.assessments import Assessment, Card, Cause, Redeal
from consultations.models.calls import Call, CallResult
from consultations.models.consents import (
    OF_BOTH,
    ConsentDecision,
    ConsentPurpose,
    ConsentReader,
    ConsentText,
    ConsentVersion,
    DecidedBy,
    digest_of,
)
from consultations.models.contact import NEEDS, CallTime, Way
from consultations.models.corrections import Correction
from consultations.models.decisions import (
    INCLUDED,
    Choice,
    Decision,
    OverrideReason,
)
from consultations.models.examinations import Examination, How
from consultations.models.facets import Facet, FacetKind
from consultations.models.hand_overs import HandOver
from consultations.models.intake import (
    Answer,
    ForWhom,
    GuardianRelation,
    Intake,
    IntakeStatus,
    Scar,
)
from consultations.models.letters import (
    BY_EMAIL_ONLY,
    Letter,
    LetterKind,
    LetterTemplate,
)
from consultations.models.message_templates import MessageTemplate
from consultations.models.messages import Message, Response
from consultations.models.photos import MediaFolder, Photo, PhotoSlot
from consultations.models.plans import Plan
from consultations.models.private_links import hashed
from consultations.models.questions import Question
from consultations.models.readings import Reading
from consultations.models.recalls import Recall
from consultations.models.requests import AskedHow, ErasureRequest, Identity
from consultations.models.safeguarding import SafeguardingNote
from consultations.models.same_person import SamePerson
from consultations.models.scopes import Scope
from consultations.models.search_terms import SearchTerm
from consultations.models.second_access import SecondAccess
from consultations.models.statistics import StepTally
from consultations.models.tombstones import Tombstone

__all__ = [
    "BY_EMAIL_ONLY",
    "INCLUDED",
    "MONTHS_IN",
    "NEEDS",
    "OF_BOTH",
    "YES_NO",
    "AgeUnit",
    "Answer",
    "AskedHow",
    "Assessment",
    "Call",
    "CallResult",
    "CallTime",
    "Card",
    "Cause",
    "Choice",
    "ChoiceField",
    "ConsentDecision",
    "ConsentPurpose",
    "ConsentReader",
    "ConsentText",
    "ConsentVersion",
    "Correction",
    "DecidedBy",
    "Decision",
    "ErasureRequest",
    "Examination",
    "Facet",
    "FacetKind",
    "ForWhom",
    "GuardianRelation",
    "HandOver",
    "How",
    "Identity",
    "Intake",
    "IntakeStatus",
    "Letter",
    "LetterKind",
    "LetterTemplate",
    "MediaFolder",
    "Message",
    "MessageTemplate",
    "OverrideReason",
    "Photo",
    "PhotoSlot",
    "Plan",
    "Question",
    "Reading",
    "Recall",
    "Redeal",
    "Response",
    "SafeguardingNote",
    "SamePerson",
    "Scar",
    "Scope",
    "SearchTerm",
    "SecondAccess",
    "StepTally",
    "Tombstone",
    "Way",
    "digest_of",
    "hashed",
]
