import re
import sys
import time
from argparse import ArgumentTypeError
from datetime import timedelta
from itertools import islice
from pathlib import Path

from django.conf import settings
from django.contrib.auth.models import Group
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from consultations import doctor, tombstones
from consultations.backups import restoring, snapshots, taking
from consultations.intake.photos import folder as media_folder
from scarclinic.staff import accounts
from scarclinic.staff.encryption import age
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


TELL_EVERY = 2
"""Seconds between two lines of progress."""


class Command(BaseCommand):
    """Look after the clinic: back up, restore, find faults, verify the ledger, appoint."""

    help = __doc__

    def add_arguments(self, parser):
        acts = parser.add_subparsers(dest="act", required=True)
        acts.add_parser("doctor", help="Find what is wrong here, a line per fault.")
        acts.add_parser(
            "new-backup-key", help="Make a key: who has its identity opens backups."
        )
        backup = acts.add_parser(
            "backup", help="Write database and media into one encrypted archive."
        )
        backup.add_argument(
            "folder", nargs="?", default=settings.BACKUP_FOLDER, type=Path
        )
        backup.add_argument(
            "--keep",
            type=int,
            metavar="DAYS",
            help="Delete archives in the folder that are older.",
        )
        restore = acts.add_parser(
            "restore", help="Fill an empty database and an empty media folder."
        )
        restore.add_argument("archive", type=Path)
        restore.add_argument(
            "--identity",
            type=Path,
            required=True,
            metavar="FILE",
            help="The file with AGE-SECRET-KEY-1…, which new-backup-key printed.",
        )
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
        acts = {
            "appoint": self.appoint,
            "backup": self.backup,
            "doctor": self.doctor,
            "new-backup-key": self.new_backup_key,
            "restore": self.restore,
            "verify-ledger": self.verify,
        }
        acts[act](**options)

    def doctor(self, **options):
        is_well = True
        for fault in doctor.faults(timezone.now()):
            is_well = False
            self.stdout.write(fault)
        if not is_well:
            sys.exit(1)
        self.stdout.write(_("Nothing is wrong."))

    def new_backup_key(self, **options):
        identity, public = age.new_identity()
        self.stdout.write(
            _(
                "# Opens the backups. Keep it on paper and on a medium in a safe, never "
                "on the server, and apart from DATA_KEYS."
            )
        )
        self.stdout.write(identity)
        self.stdout.write(_("# For the server’s environment:"))
        self.stdout.write(f"# BACKUP_KEY={public}")

    def told(self):
        """Return a function that shows how far something is, every few seconds."""
        last = time.monotonic()

        def tell(what, number, total):
            nonlocal last
            if time.monotonic() - last >= TELL_EVERY:
                last = time.monotonic()
                self.stderr.write(f"{what}: {number} / {total or '…'}")

        return tell

    def backup(self, *, folder, keep, **options):
        if folder == Path():
            raise CommandError(_("Say into which folder, or set BACKUP_FOLDER."))
        try:
            path, lost = taking.take(folder, self.told())
        except (snapshots.NotTaken, media_folder.NotBound) as error:
            raise CommandError(str(error)) from None
        except OSError as error:
            raise CommandError(
                _("No backup: %(error)s.") % {"error": error.strerror}
            ) from None
        size = path.stat().st_size / 2**20
        self.stdout.write(f"{path} ({size:.1f} MB)")
        if lost:
            self.stderr.write(
                _("Photos without a file, so not in the backup: %(names)s")
                % {"names": ", ".join(lost)}
            )
        if keep is not None:
            before = timezone.now() - timedelta(days=keep)
            count = taking.delete_older(folder, before)
            self.stdout.write(_("Older backups deleted: %d") % count)

    def restore(self, *, archive, identity, **options):
        try:
            secret = age.identity(identity.read_text())
            with archive.open("rb") as file:
                proof = restoring.restore(file, secret, self.told())
        except tombstones.LacksKey:
            raise CommandError(
                _(
                    "%(file)s names what was erased under a key that DATA_KEYS lacks: add "
                    "it, and run manage.py prune before anybody is served."
                )
                % {"file": settings.TOMBSTONES}
            ) from None
        except (
            OSError,
            ValueError,
            restoring.NotRestored,
            snapshots.NotTaken,
        ) as error:
            raise CommandError(str(error)) from None
        if proof.faults:
            told = _("What was restored is not proved: serve nobody with it.")
            raise CommandError("\n".join([*proof.faults, told]))
        self.stdout.write(
            _(
                "Restored as of %(begun)s: %(rows)d rows, %(photos)d photos that open, the "
                "ledger whole. Erased again: %(erased)d. Next: manage.py clinic doctor"
            )
            % {
                "begun": proof.begun,
                "rows": proof.rows,
                "photos": proof.photos,
                "erased": proof.erased_again,
            }
        )

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
