"""One page of the intake as a form, made from its declared questions."""

from crispy_forms.helper import FormHelper
from django import forms
from django.utils.datastructures import MultiValueDict

from consultations.intake.forms.fields import field_for


class PageForm(forms.Form):
    """Asks the questions of a page, checks the answers, and keeps them in their row."""

    template = "consultations/step.html"
    is_unfinished = False
    """Whether it shows what was typed and is no answer yet."""

    def __init__(self, data=None, *, step, route):
        self.step, self.page, self.row, self.route = (
            step,
            step.page,
            step.subject,
            route,
        )
        self.title, self.intro = self.page.title, self.page.intro
        super().__init__(data, auto_id="%s")
        self.add_fields()
        self.helper = FormHelper()
        self.helper.form_tag = False
        self.helper.include_media = False
        if not self.page.marks_optional:
            self.helper.mark_optional = False

    def add_fields(self):
        """Add a field for each question, with what was answered before."""
        for question in self.page.questions_for(self.row):
            self.fields[question.name] = field_for(question, self)
            self.initial[question.name] = getattr(self.row, question.name)

    # What is typed

    def typed(self):
        """Return the raw posted values of this page's inputs, {input: [text]}."""
        return {
            name: self.data.getlist(name)
            for name in self._inputs()
            if name in self.data
        }

    def show(self, typed):
        """Show what was typed before, right or wrong, and find no fault with it."""
        self.is_unfinished = True
        data = MultiValueDict(typed)
        for name, field in self.fields.items():
            self.initial[name] = field.widget.value_from_datadict(data, {}, name)

    def _inputs(self):
        for name, field in self.fields.items():
            parts = getattr(field.widget, "widgets_names", [""])
            yield from (f"{self.add_prefix(name)}{part}" for part in parts)

    # What is answered

    def clean(self):
        for name, message in self.page.check(self.cleaned_data).items():
            self.add_error(name, message)
        return self.cleaned_data

    def save(self):
        """Keep the answers in the row; return the columns that changed.

        A scar is saved. Whoever holds the intake saves it, with what else changes.
        """
        changed = []
        for question in self.page.questions_for(self.row):
            value = self.cleaned_data[question.name]
            if value != getattr(self.row, question.name):
                setattr(self.row, question.name, value)
                changed.append(question.name)
        if self.page.is_of_scar and changed:
            self.row.save(update_fields=changed)
        return [] if self.page.is_of_scar else changed
