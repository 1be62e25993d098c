from django.core.management.base import BaseCommand
from django.utils import timezone
from django.utils.translation import gettext as _

from consultations import pruning


class Command(BaseCommand):
    """Delete what is kept no longer, and warn of what will be. Run it once a day."""

    help = __doc__

    def handle(self, **options):
        now = timezone.now()
        for told, act in [
            (_("Warned of drafts that will be deleted"), pruning.warn_of_deletion),
            (_("Drafts deleted"), pruning.delete_drafts),
            (_("Files without a photo deleted"), pruning.delete_files_left_behind),
            (_("E-mails deleted"), pruning.delete_letters),
            (_("Notes of who read a plan deleted"), pruning.delete_readings),
        ]:
            self.stdout.write(f"{told}: {act(now)}")
        if not pruning.empty_the_log():
            self.stderr.write(
                _(
                    "The database is being read: what was deleted still stands in its "
                    "write-ahead log. Run this again."
                )
            )
