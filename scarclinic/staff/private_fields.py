"""Model fields for what patients and clinicians write, encrypted at rest.

A value is sealed for its row: the model names in `SEALED_BY` the attributes that tell the
row from all others and never change, known before it is stored. So a text is opened only
in its own row and column, when it is first read. Nothing can be searched in these columns
by SQL: what is looked for has a keyed hash elsewhere.
"""

import datetime
import json
import secrets
from typing import Any

from django.core import checks
from django.core.exceptions import FieldError
from django.db import models
from django.db.models.lookups import Exact
from django.db.models.query_utils import DeferredAttribute
from django.forms import Textarea

from scarclinic.staff.encryption import keys


class Sealed:
    """What the database holds of a private value: not to be read without its row."""

    __slots__ = ("text",)

    def __init__(self, text):
        self.text = text

    def __eq__(self, other):
        return isinstance(other, Sealed) and self.text == other.text

    def __hash__(self):
        return hash(self.text)

    def __repr__(self):
        return "<Sealed>"

    def __str__(self):
        raise TypeError("A private field is read from its row, not by values().")


class PrivateAttribute(DeferredAttribute):
    """Opens a private value when it is first read of a row."""

    def __get__(self, instance, cls=None):
        value = super().__get__(instance, cls)
        if type(value) is Sealed:
            value = self.field.opened(value, instance)
            instance.__dict__[self.field.attname] = value
        return value

    def __set__(self, instance, value):
        # With it, Python asks this descriptor first and not the row's own dictionary.
        instance.__dict__[self.field.attname] = value


class IsEmpty(Exact):
    """An exact lookup that only asks whether a text is empty."""

    def get_prep_lookup(self):
        if self.rhs != "":
            raise FieldError(
                "A private field can only be compared with the empty text."
            )
        return self.rhs


class RowKeyField(models.CharField):
    """A random name of a row, for `SEALED_BY` where nothing else tells rows apart."""

    def __init__(self, **kwargs):
        fixed = {"max_length": 32, "default": new_row_key, "editable": False}
        super().__init__(**fixed | kwargs)


def new_row_key():
    return secrets.token_hex(16)


class PrivateTextField(models.CharField):
    """A text that is encrypted; the empty one is not. Lookups: `isnull`, `exact` with ""."""

    descriptor_class = PrivateAttribute

    def get_internal_type(self):
        return "TextField"

    def formfield(self, **kwargs):
        is_long = (self.max_length or 0) > 255
        return super().formfield(**({"widget": Textarea} if is_long else {}) | kwargs)

    def check(self, **kwargs):
        return [*super().check(**kwargs), *self._check_row_is_known()]

    def _check_row_is_known(self):
        names = getattr(self.model, "SEALED_BY", ())
        known = {each.attname for each in self.model._meta.concrete_fields}
        if (
            names
            and known.issuperset(names)
            and self.model._meta.pk.attname not in names
        ):
            return []
        return [
            checks.Error(
                "SEALED_BY must name what tells a row from others before it is stored.",
                obj=self,
                id="staff.E001",
            )
        ]

    # The value and its text

    def to_text(self, value):
        """Return a value, which is not empty, as the text that is sealed."""
        return str(value)

    def from_text(self, text):
        """Return the value of a text that was sealed."""
        return text

    def place_in(self, instance):
        """Return the name of this column in a row: what a sealed text is bound to."""
        row = [getattr(instance, name) for name in self.model.SEALED_BY]
        if None in row:
            raise ValueError(f"{self} is sealed once its row's SEALED_BY is known.")
        return f"{self.model._meta.db_table}.{self.column}:{','.join(map(str, row))}"

    def sealed(self, value, instance):
        """Return a `Sealed` of a value for a row; what is empty stays as it is."""
        text = self.get_prep_value(value)
        if not text:
            return text
        return Sealed(keys.seal_text(text, self.place_in(instance)))

    def opened(self, sealed, instance):
        """Return the value of a `Sealed` of a row; raises `keys.Unreadable`."""
        return self.from_text(keys.unseal_text(sealed.text, self.place_in(instance)))

    # Into the database and out of it

    def pre_save(self, model_instance, add):
        return self.sealed(getattr(model_instance, self.attname), model_instance)

    def get_prep_value(self, value):
        if isinstance(value, Sealed):
            return value
        return self.to_text(value) if value else value

    def get_db_prep_value(self, value, connection, prepared=False):
        if isinstance(value, Sealed):
            return value.text
        # Of a form's check of constraints, which can only ask whether there is a text.
        return "…" if value else self.get_prep_value(value)

    def get_db_prep_save(self, value, connection):
        if hasattr(value, "as_sql") or isinstance(value, Sealed) or not value:
            return super().get_db_prep_save(value, connection)
        raise FieldError("A private field is written by save(), not by update().")

    def from_db_value(self, value, expression, connection):
        return Sealed(value) if value else value

    # Lookups

    def get_lookup(self, lookup_name):
        if lookup_name == "isnull":
            return super().get_lookup(lookup_name)
        return IsEmpty if lookup_name == "exact" else None

    def get_transform(self, lookup_name):
        return None


class PrivateDateField(PrivateTextField):
    """A date that is encrypted, None if there is none."""

    _pyi_private_set_type: Any
    _pyi_private_get_type: Any

    def to_text(self, value):
        return value.isoformat()

    def from_text(self, text):
        return datetime.date.fromisoformat(text)

    def to_python(self, value):
        return self.from_text(value) if isinstance(value, str) and value else value


class PrivateJSONField(PrivateTextField):
    """A JSON object that is encrypted, {} if there is none."""

    _pyi_private_set_type: Any
    _pyi_private_get_type: Any

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **{"default": dict, "blank": True} | kwargs)

    def to_text(self, value):
        return json.dumps(value, ensure_ascii=False)

    def from_text(self, text):
        return json.loads(text)

    def to_python(self, value):
        return value

    def get_prep_value(self, value):
        return super().get_prep_value(value or "")

    def from_db_value(self, value, expression, connection):
        return super().from_db_value(value, expression, connection) or {}


class PrivateQuerySet(models.QuerySet):
    """Rows whose private fields `bulk_update` seals as well."""

    def bulk_update(self, objs, fields, batch_size=None):
        objs = list(objs)
        private = [
            field
            for field in map(self.model._meta.get_field, fields)
            if isinstance(field, PrivateTextField)
        ]
        kept = [
            {each.attname: getattr(obj, each.attname) for each in private}
            for obj in objs
        ]
        try:
            for obj, values in zip(objs, kept, strict=True):
                for field in private:
                    sealed = field.sealed(values[field.attname], obj)
                    setattr(obj, field.attname, models.Value(sealed, field))
            return super().bulk_update(objs, fields, batch_size)
        finally:
            for obj, values in zip(objs, kept, strict=True):
                obj.__dict__.update(values)
