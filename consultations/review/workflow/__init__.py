"""Workflow of a plan: claim, ask, decide, sign, amend.

Each verb is atomic: it reads its subject again under lock, raises `NotAllowed` with words
if the step cannot be taken now, and returns the fresh object.
"""

from consultations.locking import NotAllowed
from consultations.review.workflow.asking import answer, ask, reassess
from consultations.review.workflow.assessing import Protocols, card_fields, recomputed
from consultations.review.workflow.deciding import (
    Decided,
    assign,
    claim,
    decide,
    first_look,
    needs_reason,
    release,
)
from consultations.review.workflow.signing import amend, sign

__all__ = [
    "Decided",
    "NotAllowed",
    "Protocols",
    "amend",
    "answer",
    "ask",
    "assign",
    "card_fields",
    "claim",
    "decide",
    "first_look",
    "needs_reason",
    "reassess",
    "recomputed",
    "release",
    "sign",
]
