"""Pages about the person with validation beyond that of their questions."""

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy

from consultations.intake.forms.page import PageForm
from consultations.intake.questions.about_person import has_second_access
from consultations.letters import sms
from consultations.models import Way
from methods.models.clinic import country_code
from scarclinic.staff.text import emails
from scarclinic.staff.text.telephones import to_e164


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
    with_consent = lazy(
        "At your age you agree, and a parent or guardian as well. They get a private link "
        "of their own. Until they have agreed we sign no plan for you; we read what you "
        "send all the same, and call you. They read the plan, but not your answers."
    )
    without_consent = lazy(
        "At your age you agree for yourself. A doctor sees you together with a parent or "
        "guardian, so we ask who that is. With an e-mail address they get a private link "
        "of their own: they read the plan, but not your answers."
    )
    beside_patient = lazy(
        "At this age your child agrees as well, by a private link of their own, and reads "
        "the plan there. Until then we sign no plan."
    )

    def __init__(self, data=None, **kwargs):
        super().__init__(data, **kwargs)
        is_child = self.route.is_child
        self.intro = self._intro(is_child=is_child)
        self.fields["guardian_telephone"].required = is_child

    def _intro(self, *, is_child):
        if self.row.is_for_child:
            return self.by_guardian if is_child else self.beside_patient
        if is_child:
            return self.for_child
        return self.with_consent if self._must_agree else self.without_consent

    @property
    def _must_agree(self):
        """Return whether a guardian has to agree beside the patient who writes."""
        return self.row.needs_guardian_on(self.route.day)

    def clean(self):
        super().clean()
        if self.errors or "second_email" not in self.fields:
            return self.cleaned_data
        email = self.cleaned_data["second_email"]
        if self._must_agree and not (email or self.cleaned_data["guardian_telephone"]):
            self.add_error(
                "second_email",
                _(
                    "Give an e-mail address or a telephone number of your parent or "
                    "guardian: we ask them to agree."
                ),
            )
        if emails.is_one_mailbox(email, self.row.email):
            self.add_error("second_email", EACH_THEIR_OWN)
        return self.cleaned_data


EACH_THEIR_OWN = lazy(
    "Patient and guardian each need an e-mail address of their own: each gets a private "
    "link. Give another one, or leave it empty."
)


class ContactForm(PageForm):
    """The ways by which we may reach the patient, whichever they are."""

    none_chosen = lazy("Tick at least one way to reach you.")
    no_country = lazy(
        "For a text message, type the number with its country code: +44 …"
    )

    def add_fields(self):
        super().add_fields()
        ways = self.fields["ways"]
        ways.error_messages["required"] = self.none_chosen
        if not sms.is_offered():
            ways.choices = [each for each in ways.choices if each[0] != Way.SMS]
        if not self.row.ways and self.row.email:
            # It was given for the link: seen here, and not kept unasked.
            self.initial["ways"] = [Way.EMAIL]

    def clean(self):
        cleaned = super().clean()
        telephone, email = cleaned.get("telephone"), cleaned.get("email")
        is_for_sms = telephone and Way.SMS in (cleaned.get("ways") or [])
        # One that only we can dial is known to nobody who sends text messages.
        if is_for_sms and not to_e164(telephone, country_code()):
            self.add_error("telephone", self.no_country)
        if has_second_access(self.row) and emails.is_one_mailbox(
            email, self.row.second_email
        ):
            self.add_error("email", EACH_THEIR_OWN)
        return cleaned
