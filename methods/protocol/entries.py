"""Dataclasses parsed from frozen revisions: treatments, criteria, sources."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from methods.protocol.coded_findings import ScarTypeCode
from methods.protocol.vocabulary import (
    BESIDE_TREATMENTS,
    SAFETY_KINDS,
    CriterionKind,
    Grade,
    Level,
    Line,
    Meaning,
)

SCAR_TYPE_CODES = frozenset(ScarTypeCode.values)
Content = Mapping[str, Any]
"""What a revision keeps, as JSON."""


@dataclass(frozen=True, slots=True)
class Source:
    """Where a statement comes from, and how far to trust it."""

    code: str
    title: str
    kind: str = ""
    year: int | None = None
    url: str = ""
    note: str = ""

    @property
    def grade(self) -> Grade:
        """Return the `Grade` that the code begins with."""
        return grade_of(self.code)


def grade_of(code: str) -> Grade:
    """Return the `Grade` of a source's code: "C12" is a C, "GK" stands for itself."""
    return Grade.GK if code == Grade.GK else Grade(code[0])


@dataclass(frozen=True, slots=True, eq=False)
class Criterion:
    """One rule: what some findings mean for a treatment.

    Equal to itself only: it is a cache's key at each card, and hashed in no time.
    """

    kind: str
    when: tuple[str, ...]
    unless: tuple[str, ...] = ()
    line: str = ""
    level: str = ""
    """For a precaution, a `Level`; empty counts as "doctor"."""
    until: str = ""
    refer: tuple[str, ...] = ()
    """For a contraindication, the referral entries that take over what is ruled out."""
    for_patient: str = ""
    for_staff: str = ""
    contested: str = ""
    sources: tuple[str, ...] = ()
    reviewed_on: date | None = None
    origin: str = ""
    """Empty for its own row, else "trait:light", "condition:pregnant" or "method:…"."""

    @property
    def is_safety(self) -> bool:
        """Return whether an unknown finding here must cap the verdict."""
        return self.kind in SAFETY_KINDS

    @property
    def meaning(self) -> Meaning | None:
        """Return what it means for the reader, None for a rule that is not of safety."""
        if self.kind == CriterionKind.CONTRAINDICATION:
            return Meaning.NO
        if self.kind == CriterionKind.DEFERRAL:
            return Meaning.WAIT
        if self.kind != CriterionKind.PRECAUTION:
            return None
        is_care = self.level in (Level.TECHNIQUE, Level.TEST)
        return Meaning.CARE if is_care else Meaning.DOCTOR


@dataclass(frozen=True, slots=True)
class Relation:
    """What a method says of others (FHIR relatedAction): together, first, apart, next.

    It holds for one of the `scars` (any, if empty), where all of `when` are present, and
    for the indications of `line` (any, if empty).
    """

    kind: str
    methods: tuple[str, ...]
    """Any one of these fulfils it. May hold the method itself (weeks between sessions)."""
    scars: tuple[str, ...] = ()
    when: tuple[str, ...] = ()
    line: str = ""
    is_hard: bool = False
    """Enforced; a soft one is shown, and takes no method out."""
    sessions: int | None = None
    weeks: float | None = None
    weeks_dark: float | None = None
    """For phototypes IV to VI, and while the phototype is not known."""
    for_patient: str = ""
    for_staff: str = ""
    contested: str = ""
    sources: tuple[str, ...] = ()
    origin: str = ""


MOST_CEILINGS = 2
"""Of one method: a plan's line has a field for so many doses."""


@dataclass(frozen=True, slots=True)
class Ceiling:
    """The most of a drug in one visit, summed over all scars.

    Above `reason_above` a doctor gives a reason; above `refuse_above` nobody signs.
    """

    substance: str
    unit: str
    reason_above: Decimal
    refuse_above: Decimal | None = None
    for_staff: str = ""
    sources: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class PathwayStep:
    """One step of a pathway: what, how often, what is measured when, and when to change."""

    number: int
    methods: tuple[str, ...]
    enter: str = ""
    sessions_from: int | None = None
    sessions_to: int | None = None
    weeks_from: int | None = None
    weeks_to: int | None = None
    dose: str = ""
    measure: str = ""
    next: str = ""
    sources: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Pathway:
    """The steps for a scar type, in order; `when` are findings, all present."""

    code: str
    title: str
    when: tuple[str, ...]
    steps: tuple[PathwayStep, ...]
    response: str = ""
    """What counts as response, and when it is judged."""
    contested: str = ""
    revision: int | None = None


