"""The clinic's side of consultations, in the Django admin."""

from consultations.admin import accounts, plans

__all__ = ["accounts", "plans"]
