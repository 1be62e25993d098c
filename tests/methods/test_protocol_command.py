"""`manage.py protocol audit`: what the outside reads of it."""

import io
import json

import pytest
from django.core.management import call_command

from methods.models import Criterion, Finding, Method
from methods.publishing import verbs

pytestmark = pytest.mark.django_db


def audit(*words):
    """Return the exit status and what was printed."""
    out = io.StringIO()
    try:
        call_command("protocol", "audit", *words, stdout=out)
    except SystemExit as exit_:
        return exit_.code, out.getvalue()
    return 0, out.getvalue()


def test_the_catalogue_we_ship_has_no_fault():
    status, text = audit()
    assert (status, text.splitlines()[0]) == (0, "Faults: 0"), text[:3000]


def test_json_counts_what_waits():
    _status, text = audit("--json")
    report = json.loads(text)
    assert list(report) == ["faults", "waits", "counts"]
    assert report["faults"] == []
    assert len(report["waits"]) == sum(report["counts"]["waits"].values()) > 0
    assert set(report["waits"][0]) == {
        "kind",
        "methods",
        "findings",
        "origin",
        "detail",
    }


def test_a_fault_is_listed_and_ends_with_status_1():
    method = Method.objects.get(slug="subcision")
    row = Criterion.objects.create(
        method=method, kind="precaution", for_patient="Why.", for_staff="Always."
    )
    row.when.set(Finding.objects.filter(code="everyone"))
    row.sources.set(method.criteria.first().sources.all())
    verbs.publish(method, by=None, note="For everyone")
    status, text = audit()
    assert status == 1
    assert "    everyone: subcision: Always." in text.splitlines()
