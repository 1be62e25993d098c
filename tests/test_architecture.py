"""The lines that the house draws: who may import whom, and what no file may hold."""

import ast
import os
import re
import subprocess
import sys
from pathlib import Path

from django.conf import settings

from tests.tables import for_each

ROOT = Path(settings.BASE_DIR)
ROOMS = ("scarclinic.staff", "methods", "consultations", "scarclinic")
"""Each may import those before it, never those after it; the site itself is last."""
PROTOCOL = "methods.protocol"
UNWELCOME = {"services.py", "utils.py", "helpers.py", "mixins.py", "signals.py"}

PYTHON = sorted(
    path
    for folder in ("methods", "consultations", "scarclinic")
    for path in (ROOT / folder).rglob("*.py")
    if "migrations" not in path.parts
)
TEMPLATES = sorted((ROOT / "templates").rglob("*.html"))


def module_of(path):
    """Return the dotted name of a file."""
    name = ".".join(path.relative_to(ROOT).with_suffix("").parts)
    return name.removesuffix(".__init__")


MODULES = {module_of(path): path for path in PYTHON}


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
            # `from methods import publishing` imports methods.publishing.verbs.
            modules |= {f"{node.module}.{alias.name}" for alias in node.names}
    return modules


def is_within(module, package):
    return module == package or module.startswith(f"{package}.")


def room_of(module):
    return max((room for room in ROOMS if is_within(module, room)), key=len)


def test_imports_point_one_way():
    """consultations → methods → scarclinic.staff; nothing imports the site."""
    assert [
        f"{module} imports {imported}"
        for module, path in MODULES.items()
        for imported in imports(path)
        if imported.split(".")[0] in ("methods", "consultations", "scarclinic")
        and ROOMS.index(room_of(imported)) > ROOMS.index(room_of(module))
    ] == []


def circles(graph):
    """Return the strongly connected components of more than one node (Tarjan)."""
    order, low, stack, found = {}, {}, [], []

    def visit(node):
        order[node] = low[node] = len(order)
        stack.append(node)
        for other in graph[node]:
            if other not in order:
                visit(other)
            if other in stack:
                low[node] = min(low[node], low[other])
        if low[node] == order[node]:
            at = stack.index(node)
            component, stack[at:] = stack[at:], []
            if len(component) > 1:
                found.append(sorted(component))

    for node in graph:
        if node not in order:
            visit(node)
    return found


def test_no_modules_import_each_other_in_a_circle():
    graph = {
        module: {
            target
            for each in imports(path)
            for target in (each, each.rpartition(".")[0])
            if target in MODULES and target != module
        }
        for module, path in MODULES.items()
    }
    # `from a.b import name` names the module a.b; its package a is no dependency.
    graph = {
        module: {
            each
            for each in targets
            if not any(is_within(other, f"{each}.") for other in targets)
        }
        for module, targets in graph.items()
    }
    assert circles(graph) == []


def test_a_circle_is_recognised():
    assert circles({"a": {"b"}, "b": {"c"}, "c": {"a"}, "d": {"a"}}) == [
        ["a", "b", "c"]
    ]


IMPORT_EACH = """
import importlib, os, sys
import django
django.setup()
failed = []
for module in sys.argv[1:]:
    pid = os.fork()
    if pid == 0:
        for name in [n for n in sys.modules if n.split(".")[0] in ("methods", "consultations")]:
            if "models" not in name and not name.endswith(("apps", "methods", "consultations")):
                del sys.modules[name]
        try:
            importlib.import_module(module)
        except BaseException as error:
            print(f"{module}: {error!r}", flush=True)
            os._exit(1)
        os._exit(0)
    failed.append(os.waitpid(pid, 0)[1])
sys.exit(any(failed))
"""


def test_each_module_can_be_imported_first():
    modules = [
        each
        for each in MODULES
        # The admin registers once, and the site's door starts Django itself.
        if ".admin" not in each
        and each not in ("scarclinic.wsgi", "scarclinic.settings")
    ]
    done = subprocess.run(
        [sys.executable, "-c", IMPORT_EACH, *modules],
        cwd=ROOT,
        env=os.environ | {"DJANGO_SETTINGS_MODULE": "scarclinic.settings"},
        capture_output=True,
        text=True,
    )
    assert (done.stdout, done.returncode) == ("", 0), done.stderr


PROTOCOL_FILES = [
    path for module, path in MODULES.items() if is_within(module, PROTOCOL)
]


def test_the_protocol_is_pure():
    """No ORM, settings, clock or I/O; of Django only choices and their labels."""
    allowed = ("django.db.models.IntegerChoices", "django.db.models.TextChoices")
    allowed += ("django.utils.translation.gettext_lazy",)
    assert len(PROTOCOL_FILES) > 5
    assert [
        f"{path.name} imports {module}"
        for path in PROTOCOL_FILES
        for module in imports(path)
        if module.split(".")[0] not in sys.stdlib_module_names
        and not is_within(module, PROTOCOL)
        and module not in allowed
    ] == []


