"""The token of an intake's private link: renew it."""

from django.db import transaction

from consultations.locking import locked_intake
from consultations.models import Intake
from scarclinic.staff import ledger
from scarclinic.staff.models import User


@transaction.atomic
def renew_link(intake: Intake, *, by: User | None = None) -> str:
    """Return the token of a new private link; the old one opens nothing any more.

    `by` is who of the staff asked for it, None if the patient did.
    """
    intake = locked_intake(intake)
    token = intake.new_token()
    intake.save(update_fields=["token_hash", "link_nonce", "link_expires_at"])
    ledger.record(ledger.Action.LINK_RENEWED, intake, by=by)
    return token
