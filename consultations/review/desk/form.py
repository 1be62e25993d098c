"""Forms of the desk. Nothing is pre-selected."""

from django import forms
from django.conf import settings
from django.forms.utils import ErrorDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy

from consultations.models import (
    INCLUDED,
    Choice,
    How,
    MessageTemplate,
    OverrideReason,
)
from consultations.review import examined, pathways, plan_rules
from consultations.review.plan_rules import NO_WISH, is_against_a_wish
from consultations.review.workflow import Decided, needs_reason
from consultations.review.workflow.deciding import FIELDS, OPEN, WORDS, decided_of
from methods.protocol.vocabulary import Line
from scarclinic.staff.text.forms import (
    AmountField,
    DateField,
    LineField,
    NumberField,
)

# Where a template for some use goes, if the field is not called the same.
FIELD_OF = {MessageTemplate.Use.SUN: "sun_protection"}


def key_of(card):
    """Return the suffix of a card's field names: scar and method, stable over rounds.

    So nothing typed is lost when a patient's answer deals the cards anew.
    """
    return f"{card.assessment.scar.number}-{card.revision.subject_id}"


def _number(most):
    return NumberField(required=False, min_value=1, max_value=most)


def meant(said, proposed):
    """Return {name: value} without what only the pathway proposes for a card.

    That counts once somebody includes the treatment.
    """
    if said.get("choice") in INCLUDED:
        return said
    return {
        name: getattr(OPEN, name)
        if value and str(value) == proposed.get(name)
        else value
        for name, value in said.items()
    }


NOT_DISCUSSED = lazy("Not discussed.")


def is_rest(card):
    """Return whether a card may be left out with all others like it, in one press.

    Only an adjunct, and none that the patient asked about: that one hears why.
    """
    wants = card.assessment.facts.get("wants") or ()
    return (
        card.is_option
        and card.line == Line.ADJUNCT
        and card.revision.content["slug"] not in wants
    )


def _dose():
    return AmountField(required=False, min_value=0, max_value=99_999, decimal_places=2)


class DecisionForm(forms.Form):
    """The decision on one card. The template writes its inputs: a desk has thousands."""

    choice = forms.ChoiceField(required=False, choices=[("", ""), *Choice.choices])
    reason = forms.CharField(required=False, max_length=500)
    override_reason = forms.ChoiceField(
        required=False, choices=[("", ""), *OverrideReason.choices]
    )
    patient_words = forms.CharField(required=False, max_length=500)
    area = LineField(required=False, max_length=120)
    device_settings = LineField(required=False, max_length=200)
    sessions = _number(99)
    weeks_apart = _number(520)
    before = LineField(required=False, max_length=400)
    measure = LineField(required=False, max_length=400)
    dose = _dose()
    second_dose = _dose()
    position = _number(99)
    not_before = DateField(required=False)
    seconds = forms.IntegerField(required=False, min_value=0, max_value=86_400)

    def __init__(self, data, *, decision, proposed=None):
        self.card = decision.card
        self.key = key_of(decision.card)
        self.proposed = proposed or {}
        super().__init__(data)

    def add_prefix(self, field_name):
        return f"{field_name}-{self.key}"

    def clean(self):
        values = {"method": self.card.title}
        choice = self.cleaned_data.get("choice")
        if needs_reason(self.card, choice):
            if not self.cleaned_data.get("override_reason"):
                self.add_error(
                    "override_reason",
                    _("%(method)s: choose why you include it against the card.")
                    % values,
                )
            elif is_against_a_wish(self.card, self.cleaned_data["override_reason"]):
                self.add_error("override_reason", NO_WISH % values)
            if not self.cleaned_data.get("reason"):
                self.add_error(
                    "reason",
                    _("%(method)s: say in words why you include it against the card.")
                    % values,
                )
            if not self.cleaned_data.get("patient_words"):
                self.add_error(
                    "patient_words",
                    _("%(method)s: tell the patient in words why, against the card.")
                    % values,
                )
        changes = ("area", "device_settings", "sessions", "weeks_apart")
        if choice == Choice.CHANGED and not any(
            self.cleaned_data.get(name) or name in self.errors for name in changes
        ):
            self.add_error(
                "area",
                _("%(method)s: say what you change: area, settings or sessions.")
                % values,
            )
        return self.cleaned_data

    def included(self):
        """Return the `Decided` that includes the card as it is typed."""
        said = {name: self.cleaned_data[name] for name in FIELDS}
        return Decided(**{**said, "choice": Choice.INCLUDE})

    def decided(self):
        """Return the `Decided` of a valid form."""
        said = {name: self.cleaned_data[name] for name in FIELDS}
        return Decided(**meant(said, self.proposed))


