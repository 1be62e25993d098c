"""The private link of an intake, or of a second access: what the database keeps of it."""

import hashlib
import hmac
import secrets
from base64 import urlsafe_b64encode
from datetime import timedelta

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext_lazy as _


def hashed(token):
    """Return what is stored of a private link's token."""
    return hashlib.sha256(token.encode()).hexdigest()


def token_for(nonce, key=None):
    """Return the token of 256 bits that a link's nonce stands for.

    Only our secret key makes one from the other: so a letter that waits to be sent need
    not hold the link, and a copy of the database opens nothing.
    """
    digest = salted_hmac(
        "consultations.link", nonce, secret=key, algorithm="sha256"
    ).digest()
    return urlsafe_b64encode(digest).decode().rstrip("=")


class PrivateLink(models.Model):
    """What the database keeps of a private link: never its token."""

    TOKEN: tuple[str, ...] = (
        *("token_hash", "link_nonce", "link_expires_at"),
        *("wrong_dates", "wrong_date_at"),
    )

    token_hash = models.CharField(max_length=64, unique=True, editable=False)
    link_nonce = models.CharField(max_length=64, editable=False)
    link_expires_at = models.DateTimeField(_("link ends"), editable=False)
    wrong_dates = models.PositiveSmallIntegerField(default=0, editable=False)
    wrong_date_at = models.DateTimeField(null=True, editable=False)

    class Meta:
        abstract = True

    def new_token(self):
        """Return a new token, of 256 bits; only its hash stays.

        Whatever the link opened before opens nothing any more, and wrong dates are
        counted anew. `TOKEN` names the fields.
        """
        self.wrong_dates, self.wrong_date_at = 0, None
        self.link_nonce = secrets.token_hex(32)
        token = token_for(self.link_nonce)
        self.token_hash = hashed(token)
        self.extend_link()
        return token

    def extend_link(self):
        """Let the private link open for as long again as it may."""
        self.link_expires_at = timezone.now() + timedelta(days=settings.LINK_DAYS)

    @property
    def token(self):
        """Return the token of the private link, None if our secret key is another."""
        for key in (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS):
            token = token_for(self.link_nonce, key)
            if hmac.compare_digest(hashed(token), self.token_hash):
                return token
        return None

    @property
    def is_link_over(self):
        return self.link_expires_at <= timezone.now()
