"""Pages about the person with validation beyond that of their questions."""

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy

from consultations.intake.forms.page import PageForm
from consultations.models import Scar

MOST_SCARS = 8


class GuardianForm(PageForm):
    """Parent or guardian of a child (telephone required) or of a minor."""

    for_child = lazy(
        "Please fill this in together with a parent or guardian. At your age they decide "
        "with us, so we need to know who they are."
    )
    for_minor = lazy(
        "At your age a doctor sees you together with a parent or guardian. So we ask who "
        "that is."
    )

    def __init__(self, data=None, **kwargs):
        super().__init__(data, **kwargs)
        is_child = self.route.is_child
        self.intro = self.for_child if is_child else self.for_minor
        self.fields["guardian_telephone"].required = is_child


class MoreScarsForm(PageForm):
    """Whether there is another scar; "yes" leads back to the questions about one."""

    another = forms.ChoiceField(
        label=lazy("Do you want to tell us about another scar?"),
        help_text=lazy("Scars that look alike and lie together count as one."),
        choices=[("yes", lazy("Yes, another one")), ("no", lazy("No, go on"))],
        widget=forms.RadioSelect,
        error_messages={
            "required": lazy(
                "Please answer: Do you want to tell us about another scar?"
            )
        },
    )

    def clean_another(self):
        another = self.cleaned_data["another"]
        if another == "yes" and len(self.route.scars) >= MOST_SCARS:
            message = _(
                "You have described %(count)d. Tell us about the others when we talk."
            )
            raise forms.ValidationError(message % {"count": MOST_SCARS})
        return another

    @property
    def adds_a_scar(self):
        """Return whether this page leads back to the questions about a scar."""
        return self.cleaned_data["another"] == "yes"

    def save(self):
        number = self.route.scars[-1].number
        # Pressed twice, "another one" leads to the one that waits for its answers.
        is_begun = any(key.endswith(f"/{number}") for key in self.row.done)
        if self.adds_a_scar and is_begun:
            scar = Scar.objects.create(intake=self.row, number=number + 1)
            self.route.scars.append(scar)
        return []


class ContactForm(PageForm):
    """One way to reach the patient at least; after a red flag, by telephone."""

    def clean(self):
        email = self.cleaned_data.get("email")
        telephone = self.cleaned_data.get("telephone")
        if self.errors:
            return self.cleaned_data
        # Of a young person we have the guardian's number already.
        known = telephone or (self.route.is_minor and self.row.guardian_telephone)
        if self.route.red_flags and not known:
            self.add_error(
                "telephone", _("Type a telephone number: we want to call you.")
            )
        elif not (email or telephone):
            self.add_error("email", _("Give an e-mail address or a telephone number."))
        return self.cleaned_data
