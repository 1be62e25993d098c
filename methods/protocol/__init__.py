"""The clinic's reasoning, pure: facts in, findings and cards out.

No ORM, no settings, no clock, no I/O. `True`, `False` and `None` are present, absent and
unknown throughout, and unknown is never taken for absent.
"""

RULES_VERSION = "6"
"""Raised whenever the same facts may give another answer. Kept with every assessment."""
