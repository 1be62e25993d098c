"""A page of health questions, made from the rows that staff write."""

import hashlib

from django import forms
from django.utils.datastructures import MultiValueDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy

from consultations.intake.forms.base import CompactRadios, StepForm
from consultations.models import YES_NO, Answer, Intake
from methods.protocol.vocabulary import QuestionGroup

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

# What a page carries of the words that it asked. No code of a finding has a hyphen.
ASKED = "words-asked"
NOT_SEEN = lazy(
    "This question is new, or has other words, since you opened the page. Please answer "
    "it: %(question)s"
)


def _mark(question):
    words = f"{question.question}\n\n{question.hint}".encode()
    return f"{question.code}:{hashlib.sha256(words).hexdigest()[:12]}"


def words_of(questions):
    """Return what tells the words of these questions from any others, as one text."""
    return " ".join(map(_mark, questions))


def not_seen(questions, asked):
    """Return the questions that a page did not ask in these words, from what it carried.

    None if it carried nothing: what was posted without a page is taken at its word.
    """
    if asked is None:
        return []
    seen = asked.split()
    return [each for each in questions if _mark(each) not in seen]


class HealthForm(StepForm):
    """Yes, no or not sure to every question of one group.

    "None of these" is an answer that the patient gives; a blank alone is never "no".
    """

    # The route tells the answers, also those to questions asked no longer.
    has_facts = False
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
        self.fields[ASKED] = forms.CharField(
            initial=words_of(self.questions),
            required=False,
            widget=forms.HiddenInput,
        )
        self.not_seen = []
        if self.is_bound:
            self.data = data.copy()
            self.not_seen = self._forget_what_was_not_seen(self.data)
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

    def _forget_what_was_not_seen(self, data):
        """Open the questions that the page did not ask in these words; return them.

        "None of these" becomes the "no" that it was, to each question that was there.
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
        # What the page says of itself is nothing that somebody typed.
        return typed if typed.keys() != {ASKED} else {}

    def show(self, typed):
        data = MultiValueDict(typed)
        self._forget_what_was_not_seen(data)
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
