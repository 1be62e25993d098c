"""Log filter that removes the tokens of links, and rows that a database quotes."""

import logging
import re

PRIVATE_LINK = re.compile(r"(/status/|/admin/password/(?=\w+-\w))[^/\s]+")
QUOTED = re.compile(r"^(DETAIL|CONTEXT|QUERY|LINE \d+):.*\n?", re.MULTILINE)
"""What PostgreSQL adds to an error: the values of a row, or a part of the statement."""


class WithoutPrivateLinks(logging.Filter):
    """Take out the token of a private link, and of an error what it quotes of a row.

    Whoever reads a log must neither open a patient's page nor read an answer.
    """

    def filter(self, record):
        record.msg = PRIVATE_LINK.sub(r"\1…", record.getMessage())
        record.args = ()
        if record.exc_info:
            told = logging.Formatter().formatException(record.exc_info)
            record.exc_text = PRIVATE_LINK.sub(r"\1…", QUOTED.sub("", told))
        return True
