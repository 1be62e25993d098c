"""What a log may say: no token of a link, no row that a database quotes; when, and who."""

import json
import logging
import logging.config
import re
import sys
import time
import traceback
from contextvars import ContextVar
from typing import Any

from django.core.exceptions import SuspiciousOperation

PRIVATE_LINK = re.compile(r"(/status/|/go/|/admin/password/(?=\w+-\w))[^/\s]+")
TOKEN = re.compile(r"(?<![\w-])[\w-]{43}(?![\w-])")
"""One as it is, for an address that was copied badly: 32 bytes in base64."""
CODE = re.compile(r"(?i)(?<![\w-])(?:[2-9C-Y]{6}-){2}[2-9C-Y]{6}(?![\w-])")
"""The code of a short address."""
QUOTED = re.compile(r"^(DETAIL|CONTEXT|QUERY|LINE \d+):.*\n?", re.MULTILINE)
"""What PostgreSQL adds to an error: the values of a row, or a part of the statement."""
CONTROL = re.compile(r"[\x00-\x08\x0a-\x1f\x7f-\x9f\u2028\u2029]")
"""What would begin a line of its own, or move the cursor of whoever reads the log."""


def _without_links(text: str) -> str:
    return CODE.sub("…", TOKEN.sub("…", PRIVATE_LINK.sub(r"\1…", text)))


def _escaped(text: str) -> str:
    return CONTROL.sub(lambda found: f"\\x{ord(found[0]):02x}", text)


request_id: ContextVar[str | None] = ContextVar("request_id", default=None)
"""The number of the request that this thread answers, or has answered last."""


def _account(record: logging.LogRecord) -> int | None:
    """Return who of the staff made the request that a line is about, by number."""
    request = getattr(record, "request", None)
    user = getattr(request, "_cached_user", None)
    return getattr(user, "pk", None)


class Line(logging.Formatter):
    """One line for each event: when (UTC), how grave, what; a traceback below it."""

    converter = time.gmtime
    default_time_format = "%Y-%m-%dT%H:%M:%S"
    default_msec_format = "%s.%03dZ"

    def __init__(self) -> None:
        super().__init__("%(asctime)s %(levelname)s %(name)s: %(message)s%(by)s")


class Json(Line):
    """The same as an object of JSON in one line, for whatever collects logs."""

    def format(self, record: logging.LogRecord) -> str:
        told = {
            "at": self.formatTime(record),
            "level": record.levelname,
            "logger": record.name,
            "message": record.getMessage(),
            "request": record.request_id,  # type: ignore[attr-defined]
            "account": record.account,  # type: ignore[attr-defined]
            "trace": record.exc_text,
        }
        known = {name: value for name, value in told.items() if value is not None}
        return json.dumps(known, ensure_ascii=False)


class Record(logging.LogRecord):
    """An event without the token of a private link, and without what an error quotes.

    Whoever reads a log must neither open a patient's page nor read an answer. It is so
    from the start: no handler, of whichever library, gets to see more.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.msg, self.args = _escaped(_without_links(self._said())), ()
        if self.exc_info and self.exc_info[0] is not None:
            self.exc_text = _traceback(self.exc_info)
            self.exc_info = None

    def _said(self) -> str:
        try:
            return self.getMessage()
        except (TypeError, ValueError, KeyError):
            # Its words do not fit its values, which may be anything.
            return str(self.msg)


def _traceback(exc_info: Any) -> str | None:
    """Return what a log has of an error; of a request that anybody can forge, nothing."""
    if issubclass(exc_info[0], SuspiciousOperation):
        return None
    told = "".join(traceback.format_exception(*exc_info)).rstrip("\n")
    told = _without_links(QUOTED.sub("", told))
    # Indented, no line of an error's own words looks like one of the log's.
    return re.sub("^", "  ", told, flags=re.MULTILINE)


def _print_uncaught(*exc_info: Any) -> None:
    """Print the error that ended a command: cron mails it to somebody."""
    told = _traceback(exc_info) if exc_info[0] is not KeyboardInterrupt else None
    print(told or exc_info[0].__name__, file=sys.stderr)


def configure(config: dict[str, Any]) -> None:
    """Set up logging: `LOGGING_CONFIG`."""
    sys.excepthook = _print_uncaught
    logging.setLogRecordFactory(Record)
    logging.config.dictConfig(config)


class OfRequests(logging.Filter):
    """Name the request that a line is about, and the account of the staff who made it."""

    def filter(self, record: logging.LogRecord) -> bool:
        account = _account(record)
        record.account, record.request_id = account, request_id.get()
        record.by = f" (account {account})" if account else ""
        return True
