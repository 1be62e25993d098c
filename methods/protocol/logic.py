"""And, or and not over present, absent and unknown (Kleene's three values)."""

from collections.abc import Container

Truth = bool | None
"""Present, absent, or None: unknown, which is never "no"."""


def all_of(*values: Truth) -> Truth:
    """Return True if all are, False if one is not, else None."""
    if False in values:
        return False
    return None if None in values else True


def any_of(*values: Truth) -> Truth:
    """Return True if one is, False if none is, else None."""
    if True in values:
        return True
    return None if None in values else False


def negated(value: Truth) -> Truth:
    """Return the opposite; the opposite of unknown is unknown."""
    return None if value is None else not value


def among(value: object, choices: Container[object]) -> Truth:
    """Return whether a known value is one of the choices, None if it is not known."""
    return None if value is None else value in choices


def below(value: float | None, limit: float) -> Truth:
    """Return whether a known value is under the limit, None if it is not known."""
    return None if value is None else value < limit


def above(value: float | None, limit: float) -> Truth:
    """Return whether a known value is over the limit, None if it is not known."""
    return None if value is None else value > limit


def is_value(fact: object, *values: object) -> Truth:
    """Return whether a fact has one of these values, None if it is not known."""
    return among(fact, values)
