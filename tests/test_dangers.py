"""What our code may do in named places only: run, fetch, parse, hash, remember."""

import ast
import re

from tests.tables import for_each
from tests.test_architecture import PYTHON, ROOT, imports, is_within, name_of

DANGEROUS = {
    # Runs what it is given, or makes objects of it.
    "pickle": set(),
    "marshal": set(),
    "shelve": set(),
    "yaml": set(),
    # Two run a module of ours, one PostgreSQL's own programs, two only name its errors.
    "subprocess": {
        "consultations/backups/snapshots.py",
        "consultations/doctor.py",
        "consultations/review/documents.py",
        "scarclinic/staff/confined.py",
        "scarclinic/staff/decoding/cleaning.py",
    },
    # Its own drawings, none of anybody's.
    "xml": {"methods/website/share_pictures.py"},
    "lxml": set(),
    # Opens a connection. Mail, database and cache are Django's.
    "socket": set(),
    "http.client": set(),
    # Asks the address that SITE_URL says, of which `configuration` lets no file pass.
    "urllib.request": {"consultations/doctor.py"},
    "ftplib": set(),
    "requests": set(),
    "httpx": set(),
    "ldap3": set(),
    # For the names of its errors.
    "smtplib": {"consultations/letters/outbox.py", "consultations/demo.py"},
    "weasyprint": {"consultations/review/pdf.py"},
    # Makes a template of a text.
    "django.template.Template": set(),
    "django.template.engines": set(),
    "jinja2": set(),
    # Can be foretold: the sample that `replay` takes.
    "random": {"consultations/management/commands/replay.py"},
}
"""Who may import it."""
CALLS = {"eval", "exec", "compile", "__import__", "breakpoint"}
WEAK = {"md5", "sha1", "MD5", "SHA1", "ECB", "TripleDES", "ARC4", "PKCS1v15"}


def called(tree):
    """Return the plain names that are called in a module."""
    return {
        node.func.id
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)
    }


def names(tree):
    """Return every name, attribute and string in a module."""
    found = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Name):
            found.add(node.id)
        elif isinstance(node, ast.Attribute):
            found.add(node.attr)
        elif isinstance(node, ast.alias):
            found.add(node.name)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            found.add(node.value)
    return found


def test_what_is_dangerous_is_imported_in_named_places_only():
    found = {danger: set() for danger in DANGEROUS}
    for path in PYTHON:
        for module in imports(path):
            for danger in DANGEROUS:
                if is_within(module, danger):
                    found[danger].add(name_of(path))
    assert found == DANGEROUS


def test_no_text_is_run_as_code():
    found = {name_of(path): called(ast.parse(path.read_text())) for path in PYTHON}
    assert {name: calls & CALLS for name, calls in found.items() if calls & CALLS} == {}


def test_no_weak_hash_or_cipher_is_used():
    """A `salted_hmac` that names no algorithm would be SHA-1."""
    faults = []
    for path in PYTHON:
        tree = ast.parse(path.read_text())
        faults += [f"{name_of(path)}: {name}" for name in names(tree) & WEAK]
        faults += [
            f"{name_of(path)}:{node.lineno}: salted_hmac"
            for node in ast.walk(tree)
            if isinstance(node, ast.Call)
            and isinstance(node.func, ast.Name)
            and node.func.id == "salted_hmac"
            and "algorithm" not in {each.arg for each in node.keywords}
        ]
    assert faults == []


STATEMENTS = ("execute", "executemany", "raw", "extra", "RawSQL")


def builds_a_statement(tree):
    """Return whether a module hands the database anything but words that stand there."""
    constants = {
        target.id
        for node in getattr(tree, "body", ())
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Constant)
        for target in node.targets
        if isinstance(target, ast.Name)
    }
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call):
            continue
        if ast.unparse(node.func).split(".")[-1] not in STATEMENTS:
            continue
        for given in [*node.args[:1], *(each.value for each in node.keywords)]:
            is_fixed = isinstance(given, ast.Constant) or (
                isinstance(given, ast.Name) and given.id in constants
            )
            if not is_fixed:
                return True
    return False


