"""Form fields that read what people type, and keep the text where they cannot."""

import datetime
from decimal import Decimal

from django import forms
from django.core.exceptions import ValidationError
from django.db import models
from django.forms.utils import from_current_timezone
from django.utils.translation import gettext_lazy as _

from scarclinic.staff.text import emails, telephones
from scarclinic.staff.text.cleaning import one_line, shows_something
from scarclinic.staff.text.dates import read_date, read_moment
from scarclinic.staff.text.numbers import read_number


class LineField(forms.CharField):
    """A text of one line: line breaks and runs of spaces are one space."""

    def to_python(self, value):
        return one_line(super().to_python(value) or "") or self.empty_value


class PersonNameField(LineField):
    """A name, which must show something."""

    default_error_messages = {"invisible": _("Type a name that can be read.")}

    def validate(self, value):
        super().validate(value)
        if value and not shows_something(value):
            raise ValidationError(self.error_messages["invisible"], "invisible")


class TelephoneField(LineField):
    """A telephone number, kept as it is typed. `region`: ISO 3166 code, or a callable.

    `telephones.to_e164` makes of it what a phone dials.
    """

    def __init__(self, *, region="", **kwargs):
        self.region = region
        kwargs.setdefault(
            "widget",
            forms.TextInput(attrs={"autocomplete": "tel", "inputmode": "tel"}),
        )
        super().__init__(**kwargs)

    def validate(self, value):
        super().validate(value)
        if value:
            region = self.region() if callable(self.region) else self.region
            telephones.to_e164(value, region)


class EmailField(LineField):
    """An e-mail address, in its canonical form."""

    def __init__(self, **kwargs):
        kwargs.setdefault("max_length", 254)
        # With type=email a browser refuses what we can read, and sends Punycode.
        attrs = {"autocomplete": "email", "inputmode": "email", "spellcheck": "false"}
        kwargs.setdefault("widget", forms.TextInput(attrs=attrs))
        super().__init__(**kwargs)

    def to_python(self, value):
        value = super().to_python(value)
        return emails.canonical(value) if value else value


class NumberField(forms.IntegerField):
    """A whole number in a text box: `type=number` sends nothing for what is none."""

    widget = forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off"})
    default_error_messages = {"invalid": ""}
    """Empty: what `read_number` says is wrong."""

    def to_python(self, value):
        if value in self.empty_values or isinstance(value, int):
            return super().to_python(value)
        return _number(self, value, int)

    def widget_attrs(self, widget):
        return {}


class AmountField(forms.DecimalField):
    """A number with decimals in a text box, after a point or a comma."""

    widget = forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"})
    default_error_messages = {"invalid": ""}

    def to_python(self, value):
        if value in self.empty_values or isinstance(value, int | float | Decimal):
            return super().to_python(value)
        return _number(self, value, Decimal, self.decimal_places or 0)

    def widget_attrs(self, widget):
        return {}


def _number(field, value, kind, decimals=0):
    """Return the number that a text says, None for an empty one."""
    text = one_line(str(value))
    try:
        return kind(read_number(text, decimals=decimals)) if text else None
    except ValidationError as error:
        message = field.error_messages["invalid"] or error.message
        raise ValidationError(message, "invalid") from None


class DateField(forms.DateField):
    """A date in one text box, with the month in letters or digits."""

    widget = forms.DateInput(attrs={"autocomplete": "off"})

    def to_python(self, value):
        if isinstance(value, datetime.date) or value in self.empty_values:
            return super().to_python(value)
        text = one_line(str(value))
        return read_date(text) if text else None


class MomentField(forms.DateTimeField):
    """A date and a time in one text box, in the site's time zone."""

    widget = forms.DateTimeInput(format="%Y-%m-%d %H:%M", attrs={"autocomplete": "off"})

    def to_python(self, value):
        if isinstance(value, datetime.date) or value in self.empty_values:
            return super().to_python(value)
        text = one_line(str(value))
        return from_current_timezone(read_moment(text)) if text else None


ADMIN_FIELDS = {
    models.SlugField: {"form_class": forms.SlugField},
    models.URLField: {"form_class": forms.URLField, "assume_scheme": "https"},
    models.EmailField: {"form_class": EmailField},
    models.CharField: {"form_class": LineField},
    models.IntegerField: {
        "form_class": NumberField,
        "widget": forms.TextInput(
            attrs={"class": "vIntegerField", "inputmode": "numeric"}
        ),
    },
    models.DecimalField: {
        "form_class": AmountField,
        "widget": forms.TextInput(
            attrs={"class": "vIntegerField", "inputmode": "decimal"}
        ),
    },
    models.DateField: {"form_class": DateField},
    # The stock pair of inputs, one for the day and one for the time, has no labels.
    models.DateTimeField: {"form_class": MomentField, "widget": MomentField.widget},
}
"""`formfield_overrides` of every `ModelAdmin` and inline."""
