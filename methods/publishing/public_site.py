"""Dataclasses of the edition, parsed from its JSON: clinic, notices, pictures, page lists.

Views and templates read these; rules read `methods.protocol.entries`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import NamedTuple

from methods.protocol.entries import (
    Criterion,
    Price,
    day,
    price,
)
from methods.protocol.vocabulary import MethodGroup, NoticeLevel, Weekday
from methods.publishing.public_pages import Reason
from methods.publishing.public_pictures import (
    Pair,
    Picture,
    moment,
    parse_pair,
    parse_picture,
)


@dataclass(frozen=True, slots=True)
class Hours:
    """When the clinic is open on one weekday."""

    weekday: Weekday
    opens: time
    closes: time


class Closed(NamedTuple):
    """Some days in a row on which the clinic is closed, and why, "" if it does not say."""

    starts_on: date
    ends_on: date
    words: str


@dataclass(frozen=True, slots=True)
class Clinic:
    """How the clinic presents itself."""

    name: str
    street: str = ""
    postal_code: str = ""
    town: str = ""
    country: str = ""
    telephone: str = ""
    telephone_e164: str = ""
    email: str = ""
    currency: str = ""
    about: tuple[str, ...] = ()
    emergency_number: str = ""
    support_line: tuple[str, ...] = ()
    """Who listens in a crisis, a line each with the number."""
    map_url: str = ""
    how_to_come: tuple[str, ...] = ()
    hours: tuple[Hours, ...] = ()
    closed_days: tuple[Closed, ...] = ()
    holidays_of: str = ""
    """The code of the country whose public holidays it keeps, "" for none."""
    subdivision: str = ""

    @property
    def telephone_link(self):
        """Return the number as a link holds it: E.164, or digits if that is not known."""
        digits = (each for each in self.telephone if each in "+0123456789")
        return self.telephone_e164 or "".join(digits)


@dataclass(frozen=True, slots=True)
class Notice:
    """Something announced on every page, for a time."""

    text: str
    level: NoticeLevel
    starts_at: datetime
    ends_at: datetime | None = None

    def is_shown(self, now):
        return self.starts_at <= now and (self.ends_at is None or now < self.ends_at)


@dataclass(frozen=True, slots=True)
class Link:
    """A live treatment, as other pages name it."""

    slug: str
    title: str
    address: str
    revision: int
    """Primary key of its live revision."""
    published_at: datetime


@dataclass(frozen=True, slots=True)
class Change:
    """A page that was published again, with its editor's note."""

    kind: str
    """"method", "scar" or "cause"."""
    key: str
    """The slug of a method, the code of a scar type or of a cause."""
    on: datetime
    note: str


class Gives(NamedTuple):
    """Somebody of the clinic, and the treatments that they give."""

    name: str
    profession: str
    methods: tuple[str, ...]
    """Their slugs."""


