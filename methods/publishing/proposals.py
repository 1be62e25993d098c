"""Two people for what is safe: words go live, what loosens waits for a clinician.

`publish`, `unpublish` and `change` are what screens call. Each acts at once, or leaves a
`Proposal` that a clinician who did not write it confirms, on exactly that content: one of
the two is a doctor. Apps above register acts of their own in `acts`.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.contrib.admin.models import LogEntry
from django.contrib.contenttypes.models import ContentType
from django.db import transaction
from django.db.models import Model
from django.utils import timezone
from django.utils.translation import gettext as _

from methods.models import Finding, Outcome, Proposal
from methods.protocol.loosening import Change, field_loosens
from methods.publishing import editions, protocol_versions, verbs
from methods.publishing.difference_words import say_all
from methods.publishing.drafts import Subject, draft
from methods.publishing.freezing import freeze
from methods.publishing.verbs import S
from scarclinic.staff import ledger
from scarclinic.staff.models import Event, Profession, User

CLINICIANS = (Profession.DOCTOR, Profession.NURSE, Profession.COSMETOLOGIST)
PUBLISH, UNPUBLISH, CHANGE = "publish", "unpublish", "change"


class NotAllowed(Exception):
    """A sentence for whoever pressed the button."""


@dataclass(frozen=True)
class Act:
    """What a proposal does once it is confirmed."""

    look: Callable[[Proposal], tuple[list[Change], str]]
    """Returns what would change by now, and the digest of just that."""
    perform: Callable[[Proposal], None]
    """Does it, in the name of who asked."""


acts: dict[str, Act] = {}
"""By their names in `Proposal.act`: apps add theirs at start-up."""


# Ask


@transaction.atomic
def publish(subject: S, *, by: User, note: str) -> Proposal | None:
    """Publish a draft, or return the proposal with which it waits.

    Raises `verbs.Incomplete`.
    """
    try:
        with transaction.atomic():
            verbs.publish(subject, by=by, note=note)
    except verbs.Loosens as loosens:
        return ask(
            PUBLISH,
            subject,
            loosens.changes,
            loosens.digest,
            by=by,
            note=note,
            writers=writers_of(subject),
        )
    _void(subject, by=by)
    return None


@transaction.atomic
def unpublish(subject: S, *, by: User) -> Proposal | None:
    """Take a subject off, or return the proposal with which that waits.

    Raises `verbs.InUse`.
    """
    try:
        with transaction.atomic():
            verbs.unpublish(subject, by=by)
    except verbs.Loosens as loosens:
        note = _("Take it off the site.")
        changes, digest = loosens.changes, loosens.digest
        return ask(UNPUBLISH, subject, changes, digest, by=by, note=note)
    _void(subject, by=by)
    return None


def ask(
    act: str,
    subject: Model,
    changes: list[Change],
    digest: str,
    *,
    by: User,
    note: str,
    values: dict[str, Any] | None = None,
    writers: set[int] | None = None,
) -> Proposal:
    """Leave a change to wait, in the caller's transaction; return its proposal.

    Another that waits of the same record is void, unless it is the same.
    """
    waiting = Proposal.objects.about(subject).waiting().select_for_update().first()
    if waiting and (waiting.act, waiting.digest) == (act, digest):
        return waiting
    _void(subject, by=by)
    proposal = Proposal.objects.create(
        act=act,
        subject_type=ContentType.objects.get_for_model(subject),
        subject_id=subject.pk,
        title=str(subject)[:200],
        values=values or {},
        digest=digest,
        loosens=_in_words(changes),
        note=note[:200],
        asked_by=by,
    )
    proposal.writers.set({by.pk} | (writers or set()))
    ledger.record(ledger.Action.LOOSENING_ASKED, subject, by=by)
    return proposal


def _in_words(changes: list[Change]) -> list[dict[str, str]]:
    return [
        {"label": said.label, "old": said.old, "new": said.new}
        for said in say_all(changes)
        if said.loosens
    ]


def writers_of(subject: Model) -> set[int]:
    """Return the keys of all who edited a record since it was last published."""
    published = Event.objects.filter(
        action=ledger.Action.PUBLISHED,
        subject_model=subject._meta.label_lower,
        subject_id=subject.pk,
    ).first()
    entries = LogEntry.objects.filter(
        content_type=ContentType.objects.get_for_model(subject), object_id=subject.pk
    )
    if published:
        entries = entries.filter(action_time__gte=published.at)
    return set(entries.order_by().values_list("user", flat=True).distinct())


def _void(subject: Model, *, by: User) -> None:
    """Settle what waits of a record as void: its content is another by now."""
    for proposal in Proposal.objects.about(subject).waiting().select_for_update():
        _settle(proposal, Outcome.CHANGED, by)


# Rows without a draft


@transaction.atomic
def change(row: Model, *, by: User) -> Proposal | None:
    """Take back in an unsaved row what loosens, and leave that to wait.

    What is left in `row` may be saved. Returns the proposal, None if nothing loosens.
    """
    kind = row._meta.model_name or ""
    stored = type(row)._default_manager.select_for_update().get(pk=row.pk)
    loosened = {
        field.name: getattr(row, field.name)
        for field in row._meta.concrete_fields
        if field_loosens(
            kind, field.name, getattr(stored, field.name), getattr(row, field.name)
        )
    }
    if not loosened:
        return None
    for name in loosened:
        setattr(row, name, getattr(stored, name))
    waiting = Proposal.objects.about(row).waiting().first()
    values, writers = loosened, set()
    if waiting:
        values = waiting.values | loosened
        writers = set(waiting.writers.values_list("pk", flat=True))
    changes, digest = _row_difference(stored, values)
    note = _("Changed in the form.")
    return ask(
        CHANGE,
        row,
        changes,
        digest,
        by=by,
        note=note,
        values=values,
        writers=writers,
    )


def _row_difference(stored: Model, values: dict[str, Any]) -> tuple[list[Change], str]:
    old = {name: getattr(stored, name) for name in values}
    kind = stored._meta.model_name or ""
    changes = [
        Change(name, old[name], new, field_loosens(kind, name, old[name], new))
        for name, new in values.items()
    ]
    return changes, verbs.digest_of(old, values)


# Settle


def why_not(proposal: Proposal, user: User) -> str:
    """Return why somebody may not confirm a proposal, "" if they may."""
    is_clinician = user.profession in CLINICIANS and user.registration_number
    if not (user.has_perm("methods.confirm_proposal") and is_clinician):
        return _("A clinician with a registration number confirms this.")
    if user.pk == proposal.asked_by_id or proposal.writers.contains(user):
        return _("Somebody else confirms this: you have written some of it.")
    if Profession.DOCTOR not in (user.profession, proposal.asked_by.profession):
        return _("A doctor confirms this: nobody who wrote it is one.")
    return ""


@transaction.atomic
def confirm(proposal: Proposal, *, digest: str, by: User, answer: str = "") -> Proposal:
    """Do what waits; return it settled: as confirmed, or as void if it is another by now.

    `digest` is that of what the clinician has read. Raises `NotAllowed`, and
    `verbs.Incomplete` or `verbs.InUse` if it cannot go live.
    """
    proposal = _unsettled(proposal)
    if reason := why_not(proposal, by):
        raise NotAllowed(reason)
    act = acts[proposal.act]
    if not digest == proposal.digest == act.look(proposal)[1]:
        return _settle(proposal, Outcome.CHANGED, by)
    _settle(proposal, Outcome.CONFIRMED, by, answer)
    act.perform(proposal)
    return proposal


@transaction.atomic
def refuse(proposal: Proposal, *, by: User, answer: str = "") -> Proposal:
    """Leave what is live as it is; who wrote it takes it back. Raises `NotAllowed`."""
    proposal = _unsettled(proposal)
    if proposal.writers.contains(by):
        return _settle(proposal, Outcome.TAKEN_BACK, by, answer)
    if not by.has_perm("methods.confirm_proposal"):
        raise NotAllowed(_("A clinician refuses this, or who wrote it takes it back."))
    return _settle(proposal, Outcome.REFUSED, by, answer)


def _unsettled(proposal: Proposal) -> Proposal:
    proposal = Proposal.objects.select_for_update().get(pk=proposal.pk)
    if proposal.settled_at:
        raise NotAllowed(_("This is settled already."))
    if proposal.subject is None:
        raise NotAllowed(_("What it was about is deleted."))
    return proposal


_ACTIONS = {
    Outcome.CONFIRMED: ledger.Action.LOOSENING_CONFIRMED,
    Outcome.REFUSED: ledger.Action.LOOSENING_REFUSED,
    Outcome.TAKEN_BACK: ledger.Action.LOOSENING_REFUSED,
    Outcome.CHANGED: ledger.Action.LOOSENING_VOID,
}


def _settle(
    proposal: Proposal, outcome: Outcome, by: User, answer: str = ""
) -> Proposal:
    proposal.settled_by, proposal.settled_at = by, timezone.now()
    proposal.outcome, proposal.answer = outcome, answer[:200]
    proposal.save()
    ledger.record(_ACTIONS[outcome], proposal.subject or proposal, by=by)
    return proposal


# The acts of this app


def look_at_draft(subject: Subject) -> tuple[list[Change], str]:
    """Return what publishing a draft would change, and the digest of just that."""
    subject = type(subject).objects.for_draft().get(pk=subject.pk)
    return verbs.difference(subject, freeze(draft(subject)))


def _subject_of(proposal: Proposal) -> Any:
    return proposal.subject


def _publish(proposal: Proposal) -> None:
    subject = _subject_of(proposal)
    by, note = proposal.asked_by, proposal.note
    verbs.publish(subject, by=by, note=note, confirmation=proposal)


def _unpublish(proposal: Proposal) -> None:
    verbs.unpublish(_subject_of(proposal), by=proposal.asked_by, confirmation=proposal)


def _change(proposal: Proposal) -> None:
    row = _subject_of(proposal)
    for name, value in proposal.values.items():
        setattr(row, name, value)
    row.save(update_fields=list(proposal.values))
    if isinstance(row, Finding):
        protocol_versions.renew(by=proposal.asked_by, note=str(row))
    editions.renew()


acts[PUBLISH] = Act(lambda each: look_at_draft(_subject_of(each)), _publish)
acts[UNPUBLISH] = Act(
    lambda each: verbs.difference(_subject_of(each), None), _unpublish
)
acts[CHANGE] = Act(
    lambda each: _row_difference(_subject_of(each), each.values), _change
)
