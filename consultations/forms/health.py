"""A page of health questions, made from the rows that staff write."""

from django import forms
from django.utils.translation import gettext as _

from consultations.forms.base import CompactRadios, StepForm
from consultations.models import YES_NO, Answer, Intake
from methods.vocabulary import QuestionGroup


class HealthForm(StepForm):
    """Yes, no or not sure to every question of one group.

    "None of these" is an answer that the patient gives; a blank alone is never "no".
    """

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

    def facts(self, on):
        # The route tells the answers, also those to questions asked no longer.
        return {}

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
