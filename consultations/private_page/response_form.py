"""The form with which a patient answers each treatment of the plan."""

from crispy_forms.helper import FormHelper
from django import forms
from django.utils.translation import gettext as _

from consultations.care.responses import Said, asked_of, response_to
from consultations.intake.forms.fields import CompactRadios, ExactText
from consultations.models import Message, Response

QUESTION = Response.Answer.QUESTION


class ResponseForm(forms.Form):
    """Yes, not now or a question to each treatment; what is left open stays open."""

    def __init__(self, data=None, *, plan):
        super().__init__(data, auto_id="say-%s")
        self.decisions = asked_of(plan)
        self.shown = {each.pk: response_to(each) for each in self.decisions}
        for each in self.decisions:
            title, before = each.card.title, self.shown[each.pk]
            self.fields[f"answer-{each.pk}"] = forms.ChoiceField(
                label=title,
                choices=Response.Answer.choices,
                initial=before.answer if before else None,
                required=False,
                widget=CompactRadios,
            )
            self.fields[f"question-{each.pk}"] = ExactText(
                label=_("Your question about it, if you have one"),
                max_length=Message.MOST_LETTERS,
                required=False,
                widget=forms.Textarea(attrs={"rows": 2}),
            )
        self.helper = FormHelper()
        self.helper.form_tag = False
        self.helper.include_media = False
        self.helper.error_summary = False
        self.helper.disable_csrf = True
        self.helper.mark_optional = False

    @property
    def names(self):
        """Return what is kept of a form that cannot be taken."""
        return [*self.fields, "key", "version"]

    def clean(self):
        typed = self.cleaned_data
        for each in self.decisions:
            answer, text = f"answer-{each.pk}", f"question-{each.pk}"
            has_words = bool(typed.get(text, "").strip())
            before = self.shown[each.pk]
            if typed.get(answer) == QUESTION and not has_words and text in typed:
                if not (before and before.answer == QUESTION):
                    self.add_error(
                        text,
                        _("Write your question about “%(title)s”.")
                        % {"title": each.card.title},
                    )
            elif has_words and typed.get(answer) != QUESTION:
                self.add_error(
                    answer,
                    _(
                        "You wrote a question about “%(title)s”: choose “I have a "
                        "question”, or empty it."
                    )
                    % {"title": each.card.title},
                )
        if not self.errors and not any(
            typed[f"answer-{each.pk}"] for each in self.decisions
        ):
            raise forms.ValidationError(_("Answer one treatment at least."))
        return typed

    @property
    def said(self):
        """Return {decision's pk: `Said`} of a valid form."""
        return {
            each.pk: Said(
                self.cleaned_data[f"answer-{each.pk}"],
                self.cleaned_data[f"question-{each.pk}"],
            )
            for each in self.decisions
        }
