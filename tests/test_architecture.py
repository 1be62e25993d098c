"""The lines that the house draws: who may import whom, and what no file may hold."""

import ast
import re
import sys
from pathlib import Path

import pytest
from django.conf import settings

ROOT = Path(settings.BASE_DIR)
ROOMS = ("methods", "consultations", "scarclinic")
"""Each may import those before it, never those after it."""
RULES_MAY_IMPORT = {"consultations.rules", "methods.entries", "methods.vocabulary"}
UNWELCOME = {"services.py", "utils.py", "helpers.py", "mixins.py", "signals.py"}

PYTHON = [
    path
    for room in ROOMS
    for path in sorted((ROOT / room).rglob("*.py"))
    if "migrations" not in path.parts
]
TEMPLATES = sorted(
    path for folder in ("templates", *ROOMS) for path in (ROOT / folder).rglob("*.html")
)
RULES = [path for path in PYTHON if path.parent == ROOT / "consultations" / "rules"]


def name_of(path):
    return str(path.relative_to(ROOT))


def imports(path):
    """Return the modules that a file imports, inside functions too."""
    modules = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            modules |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path} imports relatively"
            # `from methods import publishing` imports methods.publishing.
            modules |= {f"{node.module}.{alias.name}" for alias in node.names}
    return modules


def is_within(module, package):
    return module == package or module.startswith(f"{package}.")


@pytest.mark.parametrize("path", PYTHON, ids=name_of)
def test_imports_point_one_way(path):
    room = path.relative_to(ROOT).parts[0]
    out_of_reach = ROOMS[ROOMS.index(room) + 1 :]
    assert [
        module
        for module in imports(path)
        for later in out_of_reach
        if is_within(module, later)
    ] == []


@pytest.mark.parametrize("path", RULES, ids=name_of)
def test_the_rules_are_pure(path):
    assert [
        module
        for module in imports(path)
        if module.split(".")[0] not in sys.stdlib_module_names
        and not any(is_within(module, allowed) for allowed in RULES_MAY_IMPORT)
    ] == []


@pytest.mark.parametrize("path", RULES, ids=name_of)
def test_the_rules_read_no_clock_and_no_file(path):
    impure = {"datetime", "time", "random", "os", "pathlib", "io", "sys", "socket"}
    assert {module.split(".")[0] for module in imports(path)} & impure == set()
    calls = {
        node.func.id
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)
    }
    assert calls & {"open", "print", "input", "eval", "exec"} == set()


@pytest.mark.parametrize("path", PYTHON, ids=name_of)
def test_logic_is_placed_by_grammar_and_nothing_acts_behind_the_back(path):
    assert path.name not in UNWELCOME
    assert [
        module
        for module in imports(path)
        if is_within(module, "django.dispatch")
        or is_within(module, "django.db.models.signals")
    ] == []


# These write lists and data blocks that format_html would take too long over. They
# escape each text themselves; their tests give them hostile ones.
WRITES_MARKUP = {
    "methods/metadata.py",
    "methods/templatetags/citations.py",
    "methods/templatetags/lists.py",
    "methods/templatetags/metadata.py",
}


@pytest.mark.parametrize("path", PYTHON, ids=name_of)
def test_code_marks_no_text_as_markup(path):
    safestring = {each for each in imports(path) if "safestring" in each}
    allowed = {"django.utils.safestring.SafeString"}
    assert safestring <= (allowed if name_of(path) in WRITES_MARKUP else set())


# A template tag may hold quotes and angle brackets of its own.
TEMPLATE_TAG = re.compile(r"{%.*?%}|{{.*?}}|{#.*?#}", re.DOTALL)
FORBIDDEN = {
    "a style attribute": re.compile(r"<[^>]*\sstyle\s*=", re.IGNORECASE),
    "a style element": re.compile(r"<style\b", re.IGNORECASE),
    "an event attribute": re.compile(r"<[^>]*\son[a-z]+\s*=", re.IGNORECASE),
    "an inline script": re.compile(r"<script\b(?![^>]*\ssrc=)", re.IGNORECASE),
    "a script address": re.compile(r"javascript:", re.IGNORECASE),
    "a data address": re.compile(r"=\s*[\"']?data:", re.IGNORECASE),
    "another host": re.compile(r"(src|srcset)\s*=\s*[\"']?(https?:)?//", re.IGNORECASE),
}


@pytest.mark.parametrize("path", TEMPLATES, ids=name_of)
def test_a_template_escapes_what_it_shows(path):
    text = path.read_text()
    assert re.findall(r"\|\s*safe(?:seq)?\b", text) == []
    assert re.findall(r"{%\s*autoescape\s+off", text) == []


@pytest.mark.parametrize("path", TEMPLATES, ids=name_of)
def test_a_template_obeys_the_content_security_policy(path):
    markup = TEMPLATE_TAG.sub("x", path.read_text())
    assert [name for name, found in FORBIDDEN.items() if found.search(markup)] == []


@pytest.mark.parametrize(
    "markup",
    [
        '<p style="color:red">',
        "<style>p{}</style>",
        '<a href="#" onclick="go()">',
        "<script>go()</script>",
        '<script type="module">go()</script>',
        '<a href="javascript:go()">',
        '<img src="data:image/png;base64,x">',
        '<script src="https://example.org/x.js"></script>',
    ],
)
def test_what_the_policy_forbids_is_recognised(markup):
    assert [name for name, found in FORBIDDEN.items() if found.search(markup)]
