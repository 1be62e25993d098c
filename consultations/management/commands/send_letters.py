from django.core.management.base import BaseCommand
from django.utils import timezone
from django.utils.translation import gettext as _

from consultations.letters import outbox
from consultations.letters.outbox import Outcome


class Command(BaseCommand):
    """Send the e-mails that are due, and say how many: what `db_worker` does as well."""

    help = __doc__

    def handle(self, **options):
        counts = outbox.send_due(timezone.now())
        message = _(
            "E-mails sent: %(sent)d. To be tried again: %(failed)d. "
            "Given up: %(given_up)d. Held back for a day: %(held_back)d."
        )
        self.stdout.write(
            message % {each.name.lower(): counts[each] for each in Outcome}
        )
