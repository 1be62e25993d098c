"""Forms of the private link: date of birth to open it, a contact if it is lost."""

from typing import NamedTuple

from crispy_forms.helper import FormHelper
from django import forms
from django.utils.translation import gettext_lazy as lazy

from consultations.intake import references
from consultations.intake.forms.fields import BirthDateField, own_device_field
from methods.models.clinic import country_code
from scarclinic.staff.text import emails, telephones
from scarclinic.staff.text.forms import LineField


class BirthDateForm(forms.Form):
    """The birthday of whom the answers are about."""

    date_of_birth = BirthDateField(
        label=lazy("When were you born?"),
        help_text=lazy(
            "In numbers, for example 27 3 1986. If you answer for a child: when the "
            "child was born."
        ),
        error_messages={
            "required": lazy("Type your date of birth."),
            "wrong": lazy(
                "This is not the date in the answers. Check day, month and year."
            ),
        },
    )

    def __init__(self, data=None):
        super().__init__(data, auto_id="%s")
        self.helper = FormHelper()
        self.helper.form_tag = False
        self.helper.include_media = False

    def refuse(self):
        """Say that it is another date."""
        field = self.fields["date_of_birth"]
        self.add_error("date_of_birth", field.error_messages["wrong"])


class OpenForm(BirthDateForm):
    """The date of birth with which a device opens a link, and whose device it is."""

    is_own = own_device_field()


class Contact(NamedTuple):
    """By what somebody who has lost a link says who they are, in one spelling."""

    kind: str
    """"email", "telephone" or "reference"."""
    value: str


class ContactField(LineField):
    """An e-mail address, a telephone number or a reference, as a `Contact`."""

    def to_python(self, value):
        text = super().to_python(value)
        if not text or isinstance(text, Contact):
            return text
        if "@" in text:
            return Contact("email", emails.canonical(text))
        reference = references.normalised(text)
        if reference and any(map(str.isalpha, text)):
            return Contact("reference", reference)
        try:
            e164 = telephones.to_e164(text, country_code())
        except forms.ValidationError:
            # One of digits alone is rare.
            if reference:
                return Contact("reference", reference)
            raise forms.ValidationError(self.error_messages["unread"]) from None
        return Contact("telephone", e164 or telephones.digits_of(text))


class LostLinkForm(BirthDateForm):
    """Whose link is lost: a contact of theirs, or the reference, and a birthday."""

    contact = ContactField(
        label=lazy("E-mail address, telephone number or reference"),
        help_text=lazy(
            "The address or number that you gave us in your answers, or the reference, "
            "such as F7K-9QD-M, which stands in each letter of ours."
        ),
        max_length=254,
        widget=forms.TextInput(attrs={"autocomplete": "email", "spellcheck": "false"}),
        error_messages={
            "required": lazy(
                "Type your e-mail address, telephone number or reference."
            ),
            "unread": lazy(
                "Type a whole e-mail address, a telephone number with its area code, or "
                "the reference."
            ),
        },
    )

    field_order = ["contact", "date_of_birth"]
