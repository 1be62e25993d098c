"""The form of a message to the clinic: words, and a photo where photos may be kept."""

from crispy_forms.helper import FormHelper
from django import forms
from django.conf import settings
from django.utils.translation import gettext_lazy as lazy

from consultations.intake.forms.fields import ExactText
from consultations.intake.forms.photos import LaterPhotoForm
from consultations.models import Message


class MessageForm(forms.Form):
    """A message in the patient's own words; with a photo it may have none."""

    text = ExactText(
        label=lazy("Your message"),
        max_length=Message.MOST_LETTERS,
        widget=forms.Textarea(attrs={"rows": 5}),
        error_messages={"required": lazy("Write your message, then send it.")},
    )

    def __init__(self, data=None, *, has_photo=False):
        super().__init__(data, auto_id="message-%s")
        self.fields["text"].required = not has_photo
        self.fields["text"].read_within = settings.ANSWER_WITHIN_DAYS
        self.helper = FormHelper()
        self.helper.form_tag = False
        self.helper.include_media = False
        self.helper.error_summary = False
        self.helper.disable_csrf = True


class MessagePhotoForm(LaterPhotoForm):
    """A photo that goes with a message, of one of the scars; or none."""

    def __init__(self, data=None, files=None, *, intake, scars):
        super().__init__(data, files, intake=intake, scars=scars)
        has_photo = bool(files and files.get("photo"))
        self.fields["photo"].required = False
        self.fields["photo"].label = lazy("Add a photo, if you like")
        if "scar" in self.fields:
            self.fields["scar"].required = has_photo
        self.helper.disable_csrf = True

    def clean_photo(self):
        return super().clean_photo() if self.cleaned_data.get("photo") else None
