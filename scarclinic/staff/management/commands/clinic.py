import re
import sys
from argparse import ArgumentTypeError
from itertools import islice

from django.core.management.base import BaseCommand
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from scarclinic.staff.ledger import verification
from scarclinic.staff.models import Event

MOST = 100
"""So many faults are told; more would not be read."""


def noted(text):
    """Return the sequence and the hash of what `verify-ledger` printed earlier."""
    if not re.fullmatch(r"\d{1,18}:(?:[0-9a-f]{64})?", text, re.ASCII):
        raise ArgumentTypeError(_("Write it as it was printed: number:hash."))
    sequence, _colon, hash_noted = text.partition(":")
    return int(sequence), hash_noted


class Command(BaseCommand):
    """Look after the clinic's data: `verify-ledger`."""

    help = __doc__

    def add_arguments(self, parser):
        acts = parser.add_subparsers(dest="act", required=True)
        verify = acts.add_parser(
            "verify-ledger", help="Find what was changed, deleted or put in."
        )
        verify.add_argument(
            "--since",
            type=noted,
            metavar="NUMBER:HASH",
            help="The end that an earlier run printed, kept outside the database.",
        )

    def handle(self, *, act, since, **options):
        faults = list(islice(verification.faults(timezone.now(), since), MOST + 1))
        for fault in faults[:MOST]:
            self.stdout.write(fault)
        if len(faults) > MOST:
            self.stdout.write(_("There are more; these are the first."))
        if faults:
            sys.exit(1)
        count = Event.objects.count()
        self.stdout.write(
            ngettext(
                "The ledger is whole: %(count)d event.",
                "The ledger is whole: %(count)d events.",
                count,
            )
            % {"count": count}
        )
        self.stdout.write(
            _("Its end, to keep outside the database: %(end)s")
            % {"end": verification.end_in_words()}
        )
