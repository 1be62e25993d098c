"""And, or and not over present, absent and unknown (Kleene's three values)."""


def all_of(*values):
    """Return True if all are, False if one is not, else None."""
    if False in values:
        return False
    return None if None in values else True


def any_of(*values):
    """Return True if one is, False if none is, else None."""
    if True in values:
        return True
    return None if None in values else False


def negated(value):
    """Return the opposite; the opposite of unknown is unknown."""
    return None if value is None else not value


def among(value, choices):
    """Return whether a known value is one of the choices, None if it is not known."""
    return None if value is None else value in choices


def below(value, limit):
    """Return whether a known value is under the limit, None if it is not known."""
    return None if value is None else value < limit


def above(value, limit):
    """Return whether a known value is over the limit, None if it is not known."""
    return None if value is None else value > limit


def is_value(fact, *values):
    """Return whether a fact has one of these values, None if it is not known."""
    return among(fact, values)
