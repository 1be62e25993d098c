"""Model fields for names and contact, which can be encrypted at rest.

Nothing can be searched in them by SQL, encrypted or not: what is looked for has a keyed
hash elsewhere.
"""

import datetime

from django.core.exceptions import FieldError
from django.db import models
from django.db.models.lookups import Exact


def seal(text: str) -> str:
    """Return what the database keeps of a text."""
    return text


def unseal(sealed: str) -> str:
    """Return the text of what the database keeps."""
    return sealed


class IsEmpty(Exact):
    """An exact lookup that only asks whether a text is empty."""

    def get_prep_lookup(self):
        if self.rhs != "":
            raise FieldError(
                "A private field can only be compared with the empty text."
            )
        return self.rhs


class PrivateTextField(models.CharField):
    """A text that can be encrypted. Lookups: `isnull`, and `exact` with ""."""

    def get_internal_type(self):
        return "TextField"

    def get_lookup(self, lookup_name):
        if lookup_name == "isnull":
            return super().get_lookup(lookup_name)
        return IsEmpty if lookup_name == "exact" else None

    def get_transform(self, lookup_name):
        return None

    def from_db_value(self, value, expression, connection):
        return unseal(value) if value else value

    def get_db_prep_save(self, value, connection):
        value = super().get_db_prep_save(value, connection)
        return seal(value) if value else value


class PrivateDateField(PrivateTextField):
    """A date that can be encrypted, None if there is none."""

    def to_python(self, value):
        return datetime.date.fromisoformat(value) if isinstance(value, str) else value

    def from_db_value(self, value, expression, connection):
        return self.to_python(unseal(value)) if value else None

    def get_prep_value(self, value):
        return value.isoformat() if value else None
