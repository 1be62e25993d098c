"""The pages about the person: who, skin, medicines, feelings, wishes, contact."""

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy

from consultations.intake.forms.base import (
    BirthDateField,
    CompactRadios,
    Email,
    ExactText,
    StepForm,
    Telephone,
)
from consultations.models import Intake, Scar
from methods.protocol import thresholds
from methods.protocol.vocabulary import Isotretinoin

MOST_SCARS = 8


class YouForm(StepForm):
    slug = "you"
    title = lazy("About you")
    intro = lazy(
        "We begin with who you are. If the scar is your child’s, answer for your child."
    )

    date_of_birth = BirthDateField(
        label=lazy("When were you born?"),
        help_text=lazy(
            "In numbers, for example 27 3 1986. We ask because some treatments have an "
            "age, and because the date opens your answers on another device."
        ),
    )

    class Meta:
        model = Intake
        fields = ["name", "date_of_birth"]
        labels = {"name": lazy("What is your name?")}
        help_texts = {"name": lazy("As we should call you on the telephone.")}
        widgets = {"name": forms.TextInput(attrs={"autocomplete": "name"})}
        field_classes = {"name": ExactText}

    def __init__(self, data=None, **kwargs):
        super().__init__(data, **kwargs)
        self.fields["name"].required = True

    def facts(self, on):
        age = self.instance.age_on(on)
        return {} if age is None else {"age_years": age, **own_ages()}


def own_ages():
    """Return the ages that this clinic sets otherwise than the clinical reference."""
    ages = {
        "child_below": (settings.CHILD_BELOW, thresholds.CHILD_BELOW),
        "minor_below": (settings.MINOR_BELOW, thresholds.MINOR_BELOW),
    }
    return {name: own for name, (own, common) in ages.items() if own != common}


class MoreScarsForm(StepForm):
    slug = "more-scars"
    title = lazy("Another scar?")
    has_facts = False

    another = forms.ChoiceField(
        label=lazy("Do you want to tell us about another scar?"),
        help_text=lazy("Scars that look alike and lie together count as one."),
        choices=[("yes", lazy("Yes, another one")), ("no", lazy("No, go on"))],
        widget=forms.RadioSelect,
    )

    class Meta:
        model = Intake
        fields = []

    def clean_another(self):
        another = self.cleaned_data["another"]
        if another == "yes" and len(self.route.scars) >= MOST_SCARS:
            raise ValidationError(
                _(
                    "You have described %(count)d. Tell us about the others when we talk."
                )
                % {"count": MOST_SCARS}
            )
        return another

    @property
    def adds_a_scar(self):
        """Return whether this page leads back to the questions about a scar."""
        return self.cleaned_data["another"] == "yes"

    def answers(self):
        return []

    def save(self):
        number = self.route.scars[-1].number
        # Pressed twice, "another one" leads to the one that waits for its answers.
        is_begun = any(key.endswith(f"/{number}") for key in self.instance.done)
        if self.adds_a_scar and is_begun:
            Scar.objects.create(intake=self.instance, number=number + 1)
        return self.instance


class SkinForm(StepForm):
    slug = "skin"
    title = lazy("Your skin and the sun")
    intro = lazy(
        "We ask because light and peels act otherwise on darker or tanned skin, and on "
        "skin with acne."
    )

    class Meta:
        model = Intake
        fields = ["fitzpatrick", "tan", "active_acne"]
        labels = {
            "fitzpatrick": lazy("What happens when your skin meets the midday sun?"),
            "tan": lazy(
                "When was the scar last in the sun, on a sunbed or self-tanned?"
            ),
            "active_acne": lazy("Do you have acne now?"),
        }
        help_texts = {
            "fitzpatrick": lazy("Early in summer, after about an hour, with no cream.")
        }

    def __init__(self, data=None, **kwargs):
        super().__init__(data, **kwargs)
        self.fields["fitzpatrick"].choices = [
            ("1", _("It always burns and never tans")),
            ("2", _("It usually burns, then tans a little")),
            ("3", _("It sometimes burns mildly, then tans evenly")),
            ("4", _("It rarely burns and always tans well")),
            ("5", _("It very rarely burns and tans very easily; it is dark brown")),
            ("6", _("It never burns; it is deep brown or black")),
            ("unknown", _("Not sure")),
        ]

    def _shown(self, name, field):
        if name == "fitzpatrick":
            return dict(field.choices).get(self.instance.fitzpatrick, "")
        return super()._shown(name, field)

    def facts(self, on):
        facts = super().facts(on)
        if facts.get("fitzpatrick", "unknown") != "unknown":
            facts["fitzpatrick"] = int(facts["fitzpatrick"])
        if tan := facts.pop("tan", ""):
            facts["tan_weeks"] = weeks_ago(tan)
        return facts


def weeks_ago(band):
    """Return a band's fact: the fewest weeks it can be, None for none, or "unknown"."""
    return {"none": None, "unknown": "unknown"}[band] if band.isalpha() else int(band)


