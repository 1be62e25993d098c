"""The boxes of consent on a page, with the texts that staff published."""

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy

from consultations.intake import consents
from consultations.intake.questions.about_person import GUARDIAN
from consultations.models import ConsentPurpose

PHOTOS_FIRST = lazy(
    "We can only show photos that we may keep. Tick both boxes, or none."
)


def _words_of(purpose):
    return f"{purpose}-words"


class ConsentBoxes:
    """A box for each purpose on a form; agreed to are the very words that were shown."""

    def __init__(self, form):
        self.form, self.route = form, form.route
        asked = self.route.consents_on(form.step)
        # Most pages ask for none, and read no text.
        texts = self.route.consent_texts(form.page) if asked else {}
        self.versions = {
            purpose.value: texts[purpose]
            for purpose in map(ConsentPurpose, asked)
            if purpose in texts
        }
        self.changed = []

    @property
    def names(self):
        """Return the names of the boxes, in order."""
        return list(self.versions)

    def add_fields(self):
        for purpose, version in self.versions.items():
            self._ask(purpose, version)

    def _ask(self, purpose, version):
        decision = self.route.consents.get(purpose)
        step = self.form.step
        if step.page is GUARDIAN and step.key not in self.route.intake.done:
            # What somebody young agreed to on the page before is no tick of a guardian's.
            decision = None
        box = forms.BooleanField(
            label=version.label,
            required=purpose == ConsentPurpose.ASSESSMENT,
            initial=decision is not None and decision.is_given,
            error_messages={
                "required": _(
                    "Tick the box to agree. Without it we may not read your answers."
                )
            },
        )
        box.is_consent = True
        if purpose == ConsentPurpose.REMINDERS:
            box.help_text = _(
                "Without this tick nothing comes by itself: look at your private page."
            )
        box.details = (
            _("What this means"),
            [version.explanation, version.withdrawal],
        )
        self.form.fields[purpose] = box
        self.form.fields[_words_of(purpose)] = forms.CharField(
            initial=version.digest, required=False, widget=forms.HiddenInput
        )

    def bind(self):
        """Untick what has other words now than the page showed: nobody has read them."""
        self.changed = self._reworded(self.form.data)
        for purpose in self.changed:
            self.form.data.pop(purpose, None)
            self.form.data[_words_of(purpose)] = self.versions[purpose].digest

    def _reworded(self, data):
        return [
            purpose
            for purpose, version in self.versions.items()
            if data.get(_words_of(purpose)) != version.digest
        ]

    def show(self, typed):
        """Show what was ticked before, but nothing of other words."""
        seen = {name: texts[-1] for name, texts in typed.items() if texts}
        for purpose in self._reworded(seen):
            self.form.initial[purpose] = False
            self.form.initial[_words_of(purpose)] = self.versions[purpose].digest

    def clean(self):
        for purpose in self.changed:
            self.form.errors.pop(purpose, None)
            self.form.add_error(
                purpose,
                _(
                    "These words are new since you opened the page. Read them, then tick "
                    "the box if you agree."
                ),
            )
        ticked = self.form.cleaned_data
        if (
            ticked.get(ConsentPurpose.TEACHING)
            and not ticked.get(ConsentPurpose.PHOTOS)
            and not self.changed
        ):
            self.form.add_error(ConsentPurpose.TEACHING, PHOTOS_FIRST)

    def save(self):
        """Record what was decided on this page."""
        if not self.versions:
            return
        given = {purpose: self.form.cleaned_data[purpose] for purpose in self.versions}
        consents.decide(
            self.form.route.intake,
            given,
            by=self.route.decided_by,
            name=self.route.decider,
            versions=self.versions,
        )
        self.route.forget("consents")
