"""Lists typed one item per line, codes, counts and prices."""

from django.core.validators import MinValueValidator, RegexValidator
from django.db import models
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