class DeskForm(forms.Form):
    """A decision for every card, and what is written to the patient."""

    edits = forms.IntegerField(widget=forms.HiddenInput)
    note = forms.CharField(
        label=lazy("Message to the patient"),
        help_text=lazy("The patient reads it above the plan, once you have signed."),
        max_length=4000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 6}),
    )
    home_care = forms.CharField(
        label=lazy("Care at home"),
        max_length=2000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    sun_protection = forms.CharField(
        label=lazy("Sun protection"),
        max_length=1000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
    )

    departure = forms.CharField(
        label=lazy("Why this plan departs from the protocol"),
        help_text=lazy(
            "Needed where the plan breaks what belongs together or in order, or where a "
            "dose is high. The patient reads it."
        ),
        max_length=1000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
    )

    def __init__(self, data=None, *, plan, may_change):
        self.plan = plan
        self.decisions = plan.current_decisions
        self.titles = {
            each.card.revision.content["slug"]: each.card.title
            for each in self.decisions
        }
        initial = {name: getattr(plan, name) for name in (*WORDS, "edits")}
        super().__init__(data, initial=initial)
        for field in self.fields.values():
            field.disabled = not may_change
        self.cards = [
            DecisionForm(data, decision=decision, proposed=self.proposed(decision.card))
            for decision in (self.decisions if self.is_bound else ())
        ]

    def is_valid(self):
        """Return whether the texts and every decision are valid."""
        return all([super().is_valid(), *(card.is_valid() for card in self.cards)])

    def proposed(self, card):
        """Return what the pathway proposes for a card's fields, {name: text}."""
        # In a checklist nothing is proposed.
        return {} if settings.CHECKLIST_MODE else pathways.proposed(card, self.titles)

    def is_with(self, card, slug):
        """Return whether what belongs to a card was ticked to be included with it."""
        return self.is_bound and slug in self.data.getlist(f"with-{key_of(card)}")

    def typed(self, decision):
        """Return the values of a card's fields, {name: text}: posted, else saved.

        On an open card what is empty begins with what the pathway proposes.
        """
        key = key_of(decision.card)
        if self.is_bound:
            return {name: self.data.get(f"{name}-{key}", "") for name in FIELDS}
        saved = decided_of(decision)
        values = {
            name: "" if (value := getattr(saved, name)) is None else str(value)
            for name in FIELDS
        }
        if saved.choice:
            return values
        proposed = self.proposed(decision.card)
        return {name: text or proposed.get(name, "") for name, text in values.items()}

    @property
    def wrong(self):
        """Return all errors, {id of the field: text}, in the page's order."""
        wrong = {
            f"{name}-{card.key}": " ".join(errors)
            for card in self.cards
            for name, errors in card.errors.items()
        }
        own = {
            self[name].id_for_label: " ".join(errors)
            for name, errors in self.errors.items()
        }
        return wrong | own

    def choices(self):
        """Return the decisions as `workflow.decide` takes them.

        What belongs to an included treatment is included too, where it is ticked.
        """
        decided = {form.card.pk: form.decided() for form in self.cards}
        if "_rest" in self.data:
            decided |= {
                form.card.pk: Decided(Choice.NOT_INCLUDED, str(NOT_DISCUSSED))
                for form in self.cards
                if not decided[form.card.pk].choice and is_rest(form.card)
            }
        forms_of = {
            (form.card.assessment.pk, form.card.revision.content["slug"]): form
            for form in self.cards
        }
        for form in self.cards:
            if decided[form.card.pk].choice not in INCLUDED:
                continue
            for slug in self.data.getlist(f"with-{form.key}"):
                other = forms_of.get((form.card.assessment.pk, slug))
                if other and slug in form.card.together:
                    said = decided[other.card.pk]
                    if not said.choice:
                        decided[other.card.pk] = other.included()
        return decided

    def words(self):
        """Return the texts for the patient, {name: text}, and what the reason is for."""
        words = {name: self.cleaned_data[name] for name in WORDS}
        ticked = self.ticked
        if ticked:
            # As the page showed them: of the plan before it is saved.
            departures = plan_rules.departures(self.plan)
            ticked = [each for each in departures if each in ticked]
        return words | {"departures_seen": ticked}

    @property
    def ticked(self):
        """Return the departures that the reason is for: as posted, else as saved."""
        if self.is_bound:
            return self.data.getlist("departures_seen")
        return self.plan.departures_seen

    def unchecked(self, template):
        """Return the form as it is typed, with a `MessageTemplate` added if there is one.

        Nothing is called wrong: half a page is no mistake while somebody writes.
        """
        data = self.data.copy()
        if template:
            field = FIELD_OF.get(template.use, template.use)
            typed = data.get(field, "").rstrip()
            data[field] = "\n\n".join(filter(None, [typed, template.text]))
        form = DeskForm(data, plan=self.plan, may_change=True)
        for each in (form, *form.cards):
            each._errors = ErrorDict()
        return form

    def over(self, plan):
        """Return the posted form with the plan's current edit count."""
        data = self.data.copy()
        data["edits"] = plan.edits
        form = DeskForm(data, plan=plan, may_change=True)
        form.is_valid()
        return form


class SeenForm:
    """What a clinician has seen or asked: a field for each fact, of the person or a scar."""

    HOW = "seen-how"

    def __init__(self, data=None, *, scars, of_person):
        self.data = data or {}
        self.groups = [(None, of_person)]
        self.groups += [(number, examined.OF_SCAR) for number in scars]
        self.wrong = {}

    @staticmethod
    def name_of(number, name):
        """Return the name of a fact's field."""
        return f"seen-{number or 'person'}-{name}"

    def typed(self, number, name):
        return self.data.get(self.name_of(number, name), "").strip()

    @property
    def how(self):
        return self.data.get(self.HOW, "")

    hows = How.choices

    @property
    def is_begun(self):
        return any(
            self.typed(number, name) for number, group in self.groups for name in group
        )

    def found(self):
        """Return what was typed as `workflow.examine` takes it; notes what is wrong."""
        found = {}
        for number, group in self.groups:
            for name, fact in group.items():
                text = self.typed(number, name)
                if not text:
                    continue
                try:
                    found[number, name] = (
                        None if text == TAKE_BACK else fact.parsed(text)
                    )
                except ValueError:
                    self.wrong[self.name_of(number, name)] = _(
                        "%(fact)s: “%(typed)s” is no answer."
                    ) % {"fact": fact.label, "typed": text}
        return found


TAKE_BACK = "as-answered"
"""Typed to let the patient's own answer count again."""


class AskForm(forms.Form):
    """A question to the patient, and which unknown findings it is about."""

    question = forms.CharField(
        label=lazy("Your question, in plain words"),
        max_length=1000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 4}),
    )
    findings = forms.MultipleChoiceField(
        label=lazy("Put these questions again"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )

    def __init__(self, data=None, *, unknown):
        super().__init__(data)
        self.fields["findings"].choices = unknown

    @property
    def is_begun(self):
        """Return whether any of it was posted, so that it stays open."""
        is_posted = "_ask" in self.data or "findings" in self.data
        return is_posted or bool(self["question"].value())


class FirstLookForm(forms.Form):
    """A first impression, written before the cards are shown."""

    first_look = forms.CharField(
        label=lazy("Your own first impression"),
        help_text=lazy(
            "What kind of scar is it, and what would you consider? It is kept as you "
            "write it, and the patient never sees it. Then the cards open."
        ),
        max_length=2000,
        error_messages={
            "required": lazy("Write your first impression in a few words.")
        },
        # Below the desk's form, and part of it: no button of the page forgets it.
        widget=forms.Textarea(attrs={"rows": 4, "form": "desk"}),
    )
