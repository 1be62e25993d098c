"""Numbered sources of a page, and the marks that its sentences bear."""

import re

from django.utils.translation import gettext_lazy as _

from methods.protocol.vocabulary import Grade, SourceKind
from methods.publishing.freezing import CITATION

MARKS = {
    SourceKind.GUIDELINE: _("guideline"),
    SourceKind.REVIEW: _("review"),
    SourceKind.STUDY: _("study"),
    SourceKind.LABEL: _("label"),
    SourceKind.PUBLIC_BODY: _("public body"),
    SourceKind.HOSPITAL: _("hospital"),
    SourceKind.BOOK: _("book"),
    SourceKind.WEB_PAGE: _("web page"),
}
"""A kind of source in a word, the most to be trusted first."""
MEANINGS = {
    SourceKind.GUIDELINE: _("a panel of experts agreed on it"),
    SourceKind.REVIEW: _("somebody gathered the studies"),
    SourceKind.STUDY: _("a trial, a series of patients or single cases"),
    SourceKind.LABEL: _("the maker’s leaflet or manual, as a regulator approved it"),
    SourceKind.PUBLIC_BODY: _("a public body or regulator says so"),
    SourceKind.HOSPITAL: _("a hospital’s page or leaflet: practice, not proof"),
    SourceKind.BOOK: _("a textbook: what is taught"),
    SourceKind.WEB_PAGE: _(
        "other clinics or sellers say so: it shows what is done, and proves nothing"
    ),
}
CODE = CITATION.pattern.replace("(", "(?:")
CODES = re.compile(rf"\s*({CODE}(?:\s*{CODE})*)([.,;:!?]*)")
"""Codes in a row, with the space before and the stop behind them."""


def kind_of(source):
    """Return the `SourceKind` of a source; one that is not known is a web page."""
    return source.kind if source.kind in MARKS else SourceKind.WEB_PAGE


class References:
    """Numbers a page's sources in the order in which its texts first cite them.

    Iterated after the last text, it yields every source but general knowledge: the cited
    ones in the order of their numbers, then the rest.
    """

    def __init__(self, sources):
        self._sources = sources
        self._numbers = {}

    def number(self, code):
        """Return the number of a code, or None if it is no source that pages name."""
        if code not in self._sources or code == Grade.GK:
            return None
        return self._numbers.setdefault(code, len(self._numbers) + 1)

    def mark(self, codes):
        """Return (source, its number, its kind in a word) of the best of some codes.

        None if they are general knowledge only, which bears no mark.
        """
        kinds = list(MARKS)
        found = [self._sources[code] for code in codes if code in self._sources]
        found = [each for each in found if each.grade != Grade.GK]
        if not found:
            return None
        best = min(found, key=lambda each: kinds.index(kind_of(each)))
        return best, self.number(best.code), MARKS[kind_of(best)]

    def pieces(self, text):
        """Return [(text, the mark that stands behind it, or None)].

        Codes in a row make one mark, behind the full stop; a code of no source here stays.
        """
        pieces, start = [], 0
        for match in CODES.finditer(text):
            codes = CITATION.findall(match[1])
            strange = "".join(
                f" [{each}]" for each in codes if each not in self._sources
            )
            before = text[start : match.start()] + strange + match[2]
            pieces.append((before, self.mark(codes)))
            start = match.end()
        pieces.append((text[start:], None))
        return pieces

    @property
    def named(self):
        """Return [(source, its kind in a word)] in the order of their numbers."""
        return [(each, MARKS[kind_of(each)]) for each in self]

    def __iter__(self):
        for code in self._sources:
            self.number(code)
        return (self._sources[code] for code in self._numbers)
