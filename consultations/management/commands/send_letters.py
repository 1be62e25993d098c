import logging
import signal
from collections import Counter
from time import sleep

from django.core.management.base import BaseCommand
from django.db import Error, close_old_connections
from django.utils import timezone
from django.utils.translation import gettext as _

from consultations.letters import outbox
from consultations.letters.outbox import Outcome

logger = logging.getLogger("django.scarclinic")

PAUSE = 2


class Command(BaseCommand):
    """Send the e-mails that are due, and say how many. Several may run at once."""

    help = __doc__
    is_stopped = False

    def add_arguments(self, parser):
        parser.add_argument(
            "--forever",
            action="store_true",
            help=_("Look again every two seconds, until SIGTERM or Ctrl-C."),
        )

    def handle(self, *, forever, **options):
        if forever:
            self.send_until_stopped()
        else:
            self.tell(outbox.send_due(timezone.now()))

    def tell(self, counts):
        told = _(
            "E-mails sent: %(sent)d. To be tried again: %(failed)d. "
            "Given up: %(given_up)d. Held back for a day: %(held_back)d."
        )
        self.stdout.write(told % {each.name.lower(): counts[each] for each in Outcome})

    def send_until_stopped(self):
        for each in (signal.SIGTERM, signal.SIGINT):
            signal.signal(each, self.stop)
        is_away = False
        while not self.is_stopped:
            try:
                self.send_round()
                is_away = False
            except Error as error:
                if not is_away:
                    name = type(error).__name__
                    logger.warning("The outbox cannot be read: %s.", name)
                is_away = True
            sleep(PAUSE)

    def stop(self, *_signal):
        """Let the letter that is on its way be sent, and no other."""
        self.is_stopped = True

    def send_round(self):
        close_old_connections()
        counts = Counter()
        while not self.is_stopped:
            outcome = outbox.send_next(timezone.now())
            if outcome is None:
                break
            counts[outcome] += 1
        if counts:
            self.tell(counts)
