"""What was shown, taken and overridden, and why: per treatment and per rule, in counts.

Nobody is named, and no small number told: see `told`. Months only may be chosen, for two
spans that differ by a day would tell what happened on that day.
"""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, time

from django.db.models import Count, Exists, OuterRef
from django.utils import timezone
from django.utils.translation import gettext as _

from consultations.models import INCLUDED, Choice, Decision, OverrideReason, Plan
from methods.models import Finding, Method
from methods.protocol.coded_findings import DerivedFinding
from methods.protocol.vocabulary import (
    BESIDE_TREATMENTS,
    OPTIONS,
    CriterionKind,
    Level,
)

FEWEST = 5
"""What is less is told as less than this."""


def told(count: int) -> str:
    """Return a count as it is told: rounded down to fives, so that no difference of two
    tells a small one; "<5" for 1 to 4."""
    if not count:
        return "0"
    return str(count // FEWEST * FEWEST) if count >= FEWEST else f"<{FEWEST}"


@dataclass
class Tally:
    """Counts of one row: how often a card was dealt, and what was decided on it."""

    shown: int = 0
    """As an option, which a clinician decides on."""
    taken: int = 0
    not_now: int = 0
    not_included: int = 0
    against: int = 0
    """Included although it was no option."""
    reasons: Counter[str] = field(default_factory=Counter)

    def add(self, count: int, verdict: str, choice: str, reason: str) -> None:
        """Add so many decisions that are alike."""
        is_option, is_included = verdict in OPTIONS, choice in INCLUDED
        self.shown += count * is_option
        self.taken += count * (is_option and is_included)
        self.not_now += count * (is_option and choice == Choice.NOT_NOW)
        self.not_included += count * (is_option and choice == Choice.NOT_INCLUDED)
        if is_included and not is_option:
            self.against += count
            self.reasons[reason] += count

    @property
    def cells(self) -> list[str]:
        """Return the counts as they are told, in the order of `COLUMNS`."""
        counts = (self.shown, self.taken, self.not_now, self.not_included, self.against)
        return [told(each) for each in counts]

    @property
    def why(self) -> str:
        """Return why it was included all the same, the commonest first.

        Rare reasons are told as one: many small numbers and their sum would tell each.
        """
        words = dict(OverrideReason.choices) | {"": _("No reason given")}
        common = {r: n for r, n in self.reasons.most_common() if n >= FEWEST}
        said = [f"{words[reason]}: {told(count)}" for reason, count in common.items()]
        if rare := self.against - sum(common.values()):
            said.append(_("Other reasons: %(count)s") % {"count": told(rare)})
        return "; ".join(said)


def columns() -> list[str]:
    """Return what the counts of a row are, in order."""
    return [
        _("Shown as an option"),
        _("Included"),
        _("Not now"),
        _("Not included"),
        _("Included against the card"),
        _("Why"),
    ]


@dataclass(frozen=True)
class Rule:
    """What tells one rule from another: the same words of two treatments are two."""

    method: int
    kind: str
    level: str
    findings: tuple[str, ...]


@dataclass
class Taken:
    """Both tables, {title: `Tally`} of treatments and {(title, rule): `Tally`} of rules."""

    methods: list[tuple[str, Tally]]
    rules: list[tuple[str, str, Tally]]


def months(first: date, last: date) -> tuple[datetime, datetime]:
    """Return the moments at which the month of `first` begins and that of `last` ends."""
    after = date(last.year + last.month // 12, last.month % 12 + 1, 1)
    start = date(first.year, first.month, 1)
    begins, ends = (
        timezone.make_aware(datetime.combine(d, time())) for d in (start, after)
    )
    return begins, ends


def counted(first: date, last: date) -> Taken:
    """Return what was decided in plans signed in the months from one to another.

    Of each patient the newest signed version counts. Three queries, whose rows are as
    many as there are different cards, however many patients had them.
    """
    begins, ends = months(first, last)
    later = Plan.objects.signed().filter(
        intake=OuterRef("plan__intake"), version__gt=OuterRef("plan__version")
    )
    rows = (
        Decision.objects.current()
        .filter(~Exists(later), plan__signed_at__gte=begins, plan__signed_at__lt=ends)
        .exclude(card__group__in=BESIDE_TREATMENTS)
        .order_by()
        .values_list(
            "card__revision__subject",
            "card__reasons",
            "card__verdict",
            "choice",
            "override_reason",
        )
        .annotate(count=Count("pk"))
    )
    methods: dict[int, Tally] = {}
    rules: dict[Rule, Tally] = {}
    for method, reasons, *decided, count in rows:
        methods.setdefault(method, Tally()).add(count, *decided)
        for rule in _rules_of(method, reasons):
            rules.setdefault(rule, Tally()).add(count, *decided)
    return _named(methods, rules)


def _rules_of(method: int, reasons: Iterable[dict]) -> set[Rule]:
    """Return the rules that a card names, each once."""
    return {
        Rule(
            method,
            each.get("kind", ""),
            each.get("level", "") or "",
            tuple(sorted(each.get("findings", ()))),
        )
        for each in reasons
    }


def _named(methods: dict[int, Tally], rules: dict[Rule, Tally]) -> Taken:
    titles = dict(Method.objects.filter(pk__in=methods).values_list("pk", "title"))
    labels = {code: str(label) for code, label in DerivedFinding.choices}
    labels |= dict(Finding.objects.values_list("code", "label"))
    by_title = sorted(
        ((titles.get(pk, ""), tally) for pk, tally in methods.items()),
        key=lambda row: row[0].casefold(),
    )
    of_rules = sorted(
        (
            (titles.get(rule.method, ""), ". ".join(_in_words(rule, labels)), tally)
            for rule, tally in rules.items()
        ),
        key=lambda row: (row[0].casefold(), row[1].casefold()),
    )
    return Taken(by_title, of_rules)


def _in_words(rule: Rule, labels: dict[str, str]) -> Iterator[str]:
    kinds = {str(code): str(label) for code, label in CriterionKind.choices}
    levels = {str(code): str(label) for code, label in Level.choices}
    kind = kinds.get(rule.kind, rule.kind.replace("_", " ").capitalize())
    yield f"{kind} ({levels[rule.level]})" if rule.level in levels else kind
    if rule.findings:
        yield ", ".join(labels.get(code, code) for code in rule.findings)
