"""Classes of questions (yes/no, choice, number …), and of the page that groups them.

A kind says what an answer means to the rules (`facts`) and how it reads (`shown`). How a
kind is asked in a form stands in `consultations.intake.forms.fields`.
"""

import datetime
from collections.abc import Callable, Collection, Mapping
from dataclasses import KW_ONLY, dataclass, field, replace
from functools import cached_property
from typing import Any

from django.db.models import TextChoices
from django.utils.formats import date_format
from django.utils.translation import gettext_lazy as _

NOT_SURE = "unknown"
NONE = "none"
TICKED = "ticked"
"""Kept of a question that a tick list has put, until it is asked how that is."""
TICKED_NOT_SURE = "ticked_unknown"
"""Kept of one that was ticked, where how that is is not known: the tick stays."""
SAY_NOTHING = ("yes", "no", NONE, NOT_SURE)
"""Answers of which nobody knows what they say without their question."""
OWN_NAME = ""
"""The fact that a question gives has the question's own name."""

Row = Any
"""An `Intake` or a `Scar`."""
JSON = Any
Words = Any
"""A text that a patient reads, translated when it is shown."""

NOT_SURE_WORDS: Words = _("Not sure")
SCALE_HINT: Words = _("From 1, not at all, to 10.")


def always(row: Row) -> bool:
    return True


def nothing_certain(row: Row) -> None:
    return None


def nothing_known(row: Row, day: datetime.date) -> None:
    """Make no fact of words that explain the answer they stand beside."""


def nothing_wrong(answers: dict[str, Any]) -> dict[str, str]:
    return {}


@dataclass(frozen=True, eq=False)
class Question:
    """A question in the patient's words. `name` is the column that keeps the answer.

    `fact` is the fact that it gives, None for none; several questions may give one fact
    together. `from_row` makes the fact's JSON value of the row, where it is not the
    stored value as it stands; None is "not known". `applies` says of whom it is asked,
    `otherwise` which value is certain for those who are not, None for none.

    `follows` says of whom a page that asks everybody shows it: those who chose one answer
    that it explains. `brief` is how a list of pages recalls the answer, where it is not the
    answer as it reads; "" says nothing by itself.

    `tick` is its line in a tick list: only who ticks it is asked the question itself.
    With `where_it_matters` it is asked only if a rule that may change a card reads it.

    `for_child` are the words where somebody answers for a child, {field: words}, as far as
    they are others: those that speak to the patient.
    """

    name: str
    _: KW_ONLY
    ask: Words
    hint: Words = ""
    fact: str | None = OWN_NAME
    from_row: Callable[[Row, datetime.date], JSON] | None = None
    applies: Callable[[Row], bool] = always
    otherwise: Callable[[Row], JSON] = nothing_certain
    is_required: bool = True
    follows: Callable[[Row], bool] = always
    brief: Callable[[Row], str] | None = None
    tick: Words = ""
    where_it_matters: bool = False
    for_child: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.fact == OWN_NAME:
            object.__setattr__(self, "fact", self.name)

    @cached_property
    def of_child(self) -> "Question":
        """Return the question as it is put to whoever answers for a child."""
        return replace(self, **self.for_child) if self.for_child else self

    def kept(self, row: Row) -> Any:
        """Return what the column keeps; "not sure" is one, with a tick or without."""
        value = getattr(row, self.name)
        return NOT_SURE if value == TICKED_NOT_SURE else value

    def is_answered(self, row: Row) -> bool:
        return getattr(row, self.name) not in ("", None, TICKED)

    def is_not_sure(self, row: Row) -> bool:
        kept = self.kept(row)
        return kept == NOT_SURE or (isinstance(kept, list) and NOT_SURE in kept)

    def is_ticked(self, row: Row) -> bool:
        """Return whether its line in a tick list is ticked."""
        return getattr(row, self.name) not in ("", NONE, NOT_SURE)

    @property
    def gives(self) -> tuple[str, ...]:
        """Return the names of all facts that an answer gives."""
        return () if self.fact is None else (self.fact,)

    def certain(self, row: Row) -> dict[str, JSON]:
        """Return the fact that is certain without asking, {name: JSON value}, or {}."""
        value = self.otherwise(row)
        return {} if self.fact is None or value is None else {self.fact: value}

    def is_complete(self, row: Row) -> bool:
        """Return whether an answer that was given still answers all that is asked."""
        return True

    def facts(
        self, row: Row, day: datetime.date, methods: Collection[str]
    ) -> dict[str, JSON]:
        """Return the fact that an answer is on a day, {name: JSON value}, or {}.

        `methods` are the slugs of the treatments that rules know.
        """
        if self.fact is None or not self.is_answered(row):
            return {}
        value = self.fact_value(row, day)
        return {} if value is None else {self.fact: value}

    def fact_value(self, row: Row, day: datetime.date) -> JSON:
        return self.from_row(row, day) if self.from_row else self.kept(row)

    def shown(self, row: Row, titles: Mapping[str, str]) -> Any:
        """Return the answer as it reads, "" if there is none.

        `titles` are those of the treatments, by slug.
        """
        value = getattr(row, self.name)
        return "" if value is None else value

    def said(self, row: Row, titles: Mapping[str, str]) -> list[tuple[Words, Any]]:
        """Return [(question, answer)] for reading."""
        return [(self.ask, self.shown(row, titles))]

    def in_brief(self, row: Row, titles: Mapping[str, str]) -> str:
        """Return the answer so that it says something without its question, else ""."""
        if self.brief:
            return self.brief(row)
        is_empty = not self.is_answered(row) or self.kept(row) in SAY_NOTHING
        return "" if is_empty else self._brief(row, titles)

    def _brief(self, row: Row, titles: Mapping[str, str]) -> str:
        return str(self.shown(row, titles))