@dataclass(frozen=True, slots=True)
class Price:
    """Price of one session, in the clinic's currency. Unknown: `low` is None."""

    low: Decimal | None = None
    high: Decimal | None = None
    remark: str = ""


@dataclass(frozen=True, slots=True)
class Method:
    """A treatment as it was published."""

    slug: str
    title: str
    also_called: tuple[str, ...] = ()
    group: str = ""
    position: int = 0
    is_ranked: bool = True
    summary: str = ""
    key_facts: Mapping[str, str] = field(default_factory=dict)
    measures: Mapping[str, int | str | None] = field(default_factory=dict)
    price: Price = Price()
    sections: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    traits: tuple[str, ...] = ()
    follows: str = ""
    criteria: tuple[Criterion, ...] = ()
    relations: tuple[Relation, ...] = ()
    ceilings: tuple[Ceiling, ...] = ()
    sources: Mapping[str, Source] = field(default_factory=dict)
    reviewed_by: str = ""
    reviewed_on: date | None = None
    next_review_on: date | None = None
    revision: int | None = None
    """Primary key of the frozen revision; None for a preview of the draft."""

    @property
    def is_treatment(self) -> bool:
        """Return whether it may be an option, unlike advice and a referral."""
        return self.group not in BESIDE_TREATMENTS

    @property
    def is_ranked_treatment(self) -> bool:
        """Return whether rules sort it, and it may be an option."""
        return self.is_ranked and self.is_treatment

    def criteria_of(self, kind: str) -> list[Criterion]:
        """Return its criteria of one `CriterionKind`, in their order."""
        return [each for each in self.criteria if each.kind == kind]

    def line_for(self, finding: str) -> str:
        """Return the best line of an indication that needs this finding, or ""."""
        lines = {
            each.line
            for each in self.criteria_of(CriterionKind.INDICATION)
            if finding in each.when
        }
        return next((line for line in Line.values if line in lines), "")

    def is_for_some(self, finding: str) -> bool:
        """Return whether its best line for a finding asks for more than the finding."""
        best = self.line_for(finding)
        return not any(
            row.line == best and row.when == (finding,) and not row.unless
            for row in self.criteria_of(CriterionKind.INDICATION)
        )


@dataclass(frozen=True, slots=True)
class RedFlag:
    """A red flag: `route` says who should see the patient, `advice` is for the patient.

    `advice_for_child` is for whoever answers for a child, "" where it is the same.
    """

    code: str
    route: str
    advice: str = ""
    advice_for_child: str = ""


@dataclass(frozen=True, slots=True)
class Condition:
    """A page of the safety matrix: where no criterion is needed, and why.

    Its criteria are those of the methods, by their origin.
    """

    code: str
    not_needed: Mapping[str, str] = field(default_factory=dict)
    """{method slug: why}."""


@dataclass(frozen=True, slots=True)
class Looser:
    """A rule that a source would loosen, and that only a doctor may."""

    condition: str
    methods: tuple[str, ...]
    today: str
    proposed: str
    why: str


@dataclass(frozen=True, slots=True, eq=False)
class Protocol:
    """All that the engine needs to know of the clinic at one moment.

    Equal to itself only: what is computed of a protocol once is cached by its identity.
    """

    methods: tuple[Method, ...]
    questions: frozenset[str] = frozenset()
    red_flags: tuple[RedFlag, ...] = ()
    pathways: tuple[Pathway, ...] = ()
    number: int = 0
    """Raised by every publication that changes a card; 0 for a preview."""


def day(value: str | None) -> date | None:
    return date.fromisoformat(value) if value else None


def sources(content: Content) -> dict[str, Source]:
    return {
        code: Source(code=code, **source) for code, source in content["sources"].items()
    }


def lists(sections: Mapping[str, Iterable[str]]) -> dict[str, tuple[str, ...]]:
    return {name: tuple(items) for name, items in sections.items()}


