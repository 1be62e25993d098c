"""Workflow of a plan: claim, ask, examine, decide, sign, amend.

Each verb is atomic: it reads its subject again under lock, raises `NotAllowed` with words
if the step cannot be taken now, and returns the fresh object.
"""

from consultations.locking import NotAllowed
from consultations.review.workflow.asking import answer, ask
from consultations.review.workflow.assessing import (
    CARD_FIELDS,
    Protocols,
    card_fields,
    recomputed,
)
from consultations.review.workflow.claiming import (
    assign,
    claim,
    hand_over,
    release,
    take_over,
)
from consultations.review.workflow.deciding import (
    Decided,
    decide,
    first_look,
    needs_reason,
)
from consultations.review.workflow.examining import examine
from consultations.review.workflow.recalling import called, compare_all
from consultations.review.workflow.redealing import reassess
from consultations.review.workflow.renewing import renew
from consultations.review.workflow.signing import (
    amend,
    faults_before_signing,
    say,
    sign,
    unsaid,
)

__all__ = [
    "CARD_FIELDS",
    "Decided",
    "NotAllowed",
    "Protocols",
    "amend",
    "answer",
    "ask",
    "assign",
    "called",
    "card_fields",
    "claim",
    "compare_all",
    "decide",
    "examine",
    "faults_before_signing",
    "first_look",
    "hand_over",
    "needs_reason",
    "reassess",
    "recomputed",
    "release",
    "renew",
    "say",
    "sign",
    "take_over",
    "unsaid",
]