def words_of(answers: Any) -> dict[str, Words]:
    """Return {value: words} of a `Choice`'s answers, however they are declared."""
    return dict(getattr(answers, "choices", answers))


@dataclass(frozen=True, eq=False)
class Choice(Question):
    """One of several answers, {value: words}, and "not sure" last, None for without.

    `pictures` are {value: code of `methods.website.drawings`}, in the skin of phototype
    `tone` as long as the patient's own is not known. `groups` are headings over some of
    the answers: [(heading, "value value")].
    """

    answers: Any = ()
    not_sure: Words | None = NOT_SURE_WORDS
    pictures: Mapping[str, str] = field(default_factory=dict)
    tone: int = 4
    groups: tuple[tuple[str, str], ...] = ()
    is_compact: bool = False
    is_number: bool = False

    @cached_property
    def words(self) -> dict[str, str]:
        """Return {value: words}, "not sure" included."""
        words = words_of(self.answers)
        return words if self.not_sure is None else words | {NOT_SURE: self.not_sure}

    @cached_property
    def of_child(self) -> "Question":
        own = dict(self.for_child)
        if "answers" in own:
            own["answers"] = words_of(self.answers) | own["answers"]
        return replace(self, **own) if own else self

    def fact_value(self, row: Row, day: datetime.date) -> JSON:
        value = super().fact_value(row, day)
        return int(value) if self.is_number and value != NOT_SURE else value

    def shown(self, row: Row, titles: Mapping[str, str]) -> Any:
        return self.words.get(self.kept(row), "")


@dataclass(frozen=True, eq=False)
class YesNo(Choice):
    """Yes, no or not sure, in one row."""

    answers: Any = (("yes", _("Yes")), ("no", _("No")))
    is_compact: bool = True


@dataclass(frozen=True, eq=False)
class Recency(Choice):
    """How long ago something was; the fact is the fewest weeks that it can be.

    A value is that number, or "none": then the fact is JSON null, it never happened.
    """

    def facts(
        self, row: Row, day: datetime.date, methods: Collection[str]
    ) -> dict[str, JSON]:
        if self.fact is None or not self.is_answered(row):
            return {}
        value, others = self.kept(row), {"none": None, NOT_SURE: NOT_SURE}
        return {self.fact: others[value] if value in others else int(value)}


@dataclass(frozen=True, eq=False)
class Methods(Question):
    """Any of the treatments on offer, by slug; `also` are other answers, {value: words}.

    Where it must be answered, one of `also` says "none", another "not sure".
    """

    also: Mapping[str, str] = field(default_factory=dict)

    def facts(
        self, row: Row, day: datetime.date, methods: Collection[str]
    ) -> dict[str, JSON]:
        chosen = getattr(row, self.name)
        if self.fact is None or NOT_SURE in chosen or (self.is_required and not chosen):
            return {}
        # No rule knows a treatment that is no longer offered.
        return {self.fact: [slug for slug in chosen if slug in methods]}

    def shown(self, row: Row, titles: Mapping[str, str]) -> Any:
        words = {**self.also, **titles}
        chosen = getattr(row, self.name)
        return ", ".join(str(words.get(slug, slug)) for slug in chosen)


@dataclass(frozen=True, eq=False)
class Several(Question):
    """Any of several answers, {value: words}; kept as a list."""

    answers: Any = ()

    def is_answered(self, row: Row) -> bool:
        return bool(getattr(row, self.name))

    def shown(self, row: Row, titles: Mapping[str, str]) -> Any:
        chosen = getattr(row, self.name)
        return ", ".join(str(w) for value, w in self.answers.choices if value in chosen)


