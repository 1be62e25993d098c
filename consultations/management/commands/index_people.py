from django.core.management.base import BaseCommand
from django.db import transaction
from django.utils.translation import gettext as _

from consultations.intake import people_search
from consultations.models import Intake
from consultations.review import facets


class Command(BaseCommand):
    """Write search terms and codes of all intakes anew: after an upgrade that says so.

    People are found meanwhile. Each intake is a transaction of its own. After a new key
    `rotate_keys` does it.
    """

    help = __doc__

    def handle(self, **options):
        keys = list(Intake.objects.order_by("pk").values_list("pk", flat=True))
        for key in keys:
            with transaction.atomic():
                found = Intake.objects.select_for_update().filter(pk=key).first()
                if found:
                    people_search.index(found)
                    facets.note_all(found)
        self.stdout.write(_("Intakes indexed: %(count)d") % {"count": len(keys)})
