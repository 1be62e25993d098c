"""Log filter that removes the tokens of private links."""

import logging
import re

PRIVATE_LINK = re.compile(r"(/status/)[^/\s]+")


class WithoutPrivateLinks(logging.Filter):
    """Take the token out of a private link: whoever reads a log must not open it."""

    def filter(self, record):
        record.msg = PRIVATE_LINK.sub(r"\1…", record.getMessage())
        record.args = ()
        return True
