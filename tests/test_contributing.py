"""What CONTRIBUTING.md, README.md and docstrings name exists."""

import ast
import re
from pathlib import Path

import pytest

from tests.test_architecture import PYTHON, module_of

ROOT = Path(__file__).parents[1]


@pytest.mark.parametrize("name", ["CONTRIBUTING.md", "README.md", "SECURITY.md"])
def test_every_file_that_is_named_exists(name):
    text = (ROOT / name).read_text()
    prefixes = ("scarclinic/", "methods/", "consultations/", "tests/", "benchmarks/")
    named = {
        path
        for path in re.findall(r"`([\w./*-]+)`", text)
        if path.startswith((*prefixes, "templates/", "static/"))
    }
    assert len(named) > 5
    assert [path for path in named if not list(ROOT.glob(path))] == []


def test_the_example_of_a_finding_is_as_it_is_told():
    text = (ROOT / "CONTRIBUTING.md").read_text()
    code = (ROOT / "methods/protocol/about_scar.py").read_text()
    [line] = re.findall(r"`(return negated[^`]*)`", text)
    assert line in code
    thresholds = (ROOT / "methods/protocol/thresholds.py").read_text()
    assert re.search(r"`(VERY_ITCHY_FROM = \d)`", text)[1] in thresholds


def prose_of(tree):
    """Return the docstrings of a module: also those below attributes."""
    return [
        node.value.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Expr)
        and isinstance(node.value, ast.Constant)
        and isinstance(node.value.value, str)
    ]


def names_in(body):
    """Return the names that statements bind: defined, assigned or imported."""
    names = set()
    for node in body:
        for each in ast.walk(node):
            if isinstance(each, ast.ClassDef | ast.FunctionDef):
                names.add(each.name)
            elif isinstance(each, ast.Name) and isinstance(each.ctx, ast.Store):
                names.add(each.id)
            elif isinstance(each, ast.alias):
                names.add(each.asname or each.name)
    return names


def dead_references(text, names_of, own):
    """Return the backticked names and paths of ours in a text that do not exist.

    `names_of` is {module: its names}, `own` the names of the module with the text.
    """
    dead = []
    modules = {}
    for module, names in names_of.items():
        modules.setdefault(module.rpartition(".")[2], set()).update(names)
    for name in re.findall(r"`((?:methods|consultations|scarclinic)/[\w./*]+)`", text):
        if not list(ROOT.glob(name)):
            dead.append(name)
    for name in re.findall(r"`([a-z_]\w*(?:\.\w+)+)`", text):
        first, *rest = name.split(".")
        if first in ("methods", "consultations", "scarclinic"):
            module, _dot, last = name.rpartition(".")
            if name not in names_of and last not in names_of.get(module, ()):
                dead.append(name)
        elif first in modules and rest[0] not in modules[first] | {"py", "toml"}:
            dead.append(name)
    return dead + [name for name in re.findall(r"see `(\w+)`", text) if name not in own]


def names_of_product():
    found = {}
    for path in PYTHON:
        tree = ast.parse(path.read_text())
        found[module_of(path)] = names_in(tree.body), prose_of(tree)
    return found


def test_what_docstrings_name_exists():
    found = names_of_product()
    names_of = {module: names for module, (names, _prose) in found.items()}
    assert [
        f"{module}: {name}"
        for module, (names, prose) in found.items()
        for text in prose
        for name in dead_references(text, names_of, names)
    ] == []


def test_a_dead_reference_in_a_docstring_is_recognised():
    names_of = {"methods.models.pictures": {"Picture"}}
    text = "`pictures.add` makes a `pictures.Picture`, see `whose` and `methods/x.py`."
    text += " `methods.rules` is no `methods.models.pictures.Picture`."
    assert dead_references(text, names_of, {"Picture"}) == [
        "methods/x.py",
        "pictures.add",
        "methods.rules",
        "whose",
    ]
