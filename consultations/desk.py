"""One plan as its clinician sees it: answers, cards by verdict, a decision per card."""

from dataclasses import dataclass

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy

from consultations import steps
from consultations.forms.person import ContactForm, WishesForm
from consultations.models import Card, Choice
from consultations.rules import engine
from consultations.workflow import needs_reason
from methods.entries import Source, grade_of
from methods.models import Finding
from methods.vocabulary import (
    OPTIONS,
    WEAK_GRADES,
    CriterionKind,
    DerivedFinding,
    Line,
    Verdict,
)

KINDS = dict(CriterionKind.choices) | {
    engine.RED_FLAG_KIND: lazy("Red flag"),
    engine.UNKNOWN_KIND: lazy("Not known: ask"),
    engine.NOT_INDICATED_KIND: lazy("No indication among"),
    engine.WISH_KIND: lazy("A wish alone is no first option"),
}
EVERYONE = DerivedFinding.EVERYONE
VERDICT_HEADINGS = {
    Verdict.SUGGESTED: lazy("Options to consider, from the clinic’s protocol"),
    Verdict.CAUTION: lazy("Options with caution"),
    Verdict.DEFERRED: lazy("Not yet"),
    Verdict.NOT_INDICATED: lazy("Not indicated"),
    Verdict.CONTRAINDICATED: lazy("Not suitable"),
}


class DeskForm(forms.Form):
    """A decision and a reason for every card, and a note. Nothing is pre-selected."""

    edits = forms.IntegerField(widget=forms.HiddenInput)
    note = forms.CharField(
        label=lazy("Note to the patient"),
        help_text=lazy("The patient reads it above the plan, once you have signed."),
        max_length=4000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 6}),
    )

    def __init__(self, data=None, *, plan, may_change):
        self.decisions = list(plan.decisions.all())
        super().__init__(data, initial={"note": plan.note, "edits": plan.edits})
        for decision in self.decisions:
            card = decision.card
            self.fields[f"choice-{card.pk}"] = forms.ChoiceField(
                label=_("Decision on %(method)s") % {"method": card.title},
                choices=Choice.choices,
                initial=decision.choice,
                required=False,
                widget=forms.RadioSelect,
            )
            self.fields[f"reason-{card.pk}"] = forms.CharField(
                label=_("Reason"),
                initial=decision.reason,
                max_length=500,
                required=False,
                widget=forms.TextInput(attrs={"class": "vTextField"}),
            )
        if not may_change:
            for field in self.fields.values():
                field.disabled = True

    @property
    def cards(self):
        return [decision.card for decision in self.decisions]

    def clean(self):
        for card in self.cards:
            choice = self.cleaned_data.get(f"choice-{card.pk}", "")
            reason = self.cleaned_data.get(f"reason-{card.pk}", "")
            if needs_reason(card, choice) and not reason:
                self.add_error(
                    f"reason-{card.pk}",
                    _("%(method)s: say why you include it against the card.")
                    % {"method": card.title},
                )
        return self.cleaned_data

    def choices(self):
        """Return the decisions as `workflow.decide` takes them."""
        return {
            card.pk: (
                self.cleaned_data[f"choice-{card.pk}"],
                self.cleaned_data[f"reason-{card.pk}"],
            )
            for card in self.cards
        }


@dataclass(frozen=True)
class Reason:
    """A card's reason in words."""

    kind: str
    findings: str
    rationale: str
    contested: str
    sources: list
    is_weak: bool
    line: str


@dataclass(frozen=True)
class Row:
    """A card with its reasons in words and its two inputs."""

    card: Card
    reasons: list
    ask: str
    choice: forms.BoundField
    reason: forms.BoundField
    saved: str

    @property
    def is_touched(self):
        """Return whether there is something on it that must not be folded away."""
        return bool(
            self.choice.value()
            or self.reason.value()
            or self.choice.errors
            or self.reason.errors
            or self.saved
        )


@dataclass(frozen=True)
class Group:
    """The cards of one verdict. What is no option is folded until it is touched."""

    verdict: str
    heading: str
    rows: list
    is_option: bool

    @property
    def is_open(self):
        return self.is_option or any(row.is_touched for row in self.rows)


