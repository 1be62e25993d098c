"""A page of health questions, made from the rows that staff write."""

from django import forms
from django.utils.datastructures import MultiValueDict
from django.utils.translation import gettext as _

from consultations.intake import answers
from consultations.intake.forms.fields import field_for
from consultations.intake.forms.page import PageForm
from consultations.intake.questions.health import (
    ASKED,
    NOT_SEEN,
    not_seen,
    question_of,
    words_of,
)


class HealthForm(PageForm):
    """Yes, no or not sure to every question of one group.

    "None of these" is an answer that the patient gives; a blank alone is never "no".
    """

    NONE = "none-of-these"

    def __init__(self, data=None, **kwargs):
        super().__init__(data, **kwargs)
        self.questions = self.route.questions[self.page.group]
        for question in self.questions:
            self.fields[question.code] = field_for(question_of(question), self)
            answer = self.route.given.get(question.pk)
            self.initial[question.code] = answer.value if answer else ""
        if len(self.questions) > 1:
            self.fields[self.NONE] = forms.BooleanField(
                label=_("None of these: no to every question that I left open"),
                required=False,
            )
        self.fields[ASKED] = forms.CharField(
            initial=words_of(self.questions),
            required=False,
            widget=forms.HiddenInput,
        )
        self.not_seen = []
        if self.is_bound:
            self.data = data.copy()
            self.not_seen = self._clear_unseen(self.data)

    def _clear_unseen(self, data):
        """Drop answers to questions whose wording has changed since the page was shown.

        Returns those questions. "None of these" is first spelled out as a "no" to each
        question that the page did show.
        """
        missed = not_seen(self.questions, data.get(ASKED))
        if missed and self._is_none(data):
            for question in self.questions:
                data[question.code] = data.get(question.code) or "no"
            del data[self.NONE]
        for question in missed:
            data.pop(question.code, None)
        data[ASKED] = words_of(self.questions)
        return missed

    def _is_none(self, data):
        box = self.fields.get(self.NONE)
        return box and box.widget.value_from_datadict(data, {}, self.NONE)

    def typed(self):
        typed = super().typed()
        # The hidden field alone is no input of the patient.
        return typed if typed.keys() != {ASKED} else {}

    def show(self, typed):
        data = MultiValueDict(typed)
        self._clear_unseen(data)
        super().show(dict(data.lists()))

    def clean(self):
        is_none = self.cleaned_data.get(self.NONE)
        for question in self.not_seen:
            self.add_error(question.code, NOT_SEEN % {"question": question.question})
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

    def save(self):
        given = {each: self.cleaned_data[each.code] for each in self.questions}
        self.route.given |= answers.keep(self.row, given)
        return []
