"""Numbers of rows, as they stand in addresses and fields that anybody may write."""

MOST_DIGITS = 19
"""No table counts further, and Python refuses to read very long numbers."""


def row_number(text):
    """Return the number that a text names, None if it names no row."""
    text = str(text)
    return int(text) if text.isdecimal() and len(text) <= MOST_DIGITS else None
