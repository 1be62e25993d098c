"""Form fields and widgets: how each kind of question is asked."""

import datetime
import re
from functools import singledispatch

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from consultations.intake.questions import kinds, treatments
from methods.models.clinic import country_code
from scarclinic.staff.text.cleaning import one_line
from scarclinic.staff.text.dates import read_date
from scarclinic.staff.text.forms import (
    EmailField,
    NumberField,
    PersonNameField,
    TelephoneField,
)

# Widgets


class CompactRadios(forms.RadioSelect):
    """Yes, no and not sure in one row."""

    compact = True


class PictureRadios(forms.RadioSelect):
    """Answers with a drawing each: {answer: code of `methods.website.drawings`}.

    Every word is there without them. All are of one phototype, `tone`, for only what is
    asked may differ.
    """

    def __init__(self, pictures, tone):
        super().__init__()
        self.pictures = pictures
        self.tone = tone

    def create_option(self, name, value, *args, **kwargs):
        option = super().create_option(name, value, *args, **kwargs)
        picture = self.pictures.get(value, "")
        return option | {"picture": picture, "tone": self.tone}


class TickList(forms.CheckboxSelectMultiple):
    """Lines to tick, each with more to read: {line: help}, folded away."""

    def __init__(self, more):
        super().__init__()
        self.more = more

    def create_option(self, name, value, *args, **kwargs):
        option = super().create_option(name, value, *args, **kwargs)
        return option | {"more": self.more.get(value, "")}


class DateParts(forms.MultiWidget):
    """Day, month and year to type: quicker than a calendar for a birthday."""

    use_fieldset = True

    def __init__(self):
        number = {"inputmode": "numeric", "autocomplete": "off"}
        super().__init__(
            {
                "day": forms.TextInput(number),
                # By its name, too.
                "month": forms.TextInput({"autocomplete": "off"}),
                "year": forms.TextInput(number),
            }
        )

    def decompress(self, value):
        return [value.day, value.month, value.year] if value else [None, None, None]


# Fields


class ExactText(forms.CharField):
    """Text that is kept exactly as it was typed, spaces included."""

    def __init__(self, **kwargs):
        super().__init__(**kwargs | {"strip": False})

    def validate(self, value):
        super().validate(value)
        if self.required and not value.strip():
            raise ValidationError(self.error_messages["required"], "required")


NUMBERS = [
    "zero",
    "one",
    "two",
    "three",
    "four",
    "five",
    "six",
    "seven",
    "eight",
    "nine",
    "ten",
    "eleven",
    "twelve",
]
ABOUT = re.compile(r"(?:about|around|roughly|approximately|approx\.?|circa|ca\.?|~) ?")


class CountField(NumberField):
    """A whole number in the unit that is asked for: "6", "six", "about 6 months"."""

    def __init__(self, *, unit, **kwargs):
        super().__init__(**kwargs)
        self.unit = unit
        if unit:
            self.widget.attrs["unit"] = unit
        values = {"question": self.label, "low": self.min_value, "high": self.max_value}
        text = _("%(question)s Write a whole number from %(low)s to %(high)s.")
        codes = ("invalid", "min_value", "max_value")
        self.error_messages |= dict.fromkeys(codes, text % values)

    def to_python(self, value):
        text = one_line(str("" if value is None else value)).casefold()
        number = ABOUT.sub("", text, count=1).removesuffix(str(self.unit)).strip()
        if number in NUMBERS:
            return NUMBERS.index(number)
        if any(map(str.isalpha, number)):
            # In another unit it is another number.
            raise ValidationError(self.error_messages["invalid"], "invalid")
        return super().to_python(number)


