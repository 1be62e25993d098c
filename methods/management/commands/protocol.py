import json
import sys
from collections import Counter
from dataclasses import asdict

from django.core.management.base import BaseCommand
from django.utils.translation import gettext as _

from methods import content
from methods.protocol import audit, entries
from methods.publishing import live

# A rule each: in words only how many, of what.
COUNTED = {audit.Wait.UNCONFIRMED, audit.Wait.FOR_A_SOURCE, audit.Wait.FOR_A_DOCTOR}


def report():
    """Return the `audit.Report` of the live protocol."""
    looser = [
        entries.Looser(**{**row, "methods": tuple(row["methods"])})
        for row in content.looser()
    ]
    return audit.audit(live.protocol(), live.conditions(), looser)


def as_json(report):
    """Return a report in the shape that the outside relies on."""
    return {
        "faults": [asdict(each) for each in report.faults],
        "waits": [asdict(each) for each in report.waits],
        "counts": {
            "faults": audit.counts(report.faults, audit.Fault),
            "waits": audit.counts(report.waits, audit.Wait),
        },
    }


def in_words(entry):
    """Return one entry as a line."""
    return ": ".join(
        filter(
            None,
            [
                ", ".join(entry.findings),
                ", ".join(entry.methods),
                entry.origin,
                entry.detail,
            ],
        )
    )


class Command(BaseCommand):
    help = "Look after the clinic's protocol."
    requires_system_checks = []

    def add_arguments(self, parser):
        verbs = parser.add_subparsers(dest="verb", required=True)
        verb = verbs.add_parser(
            "audit",
            help=(
                "List what is missing or wrong in the live protocol, and what waits for "
                "a person. Exit status 1 if something is missing or wrong."
            ),
        )
        verb.add_argument("--json", action="store_true", help="Print one JSON object.")

    def handle(self, verb, **options):
        getattr(self, verb)(**options)

    def audit(self, json, **options):
        found = report()
        if json:
            self._print(as_json(found))
        else:
            self._list(_("Faults: %(count)d"), found.faults, audit.Fault)
            self._list(_("Waiting: %(count)d"), found.waits, audit.Wait)
        if found.faults:
            sys.exit(1)

    def _print(self, value):
        self.stdout.write(json.dumps(value, ensure_ascii=False))

    def _list(self, heading, found, kinds):
        numbers = audit.counts(found, kinds)
        self.stdout.write(heading % {"count": sum(numbers.values())})
        for kind in kinds:
            if not numbers[kind]:
                continue
            self.stdout.write(f"  {kind.label}: {numbers[kind]}")
            of_kind = [each for each in found if each.kind == kind]
            if kind in COUNTED:
                by_origin = Counter(each.origin for each in of_kind)
                lines = [f"{origin}: {count}" for origin, count in by_origin.items()]
            else:
                lines = map(in_words, of_kind)
            for line in lines:
                self.stdout.write(f"    {line}")
