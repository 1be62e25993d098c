"""E-mails that tell people what happens to their account. A worker sends them.

A task holds ids, and an address that the account had until now: what the e-mail says, and
the link for a new password, is made when it is sent. What fails is tried again a few times; the ledger has what happened.
"""

from datetime import timedelta

from allauth.account.forms import default_token_generator
from allauth.account.utils import user_pk_to_url_str
from django.conf import settings
from django.core.mail import EmailMessage
from django.db import models
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy

from scarclinic.staff.background import background_task
from scarclinic.staff.models import AccountChange, User

ATTEMPTS = 5
BACK_OFF = timedelta(minutes=10)


class Kind(models.TextChoices):
    """What is told: the subject, which is all that most e-mails have to say."""

    NEW_DEVICE = "new_device", lazy("Your account was opened in a new browser")
    PASSWORD = "password", lazy("Your password was changed")
    RESET_LINK = "reset_link", lazy("Choose a new password")
    FACTORS = "factors", lazy("The second factors of your account were changed")
    CODE_USED = "code_used", lazy("A recovery code of your account was used")
    CHANGE_ASKED = "change_asked", lazy("A change of your account was asked for")
    CHANGE_REFUSED = "change_refused", lazy("A change of your account was refused")
    CHANGED = "changed", lazy("Your account was changed")


def tell(
    user: User, kind: Kind, change: AccountChange | None = None, also: str = ""
) -> None:
    """Have an account's owner told, in the caller's transaction.

    `also` is an address that the account had until now.
    """
    number = change.pk if change else None
    if also == user.email:
        also = ""
    send_account_mail.enqueue(str(kind), user.pk, number, also=also)


@background_task
def send_account_mail(
    kind: str, user_id: int, change_id: int | None, attempt: int = 1, also: str = ""
) -> None:
    """Send one e-mail, in a worker; of a changed address, to the old one as well."""
    try:
        _send_all(kind, user_id, change_id, also)
    except Exception:
        if attempt == ATTEMPTS:
            raise
        later = timezone.now() + attempt * BACK_OFF
        again = send_account_mail.using(run_after=later)
        again.enqueue(kind, user_id, change_id, attempt + 1, also)


def _send_all(kind: str, user_id: int, change_id: int | None, also: str) -> None:
    user = User.objects.filter(pk=user_id).first()
    if user is None:
        return
    changes = {}
    if change_id and (change := AccountChange.objects.filter(pk=change_id).first()):
        changes = change.changes
    for address in dict.fromkeys([user.email, changes.get("old_email", ""), also]):
        if address:
            _send(user, Kind(kind), address)


def _send(user: User, kind: Kind, address: str) -> None:
    said = [f"{kind.label}: {user.get_username()}."]
    if kind == Kind.RESET_LINK:
        said.append(_("This opens a page for it, once, within a day:"))
        said.append(_reset_link(user))
        said.append(_("Your second factor stays as it is."))
    else:
        said.append(
            _(
                "If you know of it, there is nothing to do. If not, tell an administrator "
                "at once, and end your sessions: %(url)s"
            )
            % {"url": f"{settings.SITE_URL}{reverse('mfa_index')}"}
        )
    EmailMessage(str(kind.label), "\n\n".join(said), to=[address]).send()


def _reset_link(user: User) -> str:
    uid = user_pk_to_url_str(user)
    key = default_token_generator.make_token(user)
    path = reverse("account_reset_password_from_key", args=[uid, key])
    return f"{settings.SITE_URL}{path}"