@for_each(
    ("code", "is_built"),
    [
        ('cursor.execute("SELECT 1", [a])', False),
        ('SQL = "SELECT 1"\ncursor.execute(SQL, [a])', False),
        ('cursor.execute(f"SELECT {a}")', True),
        ('cursor.execute("SELECT " + a)', True),
        ('cursor.execute("SELECT %s" % a)', True),
        ("cursor.execute(sql)", True),
        ('sql = f"SELECT {a}"\ncursor.executemany(sql)', True),
        ("rows.raw(raw_query=a)", True),
        ("rows.annotate(b=RawSQL(a))", True),
    ],
)
def test_a_statement_that_is_built_is_recognised(code, is_built):
    assert builds_a_statement(ast.parse(code)) is is_built


def test_a_statement_for_the_database_is_built_in_named_places_only():
    """They put names of our own together, and hand over values apart from them."""
    found = {
        name_of(path)
        for path in PYTHON
        if builds_a_statement(ast.parse(path.read_text()))
    }
    assert found == {
        "consultations/backups/restoring.py",
        "consultations/backups/snapshots.py",
        "consultations/intake/offer.py",
        "consultations/retention.py",
        "methods/publishing/edition_watch.py",
        "scarclinic/staff/ledger/triggers.py",
    }


def formats(tree):
    """Return the lines where a text that does not stand there is a format."""
    return [
        node.lineno
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr in ("format", "format_map", "vformat")
        and not isinstance(node.func.value, ast.Constant)
    ]


@for_each(
    ("code", "lines"),
    [
        ('"{}".format(a)', []),
        ("a.format(b)", [1]),
        ("row.text.format_map(b)", [1]),
        ("Formatter().vformat(a, b, c)", [1]),
    ],
)
def test_a_text_that_is_a_format_is_recognised(code, lines):
    assert formats(ast.parse(code)) == lines


def test_no_text_that_somebody_typed_is_a_format():
    found = {name_of(path): formats(ast.parse(path.read_text())) for path in PYTHON}
    assert {name: lines for name, lines in found.items() if lines} == {}


NOT_SECRET = {
    # The name of a file that is sent once a page shows it, and not before.
    "methods/models/pictures.py",
    # The number of a request, for the log.
    "scarclinic/request_counts.py",
}


def test_a_secret_has_128_bits_of_chance():
    weak = {
        name_of(path)
        for path in PYTHON
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Call)
        and ast.unparse(node.func).split(".")[-1].startswith("token_")
        and ast.unparse(node.func).split(".")[-1] != "token_for"
        and node.args
        and isinstance(node.args[0], ast.Constant)
        and node.args[0].value < 16
    }
    assert weak == NOT_SECRET


SCRIPTS = [
    path
    for path in sorted((ROOT / "static").rglob("*.js"))
    # Stands in for a file of Django's, and is empty.
    if "vendor" not in path.parts
]
UNSAFE = {
    "markup of a text": r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|DOMParser|\.html\(",
    "code of a text": r"\beval\b|new Function|setTimeout\(['\"`]|import\(",
    "something kept": r"localStorage|sessionStorage|indexedDB|document\.cookie|caches\.",
    "a message": r"postMessage|onmessage|BroadcastChannel|WebSocket|EventSource",
    "a prototype": r"__proto__|\.prototype\b|\.constructor\b",
    "another place": r"location\s*=|location\.(?:href|assign|replace)|window\.open",
}


@for_each("path", SCRIPTS)
def test_a_script_makes_no_markup_keeps_nothing_and_listens_to_nobody(path):
    script = re.sub(r"^\s*//.*$", "", path.read_text(), flags=re.MULTILINE)
    assert [name for name, found in UNSAFE.items() if re.search(found, script)] == []


@for_each(
    ("script", "what"),
    [
        ("a.innerHTML = b", "markup of a text"),
        ("eval(a)", "code of a text"),
        ("localStorage.a = b", "something kept"),
        ('addEventListener("message", 0); a.postMessage(b)', "a message"),
        ("a.__proto__.b = c", "a prototype"),
        ("location.href = a", "another place"),
    ],
)
def test_what_no_script_may_do_is_recognised(script, what):
    assert [name for name, found in UNSAFE.items() if re.search(found, script)] == [
        what
    ]
