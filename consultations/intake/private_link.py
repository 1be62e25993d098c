"""The keys of private links: renew one, take over a draft, count wrong guesses."""

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from consultations.intake import people_search
from consultations.intake.questions.pages import CONTACT
from consultations.letters import outbox
from consultations.letters.reach import Reach
from consultations.locking import NotAllowed, locked_access, locked_intake
from consultations.models import Intake, SecondAccess, hashed
from scarclinic.staff import ledger
from scarclinic.staff.models import Event, User

READ_ANSWERS = "consultations.read_answers"
CONTACT_FIELDS = (
    *("email", "telephone", "telephone_e164", "ways", "leave_message", "call_time"),
    *("ask_for", "postal_address"),
)


def make_anew(link: Intake | SecondAccess, *also: str, by: User | None = None) -> str:
    """Give a link a new token, and return it; the old one opens nothing any more.

    `also` are columns to be saved with it. `by` is who of the staff asked for it, None if
    it was one of those who have a link. The caller holds the row.
    """
    token = link.new_token()
    link.save(update_fields=[*link.TOKEN, *also])
    ledger.record(ledger.Action.LINK_RENEWED, link, by=by)
    return token


@transaction.atomic
def renew_link(intake: Intake, *, by: User | None = None) -> str:
    """Return the token of a new private link; the old one opens nothing any more.

    `by` is who of the staff asked for it, None if the patient did.
    """
    return make_anew(locked_intake(intake), by=by)


@transaction.atomic
def send_link(intake: Intake, *, by: User | None = None) -> None:
    """Write a new private link to the patient's own address; nobody else sees it.

    Raises `NotAllowed` if no letter goes there: then the old link stays.
    """
    if not Reach(intake).may_write:
        raise NotAllowed(
            _(
                "No e-mail, text message or letter goes to this patient. Somebody who may read the answers can "
                "make a new link and give it to the patient."
            )
        )
    renew_link(intake, by=by)
    intake.refresh_from_db()
    outbox.write_link(intake)


def is_redirected(intake: Intake) -> bool:
    """Return whether letters go where only staff without `read_answers` have let them go.

    They know the date of birth of who called them: with the link, which goes to the new
    address as well, they would read the answers. It holds until somebody who may read
    them makes a new link. Two queries, one where the clinic has corrected nothing.
    """
    corrected = intake.corrections.filter(is_of_contact=True, by__isnull=False)
    mended = [
        each.corrected_at
        for each in corrected.select_related("by")
        if each.by and not each.by.has_perm(READ_ANSWERS)
    ]
    if not mended:
        return False
    renewed = Event.objects.filter(
        action=ledger.Action.LINK_RENEWED,
        case_id=intake.pk,
        by__isnull=False,
        at__gt=max(mended),
    )
    makers = [each.by for each in renewed.select_related("by")]
    return not any(each and each.has_perm(READ_ANSWERS) for each in makers)


def _forget_contact(intake: Intake) -> list[str]:
    """Forget how to reach whoever began a draft that changes hands; return the fields.

    Without a date of birth nobody has proved to be the same person: who goes on must not
    read it, nor have the next letter, with the new key, sent there. Whoever has proved it
    keeps what stands on the contact page; but an address to which only the link was sent
    may be that of somebody who began it for them.
    """
    if intake.date_of_birth is None:
        for name in CONTACT_FIELDS:
            setattr(intake, name, getattr(Intake(), name))
        intake.done = [key for key in intake.done if key != CONTACT.slug]
        intake.typed.pop(CONTACT.slug, None)
        return [*CONTACT_FIELDS, "done", "typed"]
    if CONTACT.slug not in intake.done:
        intake.email = ""
        return ["email"]
    return []


@transaction.atomic
def open_link(intake: Intake, token: str) -> str:
    """Return the token with which a new browser goes on from the link that it opened.

    A draft belongs to one browser: the one that takes it over gets a new key, and the old
    one is dead, so that nobody reads along who began it for somebody else. What was sent
    may be read on several. Raises `NotAllowed` if somebody else was quicker.
    """
    intake = locked_intake(intake)
    if intake.token_hash != hashed(token):
        raise NotAllowed(_("A newer link has taken the place of this one."))
    ledger.record(ledger.Action.LINK_OPENED, intake)
    if not intake.is_draft:
        return token
    token = intake.new_token()
    fields = [*intake.TOKEN, "touched_at", *_forget_contact(intake)]
    # A page that the old browser is just saving is refused: `drafts.hold`.
    intake.touched_at = timezone.now()
    intake.save(update_fields=fields)
    people_search.index(intake)
    return token


@transaction.atomic
def note_wrong_date(link: Intake | SecondAccess) -> None:
    """Count a wrong date of birth at a link: the patient is told of it."""
    link = (
        locked_access(link) if isinstance(link, SecondAccess) else locked_intake(link)
    )
    link.wrong_dates = min(link.wrong_dates + 1, 1000)
    link.wrong_date_at = timezone.now()
    link.save(update_fields=["wrong_dates", "wrong_date_at"])
    ledger.record(ledger.Action.DATE_GUESSED, link)