class BirthDateField(forms.MultiValueField):
    """A day in the past, typed in three parts; the month by its name, too."""

    widget = DateParts
    default_error_messages = {
        "invalid": gettext_lazy("Type a real date in numbers, for example 27 3 1986."),
        "incomplete": gettext_lazy("Type day, month and year, for example 27 3 1986."),
        "future": gettext_lazy(
            "This date is still to come. Type the date of birth, for example 27 3 1986."
        ),
        "too_old": gettext_lazy("Check the year: type all four digits, as in 1986."),
    }

    def __init__(self, **kwargs):
        super().__init__(
            [forms.CharField(max_length=30) for _part in range(3)],
            require_all_fields=False,
            **kwargs,
        )

    def compress(self, parts):
        if not parts:
            return None
        day, month, year = (one_line(part).strip(" .,/") for part in parts)
        try:
            if month.isdigit():
                born = datetime.date(int(year), int(month), int(day))
            else:
                born = read_date(f"{day} {month} {year}")
        except (ValidationError, ValueError, OverflowError):
            raise ValidationError(self.error_messages["invalid"], "invalid") from None
        today = timezone.localdate()
        if born > today:
            raise ValidationError(self.error_messages["future"], "future")
        if born.year < today.year - 120:
            raise ValidationError(self.error_messages["too_old"], "too_old")
        return born


# Each kind of question


@singledispatch
def field_for(question, form):
    """Return the form field that asks a question on a page; `form` is the page's."""
    raise TypeError(question)


def _words(question):
    required = _("Please answer: %(question)s") % {"question": question.ask}
    return {
        "label": question.ask,
        "help_text": question.hint,
        "required": question.is_required,
        "error_messages": {"required": required},
    }


@field_for.register
def _choice(question: kinds.Choice, form):
    choices = list(question.words.items())
    if question.groups:
        left = dict(choices)
        choices = [
            (heading, [(value, left.pop(value)) for value in values.split()])
            for heading, values in question.groups
        ]
        choices += left.items()
    widget = CompactRadios() if question.is_compact else forms.RadioSelect()
    if question.pictures:
        phototype = form.route.intake.fitzpatrick
        tone = phototype if phototype.isdigit() else question.tone
        widget = PictureRadios(question.pictures, tone)
    return forms.ChoiceField(choices=choices, widget=widget, **_words(question))


@field_for.register
def _methods(question: kinds.Methods, form):
    choices = [*question.also.items(), *form.route.offer.choices]
    widget = forms.CheckboxSelectMultiple()
    field = forms.MultipleChoiceField(
        choices=choices, widget=widget, **_words(question)
    )
    field.is_folded = True
    return field


@field_for.register
def _several(question: kinds.Several, form):
    widget = forms.CheckboxSelectMultiple()
    choices = question.answers.choices
    return forms.MultipleChoiceField(choices=choices, widget=widget, **_words(question))


@field_for.register
def _tried(question: treatments.Tried, form):
    other = treatments.OTHER, _("Something else")
    choices = [*question.also.items(), *treatments.TRIED.items(), other]
    widget = forms.CheckboxSelectMultiple()
    return forms.MultipleChoiceField(choices=choices, widget=widget, **_words(question))


@field_for.register
def _number(question: kinds.Number, form):
    words = _words(question)
    words["min_value"], words["max_value"] = question.low, question.high
    return CountField(unit=question.unit, **words)


@field_for.register
def _date(question: kinds.Date, form):
    return BirthDateField(**_words(question))


def _text_of(question, form, field_class, widget=None, **options):
    column = form.row._meta.get_field(question.name)
    words = _words(question) | {"max_length": column.max_length}
    field = field_class(**words, **options, **({"widget": widget} if widget else {}))
    if question.autocomplete:
        field.widget.attrs["autocomplete"] = question.autocomplete
    return field


@field_for.register
def _text(question: kinds.Text, form):
    widget = forms.Textarea({"rows": 4}) if question.is_long else forms.TextInput()
    field = _text_of(question, form, ExactText, widget)
    if not question.is_address:
        field.read_within = settings.ANSWER_WITHIN_DAYS
    return field


@field_for.register
def _person_name(question: kinds.PersonName, form):
    return _text_of(question, form, PersonNameField)


@field_for.register
def _telephone(question: kinds.Telephone, form):
    return _text_of(question, form, TelephoneField, region=country_code)


@field_for.register
def _email(question: kinds.Email, form):
    return _text_of(question, form, EmailField)


def own_device_field() -> forms.BooleanField:
    """Return the box with which somebody says whose device it is."""
    return forms.BooleanField(
        label=gettext_lazy("This is my own device: do not ask again"),
        help_text=gettext_lazy(
            "Leave it empty on a device that others use: after an hour without use it "
            "asks for your date of birth."
        ),
        required=False,
    )
