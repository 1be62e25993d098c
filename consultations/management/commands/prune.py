import sys

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone
from django.utils.translation import gettext as _

from consultations import periods, retention, tombstones
from consultations.intake.photos import folder
from consultations.letters import outbox
from scarclinic.staff import heartbeats
from scarclinic.staff.ledger import retention as ledger_retention

MOST_PERCENT = 10
"""Of all photos, in one run. More comes of a wrong clock or folder, not of time."""


def percent(text):
    """Return a number of 0 to 100; raises ValueError."""
    if not 0 <= (number := int(text)) <= 100:
        raise ValueError(text)
    return number


class Command(BaseCommand):
    """Delete what is kept no longer, and warn of what will be. Run it once a day.

    Exit status 1 if the media folder is another database's, or an odd share of the photos
    would go, and then nothing is deleted; or if the ledger is not whole.
    """

    help = __doc__

    def add_arguments(self, parser):
        parser.add_argument(
            "--dry-run",
            "--preview",
            action="store_true",
            dest="preview",
            help="Delete nothing: say how much would go, how much goes next, and when.",
        )
        parser.add_argument(
            "--share",
            type=percent,
            default=MOST_PERCENT,
            metavar="PERCENT",
            help="Delete up to this share of all photos; more is refused. Default: "
            "%(default)s.",
        )
        parser.add_argument(
            "--bind",
            action="store_true",
            help="Delete nothing: say that the media folder is this database's.",
        )
        parser.add_argument(
            "--rewrite",
            action="store_true",
            help="On PostgreSQL, write the tables anew as well, so that no byte of what "
            "was deleted is left in their files. Each is locked meanwhile.",
        )

    def handle(self, *, preview, bind, rewrite, share, **options):
        if bind:
            folder.bind()
            return
        now = timezone.now()
        self.check_folder(changes=not preview)
        going = retention.photos_going(now)
        said = _("Photos that go: %(going)d of %(total)d (%(percent)d %%)") % {
            "going": going.going,
            "total": going.total,
            "percent": going.percent,
        }
        if preview:
            self.preview(now)
            self.stdout.write(said)
        elif not going.is_within(share):
            raise CommandError(
                _(
                    "%(said)s. That is more than time explains: is the clock right, and is "
                    "the database as new as the folder? Nothing was deleted. If it is meant: "
                    "manage.py prune --share %(percent)d"
                )
                % {"said": said, "percent": going.percent}
            )
        else:
            self.stdout.write(said)
            self.prune(now, rewrite=rewrite)

    def check_folder(self, *, changes):
        try:
            folder.check(may_bind=changes)
        except folder.NotBound as error:
            hint = _("If it is this database's: manage.py prune --bind")
            raise CommandError(f"{error} {hint}") from None

    def preview(self, now):
        for label, found in periods.forecasts(now):
            line = _("%(label)s: %(count)d now") % {"label": label, "count": found.due}
            if found.next_on:
                line += _("; next %(count)d on %(day)s") % {
                    "count": found.next_count,
                    "day": found.next_on.isoformat(),
                }
            self.stdout.write(line)

    def erase_again(self, now):
        try:
            return tombstones.erase_again()
        except tombstones.LacksKey:
            raise CommandError(
                _(
                    "%(file)s names what was erased under a key that DATA_KEYS lacks: add "
                    "it, and run this again before anybody is served."
                )
                % {"file": settings.TOMBSTONES}
            ) from None
        except OSError as error:
            raise CommandError(
                _(
                    "%(file)s cannot be used (%(error)s): a restored backup would bring "
                    "back what was erased. Nothing was deleted."
                )
                % {"file": settings.TOMBSTONES, "error": error.strerror}
            ) from None

    def prune(self, now, *, rewrite):
        for label, act in [
            (_("Erased again"), self.erase_again),
            (_("E-mails overdue"), outbox.enqueue_overdue),
            (_("Warned of drafts that will be deleted"), retention.warn_of_deletion),
            (_("Drafts deleted"), retention.delete_drafts),
            (_("Cases deleted"), retention.delete_cases),
            (_("Counts of pages merged"), retention.merge_counts),
            (_("Files without a photo deleted"), retention.delete_files_left_behind),
            (_("E-mails deleted"), retention.delete_letters),
            (_("Rate limits deleted"), retention.delete_full_buckets),
            (_("Sessions deleted"), retention.delete_sessions),
            (_("Notes of who read a plan deleted"), retention.delete_readings),
            (_("Background tasks deleted"), retention.delete_tasks),
        ]:
            self.stdout.write(f"{label}: {act(now)}")
        is_whole = True
        try:
            removed = ledger_retention.shorten(now)
            self.stdout.write(_("Old events removed: %d") % removed)
        except ledger_retention.NotWhole:
            is_whole = False
            self.stderr.write(
                _(
                    "Old events stay: the ledger is not whole. Run manage.py clinic "
                    "verify-ledger."
                )
            )
        if not retention.wipe(rewrite=rewrite):
            self.stderr.write(
                _(
                    "The database is being read: what was deleted still stands in its "
                    "write-ahead log. Run this again."
                )
            )
        heartbeats.beat(heartbeats.PRUNE, now)
        if not is_whole:
            # Whatever runs this once a day has to tell somebody.
            sys.exit(1)
