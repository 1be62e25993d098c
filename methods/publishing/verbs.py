"""Publish, unpublish, revert, move: the only writers of `live_revision` and revisions."""

import hashlib
import json
from collections.abc import Sequence
from typing import Any, TypeVar

from django.db import transaction
from django.utils.translation import gettext

from methods.models import (
    Cause,
    CauseRevision,
    Condition,
    Finding,
    FormerAddress,
    Method,
    Outcome,
    Pathway,
    Proposal,
    ScarType,
    ScarTypeRevision,
    Source,
    Trait,
)
from methods.models.revisions import Revision
from methods.protocol import circles, entries
from methods.protocol.loosening import OFF, Change, compare
from methods.protocol.vocabulary import RelationKind
from methods.publishing import editions, live, protocol_versions
from methods.publishing.completeness import beyond_a_plan, missing
from methods.publishing.drafts import Subject, draft, own, write_draft
from methods.publishing.freezing import ConditionRows, condition_origin, freeze
from scarclinic.staff import ledger
from scarclinic.staff.models import User

PUBLISHED: tuple[type[Subject], ...] = (
    *(Trait, Condition, ScarType, Cause, Method, Pathway),
)
"""What has drafts and a live revision, in the order in which it is locked."""
S = TypeVar("S", Method, Trait, ScarType, Cause, Condition, Pathway)


class Incomplete(Exception):
    """Publishing was refused. `missing` says what to add, a sentence each."""

    def __init__(self, missing: list[str]):
        super().__init__(" ".join(missing))
        self.missing = missing


class Loosens(Exception):
    """Going live was refused: it waits for a second person (`proposals`).

    `changes` are all that differs, `digest` stands for just that.
    """

    def __init__(self, subject: Subject, changes: list[Change], digest: str):
        super().__init__(str(subject))
        self.subject, self.changes, self.digest = subject, changes, digest


class InUse(Exception):
    """Unpublishing was refused. `users` are the titles of what is live and rests on it."""

    def __init__(self, users: list[str]):
        super().__init__(", ".join(users))
        self.users = users


class Taken(Exception):
    """An address was refused. `owner` is the title of the treatment that it leads to."""

    def __init__(self, owner: str):
        super().__init__(owner)
        self.owner = owner


def digest_of(*contents: dict[str, Any] | None) -> str:
    """Return what stands for exactly these contents, 64 hexadecimals."""
    words = json.dumps(contents, sort_keys=True)
    return hashlib.sha256(words.encode()).hexdigest()


def difference(
    subject: Subject, content: dict[str, Any] | None
) -> tuple[list[Change], str]:
    """Return what differs from what is live of a subject, and what stands for just that.

    `content` is frozen; None takes the subject off the site.
    """
    live = subject.live_revision.content if subject.live_revision else None
    if content is None:
        changes = [Change(OFF, str(subject), None, True)]
    else:
        changes = compare(live, content)
    return changes, digest_of(live, content)


class _Gate:
    """Lets nothing that loosens go live by one person: every revision passes it.

    The shell, which publishes by nobody, passes: it has the whole database in its hands,
    and an empty site has nobody yet. `confirmation` is what a second person confirmed.
    """

    def __init__(self, by: User | None, confirmation: Proposal | None = None):
        self.by, self.confirmation = by, confirmation

    def check(self, subject: Subject, content: dict[str, Any] | None) -> None:
        """Raise `Loosens` unless content may take the place of what is live of a subject.

        None takes it off.
        """
        if self.by is None:
            return
        self.subject, self.changes, self.digest = subject, *difference(subject, content)
        if not self._confirms():
            self._refuse(self.changes)

    def check_reached(self, subject: Subject, content: dict[str, Any]) -> None:
        """Raise `Loosens` for what the publication of the subject before it reaches."""
        if self.by is not None and not self._confirms():
            self._refuse(difference(subject, content)[0])

    def _refuse(self, changes: list[Change]) -> None:
        if any(change.loosens for change in changes):
            if changes is not self.changes:
                changes = [*self.changes, *(each for each in changes if each.loosens)]
            raise Loosens(self.subject, changes, self.digest)

    def _confirms(self) -> bool:
        proposal = self.confirmation
        return (
            proposal is not None
            and proposal.outcome == Outcome.CONFIRMED
            and proposal.digest == self.digest
            and proposal.subject == self.subject
        )


