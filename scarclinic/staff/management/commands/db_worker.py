import logging
from threading import Event, Thread

from django.core.exceptions import ImproperlyConfigured
from django.core.management.base import CommandError
from django.db import DatabaseError, close_old_connections, connection
from django.utils import timezone
from django_tasks_db.management.commands import db_worker

from scarclinic.staff import heartbeats
from scarclinic.staff.encryption import checking
from scarclinic.staff.ledger import chain, verification

logger = logging.getLogger("django.scarclinic")


def keep_chaining(stopped: Event) -> None:
    """Chain the ledger every few seconds until told to stop, or the chain is broken."""
    writer = chain.Writer()
    while not stopped.is_set():
        close_old_connections()
        try:
            heartbeats.beat(heartbeats.WORKER, timezone.now())
            writer.extend(timezone.now())
        except chain.ChainBroken:
            logger.critical(
                "The ledger’s chain is broken, and is not continued. Run manage.py "
                "clinic verify-ledger."
            )
            break
        except DatabaseError as error:
            # Its words may quote a row.
            logger.warning("The ledger was not chained (%s).", type(error).__name__)
        except verification.UNREADABLE as error:
            # A column holds what it cannot hold: somebody wrote past the application.
            logger.error(
                "A row of the ledger cannot be read, and it is not chained (%s). Run "
                "manage.py clinic verify-ledger.",
                type(error).__name__,
            )
        stopped.wait(chain.EVERY)
    connection.close()


class Command(db_worker.Command):
    """Run background tasks, and chain the ledger."""

    help = __doc__

    def handle(self, **options):
        try:
            checking.begin()
        except ImproperlyConfigured as error:
            raise CommandError(str(error)) from None
        stopped = Event()
        writer = Thread(target=keep_chaining, args=[stopped], daemon=True)
        writer.start()
        try:
            super().handle(**options)
        finally:
            stopped.set()
            writer.join(timeout=5)