@dataclass(frozen=True, slots=True)
class Site:
    """The part of the edition that every page needs."""

    clinic: Clinic
    notices: tuple[Notice, ...]
    """All that are planned; `notices_at` returns those shown at a time."""
    methods: Mapping[str, Link]
    """By slug, in the clinic's order."""
    variants: Mapping[str, str]
    """{slug of a variant: slug of its main entry}."""
    referrals: frozenset[str]
    """The slugs in `methods` that are somebody else's work, not treatments."""
    scar_types: Mapping[str, str]
    """{code: title}, in the clinic's order."""
    causes: Mapping[str, str]
    """{code: title} of the pages by what happened, in the clinic's order."""
    reasons: Mapping[str, Reason]
    """{finding: what pages call it}."""
    former: Mapping[str, str]
    """{address of old: slug}."""
    related: Mapping[str, tuple[str, ...]]
    """{slug: slugs of the methods for most of the same scar types}."""
    changes: tuple[Change, ...]
    """Newest first."""
    people: tuple[Gives, ...]
    """Those of whom a page says which treatments they give."""
    pairs: tuple[Pair, ...]
    """All with a consent; `pairs_at` returns those shown at a time."""
    pictures: Mapping[str, datetime | None]
    """{token of each picture on a page: when its consent ends}."""
    changed: Mapping[str, datetime | None]
    """{page that shows many, such as "home" or "scar/pih": when that last changed}."""

    def method_at(self, address):
        """Return the `Link` of the method whose page is at an address, or None."""
        return next((m for m in self.methods.values() if m.address == address), None)

    def people_for(self, slug):
        """Return who gives a treatment, in the clinic's order."""
        return [each for each in self.people if slug in each.methods]

    def changed_on(self, name, key=""):
        """Return the time of a page's last modification, or None if unknown.

        `name` is that of its address; `key` the slug of a method or the code of a scar
        type.
        """
        if name == "detail":
            return self.methods[key].published_at
        return self.changed.get(f"{name}/{key}" if key else name)

    def latest_changes(self, kind, key, *, most=5):
        """Return the last `Change`s of a page, newest first."""
        of_page = [
            each for each in self.changes if (each.kind, each.key) == (kind, key)
        ]
        return of_page[:most]

    def notices_at(self, now):
        """Return the notices to show."""
        return [notice for notice in self.notices if notice.is_shown(now)]

    def pairs_at(self, now, *, method="", scar_type=""):
        """Return the pairs to show with a method (by slug) or a scar type (by code)."""
        return [
            pair
            for pair in self.pairs
            if pair.is_shown(now)
            and (
                (method and pair.method == method) or pair.scar_type == scar_type != ""
            )
        ]

    def shows(self, name, now):
        """Return whether a file is one of a picture that a page shows."""
        token, _, _rest = name.partition("-")
        if token not in self.pictures:
            return False
        until = self.pictures[token]
        return until is None or now < until

    def next_change(self, now):
        """Return when a page changes by itself next, or None."""
        times = [t for each in self.notices for t in (each.starts_at, each.ends_at)]
        times += self.pictures.values()
        return min((time for time in times if time and time > now), default=None)


@dataclass(frozen=True, slots=True)
class MethodSummary:
    """Summary of a live treatment, for lists and the search."""

    slug: str
    title: str
    address: str
    also_called: tuple[str, ...]
    group: str
    position: int
    is_ranked: bool
    summary: str
    key_facts: Mapping[str, str]
    measures: Mapping[str, int | str | None]
    price: Price
    traits: tuple[str, ...]
    follows: str
    lines: Mapping[str, str]
    """{scar type code: best line}."""
    for_some: tuple[str, ...]
    """The scar types of which that line holds for some patients only."""
    meanings: Mapping[str, str]
    """{"pregnant" or "breastfeeding": the gravest `Meaning` that it has}."""
    criteria: tuple[Criterion, ...]
    """Indications and what it is not recommended for, without their sources."""
    reviewed_on: date | None
    published_at: datetime

    @property
    def is_for_everyone(self):
        """Return whether it is advice, which no choice of a visitor takes away."""
        return not self.is_ranked or self.group == MethodGroup.ADVICE

    def criteria_for(self, kind, code):
        """Return its `Criterion`s of one kind that name a scar type."""
        return [
            each for each in self.criteria if each.kind == kind and code in each.when
        ]


@dataclass(frozen=True, slots=True)
class ScarTypeSummary:
    """Summary of a live scar type, for lists and the search."""

    code: str
    title: str
    also_called: tuple[str, ...]
    position: int
    summary: str
    published_at: datetime


@dataclass(frozen=True, slots=True)
class CauseSummary:
    """Summary of a live page by what happened, for the ways in and the search."""

    code: str
    title: str
    also_called: tuple[str, ...]
    position: int
    summary: str
    link: str
    teaser: str
    drawing: str
    scars: tuple[str, ...]
    """The codes of the scar types that it leads to."""
    published_at: datetime


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody of the clinic whom visitors may know."""

    name: str
    profession: str
    registration: str
    about: tuple[str, ...]
    methods: tuple[str, ...] = ()
    """The slugs of the live treatments that they give."""
    picture: Picture | None = None


@dataclass(frozen=True, slots=True)
class Catalogue:
    """The part of the edition that lists, the search and the page about us need."""

    methods: tuple[MethodSummary, ...]
    scar_types: tuple[ScarTypeSummary, ...]
    causes: tuple[CauseSummary, ...]
    people: tuple[Person, ...]
    synonyms: Mapping[str, str]
    """{word of visitors: words of our pages}."""

    @property
    def treatments(self):
        """Return the methods that are lists' business: all but referrals."""
        return [each for each in self.methods if each.group != MethodGroup.REFERRAL]


