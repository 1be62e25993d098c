"""What happens to an intake and its plan: submit, ask, decide, sign, amend.

Each verb is atomic: it reads its subject again under lock, raises `NotAllowed` with words
if the step cannot be taken now, and returns the fresh object.
"""

from consultations.workflow.asking import answer, ask, reassess
from consultations.workflow.assessing import card_fields, recomputed
from consultations.workflow.deciding import (
    Decided,
    assign,
    claim,
    decide,
    first_look,
    needs_reason,
    release,
)
from consultations.workflow.refusing import NotAllowed
from consultations.workflow.sending import erase, renew_link, submit, withdraw
from consultations.workflow.signing import amend, sign

__all__ = [
    "Decided",
    "NotAllowed",
    "amend",
    "answer",
    "ask",
    "assign",
    "card_fields",
    "claim",
    "decide",
    "erase",
    "first_look",
    "needs_reason",
    "reassess",
    "recomputed",
    "release",
    "renew_link",
    "sign",
    "submit",
    "withdraw",
]
