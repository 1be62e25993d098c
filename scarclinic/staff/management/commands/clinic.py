import re
import sys
from argparse import ArgumentTypeError
from itertools import islice

from django.contrib.auth.models import Group
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from scarclinic.staff import accounts
from scarclinic.staff.ledger import verification
from scarclinic.staff.models import Event, Profession, User

MOST = 100
"""So many faults are told; more would not be read."""


def noted(text):
    """Return the sequence and the hash of what `verify-ledger` printed earlier."""
    if not re.fullmatch(r"\d{1,18}:(?:[0-9a-f]{64})?", text, re.ASCII):
        raise ArgumentTypeError(_("Write it as it was printed: number:hash."))
    sequence, _colon, hash_noted = text.partition(":")
    return int(sequence), hash_noted


class Command(BaseCommand):
    """Look after the clinic: `verify-ledger`, `appoint` the first who may do something."""

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

        appoint = acts.add_parser(
            "appoint",
            help="Give an account power, without the second administrator that the "
            "admin asks for.",
        )
        appoint.add_argument("username")
        appoint.add_argument("--role", help="The name of a group, as Administrator.")
        appoint.add_argument("--profession", choices=Profession.values)
        appoint.add_argument("--registration-number")
        appoint.add_argument("--email")
        appoint.add_argument(
            "--reset-factors",
            action="store_true",
            help="Take lost second factors away: the account enrols anew.",
        )

    def handle(self, *, act, **options):
        if act == "appoint":
            self.appoint(**options)
        else:
            self.verify(**options)

    def appoint(self, *, username, role, reset_factors, **options):
        names = ("profession", "registration_number", "email")
        changes = {name: options[name] for name in names if options[name]}
        user = User.objects.filter(username=username).first()
        if user is None:
            raise CommandError(_("There is no account %(name)s.") % {"name": username})
        if role:
            group = Group.objects.filter(name=role).first()
            if group is None:
                raise CommandError(_("There is no role %(name)s.") % {"name": role})
            changes["groups"] = [group.pk]
        if reset_factors:
            changes["factors"] = True
        if not changes:
            raise CommandError(_("Say what to change: --help lists it."))
        accounts.appoint(user, changes)
        said = "; ".join(accounts.in_words(changes))
        self.stdout.write(f"{username}: {said}")

    def verify(self, *, since, **options):
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
