"""The clinic's side of consultations, in the Django admin."""

from consultations.admin import (
    accounts,
    consents,
    erasures,
    letters,
    login,
    messages,
    plans,
    tallies,
)

__all__ = [
    "accounts",
    "consents",
    "erasures",
    "letters",
    "login",
    "messages",
    "plans",
    "tallies",
]
