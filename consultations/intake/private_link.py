"""The token of an intake's private link: renew it."""

from django.db import transaction

from consultations.locking import locked_intake


@transaction.atomic
def renew_link(intake):
    """Return the token of a new private link; the old one opens nothing any more."""
    intake = locked_intake(intake)
    token = intake.new_token()
    intake.save(update_fields=["token_hash", "link_nonce", "link_expires_at"])
    return token
