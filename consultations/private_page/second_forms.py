"""Forms of the second access: consent of its own, and where its link goes."""

from crispy_forms.helper import FormHelper
from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy

from consultations.intake.forms.consent import PHOTOS_FIRST
from consultations.models import ConsentPurpose
from consultations.private_page.forms import OpenForm
from scarclinic.staff.text import emails
from scarclinic.staff.text.forms import EmailField


class SecondOpenForm(OpenForm):
    """The patient's birthday, also where a guardian opens the link."""

    def __init__(self, data=None):
        super().__init__(data)
        field = self.fields["date_of_birth"]
        field.label = _("When was the patient born?")
        field.help_text = _(
            "In numbers, for example 27 3 2009. Not your own birthday, if you are the "
            "parent or guardian."
        )


class SecondConsentForm(forms.Form):
    """A box for each purpose; agreed to are the very words that were shown."""

    def __init__(self, data=None, *, versions):
        super().__init__(data, auto_id="%s")
        self.versions = versions
        self.reworded = []
        if self.is_bound:
            self._untick_what_has_other_words()
        for purpose, version in versions.items():
            box = forms.BooleanField(
                label=version.label,
                required=purpose == ConsentPurpose.ASSESSMENT,
                error_messages={
                    "required": _(
                        "Tick the box to agree. Without it no plan is signed."
                    )
                },
            )
            box.is_consent = True
            box.details = (
                _("What this means"),
                [version.explanation, version.withdrawal],
            )
            self.fields[purpose] = box
            self.fields[f"{purpose}-words"] = forms.CharField(
                initial=version.digest, required=False, widget=forms.HiddenInput
            )
        self.helper = FormHelper()
        self.helper.form_tag = False
        self.helper.include_media = False
        self.helper.mark_optional = False

    def _untick_what_has_other_words(self):
        self.data = self.data.copy()
        for purpose, version in self.versions.items():
            if self.data.get(f"{purpose}-words") != version.digest:
                self.reworded.append(purpose)
                self.data.pop(purpose, None)
                self.data[f"{purpose}-words"] = version.digest

    def clean(self):
        for purpose in self.reworded:
            self.errors.pop(purpose, None)
            self.add_error(
                purpose,
                _(
                    "These words are new since you opened the page. Read them, then "
                    "tick the box if you agree."
                ),
            )
        ticked = self.cleaned_data
        if ticked.get(ConsentPurpose.TEACHING) and not ticked.get(
            ConsentPurpose.PHOTOS
        ):
            self.add_error(ConsentPurpose.TEACHING, PHOTOS_FIRST)
        return self.cleaned_data

    @property
    def given(self):
        """Return {purpose: whether it is agreed to}."""
        return {purpose: self.cleaned_data[purpose] for purpose in self.versions}


class SendSecondForm(forms.Form):
    """Where the link of the other one goes."""

    email = EmailField(
        label=lazy("E-mail address"),
        max_length=254,
        error_messages={"required": lazy("Type their e-mail address.")},
        widget=forms.EmailInput(attrs={"autocomplete": "off"}),
    )

    def __init__(self, data=None, *, intake, **kwargs):
        super().__init__(data, auto_id="%s", **kwargs)
        self.intake = intake
        self.helper = FormHelper()
        self.helper.form_tag = False
        self.helper.include_media = False

    def clean_email(self):
        email = self.cleaned_data["email"]
        if emails.is_one_mailbox(email, self.intake.email):
            raise forms.ValidationError(
                _("This is your own address. Give theirs: the link is theirs alone.")
            )
        return email