@dataclass(frozen=True)
class ScarDesk:
    """One scar: its provisional types, what to ask, and its cards by verdict."""

    title: str
    types: list
    ask: list
    groups: list
    option_count: int
    open_count: int


def _decided(choice, reason):
    words = dict(Choice.choices).get(choice) or _("open")
    return f"{words}: {reason}" if reason else str(words)


class Desk:
    """All that the review page shows. Reads a fixed number of queries.

    With `meanwhile`, it also shows what somebody else saved while this form was filled
    in: saving again replaces that.
    """

    def __init__(self, plan, form, *, meanwhile=False):
        self.form = form
        self.meanwhile = meanwhile
        self.labels = dict(Finding.objects.values_list("code", "label"))
        self.red_flags = [
            flag | {"label": self._named([flag["code"]])} for flag in plan.flags()
        ]
        self.answers = self._answers(plan.intake)
        self.scars = [self._scar(*each) for each in plan.by_assessment()]
        self.saved_note = self._saved(
            plan.note or _("nothing"), form["note"].value() or _("nothing")
        )

    def _answers(self, intake):
        """Return [(title, scar, [(question, answer)])], the patient's wish first.

        An answer stays, as it was asked, when its question is asked no longer.
        """
        told = [
            (page, title, page.subject if page.number else "", answers)
            for page, title, answers in steps.answers_by_page(steps.Route(intake))
            if answers and page.slug != ContactForm.slug
        ]
        told.sort(key=lambda each: each[0].slug != WishesForm.slug)
        pages = [(title, scar, answers) for _page, title, scar, answers in told]
        shown = {question for *_head, answers in pages for question, _answer in answers}
        others = [
            (answer.question, answer.get_value_display())
            for answer in intake.answers.all()
            if answer.question not in shown
        ]
        return [*pages, (_("Asked at the time"), "", others)] if others else pages

    def _saved(self, saved, typed):
        return saved if self.meanwhile and saved != typed else ""

    def _named(self, codes):
        return ", ".join(
            str(self.labels.get(code, code)) for code in codes if code != EVERYONE
        )

    def _reason(self, stored, sources):
        """Put a stored reason in words; `sources` are those its revision froze."""
        grades = {grade_of(code) for code in stored["sources"]}
        return Reason(
            kind=KINDS[stored["kind"]],
            findings=self._named(stored["findings"]),
            rationale=stored["rationale"],
            contested=stored["contested"],
            sources=[Source(code, **sources[code]) for code in stored["sources"]],
            is_weak=bool(grades) and grades <= WEAK_GRADES,
            line=Line(stored["line"]).label if stored["line"] else "",
        )

    def _row(self, decision):
        card = decision.card
        choice = self.form[f"choice-{card.pk}"]
        reason = self.form[f"reason-{card.pk}"]
        return Row(
            card=card,
            reasons=[
                self._reason(stored, card.revision.content["sources"])
                for stored in card.reasons
            ],
            ask=self._named(card.ask),
            choice=choice,
            reason=reason,
            saved=self._saved(
                _decided(decision.choice, decision.reason),
                _decided(choice.value(), reason.value()),
            ),
        )

    def _scar(self, assessment, decisions):
        cards = [decision.card for decision in decisions]
        groups = [
            Group(
                verdict=verdict.value,
                heading=heading,
                rows=[
                    self._row(decision)
                    for decision in decisions
                    if decision.card.verdict == verdict
                ],
                is_option=verdict in OPTIONS,
            )
            for verdict, heading in VERDICT_HEADINGS.items()
        ]
        ask = dict.fromkeys(
            code for card in cards if card.is_option for code in card.ask
        )
        return ScarDesk(
            title=str(assessment.scar),
            types=[self.labels.get(code, code) for code in assessment.types],
            ask=[self.labels.get(code, code) for code in ask],
            groups=[group for group in groups if group.rows],
            option_count=sum(card.is_option for card in cards),
            open_count=sum(
                decision.card.is_option and not decision.choice
                for decision in decisions
            ),
        )