def test_the_protocol_reads_no_clock_and_no_file():
    impure = {"time", "random", "os", "pathlib", "io", "sys", "socket"}
    impure_calls = {"open", "print", "input", "eval", "exec", "now", "today"}
    for path in PROTOCOL_FILES:
        assert {module.split(".")[0] for module in imports(path)} & impure == set()
        calls = {
            getattr(node.func, "id", getattr(node.func, "attr", ""))
            for node in ast.walk(ast.parse(path.read_text()))
            if isinstance(node, ast.Call)
        }
        assert calls & impure_calls == set(), path


def test_no_module_is_named_utils_or_services_and_none_uses_signals():
    assert {path.name for path in PYTHON} & UNWELCOME == set()
    assert [
        f"{path} imports {module}"
        for path in PYTHON
        for module in imports(path)
        if is_within(module, "django.dispatch")
        or is_within(module, "django.db.models.signals")
    ] == []


# JSON inside a script element would be no JSON if it were escaped as HTML.
MARKS_A_TEXT_AS_SAFE = {"methods/website/metadata.py"}
MARKUP = re.compile(
    r"</?(a|abbr|b|body|br|button|code|dd|details|dfn|div|dl|dt|em|fieldset|figure|form|"
    r"h[1-6]|head|hr|html|i|img|input|label|legend|li|link|meta|nav|ol|option|p|path|"
    r"picture|pre|script|section|select|small|source|span|strong|style|sub|sup|svg|"
    r"table|tbody|td|text|textarea|th|thead|title|tr|u|ul|use|video)\b[^:>]*/?>?(?!:)"
)


def builds_markup(source):
    """Return what of a module's code writes or vouches for HTML."""
    tree = ast.parse(source)
    # A docstring, and one below an attribute, is a statement of its own.
    prose = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    found = {
        node.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant)
        and isinstance(node.value, str)
        and id(node) not in prose
        and MARKUP.search(node.value)
    }
    found |= {
        alias.name
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
        if node.module == "django.utils.safestring"
        or alias.name in ("format_html", "format_html_join", "html_safe", "mark_safe")
    }
    return found


def test_markup_is_in_templates_only():
    found = {name_of(path): builds_markup(path.read_text()) for path in PYTHON}
    found = {name: faults for name, faults in found.items() if faults}
    assert found == {name: {"mark_safe"} for name in MARKS_A_TEXT_AS_SAFE}


@for_each(
    ("source", "found"),
    [
        ("x = '<b>' + name", {"<b>"}),
        ("x = f'<a href=\"{url}\">'", {'<a href="', '">'} - {'">'}),
        ("x = '</li>'", {"</li>"}),
        ("from django.utils.html import format_html", {"format_html"}),
        ("from django.utils.safestring import SafeString", {"SafeString"}),
        ("path('<int:pk>/<slug:address>/', view)", set()),
        ("def f():\n    'The groups of a <dl>.'", set()),
        ("x = 'a < b and b > c'", set()),
    ],
)
def test_markup_in_code_is_recognised(source, found):
    assert builds_markup(source) == found


# A template tag may hold quotes and angle brackets of its own.
TEMPLATE_TAG = re.compile(r"{%.*?%}|{{.*?}}|{#.*?#}", re.DOTALL)
FORBIDDEN = {
    "a style attribute": re.compile(r"<[^>]*\sstyle\s*=", re.IGNORECASE),
    "a style element": re.compile(r"<style\b", re.IGNORECASE),
    "an event attribute": re.compile(r"<[^>]*\son[a-z]+\s*=", re.IGNORECASE),
    "an inline script": re.compile(
        # A data block is not executed.
        r"<script\b(?![^>]*\ssrc=)(?! type=\"application/ld\+json\">)",
        re.IGNORECASE,
    ),
    "a script address": re.compile(r"javascript:", re.IGNORECASE),
    "a data address": re.compile(r"=\s*[\"']?data:", re.IGNORECASE),
    "another host": re.compile(r"(src|srcset)\s*=\s*[\"']?(https?:)?//", re.IGNORECASE),
}


@for_each("path", TEMPLATES)
def test_a_template_escapes_what_it_shows(path):
    text = path.read_text()
    assert re.findall(r"\|\s*safe(?:seq)?\b", text) == []
    assert re.findall(r"{%\s*autoescape\s+off", text) == []


@for_each("path", TEMPLATES)
def test_a_template_obeys_the_content_security_policy(path):
    markup = TEMPLATE_TAG.sub("x", path.read_text())
    assert [name for name, found in FORBIDDEN.items() if found.search(markup)] == []


@for_each(
    "markup",
    [
        '<p style="color:red">',
        "<style>p{}</style>",
        '<a href="#" onclick="go()">',
        "<script>go()</script>",
        '<script type="module">go()</script>',
        '<script type="application/ld+json" type="module">go()</script>',
        '<a href="javascript:go()">',
        '<img src="data:image/png;base64,x">',
        '<script src="https://example.org/x.js"></script>',
    ],
)
def test_what_the_policy_forbids_is_recognised(markup):
    assert [name for name, found in FORBIDDEN.items() if found.search(markup)]


def test_no_module_is_longer_than_500_lines():
    assert {
        name_of(path): length
        for path in PYTHON
        if (length := len(path.read_text().splitlines())) > 500
    } == {}
