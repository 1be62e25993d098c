"""What the admin shows of accounts, roles and the ledger. A file for each page."""

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.contrib import admin

from scarclinic.staff.admin import account_changes, accounts, events, roles

__all__ = ["account_changes", "accounts", "events", "roles"]

# Nobody edits these by hand: factors and sessions have pages of their own.
admin.site.unregister([Authenticator, EmailAddress, UserSession])
