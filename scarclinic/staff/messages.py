"""Where Django's one-time messages wait for the next page: in a cookie of our own name."""

from django.conf import settings
from django.contrib.messages.storage.cookie import CookieStorage
from django.contrib.messages.storage.fallback import FallbackStorage
from django.contrib.messages.storage.session import SessionStorage


class Cookie(CookieStorage):
    cookie_name = f"{settings.COOKIE_PREFIX}messages"


class Storage(FallbackStorage):
    """A signed cookie; the session, if they are too long for one."""

    storage_classes = (Cookie, SessionStorage)
