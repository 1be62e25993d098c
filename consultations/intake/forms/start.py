"""Spam protection of the intake (honeypot, timing check), and the form for the private link."""

from time import time

from crispy_forms.helper import FormHelper
from django import forms
from django.core import signing
from django.utils.translation import gettext_lazy as lazy

from consultations.intake.forms.fields import own_device_field
from scarclinic.staff.text.forms import EmailField

SALT = "consultations.opened"
TOO_QUICK_SECONDS = 1


class HoneypotForm(forms.Form):
    """Honeypot field and timing check. It marks an intake as suspected and refuses nobody.

    `website` is hidden from people: only a robot fills it in. `opened` is when the page
    was shown, signed. `drafts.suspect` decides.
    """

    website = forms.CharField(
        label=lazy("Leave this empty"),
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "off", "tabindex": "-1"}),
    )
    opened = forms.CharField(required=False, widget=forms.HiddenInput)

    def __init__(self, data=None):
        super().__init__(data, auto_id="%s")
        self.initial["opened"] = signing.dumps(time(), salt=SALT)

    @property
    def is_trapped(self):
        """Return whether the honeypot field was filled in."""
        return bool(self["website"].value())

    @property
    def is_quick(self):
        """Return whether it was sent within a second of being shown.

        A clock that was put back, or a time that is not ours, is no robot.
        """
        try:
            opened = signing.loads(self["opened"].value() or "", salt=SALT)
        except signing.BadSignature:
            return False
        return 0 <= time() - opened < TOO_QUICK_SECONDS


class OwnDeviceForm(forms.Form):
    """Whose device it is, asked at the start."""

    is_own = own_device_field()

    def __init__(self, data=None):
        super().__init__(data, auto_id="%s")
        self.helper = FormHelper()
        self.helper.form_tag = False
        self.helper.include_media = False
        self.helper.disable_csrf = True
        self.helper.mark_optional = False


class SendLinkForm(forms.Form):
    """Where to send the private link, for who would like that."""

    email = EmailField(
        label=lazy("E-mail address"),
        help_text=lazy("The e-mail says nothing about your health."),
        error_messages={
            "required": lazy("Type your e-mail address."),
            "invalid": lazy("Type a whole e-mail address, as in name@example.org."),
        },
        max_length=254,
        widget=forms.EmailInput(attrs={"autocomplete": "email"}),
    )

    def __init__(self, data=None, **kwargs):
        super().__init__(data, auto_id="%s", **kwargs)
        self.helper = FormHelper()
        self.helper.form_tag = False
        self.helper.include_media = False
