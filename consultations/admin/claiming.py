"""At the desk: a plan goes to a colleague, or comes from one."""

from django import forms
from django.contrib.auth import get_user_model
from django.utils.translation import gettext_lazy as lazy

from consultations.models import HandOver


class ClinicianField(forms.ModelChoiceField):
    def label_from_instance(self, user):
        return user.display_name


def clinicians():
    """Return the accounts of those who may have a plan."""
    named = get_user_model().objects.filter(is_active=True)
    return named.exclude(registration_number="").order_by(
        "first_name", "last_name", "username"
    )


class HandOverForm(forms.Form):
    """To whom a plan goes, and what they should know."""

    prefix = "hand_over"

    to = ClinicianField(
        label=lazy("To"),
        queryset=None,
        empty_label=lazy("(choose)"),
        error_messages={"required": lazy("Choose a colleague.")},
    )
    note = forms.CharField(
        label=lazy("What they should know"),
        help_text=lazy("Only clinicians read it: not the patient, and no download."),
        max_length=HandOver._meta.get_field("text").max_length,
        widget=forms.Textarea(attrs={"rows": 3}),
        error_messages={"required": lazy("Write a few words to your colleague.")},
    )

    def __init__(self, data=None, *, by):
        super().__init__(data)
        self.fields["to"].queryset = clinicians().exclude(pk=by.pk)


def is_handing_over(data):
    """Return whether a note to a colleague is typed, so that no button forgets it."""
    return bool(data.get(f"{HandOverForm.prefix}-note", "").strip())