@dataclass(frozen=True, slots=True)
class Edition:
    """The public site at one moment."""

    digest: str
    site: Site
    catalogue: Catalogue | None = None
    """None where a page did not ask for it."""


def _lines(text):
    return tuple(line.strip() for line in text.splitlines() if line.strip())


def _change(content):
    kind, key = content["page"]
    return Change(kind, key, moment(content["on"]), content["note"])


def parse_site(content):
    """Parse the part of an edition that every page needs."""
    clinic = content["clinic"]
    hours = tuple(
        Hours(
            weekday=Weekday(row["weekday"]),
            opens=time.fromisoformat(row["opens"]),
            closes=time.fromisoformat(row["closes"]),
        )
        for row in clinic["hours"]
    )
    return Site(
        clinic=Clinic(
            **clinic
            | {
                "hours": hours,
                "about": _lines(clinic["about"]),
                "support_line": _lines(clinic["support_line"]),
                "how_to_come": _lines(clinic["how_to_come"]),
                "closed_days": tuple(
                    Closed(day(starts_on), day(ends_on), words)
                    for starts_on, ends_on, words in clinic["closed_days"]
                ),
            }
        ),
        notices=tuple(
            Notice(
                text=row["text"],
                level=NoticeLevel(row["level"]),
                starts_at=moment(row["starts_at"]),
                ends_at=moment(row["ends_at"]),
            )
            for row in content["notices"]
        ),
        methods={
            slug: Link(slug, title, address, revision, moment(published_at))
            for slug, (title, address, revision, published_at) in content[
                "methods"
            ].items()
        },
        variants=content["variants"],
        referrals=frozenset(content["referrals"]),
        scar_types=content["scar_types"],
        causes=content["causes"],
        reasons={code: Reason(*each) for code, each in content["reasons"].items()},
        former=content["former"],
        related={slug: tuple(slugs) for slug, slugs in content["related"].items()},
        changes=tuple(map(_change, content["changes"])),
        people=tuple(
            Gives(name, profession, tuple(slugs))
            for name, profession, slugs in content["people"]
        ),
        pairs=tuple(parse_pair(row) for row in content["pairs"]),
        pictures={token: moment(until) for token, until in content["pictures"].items()},
        changed={page: moment(on) for page, on in content["changed"].items()},
    )


def _shown_criterion(row):
    """Parse what lists show of a criterion: see the docstring of editions.py."""
    return Criterion(**row | {"when": tuple(row["when"])})


def parse_catalogue(content):
    """Parse the part of an edition that lists need."""
    return Catalogue(
        methods=tuple(
            MethodSummary(
                **row
                | {
                    "also_called": tuple(row["also_called"]),
                    "traits": tuple(row["traits"]),
                    "for_some": tuple(row["for_some"]),
                    "price": price(row["price"]),
                    "criteria": tuple(map(_shown_criterion, row["criteria"])),
                    "reviewed_on": day(row["reviewed_on"]),
                    "published_at": moment(row["published_at"]),
                }
            )
            for row in content["methods"]
        ),
        scar_types=tuple(
            ScarTypeSummary(
                **row
                | {
                    "also_called": tuple(row["also_called"]),
                    "published_at": moment(row["published_at"]),
                }
            )
            for row in content["scar_types"]
        ),
        causes=tuple(
            CauseSummary(
                **row
                | {
                    "also_called": tuple(row["also_called"]),
                    "scars": tuple(row["scars"]),
                    "published_at": moment(row["published_at"]),
                }
            )
            for row in content["causes"]
        ),
        people=tuple(
            Person(
                **row
                | {
                    "about": _lines(row["about"]),
                    "methods": tuple(row["methods"]),
                    "picture": parse_picture(row["picture"]),
                }
            )
            for row in content["people"]
        ),
        synonyms=content["synonyms"],
    )
