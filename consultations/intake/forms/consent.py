"""Consent form: a checkbox for each purpose, with the text that staff published."""

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy

from consultations.intake import consents
from consultations.intake.forms.page import PageForm
from consultations.models import ConsentPurpose


class ConsentForm(PageForm):
    """One box for each purpose; what is agreed to are the very words that were shown."""

    for_guardian = lazy(
        "Your parent or guardian decides this, and ticks the boxes. Each box stands by "
        "itself. Only the first is needed, so that we may read your answers."
    )
    for_both = lazy(
        "Decide this together with your parent or guardian. Each box stands by itself. "
        "Only the first is needed, so that we may read your answers."
    )

    def __init__(self, data=None, **kwargs):
        super().__init__(data, **kwargs)
        if self.route.is_minor:
            self.intro = self.for_guardian if self.route.is_child else self.for_both
        self.versions = {
            purpose.value: self.route.consent_texts[purpose]
            for purpose in self.route.purposes
            if purpose in self.route.consent_texts
        }
        for purpose, version in self.versions.items():
            self._ask(purpose, version)
        if self.is_bound:
            self.changed = self._reworded(data)
            self.data = data.copy()
            for purpose in self.changed:
                self._unticked(purpose)

    def _ask(self, purpose, version):
        needed = purpose == ConsentPurpose.ASSESSMENT
        decision = self.route.consents.get(purpose)
        box = forms.BooleanField(
            label=version.label,
            help_text=version.explanation,
            required=needed,
            initial=decision is not None and decision.is_given,
            error_messages={
                "required": _(
                    "Tick the box to agree. Without it we may not read your answers."
                )
            },
        )
        box.details = _("What taking it back means"), version.withdrawal
        self.fields[purpose] = box
        self.fields[self._words_of(purpose)] = forms.CharField(
            initial=version.digest, required=False, widget=forms.HiddenInput
        )

    def _words_of(self, purpose):
        return f"{purpose}-words"

    def _reworded(self, data):
        """Return the purposes whose text has changed since the page was shown."""
        return [
            purpose
            for purpose, version in self.versions.items()
            if data.get(self._words_of(purpose)) != version.digest
        ]

    def _unticked(self, purpose):
        # Nobody has agreed to words that they have not read.
        self.data.pop(purpose, None)
        self.data[self._words_of(purpose)] = self.versions[purpose].digest

    def show(self, typed):
        super().show(typed)
        seen = {name: texts[-1] for name, texts in typed.items() if texts}
        for purpose in self._reworded(seen):
            self.initial[purpose] = False
            self.initial[self._words_of(purpose)] = self.versions[purpose].digest

    def clean(self):
        for purpose in self.changed:
            self.errors.pop(purpose, None)
            self.add_error(
                purpose,
                _(
                    "These words are new since you opened the page. Read them, then tick "
                    "the box if you agree."
                ),
            )
        wants_teaching = self.cleaned_data.get(ConsentPurpose.TEACHING)
        if (
            wants_teaching
            and not self.cleaned_data.get(ConsentPurpose.PHOTOS)
            and not self.errors
        ):
            self.add_error(
                ConsentPurpose.TEACHING,
                _(
                    "We can only show photos that we may keep. Tick both boxes, or none."
                ),
            )
        return self.cleaned_data

    def save(self):
        given = {purpose: self.cleaned_data[purpose] for purpose in self.versions}
        consents.decide(
            self.row,
            given,
            by=self.route.decided_by,
            name=self.route.decider,
            versions=self.versions,
        )
        self.route.forget("consents")
        return []
