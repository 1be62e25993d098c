"""Where accounts are logged in: a row for each session, to list, renew and end it."""

from allauth.usersessions.models import UserSession
from django.contrib.auth import HASH_SESSION_KEY, update_session_auth_hash
from django.contrib.sessions.backends.db import SessionStore
from django.contrib.sessions.models import Session
from django.db import transaction
from django.http import HttpRequest
from django.utils import timezone
from django.utils.crypto import constant_time_compare

from scarclinic.staff import ledger
from scarclinic.staff.models import User


@transaction.atomic
def renew(request: HttpRequest, user: User) -> None:
    """Give one's own session a new key, and have the list know it by that.

    A copy of the old key never becomes a proved session, and a session outlives a change
    of its owner's password.
    """
    listed = UserSession.objects.filter(session_key=request.session.session_key)
    update_session_auth_hash(request, user)
    if not listed.update(session_key=request.session.session_key):
        UserSession.objects.create_from_request(request)


def of(user: User) -> list[UserSession]:
    """Return where an account is logged in, the first first. Two queries."""
    rows = list(UserSession.objects.filter(user=user).order_by("created_at", "pk"))
    stored = Session.objects.filter(expire_date__gt=timezone.now()).in_bulk(
        [row.session_key for row in rows]
    )
    return [
        row
        for row in rows
        if row.session_key in stored and _opens(stored[row.session_key], user)
    ]


def _opens(session: Session, user: User) -> bool:
    """Return whether a session is of the password that an account has now."""
    kept = session.get_decoded().get(HASH_SESSION_KEY, "")
    right = [user.get_session_auth_hash(), *user.get_session_auth_fallback_hash()]
    return any(constant_time_compare(kept, each) for each in right)


@transaction.atomic
def end(user: User, *, by: User, but: str = "") -> int:
    """Log somebody out everywhere, but of one session; return of how many browsers."""
    count = drop(user, but=but)
    ledger.record(ledger.Action.SESSIONS_ENDED, user, by=by)
    return count


def drop(user: User, *, but: str = "") -> int:
    """End sessions, as a part of what the caller records; return how many."""
    rows = UserSession.objects.filter(user=user).exclude(session_key=but)
    keys = list(rows.values_list("session_key", flat=True))
    Session.objects.filter(pk__in=keys).delete()
    UserSession.objects.filter(session_key__in=keys).delete()
    return len(keys)


def forget() -> int:
    """Delete sessions that have ended, and what they say of a browser; return how many."""
    SessionStore.clear_expired()
    alive = Session.objects.values("session_key")
    return UserSession.objects.exclude(session_key__in=alive).delete()[0]