@dataclass(frozen=True, eq=False)
class Number(Question):
    """A whole number from `low` to `high`; `unit` is shown after the input."""

    low: int = 0
    high: int = 9999
    unit: str = ""

    def _brief(self, row: Row, titles: Mapping[str, str]) -> str:
        return f"{self.kept(row)} {self.unit}" if self.unit else ""


@dataclass(frozen=True, eq=False)
class Scale(Number):
    """From 1, not at all, to 10."""

    hint: Words = SCALE_HINT
    low: int = 1
    high: int = 10


@dataclass(frozen=True, eq=False)
class Date(Question):
    """A date of birth, in three parts."""

    def _brief(self, row: Row, titles: Mapping[str, str]) -> str:
        return date_format(self.kept(row), "j F Y")


@dataclass(frozen=True, eq=False)
class Text(Question):
    """Words as they were typed; `autocomplete` is HTML's."""

    is_long: bool = False
    autocomplete: str = ""
    is_address: bool = False
    """Whether it only says where to write or whom to ask for, and is no free text."""


@dataclass(frozen=True, eq=False)
class PersonName(Text):
    pass


@dataclass(frozen=True, eq=False)
class Telephone(Text):
    pass


@dataclass(frozen=True, eq=False)
class Email(Text):
    pass


class Part(TextChoices):
    """The parts of the intake, as the list of its pages names them."""

    YOU = "you", _("About you")
    SCAR = "scar", _("The scar")
    PHOTOS = "photos", _("Photos")
    HEALTH = "health", _("Your health")
    CONTACT = "contact", _("How to reach you")

    def words(self, row: Row) -> Words:
        """Return what it is called for who answers."""
        return OF_CHILD.get(self, self.label) if row.is_for_child else self.label


OF_CHILD: dict[str, Words] = {
    Part.YOU: _("About your child"),
    Part.HEALTH: _("Your child’s health"),
}
"""The parts that are called otherwise where somebody answers for a child."""


@dataclass(frozen=True, eq=False)
class Page:
    """One page of the intake: some questions about the person, or about each scar.

    `check` gets the answers of the page together, {name: value}, empties those that no
    longer mean anything, and returns what is wrong, {name: message}. A page with `groups`
    asks the health questions that staff have put into them, and has one tick list of the
    rarer ones and of `ticks`. `consents` are the purposes that stand on it. `for_child` is
    that of a question.
    """

    slug: str
    title: str
    questions: tuple[Question, ...] = ()
    _: KW_ONLY
    intro: str = ""
    is_of_scar: bool = False
    applies: Callable[[Row], bool] = always
    check: Callable[[dict[str, Any]], dict[str, str]] = nothing_wrong
    marks_optional: bool = True
    groups: tuple[str, ...] = ()
    ticks: tuple[Question, ...] = ()
    is_of_ticks: bool = False
    """Only what was ticked on the pages before is asked."""
    consents: tuple[str, ...] = ()
    part: Part = Part.SCAR
    for_child: Mapping[str, Any] = field(default_factory=dict)

    def title_for(self, row: Row) -> Words:
        return self._words("title", row)

    def intro_for(self, row: Row) -> Words:
        return self._words("intro", row)

    def _words(self, name: str, row: Row) -> Words:
        words = getattr(self, name)
        # A page that is asked again, for a part of its questions, has no intro.
        return self.for_child.get(name, words) if words and row.is_for_child else words

    def is_asked(self, row: Row) -> bool:
        """Return whether this page has something to ask of a row."""
        return self.applies(row) and (
            not self.questions or bool(self.questions_for(row))
        )

    def certain(self, row: Row) -> dict[str, JSON]:
        """Return the facts of its questions that are certain without asking them."""
        return {
            name: value
            for each in self.questions
            if not each.applies(row)
            for name, value in each.certain(row).items()
        }

    def questions_for(self, row: Row) -> list[Question]:
        """Return the questions that are asked, in the words for who answers."""
        return [
            each.of_child if row.is_for_child else each
            for each in self.questions
            if each.applies(row) and (not self.is_of_ticks or each.is_ticked(row))
        ]

    def ticks_for(self, row: Row) -> list[Question]:
        """Return the lines of its tick list, in the words for who answers."""
        return [each.of_child if row.is_for_child else each for each in self.ticks]

    def told_by(self, row: Row) -> list[Question]:
        """Return the questions whose answers count: also those of its tick list."""
        return [*self.questions_for(row), *self.ticks_for(row)]
