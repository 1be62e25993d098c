"""Numbered sources of a page."""

from html import escape


class References:
    """Numbers a page's sources in the order in which its texts first cite them.

    Iterated after the last text, it yields every source: the cited ones in the order of
    their numbers, then the rest.
    """

    def __init__(self, sources):
        self._sources = sources
        self._numbers = {}
        self._links = {}

    def number(self, code):
        """Return the number of a code, or None if it is no source of this page."""
        if code not in self._sources:
            return None
        return self._numbers.setdefault(code, len(self._numbers) + 1)

    def link(self, code):
        """Return the link to a source as HTML; a code that is none stays as it is."""
        if code not in self._links:
            number = self.number(code)
            self._links[code] = (
                f'<a class="cite" href="#source-{number}">[{number}]</a>'
                if number
                else escape(f"[{code}]")
            )
        return self._links[code]

    def __iter__(self):
        for code in self._sources:
            self.number(code)
        return (self._sources[code] for code in self._numbers)
