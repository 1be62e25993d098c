"""What a log may say: no token of a link, no row that a database quotes; when, and who."""

import logging
import re
import time

PRIVATE_LINK = re.compile(r"(/status/|/admin/password/(?=\w+-\w))[^/\s]+")
TOKEN = re.compile(r"(?<![\w-])[\w-]{43}(?![\w-])")
"""One as it is, for an address that was copied badly: 32 bytes in base64."""
QUOTED = re.compile(r"^(DETAIL|CONTEXT|QUERY|LINE \d+):.*\n?", re.MULTILINE)
"""What PostgreSQL adds to an error: the values of a row, or a part of the statement."""
CONTROL = re.compile(r"[\x00-\x08\x0a-\x1f\x7f-\x9f\u2028\u2029]")
"""What would begin a line of its own, or move the cursor of whoever reads the log."""


def _without_links(text: str) -> str:
    return TOKEN.sub("…", PRIVATE_LINK.sub(r"\1…", text))


def _escaped(text: str) -> str:
    return CONTROL.sub(lambda found: f"\\x{ord(found[0]):02x}", text)


def _account(record: logging.LogRecord) -> str:
    """Return who of the staff made the request that a line is about, by number."""
    request = getattr(record, "request", None)
    user = getattr(request, "_cached_user", None)
    return f" (account {user.pk})" if getattr(user, "pk", None) else ""


class Line(logging.Formatter):
    """One line for each event: when (UTC), how grave, what; a traceback below it."""

    converter = time.gmtime
    default_time_format = "%Y-%m-%dT%H:%M:%S"
    default_msec_format = "%s.%03dZ"

    def __init__(self) -> None:
        super().__init__("%(asctime)s %(levelname)s %(name)s: %(message)s")


class WithoutPrivateLinks(logging.Filter):
    """Take out the token of a private link, and of an error what it quotes of a row.

    Whoever reads a log must neither open a patient's page nor read an answer.
    """

    def filter(self, record):
        text = _without_links(record.getMessage())
        record.msg = _escaped(text) + _account(record)
        record.args = ()
        if record.exc_info:
            told = logging.Formatter().formatException(record.exc_info)
            told = _without_links(QUOTED.sub("", told))
            # Indented, no line of an error's own words looks like one of the log's.
            record.exc_text = re.sub("^", "  ", told, flags=re.MULTILINE)
        return True
