"""The tests that a document names, as in `tests/test_logs.py::test_a_line`."""

import ast
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[1]


@cache
def names_of_tests(name):
    """Return the names of a file's tests."""
    path = ROOT / name
    if not path.is_file() or not path.name.startswith("test_"):
        return frozenset()
    body = ast.parse(path.read_text()).body
    functions = (each.name for each in body if isinstance(each, ast.FunctionDef))
    return frozenset(name for name in functions if name.startswith("test_"))


def missing(named):
    """Return those of some tests, by their names with a file, that do not exist."""
    split = [each.partition("::") for each in named]
    return ["".join(each) for each in split if each[2] not in names_of_tests(each[0])]
