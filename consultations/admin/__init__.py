"""The clinic's side of consultations, in the Django admin."""

from consultations.admin import (
    consents,
    erasure,
    letters,
    messages,
    plans,
    scopes,
    statistics,
)

__all__ = [
    "consents",
    "erasure",
    "letters",
    "messages",
    "plans",
    "scopes",
    "statistics",
]
