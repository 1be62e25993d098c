"""Consent: the texts asked for, the decisions, and the effects of withdrawal."""

from collections.abc import Mapping

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _

from consultations.intake import withdrawal
from consultations.intake.photos import keeping
from consultations.locking import NotAllowed, locked_intake
from consultations.models import (
    OF_BOTH,
    ConsentDecision,
    ConsentPurpose,
    ConsentReader,
    ConsentText,
    ConsentVersion,
    Intake,
    SecondAccess,
    digest_of,
)
from methods.models import Outcome, Proposal
from methods.protocol.loosening import NEW, Change, says_the_same
from methods.publishing import proposals
from methods.publishing.verbs import digest_of as digest_of_content
from scarclinic.staff import ledger
from scarclinic.staff.models import User

Versions = dict[str, ConsentVersion]

# Read


def live(language: str, reader: str = ConsentReader.PATIENT) -> Versions:
    """Return {purpose: `ConsentVersion`} as it is read now, in a language.

    A purpose without words in that language has those of the site's own; one without
    words for guardians has those of the patient. A query for each of these.
    """
    versions = {
        each.text.purpose: each
        for each in ConsentVersion.objects.live(language, reader)
    }
    is_whole = versions.keys() == set(ConsentPurpose)
    if not is_whole and language != settings.LANGUAGE_CODE:
        versions = live(settings.LANGUAGE_CODE, reader) | versions
    elif not is_whole and reader != ConsentReader.PATIENT:
        versions = live(language) | versions
    return {
        purpose: versions[purpose] for purpose in ConsentPurpose if purpose in versions
    }


def live_for(intake: Intake) -> Versions:
    """Return the words that are live for who wrote an intake: a patient, or a guardian."""
    is_guardian = intake.is_for_child
    reader = ConsentReader.GUARDIAN if is_guardian else ConsentReader.PATIENT
    return live(intake.language, reader)


# Decide


@transaction.atomic
def decide(
    intake: Intake,
    given: Mapping[str, bool],
    *,
    by: str,
    name: str = "",
    versions: Versions | None = None,
    second: SecondAccess | None = None,
) -> list[ConsentDecision]:
    """Record what somebody decided, {purpose: bool}; return the decisions added.

    Only what is new is added: another answer, other words, another who. `versions` are
    the words that were shown, as `live` returns them; without, those that are live now.
    An agreement that is missing now is taken back, with all that this does. `second` is
    the access by which it was decided, if not by that of who wrote the intake. Raises
    `NotAllowed` if the intake was erased.
    """
    intake = locked_intake(intake)
    versions = versions or live(intake.language)
    before = intake.consents.in_force(second)
    added = []
    for purpose, is_given in given.items():
        version = versions[purpose]
        decision = ConsentDecision(
            intake=intake,
            second=second,
            version=version,
            is_given=is_given,
            digest=version.digest,
            language=version.text.language,
            decided_by=by,
            name=name,
        )
        if _said(before.get(purpose)) != _said(decision):
            added.append(decision)
    if added:
        ConsentDecision.objects.bulk_create(added)
        ledger.record(ledger.Action.CONSENT_DECIDED, intake)
    for purpose, is_given in given.items():
        if not is_given and _stands(before, purpose):
            _end(intake, purpose, by=by, name=name)
        if not is_given and second and purpose in OF_BOTH:
            # What one of two does not want is not done.
            withdraw(intake, purpose, by=by, name=name)
    return added


def _said(decision: ConsentDecision | None) -> tuple[object, ...] | None:
    if decision is None:
        return None
    names = ("is_given", "version_id", "decided_by", "name")
    return tuple(getattr(decision, name) for name in names)


@transaction.atomic
def withdraw(
    intake: Intake,
    purpose: str,
    *,
    by: str,
    name: str = "",
    second: SecondAccess | None = None,
) -> None:
    """Take an agreement back, with all that this does; nothing if there is none.

    The record names the words that were agreed to: they say what taking back means.
    Raises `NotAllowed` if the intake was erased.
    """
    intake = locked_intake(intake)
    standing = intake.consents.in_force(second).get(purpose)
    if standing and standing.is_given:
        no, versions = {purpose: False}, {purpose: standing.version}
        decide(intake, no, by=by, name=name, versions=versions, second=second)


