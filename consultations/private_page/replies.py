"""A reply to the clinic's question: words, and the pages of the intake it is about."""

from django.db import transaction
from django.utils import timezone

from consultations.intake import follow_up, steps
from consultations.intake.photos import keeping
from consultations.models.answers import UNKNOWN
from consultations.private_page.reply_form import ReplyForm
from consultations.private_page.typed import of
from consultations.review import workflow


class Reply:
    """All the forms of one reply, bound if there is data; they are right together.

    Each page is asked as in the intake, and shows what was answered there; but what was
    "not sure" stands open.
    """

    def __init__(self, question, data=None):
        self.question = question
        self.route = steps.Route(question.intake)
        codes = question.findings
        asked = follow_up.questions(self.route, codes)
        self.pages = follow_up.pages(self.route, codes, timezone.localdate())
        self.words = ReplyForm(
            data,
            questions=asked,
            given=self.route.given,
            is_optional=bool(asked or self.pages),
        )
        self.parts = [(page, self._form(page, data)) for page in self.pages]

    def _form(self, page, data):
        form = self.route.form(page, data)
        # Two scars have the same questions.
        form.prefix = page.key.replace("/", "-")
        form.helper.error_summary = False
        form.helper.disable_csrf = True
        for name, value in form.initial.items():
            # It is asked because it is not known: "not sure" is chosen anew, or not.
            if value in (UNKNOWN[0], [UNKNOWN[0]]):
                form.initial[name] = ""
        return form

    @property
    def forms(self):
        return [self.words, *(form for _page, form in self.parts)]

    @property
    def has_errors(self):
        return any(form.is_bound and form.errors for form in self.forms)

    @property
    def differs(self):
        """Return whether anything was typed that is not what was kept."""
        words, *others = self.forms
        typed = words["answer"].data or ""
        return (
            typed.split() != self.question.answer.split()
            or any(name != "answer" for name in words.changed_data)
            or any(form.has_changed() for form in others)
        )

    @property
    def key(self):
        """Return under what `Intake.typed` keeps a reply that is not right yet."""
        return f"reply {self.question.pk}"

    def typed(self, data):
        """Return what was posted, {input: [text]}."""
        typed = of(data, self.words.fields)
        for _page, form in self.parts:
            typed |= form.typed()
        return typed

    def is_valid(self):
        # Every form is asked, so that each can say what is wrong.
        right = [form.is_valid() for form in self.forms]
        return all(right)

    @transaction.atomic
    def save(self):
        """Save the answers, and reassess the intake with them.

        Raises `workflow.NotAllowed` if somebody was quicker, or the intake is withdrawn.
        """
        intake = self.question.intake
        self.words.save(intake)
        changed = [name for _page, form in self.parts for name in form.save()]
        done = [key for key in intake.done if key not in self._keys]
        intake.done = [*done, *self._keys]
        intake.typed.pop(self.key, None)
        intake.save(update_fields=["done", "typed", *changed])
        # Where a scar is may be what was asked.
        keeping.remove_refused(self.route.scars)
        workflow.answer(self.question, self.words.cleaned_data["answer"])

    @property
    def _keys(self):
        return [page.key for page in self.pages]
