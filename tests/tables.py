"""Tests over a table: every case runs in one test, and all that fail are told together."""

import inspect
from functools import wraps

import pytest

PARAM = type(pytest.param())


def for_each(names, cases):
    """Call a test with every case, written as for `pytest.mark.parametrize`.

    For tests that only compute or read: no fixture is made anew between two cases. Of
    those that fail, each is told with its case.
    """
    if isinstance(names, str):
        names = [name.strip() for name in names.split(",")]
    rows = []
    for case in cases:
        if isinstance(case, PARAM):
            rows.append((case.id, case.values))
        else:
            rows.append((None, case if len(names) > 1 else (case,)))
    assert rows, "There is no case."

    def decorate(test):
        signature = inspect.signature(test)

        @wraps(test)
        def over_all(**fixtures):
            failures = []
            for label, values in rows:
                case = dict(zip(names, values, strict=True))
                try:
                    test(**fixtures, **case)
                except (
                    Exception,
                    pytest.fail.Exception,
                    BaseExceptionGroup,
                ) as failure:
                    failure.add_note(f"with {label or case!r:.300}")
                    failures.append(failure)
            if failures:
                told = f"{len(failures)} of {len(rows)} cases fail"
                raise BaseExceptionGroup(told, failures)

        others = [p for p in signature.parameters.values() if p.name not in names]
        over_all.__signature__ = signature.replace(parameters=others)
        return over_all

    return decorate
