"""What happens to accounts: what gives power waits for a second administrator.

Power is what decides about patients or accounts: a profession, a registration number, a
role or right of `powers`, a wider scope, and what leads to somebody else's power: their
e-mail address, their second factors, a closed account that still has such a right, and
the name that a patient reads under a plan. Nobody sets another's password: a link goes to
its owner.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from allauth.mfa.models import Authenticator
from django.contrib.auth.models import Group, Permission
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy

from scarclinic.staff import account_mail, ledger, session_list
from scarclinic.staff.account_mail import Kind
from scarclinic.staff.ledger import Action
from scarclinic.staff.models import AccountChange, Profession, User

powers = {
    "staff.add_user",
    "staff.change_user",
    "auth.add_group",
    "auth.change_group",
}
"""Permissions that only two administrators give: apps add theirs at start-up."""
WORDS = {
    "email": lazy("e-mail"),
    "profession": lazy("profession"),
    "registration_number": lazy("registration number"),
}
NAMES = {
    "username": lazy("username"),
    "first_name": lazy("first name"),
    "last_name": lazy("last name"),
}
SWITCHES = {
    "is_active": lazy("active"),
    "is_staff": lazy("staff status"),
    "is_superuser": lazy("superuser"),
}
RIGHTS = {"groups": Group, "user_permissions": Permission}


@dataclass(frozen=True)
class Elsewhere:
    """What another app keeps of an account, and two administrators change."""

    apply: Callable[[User, Any], None]
    """Makes a change; raises `NotAllowed` if it cannot be made any more."""
    in_words: Callable[[list[Any]], list[str]]
    """Says what each of several changes does, in as many queries as for one."""


elsewhere: dict[str, Elsewhere] = {}
"""By its name in `AccountChange.changes`: apps add theirs at start-up."""


class NotAllowed(Exception):
    """A sentence for whoever pressed the button."""


def gives_power(right: Group | Permission) -> bool:
    """Return whether a role or a permission decides about patients or accounts."""
    if isinstance(right, Permission):
        return f"{right.content_type.app_label}.{right.codename}" in powers
    held = right.permissions.select_related("content_type")
    return any(gives_power(each) for each in held)


def _has_power(user: User) -> bool:
    rights = [each for name in RIGHTS for each in getattr(user, name).all()]
    return user.is_superuser or any(gives_power(each) for each in rights)


def _stands_for_somebody(user: User) -> bool:
    """Return whether a name stands for a person whom two administrators have confirmed."""
    if user.profession or user.registration_number or waits(user):
        return True
    return _has_power(user)


def powerful(user: User, wanted: dict[str, Any]) -> dict[str, Any]:
    """Return what of the fields `wanted` of an account needs a second administrator.

    Rights and words as `AccountChange.changes` has them. What takes power away does not.
    """
    found: dict[str, Any] = {
        name: wanted[name]
        for name in WORDS
        if wanted.get(name) and wanted[name] != getattr(user, name)
    }
    if "email" in wanted and not wanted["email"] and user.email:
        found["email"] = ""
    renamed = {
        name: wanted[name]
        for name in NAMES.keys() & wanted.keys()
        if wanted[name] != getattr(user, name)
    }
    if renamed and _stands_for_somebody(user):
        found |= renamed
    for name in SWITCHES:
        is_given = wanted.get(name) and not getattr(user, name)
        # To open an account gives what its owner had before it was closed.
        if is_given and (name == "is_superuser" or _has_power(user)):
            found[name] = True
    for name in RIGHTS.keys() & wanted.keys():
        held = set(getattr(user, name).all()) if user.pk else set()
        added = [each for each in wanted[name] if each not in held]
        if new := [each.pk for each in added if gives_power(each)]:
            found[name] = new
    return found


def waits(user: User) -> AccountChange | None:
    """Return the change of an account that waits, if there is one."""
    return user.changes.filter(settled_at=None).first()


@transaction.atomic
def ask(user: User, changes: dict[str, Any], *, by: User) -> AccountChange:
    """Ask for a change; a second administrator confirms it. Raises `NotAllowed`."""
    user = User.objects.select_for_update().get(pk=user.pk)
    if waits(user):
        raise NotAllowed(
            _("Another change of this account waits: confirm or refuse that first.")
        )
    if "email" in changes:
        changes = changes | {"old_email": user.email}
    change = AccountChange.objects.create(user=user, changes=changes, asked_by=by)
    ledger.record(Action.CHANGE_ASKED, user, by=by)
    account_mail.tell(user, Kind.CHANGE_ASKED, change)
    return change


@transaction.atomic
def confirm(change: AccountChange, *, by: User) -> AccountChange:
    """Make a change that another administrator has asked for. Raises `NotAllowed`."""
    change = _unsettled(change)
    user = User.objects.select_for_update().get(pk=change.user_id)
    if by.pk in (change.asked_by_id, change.user_id):
        raise NotAllowed(
            _("Somebody else confirms this: neither who asked nor whose account it is.")
        )
    if not by.is_superuser and (user.is_superuser or "is_superuser" in change.changes):
        raise NotAllowed(_("Only a superuser confirms this."))
    _settle(change, by, is_confirmed=True)
    _apply(user, change.changes, by)
    ledger.record(Action.CHANGE_CONFIRMED, user, by=by)
    account_mail.tell(user, Kind.CHANGED, change)
    return change


@transaction.atomic
def refuse(change: AccountChange, *, by: User) -> AccountChange:
    """Leave an account as it is; who asked may take it back too."""
    change = _unsettled(change)
    _settle(change, by, is_confirmed=False)
    ledger.record(Action.CHANGE_REFUSED, change.user, by=by)
    account_mail.tell(change.user, Kind.CHANGE_REFUSED, change)
    return change


def _unsettled(change: AccountChange) -> AccountChange:
    change = AccountChange.objects.select_for_update().get(pk=change.pk)
    if change.settled_at:
        raise NotAllowed(_("This is settled already."))
    return change


def _settle(change: AccountChange, by: User, *, is_confirmed: bool) -> None:
    change.settled_by, change.settled_at = by, timezone.now()
    change.is_confirmed = is_confirmed
    change.save()


def _apply(user: User, changes: dict[str, Any], by: User | None) -> None:
    taken = User.objects.filter(username=changes.get("username")).exclude(pk=user.pk)
    if taken.exists():
        raise NotAllowed(_("Another account has this username."))
    for name in (*WORDS, *NAMES, *SWITCHES):
        if name in changes:
            setattr(user, name, changes[name])
    user.save()
    for name, model in RIGHTS.items():
        # What was deleted meanwhile is given to nobody.
        rights = model._default_manager.filter(pk__in=changes.get(name, ()))
        getattr(user, name).add(*rights)
    if "factors" in changes:
        Authenticator.objects.filter(user=user).delete()
        ledger.record(Action.FACTORS_RESET, user, by=by)
        session_list.drop(user)
    for name in elsewhere.keys() & changes.keys():
        elsewhere[name].apply(user, changes[name])


@transaction.atomic
def appoint(user: User, changes: dict[str, Any]) -> User:
    """Make a change from the shell: there is nobody yet, or nobody else, to confirm it."""
    user = User.objects.select_for_update().get(pk=user.pk)
    old_email = user.email
    _apply(user, changes, by=None)
    ledger.record(Action.CHANGE_CONFIRMED, user)
    account_mail.tell(user, Kind.CHANGED, also=old_email)
    return user


@transaction.atomic
def send_reset_link(user: User, *, by: User | None) -> None:
    """Mail an account's owner a link to choose a password; raises `NotAllowed`."""
    if not user.email:
        raise NotAllowed(_("This account has no e-mail address: enter one first."))
    ledger.record(Action.RESET_LINK_SENT, user, by=by)
    account_mail.tell(user, Kind.RESET_LINK)


