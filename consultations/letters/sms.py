"""SMS: the adapter that `SMS_BACKEND` names, the console by default.

An adapter is a class without arguments that has `send(telephone, text)`: `telephone` in
E.164, such as +442079460123. It raises `NoSuchNumber` where another attempt is in vain;
after any other exception the outbox tries again, as with e-mail. What it says must stand in
no log: the text holds a private link.
"""

import sys
from typing import Protocol

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.utils.module_loading import import_string

CONSOLE = "consultations.letters.sms.Console"


class NoSuchNumber(Exception):
    """Raised by an adapter where no SMS ever arrives."""


class Adapter(Protocol):
    def send(self, telephone: str, text: str) -> None: ...


class Console:
    """Prints an SMS instead of sending it; refused where `DEBUG` is off."""

    def send(self, telephone: str, text: str) -> None:
        sys.stdout.write(f"SMS to {telephone}\n{text}\n\n")


def is_offered() -> bool:
    """Return whether this clinic sends SMS at all."""
    return bool(settings.SMS_BACKEND)


def adapter() -> Adapter:
    """Return the adapter; raises ImproperlyConfigured if the setting names none."""
    try:
        made = import_string(settings.SMS_BACKEND)()
    except Exception as error:
        raise ImproperlyConfigured(
            "SMS_BACKEND names nothing that can be made: README.md, Configure, shows how "
            "to write it."
        ) from error
    if not callable(getattr(made, "send", None)):
        raise ImproperlyConfigured("SMS_BACKEND names a class without send().")
    return made
