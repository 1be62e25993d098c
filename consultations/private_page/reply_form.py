"""A patient's reply to the clinic: words, and the questions that are put again."""

from crispy_forms.helper import FormHelper
from django import forms
from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy

from consultations.intake import answers
from consultations.intake.forms.fields import CompactRadios, ExactText
from consultations.intake.questions.health import (
    ASKED,
    NOT_SEEN,
    not_seen,
    words_of,
)
from consultations.models import YES_NO
from consultations.models.answers import UNKNOWN


class ReplyForm(forms.Form):
    """Words, and yes, no or not sure to each health question that is put again.

    Where there is something to choose, words are optional.
    """

    answer = ExactText(
        label=lazy("Your answer"),
        help_text=lazy("In your own words. “I do not know” is an answer too."),
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 5}),
        error_messages={"required": lazy("Write your answer.")},
    )

    def __init__(self, data=None, *, questions, given, is_optional):
        super().__init__(data, auto_id="%s")
        self.questions = questions
        self.fields["answer"].required = not is_optional
        self.fields["answer"].read_within = settings.ANSWER_WITHIN_DAYS
        for question in questions:
            self.fields[self.name_of(question)] = forms.ChoiceField(
                label=question.question,
                help_text=question.hint,
                choices=YES_NO,
                initial=self._known(given.get(question.pk)),
                widget=CompactRadios,
                error_messages={
                    "required": _("Choose yes, no or not sure: %(question)s")
                    % {"question": question.question}
                },
            )
        self.not_seen = []
        if questions:
            self._add_shown_wording()
        self.helper = FormHelper()
        self.helper.form_tag = False
        self.helper.include_media = False
        self.helper.error_summary = False

    def _add_shown_wording(self):
        words = words_of(self.questions)
        self.fields[ASKED] = forms.CharField(
            initial=words, required=False, widget=forms.HiddenInput
        )
        if self.is_bound:
            self.not_seen = not_seen(self.questions, self.data.get(ASKED))
            self.data = self.data.copy()
            for question in self.not_seen:
                self.data.pop(self.name_of(question), None)
            self.data[ASKED] = words

    def clean(self):
        for question in self.not_seen:
            name = self.name_of(question)
            self.errors.pop(name, None)
            self.add_error(name, NOT_SEEN % {"question": question.question})
        return self.cleaned_data

    @staticmethod
    def _known(answer):
        # It is asked because it is not known: "not sure" is chosen anew, or not.
        return "" if answer is None or answer.value == UNKNOWN[0] else answer.value

    @staticmethod
    def name_of(question):
        """Return a field's name that no code of a finding can be: it has a hyphen."""
        return f"is-{question.code}"

    def save(self, intake):
        """Keep the answers to the health questions, with the words that were asked."""
        given = {each: self.cleaned_data[self.name_of(each)] for each in self.questions}
        answers.keep(intake, given)
