"""Who decides with, or for, somebody who is not of age."""

from django import forms
from django.utils.translation import gettext_lazy as lazy

from consultations.intake.forms.base import ExactText, StepForm, Telephone
from consultations.models import Intake


class GuardianForm(StepForm):
    slug = "guardian"
    title = lazy("Your parent or guardian")
    has_facts = False
    for_child = lazy(
        "Please fill this in together with a parent or guardian. At your age they decide "
        "with us, so we need to know who they are."
    )
    for_minor = lazy(
        "At your age a doctor sees you together with a parent or guardian. So we ask who "
        "that is."
    )

    class Meta:
        model = Intake
        fields = ["guardian_name", "guardian_relation", "guardian_telephone"]
        labels = {
            "guardian_name": lazy("What is your parent’s or guardian’s name?"),
            "guardian_relation": lazy("Who is this person to you?"),
            "guardian_telephone": lazy("What is their telephone number?"),
        }
        help_texts = {
            "guardian_telephone": lazy("With the country code if it is not from here.")
        }
        widgets = {
            "guardian_name": forms.TextInput(attrs={"autocomplete": "off"}),
            "guardian_telephone": forms.TextInput(
                attrs={"autocomplete": "off", "inputmode": "tel"}
            ),
        }
        field_classes = {"guardian_name": ExactText, "guardian_telephone": Telephone}

    def __init__(self, data=None, **kwargs):
        super().__init__(data, **kwargs)
        is_child = self.route.is_child
        self.intro = self.for_child if is_child else self.for_minor
        self.fields["guardian_name"].required = True
        self.fields["guardian_telephone"].required = is_child