def criterion(content: Content) -> Criterion:
    """Parse one criterion of a revision's content."""
    return Criterion(
        kind=content["kind"],
        when=tuple(content["when"]),
        unless=tuple(content["unless"]),
        line=content["line"],
        level=content["level"],
        until=content["until"],
        refer=tuple(content["refer"]),
        for_patient=content["for_patient"],
        for_staff=content["for_staff"],
        contested=content["contested"],
        sources=tuple(content["sources"]),
        reviewed_on=day(content["reviewed_on"]),
        origin=content["origin"],
    )


def relation(content: Content) -> Relation:
    """Parse one relation of a revision's content."""
    return Relation(
        kind=content["kind"],
        methods=tuple(content["methods"]),
        scars=tuple(content["scars"]),
        when=tuple(content["when"]),
        line=content["line"],
        is_hard=content["is_hard"],
        sessions=content["sessions"],
        weeks=content["weeks"],
        weeks_dark=content["weeks_dark"],
        for_patient=content["for_patient"],
        for_staff=content["for_staff"],
        contested=content["contested"],
        sources=tuple(content["sources"]),
        origin=content["origin"],
    )


def ceiling(content: Content) -> Ceiling:
    """Parse one ceiling of a revision's content; amounts are kept as text."""
    refuse = content["refuse_above"]
    return Ceiling(
        substance=content["substance"],
        unit=content["unit"],
        reason_above=Decimal(content["reason_above"]),
        refuse_above=None if refuse is None else Decimal(refuse),
        for_staff=content["for_staff"],
        sources=tuple(content["sources"]),
    )


def _step(content: Content) -> PathwayStep:
    lists: dict[str, Any] = {
        name: tuple(content[name]) for name in ("methods", "sources")
    }
    return PathwayStep(**{**content, **lists})


def pathway(content: Content, *, revision: int | None = None) -> Pathway:
    """Parse a pathway's content (see `methods.publishing`) into a `Pathway`."""
    return Pathway(
        code=content["code"],
        title=content["title"],
        when=tuple(content["when"]),
        steps=tuple(_step(each) for each in content["steps"]),
        response=content["response"],
        contested=content["contested"],
        revision=revision,
    )


def condition(content: Content) -> Condition:
    """Parse a condition's content (see `methods.publishing`) into a `Condition`."""
    return Condition(
        code=content["code"],
        not_needed={
            slug: row["why"] for row in content["not_needed"] for slug in row["methods"]
        },
    )


def is_ranked_treatment(content: Content) -> bool:
    """Return whether a method's content is of a treatment that rules sort."""
    return content["is_ranked"] and content["group"] not in BESIDE_TREATMENTS


def price(content: Mapping[str, str | None]) -> Price:
    """Parse the price in a revision's content."""
    low, high = content["price_from"], content["price_to"]
    remark = content["price_remark"] or ""
    if low is None:
        return Price(remark=remark)
    return Price(Decimal(low), Decimal(low if high is None else high), remark)


def most(measures: Mapping[str, Any], name: str) -> int | None:
    """Return the most sessions or days off that a treatment's numbers name."""
    known = measures[f"{name}_most"]
    return measures[f"{name}_to"] if known is None else known


def method(content: Content, *, revision: int | None = None) -> Method:
    """Parse a method's content (see `methods.publishing`) into a `Method`."""
    return Method(
        slug=content["slug"],
        title=content["title"],
        also_called=tuple(content["also_called"]),
        group=content["group"],
        position=content["position"],
        is_ranked=content["is_ranked"],
        summary=content["summary"],
        key_facts=content["key_facts"],
        measures=content["measures"],
        price=price(content["price"]),
        sections=lists(content["sections"]),
        traits=tuple(content["traits"]),
        follows=content["follows"],
        criteria=tuple(criterion(each) for each in content["criteria"]),
        relations=tuple(relation(each) for each in content["relations"]),
        ceilings=tuple(ceiling(each) for each in content["ceilings"]),
        sources=sources(content),
        reviewed_by=content["reviewed_by"],
        reviewed_on=day(content["reviewed_on"]),
        next_review_on=day(content["next_review_on"]),
        revision=revision,
    )
