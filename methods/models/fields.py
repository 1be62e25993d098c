"""Lists typed one item per line, codes, counts and prices; and what is frozen."""

import json
from hashlib import sha256

from django.core.validators import MinValueValidator, RegexValidator
from django.db import models
from django.db.models.fields.json import KeyTransform
from django.utils.translation import gettext_lazy as _

one_per_line = _(
    "One sentence per line. End a claim with its source in brackets: [G12]."
)

code_validator = RegexValidator(
    r"^[a-z][a-z0-9_]*$",
    _("Use small letters, digits and underscores, beginning with a letter."),
)


def lines(text):
    """Return the items of a text field that holds one item per line."""
    return [line.strip() for line in text.splitlines() if line.strip()]


class LinesField(models.TextField):
    """Items of a list, one per line."""

    def __init__(self, *args, **kwargs):
        kwargs.setdefault("blank", True)
        kwargs.setdefault("help_text", one_per_line)
        super().__init__(*args, **kwargs)


class CountField(models.PositiveSmallIntegerField):
    """A number that may be unknown."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs | {"null": True, "blank": True})


class PriceField(models.DecimalField):
    """An amount in the clinic's currency, two decimals, that may be unknown."""

    def __init__(self, *args, **kwargs):
        fixed = {"max_digits": 9, "decimal_places": 2, "null": True, "blank": True}
        fixed["validators"] = [MinValueValidator(0)]
        super().__init__(*args, **kwargs | fixed)


def _refuse(self, *_args, **_kwargs):
    raise TypeError("What is frozen never changes: copy it first.")


class FrozenDict(dict):
    """A dict to read only. A copy of it may be changed."""

    __slots__ = ()
    __setitem__ = __delitem__ = __ior__ = _refuse
    clear = pop = popitem = setdefault = update = _refuse

    def __reduce__(self):
        return dict, (dict(self),)


class FrozenList(list):
    """A list to read only. A copy of it may be changed."""

    __slots__ = ()
    __setitem__ = __delitem__ = __iadd__ = __imul__ = _refuse
    append = clear = extend = insert = pop = remove = reverse = sort = _refuse

    def __reduce__(self):
        return list, (list(self),)


def _frozen(value):
    if isinstance(value, dict):
        return FrozenDict((name, _frozen(each)) for name, each in value.items())
    if isinstance(value, list):
        return FrozenList(map(_frozen, value))
    return value


MOST_PARSED = 512
_parsed = {}
"""{digest of a text: what it says}. The texts themselves would take megabytes."""


def _parse(text):
    digest = sha256(text.encode()).digest()
    if digest not in _parsed and len(_parsed) >= MOST_PARSED:
        _parsed.clear()
    # Another thread may have cleared it since.
    return _parsed.get(digest) or _parsed.setdefault(digest, _frozen(json.loads(text)))


class FrozenField(models.JSONField):
    """JSON that is written once. A process parses it once, for all rows that hold it.

    A desk reads the revisions of sixty cards: to parse them took longer than to load them.
    """

    def from_db_value(self, value, expression, connection):
        # A part of it, as of a key, is whatever the database makes of it.
        if not isinstance(value, str) or isinstance(expression, KeyTransform):
            return super().from_db_value(value, expression, connection)
        return _parse(value)

    def deconstruct(self):
        """Return a JSONField: the column is the same, and no migration is needed."""
        name, _path, args, kwargs = super().deconstruct()
        return name, "django.db.models.JSONField", args, kwargs


def protect(relation, target):
    """Refuse to delete what a many-to-many relation points at; `target` names its key.

    A finding must not vanish from a rule because somebody deletes it. Django makes the
    rows between the two with CASCADE and offers no option for it; an own model for them
    would cost the autocomplete in the admin.
    """
    field = relation.through._meta.get_field(target)
    # A method's relations may name it itself: RESTRICT lets them go together.
    is_restricted = target == "method"
    field.remote_field.on_delete = models.RESTRICT if is_restricted else models.PROTECT
