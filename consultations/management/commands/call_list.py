from django.core.management.base import BaseCommand
from django.utils.translation import ngettext

from consultations.review import workflow


class Command(BaseCommand):
    """List anew whose signed plan the protocol of today would refuse, so that they are called.

    Each publication does the same in the background; this is for after a restored backup,
    or when no worker ran.
    """

    help = __doc__

    def handle(self, **options):
        count = workflow.compare_all()
        self.stdout.write(
            ngettext(
                "%(count)d patient is to be called.",
                "%(count)d patients are to be called.",
                count,
            )
            % {"count": count}
        )