class MedicineForm(StepForm):
    slug = "isotretinoin"
    title = lazy("Acne tablets")
    intro = lazy(
        "We ask because two treatments wait until these tablets are long over."
    )

    class Meta:
        model = Intake
        fields = ["isotretinoin", "isotretinoin_stopped_months"]
        labels = {
            "isotretinoin": lazy(
                "Do you take isotretinoin (Roaccutane, Accutane), or did you once?"
            ),
            "isotretinoin_stopped_months": lazy(
                "If you stopped: how many whole months ago?"
            ),
        }
        help_texts = {
            "isotretinoin": lazy("Tablets for severe acne. Keep taking what you take."),
            "isotretinoin_stopped_months": lazy("Leave it empty if you are not sure."),
        }
        widgets = {
            "isotretinoin_stopped_months": forms.NumberInput(
                attrs={"min": 0, "max": 1200, "unit": lazy("months")}
            )
        }

    def clean(self):
        if self.cleaned_data.get("isotretinoin") != Isotretinoin.STOPPED:
            self.cleaned_data["isotretinoin_stopped_months"] = None
        return self.cleaned_data


class ConditionForm(StepForm):
    slug = "conditions"
    title = lazy("Diabetes and connective tissue")
    intro = lazy("We ask because both can change how a wound heals.")

    class Meta:
        model = Intake
        fields = ["diabetes", "ctd"]
        labels = {
            "diabetes": lazy("Do you have diabetes?"),
            "ctd": lazy("Do you have a disease of the connective tissue?"),
        }


class RecentForm(StepForm):
    slug = "recent"
    title = lazy("Recent treatments of the skin")
    intro = lazy("We ask because skin needs time between two treatments.")

    class Meta:
        model = Intake
        fields = ["recent_filler", "recent_resurfacing"]
        labels = {
            "recent_filler": lazy(
                "When did you last have a filler at or near the scar?"
            ),
            "recent_resurfacing": lazy(
                "When did you last have a peel, needling or laser at or near the scar?"
            ),
        }

    def facts(self, on):
        return {
            f"{name}_weeks": weeks_ago(band) for name, band in super().facts(on).items()
        }


class FeelingsForm(StepForm):
    slug = "feelings"
    title = lazy("How it affects you")
    intro = lazy(
        "We ask everyone. A scar can weigh more than others see, and then we want to talk "
        "before anything is done."
    )

    class Meta:
        model = Intake
        fields = ["preoccupied", "checks_often", "distressed"]
        labels = {
            "preoccupied": lazy(
                "Do you think about it a lot, although others say that they hardly see it?"
            ),
            "checks_often": lazy(
                "Do you check, compare or hide it again and again, for an hour a day or "
                "more?"
            ),
            "distressed": lazy(
                "Does this make you very unhappy, or keep you from work, school or people?"
            ),
        }
        widgets = dict.fromkeys(fields, CompactRadios)

    def facts(self, on):
        return {"bdd_screen": self.instance.bdd_screen} if super().facts(on) else {}


class WishesForm(StepForm):
    slug = "wishes"
    title = lazy("What you wish for")

    wants = forms.MultipleChoiceField(
        label=lazy("Is there a treatment that you would like to ask about?"),
        help_text=lazy("Leave it empty if you have none in mind."),
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )

    class Meta:
        model = Intake
        fields = ["wants", "wish"]
        labels = {"wish": lazy("What would you like to be different?")}
        widgets = {"wish": forms.Textarea(attrs={"rows": 4})}
        field_classes = {"wish": ExactText}

    def __init__(self, data=None, **kwargs):
        super().__init__(data, **kwargs)
        self.fields["wants"].choices = self.route.treatment_choices()

    def facts(self, on):
        known = self.route.treatment_slugs()
        return {"wants": [slug for slug in self.instance.wants if slug in known]}

    def _shown(self, name, field):
        if name == "wants":
            return self.route.shown_choices(self.instance.wants, field)
        return super()._shown(name, field)


class ContactForm(StepForm):
    slug = "contact"
    title = lazy("How we reach you")
    has_facts = False
    intro = lazy(
        "We use this for your answers only: to ask you something, or to tell you that we "
        "have written to you."
    )

    class Meta:
        model = Intake
        fields = ["email", "telephone"]
        labels = {
            "email": lazy("E-mail address"),
            "telephone": lazy("Telephone number"),
        }
        help_texts = {
            "email": lazy("Give one of the two, or both."),
            "telephone": lazy("With the country code if it is not from here."),
        }
        widgets = {
            "email": forms.EmailInput(attrs={"autocomplete": "email"}),
            "telephone": forms.TextInput(
                attrs={"autocomplete": "tel", "inputmode": "tel"}
            ),
        }
        field_classes = {"email": Email, "telephone": Telephone}

    def __init__(self, data=None, **kwargs):
        super().__init__(data, **kwargs)
        self.helper.mark_optional = False

    def clean(self):
        email = self.cleaned_data.get("email")
        telephone = self.cleaned_data.get("telephone")
        if self.errors:
            return self.cleaned_data
        # Of a young person we have the guardian's number already.
        known = telephone or (self.route.is_minor and self.instance.guardian_telephone)
        if self.route.red_flags and not known:
            self.add_error(
                "telephone", _("Type a telephone number: we want to call you.")
            )
        elif not (email or telephone):
            self.add_error("email", _("Give an e-mail address or a telephone number."))
        return self.cleaned_data
