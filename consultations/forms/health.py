"""A page of health questions, made from the rows that staff write."""

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy

from consultations.forms.base import CompactRadios, StepForm
from consultations.models import YES_NO, Answer, Intake
from methods.vocabulary import QuestionGroup

WHY = {
    QuestionGroup.CHANGES: lazy(
        "We ask this early: some changes should be seen by a doctor soon."
    ),
    QuestionGroup.INFECTION: lazy(
        "We ask because skin is not treated during an infection, and cold sores can "
        "come back after a treatment."
    ),
    QuestionGroup.SKIN: lazy(
        "We ask because other conditions of the skin can flare up where it is treated."
    ),
    QuestionGroup.PREGNANCY: lazy(
        "We ask because many treatments and creams wait until later. If this does not "
        "concern you, tick the last box."
    ),
    QuestionGroup.MEDICINES: lazy(
        "We ask because some medicines change how skin bleeds, heals or meets light. "
        "Keep taking them."
    ),
    QuestionGroup.HEALTH: lazy(
        "We ask because your health decides what we may think of, and how you heal."
    ),
    QuestionGroup.IMPLANTS: lazy(
        "We ask because current and laser light act on metal, devices and tattoos."
    ),
    QuestionGroup.ALLERGIES: lazy(
        "We ask so that nothing is planned that you react to."
    ),
}
"""Why a page of questions is there, in a sentence."""


class HealthForm(StepForm):
    """Yes, no or not sure to every question of one group.

    "None of these" is an answer that the patient gives; a blank alone is never "no".
    """

    # The route tells the answers, also those to questions asked no longer.
    has_facts = False
    # No code of a finding has a hyphen.
    NONE = "none-of-these"

    class Meta:
        model = Intake
        fields = []

    def __init__(self, data=None, *, group, **kwargs):
        super().__init__(data, **kwargs)
        self.group = group
        self.questions = self.route.questions[group]
        for question in self.questions:
            self.fields[question.code] = forms.ChoiceField(
                label=question.question,
                help_text=question.hint,
                choices=YES_NO,
                required=False,
                initial=self._given(question),
                widget=CompactRadios,
            )
        if len(self.questions) > 1:
            self.fields[self.NONE] = forms.BooleanField(
                label=_("None of these: no to every question that I left open"),
                required=False,
            )
        self.helper.mark_optional = False

    @property
    def title(self):
        return QuestionGroup(self.group).label

    @property
    def intro(self):
        return WHY[self.group]

    @property
    def slug(self):
        return f"health-{self.group}"

    def clean(self):
        is_none = self.cleaned_data.get(self.NONE)
        for question in self.questions:
            if (
                question.code not in self.errors
                and not self.cleaned_data[question.code]
            ):
                if is_none:
                    self.cleaned_data[question.code] = "no"
                else:
                    self.add_error(
                        question.code,
                        _("Choose yes, no or not sure: %(question)s")
                        % {"question": question.question},
                    )
        return self.cleaned_data

    def _given(self, question):
        answer = self.route.given.get(question.pk)
        return answer.value if answer else ""

    def answers(self):
        """Return the answers beside the words that were asked at the time."""
        return [
            (answer.question, answer.get_value_display())
            for question in self.questions
            if (answer := self.route.given.get(question.pk))
        ]

    def save(self):
        Answer.objects.bulk_create(
            [
                Answer(
                    intake=self.instance,
                    finding=question,
                    question=question.question,
                    value=self.cleaned_data[question.code],
                )
                for question in self.questions
            ],
            update_conflicts=True,
            unique_fields=["intake", "finding"],
            update_fields=["question", "value"],
        )
        return self.instance