def _findings_in(content: dict[str, Any]) -> set[str]:
    """Return the codes of the findings that content's rules are about."""
    # A pathway's own are beside its steps.
    codes = set(content.get("when", ()))
    for part, names in _NAMING_FINDINGS.items():
        for row in content.get(part, ()):
            codes.update(*(row[name] for name in names))
    return codes


_NAMING_FINDINGS = {"criteria": ("when", "unless"), "relations": ("when", "scars")}


def _go_live(
    subject: Subject, content: dict[str, Any], *, by: User | None, note: str
) -> None:
    if faults := beyond_a_plan(content):
        raise Incomplete(faults)
    last = subject.revisions.values_list("number", flat=True).first()
    columns = {name: content[name] for name in {"next_review_on"} & content.keys()}
    revision = subject.revisions.create(
        number=last + 1 if last else 1,
        content=content,
        note=note,
        created_by=by,
        **columns,
    )
    # A page without rules names no finding.
    if not isinstance(revision, ScarTypeRevision | CauseRevision):
        revision.findings.add(*Finding.objects.filter(code__in=_findings_in(content)))
    subject.live_revision = revision
    subject.save(update_fields=["live_revision", "has_changes"])


def sharing(subject: Subject) -> list[Method]:
    """Return the live methods that hold a subject's criteria, main entries first.

    What counts is what is live: a draft may have left the trait or the main entry.
    """
    if isinstance(subject, Method):
        follows = {"live_revision__content__follows": subject.slug}
        return list(Method.objects.published().filter(**follows))
    if not isinstance(subject, Trait | Condition):
        return []
    live = sorted(
        Method.objects.published(),
        key=lambda method: bool(method.live_revision.content["follows"]),
    )
    if isinstance(subject, Trait):
        return [m for m in live if subject.slug in m.live_revision.content["traits"]]
    if isinstance(subject, Condition) and subject.live_revision:
        origin = condition_origin(subject.finding.code)
        named = {
            slug
            for row in subject.live_revision.content["criteria"]
            for slug in row["methods"]
        }
        return [
            m
            for m in live
            if m.slug in named
            or any(
                row["origin"] == origin for row in m.live_revision.content["criteria"]
            )
        ]
    return []


def _refreeze(
    methods: list[Method],
    rows: ConditionRows,
    gate: _Gate,
    *,
    note: str,
) -> None:
    """Bring changed shared criteria into live revisions, and nothing of the drafts."""
    for each in methods:
        # Re-read under lock: refreezing its main entry may have refrozen it already.
        locked = Method.objects.published().select_for_update(of=["self"])
        method = locked.get(pk=each.pk)
        content = freeze(own(method.live_revision.content), rows)
        if content != method.live_revision.content:
            gate.check_reached(method, content)
            _go_live(method, content, by=gate.by, note=note)
            _refreeze(sharing(method), rows, gate, note=note)


def _circles(methods: Sequence[entries.Method]) -> list[str]:
    """Return a sentence for each circle of relations among live methods."""
    titles = {method.slug: method.title for method in methods}
    return [
        gettext(
            "The relation “%(kind)s” runs in a circle: %(circle)s. Take out one of its "
            "steps."
        )
        % {
            "kind": RelationKind(circle.kind).label,
            "circle": " → ".join(
                titles.get(slug, slug) for slug in (*circle.methods, circle.methods[0])
            ),
        }
        for circle in circles.circles(methods)
    ]


def _locked(subjects: Sequence[Subject]) -> list[Subject]:
    """Lock subjects, and return them re-read with all that their drafts consist of."""
    drafts: dict[tuple[type[Subject], int], Subject] = {}
    for model in PUBLISHED:
        keys = [subject.pk for subject in subjects if type(subject) is model]
        rows = model.objects.filter(pk__in=keys)
        list(rows.select_for_update().order_by("pk").values_list("pk"))
        for row in model.objects.for_draft().filter(pk__in=keys):
            drafts[model, row.pk] = row
    return [drafts[type(subject), subject.pk] for subject in subjects]


