"""A page of health questions, made from the rows that staff write."""

from django import forms
from django.utils.datastructures import MultiValueDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy

from consultations.intake import answers
from consultations.intake.forms.fields import TickList, field_for
from consultations.intake.forms.page import PageForm
from consultations.intake.questions.health import (
    ASKED,
    NOT_SEEN,
    name_of,
    not_seen,
    question_of,
    statement_in,
    statement_of,
    words_of,
)
from consultations.intake.questions.kinds import NONE, NOT_SURE, TICKED

LISTED = "ticked"
"""The tick list's input. No code of a finding is called so."""
ENDS = {
    NONE: lazy("None of these"),
    NOT_SURE: lazy("Not sure about one"),
}


class HealthForm(PageForm):
    """The declared questions of a page, health questions one by one, and a tick list.

    A blank is never "no": a list is answered by what is ticked, by "none of these", or by
    "not sure", which leaves everything else on it unknown.
    """

    def add_fields(self):
        super().add_fields()
        asked = self.route.questions_on(self.page)
        self.alone = [each for each in asked if each.stands_alone]
        self.listed = [each for each in asked if not each.stands_alone]
        self.ticks = self.route.ticks(self.step)
        for finding in self.alone:
            self.fields[finding.code] = self._alone(finding)
            answer = self.route.given.get(finding.pk)
            self.initial[finding.code] = answer.value if answer else ""
        if self.listed or self.ticks:
            self.fields[LISTED] = forms.MultipleChoiceField(
                label=_("Which of these are true? The rest counts as no."),
                choices=self._lines(),
                required=False,
                widget=TickList({each.code: each.hint for each in self.listed}),
            )
            self.initial[LISTED] = self._was_ticked()
        self.fields[ASKED] = forms.CharField(
            initial=words_of(self._all_asked),
            required=False,
            widget=forms.HiddenInput,
        )
        self.not_seen = []
        if self.is_bound:
            self.data = self.data.copy()
            self.not_seen = self._clear_unseen(self.data)

    @property
    def _all_asked(self):
        return [*self.alone, *self.listed, *self.ticks]

    def _alone(self, finding):
        field = field_for(question_of(finding), self)
        # Whether it may stay open is said by `clean`, together with the others.
        field.required = False
        return field

    def _lines(self):
        """Return the list as choices, in the order of the page's groups."""
        own = [(each.name, each.tick) for each in self.ticks]
        rows = [(each.code, statement_of(each)) for each in self.listed]
        return [*own, *rows, *ENDS.items()]

    def _was_ticked(self):
        told = {
            each.code: given.value
            for each in self.listed
            if (given := self.route.given.get(each.pk))
        }
        told |= {
            each.name: "yes" if each.is_ticked(self.row) else value
            for each in self.ticks
            if (value := getattr(self.row, each.name))
        }
        ticked = [code for code, value in told.items() if value == "yes"]
        if NOT_SURE in told.values():
            return [*ticked, NOT_SURE]
        if len(told) < len(self.listed) + len(self.ticks):
            # With a new line the whole list is read anew: "the rest" is another.
            return []
        return ticked or [NONE]

    def _clear_unseen(self, data):
        """Drop answers to questions whose wording has changed since the page was shown.

        Returns those questions. "None of these" was not said of what the page did not show.
        """
        missed = not_seen(self._all_asked, data.get(ASKED))
        codes = {name_of(each) for each in missed}
        for code in codes:
            data.pop(code, None)
        if codes.intersection(map(name_of, [*self.listed, *self.ticks])):
            left = [each for each in data.getlist(LISTED) if each not in {*codes, NONE}]
            data.setlist(LISTED, left)
        data[ASKED] = words_of(self._all_asked)
        return missed

    def show(self, typed):
        data = MultiValueDict(typed)
        self._clear_unseen(data)
        super().show(dict(data.lists()))

    def clean(self):
        super().clean()
        for finding in self.alone:
            if finding in self.not_seen:
                self._say_it_is_new(finding.code, finding)
            elif (
                finding.code not in self.errors and not self.cleaned_data[finding.code]
            ):
                message = _("Choose yes, no or not sure: %(question)s")
                self.add_error(finding.code, message % {"question": finding.question})
        if LISTED in self.fields:
            self._check_list()
        return self.cleaned_data

    def _say_it_is_new(self, name, asked):
        self.add_error(name, NOT_SEEN % {"question": statement_in(asked)})

    def _check_list(self):
        ticked = set(self.cleaned_data.get(LISTED, ()))
        new = [each for each in [*self.listed, *self.ticks] if each in self.not_seen]
        for each in new:
            self._say_it_is_new(LISTED, each)
        if new or LISTED in self.errors:
            return
        if not ticked:
            self.add_error(
                LISTED,
                _("Tick what is true, or “None of these” at the end of the list."),
            )
        elif NONE in ticked and len(ticked) > 1:
            self.add_error(
                LISTED,
                _(
                    "You ticked “None of these” and something else. Untick what is not "
                    "true."
                ),
            )

    def save(self):
        """Keep the answers; what is ticked of the declared questions is asked next."""
        ticked = self.cleaned_data.get(LISTED, ())
        rest = NOT_SURE if NOT_SURE in ticked else "no"
        given = {each: self.cleaned_data[each.code] for each in self.alone}
        given |= {each: "yes" if each.code in ticked else rest for each in self.listed}
        self.route.given |= answers.keep(self.row, given)
        columns = {
            each.name: self._ticked(each)
            if each.name in ticked
            else (NOT_SURE if rest == NOT_SURE else NONE)
            for each in self.ticks
        }
        return [*super().save(), *self._change(columns)]

    def _ticked(self, question):
        """Return what a column keeps of a tick: how it is, where that is known already."""
        is_known = question.is_ticked(self.row)
        return getattr(self.row, question.name) if is_known else TICKED
