"""Parse primary keys from untrusted URLs and form data."""

MOST_DIGITS = 19
"""No table counts further, and Python refuses to read very long numbers."""


def row_number(text):
    """Return a primary key, or None if the text cannot be one."""
    text = str(text)
    return int(text) if text.isdecimal() and len(text) <= MOST_DIGITS else None
