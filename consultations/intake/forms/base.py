"""What every page of the intake can do."""

import datetime

from crispy_forms.helper import FormHelper
from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator
from django.utils import timezone
from django.utils.datastructures import MultiValueDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

UNSAID = forms.Field.default_error_messages["required"]


class CompactRadios(forms.RadioSelect):
    """Yes, no and not sure in one row."""

    compact = True


class PictureRadios(forms.RadioSelect):
    """Answers with a drawing each: {answer: code of `methods.website.drawings`}.

    Every word is there without them. All are of one phototype, for only what is asked
    may differ: the patient's own once it is known, else `tone`.
    """

    def __init__(self, pictures, tone=4):
        super().__init__()
        self.pictures = pictures
        self.tone = tone

    def create_option(self, name, value, *args, **kwargs):
        option = super().create_option(name, value, *args, **kwargs)
        picture = self.pictures.get(value, "")
        return option | {"picture": picture, "tone": self.tone}


class StepForm(forms.ModelForm):
    """One page: asks, checks, keeps only its own fields."""

    slug = ""
    title = ""
    intro = ""
    """Why it is asked, where somebody may wonder."""
    template = "consultations/step.html"
    has_facts = True
    """Whether the rules are told of it."""
    is_unfinished = False
    """Whether it shows what was typed and is no answer yet."""

    def __init__(self, data=None, *, instance, route):
        self.route = route
        super().__init__(data, instance=instance, auto_id="%s")
        self.helper = FormHelper()
        self.helper.form_tag = False
        self.helper.include_media = False
        phototype = route.intake.fitzpatrick
        for field in self.fields.values():
            if isinstance(field.widget, PictureRadios) and phototype.isdigit():
                field.widget.tone = phototype
            if field.error_messages["required"] == UNSAID:
                field.error_messages["required"] = _("Please answer: %(question)s") % {
                    "question": field.label
                }
            if {"min", "max"} <= field.widget.attrs.keys():
                told = _("%(question)s Write a whole number from %(min)s to %(max)s.")
                told %= {"question": field.label, **field.widget.attrs}
                codes = ("invalid", "min_value", "max_value")
                field.error_messages |= dict.fromkeys(codes, told)

    @classmethod
    def applies(cls, subject):
        """Return whether this page is asked, from what has been answered."""
        return True

    # What is typed

    def typed(self):
        """Return what was posted into this page's inputs, {input: [text]}, as it stands.

        But without NUL characters: PostgreSQL keeps none.
        """
        return {
            name: [text.replace("\0", "") for text in self.data.getlist(name)]
            for name in self._inputs()
            if name in self.data
        }

    def show(self, typed):
        """Show what was typed before, right or wrong, and find no fault with it."""
        self.is_unfinished = True
        data = MultiValueDict(typed)
        for name, field in self.fields.items():
            self.initial[name] = field.widget.value_from_datadict(data, {}, name)

    def _inputs(self):
        for name, field in self.fields.items():
            parts = getattr(field.widget, "widgets_names", [""])
            yield from (f"{self.add_prefix(name)}{part}" for part in parts)

    # What is answered

    def facts(self, on):
        """Return this page's answers as facts, {name: JSON value}, on a given day."""
        values = {name: getattr(self.instance, name) for name in self._meta.fields}
        return {
            name: value for name, value in values.items() if value not in ("", None)
        }

    def answers(self):
        """Return what was asked and answered, [(question, answer)], for reading."""
        return [
            (field.label, self._shown(name, field))
            for name, field in self.fields.items()
        ]

    def _shown(self, name, field):
        value = getattr(self.instance, name)
        if isinstance(field, forms.ChoiceField):
            return dict(self.instance._meta.get_field(name).flatchoices).get(value, "")
        if isinstance(value, datetime.date):
            return value
        return "" if value is None else value

    def save(self):
        """Keep this page's fields, and nothing that another tab may have written."""
        self.instance.save(update_fields=list(self._meta.fields))
        return self.instance


class ExactText(forms.CharField):
    """Text that is kept exactly as it was typed, spaces included."""

    def __init__(self, **kwargs):
        super().__init__(**kwargs | {"strip": False})

    def validate(self, value):
        super().validate(value)
        if self.required and not value.strip():
            raise ValidationError(self.error_messages["required"], "required")


class Telephone(ExactText):
    """A number that somebody can dial: four digits at the least."""

    default_validators = [
        RegexValidator(
            r"^ *\+?(?=(?:[^0-9]*[0-9]){4})[0-9 ()/.-]{5,}\Z",
            gettext_lazy(
                "Type a telephone number in digits, for example 020 7946 0123."
            ),
        )
    ]


class Email(forms.EmailField):
    """An address; spaces around it are not its own, and spaces alone are none."""

    def to_python(self, value):
        return super().to_python(value) or value or ""


class DateParts(forms.MultiWidget):
    """Day, month and year to type: quicker than a calendar for a birthday."""

    use_fieldset = True

    def __init__(self):
        number = {"inputmode": "numeric", "autocomplete": "off"}
        super().__init__(
            {
                "day": forms.TextInput(number | {"maxlength": 2}),
                "month": forms.TextInput(number | {"maxlength": 2}),
                "year": forms.TextInput(number | {"maxlength": 4}),
            }
        )

    def decompress(self, value):
        return [value.day, value.month, value.year] if value else [None, None, None]


class BirthDateField(forms.MultiValueField):
    """A day in the past, typed in three parts."""

    widget = DateParts
    default_error_messages = {
        "invalid": gettext_lazy("Type a real date in numbers, for example 27 3 1986."),
        "incomplete": gettext_lazy("Type day, month and year, for example 27 3 1986."),
        "future": gettext_lazy(
            "This date is still to come. Type your date of birth, for example 27 3 1986."
        ),
        "too_old": gettext_lazy("Check the year: type all four digits, as in 1986."),
    }

    def __init__(self, **kwargs):
        super().__init__(
            [forms.CharField(max_length=10) for _part in range(3)],
            require_all_fields=False,
            **kwargs,
        )

    def compress(self, parts):
        if not parts:
            return None
        try:
            day, month, year = (int(part) for part in parts)
            born = datetime.date(year, month, day)
        except (ValueError, OverflowError):
            raise ValidationError(self.error_messages["invalid"], "invalid") from None
        today = timezone.localdate()
        if born > today:
            raise ValidationError(self.error_messages["future"], "future")
        if born.year < today.year - 120:
            raise ValidationError(self.error_messages["too_old"], "too_old")
        return born