@transaction.atomic
def give(
    intake: Intake,
    purpose: str,
    digest: str,
    *,
    by: str,
    name: str = "",
    second: SecondAccess | None = None,
) -> None:
    """Agree to a purpose after sending, in the words of a digest; nothing if it stands.

    What both must agree to holds once both have: `Intake.is_agreed`. Raises `NotAllowed`
    if the intake is withdrawn or was erased, if other words are live by now than those
    that were read, or photos would be shown that may not be kept.
    """
    intake = locked_intake(intake)
    if intake.is_withdrawn:
        raise NotAllowed(_("This intake is withdrawn."))
    versions = live(intake.language, second.who) if second else live_for(intake)
    if purpose not in versions or versions[purpose].digest != digest:
        raise NotAllowed(
            _("These words are new since you opened the page. Read them, then agree.")
        )
    before = intake.consents.in_force(second)
    if purpose == ConsentPurpose.TEACHING and not _stands(
        before, ConsentPurpose.PHOTOS
    ):
        raise NotAllowed(
            _("We can only show photos that we may keep: agree to that first.")
        )
    if not _stands(before, purpose):
        yes = {purpose: True}
        decide(intake, yes, by=by, name=name, versions=versions, second=second)


def _stands(decisions: Mapping[str, ConsentDecision], purpose: str) -> bool:
    decision = decisions.get(purpose)
    return decision is not None and decision.is_given


def _end(intake: Intake, purpose: str, *, by: str, name: str) -> None:
    """Record that a consent is withdrawn, and delete or stop what its text promises."""
    ledger.record(ledger.Action.CONSENT_WITHDRAWN, intake)
    if purpose == ConsentPurpose.PHOTOS:
        keeping.remove_all([intake])
        # Else it would hold at once for photos that are added after a change of mind.
        withdraw(intake, ConsentPurpose.TEACHING, by=by, name=name)
    elif purpose == ConsentPurpose.ASSESSMENT:
        withdrawal.withdraw(intake)


# Publish


def words_of(text: ConsentText | ConsentVersion) -> tuple[str, str, str]:
    """Return what a text or one of its versions says: label, explanation, withdrawal."""
    return text.label, text.explanation, text.withdrawal


OFFER = "consent"
"""What waits for a clinician when staff change the words: see `proposals`."""


class Loosens(Exception):
    """One person alone may not put these words before patients: see `offer`."""


def differences(text: ConsentText) -> list[Change]:
    """Return how the words of a draft differ from those that are live."""
    newest = text.versions.first()
    if newest is None:
        return [Change(NEW, None, str(text), True)]
    return [
        Change(name, old, new, not says_the_same(old, new))
        for name in ("label", "explanation", "withdrawal")
        if (old := getattr(newest, name)) != (new := getattr(text, name))
    ]


def difference(text: ConsentText) -> tuple[list[Change], str]:
    """Return how a draft differs from what is live, and what stands for just that."""
    newest = text.versions.first()
    words = {"live": newest and words_of(newest), "draft": words_of(text)}
    return differences(text), digest_of_content(words)


@transaction.atomic
def offer(text: ConsentText, *, by: User) -> ConsentVersion | Proposal:
    """Publish what only corrects the spelling; leave all else to wait for a clinician."""
    text = ConsentText.objects.select_for_update().get(pk=text.pk)
    try:
        return publish(text, by=by)
    except Loosens:
        changes, digest = difference(text)
        return proposals.ask(
            OFFER,
            text,
            changes,
            digest,
            by=by,
            note=_("Other words of a consent."),
            writers=proposals.writers_of(text),
        )


def confirm_offer(proposal: Proposal) -> None:
    """Publish the words that a second person has confirmed."""
    text = ConsentText.objects.get(pk=proposal.subject_id)
    publish(text, by=proposal.asked_by, confirmation=proposal)


@transaction.atomic
def publish(
    text: ConsentText, *, by: User | None, confirmation: Proposal | None = None
) -> ConsentVersion:
    """Ask in these words from now on; return the version that is live.

    Earlier versions stay, and so does what was agreed to in their words. Words that are
    live already make no new version. Raises `Loosens` for other words that nobody else
    has confirmed; the shell, which publishes by nobody, passes.
    """
    text = ConsentText.objects.select_for_update().get(pk=text.pk)
    newest = text.versions.first()
    if newest and words_of(newest) == words_of(text):
        return newest
    changes, digest = difference(text)
    is_confirmed = (
        confirmation is not None
        and confirmation.outcome == Outcome.CONFIRMED
        and confirmation.digest == digest
        and confirmation.subject == text
    )
    if by and not is_confirmed and any(change.loosens for change in changes):
        raise Loosens(str(text))
    version = text.versions.create(
        number=newest.number + 1 if newest else 1,
        label=text.label,
        explanation=text.explanation,
        withdrawal=text.withdrawal,
        digest=digest_of(*words_of(text)),
        published_by=by,
    )
    ledger.record(ledger.Action.PUBLISHED, text, by=by)
    return version
