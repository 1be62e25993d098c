"""One plan as its clinician sees it: answers, cards by verdict, a decision per card."""

from consultations.desk.form import AskForm, DeskForm, FirstLookForm, key_of
from consultations.desk.page import Desk
from consultations.desk.typed import unsaved

__all__ = ["AskForm", "Desk", "DeskForm", "FirstLookForm", "key_of", "unsaved"]