@transaction.atomic
def publish_all(
    subjects: Sequence[Subject],
    *,
    by: User | None,
    note: str,
    confirmation: Proposal | None = None,
) -> None:
    """Freeze working copies and put them live, in their order, as one new edition.

    A trait's, condition's or main entry's new criteria reach every live method that
    shares them.
    Raises `Incomplete`, with what to add, and `Loosens` for what one person alone may not
    publish; then nothing is published. `proposals.publish` lets that wait.

    Who may publish is the caller's to ask: the admin asks for the change permission
    (`PublishableAdmin`), which roles give.
    """
    rows, gate = ConditionRows(), _Gate(by, confirmation)
    for subject in _locked(subjects):
        content = draft(subject)
        if faults := missing(content, rows):
            raise Incomplete(faults)
        # Nothing live follows an entry, or has a trait, that was not live itself.
        may_be_shared = subject.live_revision_id or isinstance(subject, Condition)
        subject.has_changes = False
        frozen = freeze(content, rows)
        gate.check(subject, frozen)
        _go_live(subject, frozen, by=by, note=note)
        if isinstance(subject, Condition):
            rows.forget()
        if may_be_shared:
            reached = f"{subject}: {note}"[:200]
            _refreeze(sharing(subject), rows, gate, note=reached)
        ledger.record(ledger.Action.PUBLISHED, subject, by=by)
    editions.lock()
    methods = live.methods()
    if faults := _circles(methods):
        raise Incomplete(faults)
    note = f"{subjects[0]}: {note}" if subjects else note
    protocol_versions.renew(by=by, note=note, methods=methods)
    editions.renew()


def publish(
    subject: S, *, by: User | None, note: str, confirmation: Proposal | None = None
) -> S:
    """Publish one subject, and return it as it then is; see `publish_all`."""
    publish_all([subject], by=by, note=note, confirmation=confirmation)
    return type(subject).objects.for_draft().get(pk=subject.pk)


@transaction.atomic
def unpublish(
    subject: S, *, by: User | None = None, confirmation: Proposal | None = None
) -> S:
    """Take the subject off the site and out of the rules. Its revisions stay.

    Raises `InUse` while live methods share its criteria: they would lose them. Raises
    `Loosens`, for its warnings go too. What must stop at once gets a contraindication for
    everyone, which needs nobody else.
    """
    subject = type(subject).objects.select_for_update().get(pk=subject.pk)
    if users := [method.title for method in sharing(subject)]:
        raise InUse(users)
    if subject.live_revision:
        _Gate(by, confirmation).check(subject, None)
    subject.live_revision, subject.has_changes = None, True
    subject.save(update_fields=["live_revision", "has_changes"])
    ledger.record(ledger.Action.UNPUBLISHED, subject, by=by)
    protocol_versions.renew(by=by, note=gettext("%s: unpublished") % subject)
    editions.renew()
    return subject


@transaction.atomic
def revert(subject: S, revision: Revision, *, by: User | None = None) -> S:
    """Bring an old revision back into the working copy, not yet live."""
    subject = type(subject).objects.select_for_update().get(pk=subject.pk)
    for code, fields in revision.content["sources"].items():
        Source.objects.get_or_create(code=code, defaults=fields)
    write_draft(subject, own(revision.content))
    ledger.record(ledger.Action.REVERTED, subject, by=by)
    return subject


@transaction.atomic
def move(method: Method, address: str, *, by: User | None = None) -> Method:
    """Give a treatment's page another address; the old one leads there from then on.

    A former address of its own may be taken back. Raises `Taken` for one that is, or
    was, that of another treatment.
    """
    # All rows: who moves waits for whoever moves at the same time, to whatever address.
    methods = {each.pk: each for each in Method.objects.select_for_update()}
    method = methods.pop(method.pk)
    if address == method.address:
        return method
    former = (
        FormerAddress.objects.filter(address=address).exclude(method=method).first()
    )
    owners = [each for each in methods.values() if each.address == address]
    owners += [methods[former.method_id]] if former else []
    if owners:
        raise Taken(owners[0].title)
    method.former_addresses.filter(address=address).delete()
    if method.revisions.exists():
        method.former_addresses.create(address=method.address)
    method.address = address
    method.save(update_fields=["address"])
    ledger.record(ledger.Action.MOVED, method, by=by)
    editions.renew()
    return method