def in_words(changes: dict[str, Any]) -> list[str]:
    """Return what a change does, a line each, for whoever confirms it."""
    return in_words_of_each([changes])[0]


def in_words_of_each(every: list[dict[str, Any]]) -> list[list[str]]:
    """Return what each of several changes does, in as many queries as for one."""
    names = {field: _names(field, every) for field in RIGHTS}
    said = [_said(changes, names) for changes in every]
    for name, other in elsewhere.items():
        having = [number for number, changes in enumerate(every) if name in changes]
        words = other.in_words([every[number][name] for number in having])
        for number, word in zip(having, words, strict=True):
            said[number].append(word)
    return said


def _names(field: str, every: list[dict[str, Any]]) -> dict[int, str]:
    """Return the names of the rights of a kind that any of these changes gives."""
    keys = {key for changes in every for key in changes.get(field, ())}
    rights: QuerySet[Any] = RIGHTS[field]._default_manager.filter(pk__in=keys)
    if field == "user_permissions":
        rights = rights.select_related("content_type")
    return {right.pk: str(right) for right in rights}


def _said(changes: dict[str, Any], names: dict[str, dict[int, str]]) -> list[str]:
    said = []
    for name, label in (WORDS | NAMES).items():
        if name in changes:
            value = changes[name]
            if name == "profession":
                value = Profession(value).label
            said.append(f"{label}: {value or _('none')}")
    said += [str(label) for name, label in SWITCHES.items() if name in changes]
    for field, known in names.items():
        given = [known[key] for key in changes.get(field, ()) if key in known]
        said += [_("gets: %(name)s") % {"name": name} for name in given]
    if "factors" in changes:
        said.append(_("second factors taken away"))
    return said
