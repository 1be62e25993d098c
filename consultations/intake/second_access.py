"""The second access of 16 and 17: give it, write its link, and take its consent."""

from collections.abc import Collection

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from consultations.intake import consents
from consultations.intake.private_link import make_anew
from consultations.intake.questions.about_person import has_second_access
from consultations.letters import outbox
from consultations.locking import NotAllowed, locked_access
from consultations.models import (
    OF_BOTH,
    ConsentDecision,
    ConsentPurpose,
    ConsentVersion,
    DecidedBy,
    Intake,
    LetterKind,
    SecondAccess,
)
from scarclinic.staff import ledger, throttle
from scarclinic.staff.models import User
from scarclinic.staff.text import emails

WHO = frozenset({"date_of_birth", "for_whom"})
"""By these answers it is known whose the second access is."""
FOLLOWED = WHO | {"second_email"}
TYPED = "second consent"
"""Under what `Intake.typed` keeps the ticks of this one that cannot be taken yet."""


def _who(intake: Intake) -> str:
    """Return who has not written the intake."""
    return DecidedBy.PATIENT if intake.is_for_child else DecidedBy.GUARDIAN


def _must_agree(intake: Intake) -> bool:
    """Return whether no plan is signed before the other one agrees."""
    return intake.is_for_child or intake.needs_guardian_on(timezone.localdate())


@transaction.atomic
def grant(intake: Intake) -> SecondAccess | None:
    """Give the other one of patient and guardian an access, and write the link to it.

    Called once the intake of somebody of 16 or 17 is sent. None if a guardian need not
    agree and has no address.
    """
    who = _who(intake)
    access = SecondAccess(
        intake=intake,
        who=who,
        must_agree=_must_agree(intake),
        email=intake.second_email.strip(),
    )
    if not (access.must_agree or access.email):
        return None
    access.new_token()
    access.save()
    ledger.record(ledger.Action.LINK_RENEWED, access)
    _write(access)
    return access


@transaction.atomic
def follow(intake: Intake, changed: Collection[str]) -> None:
    """Give a second access, end it, or write to it, as the answers have been corrected.

    `changed` are the columns that were. What else is corrected leaves it alone: its
    address may have been put right since.
    """
    access, is_of_who = intake.second, bool(WHO & set(changed))
    if not FOLLOWED & set(changed):
        return
    if not has_second_access(intake):
        if access and is_of_who:
            _end(access)
        return
    if access is None:
        grant(intake)
        return
    who, must_agree = _who(intake), _must_agree(intake)
    email = intake.second_email.strip()
    # Else time has gone by: it is still the one that was asked.
    if is_of_who and (
        access.is_link_over or (access.who, access.must_agree) != (who, must_agree)
    ):
        if access.who != who and "second_email" not in changed:
            # It is that of the one who has the other link now.
            email = ""
        _replace(access, who=who, must_agree=must_agree, email=email)
    elif email and not emails.is_one_mailbox(email, access.email):
        renew(access, email=email)


def _end(access: SecondAccess) -> None:
    """Close the link, which then says so: nobody of this age has a second access."""
    access = locked_access(access)
    if access.link_expires_at <= timezone.now() and not access.must_agree:
        return
    _forget_consents(access)
    access.must_agree, access.link_expires_at = False, timezone.now()
    access.save(update_fields=["must_agree", "link_expires_at"])
    ledger.record(ledger.Action.LINK_ENDED, access)


def _replace(access: SecondAccess, *, who: str, must_agree: bool, email: str) -> None:
    """Make it the access of somebody else: a new link, and what was agreed falls."""
    access = locked_access(access)
    _forget_consents(access)
    access.messages.update(is_of_former=True)
    access.who, access.must_agree, access.email = who, must_agree, email
    access.intake.second_email = email
    access.intake.save(update_fields=["second_email"])
    make_anew(access, "who", "must_agree", "email")
    _write(access)


def _forget_consents(access: SecondAccess) -> None:
    """Let what was agreed to by this access count no more; the record of it stays.

    Nothing is taken back: whoever has the new link is asked anew, and sees no tick of
    the one before.
    """
    if access.intake.typed.pop(TYPED, None) is not None:
        access.intake.save(update_fields=["typed"])
    standing = access.intake.consents.in_force(access).values()
    ended = [
        ConsentDecision(
            intake=access.intake,
            second=access,
            version=each.version,
            is_given=False,
            digest=each.digest,
            language=each.language,
            decided_by=DecidedBy.CLINIC,
        )
        for each in standing
        if each.is_given
    ]
    if ended:
        ConsentDecision.objects.bulk_create(ended)
        ledger.record(ledger.Action.CONSENT_DECIDED, access.intake)


def _write(access: SecondAccess) -> bool:
    """Put the link into the outbox; return whether an e-mail goes out."""
    if not access.email:
        return False
    # Whoever types somebody else's address does so only so often.
    mailbox = emails.mailbox(access.email)
    if throttle.spend("link to anybody by contact", mailbox):
        return False
    key = f"second-{access.pk}-{access.token_hash[:16]}-{timezone.now():%Y%m%d%H%M}"
    return bool(outbox.write(access.intake, LetterKind.SECOND, key=key, second=access))


@transaction.atomic
def renew(access: SecondAccess, *, email: str = "", by: User | None = None) -> str:
    """Return the token of a new link, which is written to the address; the old one ends.

    `email` is another address, if the one before was wrong. Whoever has agreed by the
    one before is told there, and somebody at the other is asked anew. `by` is who of the
    staff asked for it, None if it was the one who wrote the intake.
    """
    access = locked_access(access)
    is_other = email and not emails.is_one_mailbox(email, access.email)
    if is_other:
        has_agreed = access.has_agreed
        # Somebody else may read there: what was written before is not theirs.
        access.messages.update(is_of_former=True)
        _forget_consents(access)
        if has_agreed:
            outbox.write_moved(access.intake, access.email, has_agreed=True)
    if email:
        # Also the answer: else the next correction would bring the former one back.
        access.email = access.intake.second_email = email
        access.intake.save(update_fields=["second_email"])
    token = make_anew(access, "email", by=by)
    _write(access)
    return token


def offers(access: SecondAccess) -> list[ConsentVersion]:
    """Return what this one may agree to after all: the words that are live now.

    What both decide only where this one must; photos for teaching, once they may be kept.
    """
    decided = access.intake.consents.in_force(access)
    given = {purpose for purpose, each in decided.items() if each.is_given}
    words = consents.live(access.intake.language, access.who)
    closed = given | {ConsentPurpose.ASSESSMENT}
    if not access.is_needed:
        closed |= set(OF_BOTH)
    elif ConsentPurpose.PHOTOS not in given:
        closed |= {ConsentPurpose.TEACHING}
    return [version for purpose, version in words.items() if purpose not in closed]


@transaction.atomic
def agree(
    access: SecondAccess, given: dict[str, bool], versions: consents.Versions
) -> None:
    """Record what this one has decided, in the words that were shown.

    Raises `NotAllowed` if the intake was withdrawn meanwhile.
    """
    access = locked_access(access)
    if access.intake.is_withdrawn:
        raise NotAllowed(_("This was withdrawn."))
    consents.decide(
        access.intake,
        given,
        by=access.who,
        name=access.name,
        versions=versions,
        second=access,
    )
