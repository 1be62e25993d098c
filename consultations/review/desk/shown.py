"""What the desk shows of a card, a scar and its groups: plain data for the templates."""

from dataclasses import dataclass, field
from typing import NamedTuple

from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy

from consultations.models import INCLUDED, Card, Choice, Decision
from consultations.review import pathways, plan_rules
from consultations.review.desk.form import meant
from consultations.review.desk.rows import Row
from methods.protocol.vocabulary import BESIDE_TREATMENTS, Verdict

DETAILS = {
    "area": "text",
    "device_settings": "text",
    "sessions": "numeric",
    "weeks_apart": "numeric",
    "before": "text",
    "measure": "text",
    "dose": "decimal",
    "second_dose": "decimal",
    "position": "numeric",
    "not_before": "text",
}
SHORT_CHOICES = {
    Choice.INCLUDE: lazy("Include"),
    Choice.CHANGED: lazy("Changed"),
    Choice.NOT_NOW: lazy("Not now"),
    Choice.NOT_INCLUDED: lazy("No"),
}
"""The decisions, as short as a line has room for."""
OF_TREATMENT = {"area", "device_settings", "sessions", "weeks_apart", "measure"}
"""Fields that advice and referrals do not have."""
OF_SESSIONS = {"sessions", "weeks_apart"}
"""Fields that what is worn or used every day does not have."""


@dataclass(frozen=True)
class Reason:
    """A card's reason in words."""

    kind: str
    findings: list
    rationale: str
    contested: str
    sources: list
    grades: list
    is_weak: bool
    line: str
    level: str
    same: tuple | None = None
    """(key, title, scar) of the card before that asks for the same check in the same words."""


@dataclass(frozen=True)
class About:
    """Benefits, limits and harms of a method, from the card's revision."""

    benefits: list
    limits: list
    harms: list
    days_off: str
    sessions: str


class Detail(NamedTuple):
    """One field of how a treatment is done."""

    name: str
    label: str
    inputmode: str
    value: str


def _dose_label(ceiling):
    """Return a label such as "Triamcinolone per visit, in mg (30 over all scars)"."""
    return _("%(substance)s per visit, in %(unit)s (%(most)s over all scars)") % {
        "substance": ceiling.substance,
        "unit": ceiling.unit,
        "most": f"{ceiling.reason_above.normalize():f}",
    }


def _label_of(name):
    return Decision._meta.get_field(name).verbose_name


@dataclass(frozen=True)
class PresentedCard:
    """A card in words, its input, and what a colleague saved meanwhile."""

    card: Card
    key: str
    reasons: list
    would_change: list
    same: tuple | None
    """(key, scar) of the card before that says the same, where neither is an option."""
    about: About | None
    typed: dict
    wrong: dict
    saved: str
    before: str
    is_decided: bool
    proposed: dict
    ask: list
    together: list
    """[(slug, title, whether it is ticked)] of what belongs to it."""
    advice: set
    """The slugs of what every plan gives: no partner that a line has to name."""
    after: list
    step: str
    row: Row
    doctor: list
    """[`DoctorNote`] of what a doctor decides first, open on the line."""
    is_checklist: bool = False
    """Whether nothing of it may tell what the engine concludes."""

    @property
    def choices(self):
        """Return [(value, short label, label)]. What is not known is asked, not included."""
        is_asked = self.card.verdict == Verdict.UNDETERMINED and not self.is_checklist
        is_hidden = is_asked and self.typed["choice"] not in INCLUDED
        return [
            (value, short, Choice(value).label)
            for value, short in SHORT_CHOICES.items()
            if not (is_hidden and value in INCLUDED)
        ]

    @property
    def partners(self):
        return [each for each in self.together if each[0] not in self.advice]

    @property
    def advised(self):
        return [each for each in self.together if each[0] in self.advice]

    @property
    def is_dosed(self):
        """Return whether a dose has to be written once it is included."""
        return bool(plan_rules.ceilings_of(self.card.revision.content))

    @property
    def is_touched(self):
        """Return whether it has input, errors or saved changes, and must stay open."""
        typed = {**meant(self.typed, self.proposed), "seconds": ""}
        return bool(any(typed.values()) or self.wrong or self.saved or self.before)

    @property
    def has_details(self):
        """Return whether a detail field has a value or an error, and must stay open."""
        typed = meant(self.typed, self.proposed)
        return any(typed[name] or name in self.wrong for name in DETAILS)

    @property
    def is_treatment(self):
        return self.card.is_treatment

    @property
    def needs_reason(self):
        """Return whether to ask why it is included; of a checklist, of every card alike."""
        return self.is_checklist or not self.card.is_offered

    @property
    def details(self):
        """Return the detail fields, a `Detail` each."""
        doses = plan_rules.ceilings_of(self.card.revision.content)
        return [
            Detail(
                name,
                _dose_label(doses[name])
                if name in doses
                else capfirst(_label_of(name)),
                kind,
                self.typed[name],
            )
            for name, kind in DETAILS.items()
            # What was typed stays in sight, so that saving does not lose it.
            if name in doses or self.typed[name] or self._has(name)
        ]

    def _has(self, name):
        if name in OF_SESSIONS and self.card.group in pathways.USED_AT_HOME:
            return False
        return name not in plan_rules.DOSES and (
            self.is_treatment or name not in OF_TREATMENT
        )


@dataclass(frozen=True)
class Group:
    """The cards of one verdict. What is no option is folded until it is touched."""

    verdict: str
    heading: str
    cards: list
    is_option: bool
    lines: list = field(default_factory=list)
    """[`Shared`] of what is no option: the reasons that stand open, its titles."""

    @property
    def front(self):
        """Return the cards that stand open: of advice and referrals what is offered."""
        return [shown for shown in self.cards if self._is_front(shown)]

    @property
    def back(self):
        return [shown for shown in self.cards if not self._is_front(shown)]

    def _is_front(self, shown):
        is_asked = shown.card.verdict == Verdict.UNDETERMINED
        is_beside = self.verdict in BESIDE_TREATMENTS
        return not is_beside or shown.card.is_offered or is_asked or shown.is_touched

    @property
    def offered(self):
        return [shown.card.title for shown in self.cards if shown.card.is_offered]

    @property
    def is_open(self):
        return self.is_option or any(shown.is_touched for shown in self.cards)


@dataclass(frozen=True)
class ScarDesk:
    """One scar: its provisional types, and its cards by verdict."""

    title: str
    number: int
    types: list
    groups: list
    option_count: int
    open_count: int
    published_on: object
