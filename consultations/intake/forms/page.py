"""One page of the intake as a form, made from its declared questions."""

from crispy_forms.helper import FormHelper
from django import forms
from django.http import QueryDict
from django.utils.datastructures import MultiValueDict

from consultations.intake.forms.consent import ConsentBoxes
from consultations.intake.forms.fields import field_for
from consultations.intake.questions.health import ASKED
from consultations.intake.questions.kinds import NOT_SURE, TICKED, TICKED_NOT_SURE


def as_posted(typed):
    """Return what was typed, {input: [text]}, as it was posted."""
    posted = QueryDict(mutable=True)
    for name, texts in typed.items():
        posted.setlist(name, texts)
    return posted


class PageForm(forms.Form):
    """Asks the questions of a page, checks the answers, and keeps them in their row."""

    template = "consultations/step.html"
    is_unfinished = False
    """Whether it shows what was typed and is no answer yet."""
    stays = False
    """Whether the page goes on being asked, though what was sent is right."""

    def __init__(self, data=None, *, step, route):
        self.step, self.page, self.row, self.route = (
            step,
            step.page,
            step.subject,
            route,
        )
        self.posted = data
        self.title, self.intro = step.title, step.page.intro_for(step.subject)
        super().__init__(data, auto_id="%s")
        self.boxes = ConsentBoxes(self)
        self.add_fields()
        self.boxes.add_fields()
        if self.is_bound:
            self.data = self.data.copy()
            self.boxes.bind()
        self.helper = FormHelper()
        self.helper.form_tag = False
        self.helper.include_media = False
        if not self.page.marks_optional:
            self.helper.mark_optional = False

    @property
    def questions(self):
        """Return the declared questions that it asks."""
        return self.route.declared(self.step)

    def add_fields(self):
        """Add a field for each question, with what was answered before."""
        for question in self.questions:
            self.fields[question.name] = field_for(question, self)
            self.initial[question.name] = self.answer_to(question)

    def answer_to(self, question):
        """Return what was answered before, for a page to show."""
        value = question.kept(self.row)
        return "" if value == TICKED else value

    # What is typed

    def typed(self):
        """Return the raw posted values of this page's inputs, {input: [text]}."""
        typed = {
            name: self.posted.getlist(name)
            for name in self._inputs()
            if name in self.posted
        }
        # What a page carries of the words that it showed is no input of the patient.
        return typed if typed.keys() - self.carried().keys() else {}

    def carried(self):
        """Return what the page carries of the words that it shows, {input: [text]}."""
        return {
            name: [str(field.initial)]
            for name, field in self.fields.items()
            if name == ASKED or name.endswith("-words")
        }

    def show(self, typed):
        """Show what was typed before, right or wrong, and find no fault with it."""
        self.is_unfinished = True
        data = MultiValueDict(typed)
        for name, field in self.fields.items():
            self.initial[name] = field.widget.value_from_datadict(data, {}, name)
        self.boxes.show(typed)

    def _inputs(self):
        for name, field in self.fields.items():
            parts = getattr(field.widget, "widgets_names", [""])
            yield from (f"{self.add_prefix(name)}{part}" for part in parts)

    # What is answered

    def clean(self):
        for name, message in self.page.check(self.cleaned_data).items():
            self.add_error(name, message)
        self.boxes.clean()
        return self.cleaned_data

    def save(self):
        """Keep the answers in the row; return the columns that changed.

        A scar is saved. Whoever holds the intake saves it, with what else changes.
        """
        changed = self._change({each.name: self._kept(each) for each in self.questions})
        if self.page.is_of_scar and changed:
            self.row.save(update_fields=changed)
        self.boxes.save()
        return [] if self.page.is_of_scar else changed

    def _kept(self, question):
        """Return what a column keeps of an answer: a tick stays one whose how is unknown."""
        value = self.cleaned_data[question.name]
        is_tick = self.page.is_of_ticks and value == NOT_SURE
        return TICKED_NOT_SURE if is_tick else value

    def _change(self, answers):
        """Put {column: value} into the row; return the columns that changed."""
        changed = [
            name for name, value in answers.items() if value != getattr(self.row, name)
        ]
        for name in changed:
            setattr(self.row, name, answers[name])
        return changed
