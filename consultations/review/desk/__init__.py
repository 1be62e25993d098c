"""One plan as its clinician sees it: answers, cards by verdict, a decision per card."""

from consultations.review.desk.examination import seen_form, unknown_of
from consultations.review.desk.form import (
    AskForm,
    DeskForm,
    FirstLookForm,
    key_of,
)
from consultations.review.desk.page import Desk
from consultations.review.desk.unsaved import still_typed, unsaved

__all__ = [
    "AskForm",
    "Desk",
    "DeskForm",
    "FirstLookForm",
    "key_of",
    "seen_form",
    "still_typed",
    "unknown_of",
    "unsaved",
]
