"""Forms of the private link: date of birth to open it, e-mail address if it is lost."""

from crispy_forms.helper import FormHelper
from django import forms
from django.utils.translation import gettext_lazy as lazy

from consultations.intake.forms.fields import BirthDateField, own_device_field
from scarclinic.staff.text.forms import EmailField


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


class LostLinkForm(BirthDateForm):
    """Whose link is lost: an e-mail address and a birthday."""

    email = EmailField(
        label=lazy("E-mail address"),
        help_text=lazy("The one that you gave us in your answers."),
        error_messages={"required": lazy("Type your e-mail address.")},
    )

    field_order = ["email", "date_of_birth"]
