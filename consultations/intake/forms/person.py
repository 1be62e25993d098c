"""Pages about the person with validation beyond that of their questions."""

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy

from consultations.intake.forms.page import PageForm


class YouForm(PageForm):
    """For whom, how old, and the consent to read what follows."""

    def _change(self, answers):
        changed = super()._change(answers)
        # Who decides depends on the date of birth, which stands on the same page.
        self.route.forget("consents")
        return changed


class GuardianForm(PageForm):
    """Parent or guardian of a child (telephone required) or of a minor."""

    for_child = lazy(
        "Please fill this in together with a parent or guardian. At your age they decide "
        "with us, so we need to know who they are."
    )
    by_guardian = lazy(
        "You decide with us about your child, so we need to know who you are."
    )
    for_minor = lazy(
        "At your age a doctor sees you together with a parent or guardian. So we ask who "
        "that is."
    )

    def __init__(self, data=None, **kwargs):
        super().__init__(data, **kwargs)
        is_child = self.route.is_child
        self.intro = self.for_child if is_child else self.for_minor
        if self.row.is_for_child:
            self.intro = self.by_guardian
        self.fields["guardian_telephone"].required = is_child


class ContactForm(PageForm):
    """One way to reach the patient at least; after a red flag, by telephone."""

    def clean(self):
        email = self.cleaned_data.get("email")
        telephone = self.cleaned_data.get("telephone")
        self.boxes.clean()
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
