"""Numbered sources of a page."""

from methods.publishing.freezing import CITATION

NO_BREAK_SPACE = "\N{NO-BREAK SPACE}"


class References:
    """Numbers a page's sources in the order in which its texts first cite them.

    Iterated after the last text, it yields every source: the cited ones in the order of
    their numbers, then the rest.
    """

    def __init__(self, sources):
        self._sources = sources
        self._numbers = {}

    def number(self, code):
        """Return the number of a code, or None if it is no source of this page."""
        if code not in self._sources:
            return None
        return self._numbers.setdefault(code, len(self._numbers) + 1)

    def pieces(self, text):
        """Return [(text, number of the source cited after it, or None)]."""
        # A no-break space keeps a number with its claim.
        *cited, rest = CITATION.split(text.replace(" [", f"{NO_BREAK_SPACE}["))
        pieces = []
        for before, code in zip(cited[::2], cited[1::2], strict=True):
            number = self.number(code)
            pieces.append((before if number else f"{before}[{code}]", number))
        return [*pieces, (rest, None)]

    def __iter__(self):
        for code in self._sources:
            self.number(code)
        return (self._sources[code] for code in self._numbers)
