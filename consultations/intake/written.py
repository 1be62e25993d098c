"""What a person has just written, to be shown once more where it cannot be kept."""

import re

from django.http import HttpRequest

from consultations.intake import devices
from consultations.intake.questions.health import ASKED

HIDDEN = {"csrfmiddlewaretoken", devices.FIELD, ASKED, "opened"}
FREE = re.compile(r"(.*-)?(answer|name|wish|.*_name|.*_words|.*telephone)")
"""Fields of free words, which are shown whatever they hold."""
CHOICE = re.compile(r"[a-z0-9_-]*")
"""Values of radio buttons and checkboxes, which need no copying."""


def texts(request: HttpRequest) -> list[str]:
    """Return the free texts of a POST, [text]."""
    return [
        text
        for name, values in request.POST.lists()
        if name not in HIDDEN
        for text in values
        if text.strip() and (FREE.fullmatch(name) or not CHOICE.fullmatch(text))
    ]
